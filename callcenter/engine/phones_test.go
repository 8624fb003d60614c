package engine

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"hotline12345/callcenter"
)

// fakePhones are desk phones that ring.
type fakePhones struct {
	mu    sync.Mutex
	gone  bool
	rings chan ring
}

type ring struct {
	leg   callcenter.LegID
	agent callcenter.AgentID
	from  Shown
	offer string
}

func (f *fakePhones) Ring(_ context.Context, leg callcenter.LegID, agent callcenter.AgentID, from Shown, offer []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.gone {
		return errors.New("gone")
	}
	f.rings <- ring{leg, agent, from, string(offer)}
	return nil
}

func phoneWorld(t *testing.T, change func(*Options)) (*world, *fakePhones) {
	t.Helper()
	f := &fakePhones{rings: make(chan ring, 100)}
	return newWorld(t, newJournal(), func(o *Options) {
		o.Phones = f
		o.ShowCaller = func(number string) Shown { return Shown{Number: number} }
		if change != nil {
			change(o)
		}
	}), f
}

// byPhone signs an agent in whose sound is his desk phone's.
func (w *world) byPhone(agent callcenter.AgentID) *page {
	w.t.Helper()
	w.e.PhoneChanged(agent, Phone{Up: true})
	p := newPage(agent)
	if _, err := w.e.StartShift(AgentProfile{ID: agent, Name: "name of " + string(agent), Queues: []string{"main"}}, p); err != nil {
		w.t.Fatal(err)
	}
	must(w.t, w.e.UsePhone(agent, true))
	must(w.t, w.e.SetStatus(agent, StatusAvailable, ""))
	return p
}

// rings waits for a phone to ring.
func (f *fakePhones) ringing(t *testing.T) ring {
	t.Helper()
	select {
	case r := <-f.rings:
		return r
	case <-time.After(time.Minute):
		t.Fatal("no phone rings")
		panic("unreachable")
	}
}

func (w *world) lift(leg callcenter.LegID) {
	w.e.Event(leg, callcenter.LegRinging{Leg: leg})
	w.e.Event(leg, callcenter.LegAnswered{Leg: leg, Dialog: callcenter.Dialog{SIPCallID: "s", RemoteTag: "r", RemoteSDP: "sdp"}})
}

func (w *world) hungUp(what string, leg callcenter.LegID) {
	w.t.Helper()
	w.eventually(what, func() bool {
		w.trunk.mu.Lock()
		defer w.trunk.mu.Unlock()
		return w.trunk.hungUp[leg]
	})
}

