// Package identitypg keeps accounts, sessions and the access log in Postgres.
//
// A session is a random token in the person's cookie; the table has its hash, so that
// who reads the table cannot sign in. Signing in writes the attempt down before the
// password is looked at and takes it back when it was right: a hundred guesses made at
// once count as a hundred.
//
//	attempt ─► written ─► blocked? ─yes─► too-many-logins
//	                        │no
//	                        ▼
//	                    password ─wrong─► bad-login (the attempt stays)
//	                        │right
//	                        ▼
//	                    session, the pair's attempts are forgotten
package identitypg

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline12345/identity"
)

// Options of a Store. Zero values mean the default in brackets.
type Options struct {
	Session identity.SessionPolicy // [identity.DefaultSessionPolicy]
	Login   identity.LoginPolicy   // [identity.DefaultLoginPolicy]
	Now     func() time.Time       // [time.Now]
}

// Store is safe for concurrent use.
type Store struct {
	pool *pgxpool.Pool
	o    Options
	// stranger is a hash that no password matches: an unknown login takes as long as
	// a wrong password.
	stranger string
	// checking has a place for each password that is checked at one time: each takes
	// 19 MiB, and a crowd at the door must not take the agents' memory.
	checking chan struct{}
}

// New makes a store on a migrated database.
func New(pool *pgxpool.Pool, o Options) *Store {
	if o.Session == (identity.SessionPolicy{}) {
		o.Session = identity.DefaultSessionPolicy
	}
	if o.Login == (identity.LoginPolicy{}) {
		o.Login = identity.DefaultLoginPolicy
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Store{
		pool: pool, o: o, stranger: identity.HashPassword(identity.NewPassword()), checking: make(chan struct{}, max(2, runtime.NumCPU())),
	}
}

const accountColumns = `id, login, name, number, role, agency, languages, demo, disabled, created_at`

func scanAccount(row pgx.CollectableRow) (a identity.Account, err error) {
	err = row.Scan(&a.ID, &a.Login, &a.Name, &a.Number, &a.Role, &a.Agency, &a.Languages, &a.Demo, &a.Disabled, &a.CreatedAt)
	return a, err
}

// CreateAccount makes an account with a password that follows the rules. Errors:
// CodeInvalid, CodeWeakPassword, CodeLoginTaken.
func (s *Store) CreateAccount(ctx context.Context, a identity.Account, password string) error {
	if err := a.Check(); err != nil {
		return err
	}
	if err := identity.CheckPassword(password, a.Login); err != nil {
		return err
	}
	return s.insert(ctx, s.pool, a, identity.HashPassword(password))
}

// executor is a pool or a transaction.
type executor interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func (s *Store) insert(ctx context.Context, db executor, a identity.Account, hash string) error {
	if a.Languages == nil {
		a.Languages = []string{}
	}
	rows, err := db.Query(ctx, `INSERT INTO accounts (id, login, name, number, role, agency, languages, password_hash, demo, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (login) DO NOTHING RETURNING id`,
		a.ID, a.Login, a.Name, a.Number, a.Role, a.Agency, a.Languages, hash, a.Demo, s.o.Now())
	if err != nil {
		return fmt.Errorf("identitypg: create account: %w", err)
	}
	made, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("identitypg: create account: %w", err)
	}
	if len(made) == 0 {
		return &identity.Error{Code: identity.CodeLoginTaken}
	}
	return nil
}

// Find gives accounts by id; unknown ids are left out.
func (s *Store) Find(ctx context.Context, ids []string) (map[string]identity.Account, error) {
	found := map[string]identity.Account{}
	if len(ids) == 0 {
		return found, nil
	}
	rows, err := s.pool.Query(ctx, `SELECT `+accountColumns+` FROM accounts WHERE id = ANY($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("identitypg: find accounts: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanAccount)
	if err != nil {
		return nil, fmt.Errorf("identitypg: find accounts: %w", err)
	}
	for _, a := range list {
		found[a.ID] = a
	}
	return found, nil
}

// WithRole lists the accounts of some roles that are not disabled, by login.
func (s *Store) WithRole(ctx context.Context, roles ...identity.Role) ([]identity.Account, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+accountColumns+` FROM accounts WHERE role = ANY($1) AND NOT disabled ORDER BY login`, roles)
	if err != nil {
		return nil, fmt.Errorf("identitypg: accounts of a role: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanAccount)
	if err != nil {
		return nil, fmt.Errorf("identitypg: accounts of a role: %w", err)
	}
	return list, nil
}
