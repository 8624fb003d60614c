package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"hotline12345/configs"
)

// stopLimit bounds an orderly stop: calls end, what they owe is written, jobs finish.
const stopLimit = 30 * time.Second

// serve runs the hotline until ctx ends or something it cannot go on without is gone.
func serve(ctx context.Context, c console, config configs.Config, demo bool) (err error) {
	log := newLogger(c, config.Log.Level)
	slog.SetDefault(log)
	collectOften()
	ready := false
	defer func() {
		if err != nil && !ready && ctx.Err() != nil {
			log.InfoContext(ctx, "stopped before it was ready", "error", err)
			err = nil // somebody asked for it
		}
	}()
	// The directory first: who starts a second one by mistake reads that, not of a port.
	g, err := takeGround(config, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.close(context.WithoutCancel(ctx))) }()
	// One that was killed left its own: nobody shall take it for ours.
	if err := forget(config); err != nil {
		return err
	}
	operators, err := startOps(ctx, config.Ops.Addr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, operators.stop(context.WithoutCancel(ctx))) }()
	if err := g.open(ctx, config, true); err != nil {
		return err
	}
	a, err := newApp(ctx, g, config, demo, log)
	if err != nil {
		return err
	}
	if err = a.Start(ctx); err == nil {
		operators.watch(a.telephony.engine, a.telephony.lines.Trunks, a.archive)
		operators.watchForks(a.forks)
		operators.becomeReady(a.healthy)
		err = a.announce(c, operators.addr)
	}
	if err == nil {
		ready = true
		err = a.wait(ctx)
	}
	operators.ready.Store(false)
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer cancel()
	return errors.Join(err, a.Stop(stop), forget(config))
}

// collectOften lets garbage be collected at two fifths more than what lives, unless GOGC
// says otherwise. Most of what lives are prompts, without a pointer and so without cost to
// the collector; with Go's own measure they would allow as much garbage again, in which
// what calls keep lies scattered: 174 kB instead of 133 for each at a hundred calls.
func collectOften() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(40)
	}
}

// wait returns when the hotline has to stop, with the reason when nobody asked for it.
func (a *app) wait(ctx context.Context) error {
	err := a.ground.keep(ctx, a.config, a.log)
	if err == nil {
		a.log.InfoContext(ctx, "stopping")
	}
	return err
}
