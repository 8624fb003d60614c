package engine

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"hotline12345/callcenter"
)

// hears waits until a leg hears exactly these.
func (w *world) hears(what string, leg callcenter.LegID, sources ...callcenter.LegID) {
	w.t.Helper()
	w.eventually(what, func() bool {
		w.media.mu.Lock()
		defer w.media.mu.Unlock()
		return slices.Equal(w.media.hears[string(leg)], texts(sources))
	})
}

// legOf is the leg of an agent's transport that was attached last.
func (w *world) legOf(agent string) callcenter.LegID {
	w.t.Helper()
	var found callcenter.LegID
	w.eventually(agent+" has a leg", func() bool {
		for _, a := range w.e.actors() {
			c := a.summary.Load()
			if c == nil {
				continue // its first event is not through
			}
			for _, l := range c.Legs {
				if l.EndedAt == nil && l.Agent == callcenter.AgentID(agent) {
					found = l.ID
				}
			}
		}
		return found != ""
	})
	return found
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func toAgent(id string) callcenter.Target {
	return callcenter.Target{Kind: callcenter.TransferAgent, ID: id}
}

func inState(state callcenter.State) func(DeskView) bool {
	return func(v DeskView) bool { return v.Call != nil && v.Call.State == state }
}

func wrapsUp(v DeskView) bool { return v.State == StateWrapUp }

// consulted brings a and b together while the caller waits.
func (w *world) consulted(a, b *page) {
	w.t.Helper()
	must(w.t, w.e.Consult(a.agent, toAgent(string(b.agent))))
	offered := b.until(w.t, "the consultation", isOffer)
	must(w.t, w.e.Accept(b.agent, offered.Offer.ID))
	a.until(w.t, "the second party", func(v DeskView) bool {
		return v.Call != nil && v.Call.Consult != nil && v.Call.Consult.Phase == callcenter.PhaseJoined
	})
}

func TestConsultToTheEnd(t *testing.T) {
	w := newWorld(t, newJournal(), nil)
	a := w.ready("a")
	leg := w.talk(a, "13800001000")
	b := w.ready("b")
	must(t, w.e.Consult("a", toAgent("b")))
	offered := b.until(t, "the consultation", isOffer)
	if offered.Offer.AskedBy != "name of a" || offered.Offer.Number != "13800001000" {
		t.Fatalf("offer %+v", offered.Offer)
	}
	must(t, w.e.Accept("b", offered.Offer.ID))
	seen := b.until(t, "her part", inState(callcenter.StateConsulting))
	if seen.Call.Role != RoleConsulted || seen.Call.Agent != "name of a" || seen.State != StateTalking {
		t.Fatalf("her desk: %+v", seen.Call)
	}
	second, first := w.legOf("b"), w.legOf("a")
	w.hears("each other", second, first)
	if err := w.e.HangUp("a"); code(err) != callcenter.CodeConsulting {
		t.Fatalf("hung up over her head: %v", err)
	}
	must(t, w.e.Swap("a"))
	w.hears("the caller hears the agent", leg, first)
	must(t, w.e.Conference("a"))
	w.hears("all", leg, first, second)
	w.hears("all", second, leg, first)
	must(t, w.e.Mute("b", true))
	must(t, w.e.Complete("a"))
	v := a.until(t, "wrap-up", wrapsUp)
	if v.Call.EndReason != "transferred" || v.Call.Consult != nil {
		t.Fatalf("his wrap-up: %+v", v.Call)
	}
	v = b.until(t, "her call", func(v DeskView) bool { return v.Call.Role == RoleAgent && v.Call.Consult == nil })
	if !v.Call.Muted || v.Call.State != callcenter.StateTalking {
		t.Fatalf("her call: %+v", v.Call)
	}
	w.hears("the two", leg, second)
	must(t, w.e.HangUp("b"))
	b.until(t, "wrap-up", wrapsUp)
	w.stop()
	if r := w.only(); !slices.Equal(r.Agents, []callcenter.AgentID{"a", "b"}) || r.Transfers != 1 || r.Segments != 5 {
		t.Fatalf("record %+v", r)
	}
	if len(w.acd.reserved) > 0 {
		t.Fatalf("left reserved: %v", w.acd.reserved)
	}
	if w.journal.kinds[2] != callcenter.SegmentConsult || w.journal.kinds[4] != callcenter.SegmentConference {
		t.Fatalf("kinds %v", w.journal.kinds)
	}
}

// TestConsultInVain: she declines, an outside number does not answer; the agent is
// told why, and the caller is still there.
func TestConsultInVain(t *testing.T) {
	w := newWorld(t, newJournal(), nil)
	a := w.ready("a")
	leg := w.talk(a, "13800001000")
	b := w.ready("b")
	must(t, w.e.Consult("a", toAgent("b")))
	must(t, w.e.Decline("b", b.until(t, "the consultation", isOffer).Offer.ID))
	a.until(t, "why", func(v DeskView) bool {
		return v.State == StateHeld && v.Call.ConsultEnded == string(callcenter.EndRejected)
	})
	b.until(t, "her break", func(v DeskView) bool { return v.State == StateIdle && v.BreakReason == "declined" })
	must(t, w.e.Consult("a", callcenter.Target{Kind: callcenter.TransferOutside, ID: "0991110"}))
	dialled := <-w.trunk.dials
	w.e.Event(dialled, callcenter.LegFailed{Leg: dialled, Code: 486, Reason: callcenter.EndBusy})
	a.until(t, "why", func(v DeskView) bool { return v.Call.ConsultEnded == string(callcenter.EndBusy) })
	must(t, w.e.Consult("a", callcenter.Target{Kind: callcenter.TransferOutside, ID: "0991110"}))
	dialled = <-w.trunk.dials
	w.e.Event(dialled, callcenter.LegAnswered{Leg: dialled, Dialog: callcenter.Dialog{RemoteSDP: "answer"}})
	w.hears("the expert", dialled, w.legOf("a"))
	must(t, w.e.CancelConsult("a"))
	w.hears("the caller again", leg, w.legOf("a"))
	w.stop()
	if !w.trunk.hungUp[dialled] || !w.media.closed[string(dialled)] {
		t.Fatal("the expert was left on the line")
	}
}

// TestASecondAgentOfAQueue: she is offered the consultation while her own queue is
// empty, and is free for it again afterwards.
func TestASecondAgentOfAQueue(t *testing.T) {
	w := newWorld(t, newJournal(), nil)
	a := w.ready("a")
	w.talk(a, "13800001000")
	must(t, w.e.Consult("a", callcenter.Target{Kind: callcenter.TransferQueue, ID: "main"}))
	b := w.ready("b")
	must(t, w.e.Accept("b", b.until(t, "the consultation", isOffer).Offer.ID))
	a.until(t, "her name", func(v DeskView) bool { return v.Call.Consult != nil && v.Call.Consult.Name == "name of b" })
	must(t, w.e.HangUp("b"))
	v := b.until(t, "wrap-up", wrapsUp)
	if v.Call.EndReason != "consulted" {
		t.Fatalf("her wrap-up: %+v", v.Call)
	}
	a.until(t, "hold", func(v DeskView) bool { return v.State == StateHeld })
	must(t, w.e.EndWrapUp("b"))
	must(t, w.e.Consult("a", toAgent("b")))
	b.until(t, "another consultation", isOffer)
	must(t, w.e.CancelConsult("a"))
	b.until(t, "withdrawn", isIdle)
	w.stop()
}

// TestReloadsInAConference: his page, then hers, comes back on a fresh transport.
func TestReloadsInAConference(t *testing.T) {
	w := newWorld(t, newJournal(), nil)
	a := w.ready("a")
	leg := w.talk(a, "13800001000")
	b := w.ready("b")
	w.consulted(a, b)
	must(t, w.e.Conference("a"))
	first, second := w.legOf("a"), w.legOf("b")
	w.hears("all", leg, first, second)
	for _, p := range []*page{a, b} {
		w.e.Detach(p.agent, p)
		w.hears("the one who is left", leg, map[*page]callcenter.LegID{a: second, b: first}[p])
		if p == a {
			b.until(t, "she sees that he is away", func(v DeskView) bool { return v.Call != nil && v.Call.AgentAway })
		}
		fresh := newPage(p.agent)
		v, err := w.e.StartShift(AgentProfile{ID: p.agent, Queues: []string{"main"}}, fresh)
		if err != nil || v.Call == nil || v.Call.State != callcenter.StateConference {
			t.Fatalf("the new page: %+v, %v", v.Call, err)
		}
		w.e.TransportState(string(p.agent), true)
		w.hears("all again", leg, first, second)
	}
	w.e.Event(leg, callcenter.LegEnded{Leg: leg, Reason: callcenter.EndCallerHangUp})
	w.stop()
}

// watchLog collects what would be in the access log.
type watchLog struct {
	mu   sync.Mutex
	logs []callcenter.LogWatch
}

func (l *watchLog) add(_ context.Context, _ callcenter.CallID, w callcenter.LogWatch) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.logs = append(l.logs, w)
	return nil
}