// TestByDeskPhone: the phone rings, lifting it is the answer, its hold and its end are the
// agent's wishes; the page shows all of it and may do the same.
func TestByDeskPhone(t *testing.T) {
	w, f := phoneWorld(t, nil)
	p := w.byPhone("a")
	caller := w.dial("13800001000")
	r := f.ringing(t)
	v := p.until(t, "offer", isOffer)
	if r.agent != "a" || r.from.Number != "13800001000" || r.offer != "offer" || !v.ByPhone {
		t.Fatalf("rings %+v, desk %+v", r, v)
	}
	if err := w.e.Accept("a", v.Offer.ID); code(err) != codeByPhone {
		t.Errorf("answered on the page: %v", err)
	}
	if err := w.e.UsePhone("a", false); code(err) != codeInCall {
		t.Errorf("changed the sound while it rings: %v", err)
	}
	w.lift(r.leg)
	v = p.until(t, "talk", isTalking)
	if !v.Call.Recording {
		t.Errorf("not recorded: %+v", v.Call)
	}
	w.hears("the caller", r.leg, caller)
	if w.media.attached[string(r.leg)] != "" {
		t.Error("the phone's leg rides on a page's transport")
	}
	w.e.Event(r.leg, callcenter.LegHold{Leg: r.leg, OnHold: true})
	p.until(t, "hold", func(v DeskView) bool { return v.State == StateHeld })
	w.e.Event(r.leg, callcenter.LegHold{Leg: r.leg, OnHold: true}) // a refresh
	w.e.Event(r.leg, callcenter.LegHold{Leg: r.leg})
	p.until(t, "talk again", isTalking)
	must(t, w.e.Hold("a"))
	p.until(t, "hold by the page", func(v DeskView) bool { return v.State == StateHeld })
	w.e.Event(r.leg, callcenter.LegHold{Leg: r.leg}) // a refresh takes nobody back
	must(t, w.e.Resume("a"))
	w.e.Detach("a", p) // the page reloads, the phone goes on
	p = newPage("a")
	if v, err := w.e.StartShift(AgentProfile{ID: "a", Queues: []string{"main"}}, p); err != nil || !v.ByPhone || !v.MediaUp || v.Call == nil || v.Call.State != callcenter.StateTalking {
		t.Errorf("after a reload %+v, %v", v, err)
	}
	if _, err := w.e.Negotiate("a", "offer"); code(err) != codeByPhone {
		t.Errorf("negotiated: %v", err)
	}
	must(t, w.e.UsePhone("a", true)) // as it is
	w.e.Event(r.leg, callcenter.LegEnded{Leg: r.leg})
	p.until(t, "wrap-up", wrapsUp)
	w.hungUp("the caller", caller)
	if w.trunk.hungUp[r.leg] {
		t.Error("a phone that was put down is hung up")
	}
	must(t, w.e.EndWrapUp("a"))
	w.dial("13800001001")
	r = f.ringing(t)
	w.lift(r.leg)
	p.until(t, "talk", isTalking)
	must(t, w.e.HangUp("a"))
	w.hungUp("the phone", r.leg)
	p.until(t, "wrap-up", wrapsUp)
	w.stop()
	if !w.media.closed[string(r.leg)] {
		t.Error("the phone's sound was left open")
	}
}

// TestDeskPhoneSaysNo in all its ways; and the caller's end, or the page's decline, stops
// its ringing.
func TestDeskPhoneSaysNo(t *testing.T) {
	w, f := phoneWorld(t, nil)
	p := w.byPhone("a")
	for reason, want := range map[callcenter.EndReason]string{
		callcenter.EndBusy: "phoneBusy", callcenter.EndRejected: "declined", callcenter.EndNoAnswer: "noAnswer", callcenter.EndUnreachable: "phoneLost",
	} {
		caller := w.dial("13800001000")
		r := f.ringing(t)
		w.e.Event(r.leg, callcenter.LegFailed{Leg: r.leg, Reason: reason})
		p.until(t, want, func(v DeskView) bool {
			return v.Status == StatusBreak && v.BreakReason == want && v.State == StateIdle
		})
		w.e.Event(caller, callcenter.LegEnded{Leg: caller, Reason: callcenter.EndCallerHangUp})
		w.eventually("the end", func() bool { return len(w.e.actors()) == 0 })
		must(t, w.e.SetStatus("a", StatusAvailable, ""))
	}
	for name, stop := range map[string]func(callcenter.LegID, string) error{
		"the caller leaves": func(caller callcenter.LegID, _ string) error {
			w.e.Event(caller, callcenter.LegEnded{Leg: caller})
			return nil
		},
		"declined on the page": func(_ callcenter.LegID, offer string) error { return w.e.Decline("a", offer) },
	} {
		must(t, w.e.SetStatus("a", StatusAvailable, ""))
		caller := w.dial("13800001000")
		r := f.ringing(t)
		must(t, stop(caller, p.until(t, "offer", isOffer).Offer.ID))
		w.hungUp(name, r.leg)
		p.until(t, "idle", isIdle)
		w.lift(r.leg) // it crossed: the lines end it
		w.e.Event(caller, callcenter.LegEnded{Leg: caller})
		w.eventually("the end", func() bool { return len(w.e.actors()) == 0 })
	}
	must(t, w.e.SetStatus("a", StatusAvailable, ""))
	f.mu.Lock()
	f.gone = true
	f.mu.Unlock()
	w.dial("13800001000")
	p.until(t, "phoneLost", func(v DeskView) bool { return v.BreakReason == "phoneLost" })
	w.stop()
}

