package engine

import (
	"cmp"
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

// CallBack lets a callback wait in its queue, and calls the person when it is his turn.
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
