// Command hotline is the whole 12345: telephone lines, agents' pages, tickets and
// telling the caller, in one process. `hotline help` lists what it can do.
//
// This package joins the others and decides nothing of their matters. One file for
// each join, named by its two ends (tickets_feedback.go); app.go starts and stops
// everything in order; ground.go is what every command stands on: the data directory,
// the two databases, the keys.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/redis/go-redis/v9"
)

func main() {
	redis.SetLogger(redisLog{}) // its own is no JSON
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], console{out: os.Stdout, err: os.Stderr, env: os.Environ()})
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "hotline:", err)
		os.Exit(1)
	}
}
