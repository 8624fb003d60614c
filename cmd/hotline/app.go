package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/callpg"
	"hotline12345/callcenter/fork"
	"hotline12345/callcenter/hooks"
	"hotline12345/callcenter/softphone"
	"hotline12345/configs"
	"hotline12345/configs/seeds"
	"hotline12345/identity"
	"hotline12345/identity/identitypg"
	"hotline12345/media/archive"
	"hotline12345/routing"
	"hotline12345/routing/acd"
	"hotline12345/ticket/feedback"
	"hotline12345/ticket/ticketpg"
	"hotline12345/web"
	webapp "hotline12345/web/app"
)

// app is a whole running hotline on its ground. newApp opens ports, Start answers, Stop
// ends everything in the order that cuts nobody off who need not be:
//
//	calls end, what they owe is written ► pages ► requests ► lines ► sound ► telling ► queue ► loops
type app struct {
	config    configs.Config
	demo      bool
	log       *slog.Logger
	ground    *ground
	accounts  *identitypg.Store
	tickets   *ticketpg.Store
	calls     *callpg.Store
	queue     *acd.ACD
	archive   *archive.Archive
	telling   *feedback.Service
	ways      *ways
	places    *places
	hooks     *hooks.Service
	forks     *fork.Service // nil: off
	desks     *deskPhones
	events    *events
	telephony *telephony
	phones    *softphone.Handler
	web       *web.Server
	servers   []*server
	admin     credentials   // of the first administrator, when one was made
	over      *time.Timer   // the emergency ends
	wake      chan struct{} // the tickets' outbox has something
	loops     sync.WaitGroup
	cancel    context.CancelFunc // of the loops
}

// credentials are told once.
type credentials struct{ login, password string }

// newApp fills an empty database and opens every port.
func newApp(ctx context.Context, g *ground, config configs.Config, demo bool, log *slog.Logger) (*app, error) {
	a := &app{config: config, demo: demo, log: log, ground: g, wake: make(chan struct{}, 1), cancel: func() {}}
	if err := a.openStores(ctx); err != nil {
		return nil, err
	}
	if err := a.openCalls(ctx); err != nil {
		return nil, err
	}
	return a, a.openPages(ctx)
}

func (a *app) openStores(ctx context.Context) (err error) {
	a.accounts = identitypg.New(a.ground.pool, identitypg.Options{
		Session: identity.SessionPolicy{Idle: a.config.Passwords.SessionIdle, Max: a.config.Passwords.SessionMax},
	})
	a.calls = callpg.New(a.ground.pool, a.ground.keys)
	if a.tickets, err = ticketpg.New(a.ground.pool, a.ground.keys, time.Now); err != nil {
		return err
	}
	if err := errors.Join(a.tickets.Seed(ctx, seeds.FS), a.calls.Seed(ctx)); err != nil {
		return err
	}
	if a.demo {
		err = seedDemo(ctx, a.accounts, a.tickets, a.config.Demo.Agents)
	} else {
		a.admin.login, a.admin.password, _, err = a.accounts.FirstAdmin(ctx)
		err = refusedSeed(err)
	}
	if err != nil {
		return err
	}
	return serveCallers(ctx, a.accounts, a.calls)
}

