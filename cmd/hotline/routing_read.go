package main

import (
	"context"
	"time"

	"hotline12345/routing"
)

// Routing data are read from the database when they change, and kept in memory for calls.

// readQueues takes what changed, and lets it count at once: for who waits, and for agents
// on shift.
func (a *app) readQueues(ctx context.Context) error {
	queues, err := queueMap(ctx, a.calls)
	if err != nil {
		return err
	}
	a.queue.SetQueues(queues)
	was := a.ways.Emergency()
	emergency, err := a.readWays(ctx)
	if err != nil {
		return err
	}
	if emergency != was {
		a.web.EmergencyChanged(emergency.Active(time.Now()))
	}
	a.overAt(ctx, emergency)
	err = a.requalify(ctx, emergency)
	a.telephony.prompts.announce(queues, emergency)
	a.loops.Go(func() { // what is told must not wait for what is spoken
		a.telephony.prompts.prepareSaid(ctx, a.log)
		a.telephony.prompts.prepareChoices(ctx, a.ways.LanguageKeys(), a.log)
	})
	return err
}

// readWays takes the emergency and the keys that choose a language.
func (a *app) readWays(ctx context.Context) (routing.Emergency, error) {
	keys, err := a.calls.LanguageKeys(ctx)
	if err != nil {
		return routing.Emergency{}, err
	}
	emergency, err := a.calls.Emergency(ctx)
	if err != nil {
		return routing.Emergency{}, err
	}
	a.ways.keys.Store(&keys)
	a.ways.urgent.Store(&emergency)
	return emergency, nil
}

// requalify gives agents on shift what they may be offered now.
func (a *app) requalify(ctx context.Context, emergency routing.Emergency) error {
	abilities, err := a.calls.Abilities(ctx)
	if err != nil {
		return err
	}
	for i, can := range abilities {
		abilities[i] = can.At(time.Now(), emergency)
	}
	a.telephony.engine.Requalify(abilities)
	return nil
}

// overAt lets an emergency end by itself: calls know its end, agents and pages are told.
// It is called from one goroutine.
func (a *app) overAt(ctx context.Context, emergency routing.Emergency) {
	if a.over != nil {
		a.over.Stop()
	}
	rest := time.Until(emergency.Until)
	if rest <= 0 {
		return
	}
	a.over = time.AfterFunc(rest, func() {
		if ctx.Err() != nil {
			return
		}
		a.log.InfoContext(ctx, "the emergency is over", "reason", emergency.Reason)
		if err := a.requalify(ctx, emergency); err != nil {
			logUnless(ctx, a.log, "what agents may be offered is not read again", err)
		}
		a.web.EmergencyChanged(false)
	})
}
