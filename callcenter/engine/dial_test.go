package engine

import (
	"context"
	"testing"
	"time"

	"hotline12345/callcenter"
)

// TestACallOfAListStandsBack: it is not placed while somebody waits whom the agent serves,
// nor beyond the share of the lines; once placed, its agent is offered nothing.
func TestACallOfAListStandsBack(t *testing.T) {
	type end struct {
		entry    string
		call     callcenter.CallID
		answered bool
		reason   callcenter.EndReason
	}
	ends := make(chan end, 4)
	w := newWorld(t, newJournal(), func(o *Options) {
		o.MaxCalls, o.SystemShare = 10, 10
		o.OnEntry = func(_ context.Context, entry string, call callcenter.CallID, answered bool, reason callcenter.EndReason, _ time.Time) error {
			ends <- end{entry, call, answered, reason}
			return nil
		}
	})
	defer w.stop()
	p := w.ready("a")
	if err := w.e.SetStatus("a", StatusBreak, "calls"); err != nil {
		t.Fatal(err)
	}
	caller := w.dial("13800001000")
	w.waitsIn("main")
	if _, err := w.e.DialOut("a", Dial{To: "13900001000", Entry: "e1"}); code(err) != CodePaced {
		t.Errorf("while somebody waits: %v", err)
	}
	if v := w.e.Live().Agents[0]; v.State != StateIdle {
		t.Errorf("the agent is %s", v.State)
	}
	w.e.Event(caller, callcenter.LegEnded{Leg: caller, Reason: callcenter.EndCallerHangUp})
	w.eventually("nobody waits", func() bool { return len(w.e.actors()) == 0 })

	id, err := w.e.DialOut("a", Dial{Call: "mine", To: "13900001000", Entry: "e1", Ticket: "t"})
	if err != nil || id != "mine" {
		t.Fatalf("%s, %v", id, err)
	}
	if _, err := w.e.DialOut("a", Dial{To: "13900002000"}); code(err) != codeInCall {
		t.Errorf("a second call: %v", err)
	}
	if _, err := w.e.PlaceResultCall("13900003000", callcenter.Script{Ticket: "t", Tell: []string{"r"}}); code(err) != CodePaced {
		t.Errorf("lists and results have their share together: %v", err)
	}
	leg := <-w.trunk.dials
	w.e.Event(leg, callcenter.LegAnswered{Leg: leg})
	p.until(t, "talk", func(v DeskView) bool { return v.State == StateTalking && v.Call.State == callcenter.StateTalking })
	w.e.Event(leg, callcenter.LegEnded{Leg: leg, Reason: callcenter.EndCallerHangUp})
	if got := <-ends; got != (end{"e1", "mine", true, callcenter.EndCallerHangUp}) {
		t.Errorf("told %+v", got)
	}
	p.until(t, "wrap-up", func(v DeskView) bool { return v.State == StateWrapUp })
	if err := w.e.EndWrapUp("a"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.e.DialOut("a", Dial{To: "13900001000", Entry: "e2"}); err != nil {
		t.Fatal(err)
	}
	leg = <-w.trunk.dials
	w.e.Event(leg, callcenter.LegFailed{Leg: leg, Code: 486, Reason: callcenter.EndBusy})
	if got := <-ends; got.entry != "e2" || got.answered || got.reason != callcenter.EndBusy {
		t.Errorf("told %+v", got)
	}
}

// TestWrittenWaitsForWhatWasBefore it in the ledger.
func TestWrittenWaitsForWhatWasBefore(t *testing.T) {
	w := newWorld(t, newJournal(), nil)
	defer w.stop()
	if err := w.e.Written(t.Context()); err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	held, release := make(chan struct{}), make(chan struct{})
	w.e.ledger.add(entry{what: "test", write: func(context.Context) error { close(held); <-release; return nil }})
	<-held
	if err := w.e.Written(over); err == nil {
		t.Error("written, while the ledger waits")
	}
	close(release)
	if err := w.e.Written(t.Context()); err != nil {
		t.Fatal(err)
	}
}