// openCalls joins queue, telling and telephony. The engine needs the telling for its
// outcomes and the telling the engine for its calls: the caller is set in between.
func (a *app) openCalls(ctx context.Context) error {
	queues, err := queueMap(ctx, a.calls)
	if err != nil {
		return err
	}
	a.queue, err = acd.New(acd.Options{Redis: a.ground.redis, Node: a.config.Node, Queues: queues, Logger: a.log})
	if err != nil {
		return err
	}
	a.ways = &ways{queue: a.queue, tickets: a.tickets, region: a.config.Region}
	if _, err := a.readWays(ctx); err != nil {
		return err
	}
	if err := a.ways.read(ctx); err != nil {
		return err
	}
	speaker, err := newSpeaker(a.config, a.ground.keys)
	if err != nil {
		return err
	}
	sounds, err := newPrompts(a.config, speaker)
	if err != nil {
		return err
	}
	if a.hooks, err = newHooks(a.ground, a.config.Webhooks, a.log); err != nil {
		return err
	}
	a.events = &events{log: a.log, tell: []func(hooks.Event){a.hooks.Tell, func(e hooks.Event) { a.web.Feed(e) }}}
	if a.forks, err = newForks(a.config.Fork, a.log); err != nil {
		return err
	}
	caller := &feedbackCaller{wishes: a.calls, texts: a.config.SMS.URL != ""}
	a.desks = newDeskPhones(a.calls, a.accounts, a.log)
	if err := a.desks.seed(ctx, a.config.Demo, a.demo); err != nil {
		return err
	}
	if a.telling, err = newFeedback(a.ground, a.config, a.demo, a.tickets, caller, sounds, a.log); err != nil {
		return err
	}
	o := telephonyOptions{
		config: a.config, demo: a.demo, keys: a.ground.keys, prompts: sounds, journal: a.calls, recorded: a.calls.RecordingPaths, acd: a.queue,
		onOutcome: reportOutcome(a.telling), onWatch: logWatch(a.accounts), onPause: logPause(a.accounts), log: a.log, events: a.events, phones: a.desks,
		known: func(ctx context.Context, number string) (callcenter.CallerKnown, error) {
			return a.calls.Known(ctx, number, time.Now())
		},
		maxWait: func(id callcenter.QueueID) int { return int(a.queue.Queue(string(id)).MaxWait) },
		ways:    a.ways,
		onPlace: a.calls.KeepPlace, onFork: logFork(a.accounts), onEntry: a.calls.EntryCalled,
		book: func(ctx context.Context, task string) (bool, error) {
			return a.calls.BookPlace(ctx, a.config.Node, task, time.Now(), placesLease)
		},
	}
	if a.forks != nil {
		o.forks = a.forks
	}
	if a.telephony, err = newTelephony(o); err != nil {
		return err
	}
	caller.engine, caller.lines = a.telephony.engine, a.telephony.lines
	a.desks.engine, a.desks.lines, a.desks.registrar = a.telephony.engine, a.telephony.lines, a.config.Phones.Enabled
	if err := a.desks.read(ctx); err != nil {
		return err
	}
	a.places = newPlaces(a.config.Node, a.calls, a.telephony.engine, tellingHours(a.config, a.demo), a.log)
	a.archive, err = newArchive(a.config, a.calls, a.log)
	return err
}

// openPages makes the edge and opens its ports.
func (a *app) openPages(ctx context.Context) error {
	pages, err := webapp.Dist()
	if err != nil {
		return err
	}
	a.phones = softphone.New(deskWithTasks{
		Desk: a.telephony.engine, tasks: a.calls, lists: a.calls, queues: a.ways, directory: a.calls,
		people: people{accounts: a.accounts, tickets: a.tickets, calls: a.calls},
	}, softphone.Options{Log: a.log})
	calls := callsWeb{store: a.calls, engine: a.telephony.engine, media: a.telephony.media, archive: a.archive, accounts: a.accounts}
	a.web, err = web.New(web.Options{
		Accounts: a.accounts, Access: accessWeb{a.accounts}, Tickets: ticketsWeb{a.tickets}, Calls: calls,
		Routing: routingWeb{a.calls, a.telephony.engine}, Supervision: superviseWeb{a.telephony.engine}, Directory: directoryWeb{a.calls}, Webhooks: hooksWeb{a.hooks}, Outbound: outboundWeb{a.calls}, Tokens: a.accounts, Phones: a.desks,
		Reports: newReportsWeb(a.calls, a.telephony.engine, a.config.Reports),
		Live:    liveWeb{engine: a.telephony.engine, calls: a.calls, tickets: a.tickets},
		Trunks:  trunksWeb{a.config.Node, a.telephony.lines.Trunks},
		Phone:   phoneWeb{handler: a.phones, store: a.calls}, Receipts: a.telling.Receipts(),
		App: pages, Demo: a.demo, Logger: a.log,
	})
	if err != nil {
		return err
	}
	a.servers, err = listen(ctx, a.config, a.web, a.log)
	return err
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
	if err := errors.Join(a.telling.Start(ctx), a.hooks.Start(ctx)); err != nil {
		return err
	}
	a.loops.Go(func() { a.telephony.prompts.prepareQueue(running, a.log) })
	a.loops.Go(func() { watchTickets(running, a.tickets, a.telling, a.events.ticket, a.wake, a.log) })
	a.loops.Go(func() { a.listenTickets(running) })
	a.loops.Go(func() { a.listenCalls(running) })
	a.loops.Go(func() { a.web.Run(running) })
	a.loops.Go(func() { a.tidy(running) })
	a.loops.Go(func() { a.ways.run(running, a.log) })
	a.loops.Go(func() { a.places.run(running) })
	a.loops.Go(func() { a.archive.Run(running) })
	a.loops.Go(func() { a.desks.run(running) })
	for _, s := range a.servers {
		s.start()
	}
	a.telephony.lines.Start(a.telephony.engine)
	return nil
}

