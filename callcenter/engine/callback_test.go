package engine

import (
	"context"
	"slices"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/routing"
)

// TestACallbackKeepsItsPlace: it is left with the place, and stands there without the
// person until an agent has accepted.
func TestACallbackKeepsItsPlace(t *testing.T) {
	kept := make(chan callcenter.KeepPlace, 1)
	w := newWorld(t, newJournal(), func(o *Options) {
		o.OnPlace = func(_ context.Context, _ callcenter.CallID, p callcenter.KeepPlace, _ time.Time) error {
			kept <- p
			return nil
		}
	})
	defer w.stop()
	leg := w.dial("13800001000")
	w.waitsIn("main")
	w.e.Key(string(leg), "1")
	w.e.Event(leg, callcenter.LegEnded{Leg: leg, Reason: callcenter.EndCallerHangUp})
	place := <-kept

	later := w.dial("13800002000")
	id, err := w.e.CallBack(Callback{Task: "task", To: "13800001000", Queue: place.Queue, Since: place.Since})
	if err != nil {
		t.Fatal(err)
	}
	w.eventually("both wait", func() bool { w.acd.mu.Lock(); defer w.acd.mu.Unlock(); return len(w.acd.waiting) == 2 })
	p := w.ready("a")
	offered := p.until(t, "offer", isOffer)
	if offered.Offer.Call != id || !offered.Offer.Callback || offered.Offer.Number != "13800001000" || !offered.Offer.Since.Equal(place.Since) {
		t.Fatalf("offered %+v before his turn", offered.Offer)
	}
	if err := w.e.Accept("a", offered.Offer.ID); err != nil {
		t.Fatal(err)
	}
	w.e.Event(<-w.trunk.dials, callcenter.LegAnswered{Leg: legOfCaller(t, w, id)})
	p.until(t, "talk", func(v DeskView) bool { return v.State == StateTalking && v.Call.State == callcenter.StateTalking })
	w.e.Event(later, callcenter.LegEnded{Leg: later, Reason: callcenter.EndCallerHangUp})
}

func legOfCaller(t *testing.T, w *world, id callcenter.CallID) callcenter.LegID {
	t.Helper()
	c, ok := w.e.Call(id)
	if !ok {
		t.Fatal("the call is gone")
	}
	return c.Caller
}

func TestCallerFirstAndWithdrawn(t *testing.T) {
	w := newWorld(t, newJournal(), nil)
	defer w.stop()
	first, err := w.e.CallBack(Callback{Task: "task", To: "13800001000", Since: time.Now().Add(-time.Minute), CallerFirst: true})
	if err != nil {
		t.Fatal(err)
	}
	w.waitsIn("main")
	p := w.ready("a") // nobody is offered a place without a person
	w.e.Position(string(first), routing.Place{Position: 1})
	leg := <-w.trunk.dials
	w.e.Event(leg, callcenter.LegAnswered{Leg: leg})
	if got := p.until(t, "offer", isOffer); got.Offer.Call != first {
		t.Errorf("offered %+v", got.Offer)
	}
	second, err := w.e.CallBack(Callback{Task: "task2", To: "13800002000", Since: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	w.eventually("it waits", func() bool { c, ok := w.e.Call(second); return ok && c.State == callcenter.StateQueued })
	w.e.Withdraw(second)
	w.e.Withdraw("nobody's")
	w.eventually("it is gone", func() bool { return !w.e.Runs(second) })
	if _, err := w.e.CallBack(Callback{To: "1"}); err == nil {
		t.Error("a callback of no task")
	}
	if slices.Contains(w.media.playing[string(leg)].Sources, "ringback") {
		t.Error("the person hears himself rung")
	}
}
