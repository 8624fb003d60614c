package callpg

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

const recordingColumns = `call_id, segment, kind, path, started_at, ms, bytes, sha256, complete, gaps, node, stored_at, purged_at`

// Recording is a segment and where its sound is.
type Recording struct {
	engine.RecordingRow
	StoredAt *time.Time // since then in the store; nil: on the node's disk
	PurgedAt *time.Time // since then gone
}

// Recordings of a call, in order.
func (s *Store) Recordings(ctx context.Context, call callcenter.CallID) ([]Recording, error) {
	return s.recordings(ctx, ` WHERE call_id = $1 ORDER BY segment`, call)
}

// Recording is one segment. Errors: ErrNotFound; ErrPurged when its sound is gone.
func (s *Store) Recording(ctx context.Context, call callcenter.CallID, segment int) (Recording, error) {
	list, err := s.recordings(ctx, ` WHERE call_id = $1 AND segment = $2`, call, segment)
	if err != nil {
		return Recording{}, err
	}
	if len(list) == 0 {
		return Recording{}, fmt.Errorf("recording %d of call %s: %w", segment, call, ErrNotFound)
	}
	if list[0].PurgedAt != nil {
		return Recording{}, fmt.Errorf("recording %d of call %s: %w", segment, call, ErrPurged)
	}
	return list[0], nil
}

// RecordedMS is how long the segments with the caller of each call are together; a call
// without any is not in it.
func (s *Store) RecordedMS(ctx context.Context, calls ...callcenter.CallID) (map[callcenter.CallID]int64, error) {
	rows, err := s.pool.Query(ctx, `SELECT call_id, sum(ms)::bigint FROM recordings WHERE call_id = ANY($1) AND kind <> $2 GROUP BY call_id`,
		calls, callcenter.SegmentConsult)
	if err != nil {
		return nil, fmt.Errorf("callpg: recorded time: %w", err)
	}
	recorded := make(map[callcenter.CallID]int64, len(calls))
	var call callcenter.CallID
	var ms int64
	_, err = pgx.ForEachRow(rows, []any{&call, &ms}, func() error {
		recorded[call] = ms
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("callpg: recorded time: %w", err)
	}
	return recorded, nil
}

// RecordingPaths are those of the segments begun since then.
func (s *Store) RecordingPaths(ctx context.Context, since time.Time) (map[string]bool, error) {
	rows, err := s.pool.Query(ctx, `SELECT path FROM recordings WHERE started_at >= $1`, since)
	if err != nil {
		return nil, fmt.Errorf("callpg: recording paths: %w", err)
	}
	paths, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("callpg: recording paths: %w", err)
	}
	set := make(map[string]bool, len(paths))
	for _, p := range paths {
		set[p] = true
	}
	return set, nil
}

func (s *Store) recordings(ctx context.Context, rest string, args ...any) ([]Recording, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+recordingColumns+` FROM recordings`+rest, args...)
	if err != nil {
		return nil, fmt.Errorf("callpg: recordings: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Recording, error) {
		var r Recording
		err := row.Scan(&r.Call, &r.Segment, &r.Kind, &r.Path, &r.StartedAt, &r.Millis, &r.Bytes, &r.SHA256, &r.Complete, &r.Gaps, &r.Node, &r.StoredAt, &r.PurgedAt)
		r.StartedAt = r.StartedAt.UTC()
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("callpg: recordings: %w", err)
	}
	return list, nil
}
