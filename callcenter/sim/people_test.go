package sim

import (
	"slices"
	"time"

	"hotline12345/callcenter"
)

// present begins what the caller does: from the first sound on, answered or not.
func (w *world) present(c *call, leg callcenter.LegID) {
	if !c.there {
		c.there = true
		w.farEnd(c, leg)
	}
}

// farEnd is the person at a leg outside: she hangs up, presses keys, puts us on hold,
// goes out of reach.
func (w *world) farEnd(c *call, leg callcenter.LegID) {
	soon := 15 * time.Second
	if c.c.Kind == callcenter.KindResult { // who is asked answers soon
		soon = 3 * time.Second
	}
	w.in(w.about(soon), func() {
		if c.ended || !c.legs[leg] {
			return
		}
		switch n := w.r.IntN(100); {
		case n < 12:
			w.hangUp(c, leg)
			return
		case n < 40 && leg == c.c.Caller:
			w.post(c, callcenter.KeyPressed{Leg: leg, Key: string("0123456789*#"[w.r.IntN(12)])})
		case c.c.State == callcenter.StateSolved || c.c.State == callcenter.StateSatisfied || c.c.State == callcenter.StateSurvey:
			w.post(c, callcenter.KeyPressed{Leg: leg, Key: "2"})
		case n < 46:
			w.post(c, callcenter.LegHold{Leg: leg, OnHold: w.chance(50)})
		case n < 47:
			w.post(c, callcenter.MediaLost{Leg: leg})
		}
		w.farEnd(c, leg)
	})
}

func (w *world) hangUp(c *call, leg callcenter.LegID) {
	reason := callcenter.EndThirdHangUp
	if leg == c.c.Caller {
		reason = callcenter.EndCallerHangUp
	}
	w.post(c, callcenter.LegEnded{Leg: leg, Reason: reason})
}

// dial rings somebody outside.
func (w *world) dial(c *call, leg callcenter.LegID) {
	c.legs[leg] = true
	if w.chance(5) {
		c.next = append(c.next, callcenter.LegFailed{Leg: leg, Reason: callcenter.EndUnreachable})
		return
	}
	w.in(w.about(time.Second), func() { // the network says something, or its own ringing is heard
		if !c.ended && c.legs[leg] && w.chance(40) {
			w.post(c, callcenter.LegRinging{Leg: leg, SDP: []string{"", "v=0"}[w.r.IntN(2)]})
		}
	})
	w.in(w.about(6*time.Second), func() {
		switch {
		case c.ended || !c.legs[leg]:
		case w.chance(65):
			w.post(c, callcenter.LegAnswered{Leg: leg})
			w.farEnd(c, leg)
		case w.chance(50):
			w.post(c, callcenter.LegFailed{Leg: leg, Code: 486, Reason: callcenter.EndBusy})
		default:
			w.post(c, callcenter.LegRinging{Leg: leg}) // and nobody answers
		}
	})
}

// think lets an agent look at the desk now and then, and do something.
func (w *world) think(d *desk) {
	w.in(w.about(4*time.Second), func() {
		switch {
		case !d.online:
		case d.state == "idle":
			w.idle(d)
		case d.state == "ringing":
			w.rung(d)
		case d.state == "wrapUp":
			if w.chance(30) {
				d.change(d.idle)
			}
		case d.inCall():
			w.inCall(d)
			for d.inCall() && w.chance(20) { // impatient: again before the page shows what came of it
				w.inCall(d)
			}
		}
		if w.alive() {
			w.think(d)
		}
	})
}

// alive says whether anything is left to happen.
func (w *world) alive() bool {
	return w.now.Before(w.closes) || slices.ContainsFunc(w.order, func(c *call) bool { return !c.ended })
}

func (w *world) idle(d *desk) {
	open := w.now.Before(w.closes)
	switch n := w.r.IntN(100); {
	case !d.available:
		if n < 60 && d.up {
			d.change(func() { d.available = true })
		}
	case n < 5:
		d.change(func() { d.available = false })
	case n < 8:
		d.losePage()
	case n < 12 && d.up && open:
		id, leg := callcenter.CallID(w.id("call")), callcenter.LegID(w.id("leg"))
		d.book(id, leg) // before there is a call
		w.newCall(id, callcenter.DialRequested{AgentLeg: leg, Agent: d.agent, To: "13", Queue: "main", Callback: w.id("task"), Limits: limits})
	case d.supervisor && n < 60 && d.up:
		w.supervise(d)
	}
}

