// Command callsim is the world outside the hotline: people who dial, agents who
// answer, and the measurements made on them. It imports nothing of ours and
// knows the server only by its protocols: SIP and RTP towards the trunk, HTTP,
// WebSocket and WebRTC towards the agents' pages.
//
// Every command starts the server under test itself (bin/hotline serve --demo,
// on free loopback ports, with a data directory of its own that is removed
// afterwards), prints one line per figure and compares it with its bar:
//
//	name value unit (bar) ok|MISSED
//
// and exits with 1 when a bar is missed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

const usage = `usage: callsim COMMAND [flags]

  bench-offer   INVITE to offer on the agent's page, calls one after the other
  bench-media   CPU, memory, delay and loss of calls, beside a plain relay
  bench-sip     CPU and delay of calls from a trunk to desk phones, the highest rate, the queue
  soak          a call centre by chance: nothing may leak, no call be lost, no agent be stuck
  chaos-local   kill -9 in the middle of calls and ticket writes: nothing may be lost

callsim COMMAND -h lists the flags.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "callsim:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return fmt.Errorf("which command?")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	binary := flags.String("hotline", "bin/hotline", "the server under test")
	switch args[0] {
	case "bench-offer":
		calls := flags.Int("calls", 200, "calls, one after the other (1..10000)")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return benchOffer(ctx, *binary, clamp(*calls, 1, 10_000))
	case "bench-media":
		rows := flags.String("rows", "all", "which, by commas: sip-sip, sip-browser, waiting, sip-browser-500")
		profiles := flags.String("profiles", "", "folder for a CPU profile of each row")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return benchMedia(ctx, *binary, *rows, *profiles)
	case "bench-sip":
		profiles := flags.String("profiles", "", "folder for a CPU profile of each row")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return benchSIP(ctx, *binary, *profiles)
	case "soak":
		minutes := flags.Int("minutes", 30, "how long people call (1..10000), after a minute that does not count")
		seed := flags.Uint64("seed", 1, "of everything that is by chance")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return soak(ctx, *binary, clamp(*minutes, 1, 10_000), *seed)
	case "chaos-local":
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return chaosLocal(ctx, *binary)
	case "relay": // bench-media's child
		calls, err := strconv.Atoi(strings.Join(args[1:], ""))
		if err != nil {
			return fmt.Errorf("relay needs the number of calls: %w", err)
		}
		return runRelay(clamp(calls, 1, 500))
	case "help", "-h", "--help":
		fmt.Print(usage)
		return nil
	}
	fmt.Fprint(os.Stderr, usage)
	return fmt.Errorf("there is no command %q", args[0])
}

func clamp(n, low, high int) int { return min(max(n, low), high) }
