package callpg

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

// Topic is what changed in the database, on whatever node.
type Topic string

const (
	TopicCallbacks Topic = "callbacks" // tasks made, claimed or closed
	TopicRecords   Topic = "records"   // a call ended: today's figures moved
	TopicQueues    Topic = "queues"    // queues or what agents may be offered
	TopicPhones    Topic = "phones"    // accounts of desk phones
	TopicMissed    Topic = "missed"    // changes may have been missed: read again all that is shown
)

const (
	channel     = "hotline_calls"
	retryListen = time.Second
)

// Listen calls fn for every change until ctx ends; first, and after each lost
// connection, with TopicMissed. What fn could not take, its error, counts as missed: it is
// told of that again. fn must not block. Listen returns ctx's error.
func (s *Store) Listen(ctx context.Context, log *slog.Logger, fn func(Topic) error) error {
	for {
		err := s.listen(ctx, fn)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		log.WarnContext(ctx, "call changes: not heard, trying again", "error", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(retryListen):
		}
	}
}

func (s *Store) listen(ctx context.Context, fn func(Topic) error) error {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig.Copy())
	if err != nil {
		return fmt.Errorf("callpg: listen: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it goes away either way
	if _, err := conn.Exec(ctx, `LISTEN `+channel); err != nil {
		return fmt.Errorf("callpg: listen: %w", err)
	}
	if err := fn(TopicMissed); err != nil {
		return err
	}
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("callpg: listen: %w", err)
		}
		if err := fn(Topic(n.Payload)); err != nil {
			return err
		}
	}
}
