package callpg

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/callcenter"
	"hotline12345/routing"
)

// Somebody of a list, from an agent's view:
//
//	due ──Next──► leased ──Dial──► dialled ──not answered──► due, by the plan, or ended
//	 ▲              │                  │ answered
//	 └── given back, or the lease over │ ──► the agent says what came of it (SetResult): likewise
//
// Nobody else gets him between Next and that. A lease that is over lets him go, but not a
// call that was answered: somebody has to say what came of it, that agent or a supervisor.

// Errors of calling somebody of a list.
var (
	ErrNobody     = errors.New("callpg: nobody is to be called just now")
	ErrLeaseOver  = errors.New("callpg: another agent may have him by now")
	ErrDialled    = errors.New("callpg: he has been called; what came of it comes first")
	ErrNotDialled = errors.New("callpg: he has not been called")
	ErrListPaused = errors.New("callpg: the list is not open")
	ErrQuiet      = errors.New("callpg: it is quiet by the list's hours")
	ErrNotToCall  = errors.New("callpg: the number is not to be called")
)

const (
	// EntryLease is how long an agent may look at somebody before he dials.
	EntryLease = 10 * time.Minute
	// callLease outlasts every call.
	callLease = 5 * time.Hour
	// latestAgain is how far off somebody may ask to be called again.
	latestAgain = 90 * 24 * time.Hour
)

// Entry is somebody of a list.
type Entry struct {
	routing.CallEntry
	ID       string
	List     string
	ListName string
	Kind     routing.CallKind
	DueAt    time.Time
	Result   routing.CallResult // of the last attempt
	Ended    routing.CallEnd
	EndedAt  *time.Time
	LeasedBy callcenter.AgentID
	LeasedTo *time.Time
	Dialled  callcenter.CallID // the attempt that has no result yet
	Answered bool
	Tries    []Try

	state     ListState
	plan      routing.CallPlan
	hash      []byte
	dialledAt *time.Time
}

// Try is an attempt that has a result.
type Try struct {
	N      int
	At     time.Time
	Call   callcenter.CallID
	Agent  callcenter.AgentID
	Result routing.CallResult
	Note   string
}

const entryColumns = `e.id, e.list, l.name, l.kind, l.state, l.hours_from, l.hours_to, l.attempts, l.pauses, e.number_enc, e.number_hash, e.name_enc, e.ticket, e.call_id,
	e.note, e.not_after, e.due_at, e.result, e.ended, e.ended_at, coalesce(e.leased_by, ''), e.leased_until, e.dialled, e.dialled_at, e.answered`

const fromEntries = ` FROM call_entries e JOIN call_lists l ON l.id = e.list`

func (s *Store) scanEntry(row pgx.CollectableRow) (Entry, error) {
	var e Entry
	var number, name []byte
	err := row.Scan(&e.ID, &e.List, &e.ListName, &e.Kind, &e.state, &e.plan.Hours.From, &e.plan.Hours.To, &e.plan.Attempts, &e.plan.Pauses, &number, &e.hash, &name,
		&e.Ticket, &e.Call, &e.Note, &e.NotAfter, &e.DueAt, &e.Result, &e.Ended, &e.EndedAt, &e.LeasedBy, &e.LeasedTo, &e.Dialled, &e.dialledAt, &e.Answered)
	if err != nil {
		return e, err
	}
	e.DueAt = e.DueAt.UTC()
	if e.Number, err = s.openNumber(number, placeOfCalled(e.ID)); err != nil || name == nil {
		return e, err
	}
	plain, err := s.keys.Open(name, placeOfCalledName(e.ID))
	e.Name = string(plain)
	return e, err
}

