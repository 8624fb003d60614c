package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// TestAKilledDatabaseComesBack: a private Redis or PostgreSQL that is killed is started
// again, and the hotline that stands on it goes on.
func TestAKilledDatabaseComesBack(t *testing.T) {
	h := start(t, t.TempDir(), "--demo")
	options, err := redis.ParseURL(h.run.RedisURL)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	defer client.Close()
	redisPID := func() int {
		info, err := client.Info(t.Context(), "server").Result()
		m := regexp.MustCompile(`process_id:(\d+)`).FindStringSubmatch(info)
		if err != nil || m == nil {
			return 0
		}
		return number(m[1])
	}
	postgresPID := func() int {
		text, err := os.ReadFile(filepath.Join(h.dir, "pg", "data", "postmaster.pid"))
		if err != nil {
			return 0
		}
		first, _, _ := strings.Cut(string(text), "\n")
		return number(first)
	}
	ready := func() bool {
		code, _ := h.request(t, "GET", h.run.Ops+"/readyz", "")
		return code == 200
	}
	for name, pid := range map[string]func() int{"Redis": redisPID, "PostgreSQL": postgresPID} {
		before := pid()
		if before == 0 {
			t.Fatalf("no process of %s", name)
		}
		if err := syscall.Kill(before, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		limit := time.After(hang)
		for after := 0; after == 0 || after == before || !ready(); after = pid() {
			select {
			case <-limit:
				t.Fatalf("%s does not come back; the log:\n%s", name, h.log)
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
}

func number(text string) int {
	n, _ := strconv.Atoi(strings.TrimSpace(text))
	return n
}

// TestADatabaseThatEndsAgainAndAgain is given up, with its name.
func TestADatabaseThatEndsAgainAndAgain(t *testing.T) {
	ended := make(chan struct{})
	close(ended)
	done := func() <-chan struct{} { return ended }
	starts := 0
	k := keeper{name: "Redis", log: slog.New(slog.DiscardHandler), done: done, start: func(context.Context) (func() <-chan struct{}, error) {
		if starts++; starts == 1 {
			return nil, errors.New("not yet")
		}
		return done, nil
	}}
	if err := k.run(t.Context()); err == nil || !strings.Contains(err.Error(), "Redis") || starts != maxRestarts {
		t.Fatalf("%v after %d starts", err, starts)
	}
}

// TestAStopLetsARestartEnd: what waits in memory for the database is written after it.
func TestAStopLetsARestartEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	close(ended)
	done := func() <-chan struct{} { return ended }
	starts := 0
	var cut error
	k := keeper{name: "PostgreSQL", log: slog.New(slog.DiscardHandler), done: done, start: func(ctx context.Context) (func() <-chan struct{}, error) {
		starts++
		cancel()
		cut = ctx.Err()
		return done, cut
	}}
	if err := k.run(ctx); err != nil || starts != 1 || cut != nil {
		t.Fatalf("%v after %d starts, cut short: %v", err, starts, cut)
	}
}
