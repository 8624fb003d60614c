package ticketpg

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline12345/privacy"
	"hotline12345/ticket"
)

// Codes of a *ticket.Error that only a store gives.
const (
	CodeNotFound ticket.Code = "not-found"  // no such ticket, or none for this actor
	CodeStale    ticket.Code = "stale"      // somebody else changed the ticket first
	CodeReused   ticket.Code = "key-reused" // the Idempotency-Key belongs to another request
)

// Store is safe for concurrent use.
type Store struct {
	pool     *pgxpool.Pool
	keys     *privacy.Keys
	chainKey []byte
	now      func() time.Time
	rules    rulesCache
}

// New makes a store on a migrated database. now is the clock, time.Now in service.
func New(pool *pgxpool.Pool, keys *privacy.Keys, now func() time.Time) (*Store, error) {
	chainKey, err := keys.Derive("ticket chain")
	if err != nil {
		return nil, fmt.Errorf("ticketpg: %w", err)
	}
	return &Store{pool: pool, keys: keys, chainKey: chainKey, now: now}, nil
}

// Get is the ticket as the actor may see it (ticket.Redact); RoleSystem gets the requester in
// full. Error: CodeNotFound, also when the ticket is not for this actor.
func (s *Store) Get(ctx context.Context, by ticket.Actor, number string) (ticket.Ticket, error) {
	t, _, err := s.load(ctx, s.pool, number, "")
	if err != nil {
		return ticket.Ticket{}, err
	}
	if !ticket.CanSee(t, by) {
		return ticket.Ticket{}, notFound(number)
	}
	return ticket.Redact(t, by), nil
}

// Handle runs commands on a ticket, all of them or none, and returns the ticket after them,
// redacted for the actor. version is the one the actor saw; 0 takes any. Errors:
// those of ticket.Decide, CodeNotFound, CodeStale.
func (s *Store) Handle(ctx context.Context, by ticket.Actor, number string, version int, cmds ...ticket.Command) (ticket.Ticket, error) {
	rules, err := s.Rules(ctx)
	if err != nil {
		return ticket.Ticket{}, err
	}
	var after ticket.Ticket
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		t, head, err := s.load(ctx, tx, number, "FOR UPDATE")
		if err != nil {
			return err
		}
		if !ticket.CanSee(t, by) {
			return notFound(number)
		}
		if version != 0 && version != t.Version {
			return &ticket.Error{Code: CodeStale, Detail: fmt.Sprintf("ticket %s: version %d, now %d", number, version, t.Version)}
		}
		w := writer{store: s, tx: tx, ticket: t, head: head}
		err = w.run(ctx, by, rules, cmds)
		after = w.ticket
		return err
	})
	if err != nil {
		return ticket.Ticket{}, wrap(err, "handle "+number)
	}
	return ticket.Redact(after, by), nil
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// executor is a pool or a transaction.
type executor interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

func notFound(number string) error {
	return &ticket.Error{Code: CodeNotFound, Detail: "ticket " + number}
}

// wrap adds what was being done to errors of the database; refusals stay as they are.
func wrap(err error, doing string) error {
	if refused, ok := errors.AsType[*ticket.Error](err); ok {
		return refused
	}
	return fmt.Errorf("ticketpg: %s: %w", doing, err)
}