// lockEntry is somebody of a list, for a change. Error: ErrNotFound.
func (s *Store) lockEntry(ctx context.Context, tx pgx.Tx, id string) (Entry, error) {
	found, err := list(ctx, tx, s.scanEntry, `SELECT `+entryColumns+fromEntries+` WHERE e.id = $1 FOR UPDATE OF e`, id)
	if err != nil {
		return Entry{}, err
	}
	if len(found) == 0 {
		return Entry{}, ErrNotFound
	}
	e := found[0]
	e.Tries, err = list(ctx, tx, pgx.RowToStructByPos[Try], `SELECT n, at, call_id, agent, result, note FROM call_tries WHERE entry = $1 ORDER BY n`, id)
	return e, err
}

// Entry is one of them. Error: ErrNotFound.
func (s *Store) Entry(ctx context.Context, id string) (e Entry, err error) {
	return s.onEntry(ctx, id, func(pgx.Tx, Entry) error { return nil })
}

// onEntry runs f on the row, locked, and gives it as it is then.
func (s *Store) onEntry(ctx context.Context, id string, f func(tx pgx.Tx, e Entry) error) (after Entry, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		e, err := s.lockEntry(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := f(tx, e); err != nil {
			return err
		}
		after, err = s.lockEntry(ctx, tx, id)
		return err
	})
	if err != nil {
		return Entry{}, fmt.Errorf("callpg: entry %s: %w", id, err)
	}
	return after, nil
}

// notToCall are the numbers that are left out, of an entry e of a list l at time $1.
const notToCall = ` (l.kind <> 'callback' AND EXISTS (SELECT FROM do_not_call d WHERE d.number_hash = e.number_hash AND d.ended_at IS NULL AND d.until > $1))`