// TestDeskPhoneLost: its registration's end makes not ready; without sound from it the
// caller goes to the next agent.
func TestDeskPhoneLost(t *testing.T) {
	w, f := phoneWorld(t, func(o *Options) { o.Limits.AgentLostSeconds = 1 })
	p := w.byPhone("a")
	w.e.PhoneChanged("a", Phone{})
	p.until(t, "not ready", func(v DeskView) bool { return v.BreakReason == "phoneLost" && !v.PhoneUp && !v.MediaUp })
	if err := w.e.SetStatus("a", StatusAvailable, ""); code(err) != codeNoSound {
		t.Errorf("ready without a phone: %v", err)
	}
	w.e.PhoneChanged("a", Phone{Up: true, Sealed: true})
	must(t, w.e.SetStatus("a", StatusAvailable, ""))
	w.dial("13800001000")
	r := f.ringing(t)
	if r.offer != "sealed" {
		t.Errorf("offered %s", r.offer)
	}
	w.lift(r.leg)
	p.until(t, "talk", isTalking)
	other := w.ready("b")
	w.e.PhoneChanged("a", Phone{}) // the call goes on
	w.e.Event(r.leg, callcenter.MediaLost{Leg: r.leg})
	if err := w.e.Accept("b", other.until(t, "offer", isOffer).Offer.ID); err != nil {
		t.Fatal(err)
	}
	other.until(t, "talk", isTalking)
	w.hungUp("the phone that says nothing", r.leg)
	w.stop()
}

// TestDeskPhoneConsults: putting it down in a consultation hands the caller over; before
// anybody is there it gives that up.
func TestDeskPhoneConsults(t *testing.T) {
	w, f := phoneWorld(t, nil)
	a, b := w.byPhone("a"), w.byPhone("b")
	must(t, w.e.SetStatus("b", StatusBreak, "meal"))
	caller := w.dial("13800001000")
	first := f.ringing(t)
	w.lift(first.leg)
	a.until(t, "talk", isTalking)
	must(t, w.e.SetStatus("b", StatusAvailable, ""))
	must(t, w.e.Consult("a", toAgent("b")))
	second := f.ringing(t)
	if second.agent != "b" {
		t.Fatalf("rings %+v", second)
	}
	w.lift(second.leg)
	a.until(t, "consultation", func(v DeskView) bool {
		return v.Call != nil && v.Call.Consult != nil && v.Call.Consult.Phase == callcenter.PhaseJoined
	})
	w.e.Event(first.leg, callcenter.LegEnded{Leg: first.leg})
	a.until(t, "wrap-up", wrapsUp)
	w.hears("the second", caller, second.leg)
	must(t, w.e.EndWrapUp("a"))
	must(t, w.e.SetStatus("a", StatusBreak, "meal"))
	must(t, w.e.Consult("b", callcenter.Target{Kind: callcenter.TransferOutside, ID: "02887654321"}))
	outside := <-w.trunk.dials
	w.e.Event(second.leg, callcenter.LegEnded{Leg: second.leg})
	w.hungUp("whom nobody asks any more", outside)
	w.hungUp("the caller", caller)
	b.until(t, "wrap-up", wrapsUp)
	w.stop()
}

// TestDeskPhoneDialsOut: the agent's phone rings first, then whom he calls.
func TestDeskPhoneDialsOut(t *testing.T) {
	w, f := phoneWorld(t, nil)
	p := w.byPhone("a")
	if _, err := w.e.DialOut("a", Dial{To: "13800001000"}); err != nil {
		t.Fatal(err)
	}
	r := f.ringing(t)
	select {
	case leg := <-w.trunk.dials:
		t.Fatalf("%s is called before the agent is there", leg)
	default:
	}
	w.lift(r.leg)
	person := <-w.trunk.dials
	w.e.Event(person, callcenter.LegAnswered{Leg: person, Dialog: callcenter.Dialog{RemoteSDP: "sdp"}})
	p.until(t, "talk", isTalking)
	w.e.Event(person, callcenter.LegEnded{Leg: person})
	p.until(t, "wrap-up", wrapsUp)
	w.hungUp("the phone", r.leg)
	must(t, w.e.EndWrapUp("a"))
	if _, err := w.e.DialOut("a", Dial{To: "13800001000"}); err != nil {
		t.Fatal(err)
	}
	r = f.ringing(t)
	w.e.Event(r.leg, callcenter.LegFailed{Leg: r.leg, Reason: callcenter.EndNoAnswer})
	w.eventually("the end of a call that its agent did not take", func() bool { return len(w.e.actors()) == 0 })
	w.stop()
	select {
	case leg := <-w.trunk.dials:
		t.Errorf("%s was called though the agent did not answer", leg)
	default:
	}
}

