package engine

import (
	"slices"
	"testing"

	"hotline12345/callcenter"
)

// shift is the timeline of an agent as it was written, which must have no gap.
func (w *world) shift(agent callcenter.AgentID) (states []string) {
	w.t.Helper()
	w.journal.mu.Lock()
	defer w.journal.mu.Unlock()
	var last AgentTime
	for _, s := range w.journal.times {
		if s.Agent != agent {
			continue
		}
		if !s.To.After(s.From) || (last.State != "" && (!s.From.Equal(last.To) || !s.Shift.Equal(last.Shift))) {
			w.t.Errorf("%+v follows %+v", s, last)
		}
		if last.State == "" && !s.From.Equal(s.Shift) {
			w.t.Errorf("the shift of %s begins with %+v", s.Shift, s)
		}
		last = s
		states = append(states, string(s.State)+" "+s.Reason)
	}
	return states
}

func TestTimelineOfAShift(t *testing.T) {
	w := newWorld(t, newJournal(), nil)
	p := w.ready("a")
	leg := w.talk(p, "13800001000")
	must(t, w.e.Hold("a"))
	must(t, w.e.Resume("a"))
	if open := w.e.Times(); len(open) != 1 || open[0].State != TimeTalking || open[0].Kind != callcenter.KindInbound || !open[0].To.IsZero() {
		t.Errorf("now %+v", open)
	}
	w.e.Event(leg, callcenter.LegEnded{Leg: leg, Reason: callcenter.EndCallerHangUp})
	p.until(t, "wrap-up", wrapsUp)
	must(t, w.e.EndWrapUp("a"))
	must(t, w.e.SetStatus("a", StatusBreak, "meal"))
	must(t, w.e.SetStatus("a", StatusAvailable, ""))
	w.e.TransportState("a", false)
	w.e.Detach("a", p)
	w.stop()
	want := []string{
		"notReady start", "ready ", "offered ", "talking ", "held ", "talking ", "wrapUp ", "ready ", "break meal", "ready ", "notReady noSound", "notReady offline",
	}
	if got := w.shift("a"); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// TestTimelineOfAMissedOffer: who does not answer is not ready, and not by his choice.
func TestTimelineOfAMissedOffer(t *testing.T) {
	w := newWorld(t, newJournal(), nil)
	p := w.ready("a")
	w.dial("13800001000")
	offered := p.until(t, "offer", isOffer)
	must(t, w.e.Decline("a", offered.Offer.ID))
	p.until(t, "a break", func(v DeskView) bool { return v.Status == StatusBreak })
	w.stop()
	want := []string{"notReady start", "ready ", "offered ", "notReady declined"}
	if got := w.shift("a"); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}