// Next gives an agent whom to call, for a lease; of one list, or of any with "". Who has
// somebody already, called or not, gets the same again. Error: ErrNobody.
func (s *Store) Next(ctx context.Context, agent callcenter.AgentID, listID string, now time.Time) (Entry, error) {
	if _, err := s.pool.Exec(ctx, `UPDATE call_entries SET ended_at = $1, ended = 'time', leased_by = NULL, leased_until = NULL
		WHERE ended_at IS NULL AND not_after <= $1 AND dialled = ''`, now); err != nil {
		return Entry{}, fmt.Errorf("callpg: next of a list: %w", err)
	}
	var id string
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		// Two pages of an agent that ask at once get the same one.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('call list of ' || $1))`, agent); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `SELECT e.id`+fromEntries+` WHERE e.leased_by = $2 AND e.ended_at IS NULL
			AND (e.dialled <> '' OR (e.leased_until > $1 AND l.state = 'open' AND NOT`+notToCall+`)) ORDER BY e.dialled DESC, e.leased_until LIMIT 1 FOR UPDATE OF e`, now, agent).Scan(&id)
		if isNone(err) {
			err = tx.QueryRow(ctx, `SELECT e.id`+fromEntries+` WHERE l.state = 'open' AND ($2 = '' OR l.id = $2) AND l.hours_from <= $3 AND $3 < l.hours_to
				AND e.ended_at IS NULL AND e.due_at <= $1 AND NOT e.answered AND (e.leased_until IS NULL OR e.leased_until <= $1) AND NOT`+notToCall+`
				AND NOT EXISTS (SELECT FROM call_entries o WHERE o.number_hash = e.number_hash AND o.id <> e.id AND o.leased_until > $1)
				ORDER BY e.due_at, e.n LIMIT 1 FOR UPDATE OF e SKIP LOCKED`, now, listID, routing.Clock(now)).Scan(&id)
		}
		if isNone(err) {
			return ErrNobody
		}
		if err != nil {
			return err
		}
		// A call that runs keeps its lease; one whose node was lost without a word is no attempt.
		_, err = tx.Exec(ctx, `UPDATE call_entries SET leased_by = $2, leased_until = $3,
				dialled = CASE WHEN leased_by = $2 THEN dialled ELSE '' END, dialled_at = CASE WHEN leased_by = $2 THEN dialled_at END
			WHERE id = $1 AND (leased_by IS DISTINCT FROM $2 OR dialled = '')`, id, agent, now.Add(EntryLease))
		return err
	})
	if err != nil {
		return Entry{}, fmt.Errorf("callpg: next of a list: %w", err)
	}
	return s.Entry(ctx, id)
}

// GiveBack lets somebody go whom the agent has not called. Errors: ErrNotFound, ErrLeaseOver,
// ErrDialled.
func (s *Store) GiveBack(ctx context.Context, agent callcenter.AgentID, id string) error {
	_, err := s.onEntry(ctx, id, func(tx pgx.Tx, e Entry) error {
		switch {
		case e.LeasedBy != agent:
			return ErrLeaseOver
		case e.Dialled != "":
			return ErrDialled
		}
		_, err := tx.Exec(ctx, `UPDATE call_entries SET leased_by = NULL, leased_until = NULL WHERE id = $1`, id)
		return err
	})
	return err
}

// DialEntry notes that the agent's call is placed, just before. Errors: ErrNotFound,
// ErrLeaseOver, ErrDialled, ErrListPaused, ErrQuiet, ErrNotToCall.
func (s *Store) DialEntry(ctx context.Context, agent callcenter.AgentID, id string, call callcenter.CallID, now time.Time) (Entry, error) {
	return s.onEntry(ctx, id, func(tx pgx.Tx, e Entry) error {
		var refused bool
		if err := tx.QueryRow(ctx, `SELECT`+notToCall+fromEntries+` WHERE e.id = $2`, now, id).Scan(&refused); err != nil {
			return err
		}
		switch {
		case e.Ended != "" || e.LeasedBy != agent || !e.LeasedTo.After(now):
			return ErrLeaseOver
		case e.Dialled != "":
			return ErrDialled
		case e.state != ListOpen:
			return ErrListPaused
		case !e.plan.Open(now):
			return ErrQuiet
		case refused:
			return ErrNotToCall
		}
		_, err := tx.Exec(ctx, `UPDATE call_entries SET dialled = $2, dialled_at = $3, leased_until = $4 WHERE id = $1`, id, call, now, now.Add(callLease))
		return err
	})
}

// UndialEntry takes back a call that could not be placed.
func (s *Store) UndialEntry(ctx context.Context, id string, call callcenter.CallID, now time.Time) error {
	_, err := s.pool.Exec(ctx, `UPDATE call_entries SET dialled = '', dialled_at = NULL, leased_until = $3 WHERE id = $1 AND dialled = $2`, id, call, now.Add(EntryLease))
	if err != nil {
		return fmt.Errorf("callpg: entry %s: %w", id, err)
	}
	return nil
}

// resultOf is what a call that nobody answered came to; "": it was none, by our own fault.
func resultOf(reason callcenter.EndReason) routing.CallResult {
	switch reason {
	case callcenter.EndNoAnswer, callcenter.EndAgentHangUp, callcenter.EndForced:
		return routing.CallNoAnswer
	case callcenter.EndBusy, callcenter.EndRejected:
		return routing.CallBusy
	case callcenter.EndUnreachable:
		return routing.CallUnreachable
	default:
		return ""
	}
}

// EntryCalled writes that the call of an entry is over. If nobody answered, that is its
// result; else its agent says what came of it. A call that is not the entry's any more
// changes nothing.
func (s *Store) EntryCalled(ctx context.Context, id string, call callcenter.CallID, answered bool, reason callcenter.EndReason, at time.Time) error {
	_, err := s.onEntry(ctx, id, func(tx pgx.Tx, e Entry) error {
		result := resultOf(reason)
		switch {
		case e.Dialled != call:
			return nil
		case answered:
			_, err := tx.Exec(ctx, `UPDATE call_entries SET answered = true, leased_until = $2 WHERE id = $1`, id, at)
			return err
		case result == "":
			_, err := tx.Exec(ctx, `UPDATE call_entries SET dialled = '', dialled_at = NULL, leased_by = NULL, leased_until = NULL WHERE id = $1`, id)
			return err
		}
		return s.attempted(ctx, tx, e, Try{Agent: e.LeasedBy, Result: result}, time.Time{}, at)
	})
	if errors.Is(err, ErrNotFound) {
		return nil // the call itself is over
	}
	return err
}

// SetResult says what came of a call: its agent, or anyone as a supervisor; again is for
// routing.CallAgain. Errors: ErrNotFound, ErrLeaseOver, ErrNotDialled, *routing.Fault.
func (s *Store) SetResult(ctx context.Context, by callcenter.AgentID, anyones bool, id string, result routing.CallResult, note string, again, now time.Time) (Entry, error) {
	if result == routing.CallAgain && (!again.After(now) || again.Sub(now) > latestAgain) {
		return Entry{}, &routing.Fault{Field: "again", Why: routing.WhyRange}
	}
	return s.onEntry(ctx, id, func(tx pgx.Tx, e Entry) error {
		switch {
		case e.Dialled == "":
			return ErrNotDialled
		case e.LeasedBy != by && !anyones:
			return ErrLeaseOver
		}
		return s.attempted(ctx, tx, e, Try{Agent: e.LeasedBy, Result: result, Note: note}, again, now)
	})
}

// attempted writes an attempt, and by the list's plan what follows.
func (s *Store) attempted(ctx context.Context, tx pgx.Tx, e Entry, t Try, again, now time.Time) error {
	tries := make([]time.Time, 0, len(e.Tries)+1)
	for _, earlier := range e.Tries {
		tries = append(tries, earlier.At)
	}
	tries = append(tries, *e.dialledAt)
	due, ended := e.plan.After(t.Result, tries, again, e.NotAfter)
	_, err := tx.Exec(ctx, `INSERT INTO call_tries (entry, n, at, call_id, agent, result, note) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		e.ID, len(tries), *e.dialledAt, e.Dialled, t.Agent, t.Result, t.Note)
	if err != nil {
		return err
	}
	var over *time.Time
	if ended != "" {
		over, due = &now, e.DueAt
	}
	_, err = tx.Exec(ctx, `UPDATE call_entries SET tries = $2, result = $3, due_at = $4, ended = $5, ended_at = $6,
			leased_by = NULL, leased_until = NULL, dialled = '', dialled_at = NULL, answered = false WHERE id = $1`,
		e.ID, len(tries), t.Result, due, ended, over)
	return err
}

