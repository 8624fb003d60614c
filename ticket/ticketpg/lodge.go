package ticketpg

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/ticket"
)

// maxKey is the longest Idempotency-Key.
const maxKey = 100

// Lodge makes a ticket and, when then is not nil, runs that command in the same
// transaction. The same key by the same actor gives the ticket of the first time; with
// another request it gives CodeReused. An empty key never repeats. Other errors: those
// of ticket.Decide. The ticket comes back redacted for the actor.
func (s *Store) Lodge(ctx context.Context, by ticket.Actor, key string, lodge ticket.Lodge, then ticket.Command) (ticket.Ticket, error) {
	if len(key) > maxKey {
		return ticket.Ticket{}, &ticket.Error{Code: ticket.CodeInvalid, Field: "Idempotency-Key", Detail: fmt.Sprintf("longer than %d bytes", maxKey)}
	}
	rules, err := s.Rules(ctx)
	if err != nil {
		return ticket.Ticket{}, err
	}
	request, err := s.requestHash(lodge, then)
	if err != nil {
		return ticket.Ticket{}, err
	}
	var t ticket.Ticket
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		earlier, err := s.claimKey(ctx, tx, by, key, request)
		if err != nil {
			return err
		}
		if earlier != "" {
			t, _, err = s.load(ctx, tx, earlier, "")
			return err
		}
		if lodge.Number, err = s.nextNumber(ctx, tx); err != nil {
			return err
		}
		w := writer{store: s, tx: tx}
		cmds := []ticket.Command{lodge}
		if then != nil {
			cmds = append(cmds, then)
		}
		if err := w.run(ctx, by, rules, cmds); err != nil {
			return err
		}
		t = w.ticket
		if key == "" {
			return nil
		}
		_, err = tx.Exec(ctx, `UPDATE ticket_lodgings SET ticket = $3 WHERE actor = $1 AND key = $2`, by.ID, key, t.Number)
		return err
	})
	if err != nil {
		return ticket.Ticket{}, wrap(err, "lodge")
	}
	return ticket.Redact(t, by), nil
}

// claimKey takes the key for this transaction, or returns the ticket it already made. A
// second request with the same key waits here for the first to end.
func (s *Store) claimKey(ctx context.Context, tx pgx.Tx, by ticket.Actor, key string, request []byte) (string, error) {
	if key == "" {
		return "", nil
	}
	tag, err := tx.Exec(ctx, `INSERT INTO ticket_lodgings (actor, key, request, ticket, at) VALUES ($1, $2, $3, '', $4)
		ON CONFLICT DO NOTHING`, by.ID, key, request, s.now())
	if err != nil || tag.RowsAffected() == 1 {
		return "", err
	}
	var earlier string
	var same bool
	err = tx.QueryRow(ctx, `SELECT ticket, request = $3 FROM ticket_lodgings WHERE actor = $1 AND key = $2`,
		by.ID, key, request).Scan(&earlier, &same)
	if err == nil && !same {
		err = &ticket.Error{Code: CodeReused}
	}
	return earlier, err
}

func (s *Store) requestHash(lodge ticket.Lodge, then ticket.Command) ([]byte, error) {
	asked, err := json.Marshal(struct {
		Lodge ticket.Lodge
		Name  string
		Then  ticket.Command
	}{lodge, ticket.NameOf(then), then})
	if err != nil {
		return nil, fmt.Errorf("ticketpg: lodge: %w", err)
	}
	return s.mac([]byte("lodge"), asked), nil
}

// nextNumber counts the day's tickets; the day's row stays locked until commit, so that
// numbers follow each other without a gap.
func (s *Store) nextNumber(ctx context.Context, tx pgx.Tx) (string, error) {
	day := s.now().In(ticket.Beijing)
	var n int
	err := tx.QueryRow(ctx, `INSERT INTO ticket_numbers (day, last) VALUES ($1, 1)
		ON CONFLICT (day) DO UPDATE SET last = ticket_numbers.last + 1 RETURNING last`, day.Format(time.DateOnly)).Scan(&n)
	if err != nil {
		return "", fmt.Errorf("ticketpg: next number: %w", err)
	}
	return fmt.Sprintf("%s-%06d", day.Format("20060102"), n), nil
}
