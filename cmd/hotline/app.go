package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"hotline12345/callcenter/callpg"
	"hotline12345/configs"
	"hotline12345/configs/seeds"
	"hotline12345/routing"
	"hotline12345/routing/acd"
	"hotline12345/ticket/feedback"
	"hotline12345/ticket/ticketpg"
)

// app is a whole running hotline on its ground. newApp opens ports, Start answers, Stop
// ends everything in the order that cuts nobody off who need not be:
//
//	calls end, what they owe is written ► lines ► sound ► telling ► queue ► loops
type app struct {
	config    configs.Config
	log       *slog.Logger
	ground    *ground
	tickets   *ticketpg.Store
	calls     *callpg.Store
	queue     *acd.ACD
	telling   *feedback.Service
	telephony *telephony
	wake      chan struct{} // the tickets' outbox has something
	loops     sync.WaitGroup
	cancel    context.CancelFunc // of the loops
}

// newApp fills an empty database and opens every port.
func newApp(ctx context.Context, g *ground, config configs.Config, demo bool, log *slog.Logger) (*app, error) {
	a := &app{config: config, log: log, ground: g, wake: make(chan struct{}, 1), cancel: func() {}}
	if err := a.openStores(ctx); err != nil {
		return nil, err
	}
	return a, a.openCalls(ctx, demo)
}

func (a *app) openStores(ctx context.Context) (err error) {
	a.calls = callpg.New(a.ground.pool, a.ground.keys)
	if a.tickets, err = ticketpg.New(a.ground.pool, a.ground.keys, time.Now); err != nil {
		return err
	}
	return errors.Join(a.tickets.Seed(ctx, seeds.FS), a.calls.Seed(ctx))
}

// openCalls joins queue, telling and telephony. The engine needs the telling for its
// outcomes and the telling the engine for its calls: the caller is set in between.
func (a *app) openCalls(ctx context.Context, demo bool) error {
	queues, err := queueMap(ctx, a.calls)
	if err != nil {
		return err
	}
	a.queue, err = acd.New(acd.Options{Redis: a.ground.redis, Node: a.config.Node, Queues: queues, Logger: a.log})
	if err != nil {
		return err
	}
	speaker, err := newSpeaker(a.config)
	if err != nil {
		return err
	}
	sounds, err := newPrompts(a.config, speaker)
	if err != nil {
		return err
	}
	caller := &feedbackCaller{}
	if a.telling, err = newFeedback(a.ground, a.config, a.tickets, caller, sounds, a.log); err != nil {
		return err
	}
	a.telephony, err = newTelephony(telephonyOptions{
		config: a.config, demo: demo, keys: a.ground.keys, prompts: sounds, journal: a.calls, acd: a.queue,
		onOutcome: reportOutcome(a.telling), log: a.log,
	})
	if err != nil {
		return err
	}
	caller.engine = a.telephony.engine
	return nil
}

func queueMap(ctx context.Context, calls *callpg.Store) (map[string]routing.Queue, error) {
	list, err := calls.Queues(ctx)
	if err != nil {
		return nil, err
	}
	queues := make(map[string]routing.Queue, len(list))
	for _, q := range list {
		queues[q.ID] = q
	}
	return queues, nil
}

// Start lets calls in; the hotline is ready when it returns.
func (a *app) Start(ctx context.Context) error {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.cancel = cancel
	if err := a.telephony.prompts.prepare(ctx); err != nil {
		return err
	}
	a.queue.Start(a.telephony.engine)
	if err := a.telephony.engine.Start(ctx); err != nil {
		return err
	}
	a.telephony.media.Start()
	if err := a.telling.Start(ctx); err != nil {
		return err
	}
	a.loops.Go(func() { a.telephony.prompts.preparePositions(running, a.log) })
	a.loops.Go(func() { watchTickets(running, a.tickets, a.telling, a.wake, a.log) })
	a.loops.Go(func() { a.listenTickets(running) })
	a.loops.Go(func() { a.listenCalls(running) })
	a.telephony.lines.Start(a.telephony.engine)
	return nil
}

// listenTickets hears of tickets that any node changed.
func (a *app) listenTickets(ctx context.Context) {
	_ = a.tickets.Listen(ctx, a.log, func(ticketpg.Change) { //nolint:errcheck // it ends with ctx only
		select {
		case a.wake <- struct{}{}:
		default:
		}
	})
}

// listenCalls hears of queues that any node changed.
func (a *app) listenCalls(ctx context.Context) {
	_ = a.calls.Listen(ctx, a.log, func(topic callpg.Topic) { //nolint:errcheck // it ends with ctx only
		if topic != callpg.TopicQueues && topic != callpg.TopicMissed {
			return
		}
		queues, err := queueMap(ctx, a.calls)
		if err != nil {
			logUnless(ctx, a.log, "the queues are not read again", err)
			return
		}
		a.queue.SetQueues(queues)
	})
}

// Stop ends everything that Start began, and closes the ports.
func (a *app) Stop(ctx context.Context) error {
	err := errors.Join(
		a.telephony.engine.Stop(ctx),
		a.telephony.lines.Close(ctx),
		a.telephony.media.Stop(),
		a.telling.Stop(ctx),
		a.queue.Stop(ctx),
	)
	a.cancel()
	a.loops.Wait()
	return err
}

// healthy asks what nothing works without.
func (a *app) healthy(ctx context.Context) error {
	return errors.Join(a.ground.pool.Ping(ctx), a.ground.redis.Ping(ctx).Err())
}
