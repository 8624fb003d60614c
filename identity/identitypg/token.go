package identitypg

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"hotline12345/identity"
)

// AddToken makes a token; the secret is told here and kept nowhere. Errors: CodeInvalid with
// the field, CodeManyTokens.
func (s *Store) AddToken(ctx context.Context, t identity.Token) (added identity.Token, secret string, err error) {
	t.CreatedAt, t.UsedAt = s.o.Now(), nil
	if err := t.Check(t.CreatedAt); err != nil {
		return identity.Token{}, "", err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return identity.Token{}, "", fmt.Errorf("identitypg: name a token: %w", err)
	}
	t.ID, secret = id.String(), identity.NewToken()
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		// One at a time: counting and writing are one step.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('api tokens', 12345))`); err != nil {
			return err
		}
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM api_tokens WHERE revoked_at IS NULL AND until > $1`, t.CreatedAt).Scan(&n); err != nil {
			return err
		}
		if n >= identity.MaxTokens {
			return &identity.Error{Code: identity.CodeManyTokens}
		}
		_, err := tx.Exec(ctx, `INSERT INTO api_tokens (id, name, hash, created_by, created_at, until) VALUES ($1, $2, $3, $4, $5, $6)`,
			t.ID, t.Name, identity.TokenHash(secret), t.By, t.CreatedAt, t.Until)
		return err
	})
	if err != nil {
		return identity.Token{}, "", fmt.Errorf("identitypg: token: %w", err)
	}
	return t, secret, nil
}

// Tokens are those that count, oldest first.
func (s *Store) Tokens(ctx context.Context) ([]identity.Token, error) {
	rows, err := s.pool.Query(ctx, `SELECT id, name, created_by, created_at, until, used_at FROM api_tokens
		WHERE revoked_at IS NULL AND until > $1 ORDER BY created_at, id LIMIT $2`, s.o.Now(), identity.MaxTokens)
	if err != nil {
		return nil, fmt.Errorf("identitypg: tokens: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[identity.Token])
	if err != nil {
		return nil, fmt.Errorf("identitypg: tokens: %w", err)
	}
	return list, nil
}

// RevokeToken ends a token. Error: CodeNoToken.
func (s *Store) RevokeToken(ctx context.Context, id, by string) error {
	tag, err := s.pool.Exec(ctx, `UPDATE api_tokens SET revoked_at = $3, revoked_by = $2 WHERE id = $1 AND revoked_at IS NULL`, id, by, s.o.Now())
	if err != nil {
		return fmt.Errorf("identitypg: token: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return &identity.Error{Code: identity.CodeNoToken}
	}
	return nil
}

// usedEvery is how exactly the last use is kept.
const usedEvery = time.Minute

// UseToken finds whose token it is, and notes that it was used. Error: CodeNotSignedIn.
func (s *Store) UseToken(ctx context.Context, secret string) (identity.Token, error) {
	refused := &identity.Error{Code: identity.CodeNotSignedIn}
	hash := identity.TokenHash(secret)
	if hash == nil {
		return identity.Token{}, refused
	}
	now := s.o.Now()
	rows, err := s.pool.Query(ctx, `SELECT id, name, created_by, created_at, until, used_at FROM api_tokens WHERE hash = $1 AND revoked_at IS NULL AND until > $2`, hash, now)
	if err != nil {
		return identity.Token{}, fmt.Errorf("identitypg: token: %w", err)
	}
	t, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[identity.Token])
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return identity.Token{}, refused
	case err != nil:
		return identity.Token{}, fmt.Errorf("identitypg: token: %w", err)
	case t.UsedAt != nil && now.Sub(*t.UsedAt) < usedEvery:
		return t, nil
	}
	if _, err := s.pool.Exec(ctx, `UPDATE api_tokens SET used_at = $2 WHERE id = $1`, t.ID, now); err != nil {
		return identity.Token{}, fmt.Errorf("identitypg: token: %w", err)
	}
	t.UsedAt = &now
	return t, nil
}