func (w *world) rung(d *desk) {
	c := w.calls[d.call]
	switch n := w.r.IntN(100); {
	case n < 65:
		w.ask(c, callcenter.AgentAccepted{Agent: d.agent, Offer: d.offer}, func(error) {})
	case n < 72:
		w.ask(c, callcenter.AgentRefused{Agent: d.agent, Offer: d.offer, Reason: "declined"}, func(error) {})
	case n < 77:
		d.losePage()
	}
}

// inCall is what an agent does with the call he has, by its state mostly what fits.
func (w *world) inCall(d *desk) {
	c := w.calls[d.call]
	if w.chance(4) {
		d.losePage()
		return
	}
	if d.state == "monitoring" {
		w.watching(d, c)
		return
	}
	leg := callcenter.LegID(w.id("leg"))
	hangUp := callcenter.HangUpRequested{Agent: d.agent}
	consult := callcenter.ConsultRequested{Agent: d.agent, Target: w.target(), Leg: leg}
	transfer := callcenter.TransferRequested{Agent: d.agent, Target: w.target(), Leg: leg}
	swap, conference := callcenter.SwapRequested{Agent: d.agent}, callcenter.ConferenceRequested{Agent: d.agent}
	complete, cancel := callcenter.CompleteRequested{Agent: d.agent}, callcenter.CancelRequested{Agent: d.agent}
	hold, resume := callcenter.HoldRequested{Agent: d.agent}, callcenter.ResumeRequested{Agent: d.agent}
	keys := callcenter.KeysRequested{Agent: d.agent, Keys: "1"}
	all := []callcenter.Event{hangUp, consult, transfer, swap, conference, complete, cancel, hold, resume, keys}
	fits := all
	switch c.c.State {
	case callcenter.StateTalking:
		fits = []callcenter.Event{hangUp, hangUp, hold, consult, consult, transfer, keys}
	case callcenter.StateHeld:
		fits = []callcenter.Event{resume, resume, consult, transfer}
	case callcenter.StateConsulting:
		fits = []callcenter.Event{swap, conference, conference, complete, cancel, hangUp}
	case callcenter.StateSwapped:
		fits = []callcenter.Event{swap, conference, complete, cancel}
	case callcenter.StateConference:
		fits = []callcenter.Event{complete, cancel, hangUp, hangUp}
	default: // anything
	}
	if w.chance(10) {
		fits = all
	}
	w.ask(c, fits[w.r.IntN(len(fits))], func(error) {})
}

func (w *world) target() callcenter.Target {
	switch w.r.IntN(3) {
	case 0:
		return callcenter.Target{Kind: callcenter.TransferAgent, ID: string(w.staff[w.r.IntN(len(w.staff))].agent)}
	case 1:
		return callcenter.Target{Kind: callcenter.TransferQueue, ID: []string{"main", "business", "ug"}[w.r.IntN(3)]}
	}
	return callcenter.Target{Kind: callcenter.TransferOutside, ID: "110"}
}

// supervise enters some call as engine does: her desk is booked, and freed when the
// call refuses.
func (w *world) supervise(d *desk) {
	var open []*call
	for _, c := range w.order {
		if !c.ended {
			open = append(open, c)
		}
	}
	if len(open) == 0 {
		return
	}
	c := open[w.r.IntN(len(open))]
	leg := callcenter.LegID(w.id("leg"))
	var request callcenter.Event = callcenter.SuperviseRequested{Supervisor: d.agent, Leg: leg, Mode: w.mode()}
	switch n := w.r.IntN(100); {
	case n < 8:
		request = callcenter.TakeOverRequested{Supervisor: d.agent, Leg: leg}
	case n < 16: // from her list of calls, without entering
		w.ask(c, callcenter.ReleaseRequested{Supervisor: d.agent, Requeue: w.chance(70)}, func(error) {})
		return
	}
	d.book(c.id, leg)
	w.ask(c, request, func(err error) {
		if err != nil && d.call == c.id && d.state == "reserved" {
			d.change(d.idle)
		}
	})
}

func (w *world) mode() callcenter.Mode {
	return []callcenter.Mode{callcenter.ModeMonitor, callcenter.ModeWhisper, callcenter.ModeBarge}[w.r.IntN(3)]
}

func (w *world) watching(d *desk, c *call) {
	var request callcenter.Event
	switch n := w.r.IntN(100); {
	case n < 40:
		request = callcenter.SuperviseRequested{Supervisor: d.agent, Leg: d.leg, Mode: w.mode()}
	case n < 70:
		request = callcenter.HangUpRequested{Agent: d.agent}
	case n < 90:
		request = callcenter.TakeOverRequested{Supervisor: d.agent, Leg: d.leg}
	default:
		request = callcenter.ReleaseRequested{Supervisor: d.agent, Requeue: w.chance(50)}
	}
	w.ask(c, request, func(error) {})
}
