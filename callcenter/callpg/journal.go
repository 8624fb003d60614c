package callpg

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

// FencedError: the journal has another event at this place, so somebody else
// owns the call. Writing it again cannot succeed.
type FencedError struct {
	Call  callcenter.CallID
	Seq   int
	Owner string // the node that wrote it
}

func (e *FencedError) Error() string {
	return fmt.Sprintf("callpg: call %s: event %d was written by node %s", e.Call, e.Seq, e.Owner)
}

// Permanent says that trying again is of no use.
func (e *FencedError) Permanent() bool { return true }

// columns of journal rows, as arrays for unnest.
type columns struct {
	calls, nodes, kinds []string
	seqs                []int32
	ats                 []time.Time
	events              [][]byte
}

func (s *Store) columns(rows []engine.JournalRow) (columns, error) {
	var c columns
	for _, r := range rows {
		kind, data, err := callcenter.EncodeEvent(r.Event)
		if err != nil {
			return columns{}, fmt.Errorf("callpg: call %s event %d: %w", r.Call, r.Seq, err)
		}
		c.calls = append(c.calls, string(r.Call))
		c.seqs = append(c.seqs, int32(r.Seq)) //nolint:gosec // a call has far fewer events than 2^31
		c.ats = append(c.ats, r.At)
		c.nodes = append(c.nodes, r.Node)
		c.kinds = append(c.kinds, kind)
		c.events = append(c.events, s.keys.Seal(data, placeOfEvent(r.Call, r.Seq)))
	}
	return c, nil
}

// Append writes events; one that is there already from the same node and moment is
// left as it is. Errors: *FencedError, when the events of other calls and earlier
// ones of this call are written nevertheless; those of Postgres, when none is.
func (s *Store) Append(ctx context.Context, rows []engine.JournalRow) error {
	c, err := s.columns(rows)
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	// A call begins to be open with its first event, unless its record is
	// written: then this is a repeat.
	if slices.Contains(c.seqs, 1) {
		batch.Queue(`INSERT INTO open_calls (call_id, node)
			SELECT call, node FROM unnest($1::text[], $2::int[], $3::text[]) AS r (call, seq, node)
			WHERE seq = 1 AND NOT EXISTS (SELECT FROM call_records WHERE call_id = call)
			ON CONFLICT (call_id) DO NOTHING`, c.calls, c.seqs, c.nodes)
	}
	written := 0
	batch.Queue(`INSERT INTO call_journal (call_id, seq, at, node, kind, event)
		SELECT * FROM unnest($1::text[], $2::int[], $3::timestamptz[], $4::text[], $5::text[], $6::bytea[])
		ON CONFLICT (call_id, seq) DO NOTHING`, c.calls, c.seqs, c.ats, c.nodes, c.kinds, c.events).Exec(func(tag pgconn.CommandTag) error {
		written = int(tag.RowsAffected())
		return nil
	})
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("callpg: append %d events: %w", len(rows), err)
	}
	if written == len(rows) {
		return nil
	}
	fenced, err := s.findFence(ctx, c)
	if err != nil {
		return fmt.Errorf("callpg: append %d events: %w", len(rows), err)
	}
	if fenced != nil {
		return fenced
	}
	return nil
}

// findFence gives the first of the rows whose place another event has; nil: all
// are in the journal.
func (s *Store) findFence(ctx context.Context, c columns) (*FencedError, error) {
	var f FencedError
	err := s.pool.QueryRow(ctx, `SELECT j.call_id, j.seq, j.node
		FROM unnest($1::text[], $2::int[], $3::timestamptz[], $4::text[], $5::text[]) WITH ORDINALITY AS r (call, seq, at, node, kind, n)
		JOIN call_journal j ON j.call_id = r.call AND j.seq = r.seq
		WHERE (j.node, j.at, j.kind) IS DISTINCT FROM (r.node, r.at, r.kind) ORDER BY r.n LIMIT 1`,
		c.calls, c.seqs, c.ats, c.nodes, c.kinds).Scan(&f.Call, &f.Seq, &f.Owner)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // nil is: no fence
	}
	if err != nil {
		return nil, err
	}
	return &f, nil
}

// Open lists the events of the node's calls that have no record, each call's
// together and in order.
func (s *Store) Open(ctx context.Context, node string) ([]engine.JournalRow, error) {
	return s.events(ctx, `FROM open_calls o JOIN call_journal j USING (call_id) WHERE o.node = $1`, node)
}

// Journal of one call, in order; to replay it.
func (s *Store) Journal(ctx context.Context, call callcenter.CallID) ([]engine.JournalRow, error) {
	return s.events(ctx, `FROM call_journal j WHERE j.call_id = $1`, call)
}

func (s *Store) events(ctx context.Context, from string, arg any) ([]engine.JournalRow, error) {
	rows, err := s.pool.Query(ctx, `SELECT j.call_id, j.seq, j.at, j.node, j.kind, j.event `+from+` ORDER BY j.call_id, j.seq`, arg)
	if err != nil {
		return nil, fmt.Errorf("callpg: journal: %w", err)
	}
	list, err := pgx.CollectRows(rows, s.scanEvent)
	if err != nil {
		return nil, fmt.Errorf("callpg: journal: %w", err)
	}
	return list, nil
}

func (s *Store) scanEvent(row pgx.CollectableRow) (engine.JournalRow, error) {
	var r engine.JournalRow
	var kind string
	var sealed []byte
	if err := row.Scan(&r.Call, &r.Seq, &r.At, &r.Node, &kind, &sealed); err != nil {
		return r, err
	}
	r.At = r.At.UTC()
	data, err := s.keys.Open(sealed, placeOfEvent(r.Call, r.Seq))
	if err != nil {
		return r, fmt.Errorf("call %s event %d: %w", r.Call, r.Seq, err)
	}
	r.Event, err = callcenter.DecodeEvent(kind, data)
	return r, err
}
