package callpg

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/callcenter"
)

// RecordQuery asks for a page of call records, newest first. Zero fields do not
// filter.
type RecordQuery struct {
	After  string // cursor of the page before
	Limit  int    // rows at most, 1..100; 0: 100
	Number string // of the person outside, whole, however written
	Agent  callcenter.AgentID
	From   time.Time // started at or after
	To     time.Time // started before
}

// RecordPage is a page; Next is "" on the last one.
type RecordPage struct {
	Items []callcenter.CallRecord
	Next  string
}

const recordColumns = `call_id, kind, line, trunk, queue, ticket, number_enc, agents, started_at, queued_at, offered_at, answered_at,
	ended_at, wait_ms, talk_ms, hold_ms, offers, transfers, segments, paused_ms, audio_ms, quality, reason, outcome, rating`

// conditions collects a WHERE clause and its arguments.
type conditions struct {
	where []string
	args  []any
}

// add takes a condition in which each ? stands for the next of args.
func (c *conditions) add(sql string, args ...any) {
	for _, arg := range args {
		c.args = append(c.args, arg)
		sql = strings.Replace(sql, "?", "$"+strconv.Itoa(len(c.args)), 1)
	}
	c.where = append(c.where, sql)
}

func (c *conditions) String() string {
	if len(c.where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.where, " AND ")
}

// Records lists call records. A number without digits finds nothing. Errors:
// ErrCursor; those of Postgres.
func (s *Store) Records(ctx context.Context, q RecordQuery) (RecordPage, error) {
	after, err := decodeCursor(q.After)
	if err != nil {
		return RecordPage{}, err
	}
	var c conditions
	if q.Number != "" {
		c.add(`number_hash = ?`, s.keys.HashPhone(q.Number))
	}
	if q.Agent != "" {
		c.add(`agents @> ARRAY[?::text]`, q.Agent)
	}
	if !q.From.IsZero() {
		c.add(`started_at >= ?`, q.From)
	}
	if !q.To.IsZero() {
		c.add(`started_at < ?`, q.To)
	}
	if after != nil {
		c.add(`(started_at, call_id) < (?::timestamptz, ?)`, time.UnixMicro(after.At), after.ID)
	}
	limit := pageSize(q.Limit)
	items, err := s.records(ctx, c.String()+` ORDER BY started_at DESC, call_id DESC LIMIT `+strconv.Itoa(limit+1), c.args...)
	if err != nil {
		return RecordPage{}, fmt.Errorf("callpg: records: %w", err)
	}
	page := RecordPage{Items: items}
	if len(items) > limit {
		last := items[limit-1]
		page.Items, page.Next = items[:limit], cursor{last.StartedAt.UnixMicro(), string(last.Call)}.encode()
	}
	return page, nil
}

// Record of one call. Error: ErrNotFound, also while the call runs.
func (s *Store) Record(ctx context.Context, call callcenter.CallID) (callcenter.CallRecord, error) {
	items, err := s.records(ctx, ` WHERE call_id = $1`, call)
	if err != nil {
		return callcenter.CallRecord{}, fmt.Errorf("callpg: record of call %s: %w", call, err)
	}
	if len(items) == 0 {
		return callcenter.CallRecord{}, fmt.Errorf("record of call %s: %w", call, ErrNotFound)
	}
	return items[0], nil
}

// Earlier lists the newest records of a number, for the screen pop: at most limit,
// without the call itself. A withheld number has none.
func (s *Store) Earlier(ctx context.Context, number string, call callcenter.CallID, limit int) ([]callcenter.CallRecord, error) {
	hash := s.keys.HashPhone(number)
	if hash == nil {
		return nil, nil
	}
	items, err := s.records(ctx, ` WHERE number_hash = $1 AND call_id <> $2 ORDER BY started_at DESC, call_id DESC LIMIT $3`,
		hash, call, pageSize(limit))
	if err != nil {
		return nil, fmt.Errorf("callpg: earlier calls: %w", err)
	}
	return items, nil
}

func (s *Store) records(ctx context.Context, rest string, args ...any) ([]callcenter.CallRecord, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+recordColumns+` FROM call_records`+rest, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, s.scanRecord)
}

func (s *Store) scanRecord(row pgx.CollectableRow) (callcenter.CallRecord, error) {
	var r callcenter.CallRecord
	var line string
	var sealed []byte
	err := row.Scan(&r.Call, &r.Kind, &line, &r.Trunk, &r.Queue, &r.Ticket, &sealed, &r.Agents, &r.StartedAt, &r.QueuedAt, &r.OfferedAt,
		&r.AnsweredAt, &r.EndedAt, &r.WaitMS, &r.TalkMS, &r.HoldMS, &r.Offers, &r.Transfers, &r.Segments, &r.PausedMS, &r.AudioMS, &r.Quality, &r.Reason, &r.Outcome, &r.Rating)
	if err != nil {
		return r, err
	}
	number, err := s.openNumber(sealed, placeOfRecord(r.Call))
	if err != nil {
		return r, err
	}
	r.From, r.To = number, line
	if r.Kind != callcenter.KindInbound {
		r.From, r.To = line, number
	}
	if len(r.Quality) == 0 {
		r.Quality = nil
	}
	r.StartedAt, r.EndedAt = r.StartedAt.UTC(), r.EndedAt.UTC()
	for _, at := range []*time.Time{r.QueuedAt, r.OfferedAt, r.AnsweredAt} {
		if at != nil {
			*at = at.UTC()
		}
	}
	return r, nil
}

// isNone says whether a query had no row.
func isNone(err error) bool { return errors.Is(err, pgx.ErrNoRows) }
