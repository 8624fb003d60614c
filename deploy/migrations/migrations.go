// Package migrations holds the database's shape: numbered SQL files and the one
// function that applies what is missing.
//
// Each file belongs to the package that reads its tables:
//
//	0001_identity  accounts, sessions, access log, settings
//	0002_calls     queues, agents, call journal and records, recordings, callbacks
//	0003_tickets   agencies, categories, calendar, tickets and their events, outbox
//	0004_feedback  telling the caller
//	0005_archive   where recordings are kept, legal holds
//	0006_routing   what queues ask for, the catalogue of skills
//	0007_supervision  who talks in a recording segment
//	0008_directory  expert seats and other places by name
//	0009_ways      hours and exits of queues, marks, emergency mode, places kept
//	0010_reports   the chain of each call, what agents did when
//	0011_webhooks  other systems that are told of events
//	0012_survey    what people say of the talk
//	0013_recording  what is not on a segment, the sound of each leg
//	0017_waits     how a wait began, in the index of the reports
//	0018_phones    what desk phones register with
//
// River's own tables (background work) come from River's migrator and are applied
// in the same step, under the same lock. A file that has been released is never
// edited: a change is a new file.
package migrations

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed *.sql
var files embed.FS

// The lock is asked for once a second, five minutes long: a fresh node may wait
// for another one that is just migrating.
const (
	lockEverySeconds = 1
	lockAttempts     = 300
)

// Up brings the database at databaseURL to the newest shape. Several nodes may call
// it at once: a session lock lets one work and the others wait. It does nothing
// when all is applied, and fails on a database that a newer program has migrated.
func Up(ctx context.Context, databaseURL string) (err error) {
	pool, err := pgxpool.New(ctx, databaseURL)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	defer pool.Close()
	db := stdlib.OpenDBFromPool(pool)
	defer func() { err = errors.Join(err, db.Close()) }()

	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(lockEverySeconds, lockAttempts))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	session, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("migrations: connect: %w", err)
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	// The lock is held here rather than inside goose, because River's tables are
	// migrated under it too.
	if err := locker.SessionLock(ctx, session); err != nil {
		return fmt.Errorf("migrations: wait for the lock: %w", err)
	}
	defer func() {
		unlock, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		err = errors.Join(err, locker.SessionUnlock(unlock, session))
	}()

	provider, err := goose.NewProvider(goose.DialectPostgres, db, files)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if err := notNewer(ctx, provider); err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	return upRiver(ctx, pool)
}

// notNewer refuses a database that a newer program has migrated: this one would write
// rows whose rules it does not know.
func notNewer(ctx context.Context, provider *goose.Provider) error {
	there, err := provider.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	sources := provider.ListSources()
	if known := sources[len(sources)-1].Version; there > known {
		return fmt.Errorf("migrations: the database has version %d, this program knows up to %d: run the newer program, or restore a backup of before its start", there, known)
	}
	return nil
}

func upRiver(ctx context.Context, pool *pgxpool.Pool) error {
	quiet := slog.New(slog.DiscardHandler)
	migrator, err := rivermigrate.New[pgx.Tx](riverpgxv5.New(pool), &rivermigrate.Config{Logger: quiet})
	if err != nil {
		return fmt.Errorf("migrations: river: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrations: river: %w", err)
	}
	return nil
}
