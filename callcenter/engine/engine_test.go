package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"hotline12345/callcenter"
)

func code(err error) callcenter.Code {
	if coded, ok := errors.AsType[*callcenter.Error](err); ok {
		return coded.Code
	}
	return ""
}

func isOffer(v DeskView) bool { return v.Offer != nil }
func isTalking(v DeskView) bool {
	return v.State == StateTalking && v.Call != nil && v.Call.State == callcenter.StateTalking
}
func isIdle(v DeskView) bool { return v.State == StateIdle }

func TestACallFromDialToWrapUp(t *testing.T) {
	w := newWorld(t, newJournal(), nil)
	p := w.ready("a")
	leg := w.dial("13800001000")
	offered := p.until(t, "offer", isOffer)
	if offered.Offer.Number != "13800001000" || offered.State != StateRinging {
		t.Fatalf("offer %+v", offered)
	}
	if err := w.e.Accept("a", "another"); code(err) != callcenter.CodeOfferGone {
		t.Fatalf("took an offer that is not there: %v", err)
	}
	if err := w.e.Accept("a", offered.Offer.ID); err != nil {
		t.Fatal(err)
	}
	v := p.until(t, "talk", isTalking)
	if !v.Call.Recording {
		t.Fatalf("not recording: %+v", v.Call)
	}
	if err := w.e.Hold("a"); err != nil {
		t.Fatal(err)
	}
	p.until(t, "hold", func(v DeskView) bool { return v.State == StateHeld && v.Call.HeldSince != nil })
	if err := w.e.Mute("a", true); err != nil {
		t.Fatal(err)
	}
	if err := w.e.Resume("a"); err != nil {
		t.Fatal(err)
	}
	if err := w.e.EndShift("a"); code(err) != codeInCall {
		t.Fatalf("signed off in a call: %v", err)
	}
	w.e.Event(leg, callcenter.LegEnded{Leg: leg, Reason: callcenter.EndCallerHangUp})
	v = p.until(t, "wrap-up", func(v DeskView) bool { return v.State == StateWrapUp })
	if v.Call.EndReason != string(callcenter.EndCallerHangUp) || v.WrapUpUntil == nil {
		t.Fatalf("wrap-up %+v", v)
	}
	if err := w.e.EndWrapUp("a"); err != nil {
		t.Fatal(err)
	}
	p.until(t, "idle", isIdle)
	w.stop()
	if len(w.journal.records) != 1 || w.journal.recordings != 2 {
		t.Fatalf("%d records, %d recordings", len(w.journal.records), w.journal.recordings)
	}
	if !w.media.closed[string(leg)] {
		t.Fatal("the caller's leg was left open")
	}
}

func TestReloadKeepsTheCall(t *testing.T) {
	w := newWorld(t, newJournal(), nil)
	p := w.ready("a")
	leg := w.dial("13800001000")
	if err := w.e.Accept("a", p.until(t, "offer", isOffer).Offer.ID); err != nil {
		t.Fatal(err)
	}
	p.until(t, "talk", isTalking)
	w.e.Detach("a", p)
	w.eventually("music", func() bool {
		w.media.mu.Lock()
		defer w.media.mu.Unlock()
		return w.media.playing[string(leg)].Loop && w.media.bridged[string(leg)] == ""
	})
	second := newPage("a")
	v, err := w.e.StartShift(AgentProfile{ID: "a", Queues: []string{"main"}}, second)
	if err != nil || v.Call == nil {
		t.Fatalf("the new page has no call: %+v, %v", v, err)
	}
	if _, err := w.e.Negotiate("a", "offer"); err != nil {
		t.Fatal(err)
	}
	w.e.TransportState("a", true)
	second.until(t, "talk", inState(callcenter.StateTalking)) // his desk says talking all the time
	w.e.Detach("a", p)                                        // the old socket's end, late
	if r := w.e.Running(); len(r) != 1 || r[0].AnsweredAt == nil || r[0].Kind != callcenter.KindInbound {
		t.Errorf("running: %+v", r)
	}
	w.eventually("the conversation", func() bool { // his desk showed it while the call still waited for him
		live := w.e.Live()
		return len(live.Talking) == 1 && live.Talking[0].State == callcenter.StateTalking
	})
	w.stop()
}

