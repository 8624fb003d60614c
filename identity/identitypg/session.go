package identitypg

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/identity"
)

// maxLogin bounds what is written down of a login that need not exist.
const maxLogin = 64

// SignIn checks a password and opens a session. address is the client's. Errors:
// CodeTooMany with RetryAfter, CodeBadLogin.
func (s *Store) SignIn(ctx context.Context, login, password, address string) (identity.Account, string, error) {
	login = strings.ToLower(strings.TrimSpace(login))
	if len(login) > maxLogin {
		login = strings.ToValidUTF8(login[:maxLogin], "") // the cut may have split a character
	}
	attempt, wait, err := s.attempt(ctx, login, address)
	if err != nil {
		return identity.Account{}, "", fmt.Errorf("identitypg: sign in: %w", err)
	}
	if wait > 0 {
		return identity.Account{}, "", &identity.Error{Code: identity.CodeTooMany, RetryAfter: wait}
	}
	account, hash, err := s.byLogin(ctx, login)
	if err != nil {
		return identity.Account{}, "", fmt.Errorf("identitypg: sign in: %w", err)
	}
	known := hash != ""
	if !known {
		hash = s.stranger
	}
	match, err := s.match(ctx, hash, password)
	if err != nil {
		return identity.Account{}, "", fmt.Errorf("identitypg: password of %s: %w", account.ID, err)
	}
	if !match || !known || account.Disabled {
		return identity.Account{}, "", &identity.Error{Code: identity.CodeBadLogin}
	}
	token, err := s.open(ctx, account, login, address, attempt)
	if err != nil {
		return identity.Account{}, "", fmt.Errorf("identitypg: sign in: %w", err)
	}
	return account, token, nil
}

// match checks a password when there is a place for it.
func (s *Store) match(ctx context.Context, hash, password string) (bool, error) {
	select {
	case s.checking <- struct{}{}:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	defer func() { <-s.checking }()
	return identity.MatchPassword(hash, password)
}

// attempt writes an attempt down, unless too many have failed: then wait says when to
// try again.
func (s *Store) attempt(ctx context.Context, login, address string) (id int64, wait time.Duration, err error) {
	now := s.o.Now()
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		// One at a time for a login and for an address: counting and writing are one step.
		for _, key := range []string{"login " + login, "address " + address} {
			if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 12345))`, key); err != nil {
				return err
			}
		}
		var f identity.Failures
		var oldest [3]*time.Time
		err := tx.QueryRow(ctx, `SELECT count(*) FILTER (WHERE login = $1 AND address = $2), count(*) FILTER (WHERE login = $1), count(*) FILTER (WHERE address = $2),
				min(at) FILTER (WHERE login = $1 AND address = $2), min(at) FILTER (WHERE login = $1), min(at) FILTER (WHERE address = $2)
			FROM login_failures WHERE (login = $1 OR address = $2) AND at > $3`, login, address, now.Add(-s.o.Login.Window)).
			Scan(&f.Pair, &f.Login, &f.Address, &oldest[0], &oldest[1], &oldest[2])
		if err != nil {
			return err
		}
		for i, to := range []*time.Time{&f.OldestPair, &f.OldestLogin, &f.OldestAddress} {
			if oldest[i] != nil {
				*to = *oldest[i]
			}
		}
		if wait = s.o.Login.Blocked(f, now); wait > 0 {
			return nil
		}
		return tx.QueryRow(ctx, `INSERT INTO login_failures (login, address, at) VALUES ($1, $2, $3) RETURNING id`, login, address, now).Scan(&id)
	})
	return id, wait, err
}

// byLogin gives an account and its password's hash; "" when there is none.
func (s *Store) byLogin(ctx context.Context, login string) (identity.Account, string, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+accountColumns+` FROM accounts WHERE login = $1`, login)
	if err != nil {
		return identity.Account{}, "", err
	}
	list, err := pgx.CollectRows(rows, scanAccount)
	if err != nil || len(list) == 0 {
		return identity.Account{}, "", err
	}
	var hash string
	err = s.pool.QueryRow(ctx, `SELECT password_hash FROM accounts WHERE id = $1`, list[0].ID).Scan(&hash)
	return list[0], hash, err
}

// open makes the session and forgets the failures of this login from this address.
func (s *Store) open(ctx context.Context, a identity.Account, login, address string, attempt int64) (token string, err error) {
	token = identity.NewToken()
	now := s.o.Now()
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO sessions (hash, account, created_at, seen_at) VALUES ($1, $2, $3, $3)`, identity.TokenHash(token), a.ID, now); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM login_failures WHERE id = $1 OR (login = $2 AND address = $3)`, attempt, login, address)
		return err
	})
	return token, err
}

// seenEvery is how often a session's last use is written.
const seenEvery = time.Minute

// Authenticate finds the account of a session. Error: CodeNotSignedIn.
func (s *Store) Authenticate(ctx context.Context, token string) (identity.Account, error) {
	hash := identity.TokenHash(token)
	if hash == nil {
		return identity.Account{}, &identity.Error{Code: identity.CodeNotSignedIn}
	}
	var a identity.Account
	var created, seen time.Time
	err := s.pool.QueryRow(ctx, `SELECT a.id, a.login, a.name, a.number, a.role, a.agency, a.languages, a.demo, a.disabled, a.created_at, s.created_at, s.seen_at
		FROM sessions s JOIN accounts a ON a.id = s.account WHERE s.hash = $1`, hash).
		Scan(&a.ID, &a.Login, &a.Name, &a.Number, &a.Role, &a.Agency, &a.Languages, &a.Demo, &a.Disabled, &a.CreatedAt, &created, &seen)
	now := s.o.Now()
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return identity.Account{}, &identity.Error{Code: identity.CodeNotSignedIn}
	case err != nil:
		return identity.Account{}, fmt.Errorf("identitypg: session: %w", err)
	case a.Disabled || !s.o.Session.Alive(created, seen, now):
		return identity.Account{}, &identity.Error{Code: identity.CodeNotSignedIn}
	}
	if now.Sub(seen) > seenEvery {
		if _, err := s.pool.Exec(ctx, `UPDATE sessions SET seen_at = $2 WHERE hash = $1`, hash, now); err != nil {
			return identity.Account{}, fmt.Errorf("identitypg: session: %w", err)
		}
	}
	return a, nil
}

// SignOut ends a session; one that is no more is no error.
func (s *Store) SignOut(ctx context.Context, token string) error {
	if _, err := s.pool.Exec(ctx, `DELETE FROM sessions WHERE hash = $1`, identity.TokenHash(token)); err != nil {
		return fmt.Errorf("identitypg: sign out: %w", err)
	}
	return nil
}

// Tidy deletes what counts no more: dead sessions and old failures.
func (s *Store) Tidy(ctx context.Context) error {
	now := s.o.Now()
	_, err := s.pool.Exec(ctx, `DELETE FROM sessions WHERE created_at <= $1 OR seen_at <= $2`, now.Add(-s.o.Session.Max), now.Add(-s.o.Session.Idle))
	if err == nil {
		_, err = s.pool.Exec(ctx, `DELETE FROM login_failures WHERE at <= $1`, now.Add(-s.o.Login.Window))
	}
	if err != nil {
		return fmt.Errorf("identitypg: tidy: %w", err)
	}
	return nil
}
