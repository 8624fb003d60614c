package main

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/callpg"
	"hotline12345/callcenter/engine"
	"hotline12345/ticket/feedback"
)

const (
	placesEvery = 5 * time.Second
	// placesLease is how long a node that died keeps the callbacks it had taken.
	placesLease = time.Minute
)

// placeStore is the call store as places needs it.
type placeStore interface {
	TakePlaces(ctx context.Context, node string, again bool, now time.Time, lease time.Duration) ([]callpg.Place, error)
	HoldPlaces(ctx context.Context, node string, ids []string, now time.Time, lease time.Duration) ([]string, error)
}

// placeCalls is the engine as places needs it.
type placeCalls interface {
	CallBack(c engine.Callback) (callcenter.CallID, error)
	Runs(id callcenter.CallID) bool
	Withdraw(id callcenter.CallID)
	Written(ctx context.Context) error
}

// places makes the callbacks that keep their place: this node takes those that are due,
// lets them wait in their queue, and lets go of those that an agent took from the list.
type places struct {
	node  string
	store placeStore
	calls placeCalls
	hours feedback.Hours // in which somebody is called who was not reached before
	wake  chan struct{}  // holds one: tasks changed
	log   *slog.Logger

	running map[string]callcenter.CallID // by task
}

func newPlaces(node string, store placeStore, calls placeCalls, hours feedback.Hours, log *slog.Logger) *places {
	return &places{
		node: node, store: store, calls: calls, hours: hours, log: log, wake: make(chan struct{}, 1), running: map[string]callcenter.CallID{},
	}
}

// rouse says that tasks may have changed.
func (p *places) rouse() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *places) run(ctx context.Context) {
	// What came of the callbacks of an earlier life of this node comes first, or who has
	// been called would be called again.
	if err := p.calls.Written(ctx); err != nil {
		return
	}
	every := time.NewTicker(placesEvery)
	defer every.Stop()
	for {
		if err := p.round(ctx, time.Now()); err != nil {
			logUnless(ctx, p.log, "callbacks that keep their place are not looked at", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		case <-p.wake:
		}
	}
}

func (p *places) round(ctx context.Context, now time.Time) error {
	if err := p.hold(ctx, now); err != nil {
		return err
	}
	due, err := p.store.TakePlaces(ctx, p.node, p.hours.Open(now), now, placesLease)
	if err != nil {
		return err
	}
	for _, at := range due {
		call, err := p.calls.CallBack(engine.Callback{
			Task: at.ID, To: at.Number, Queue: at.Queue, Since: at.Since, Language: at.Language, Priority: at.Priority, CallerFirst: at.CallerFirst,
		})
		if refused, ok := errors.AsType[*callcenter.Error](err); ok && refused.Code == engine.CodePaced {
			return nil // it and those after it are due again when the lease ends
		}
		if err != nil { // likewise
			p.log.WarnContext(ctx, "a callback does not begin", "callback", at.ID, "error", err)
			continue
		}
		p.running[at.ID] = call
	}
	return nil
}

// hold renews what runs, and what has ended until it is written what came of it: else who
// has just talked would be called again. It ends what is an agent's.
func (p *places) hold(ctx context.Context, now time.Time) error {
	ids := slices.Collect(maps.Keys(p.running))
	if len(ids) == 0 {
		return nil
	}
	held, err := p.store.HoldPlaces(ctx, p.node, ids, now, placesLease)
	if err != nil {
		return err
	}
	kept := make(map[string]bool, len(held))
	for _, id := range held {
		kept[id] = true
	}
	for id, call := range p.running {
		switch {
		case kept[id]:
		case p.calls.Runs(call):
			p.calls.Withdraw(call)
		default:
			delete(p.running, id)
		}
	}
	return nil
}
