package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"hotline12345/configs"
)

// stopLimit bounds an orderly stop: calls end, what they owe is written, jobs finish.
const stopLimit = 30 * time.Second

// serve runs the hotline until ctx ends or something it cannot go on without is gone.
func serve(ctx context.Context, c console, config configs.Config, demo bool) (err error) {
	log := newLogger(c, config.Log.Level)
	slog.SetDefault(log)
	operators, err := startOps(ctx, config.Ops.Addr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, operators.stop(context.WithoutCancel(ctx))) }()
	g, err := openGround(ctx, config, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.close(context.WithoutCancel(ctx))) }()
	a, err := newApp(ctx, g, config, demo, log)
	if err != nil {
		return err
	}
	if err = a.Start(ctx); err == nil {
		operators.watch(a.telephony.engine)
		operators.becomeReady(a.healthy)
		err = a.announce(c, operators.addr)
	}
	if err == nil {
		err = a.wait(ctx)
	}
	operators.ready.Store(false)
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer cancel()
	return errors.Join(err, a.Stop(stop), a.forget())
}

// wait returns when the hotline has to stop, with the reason when nobody asked for it.
func (a *app) wait(ctx context.Context) error {
	err := a.ground.keep(ctx, a.config, a.log)
	if err == nil {
		a.log.InfoContext(ctx, "stopping")
	}
	return err
}
