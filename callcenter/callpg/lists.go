package callpg

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"hotline12345/callcenter"
	"hotline12345/routing"
)

var (
	// ErrListClosed: nothing changes any more in a list that is closed.
	ErrListClosed = errors.New("callpg: the list is closed")
	// ErrListFull: no list has more people.
	ErrListFull = errors.New("callpg: the list is full")
)

// ListState of a call list.
type ListState string

const (
	ListOpen   ListState = "open"
	ListPaused ListState = "paused" // nobody of it is given to an agent
	ListClosed ListState = "closed" // for good
)

// CallList is people whom agents call, one by one (calling.go).
type CallList struct {
	ID       string
	Name     string
	Kind     routing.CallKind
	State    ListState
	Plan     routing.CallPlan
	By       string
	At       time.Time
	ClosedAt *time.Time
	Progress Progress
}

// Progress counts the people of a list.
type Progress struct {
	Total, Open int // Open: still to be called, now or later
	InHand      int // of Open: an agent has them just now
	Uncoded     int // of Open: called, and the agent has not said what came of it
	Ended       map[routing.CallEnd]int
	Results     map[routing.CallResult]int // of the last attempts of those that are over
}

// ListPage is a page; Next is "" on the last one.
type ListPage struct {
	Items []CallList
	Next  string
}

func noProgress() Progress {
	return Progress{Ended: map[routing.CallEnd]int{}, Results: map[routing.CallResult]int{}}
}

const (
	maxListName = 60     // characters
	maxPeople   = 20_000 // of a list
)

func checkList(l CallList) error {
	fault := func(field string, why routing.Why) error { return &routing.Fault{Field: field, Why: why} }
	switch {
	case strings.TrimSpace(l.Name) == "":
		return fault("name", routing.WhyEmpty)
	case utf8.RuneCountInString(l.Name) > maxListName:
		return fault("name", routing.WhyLong)
	case l.Kind != routing.CallFollowUp && l.Kind != routing.CallNotice && l.Kind != routing.CallCallback:
		return fault("kind", routing.WhyUnknown)
	}
	return l.Plan.Check()
}

// AddList makes an empty list, which is paused. Error: *routing.Fault.
func (s *Store) AddList(ctx context.Context, l CallList, now time.Time) (CallList, error) {
	l.Plan = l.Plan.Normal()
	if err := checkList(l); err != nil {
		return CallList{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return CallList{}, fmt.Errorf("callpg: name a list: %w", err)
	}
	l.ID, l.State, l.At = id.String(), ListPaused, now
	_, err = s.pool.Exec(ctx, `INSERT INTO call_lists (id, name, kind, state, hours_from, hours_to, attempts, pauses, created_by, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		l.ID, l.Name, l.Kind, l.State, l.Plan.Hours.From, l.Plan.Hours.To, l.Plan.Attempts, l.Plan.Pauses, l.By, l.At)
	if err != nil {
		return CallList{}, fmt.Errorf("callpg: list: %w", err)
	}
	l.Progress = noProgress()
	return l, nil
}

// SaveList changes name, plan and state; the kind stays. Errors: *routing.Fault; ErrNotFound;
// ErrListClosed.
func (s *Store) SaveList(ctx context.Context, l CallList, now time.Time) (CallList, error) {
	l.Plan = l.Plan.Normal()
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		was, err := lockList(ctx, tx, l.ID)
		if err != nil {
			return err
		}
		l.Kind = was.Kind
		if err := checkList(l); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE call_lists SET name = $2, state = $3, hours_from = $4, hours_to = $5, attempts = $6, pauses = $7,
				closed_at = CASE WHEN $3 = 'closed' THEN $8::timestamptz END WHERE id = $1`,
			l.ID, l.Name, l.State, l.Plan.Hours.From, l.Plan.Hours.To, l.Plan.Attempts, l.Plan.Pauses, now)
		return err
	})
	if err != nil {
		return CallList{}, fmt.Errorf("callpg: list %s: %w", l.ID, err)
	}
	return s.List(ctx, l.ID, now)
}

const listColumns = `id, name, kind, state, hours_from, hours_to, attempts, pauses, created_by, created_at, closed_at`

func scanList(row pgx.CollectableRow) (CallList, error) {
	var l CallList
	err := row.Scan(&l.ID, &l.Name, &l.Kind, &l.State, &l.Plan.Hours.From, &l.Plan.Hours.To, &l.Plan.Attempts, &l.Plan.Pauses, &l.By, &l.At, &l.ClosedAt)
	l.At = l.At.UTC()
	return l, err
}

// lockList is a list that can still change. Errors: ErrNotFound, ErrListClosed.
func lockList(ctx context.Context, tx pgx.Tx, id string) (CallList, error) {
	found, err := list(ctx, tx, scanList, `SELECT `+listColumns+` FROM call_lists WHERE id = $1 FOR UPDATE`, id)
	switch {
	case err != nil:
		return CallList{}, err
	case len(found) == 0:
		return CallList{}, ErrNotFound
	case found[0].State == ListClosed:
		return CallList{}, ErrListClosed
	}
	return found[0], nil
}

// List is one of them, with its progress. Error: ErrNotFound.
func (s *Store) List(ctx context.Context, id string, now time.Time) (CallList, error) {
	found, err := list(ctx, s.pool, scanList, `SELECT `+listColumns+` FROM call_lists WHERE id = $1`, id)
	if err != nil {
		return CallList{}, err
	}
	if len(found) == 0 {
		return CallList{}, fmt.Errorf("list %s: %w", id, ErrNotFound)
	}
	err = s.count(ctx, found, now)
	return found[0], err
}