func TestSupervision(t *testing.T) {
	log := &watchLog{}
	w := newWorld(t, newJournal(), func(o *Options) { o.OnWatch, o.HideMonitor = log.add, true })
	a := w.ready("a")
	leg := w.talk(a, "13800001000")
	call := w.e.Live().Talking[0].Call
	if err := w.e.Supervise("s", call, callcenter.ModeMonitor); code(err) != codeNoShift {
		t.Fatalf("listened without a shift: %v", err)
	}
	s := w.ready("s")
	must(t, w.e.Supervise("s", call, callcenter.ModeMonitor))
	v := s.until(t, "her desk", func(v DeskView) bool { return v.State == StateMonitoring && v.Call != nil })
	if v.Call.Role != RoleSupervisor || v.Call.Agent != "name of a" {
		t.Fatalf("her desk: %+v", v.Call)
	}
	boss, first := w.legOf("s"), w.legOf("a")
	w.hears("both", boss, leg, first)
	if v := w.desk("a"); v.Call.Supervisor != nil {
		t.Fatalf("he may not know: %+v", v.Call.Supervisor)
	}
	must(t, w.e.Hold("a"))
	w.hears("nobody", boss)
	must(t, w.e.Resume("a"))
	must(t, w.e.Supervise("s", call, callcenter.ModeWhisper))
	w.hears("the agent alone", first, leg, boss)
	w.hears("not the caller", leg, first)
	if v := w.desk("a"); v.Call.Supervisor == nil || v.Call.Supervisor.Mode != callcenter.ModeWhisper {
		t.Fatalf("he hears her: %+v", v.Call.Supervisor)
	}
	must(t, w.e.Supervise("s", call, callcenter.ModeBarge))
	w.hears("everybody", leg, first, boss)
	must(t, w.e.Leave("s", call))
	s.until(t, "idle", isIdle)
	must(t, w.e.TakeOver("s", call))
	v = a.until(t, "his wrap-up", wrapsUp)
	if v.Call.EndReason != "taken-over" {
		t.Fatalf("his wrap-up: %+v", v.Call)
	}
	s.until(t, "her call", func(v DeskView) bool { return v.State == StateTalking && v.Call.Role == RoleAgent })
	if err := w.e.Leave("s", call); code(err) != codeNotInCall {
		t.Fatalf("she left what is her own call now: %v", err)
	}
	must(t, w.e.EndWrapUp("a"))
	must(t, w.e.SetStatus("a", StatusBreak, "meal"))
	must(t, w.e.Release("b", call, true))
	w.eventually("the queue", func() bool { return len(w.e.Live().Waiting) == 1 })
	if err := w.e.Supervise("s", call, callcenter.ModeMonitor); code(err) != codeInCall {
		t.Fatalf("listened from her wrap-up: %v", err)
	}
	must(t, w.e.Release("s", call, false))
	w.stop()
	if r := w.only(); r.Reason != callcenter.EndForced || !slices.Equal(r.Agents, []callcenter.AgentID{"a", "s"}) {
		t.Fatalf("record %+v", r)
	}
	var modes []callcenter.Mode
	for _, l := range log.logs {
		modes = append(modes, l.Mode)
		if l.Agent != "s" || l.Over != "a" || l.Until.Before(l.Since) {
			t.Errorf("log %+v", l)
		}
	}
	if !slices.Equal(modes, []callcenter.Mode{callcenter.ModeMonitor, callcenter.ModeWhisper, callcenter.ModeBarge}) {
		t.Errorf("logged %v", modes)
	}
}

