package engine

import (
	"cmp"
	"context"
	"time"

	"hotline12345/callcenter"
)

// Callback that keeps its place.
type Callback struct {
	Task        string // the callback task's id
	To          string
	Queue       callcenter.QueueID
	Since       time.Time // he began to wait
	Language    string
	Priority    int
	CallerFirst bool
}

// callbackWait is how long a callback stands in the queue at most, in seconds; then it is
// tried again by its plan.
const callbackWait = 3600

// CallBack lets a callback wait in its queue, and calls the person when it is his turn;
// CodePaced: as many stand there as the lines allow.
func (e *Engine) CallBack(c Callback) (callcenter.CallID, error) {
	if c.Task == "" || c.To == "" {
		return "", &callcenter.Error{Code: callcenter.CodeBadStart}
	}
	limits := e.limits(c.Queue)
	limits.MaxWaitSeconds = callbackWait
	id, leg := callcenter.CallID(newID()), newLeg()
	err := e.launch(id, leg, callcenter.CallbackDue{
		Call: id, Leg: leg, Task: c.Task, To: c.To, Queue: cmp.Or(c.Queue, e.o.Queue), Since: c.Since, Language: c.Language, Priority: c.Priority,
		CallerFirst: c.CallerFirst, Limits: limits,
	})
	return id, err
}

// Runs says whether this node has the call.
func (e *Engine) Runs(id callcenter.CallID) bool { return e.call(id) != nil }

// Withdraw ends a callback that an agent took from the list, unless the person is called
// already.
func (e *Engine) Withdraw(id callcenter.CallID) {
	a := e.call(id)
	if a == nil {
		return
	}
	if c := a.summary.Load(); c != nil && (c.State == callcenter.StateQueued || c.State == callcenter.StateOffered) {
		a.post(callcenter.EndRequested{Reason: callcenter.EndTaken})
	}
}

// bookLimit is how long a callback waits to be told that it is its call's.
const bookLimit = 3 * time.Second

// book asks beside the call, which goes on hearing of its agent meanwhile.
func (a *actor) book(task string) {
	if a.e.o.Book == nil {
		a.follow(callcenter.CallbackBooked{Won: true})
		return
	}
	a.e.loops.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), bookLimit)
		defer cancel()
		won, err := a.e.o.Book(ctx, task)
		if err != nil {
			a.log.Warn("a callback is made without being booked", "callback", task, "error", err)
		}
		a.post(callcenter.CallbackBooked{Won: won || err != nil})
	})
}

// Written waits until all is written that the calls of this node had to write so far.
func (e *Engine) Written(ctx context.Context) error {
	written := make(chan struct{})
	e.ledger.add(entry{what: "mark", write: func(context.Context) error { close(written); return nil }})
	select {
	case <-written:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
