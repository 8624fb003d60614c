// Package pgtest gives tests a real PostgreSQL and a real Redis.
//
// Each test binary that asks gets one private cluster of its own, started at the
// first question, migrated once into a template; each New is a copy of that
// template, dropped when the test ends. The servers end with the process, however
// it ends, and a small shell that waits for that removes their directory.
//
//	first New --> initdb, migrate the template --> CREATE DATABASE … TEMPLATE …
//	                                               └-- each further New --┘
//
// The cluster's data die with the process, so it runs without fsync.
package pgtest

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"

	"hotline12345/deploy/local"
	"hotline12345/deploy/migrations"
)

// startLimit ends a hang; a slow and busy machine needs a minute.
const startLimit = 10 * time.Minute

// redisDatabases is how many tests of one binary may hold a Redis at once.
const redisDatabases = 64

var (
	home = sync.OnceValues(makeHome)

	postgres = sync.OnceValues(startPostgres)
	copying  sync.Mutex // one copy of the template at a time
	copies   atomic.Int64

	redisServer = sync.OnceValues(startRedis)
)

// New gives a pool on a fresh, migrated database of the test's own.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	template, err := postgres()
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	name := fmt.Sprintf("t%d", copies.Add(1))
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	if err := administer(ctx, template, fmt.Sprintf("CREATE DATABASE %s TEMPLATE hotline", name)); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	pool, err := pgxpool.New(ctx, withDatabase(template, name))
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		pool.Close()
		ctx, cancel := context.WithTimeout(context.Background(), startLimit)
		defer cancel()
		if err := administer(ctx, template, fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", name)); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return pool
}

// URL of a pool's database, for what opens its own connections.
func URL(pool *pgxpool.Pool) string { return pool.Config().ConnString() }

// Redis gives a client on an empty database number of the test's own.
func Redis(t testing.TB) *redis.Client {
	t.Helper()
	server, err := redisServer()
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	var number int
	select {
	case number = <-server.free:
	case <-time.After(startLimit):
		t.Fatalf("pgtest: all %d Redis databases are taken", redisDatabases)
	}
	options, err := redis.ParseURL(server.DatabaseURL(number))
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Errorf("pgtest: %v", err)
		}
		server.free <- number
	})
	if err := client.FlushDB(context.Background()).Err(); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	return client
}

func startPostgres() (string, error) {
	dir, err := home()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	server, err := local.StartPostgres(ctx, local.PostgresOptions{
		Dir: filepath.Join(dir, "pg"),
		Settings: map[string]string{
			"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
			"shared_buffers": "32MB", "max_connections": "300", "autovacuum": "off",
		},
	})
	if err != nil {
		return "", err
	}
	return server.URL(), migrations.Up(ctx, server.URL())
}

type redisOfTests struct {
	*local.Redis
	free chan int
}

func startRedis() (redisOfTests, error) {
	dir, err := home()
	if err != nil {
		return redisOfTests{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	server, err := local.StartRedis(ctx, local.RedisOptions{Dir: filepath.Join(dir, "redis"), Databases: redisDatabases})
	if err != nil {
		return redisOfTests{}, err
	}
	free := make(chan int, redisDatabases)
	for number := range redisDatabases {
		free <- number
	}
	return redisOfTests{Redis: server, free: free}, nil
}

// administer runs one statement in the cluster's own database.
func administer(ctx context.Context, clusterURL, statement string) error {
	copying.Lock()
	defer copying.Unlock()
	conn, err := pgx.Connect(ctx, withDatabase(clusterURL, "postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx) //nolint:errcheck // the statement's error is what counts
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

func withDatabase(clusterURL, name string) string {
	u, err := url.Parse(clusterURL)
	if err != nil { // it is one of local's own
		panic(err)
	}
	u.Path = "/" + name
	return u.String()
}

// reaper waits until our end of its input closes, which is our end, then until the
// servers have stopped, and removes their directory. It stands in a group of its
// own and ignores the terminal, so that Ctrl-C does not take it first.
const reaper = `trap "" INT TERM HUP
cat >/dev/null
n=0
while [ -e "$0/pg/data/postmaster.pid" ] && [ $n -lt 300 ]; do sleep 0.1; n=$((n+1)); done
rm -rf "$0"`

// keepOpen is the reaper's input. It is held here so that nothing closes it before
// the kernel does, at the end of the process.
var keepOpen atomic.Pointer[io.WriteCloser]

func makeHome() (string, error) {
	dir, err := os.MkdirTemp("", "hotline-test-")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("/bin/sh", "-c", reaper, dir) //nolint:gosec,noctx // it outlives us on purpose
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	input, err := cmd.StdinPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	keepOpen.Store(&input)
	return dir, nil
}
