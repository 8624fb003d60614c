package callpg

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"hotline12345/callcenter"
	"hotline12345/routing"
)

// MarkState is derived from who approved a mark and when it ends.
type MarkState string

const (
	MarkPending MarkState = "pending" // has no effect
	MarkActive  MarkState = "active"
	MarkOver    MarkState = "over"
)

// Mark of a number.
type Mark struct {
	routing.Mark
	ID         string
	Number     string            // whole: the edge masks it
	Call       callcenter.CallID // in which an agent set it; "": by list
	By         string
	At         time.Time
	ApprovedBy string // "": nobody yet
	State      MarkState
}

// MarkPage is a page; Next is "" on the last one.
type MarkPage struct {
	Items []Mark
	Next  string
}

const markColumns = `id, number_enc, kind, grp, priority, note, until, call_id, created_by, created_at, coalesce(approved_by, ''), approved_at IS NULL, ended_at`

var (
	// ErrMarked: the agent has marked the caller of this call so before.
	ErrMarked = errors.New("callpg: marked so already")
	// ErrMarkActive: the number has such a mark, of this kind and group, that counts.
	ErrMarkActive = errors.New("callpg: such a mark counts already")
)

// AddMark keeps a mark. One that is pending has no effect until it is approved; any
// other is approved by who sets it. In a call somebody sets each kind once, whatever
// became of it: a supervisor's end is the last word. A number has one mark of a kind and
// group that counts. Errors: *routing.Fault; ErrNumber; ErrMarked; ErrMarkActive.
func (s *Store) AddMark(ctx context.Context, m Mark, pending bool, now time.Time) (Mark, error) {
	if err := m.Check(now); err != nil {
		return Mark{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Mark{}, fmt.Errorf("callpg: name a mark: %w", err)
	}
	m.ID, m.At, m.State, m.ApprovedBy = id.String(), now, MarkPending, ""
	sealed, hash := s.sealNumber(m.Number, placeOfMark(m.ID))
	if hash == nil {
		return Mark{}, ErrNumber
	}
	var approved *time.Time
	if !pending {
		m.State, m.ApprovedBy, approved = MarkActive, m.By, &now
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := turnOfNumber(ctx, tx, hash); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `INSERT INTO caller_marks (id, number_enc, number_hash, kind, grp, priority, note, until, call_id, created_by, created_at, approved_by, approved_at)
			SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, nullif($12, ''), $13
			WHERE $9 = '' OR NOT EXISTS (SELECT FROM caller_marks WHERE number_hash = $3 AND call_id = $9 AND created_by = $10 AND kind = $4)`,
			m.ID, sealed, hash, m.Kind, m.Group, m.Priority, m.Note, m.Until, m.Call, m.By, m.At, m.ApprovedBy, approved)
		if err == nil && tag.RowsAffected() == 0 {
			err = ErrMarked
		}
		if err != nil {
			return err
		}
		return onlyActive(ctx, tx, m, hash, now)
	})
	if err != nil {
		return Mark{}, fmt.Errorf("callpg: mark: %w", err)
	}
	return m, nil
}

// turnOfNumber lets those who mark a number come one after the other, until their
// transactions end.
func turnOfNumber(ctx context.Context, tx pgx.Tx, hash []byte) error {
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended(encode($1::bytea, 'hex'), 0))`, hash)
	return err
}

// onlyActive refuses a mark that is written and counts beside another of its number, kind
// and group.
func onlyActive(ctx context.Context, tx pgx.Tx, m Mark, hash []byte, now time.Time) error {
	if m.State != MarkActive {
		return nil
	}
	var other bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM caller_marks WHERE number_hash = $1 AND kind = $2 AND grp = $3 AND id <> $4
		AND approved_at IS NOT NULL AND ended_at IS NULL AND until > $5)`, hash, m.Kind, m.Group, m.ID, now).Scan(&other)
	if err == nil && other {
		err = ErrMarkActive
	}
	return err
}