func TestADeskThatIsReplacedIsTold(t *testing.T) {
	w := newWorld(t, newJournal(), nil)
	first := w.ready("a")
	w.ready("a")
	<-first.replaced
	w.stop()
}

func TestUnansweredOfferMakesNotReady(t *testing.T) {
	w := newWorld(t, newJournal(), func(o *Options) { o.Limits.OfferSeconds = 1 })
	p, q := w.ready("a"), newPage("b")
	w.dial("13800001000")
	p.until(t, "offer", isOffer)
	v := p.until(t, "break", func(v DeskView) bool { return v.Status == StatusBreak })
	if v.BreakReason != "noAnswer" || v.State != StateIdle || v.Offer != nil {
		t.Fatalf("after the offer: %+v", v)
	}
	if _, err := w.e.StartShift(AgentProfile{ID: "b", Queues: []string{"main"}}, q); err != nil {
		t.Fatal(err)
	}
	if err := w.e.SetStatus("b", StatusAvailable, ""); code(err) != codeNoSound {
		t.Fatalf("available without sound: %v", err)
	}
	w.e.TransportState("b", true)
	if err := w.e.SetStatus("b", StatusAvailable, ""); err != nil {
		t.Fatal(err)
	}
	q.until(t, "offer", isOffer)
	w.stop()
	for _, r := range w.journal.records {
		if r.Offers != 2 || r.Reason != callcenter.EndShutdown {
			t.Fatalf("record %+v", r)
		}
	}
}

// TestTheOnlyAgentIsAskedAgain: who missed a call and is ready again gets it when
// nobody else is there; the caller must not wait beside a free agent.
func TestTheOnlyAgentIsAskedAgain(t *testing.T) {
	w := newWorld(t, newJournal(), func(o *Options) { o.Limits.OfferSeconds = 1 })
	p := w.ready("a")
	w.dial("13800001000")
	missed := p.until(t, "offer", isOffer).Offer.ID
	p.until(t, "break", func(v DeskView) bool { return v.Status == StatusBreak })
	if err := w.e.SetStatus("a", StatusAvailable, ""); err != nil {
		t.Fatal(err)
	}
	v := p.until(t, "the call again", isOffer)
	if v.Offer.ID == missed {
		t.Fatalf("the old offer: %+v", v.Offer)
	}
	w.stop()
}

