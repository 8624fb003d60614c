package ticketpg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"hotline12345/ticket"
)

// place binds a sealed requester to its ticket.
func place(number string) string { return "ticket:" + number }

// load reads a ticket whole, and the hash of its last event. lock is "" or "FOR UPDATE".
func (s *Store) load(ctx context.Context, q querier, number, lock string) (t ticket.Ticket, head []byte, err error) {
	var doc, sealed []byte
	err = q.QueryRow(ctx, `SELECT doc, requester, head FROM tickets WHERE number = $1 `+lock, number).Scan(&doc, &sealed, &head)
	if errors.Is(err, pgx.ErrNoRows) {
		return ticket.Ticket{}, nil, notFound(number)
	}
	if err != nil {
		return ticket.Ticket{}, nil, fmt.Errorf("ticketpg: load %s: %w", number, err)
	}
	t, err = s.restore(number, doc, sealed)
	return t, head, err
}

// restore makes the ticket of its stored parts.
func (s *Store) restore(number string, doc, sealed []byte) (ticket.Ticket, error) {
	var t ticket.Ticket
	if err := json.Unmarshal(doc, &t); err != nil {
		return ticket.Ticket{}, fmt.Errorf("ticketpg: ticket %s: %w", number, err)
	}
	requester, err := s.openRequester(number, sealed)
	if err != nil {
		return ticket.Ticket{}, err
	}
	t.Requester = requester
	return t, nil
}

func (s *Store) sealRequester(number string, q ticket.Requester) ([]byte, error) {
	plain, err := json.Marshal(q)
	if err != nil {
		return nil, fmt.Errorf("ticketpg: requester of %s: %w", number, err)
	}
	return s.keys.Seal(plain, place(number)), nil
}

func (s *Store) openRequester(number string, sealed []byte) (ticket.Requester, error) {
	var q ticket.Requester
	plain, err := s.keys.Open(sealed, place(number))
	if err == nil {
		err = json.Unmarshal(plain, &q)
	}
	if err != nil {
		return ticket.Requester{}, fmt.Errorf("ticketpg: requester of %s: %w", number, err)
	}
	return q, nil
}

// docOf is the stored JSON: the ticket without its requester.
func docOf(t ticket.Ticket) ([]byte, error) {
	t.Requester = ticket.Requester{}
	doc, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("ticketpg: ticket %s: %w", t.Number, err)
	}
	return doc, nil
}
