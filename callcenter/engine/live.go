package engine

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"hotline12345/callcenter"
)

// notifier tells subscribers that something changed, at most one notice waiting
// for each: who is slow looks once and sees the newest.
type notifier struct {
	mu   sync.Mutex
	subs map[chan struct{}]bool
}

func newNotifier() *notifier { return &notifier{subs: map[chan struct{}]bool{}} }

func (n *notifier) notify() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for ch := range n.subs {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

func (n *notifier) subscribe() (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.subs[ch] = true
	return ch, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.subs, ch)
	}
}

// Subscribe gives a channel that has a value whenever Live may have changed.
func (e *Engine) Subscribe() (changes <-chan struct{}, cancel func()) { return e.hub.subscribe() }

// Live is the picture of this node now: waiting calls first come first, calls
// with people in them, and every desk. Numbers are whole; the edge masks them.
func (e *Engine) Live() Live {
	live := Live{At: time.Now().UTC(), Waiting: []LiveWaiting{}, Talking: []LiveCall{}, Agents: e.desks.views()}
	for _, a := range e.actors() {
		c := a.summary.Load()
		if c == nil || c.State == callcenter.StateEnded {
			continue
		}
		switch c.State {
		case callcenter.StateGreeting, callcenter.StateQueued, callcenter.StateOffered:
			since := c.Record.StartedAt
			if c.Record.QueuedAt != nil {
				since = *c.Record.QueuedAt
			}
			live.Waiting = append(live.Waiting, LiveWaiting{Call: c.ID, Queue: string(c.Queue), Number: c.Number(), Since: since, State: c.State})
		default:
			since := c.Record.StartedAt
			if c.Record.AnsweredAt != nil {
				since = *c.Record.AnsweredAt
			}
			live.Talking = append(live.Talking, LiveCall{
				Call: c.ID, Kind: c.Kind, Agent: c.Agent, Number: c.Number(), State: c.State, Since: since,
				Second: c.Second.Agent, Supervisor: c.Watch.Agent, Mode: c.Watch.Mode,
			})
		}
	}
	slices.SortFunc(live.Waiting, func(a, b LiveWaiting) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Call, b.Call)) })
	slices.SortFunc(live.Talking, func(a, b LiveCall) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Call, b.Call)) })
	return live
}

// Running are the records of the calls of this node that have not ended, so far.
func (e *Engine) Running() []callcenter.CallRecord {
	var records []callcenter.CallRecord
	for _, a := range e.actors() {
		if c := a.summary.Load(); c != nil && c.State != callcenter.StateEnded {
			records = append(records, c.Record)
		}
	}
	return records
}

// Call is a live call as it stands.
func (e *Engine) Call(id callcenter.CallID) (callcenter.Call, bool) {
	a := e.call(id)
	if a == nil {
		return callcenter.Call{}, false
	}
	c := a.summary.Load()
	if c == nil {
		return callcenter.Call{}, false
	}
	return *c, true
}

// Backlog is how many journal rows and records wait for Postgres.
func (e *Engine) Backlog() int { return e.ledger.backlog() + e.outcomes.backlog() + e.times.backlog() }

// PlaceResultCall starts the system's own call to a person; CodePaced refuses it for now.
func (e *Engine) PlaceResultCall(to string, s callcenter.Script) (callcenter.CallID, error) {
	if to == "" || len(s.Tell) == 0 {
		return "", &callcenter.Error{Code: callcenter.CodeBadStart}
	}
	id, leg := callcenter.CallID(newID()), newLeg()
	err := e.launch(id, leg, callcenter.ResultRequested{Call: id, Leg: leg, To: to, Script: s, Limits: e.o.ResultLimits})
	return id, err
}
