package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"hotline12345/callcenter/engine"
	"hotline12345/routing"
	"hotline12345/routing/acd"
	"hotline12345/ticket"
	"hotline12345/ticket/ticketpg"
)

// ways answers the engine from memory: the queues as the shared queue has them, and the
// tickets' working calendar, read again each minute.
type ways struct {
	queue    *acd.ACD
	tickets  *ticketpg.Store
	region   string // whose holidays count
	calendar atomic.Pointer[ticket.Calendar]
	keys     atomic.Pointer[[]routing.LanguageKey]
	urgent   atomic.Pointer[routing.Emergency]
}

var _ engine.Ways = (*ways)(nil)

const calendarEvery = time.Minute

// read takes the calendar; without one the week's pattern counts.
func (w *ways) read(ctx context.Context) error {
	rules, err := w.tickets.Rules(ctx)
	if err != nil {
		return err
	}
	calendar := rules.Calendar.In(w.region)
	w.calendar.Store(&calendar)
	return nil
}

func (w *ways) run(ctx context.Context, log *slog.Logger) {
	every := time.NewTicker(calendarEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		if err := w.read(ctx); err != nil {
			logUnless(ctx, log, "the calendar is not read again: the last one counts", err)
		}
	}
}

// day is what a date is to queues.
func (w *ways) day(at time.Time) routing.DayKind {
	calendar := w.calendar.Load()
	if calendar == nil {
		calendar = &ticket.Calendar{}
	}
	switch worked, kind := calendar.On(at); {
	case worked:
		return routing.Workday
	case kind == ticket.Holiday:
		return routing.Holiday
	}
	return routing.Weekend
}

// HasQueue says whether calls that wait in that queue are ever offered to anybody.
func (w *ways) HasQueue(id string) bool { return w.queue.HasQueue(id) }

func (w *ways) Enter(queue string) routing.Way {
	return routing.Enter(w.queue.Queues(), queue, time.Now(), w.day)
}

func (w *ways) Emergency() routing.Emergency { return *w.urgent.Load() }

func (w *ways) LanguageKeys() []routing.LanguageKey { return *w.keys.Load() }

func (w *ways) Target(queue string, step int) (routing.Way, bool) {
	targets := w.queue.Queue(queue).Targets
	if step < 0 || step >= len(targets) {
		return routing.Way{}, false
	}
	if exit := targets[step].Exit; exit.Kind != routing.ExitQueue {
		return routing.Way{Exit: exit}, true
	}
	return w.Enter(targets[step].ID), true
}
