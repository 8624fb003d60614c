package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"hotline12345/configs"
	"hotline12345/deploy/local"
	"hotline12345/deploy/migrations"
	"hotline12345/privacy"
)

// ground is what every command stands on: a data directory of our own, the databases,
// migrated, and the keys.
type ground struct {
	lock        *local.DirLock
	postgres    *local.Postgres // nil: the operator's own
	redisServer *local.Redis    // nil: the operator's own, or not asked for
	databaseURL string
	redisURL    string
	pool        *pgxpool.Pool
	redis       *redis.Client // nil when not asked for
	keys        *privacy.Keys
}

const (
	startLimit  = 5 * time.Minute // of a private database on a slow and busy machine
	connections = 40              // to PostgreSQL
)

// openGround starts or reaches the databases, for a command that only looks. On an error
// everything begun is undone.
func openGround(ctx context.Context, config configs.Config) (*ground, error) {
	g, err := takeGround(config, false)
	if err != nil {
		return nil, err
	}
	if err := g.open(ctx, config, false); err != nil {
		return nil, errors.Join(err, g.close(context.WithoutCancel(ctx)))
	}
	return g, nil
}

// takeGround takes the data directory and the keys; nothing runs yet. alone: the
// directory must not be another process's.
func takeGround(config configs.Config, alone bool) (*ground, error) {
	g := &ground{databaseURL: config.Database.URL, redisURL: config.Redis.URL}
	if err := g.lockDir(config, alone); err != nil {
		return nil, err
	}
	var err error
	if g.keys, err = openKeys(config); err != nil {
		return nil, errors.Join(err, g.close(context.Background()))
	}
	return g, nil
}

// open starts or reaches the databases. wantRedis: serve needs it, other commands do
// not. What was begun before an error is for close.
func (g *ground) open(ctx context.Context, config configs.Config, wantRedis bool) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	both, bothCtx := errgroup.WithContext(ctx)
	both.Go(func() error { return g.openDatabase(bothCtx, config) })
	if wantRedis {
		both.Go(func() error { return g.openRedis(bothCtx, config) })
	}
	return both.Wait()
}

// lockDir takes the data directory for itself. A command that only looks may stand
// beside a running hotline: it uses that one's database.
func (g *ground) lockDir(config configs.Config, alone bool) (err error) {
	g.lock, err = local.LockDir(config.DataDir)
	var inUse *local.InUseError
	if alone || !errors.As(err, &inUse) {
		return err
	}
	running, readErr := readRunFile(config)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	g.databaseURL = running.DatabaseURL
	return nil
}

func (g *ground) openDatabase(ctx context.Context, config configs.Config) error {
	if g.databaseURL == "" {
		if err := g.startPostgres(ctx, config); err != nil {
			return err
		}
		g.databaseURL = g.postgres.URL()
	}
	if err := migrations.Up(ctx, g.databaseURL); err != nil {
		return foreign(err, config.Database.URL, "HOTLINE_DATABASE_URL")
	}
	options, err := pgxpool.ParseConfig(g.databaseURL)
	if err != nil {
		return errors.New("the database's address cannot be read: correct HOTLINE_DATABASE_URL")
	}
	options.MaxConns = connections
	if g.pool, err = pgxpool.NewWithConfig(ctx, options); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return nil
}

func (g *ground) openRedis(ctx context.Context, config configs.Config) error {
	if g.redisURL == "" {
		if err := g.startRedis(ctx, config); err != nil {
			return err
		}
		g.redisURL = g.redisServer.URL()
	}
	options, err := redis.ParseURL(g.redisURL)
	if err != nil {
		return errors.New("the address of Redis cannot be read: correct HOTLINE_REDIS_URL")
	}
	g.redis = redis.NewClient(options)
	if err := g.redis.Ping(ctx).Err(); err != nil {
		return foreign(fmt.Errorf("redis: %w", err), config.Redis.URL, "HOTLINE_REDIS_URL")
	}
	return nil
}

// foreign says what to do about a server that is not ours.
func foreign(err error, given, variable string) error {
	if given == "" {
		return err
	}
	return fmt.Errorf("%w: start that server and let the hotline in, or correct %s", err, variable)
}

// close gives everything back, the databases last.
func (g *ground) close(ctx context.Context) error {
	var errs []error
	if g.pool != nil {
		g.pool.Close()
	}
	if g.redis != nil {
		errs = append(errs, g.redis.Close())
	}
	if g.redisServer != nil {
		errs = append(errs, g.redisServer.Stop(ctx))
	}
	if g.postgres != nil {
		errs = append(errs, g.postgres.Stop(ctx))
	}
	if g.lock != nil {
		errs = append(errs, g.lock.Release())
	}
	return errors.Join(errs...)
}

// openKeys takes the master key from the configuration, else from the data directory,
// where the first start makes one.
func openKeys(config configs.Config) (*privacy.Keys, error) {
	text := config.MasterKey
	if text == "" {
		var err error
		if text, err = masterFile(filepath.Join(config.DataDir, "keys", "master.key")); err != nil {
			return nil, err
		}
	}
	master, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return nil, errors.New("the master key is damaged: put back the one that this data was written with, in <data_dir>/keys/master.key or HOTLINE_MASTER_KEY")
	}
	keys, err := privacy.New(master)
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	return keys, nil
}

// masterFile reads the key, or makes it: whole and on disk before anything is
// written with it.
func masterFile(path string) (string, error) {
	text, err := os.ReadFile(path) //nolint:gosec // below our data directory
	if err == nil {
		return string(text), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("master key: %w", err)
	}
	key := base64.StdEncoding.EncodeToString(privacy.NewMaster()) + "\n"
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("master key: %w", err)
	}
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // below our data directory
	if err != nil {
		return "", fmt.Errorf("master key: %w", err)
	}
	_, err = file.WriteString(key)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return "", fmt.Errorf("master key: %w", err)
	}
	return key, nil
}