// Entries lists the people of a list in its order, after a place in it, with their attempts.
func (s *Store) Entries(ctx context.Context, listID string, after, limit int) (entries []Entry, more bool, err error) {
	limit = pageSize(limit)
	entries, err = list(ctx, s.pool, s.scanEntry, `SELECT `+entryColumns+fromEntries+` WHERE e.list = $1 ORDER BY e.n OFFSET $2 LIMIT $3`, listID, after, limit+1)
	if err != nil {
		return nil, false, err
	}
	if more = len(entries) > limit; more {
		entries = entries[:limit]
	}
	ids, at := make([]string, len(entries)), make(map[string]*Entry, len(entries))
	for i := range entries {
		ids[i], at[entries[i].ID] = entries[i].ID, &entries[i]
	}
	rows, err := s.pool.Query(ctx, `SELECT entry, n, at, call_id, agent, result, note FROM call_tries WHERE entry = ANY($1) ORDER BY entry, n`, ids)
	if err != nil {
		return nil, false, fmt.Errorf("callpg: attempts: %w", err)
	}
	var id string
	var t Try
	_, err = pgx.ForEachRow(rows, []any{&id, &t.N, &t.At, &t.Call, &t.Agent, &t.Result, &t.Note}, func() error {
		at[id].Tries = append(at[id].Tries, t)
		return nil
	})
	if err != nil {
		return nil, false, fmt.Errorf("callpg: attempts: %w", err)
	}
	return entries, more, nil
}
