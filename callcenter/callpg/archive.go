package callpg

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/callcenter"
)

// Spooled are the recordings on the node's disk that are not in the store, in order of
// their calls, from after the given one on ("", 0: the first).
func (s *Store) Spooled(ctx context.Context, node string, call callcenter.CallID, segment, limit int) ([]Recording, error) {
	return s.recordings(ctx, ` WHERE stored_at IS NULL AND purged_at IS NULL AND node IN ($1, '') AND (call_id, segment) > ($2, $3)
		ORDER BY call_id, segment LIMIT $4`, node, call, segment, pageSize(limit))
}

// MarkStored says that the store has a recording.
func (s *Store) MarkStored(ctx context.Context, call callcenter.CallID, segment int, at time.Time) error {
	tag, err := s.pool.Exec(ctx, `UPDATE recordings SET stored_at = $3 WHERE call_id = $1 AND segment = $2 AND stored_at IS NULL`, call, segment, at)
	if err != nil {
		return fmt.Errorf("callpg: recording %d of call %s is stored: %w", segment, call, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("recording %d of call %s: %w", segment, call, ErrNotFound)
	}
	return nil
}

// notHeld is part of the conditions under which a recording may go.
const notHeld = `purged_at IS NULL AND NOT EXISTS (SELECT FROM legal_holds h WHERE h.call_id = recordings.call_id)`

// Expired are recordings begun before then that may be purged by this node: those of its
// disk and those of the store, in order of their calls, from after the given one on.
func (s *Store) Expired(ctx context.Context, node string, before time.Time, call callcenter.CallID, segment, limit int) ([]Recording, error) {
	return s.recordings(ctx, ` WHERE started_at < $1 AND (stored_at IS NOT NULL OR node IN ($2, '')) AND `+notHeld+` AND (call_id, segment) > ($3, $4)
		ORDER BY call_id, segment LIMIT $5`, before, node, call, segment, pageSize(limit))
}

// Purge erases a recording's sound and says so in its row, unless it is held or purged
// already. A hold that comes meanwhile waits, and then finds it purged.
func (s *Store) Purge(ctx context.Context, call callcenter.CallID, segment int, at time.Time, erase func() error) (erased bool, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		// The lock first, the hold after it: a snapshot from before the wait would not see one.
		if _, err := tx.Exec(ctx, `SELECT FROM recordings WHERE call_id = $1 FOR UPDATE`, call); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `UPDATE recordings SET purged_at = $3 WHERE call_id = $1 AND segment = $2 AND `+notHeld, call, segment, at)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		erased = true
		return erase()
	})
	if err != nil {
		return false, fmt.Errorf("callpg: purge recording %d of call %s: %w", segment, call, err)
	}
	return erased, nil
}

// Hold keeps a call's recordings from being purged (legal hold).
type Hold struct {
	Reason string
	By     string // account id
	At     time.Time
}

// PlaceHold holds a call's recordings; another reason takes the place of the one before.
// Errors: ErrNotFound without recordings; ErrPurged when one is gone already.
func (s *Store) PlaceHold(ctx context.Context, call callcenter.CallID, h Hold) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT purged_at IS NOT NULL FROM recordings WHERE call_id = $1 FOR UPDATE`, call)
		if err != nil {
			return err
		}
		purged, err := pgx.CollectRows(rows, pgx.RowTo[bool])
		if err != nil {
			return err
		}
		if len(purged) == 0 {
			return ErrNotFound
		}
		for _, gone := range purged {
			if gone {
				return ErrPurged
			}
		}
		_, err = tx.Exec(ctx, `INSERT INTO legal_holds (call_id, reason, held_by, held_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (call_id) DO UPDATE SET reason = excluded.reason, held_by = excluded.held_by, held_at = excluded.held_at`, call, h.Reason, h.By, h.At)
		return err
	})
	if err != nil {
		return fmt.Errorf("callpg: hold call %s: %w", call, err)
	}
	return nil
}

// LiftHold ends a hold. Error: ErrNotFound.
func (s *Store) LiftHold(ctx context.Context, call callcenter.CallID) error {
	tag, err := s.pool.Exec(ctx, `DELETE FROM legal_holds WHERE call_id = $1`, call)
	if err != nil {
		return fmt.Errorf("callpg: lift the hold of call %s: %w", call, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("hold of call %s: %w", call, ErrNotFound)
	}
	return nil
}

// HoldOf a call; nil: it is not held.
func (s *Store) HoldOf(ctx context.Context, call callcenter.CallID) (*Hold, error) {
	var h Hold
	err := s.pool.QueryRow(ctx, `SELECT reason, held_by, held_at FROM legal_holds WHERE call_id = $1`, call).Scan(&h.Reason, &h.By, &h.At)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // not held is no fault
	}
	if err != nil {
		return nil, fmt.Errorf("callpg: hold of call %s: %w", call, err)
	}
	h.At = h.At.UTC()
	return &h, nil
}
