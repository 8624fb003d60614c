package hooks

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Webhook is an address that is told of events.
type Webhook struct {
	ID           string
	URL          string
	Events       []string
	Enabled      bool
	CreatedAt    time.Time
	FailingSince *time.Time
	DisabledAt   *time.Time // by the system
	LastError    string
}

var (
	// ErrNotFound: no such webhook.
	ErrNotFound = errors.New("hooks: not found")
	// ErrTooMany: there are maxWebhooks already.
	ErrTooMany = errors.New("hooks: too many webhooks")
)

const maxWebhooks = 20

const columns = `id, url, events, enabled, created_at, failing_since, disabled_at, last_error`

// List of all, oldest first.
func (s *Service) List(ctx context.Context) ([]Webhook, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+columns+` FROM webhooks ORDER BY created_at, id`)
	if err != nil {
		return nil, fmt.Errorf("hooks: list: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Webhook])
	if err != nil {
		return nil, fmt.Errorf("hooks: list: %w", err)
	}
	return list, nil
}

func (s *Service) check(address string, events []string) error {
	if err := checkURL(address, s.o.Allow); err != nil {
		return err
	}
	for _, e := range events {
		if !slices.Contains(s.o.Types, e) {
			return &Fault{Field: "events", Code: "unknown-event"}
		}
	}
	if len(events) == 0 {
		return &Fault{Field: "events", Code: "unknown-event"}
	}
	return nil
}

// Add makes an enabled webhook; its secret is told once, here. Errors: *Fault, ErrTooMany.
func (s *Service) Add(ctx context.Context, address string, events []string, by string) (Webhook, string, error) {
	if err := s.check(address, events); err != nil {
		return Webhook{}, "", err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Webhook{}, "", fmt.Errorf("hooks: add: %w", err)
	}
	secret := newSecret()
	hook, err := s.change(ctx, `INSERT INTO webhooks (id, url, events, secret, enabled, created_at, created_by)
		SELECT $1, $2, $3, $4, true, $5, $6 WHERE (SELECT count(*) FROM webhooks) < $7 RETURNING `+columns,
		id.String(), address, events, s.keys.Seal([]byte(secret), place(id.String())), s.o.Now(), by, maxWebhooks)
	if errors.Is(err, ErrNotFound) {
		return Webhook{}, "", ErrTooMany
	}
	return hook, secret, err
}

// Save changes an address, its events, and whether it is told of them; enabling it
// forgets that it failed. Errors: *Fault, ErrNotFound.
func (s *Service) Save(ctx context.Context, id, address string, events []string, enabled bool) (Webhook, error) {
	if err := s.check(address, events); err != nil {
		return Webhook{}, err
	}
	return s.change(ctx, `UPDATE webhooks SET url = $2, events = $3, enabled = $4, failing_since = NULL, last_error = '',
		disabled_at = CASE WHEN $4 THEN NULL ELSE disabled_at END WHERE id = $1 RETURNING `+columns, id, address, events, enabled)
}

// Renew gives a new secret; the old one signs nothing any more. Error: ErrNotFound.
func (s *Service) Renew(ctx context.Context, id string) (string, error) {
	secret := newSecret()
	_, err := s.change(ctx, `UPDATE webhooks SET secret = $2 WHERE id = $1 RETURNING `+columns, id, s.keys.Seal([]byte(secret), place(id)))
	return secret, err
}

// Remove forgets a webhook; what waits for it is not sent. Error: ErrNotFound.
func (s *Service) Remove(ctx context.Context, id string) error {
	_, err := s.change(ctx, `DELETE FROM webhooks WHERE id = $1 RETURNING `+columns, id)
	return err
}

// Ping sends an event of TypePing to it. Error: ErrNotFound.
func (s *Service) Ping(ctx context.Context, id string) error {
	if _, err := s.change(ctx, `SELECT `+columns+` FROM webhooks WHERE id = $1`, id); err != nil {
		return err
	}
	event, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("hooks: ping: %w", err)
	}
	ping := Event{ID: event.String(), Type: TypePing, At: s.o.Now().UTC(), Data: json.RawMessage(`{}`)}
	_, err = s.river.Insert(ctx, sendArgs{Hook: id, Event: ping}, nil)
	if err != nil {
		return fmt.Errorf("hooks: ping: %w", err)
	}
	return nil
}

func (s *Service) change(ctx context.Context, sql string, args ...any) (Webhook, error) {
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return Webhook{}, fmt.Errorf("hooks: %w", err)
	}
	hook, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Webhook])
	if errors.Is(err, pgx.ErrNoRows) {
		return Webhook{}, ErrNotFound
	}
	if err != nil {
		return Webhook{}, fmt.Errorf("hooks: %w", err)
	}
	s.forget()
	return hook, nil
}

func place(id string) string { return "webhook:" + id }

// newSecret has 256 bits.
func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}
