package callpg

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/callcenter"
)

// badRating is the first level that somebody must look after (不满意, 非常不满意).
const badRating callcenter.Rating = 4

// BadRating is the task to look after a call that was rated badly.
type BadRating struct {
	Call     callcenter.CallID
	Rating   callcenter.Rating
	RatedAt  time.Time
	Agents   []callcenter.AgentID // who talked
	ClosedAt *time.Time
	ClosedBy callcenter.AgentID
	Note     string
}

// BadRatingPage is a page; Next is "" on the last one.
type BadRatingPage struct {
	Items []BadRating
	Next  string
}

// rated makes the task of a call that was rated badly, with its record.
func rated(batch *pgx.Batch, r callcenter.CallRecord) {
	if r.Rating >= badRating {
		batch.Queue(`INSERT INTO bad_ratings (call_id, rating, rated_at) VALUES ($1, $2, $3) ON CONFLICT (call_id) DO NOTHING`, r.Call, r.Rating, r.EndedAt)
	}
}

const ratingColumns = `b.call_id, b.rating, b.rated_at, r.agents, b.closed_at, coalesce(b.closed_by, ''), b.note
	FROM bad_ratings b JOIN call_records r USING (call_id)`

// BadRatings lists the open tasks, oldest first, or the closed ones, newest first.
// Error: ErrCursor.
func (s *Store) BadRatings(ctx context.Context, closed bool, after string, limit int) (BadRatingPage, error) {
	from, err := decodeCursor(after)
	if err != nil {
		return BadRatingPage{}, err
	}
	key, than, order, is := `b.rated_at`, `>`, ``, ``
	if closed {
		key, than, order, is = `b.closed_at`, `<`, ` DESC`, ` NOT`
	}
	var c conditions
	if from != nil {
		c.add(`(`+key+`, b.call_id) `+than+` (?::timestamptz, ?)`, time.UnixMicro(from.At), from.ID)
	}
	limit = pageSize(limit)
	where := c.String()
	if where == "" {
		where = ` WHERE true`
	}
	rows, err := s.pool.Query(ctx, `SELECT `+ratingColumns+where+` AND b.closed_at IS`+is+` NULL ORDER BY `+key+order+`, b.call_id`+order+
		` LIMIT `+strconv.Itoa(limit+1), c.args...)
	if err != nil {
		return BadRatingPage{}, fmt.Errorf("callpg: bad ratings: %w", err)
	}
	items, err := pgx.CollectRows(rows, pgx.RowToStructByPos[BadRating])
	if err != nil {
		return BadRatingPage{}, fmt.Errorf("callpg: bad ratings: %w", err)
	}
	page := BadRatingPage{Items: items}
	if len(items) > limit {
		last := items[limit-1]
		at := last.RatedAt
		if closed {
			at = *last.ClosedAt
		}
		page.Items, page.Next = items[:limit], cursor{at.UnixMicro(), string(last.Call)}.encode()
	}
	return page, nil
}

// CloseBadRating writes what came of an open task. Errors: ErrNotFound, ErrTaken.
func (s *Store) CloseBadRating(ctx context.Context, call callcenter.CallID, by callcenter.AgentID, note string, at time.Time) (BadRating, error) {
	tag, err := s.pool.Exec(ctx, `UPDATE bad_ratings SET closed_at = $2, closed_by = $3, note = $4 WHERE call_id = $1 AND closed_at IS NULL`, call, at, by, note)
	if err != nil {
		return BadRating{}, fmt.Errorf("callpg: bad rating of %s: %w", call, err)
	}
	rows, err := s.pool.Query(ctx, `SELECT `+ratingColumns+` WHERE b.call_id = $1`, call)
	if err != nil {
		return BadRating{}, fmt.Errorf("callpg: bad rating of %s: %w", call, err)
	}
	task, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[BadRating])
	switch {
	case isNone(err):
		return BadRating{}, fmt.Errorf("bad rating of %s: %w", call, ErrNotFound)
	case err != nil:
		return BadRating{}, fmt.Errorf("callpg: bad rating of %s: %w", call, err)
	case tag.RowsAffected() == 0:
		return BadRating{}, fmt.Errorf("bad rating of %s: %w", call, ErrTaken)
	}
	return task, nil
}