func TestDialOut(t *testing.T) {
	w := newWorld(t, newJournal(), nil)
	p := w.ready("a")
	if _, err := w.e.DialOut("a", Dial{To: "nowhere"}); err != nil {
		t.Fatal(err)
	}
	p.until(t, "wrap-up", func(v DeskView) bool {
		return v.State == StateWrapUp && v.Call.EndReason == string(callcenter.EndUnreachable)
	})
	if err := w.e.EndWrapUp("a"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.e.DialOut("a", Dial{To: "13800001000", Callback: "cb"}); err != nil {
		t.Fatal(err)
	}
	leg := <-w.trunk.dials
	w.e.Event(leg, callcenter.LegRinging{Leg: leg, SDP: "no sound"})
	w.e.Event(leg, callcenter.LegRinging{Leg: leg, SDP: "an announcement"})
	w.hears("the announcement", w.legOf("a"), leg)
	w.e.Event(leg, callcenter.LegAnswered{Leg: leg, Dialog: callcenter.Dialog{RemoteSDP: "answer"}})
	p.until(t, "talk", isTalking)
	if _, err := w.e.DialOut("a", Dial{To: "13800001000"}); code(err) != codeInCall {
		t.Fatalf("dialled in a call: %v", err)
	}
	if err := w.e.HangUp("a"); err != nil {
		t.Fatal(err)
	}
	w.stop()
}

func TestResultCallReportsItsOutcome(t *testing.T) {
	got := make(chan callcenter.Outcome, 1)
	w := newWorld(t, newJournal(), func(o *Options) {
		o.OnOutcome = func(_ context.Context, _ callcenter.CallID, ticket string, attempt int, outcome callcenter.Outcome, _ callcenter.EndReason) error {
			if ticket != "T" || attempt != 2 {
				return fmt.Errorf("ticket %s attempt %d", ticket, attempt)
			}
			got <- outcome
			return nil
		}
	})
	if _, err := w.e.PlaceResultCall("13800001000", callcenter.Script{Ticket: "T", Attempt: 2, Tell: []string{"x"}, Solved: []string{"y"}, Satisfied: []string{"z"}}); err != nil {
		t.Fatal(err)
	}
	leg := <-w.trunk.dials
	w.e.Event(leg, callcenter.LegAnswered{Leg: leg})
	w.e.PlayDone(string(leg), "1")
	w.e.Key(string(leg), "1")
	w.e.Key(string(leg), "5")
	w.e.PlayDone(string(leg), "4")
	if o := <-got; !o.Told || o.Solved == nil || !*o.Solved || o.Rating != 1 {
		t.Fatalf("outcome %+v", o)
	}
	w.stop()
}

func TestLimitOfCalls(t *testing.T) {
	w := newWorld(t, newJournal(), func(o *Options) { o.MaxCalls = 1 })
	w.dial("1")
	err := w.e.Arrived(Inbound{Leg: newLeg(), Offer: []byte("sdp")})
	var status StatusError
	if !errors.As(err, &status) || status.Code != 503 {
		t.Fatalf("the second call: %v", err)
	}
	w.stop()
}

// TestCrash: what a killed node left open is written down by its next life.
func TestCrash(t *testing.T) {
	journal := newJournal()
	w := newWorld(t, journal, nil)
	p := w.ready("a")
	w.dial("13800001000")
	if err := w.e.Accept("a", p.until(t, "offer", isOffer).Offer.ID); err != nil {
		t.Fatal(err)
	}
	p.until(t, "talk", isTalking)
	w.eventually("the journal", func() bool {
		journal.mu.Lock()
		defer journal.mu.Unlock()
		for _, rows := range journal.rows {
			return len(rows) >= 3
		}
		return false
	})
	w.e.cancel() // the old life writes nothing more
	cut := 0
	second := newWorld(t, journal, func(o *Options) {
		o.CutRecordings = func() ([]RecordingRow, error) { cut++; return []RecordingRow{{Call: "x", Segment: 1}}, nil }
	})
	second.stop()
	if len(journal.records) != 1 || len(journal.callbacks) != 1 || cut != 1 || journal.recordings != 1 {
		t.Fatalf("records %v, callbacks %v, cut %d, recordings %d", journal.records, journal.callbacks, cut, journal.recordings)
	}
	for _, r := range journal.records {
		if r.Reason != callcenter.EndNodeLost || len(r.Agents) != 1 {
			t.Fatalf("record %+v", r)
		}
	}
	if len(second.trunk.aborted) != 1 {
		t.Fatalf("%d far ends were told", len(second.trunk.aborted))
	}
	third := newWorld(t, journal, nil) // nothing is left to do
	third.stop()
	if len(journal.records) != 1 || len(journal.callbacks) != 1 {
		t.Fatal("a third life wrote it again")
	}
}

// TestSlowPostgres: calls go on, and everything is written in the end.
func TestSlowPostgres(t *testing.T) {
	w := newWorld(t, newJournal(), nil)
	w.journal.mu.Lock()
	w.journal.fail = true
	w.journal.mu.Unlock()
	p := w.ready("a")
	leg := w.dial("13800001000")
	if err := w.e.Accept("a", p.until(t, "offer", isOffer).Offer.ID); err != nil {
		t.Fatal(err)
	}
	p.until(t, "talk", isTalking)
	w.e.Event(leg, callcenter.LegEnded{Leg: leg, Reason: callcenter.EndCallerHangUp})
	p.until(t, "wrap-up", func(v DeskView) bool { return v.State == StateWrapUp })
	w.journal.mu.Lock()
	w.journal.fail = false
	w.journal.mu.Unlock()
	w.stop()
	if len(w.journal.records) != 1 {
		t.Fatal("the record was lost")
	}
}

func TestADeskIsNotLeftInACallThatIsNoMore(t *testing.T) {
	w := newWorld(t, newJournal(), func(o *Options) { o.Reconcile = time.Hour })
	p := w.ready("a")
	if err := w.e.desks.change("a", func(s *desk) error {
		s.call, s.view.State = "gone", StateTalking
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	p.until(t, "talk", func(v DeskView) bool { return v.State == StateTalking })
	w.e.reconcile()
	p.until(t, "idle", isIdle)
	w.stop()
}

// TestLoad: fifty callers and ten agents at once, some impatient, some pages
// reloading; everybody is served or called back, nobody is left.
func TestLoad(t *testing.T) {
	w := newWorld(t, newJournal(), func(o *Options) { o.WrapUp = time.Millisecond })
	const callers, agents = 50, 10
	ctx, cancel := context.WithCancel(t.Context())
	var people sync.WaitGroup
	for n := range agents {
		agent := callcenter.AgentID(fmt.Sprint("a", n))
		p := w.ready(agent)
		people.Go(func() { answerAll(ctx, t, w, p, n) })
	}
	for n := range callers {
		leg := w.dial(fmt.Sprint("1380000", n))
		if n%7 == 0 {
			w.e.Event(leg, callcenter.LegEnded{Leg: leg, Reason: callcenter.EndCallerHangUp})
		}
	}
	w.eventually("every call has ended", func() bool { return len(w.e.actors()) == 0 })
	cancel()
	people.Wait()
	w.stop()
	if len(w.journal.records) != callers {
		t.Fatalf("%d records of %d calls", len(w.journal.records), callers)
	}
	answered := 0
	for call, r := range w.journal.records {
		if r.AnsweredAt != nil {
			answered++
		} else if r.Reason != callcenter.EndAbandoned {
			t.Errorf("%s ended with %s", call, r.Reason)
		}
	}
	if answered+len(w.journal.callbacks) != callers || answered < callers-callers/7-1 {
		t.Fatalf("%d answered, %d to call back, of %d", answered, len(w.journal.callbacks), callers)
	}
	w.eventually("nothing is left in the queue", func() bool {
		w.acd.mu.Lock()
		defer w.acd.mu.Unlock()
		return len(w.acd.reserved) == 0 && len(w.acd.waiting) == 0
	})
}

// answerAll is an agent who takes every offer; some hold, some lose their sound.
func answerAll(ctx context.Context, t *testing.T, w *world, p *page, n int) {
	for {
		select {
		case <-ctx.Done():
			return
		case v := <-p.views:
			switch {
			case v.Offer != nil && v.State == StateRinging:
				if err := w.e.Accept(p.agent, v.Offer.ID); err != nil && code(err) != callcenter.CodeOfferGone && code(err) != codeNotInCall {
					t.Errorf("%s: accept: %v", p.agent, err)
				}
			case isTalking(v):
				if n%3 == 0 {
					w.e.TransportState(string(p.agent), false)
					w.e.TransportState(string(p.agent), true)
				}
				if n%3 == 1 && w.e.Hold(p.agent) == nil {
					if err := w.e.Resume(p.agent); err != nil && code(err) != codeNotInCall {
						t.Errorf("%s: resume: %v", p.agent, err)
					}
				}
				if err := w.e.HangUp(p.agent); err != nil && code(err) != codeNotInCall {
					t.Errorf("%s: hang up: %v", p.agent, err)
				}
			}
		}
	}
}
