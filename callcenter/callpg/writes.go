package callpg

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

// WriteRecord writes calls' records and their chains, all in one message to Postgres, or
// none; of a call the first record stays.
func (s *Store) WriteRecord(ctx context.Context, records ...callcenter.CallRecord) error {
	batch := &pgx.Batch{}
	ids := make([]callcenter.CallID, len(records))
	for i, r := range records {
		ids[i] = r.Call
		s.queueRecord(batch, r)
		rated(batch, r)
		s.queueContacts(batch, r)
	}
	batch.Queue(`DELETE FROM open_calls WHERE call_id = ANY($1)`, ids)
	batch.Queue(notifySQL, channel, string(TopicRecords))
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("callpg: records of %d calls from %s: %w", len(records), ids[0], err)
	}
	return nil
}

func (s *Store) queueRecord(batch *pgx.Batch, r callcenter.CallRecord) {
	number, line := r.From, r.To
	if r.Kind != callcenter.KindInbound {
		number, line = r.To, r.From
	}
	sealed, hash := s.sealNumber(number, placeOfRecord(r.Call))
	agents := r.Agents
	if agents == nil {
		agents = []callcenter.AgentID{}
	}
	quality := r.Quality
	if quality == nil {
		quality = []callcenter.LegQuality{}
	}
	batch.Queue(`INSERT INTO call_records (call_id, kind, line, trunk, queue, ticket, number_enc, number_hash, agents,
			started_at, queued_at, offered_at, answered_at, ended_at, wait_ms, talk_ms, hold_ms, offers, transfers, segments, paused_ms, audio_ms, quality, reason, outcome, rating)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
		ON CONFLICT (call_id) DO NOTHING`,
		r.Call, r.Kind, line, r.Trunk, r.Queue, r.Ticket, sealed, hash, agents,
		r.StartedAt, r.QueuedAt, r.OfferedAt, r.AnsweredAt, r.EndedAt, r.WaitMS, r.TalkMS, r.HoldMS, r.Offers, r.Transfers, r.Segments, r.PausedMS, r.AudioMS, quality, r.Reason, r.Outcome, r.Rating)
}

// WriteRecording indexes segments, all or none. A complete one stays; one that was cut by
// a crash is replaced.
func (s *Store) WriteRecording(ctx context.Context, rows ...engine.RecordingRow) error {
	batch := &pgx.Batch{}
	for _, r := range rows {
		gaps := r.Gaps
		if gaps == nil {
			gaps = []engine.Gap{}
		}
		batch.Queue(`INSERT INTO recordings AS old (call_id, segment, kind, path, started_at, ms, bytes, sha256, complete, node, gaps)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
			ON CONFLICT (call_id, segment) DO UPDATE SET kind = excluded.kind, path = excluded.path, started_at = excluded.started_at, ms = excluded.ms,
				bytes = excluded.bytes, sha256 = excluded.sha256, complete = excluded.complete,
				node = excluded.node, gaps = excluded.gaps, stored_at = NULL
			WHERE NOT old.complete`,
			r.Call, r.Segment, cmp.Or(r.Kind, callcenter.SegmentTalk), r.Path, r.StartedAt, r.Millis, r.Bytes, r.SHA256, r.Complete, r.Node, gaps)
	}
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("callpg: %d recordings from that of call %s: %w", len(rows), rows[0].Call, err)
	}
	return nil
}

// WriteCallback makes the task to call somebody back; the first one of a call
// stays. A withheld number cannot be called: no task.
func (s *Store) WriteCallback(ctx context.Context, call callcenter.CallID, number string, reason callcenter.EndReason, queue callcenter.QueueID, at time.Time) error {
	if number == "" {
		return nil
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("callpg: callback of call %s: %w", call, err)
	}
	sealed, hash := s.sealNumber(number, placeOfCallback(id.String()))
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO callbacks (id, call_id, number_enc, number_hash, queue, reason, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (call_id) DO NOTHING`,
			id.String(), call, sealed, hash, queue, reason, at)
		if err != nil {
			return err
		}
		return changed(ctx, tx, TopicCallbacks)
	})
	if err != nil {
		return fmt.Errorf("callpg: callback of call %s: %w", call, err)
	}
	return nil
}

// CloseCallback writes what came of the call a task was made for: talked, and it
// is closed by who had claimed it; not, and it is open again for anybody, one try
// more; one that keeps its place is due again by its plan. A task that is closed stays as it is; one that is unknown is no error, as
// the call itself is over.
func (s *Store) CloseCallback(ctx context.Context, id string, talked bool, at time.Time) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		sql := `UPDATE callbacks SET tries = tries + 1, tried_at = $2, claimed_by = NULL, claimed_at = NULL, taken_by = NULL, taken_until = NULL, booked = false,
				due_at = $2::timestamptz + again[tries + 1] * interval '1 second'
			WHERE id = $1 AND closed_at IS NULL AND tried_at IS DISTINCT FROM $2`
		if talked {
			sql = `UPDATE callbacks SET closed_at = $2, closed_by = coalesce(claimed_by, '') WHERE id = $1 AND closed_at IS NULL`
		}
		if _, err := tx.Exec(ctx, sql, id, at); err != nil {
			return err
		}
		return changed(ctx, tx, TopicCallbacks)
	})
	if err != nil {
		return fmt.Errorf("callpg: close callback %s: %w", id, err)
	}
	return nil
}