// listenTickets hears of tickets that any node changed.
func (a *app) listenTickets(ctx context.Context) {
	err := a.tickets.Listen(ctx, a.log, func(c ticketpg.Change) {
		if c.Missed {
			a.web.ChangesMissed()
		} else {
			a.web.TicketChanged(c.Number, c.State, c.LodgedBy, c.Agencies)
		}
		select {
		case a.wake <- struct{}{}:
		default:
		}
	})
	logUnless(ctx, a.log, "changes of tickets are not heard any more", err)
}

// listenCalls hears of callback tasks and queues that any node changed.
func (a *app) listenCalls(ctx context.Context) {
	err := a.calls.Listen(ctx, a.log, func(topic callpg.Topic) error {
		switch topic {
		case callpg.TopicCallbacks:
			a.web.CallbacksChanged()
			a.places.rouse()
		case callpg.TopicQueues:
			return a.readQueues(ctx)
		case callpg.TopicPhones:
			return a.desks.read(ctx)
		case callpg.TopicMissed:
			a.web.CallbacksChanged()
			return errors.Join(a.readQueues(ctx), a.desks.read(ctx))
		case callpg.TopicRecords: // the live picture asks for today's figures by itself
		}
		return nil
	})
	logUnless(ctx, a.log, "changes of queues are not heard any more", err)
}

const tidyEvery = time.Hour

// tidy clears dead sessions away.
func (a *app) tidy(ctx context.Context) {
	every := time.NewTicker(tidyEvery)
	defer every.Stop()
	for {
		if err := a.accounts.Tidy(ctx); err != nil {
			logUnless(ctx, a.log, "dead sessions are not cleared away", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}

// Stop ends everything that Start began, and closes the ports.
func (a *app) Stop(ctx context.Context) error {
	errs := []error{a.telephony.engine.Stop(ctx), a.phones.Shutdown(ctx)}
	if a.forks != nil {
		a.forks.Stop(ctx)
	}
	a.cancel() // cuts the sockets of live events, which would keep their requests open
	for _, s := range a.servers {
		errs = append(errs, s.stop(ctx))
	}
	errs = append(errs,
		a.telephony.lines.Close(ctx),
		a.telephony.media.Stop(),
		a.telling.Stop(ctx),
		a.hooks.Stop(ctx),
		a.queue.Stop(ctx),
	)
	a.loops.Wait()
	return errors.Join(errs...)
}

// healthy asks what nothing works without.
func (a *app) healthy(ctx context.Context) error {
	return errors.Join(a.ground.pool.Ping(ctx), a.ground.redis.Ping(ctx).Err())
}
