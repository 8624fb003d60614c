package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"hotline12345/configs"
	"hotline12345/deploy/local"
)

// A private database that ends by itself (killed for want of memory, most likely) is
// started again: the calls that run need neither, and what they owe waits in memory.
const (
	maxRestarts   = 5 // within restartWindow; then something is wrong that a restart does not cure
	restartWindow = 5 * time.Minute
	restartPause  = 200 * time.Millisecond // times the number of the try
	// A start under way when the hotline is to stop may still end well within this: what
	// waits in memory has to be written.
	restartGrace = 10 * time.Second
)

func (g *ground) startPostgres(ctx context.Context, config configs.Config) (err error) {
	server, err := local.StartPostgres(ctx, local.PostgresOptions{
		Dir: filepath.Join(config.DataDir, "pg"), BinDir: config.Postgres.BinDir,
	})
	if err == nil {
		g.postgres = server
	}
	return err
}

func (g *ground) startRedis(ctx context.Context, config configs.Config) error {
	server, err := local.StartRedis(ctx, local.RedisOptions{Dir: filepath.Join(config.DataDir, "redis")})
	if err == nil {
		g.redisServer = server
	}
	return err
}

// keep holds the private databases up until ctx ends; the error says which one cannot
// be held up any more. Nobody else may use g's servers meanwhile.
func (g *ground) keep(ctx context.Context, config configs.Config, log *slog.Logger) error {
	var keepers sync.WaitGroup
	defer keepers.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lost := make(chan error, 2)
	if g.postgres != nil {
		k := keeper{name: "PostgreSQL", log: log, done: g.postgres.Done, start: func(ctx context.Context) (func() <-chan struct{}, error) {
			err := g.startPostgres(ctx, config)
			return g.postgres.Done, err
		}}
		keepers.Go(func() { lost <- k.run(ctx) })
	}
	if g.redisServer != nil {
		k := keeper{name: "Redis", log: log, done: g.redisServer.Done, start: func(ctx context.Context) (func() <-chan struct{}, error) {
			err := g.startRedis(ctx, config)
			return g.redisServer.Done, err
		}}
		keepers.Go(func() { lost <- k.run(ctx) })
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-lost:
		if err != nil {
			err = fmt.Errorf("%w: its log is below %s", err, config.DataDir)
		}
		return err
	}
}

// keeper watches one private database:
//
//	running --ends by itself--> starting --ready--> running
//	                              └── maxRestarts starts within restartWindow --> given up
type keeper struct {
	name  string
	log   *slog.Logger
	done  func() <-chan struct{}                                       // of the one that runs
	start func(context.Context) (done func() <-chan struct{}, e error) // another
}

// run returns nil when ctx ends, an error when the database is given up.
func (k keeper) run(ctx context.Context) error {
	var starts []time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-k.done():
		}
		k.log.Error("a private database has ended by itself and is started again", "database", k.name)
		for again := true; again; {
			now := time.Now()
			for len(starts) > 0 && now.Sub(starts[0]) > restartWindow {
				starts = starts[1:]
			}
			if len(starts) == maxRestarts {
				return fmt.Errorf("the private %s ends again and again", k.name)
			}
			starts = append(starts, now)
			done, err := k.finish(ctx)
			if ctx.Err() != nil {
				return nil //nolint:nilerr // ended on purpose: who needs the database says what is lost
			}
			if again = err != nil; again {
				k.log.Error("a private database does not start", "database", k.name, "error", err)
				wait(ctx, time.Duration(len(starts))*restartPause)
				continue
			}
			k.done = done
			k.log.Info("a private database is back", "database", k.name)
		}
	}
}

// finish starts the database and lets that end though ctx ends meanwhile.
func (k keeper) finish(ctx context.Context) (done func() <-chan struct{}, err error) {
	starting, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	stop := context.AfterFunc(ctx, func() {
		wait(starting, restartGrace)
		cut()
	})
	defer stop()
	return k.start(starting)
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