// TestSeat: a phone alone is ready while it is registered, has its own wrap-up, and comes
// back by itself after an offer that it did not answer.
func TestSeat(t *testing.T) {
	w, f := phoneWorld(t, func(o *Options) { o.SeatRest = 10 * time.Millisecond })
	profile := AgentProfile{ID: "a", Queues: []string{"main"}}
	w.e.StartSeat(profile) // not registered
	if n := len(w.e.Live().Agents); n != 0 {
		t.Errorf("%d on duty", n)
	}
	w.e.PhoneChanged("a", Phone{Up: true, Seat: true})
	w.e.StartSeat(profile)
	for range 2 { // without a wrap-up it is free at once
		caller := w.dial("13800001000")
		r := f.ringing(t)
		w.lift(r.leg)
		w.hears("the caller", r.leg, caller)
		w.e.Event(caller, callcenter.LegEnded{Leg: caller})
		w.hungUp("the phone", r.leg)
	}
	caller := w.dial("13800001000")
	r := f.ringing(t)
	w.e.Event(r.leg, callcenter.LegFailed{Leg: r.leg, Reason: callcenter.EndNoAnswer})
	r = f.ringing(t) // once more, after its rest
	w.lift(r.leg)
	w.hears("the caller", r.leg, caller)
	w.e.PhoneChanged("a", Phone{})
	w.e.Event(r.leg, callcenter.LegEnded{Leg: r.leg})
	w.hungUp("the caller", caller)
	w.eventually("nobody ready", func() bool {
		v := w.e.Live().Agents
		return len(v) == 1 && v[0].State == StateIdle && !v[0].MediaUp
	})
	w.e.PhoneChanged("a", Phone{Up: true, Seat: true})
	w.e.StartSeat(profile)
	page := newPage("a") // her page joins the seat
	if v, err := w.e.StartShift(profile, page); err != nil || !v.ByPhone || v.Status != StatusAvailable {
		t.Errorf("%+v %v", v, err)
	}
	w.e.Detach("a", page)
	if v := w.e.Live().Agents[0]; !v.Online {
		t.Errorf("gone with its page: %+v", v)
	}
	w.e.PhoneChanged("a", Phone{})
	w.e.PhoneChanged("a", Phone{Up: true}) // no seat any more
	if v := w.e.Live().Agents[0]; v.Online {
		t.Errorf("still a seat: %+v", v)
	}
	w.stop()
}

// TestPhonesOfALostNode: their dialogs are ended as the callers' are.
func TestPhonesOfALostNode(t *testing.T) {
	w, f := phoneWorld(t, nil)
	p := w.byPhone("a")
	w.dial("13800001000")
	w.lift(f.ringing(t).leg)
	p.until(t, "talk", isTalking)
	w.eventually("written", func() bool {
		w.journal.mu.Lock()
		defer w.journal.mu.Unlock()
		for _, rows := range w.journal.rows {
			for _, r := range rows {
				if _, ok := r.Event.(callcenter.AgentAccepted); ok {
					return true
				}
			}
		}
		return false
	})
	again := newWorld(t, w.journal, nil)
	if n := len(again.trunk.aborted); n != 2 {
		t.Errorf("%d dialogs are ended, want the caller's and the phone's", n)
	}
	again.stop()
}
