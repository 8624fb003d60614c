package callpg

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"hotline12345/callcenter"
	"hotline12345/routing"
)

// DoNotCall is a number that is not to be called.
type DoNotCall struct {
	routing.DoNotCall
	ID      string
	Number  string            // whole: the edge masks it
	Call    callcenter.CallID // in which he asked for it; "": in none
	Ticket  string            // likewise
	By      string
	At      time.Time
	EndedAt *time.Time // before its time
}

// DoNotCallPage is a page; Next is "" on the last one.
type DoNotCallPage struct {
	Items []DoNotCall
	Next  string
}

const doNotCallColumns = `id, number_enc, reason, as_text, note, until, call_id, ticket, created_by, created_at, ended_at`

func placeOfDoNotCall(id string) string { return "donotcall:" + id }

// AddDoNotCall keeps a number from being called; what there was for it before ends.
// Errors: *routing.Fault; ErrNumber.
func (s *Store) AddDoNotCall(ctx context.Context, d DoNotCall, now time.Time) (DoNotCall, error) {
	if err := d.Check(now); err != nil {
		return DoNotCall{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return DoNotCall{}, fmt.Errorf("callpg: do not call: %w", err)
	}
	d.ID, d.At, d.EndedAt = id.String(), now, nil
	sealed, hash := s.sealNumber(d.Number, placeOfDoNotCall(d.ID))
	if hash == nil {
		return DoNotCall{}, ErrNumber
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE do_not_call SET ended_at = $2, ended_by = $3 WHERE number_hash = $1 AND ended_at IS NULL AND until > $2`, hash, now, d.By)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO do_not_call (id, number_enc, number_hash, reason, as_text, note, until, call_id, ticket, created_by, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			d.ID, sealed, hash, d.Reason, d.Text, d.Note, d.Until, d.Call, d.Ticket, d.By, d.At)
		return err
	})
	if err != nil {
		return DoNotCall{}, fmt.Errorf("callpg: do not call: %w", err)
	}
	return d, nil
}

// DoNotCalls lists those that hold, or with over those that do not any more, newest first;
// a number finds its own. Errors: ErrCursor; those of Postgres.
func (s *Store) DoNotCalls(ctx context.Context, over bool, number, after string, limit int, now time.Time) (DoNotCallPage, error) {
	from, err := decodeCursor(after)
	if err != nil {
		return DoNotCallPage{}, err
	}
	var c conditions
	if over {
		c.add(`(ended_at IS NOT NULL OR until <= ?)`, now)
	} else {
		c.add(`ended_at IS NULL AND until > ?`, now)
	}
	if number != "" {
		c.add(`number_hash = ?`, s.keys.HashPhone(number))
	}
	if from != nil {
		c.add(`(created_at, id) < (?::timestamptz, ?)`, time.UnixMicro(from.At), from.ID)
	}
	limit = pageSize(limit)
	items, err := list(ctx, s.pool, s.scanDoNotCall, `SELECT `+doNotCallColumns+` FROM do_not_call`+c.String()+
		` ORDER BY created_at DESC, id DESC LIMIT `+strconv.Itoa(limit+1), c.args...)
	if err != nil {
		return DoNotCallPage{}, err
	}
	page := DoNotCallPage{Items: items}
	if len(items) > limit {
		last := items[limit-1]
		page.Items, page.Next = items[:limit], cursor{last.At.UnixMicro(), last.ID}.encode()
	}
	return page, nil
}

// EndDoNotCall lets the number be called again. Error: ErrNotFound, also when it is over.
func (s *Store) EndDoNotCall(ctx context.Context, id, by string, now time.Time) error {
	tag, err := s.pool.Exec(ctx, `UPDATE do_not_call SET ended_at = $3, ended_by = $2 WHERE id = $1 AND ended_at IS NULL AND until > $3`, id, by, now)
	if err != nil {
		return fmt.Errorf("callpg: do not call %s: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("do not call %s: %w", id, ErrNotFound)
	}
	return nil
}

// NotToCall says whether the number is not to be called, and whether results are to come
// as text messages.
func (s *Store) NotToCall(ctx context.Context, number string, now time.Time) (listed, text bool, err error) {
	err = s.pool.QueryRow(ctx, `SELECT count(*) > 0, coalesce(bool_or(as_text), false) FROM do_not_call
		WHERE number_hash = $1 AND ended_at IS NULL AND until > $2`, s.keys.HashPhone(number), now).Scan(&listed, &text)
	if err != nil {
		return false, false, fmt.Errorf("callpg: do not call: %w", err)
	}
	return listed, text, nil
}

func (s *Store) scanDoNotCall(row pgx.CollectableRow) (DoNotCall, error) {
	var d DoNotCall
	var sealed []byte
	err := row.Scan(&d.ID, &sealed, &d.Reason, &d.Text, &d.Note, &d.Until, &d.Call, &d.Ticket, &d.By, &d.At, &d.EndedAt)
	if err != nil {
		return d, err
	}
	d.Until, d.At = d.Until.UTC(), d.At.UTC()
	d.Number, err = s.openNumber(sealed, placeOfDoNotCall(d.ID))
	return d, err
}
