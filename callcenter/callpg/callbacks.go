package callpg

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/callcenter"
)

// ErrTaken: another agent claimed the callback, the system calls the person just now, or it
// is closed.
var ErrTaken = errors.New("callpg: the callback is somebody else's, or closed")

// CallbackState is derived from who claimed a task and when it was closed.
type CallbackState string

const (
	CallbackOpen    CallbackState = "open"
	CallbackClaimed CallbackState = "claimed"
	CallbackClosed  CallbackState = "closed"
)

// Callback is the task to call somebody back whom nobody answered (漏接回拨).
type Callback struct {
	ID        string
	Call      callcenter.CallID // the call nobody answered
	Number    string            // whole: the edge masks it
	Queue     callcenter.QueueID
	Reason    callcenter.EndReason
	CreatedAt time.Time
	State     CallbackState
	ClaimedBy callcenter.AgentID // "": open, or reopened by a try that reached nobody
	ClaimedAt *time.Time
	Tries     int // calls that reached nobody
	TriedAt   *time.Time
	ClosedBy  callcenter.AgentID
	ClosedAt  *time.Time
	Note      string
}

// CallbackPage is a page; Next is "" on the last one.
type CallbackPage struct {
	Items []Callback
	Next  string
}

const callbackColumns = `id, call_id, number_enc, queue, reason, created_at, state, coalesce(claimed_by, ''), claimed_at, tries, tried_at,
	coalesce(closed_by, ''), closed_at, note`

// Callbacks lists the tasks in a state: open and claimed ones oldest first, closed
// ones newest first. Errors: ErrCursor; those of Postgres.
func (s *Store) Callbacks(ctx context.Context, state CallbackState, after string, limit int) (CallbackPage, error) {
	from, err := decodeCursor(after)
	if err != nil {
		return CallbackPage{}, err
	}
	key, than, order := `created_at`, `>`, ``
	if state == CallbackClosed {
		key, than, order = `closed_at`, `<`, ` DESC`
	}
	var c conditions
	c.add(`state = ?`, state)
	if from != nil {
		c.add(`(`+key+`, id) `+than+` (?::timestamptz, ?)`, time.UnixMicro(from.At), from.ID)
	}
	limit = pageSize(limit)
	rows, err := s.pool.Query(ctx, `SELECT `+callbackColumns+` FROM callbacks`+c.String()+
		` ORDER BY `+key+order+`, id`+order+` LIMIT `+strconv.Itoa(limit+1), c.args...)
	if err != nil {
		return CallbackPage{}, fmt.Errorf("callpg: callbacks: %w", err)
	}
	items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Callback, error) { return s.scanCallback(row) })
	if err != nil {
		return CallbackPage{}, fmt.Errorf("callpg: callbacks: %w", err)
	}
	page := CallbackPage{Items: items}
	if len(items) > limit {
		last := items[limit-1]
		at := last.CreatedAt
		if state == CallbackClosed {
			at = *last.ClosedAt
		}
		page.Items, page.Next = items[:limit], cursor{at.UnixMicro(), last.ID}.encode()
	}
	return page, nil
}

// Callback is one task. Error: ErrNotFound.
func (s *Store) Callback(ctx context.Context, id string) (Callback, error) {
	cb, err := s.scanCallback(s.pool.QueryRow(ctx, `SELECT `+callbackColumns+` FROM callbacks WHERE id = $1`, id))
	switch {
	case isNone(err):
		return Callback{}, fmt.Errorf("callback %s: %w", id, ErrNotFound)
	case err != nil:
		return Callback{}, fmt.Errorf("callpg: callback %s: %w", id, err)
	}
	return cb, nil
}

// ClaimCallback makes an open task the agent's; claiming one's own again changes
// nothing. Errors: ErrNotFound, ErrTaken.
func (s *Store) ClaimCallback(ctx context.Context, id string, by callcenter.AgentID, at time.Time) (Callback, error) {
	return s.change(ctx, id, `UPDATE callbacks SET claimed_by = $2, claimed_at = coalesce(claimed_at, $3)
		WHERE id = $1 AND closed_at IS NULL AND (claimed_by IS NULL OR claimed_by = $2) AND NOT (booked AND taken_until > $3)`, id, by, at)
}

// FinishCallback closes a task by hand, with a note of what came of it: open ones
// by anybody, claimed ones by who claimed them; anyones lets others do it (a
// supervisor). Errors: ErrNotFound, ErrTaken.
func (s *Store) FinishCallback(ctx context.Context, id string, by callcenter.AgentID, anyones bool, note string, at time.Time) (Callback, error) {
	return s.change(ctx, id, `UPDATE callbacks SET closed_by = $2, closed_at = $3, note = $4
		WHERE id = $1 AND closed_at IS NULL AND (claimed_by IS NULL OR claimed_by = $2 OR $5) AND NOT (booked AND taken_until > $3)`,
		id, by, at, note, anyones)
}

// change runs an UPDATE whose condition says whether the task may be changed.
func (s *Store) change(ctx context.Context, id, update string, args ...any) (Callback, error) {
	var cb Callback
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var err error
		if cb, err = s.scanCallback(tx.QueryRow(ctx, update+` RETURNING `+callbackColumns, args...)); err != nil {
			return err
		}
		return changed(ctx, tx, TopicCallbacks)
	})
	switch {
	case isNone(err):
		if _, err := s.Callback(ctx, id); err != nil {
			return Callback{}, err
		}
		return Callback{}, fmt.Errorf("callback %s: %w", id, ErrTaken)
	case err != nil:
		return Callback{}, fmt.Errorf("callpg: callback %s: %w", id, err)
	}
	return cb, nil
}

func (s *Store) scanCallback(row pgx.Row) (Callback, error) {
	var c Callback
	var sealed []byte
	err := row.Scan(&c.ID, &c.Call, &sealed, &c.Queue, &c.Reason, &c.CreatedAt, &c.State, &c.ClaimedBy, &c.ClaimedAt, &c.Tries, &c.TriedAt,
		&c.ClosedBy, &c.ClosedAt, &c.Note)
	if err != nil {
		return c, err
	}
	c.CreatedAt = c.CreatedAt.UTC()
	for _, at := range []*time.Time{c.ClaimedAt, c.TriedAt, c.ClosedAt} {
		if at != nil {
			*at = at.UTC()
		}
	}
	c.Number, err = s.openNumber(sealed, placeOfCallback(c.ID))
	return c, err
}
