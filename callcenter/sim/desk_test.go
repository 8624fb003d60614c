package sim

import (
	"time"

	"hotline12345/callcenter"
	"hotline12345/routing"
)

const wrapUpTime = 20 * time.Second

// desk is an agent's shift as engine/desks.go keeps it.
type desk struct {
	w          *world
	agent      callcenter.AgentID
	can        routing.Agent // queues, skills, languages
	supervisor bool

	available   bool
	state       string // idle, reserved, ringing, talking, held, wrapUp, monitoring
	online, up  bool   // the page, its sound
	since       time.Time
	call        callcenter.CallID
	leg         callcenter.LegID
	offer       string
	part        bool // a call is on the screen
	wrapUp      *appointment
	unreachable bool // the page never comes back
}

// changed is engine's show: the shared queue is told, and Since follows the state.
func (d *desk) change(f func()) {
	state, available := d.state, d.available
	f()
	if d.state != state || d.available != available {
		d.since = d.w.now
		d.w.tracef("", "%s is %s, available %v", d.agent, d.state, d.available)
	}
	d.post()
}

func (d *desk) post() {
	a := d.can
	a.ID = string(d.agent)
	a.Ready = d.online && d.up && d.available && d.state == "idle"
	a.Away = !d.online || !d.available
	a.IdleSince = d.since
	d.w.queue.setAgent(a)
}

func (d *desk) idle() {
	d.state, d.offer, d.part, d.call, d.leg = "idle", "", false, "", ""
	if d.wrapUp != nil {
		d.wrapUp.cancelled = true
		d.wrapUp = nil
	}
}

func (d *desk) inCall() bool {
	return d.state == "talking" || d.state == "held" || d.state == "monitoring"
}

// ring says why the desk cannot be rung; "" when it rings.
func (d *desk) ring(f callcenter.OfferAgent, call callcenter.CallID) string {
	switch {
	case d.state != "idle" || !d.available:
		return "busy"
	case !d.online || !d.up:
		return "offline"
	}
	d.change(func() { d.call, d.state, d.part, d.offer = call, "ringing", false, f.Offer })
	return ""
}

func (d *desk) withdraw(call callcenter.CallID, offer string) {
	if d.call == call && d.offer == offer && offer != "" {
		d.change(func() { d.offer, d.state = "", "reserved" })
	}
}

func (d *desk) join(leg callcenter.LegID, c callcenter.Call) {
	d.change(func() {
		d.call, d.leg, d.offer, d.part = c.ID, leg, "", true
		d.show(c)
	})
}

// show is the state of the agent's part in the call.
func (d *desk) show(c callcenter.Call) {
	d.state = "talking"
	switch {
	case c.Watch.Agent == d.agent:
		d.state = "monitoring"
	case c.State == callcenter.StateHeld:
		d.state = "held"
	}
}

// callChanged shows the call to who is in it.
func (d *desk) callChanged(c callcenter.Call) {
	in := (d.agent == c.Agent && c.AgentLeg != "" && c.State != callcenter.StateOffered) ||
		(d.agent == c.Second.Agent && c.Second.Phase == callcenter.PhaseJoined) || d.agent == c.Watch.Agent
	if in && d.call == c.ID && d.part && d.state != "wrapUp" {
		d.change(func() { d.show(c) })
	}
}

func (d *desk) release(f callcenter.ReleaseAgent, call callcenter.CallID) time.Time {
	d.change(func() {
		if f.NotReady != "" && d.available && (d.call == call || d.call == "") {
			d.available = false
		}
		switch {
		case d.call != call:
		case d.state == "reserved" && d.leg != "": // booked by himself
		case !f.WrapUp || !d.part:
			d.idle()
		default:
			d.state, d.offer = "wrapUp", ""
			d.wrapUp = d.w.in(wrapUpTime, func() { d.change(d.idle) })
		}
	})
	return d.since
}

// tell passes to the desk's call that its agent is lost or back.
func (d *desk) tell(up bool) {
	c := d.w.calls[d.call]
	switch {
	case c == nil || c.ended || d.state == "wrapUp":
	case up:
		d.w.post(c, callcenter.AgentBack{Agent: d.agent})
	case d.offer != "":
		d.w.post(c, callcenter.AgentRefused{Agent: d.agent, Offer: d.offer, Reason: "offline"})
	default:
		d.w.post(c, callcenter.AgentLost{Agent: d.agent})
	}
}

// losePage: the socket is gone, and its sound a while later or never.
func (d *desk) losePage() {
	d.change(func() { d.online, d.up = false, false; d.tell(false) })
	if d.w.chance(15) {
		d.unreachable = true
		return
	}
	d.w.in(d.w.about(12*time.Second), d.openPage)
}

// openPage attaches a page; its sound comes up soon.
func (d *desk) openPage() {
	d.change(func() {
		d.online, d.up = true, false
		if d.inCall() {
			d.tell(false)
		}
	})
	d.w.in(d.w.about(800*time.Millisecond), func() {
		if d.online && !d.up {
			d.change(func() { d.up = true; d.tell(true) })
		}
	})
}

// book takes an idle desk for a call that the agent makes or enters himself.
func (d *desk) book(call callcenter.CallID, leg callcenter.LegID) {
	d.change(func() { d.call, d.leg, d.state = call, leg, "reserved" })
}