// Marks lists those in a state, newest first. Errors: ErrCursor; those of Postgres.
func (s *Store) Marks(ctx context.Context, state MarkState, after string, limit int, now time.Time) (MarkPage, error) {
	from, err := decodeCursor(after)
	if err != nil {
		return MarkPage{}, err
	}
	var c conditions
	switch state {
	case MarkPending:
		c.add(`approved_at IS NULL AND ended_at IS NULL AND until > ?`, now)
	case MarkActive:
		c.add(`approved_at IS NOT NULL AND ended_at IS NULL AND until > ?`, now)
	case MarkOver:
		c.add(`(ended_at IS NOT NULL OR until <= ?)`, now)
	}
	if from != nil {
		c.add(`(created_at, id) < (?::timestamptz, ?)`, time.UnixMicro(from.At), from.ID)
	}
	limit = pageSize(limit)
	items, err := list(ctx, s.pool, s.scanMark(now), `SELECT `+markColumns+` FROM caller_marks`+c.String()+
		` ORDER BY created_at DESC, id DESC LIMIT `+strconv.Itoa(limit+1), c.args...)
	if err != nil {
		return MarkPage{}, err
	}
	page := MarkPage{Items: items}
	if len(items) > limit {
		last := items[limit-1]
		page.Items, page.Next = items[:limit], cursor{last.At.UnixMicro(), last.ID}.encode()
	}
	return page, nil
}

// ApproveMark lets a pending mark count, with these points and until then. Errors:
// ErrNotFound, also when it is not pending; *routing.Fault; ErrMarkActive.
func (s *Store) ApproveMark(ctx context.Context, id string, priority int, until time.Time, by string, now time.Time) (Mark, error) {
	return s.changeMark(ctx, id, now, func(m Mark) (Mark, error) {
		if m.State != MarkPending {
			return m, ErrNotFound
		}
		m.Priority, m.Until = priority, until
		return m, m.Check(now)
	}, `UPDATE caller_marks SET priority = $2, until = $3, approved_by = $4, approved_at = $5 WHERE id = $1`, priority, until, by, now)
}

// EndMark takes a mark back, pending or not. Error: ErrNotFound, also when it is over.
func (s *Store) EndMark(ctx context.Context, id, by string, now time.Time) (Mark, error) {
	return s.changeMark(ctx, id, now, func(m Mark) (Mark, error) {
		if m.State == MarkOver {
			return m, ErrNotFound
		}
		return m, nil
	}, `UPDATE caller_marks SET ended_at = $2, ended_by = $3 WHERE id = $1`, now, by)
}

func (s *Store) changeMark(ctx context.Context, id string, now time.Time, check func(Mark) (Mark, error), update string, args ...any) (Mark, error) {
	var m Mark
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		read := func(lock string) (err error) {
			found, err := list(ctx, tx, s.scanMark(now), `SELECT `+markColumns+` FROM caller_marks WHERE id = $1`+lock, id)
			if err == nil && len(found) == 0 {
				err = ErrNotFound
			}
			if err == nil {
				m = found[0]
			}
			return err
		}
		if err := read(` FOR UPDATE`); err != nil {
			return err
		}
		if _, err := check(m); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, update, append([]any{id}, args...)...); err != nil {
			return err
		}
		if err := read(``); err != nil {
			return err
		}
		hash := s.keys.HashPhone(m.Number)
		if err := turnOfNumber(ctx, tx, hash); err != nil {
			return err
		}
		return onlyActive(ctx, tx, m, hash, now)
	})
	if err != nil {
		return Mark{}, fmt.Errorf("callpg: mark %s: %w", id, err)
	}
	return m, nil
}

func (s *Store) scanMark(now time.Time) pgx.RowToFunc[Mark] {
	return func(row pgx.CollectableRow) (Mark, error) {
		var m Mark
		var sealed []byte
		var pending bool
		var ended *time.Time
		err := row.Scan(&m.ID, &sealed, &m.Kind, &m.Group, &m.Priority, &m.Note, &m.Until, &m.Call, &m.By, &m.At, &m.ApprovedBy, &pending, &ended)
		if err != nil {
			return m, err
		}
		m.Until, m.At, m.State = m.Until.UTC(), m.At.UTC(), MarkActive
		switch {
		case ended != nil || !m.Until.After(now):
			m.State = MarkOver
		case pending:
			m.State = MarkPending
		}
		m.Number, err = s.openNumber(sealed, placeOfMark(m.ID))
		return m, err
	}
}

// A caller is called a repeat caller who called repeatCalls times in repeatDays, this
// call not counted.
const (
	repeatCalls = 5
	repeatDays  = 7
)
