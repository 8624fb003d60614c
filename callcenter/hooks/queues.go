package hooks

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
)

// queueName of this package's jobs begins so: each webhook has a queue of its own, so that
// one that hangs holds its own requests and nobody else's.
const queueName = "webhooks"

func queueOf(hook string) string { return queueName + "-" + hook }

// perHook bounds the requests to one webhook at once, of this node.
const perHook = 2

// Times of a queue: between two fetches of up to perHook jobs, and for how long one is
// waited for that closes.
const (
	fetchPause = 10 * time.Millisecond
	closeLimit = 100 * time.Millisecond
)

// waits holds for a job of this package that is still to be tried; $1 is queueName.
const waits = `state IN ('available', 'retryable', 'scheduled') AND starts_with(queue, $1)`

// tend opens the queues that are wanted and closes the others. It belongs to run, as does
// s.open: whether a queue that is open still works; one that does not could not be closed
// yet, for its requests run.
func (s *Service) tend(ctx context.Context) {
	wanted, err := s.wanted(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.o.Log.WarnContext(ctx, "the webhooks cannot be read: new ones are told nothing yet", "error", err)
		}
		return
	}
	for name, works := range s.open {
		if works && wanted[name] {
			continue
		}
		s.open[name] = false
		closing, cancel := context.WithTimeout(ctx, closeLimit)
		if err := s.river.Queues().Remove(closing, name); err == nil {
			delete(s.open, name)
		}
		cancel()
	}
	for name := range wanted {
		if _, known := s.open[name]; known {
			continue
		}
		// One that is added and does not start is closed the next time.
		err := s.river.Queues().Add(name, river.QueueConfig{MaxWorkers: perHook, FetchCooldown: fetchPause})
		s.open[name] = err == nil
		if err != nil {
			s.o.Log.ErrorContext(ctx, "a webhook is told nothing: its queue does not open", "queue", name, "error", err)
		}
	}
}

// wanted are the queues of all webhooks, and those in which something waits for one that is
// gone: whoever works there drops it.
func (s *Service) wanted(ctx context.Context) (map[string]bool, error) {
	rows, err := s.pool.Query(ctx, `SELECT $1 || '-' || id FROM webhooks UNION
		SELECT queue FROM river_job WHERE `+waits+` AND queue <> $1`, queueName)
	if err != nil {
		return nil, fmt.Errorf("hooks: queues: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("hooks: queues: %w", err)
	}
	wanted := make(map[string]bool, len(names))
	for _, name := range names {
		wanted[name] = true
	}
	return wanted, nil
}

// waiting counts the jobs of each webhook: one that takes nothing for hours fills its own
// share of the room, not that of the others.
func (s *Service) waiting(ctx context.Context) (map[string]int, error) {
	rows, err := s.pool.Query(ctx, `SELECT args ->> 'hook', count(*) FROM river_job WHERE `+waits+` GROUP BY 1`, queueName)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	var hook string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&hook, &n}, func() error {
		counts[hook] = n
		return nil
	})
	return counts, err
}
