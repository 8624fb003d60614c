package callpg

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"hotline12345/routing"
)

const emergencyColumns = `reason, say, key, queue, priority, surge, since, least(until, ended_at)`

// Emergency that was declared last; it may be over. The zero one: none ever was.
func (s *Store) Emergency(ctx context.Context) (routing.Emergency, error) {
	all, err := list(ctx, s.pool, pgx.RowToStructByPos[routing.Emergency], `SELECT `+emergencyColumns+` FROM emergencies ORDER BY since DESC, id DESC LIMIT 1`)
	if err != nil || len(all) == 0 {
		return routing.Emergency{}, err
	}
	e := all[0]
	e.Since, e.Until = e.Since.UTC(), e.Until.UTC()
	return e, nil
}

// Declare begins an emergency at e.Since; one that still is ends with it.
func (s *Store) Declare(ctx context.Context, e routing.Emergency, by string) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("callpg: name an emergency: %w", err)
	}
	return s.decide(ctx, "declare an emergency", func(tx pgx.Tx) error {
		queues, err := ids(ctx, tx, "queues")
		if err != nil {
			return err
		}
		keys, err := list(ctx, tx, pgx.RowToStructByPos[routing.LanguageKey], `SELECT language, key FROM language_keys`)
		if err != nil {
			return err
		}
		if err := e.Check(queues, keys); err != nil {
			return err
		}
		if err := endEmergency(ctx, tx, by, e.Since); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO emergencies (id, reason, say, key, queue, priority, surge, since, until, declared_by)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, id.String(), e.Reason, e.Say, e.Key, e.Queue, e.Priority, e.Surge, e.Since, e.Until, by)
		return err
	})
}

// EndEmergency ends the one that is, if one is.
func (s *Store) EndEmergency(ctx context.Context, by string, at time.Time) error {
	return s.decide(ctx, "end an emergency", func(tx pgx.Tx) error { return endEmergency(ctx, tx, by, at) })
}

func endEmergency(ctx context.Context, tx pgx.Tx, by string, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE emergencies SET ended_at = greatest($2, since), ended_by = $1 WHERE ended_at IS NULL AND until > $2`, by, at)
	return err
}
