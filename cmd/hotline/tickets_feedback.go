package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
	"hotline12345/callcenter/hooks"
	"hotline12345/callcenter/sipua"
	"hotline12345/configs"
	"hotline12345/ticket"
	"hotline12345/ticket/feedback"
	"hotline12345/ticket/ticketpg"
)

// feedbackTickets is the ticket store as the system itself uses it.
type feedbackTickets struct{ store *ticketpg.Store }

func (f feedbackTickets) Ticket(ctx context.Context, number string) (ticket.Ticket, error) {
	return f.store.Get(ctx, ticketpg.System, number)
}

func (f feedbackTickets) Handle(ctx context.Context, number string, cmds ...ticket.Command) error {
	_, err := f.store.Handle(ctx, ticketpg.System, number, 0, cmds...)
	return err
}

// feedbackCaller places result calls on the engine. It is made before the engine, which
// needs the feedback service for its outcomes: set comes before both start.
type feedbackCaller struct {
	engine placer
	lines  interface{ CanDial(to string) error }
	wishes interface {
		NotToCall(ctx context.Context, number string, now time.Time) (listed, text bool, err error)
	}
	texts bool // there is a gateway for text messages
}

type placer interface {
	PlaceResultCall(to string, s callcenter.Script) (callcenter.CallID, error)
}

// Place asks the lines first: a call that no trunk can carry now is no attempt to reach
// the person, and one that none ever carries is a matter for a text message. So is one to
// somebody who wants his results so; who is not to be called is told the result, which is
// his due (Art. 46), and asked nothing.
func (f *feedbackCaller) Place(ctx context.Context, to string, s feedback.Script) (string, error) {
	listed, text, err := f.wishes.NotToCall(ctx, to, time.Now())
	if err != nil {
		return "", err
	}
	if text && f.texts {
		return "", fmt.Errorf("%w: he wants text messages", feedback.ErrCannotDial)
	}
	if listed {
		s.Solved, s.Satisfied = nil, nil
	}
	switch err := f.lines.CanDial(to); {
	case errors.Is(err, sipua.ErrNoRoute):
		return "", fmt.Errorf("%w: %w", feedback.ErrCannotDial, err)
	case err != nil:
		return "", err
	}
	id, err := f.engine.PlaceResultCall(to, callcenter.Script{
		Ticket: s.Ticket, Attempt: s.Attempt, Tell: s.Tell, Solved: s.Solved,
		Satisfied: s.Satisfied, Invalid: s.Invalid, Thanks: s.Thanks,
	})
	if refused, ok := errors.AsType[*callcenter.Error](err); ok && refused.Code == engine.CodePaced {
		return "", fmt.Errorf("%w: %w", feedback.ErrLater, err)
	}
	return string(id), err
}

// reportOutcome gives the engine's outcome of a result call to feedback.
func reportOutcome(service *feedback.Service) func(context.Context, callcenter.CallID, string, int, callcenter.Outcome, callcenter.EndReason) error {
	return func(ctx context.Context, call callcenter.CallID, number string, attempt int, o callcenter.Outcome, reason callcenter.EndReason) error {
		return service.Report(ctx, feedback.Outcome{
			Ticket: number, Attempt: attempt, Call: string(call), Told: o.Told, Solved: o.Solved, Rating: int(o.Rating),
			Failure: failureOf(o, reason),
		})
	}
}

// failureOf names why a call told nothing, in the words of a ticket's attempts.
func failureOf(o callcenter.Outcome, reason callcenter.EndReason) string {
	switch {
	case o.Machine:
		return "noAnswer" // by a person
	case o.Reachable:
		return "failed" // picked up, and hung up before the end
	case reason == callcenter.EndNoAnswer:
		return "noAnswer"
	case reason == callcenter.EndBusy || reason == callcenter.EndRejected:
		return "busy"
	case reason == callcenter.EndUnreachable:
		return "unreachable"
	}
	return "failed"
}

// tellingHours are the configured ones. A demonstration that nobody set any for calls at
// any hour: it wakes nobody, and who tries it at night shall be called back too.
func tellingHours(config configs.Config, demo bool) feedback.Hours {
	if hours := config.Telling.Hours; !demo || hours != configs.Defaults().Telling.Hours {
		return feedback.Hours{From: hours.From, To: hours.To}
	}
	return feedback.Hours{To: 24 * time.Hour}
}

// newFeedback makes the service with the texts and the gateway of the configuration.
func newFeedback(g *ground, config configs.Config, demo bool, tickets *ticketpg.Store, caller *feedbackCaller, p *prompts, log *slog.Logger) (*feedback.Service, error) {
	var gateway *feedback.Gateway
	if config.SMS.URL != "" {
		var err error
		gateway, err = feedback.NewGateway(feedback.GatewayOptions{
			URL: config.SMS.URL, KeyID: config.SMS.KeyID, Secret: config.SMS.Secret,
			Timeout: config.SMS.Timeout, Tries: config.SMS.Tries, NoReceipts: !config.SMS.Receipts,
		}, time.Now)
		if err != nil {
			return nil, err
		}
	}
	return feedback.New(g.pool, feedbackTickets{tickets}, caller, p, feedback.Options{
		Hours:    tellingHours(config, demo),
		Attempts: config.Telling.Attempts, Pause: config.Telling.RetryMin, Gateway: gateway, Log: log, KnowJobs: hooks.KnowJobs,
		Texts: feedback.Texts{
			Intro: p.texts["result.intro"], End: p.texts["result.end"], Solved: p.texts["result.solved"],
			Satisfied: p.texts["result.satisfied"], Invalid: p.texts["result.invalid"], Thanks: p.texts["result.thanks"],
			Bye: p.texts["result.redo"], SMS: p.texts["sms.result"], Sign: config.SMS.Sign,
		},
	})
}

const (
	drainMost  = 100             // notices in one transaction
	drainEvery = 5 * time.Second // also without being woken
	sweepEvery = 30 * time.Second
	sweepMost  = 1000
)

// watchTickets hands what happened to tickets to feedback, as soon as wake says so, and
// records overdue assignments, until ctx ends. tell hears of each, of whatever node's doing.
func watchTickets(ctx context.Context, store *ticketpg.Store, service *feedback.Service, tell func(ticketpg.Notice), wake <-chan struct{}, log *slog.Logger) {
	drain, sweep := time.NewTicker(drainEvery), time.NewTicker(sweepEvery)
	defer drain.Stop()
	defer sweep.Stop()
	var taken []ticketpg.Notice
	take := func(ctx context.Context, tx pgx.Tx, n ticketpg.Notice) error {
		taken = append(taken, n)
		return service.Take(ctx, tx, feedback.Notice{Ticket: n.Ticket, Seq: n.Seq, Type: n.Type, State: n.State})
	}
	for {
		for n := drainMost; n == drainMost; {
			var err error
			taken = taken[:0]
			if n, err = store.Drain(ctx, drainMost, take); err != nil {
				logUnless(ctx, log, "the tickets' outbox waits", err)
				continue // none of them was taken
			}
			for _, notice := range taken {
				tell(notice)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-drain.C:
		case <-sweep.C:
			if _, err := store.Sweep(ctx, sweepMost); err != nil {
				logUnless(ctx, log, "the overdue sweep waits", err)
			}
		}
	}
}

// logUnless logs an error unless it only says that we stop.
func logUnless(ctx context.Context, log *slog.Logger, what string, err error) {
	if ctx.Err() == nil && !errors.Is(err, context.Canceled) {
		log.ErrorContext(ctx, what, "error", err) //nolint:sloglint // callers give constants
	}
}
