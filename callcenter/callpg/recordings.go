package callpg

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

const recordingColumns = `call_id, segment, path, started_at, ms, bytes, sha256, complete`

// Recordings of a call, in order.
func (s *Store) Recordings(ctx context.Context, call callcenter.CallID) ([]engine.RecordingRow, error) {
	return s.recordings(ctx, ` WHERE call_id = $1 ORDER BY segment`, call)
}

// Recording is one segment. Error: ErrNotFound.
func (s *Store) Recording(ctx context.Context, call callcenter.CallID, segment int) (engine.RecordingRow, error) {
	list, err := s.recordings(ctx, ` WHERE call_id = $1 AND segment = $2`, call, segment)
	if err != nil {
		return engine.RecordingRow{}, err
	}
	if len(list) == 0 {
		return engine.RecordingRow{}, fmt.Errorf("recording %d of call %s: %w", segment, call, ErrNotFound)
	}
	return list[0], nil
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

func (s *Store) recordings(ctx context.Context, rest string, args ...any) ([]engine.RecordingRow, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+recordingColumns+` FROM recordings`+rest, args...)
	if err != nil {
		return nil, fmt.Errorf("callpg: recordings: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (engine.RecordingRow, error) {
		var r engine.RecordingRow
		err := row.Scan(&r.Call, &r.Segment, &r.Path, &r.StartedAt, &r.Millis, &r.Bytes, &r.SHA256, &r.Complete)
		r.StartedAt = r.StartedAt.UTC()
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("callpg: recordings: %w", err)
	}
	return list, nil
}
