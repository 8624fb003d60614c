package engine

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/routing"
)

func (f *fakeACD) agent(id string) routing.Agent {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.agents[id]
}

// TestTallyOfADay: what a desk did is shown to the queue, and begins anew at midnight.
func TestTallyOfADay(t *testing.T) {
	evening := time.Date(2026, 3, 2, 23, 50, 0, 0, beijing)
	s := &desk{call: "c", view: DeskView{Call: &DeskCall{Call: "c", StartedAt: evening.Add(-time.Minute)}}}
	s.tally = newTally(AgentProfile{Talked: time.Hour, Calls: 7}, evening)
	s.tally.offered(evening)
	s.tally.ended(s, "c", evening)
	if s.tally.talk != time.Hour+time.Minute || s.tally.calls != 8 || !s.tally.asked.Equal(evening) {
		t.Errorf("%+v", s.tally)
	}
	s.tally.ended(s, "another", evening) // he has moved on
	s.view.Call.EndReason = "transferred"
	s.tally.ended(s, "c", evening) // in wrap-up: counted already
	if s.tally.calls != 8 {
		t.Errorf("counted twice: %+v", s.tally)
	}
	s.view.Call = &DeskCall{Call: "c", StartedAt: evening.Add(20 * time.Minute)}
	s.tally.ended(s, "c", evening.Add(21*time.Minute))
	if s.tally.talk != time.Minute || s.tally.calls != 1 {
		t.Errorf("of the next day: %+v", s.tally)
	}
}

// TestHandlingIsMeasured from the offer to the end of the wrap-up, once there are enough.
func TestHandlingIsMeasured(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, beijing)
	y := newTally(AgentProfile{}, noon)
	y.wrappedUp(noon) // a call that was not offered
	for i, want := range []time.Duration{0, 0, 2 * time.Minute, 3 * time.Minute} {
		y.offered(noon)
		took := 2 * time.Minute
		if i == 3 {
			took = 10 * time.Minute
		}
		y.wrappedUp(noon.Add(took))
		if got := y.measured(); got != want {
			t.Errorf("after %d calls %s, want %s", i+1, got, want)
		}
	}
}

func TestTheQueueSeesTheTally(t *testing.T) {
	w := newWorld(t, newJournal(), nil)
	defer w.stop()
	p := w.ready("a")
	leg := w.dial("13800001000")
	offered := p.until(t, "offer", isOffer)
	if err := w.e.Accept("a", offered.Offer.ID); err != nil {
		t.Fatal(err)
	}
	p.until(t, "talk", isTalking)
	w.e.Event(leg, callcenter.LegEnded{Leg: leg, Reason: callcenter.EndCallerHangUp})
	p.until(t, "wrap-up", func(v DeskView) bool { return v.State == StateWrapUp })
	w.eventually("the queue knows of the call", func() bool {
		got := w.acd.agent("a")
		return got.Calls == 1 && !got.Asked.IsZero() && !got.Away
	})
	if err := w.e.SetStatus("a", StatusBreak, "meal"); err != nil {
		t.Fatal(err)
	}
	if !w.acd.agent("a").Away {
		t.Error("on a break, and not away")
	}
	w.e.Requalify([]routing.Ability{{Account: "a", Queues: []string{"night"}, Skills: []routing.Skill{{Name: "general", Level: 2}}}})
	if got := w.acd.agent("a"); !reflect.DeepEqual(got.Queues, []string{"night"}) || len(got.Skills) != 1 {
		t.Errorf("requalified: %+v", got)
	}
	w.e.Requalify(nil)
	if got := w.acd.agent("a"); len(got.Queues) != 0 {
		t.Errorf("taken out: %+v", got)
	}
}

// TestKnownCaller: what is read about him changes how he waits, whenever it comes.
func TestKnownCaller(t *testing.T) {
	read := make(chan error)
	w := newWorld(t, newJournal(), func(o *Options) {
		o.Known = func(_ context.Context, number string) (callcenter.CallerKnown, error) {
			return callcenter.CallerKnown{Priority: 30, Last: callcenter.AgentID("of " + number)}, <-read
		}
		o.MaxWait = func(queue callcenter.QueueID) int { return map[callcenter.QueueID]int{"main": 77}[queue] }
	})
	defer w.stop()
	w.dial("13800001000")
	waits := func() (at routing.Waiting) {
		w.acd.mu.Lock()
		defer w.acd.mu.Unlock()
		for _, at = range w.acd.waiting {
		}
		return at
	}
	w.eventually("the call waits", func() bool { return waits().Call != "" })
	if at := waits(); at.Priority != 0 || at.Last != "" {
		t.Errorf("known before it was read: %+v", at)
	}
	read <- nil
	w.eventually("he is known", func() bool { return waits().Priority == 30 && waits().Last == "of 13800001000" })
	if c, ok := w.e.Call(callcenter.CallID(waits().Call)); !ok || c.Limits.MaxWaitSeconds != 77 {
		t.Errorf("the queue's own limit does not count: %+v", c.Limits)
	}
	w.dial("") // nothing to ask for
	w.dial("13900001000")
	read <- errors.New("the database is away")
}
