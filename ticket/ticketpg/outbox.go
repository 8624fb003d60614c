package ticketpg

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/ticket"
)

// Notification channels of Postgres.
const (
	changesChannel = "ticket_changes"
	rulesChannel   = "ticket_rules"
)

// Notice is a row of the outbox.
type Notice struct {
	ID     int64
	Ticket string
	Seq    int          // of the event
	Type   string       // of the event, as ticket.FactType
	State  ticket.State // of the ticket after the command
	At     time.Time
}

// Drain hands up to limit notices to take, oldest first, and removes those it took, in
// the transaction that take gets: jobs inserted through it exist exactly if the notice
// is gone. Two nodes never get the same notice at once. An error of take, or a crash,
// leaves all of them for the next time. Returns how many were taken.
func (s *Store) Drain(ctx context.Context, limit int, take func(ctx context.Context, tx pgx.Tx, n Notice) error) (int, error) {
	taken := 0
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `DELETE FROM ticket_outbox WHERE id IN
			(SELECT id FROM ticket_outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
			RETURNING id, ticket, seq, type, state, at`, limit)
		if err != nil {
			return err
		}
		notices, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Notice])
		if err != nil {
			return err
		}
		taken = len(notices)
		slices.SortFunc(notices, func(a, b Notice) int { return cmp.Compare(a.ID, b.ID) }) // RETURNING has no order
		for _, n := range notices {
			if err := take(ctx, tx, n); err != nil {
				return fmt.Errorf("ticket %s event %d: %w", n.Ticket, n.Seq, err)
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("ticketpg: outbox: %w", err)
	}
	return taken, nil
}

// Change tells listeners that a ticket was written.
type Change struct {
	Number   string       `json:"number"`
	State    ticket.State `json:"state"`
	Version  int          `json:"version"`
	LodgedBy string       `json:"lodgedBy"`
	Agencies []string     `json:"agencies"`
	// Missed: changes before this one may have been missed: read again what is
	// shown. The other fields are empty.
	Missed bool `json:"missed,omitempty"`
}

// retryListen is the pause before a lost connection is tried again.
const retryListen = time.Second

// Listen calls fn, one call at a time, for every change that any node commits, until ctx
// ends; it always returns ctx's error. It keeps one connection of its own; whenever it
// starts to listen, at first and after the connection was lost, it calls fn with
// Missed. It also lets Rules be read anew when they change. fn must not block for
// long: notices queue up in Postgres.
func (s *Store) Listen(ctx context.Context, log *slog.Logger, fn func(Change)) error {
	for {
		err := s.listen(ctx, fn)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		log.WarnContext(ctx, "ticket changes: connection lost, trying again", "error", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(retryListen):
		}
	}
}

func (s *Store) listen(ctx context.Context, fn func(Change)) error {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig.Copy())
	if err != nil {
		return fmt.Errorf("ticketpg: listen: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it goes away either way
	for _, channel := range []string{changesChannel, rulesChannel} {
		if _, err := conn.Exec(ctx, `LISTEN `+channel); err != nil {
			return fmt.Errorf("ticketpg: listen: %w", err)
		}
	}
	s.rules.drop()
	fn(Change{Missed: true})
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("ticketpg: listen: %w", err)
		}
		if n.Channel == rulesChannel {
			s.rules.drop()
			continue
		}
		var change Change
		if err := json.Unmarshal([]byte(n.Payload), &change); err != nil {
			change = Change{Missed: true} // written by a newer node: read again what is shown
		}
		fn(change)
	}
}