// Lists gives those that are closed, or those that are not, newest first. Errors: ErrCursor;
// those of Postgres.
func (s *Store) Lists(ctx context.Context, closed bool, after string, limit int, now time.Time) (ListPage, error) {
	from, err := decodeCursor(after)
	if err != nil {
		return ListPage{}, err
	}
	var c conditions
	c.add(`(state = 'closed') = ?`, closed)
	if from != nil {
		c.add(`(created_at, id) < (?::timestamptz, ?)`, time.UnixMicro(from.At), from.ID)
	}
	limit = pageSize(limit)
	items, err := list(ctx, s.pool, scanList, `SELECT `+listColumns+` FROM call_lists`+c.String()+
		` ORDER BY created_at DESC, id DESC LIMIT `+strconv.Itoa(limit+1), c.args...)
	if err != nil {
		return ListPage{}, err
	}
	page := ListPage{Items: items}
	if len(items) > limit {
		last := items[limit-1]
		page.Items, page.Next = items[:limit], cursor{last.At.UnixMicro(), last.ID}.encode()
	}
	return page, s.count(ctx, page.Items, now)
}

// count fills in how far lists are.
func (s *Store) count(ctx context.Context, lists []CallList, now time.Time) error {
	ids := make([]string, len(lists))
	at := make(map[string]*Progress, len(lists))
	for i := range lists {
		ids[i] = lists[i].ID
		lists[i].Progress = noProgress()
		at[lists[i].ID] = &lists[i].Progress
	}
	rows, err := s.pool.Query(ctx, `SELECT list, ended, CASE ended WHEN '' THEN '' ELSE result END, count(*),
			count(*) FILTER (WHERE leased_until > $2), count(*) FILTER (WHERE answered) FROM call_entries WHERE list = ANY($1) GROUP BY 1, 2, 3`, ids, now)
	if err != nil {
		return fmt.Errorf("callpg: progress of lists: %w", err)
	}
	var id string
	var ended routing.CallEnd
	var result routing.CallResult
	var n, inHand, uncoded int
	_, err = pgx.ForEachRow(rows, []any{&id, &ended, &result, &n, &inHand, &uncoded}, func() error {
		p := at[id]
		p.Total += n
		if ended == "" {
			p.Open, p.InHand, p.Uncoded = p.Open+n, p.InHand+inHand, p.Uncoded+uncoded
			return nil
		}
		p.Ended[ended] += n
		if result != "" {
			p.Results[result] += n
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("callpg: progress of lists: %w", err)
	}
	return nil
}

// AddEntries puts people into a list, at most routing.MaxEntries at once, in their order;
// lines says where each stood, for what is wrong with it: whoever is in the list already, or
// cannot be called, is left out. Errors: ErrNotFound, ErrListClosed, ErrListFull.
func (s *Store) AddEntries(ctx context.Context, id string, entries []routing.CallEntry, lines []int, now time.Time) (added int, faults []routing.LineFault, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := lockList(ctx, tx, id); err != nil {
			return err
		}
		var n, last int
		if err := tx.QueryRow(ctx, `SELECT count(*), coalesce(max(n), 0) FROM call_entries WHERE list = $1`, id).Scan(&n, &last); err != nil {
			return err
		}
		if n+len(entries) > maxPeople {
			return ErrListFull
		}
		batch := &pgx.Batch{}
		for i, e := range entries {
			fault, err := s.queueEntry(batch, id, last+i+1, e, now)
			if err != nil {
				return err
			}
			if fault != nil {
				faults = append(faults, routing.LineFault{Line: lines[i], Field: fault.Field, Why: fault.Why})
				continue
			}
			line := lines[i]
			batch.QueuedQueries[batch.Len()-1].Exec(func(tag pgconn.CommandTag) error {
				if tag.RowsAffected() == 0 {
					faults = append(faults, routing.LineFault{Line: line, Field: "number", Why: routing.WhyTwice})
				}
				added += int(tag.RowsAffected())
				return nil
			})
		}
		return tx.SendBatch(ctx, batch).Close()
	})
	if err != nil {
		return 0, nil, fmt.Errorf("callpg: list %s: %w", id, err)
	}
	return added, faults, nil
}

func (s *Store) queueEntry(batch *pgx.Batch, listID string, n int, e routing.CallEntry, now time.Time) (*routing.Fault, error) {
	if fault, ok := errors.AsType[*routing.Fault](e.Check(now)); ok {
		return fault, nil
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	sealed, hash := s.sealNumber(e.Number, placeOfCalled(id.String()))
	if hash == nil {
		return &routing.Fault{Field: "number", Why: routing.WhyRange}, nil
	}
	var name []byte
	if e.Name != "" {
		name = s.keys.Seal([]byte(e.Name), placeOfCalledName(id.String()))
	}
	due := now
	if e.NotBefore != nil {
		due = *e.NotBefore
	}
	batch.Queue(`INSERT INTO call_entries (id, list, n, number_enc, number_hash, name_enc, ticket, call_id, note, not_after, due_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (list, number_hash) DO NOTHING`,
		id.String(), listID, n, sealed, hash, name, e.Ticket, callcenter.CallID(e.Call), e.Note, e.NotAfter, due)
	return nil, nil //nolint:nilnil // no fault, no error
}

func placeOfCalled(id string) string     { return "entry:" + id }
func placeOfCalledName(id string) string { return "entry:" + id + ":name" }