// desk is what an agent's page shows now.
func (w *world) desk(agent callcenter.AgentID) DeskView {
	for _, v := range w.e.Live().Agents {
		if v.Agent == agent {
			return v
		}
	}
	w.t.Fatalf("%s has no desk", agent)
	return DeskView{}
}

// TestASupervisorWhoCannotEnter is free again, and a lost page ends her listening.
func TestASupervisorWhoCannotEnter(t *testing.T) {
	w := newWorld(t, newJournal(), nil)
	s := w.ready("s")
	must(t, w.e.SetStatus("s", StatusBreak, "rest"))
	w.dial("13800001000")
	w.eventually("a caller waits", func() bool { return len(w.e.Live().Waiting) == 1 })
	waiting := w.e.Live().Waiting[0].Call
	if err := w.e.Supervise("s", waiting, callcenter.ModeMonitor); code(err) != callcenter.CodeNotTalking {
		t.Fatalf("listened to a queue: %v", err)
	}
	if err := w.e.TakeOver("s", "nothing"); code(err) != codeNotInCall {
		t.Fatalf("took over nothing: %v", err)
	}
	s.until(t, "idle", isIdle)
	a := w.ready("a")
	must(t, w.e.Accept("a", a.until(t, "offer", isOffer).Offer.ID))
	a.until(t, "talk", isTalking)
	must(t, w.e.Supervise("s", waiting, callcenter.ModeMonitor))
	if err := w.e.SignOff("s"); code(err) != codeInCall {
		t.Fatalf("signed off while she listens: %v", err)
	}
	w.e.Detach("s", s)
	w.eventually("she is out", func() bool { return w.desk("s").State == StateIdle })
	w.stop()
}

func TestSignOff(t *testing.T) {
	w := newWorld(t, newJournal(), nil)
	a := w.ready("a")
	must(t, w.e.SignOff("a"))
	select {
	case <-a.signedOff:
	case <-time.After(time.Minute):
		t.Fatal("his page was not told")
	}
	if err := w.e.SignOff("a"); code(err) != codeNoShift {
		t.Fatalf("signed off twice: %v", err)
	}
	w.stop()
}

// TestAnEntryIsNotReleased: a call that a supervisor enters at this moment gives back
// an offer that came too late for her. She stays booked for her entry.
func TestAnEntryIsNotReleased(t *testing.T) {
	w := newWorld(t, newJournal(), nil)
	a := w.ready("a")
	w.talk(a, "13800001000")
	boss := w.ready("boss")
	call := w.e.actors()[0].id
	must(t, w.e.desks.change("boss", func(s *desk) error { // as enter does before it asks
		s.call, s.leg, s.view.State = call, "entry", StateReserved
		return nil
	}))
	w.e.desks.release(callcenter.ReleaseAgent{Agent: "boss"}, callcenter.Call{ID: call})
	must(t, w.e.desks.look("boss", func(s *desk) error {
		if s.call != call || s.view.State != StateReserved {
			t.Errorf("her desk is %s for %q", s.view.State, s.call)
		}
		s.idle()
		return nil
	}))
	must(t, w.e.Supervise("boss", call, callcenter.ModeMonitor))
	boss.until(t, "the call", func(v DeskView) bool { return v.State == StateMonitoring })
}
