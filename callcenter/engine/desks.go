package engine

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"hotline12345/callcenter"
	"hotline12345/routing"
)

// Codes of refusals on a desk, beside those of package callcenter.
const (
	codeNotInCall                 = callcenter.CodeNotInCall
	codeNoShift   callcenter.Code = "no-shift"
	codeInCall    callcenter.Code = "in-call"
	codeBusy      callcenter.Code = "busy"
	codeNoOffer                   = callcenter.CodeOfferGone
	codeNoSound   callcenter.Code = "no-sound"
	codeBadStatus callcenter.Code = "bad-status"
	codeNotWrapUp callcenter.Code = "not-in-wrap-up"
	codeBadNumber callcenter.Code = "bad-number"
	codeBadSDP    callcenter.Code = "bad-sdp"
	codeOverload  callcenter.Code = "overload"
)

func deskError(code callcenter.Code) error { return &callcenter.Error{Code: code} }

// desk is one agent's shift. desks.mu guards it.
type desk struct {
	profile AgentProfile
	sink    DeskSink    // nil: no page
	seat    bool        // a phone alone: on duty without a page
	rest    *time.Timer // of a seat that did not answer
	away    time.Time
	view    DeskView
	call    callcenter.CallID // rung, talking, or in wrap-up with it
	leg     callcenter.LegID
	wrapUp  *time.Timer
	tally   tally
	time    AgentTime // what he does since when
}

// desks are all shifts of this node. Its methods never wait for a call.
type desks struct {
	e      *Engine
	mu     sync.Mutex
	m      map[callcenter.AgentID]*desk
	phones map[callcenter.AgentID]Phone // that are registered
}

func newDesks(e *Engine) *desks {
	return &desks{e: e, m: map[callcenter.AgentID]*desk{}, phones: map[callcenter.AgentID]Phone{}}
}

// change runs f on a desk under the lock and shows what came of it.
func (d *desks) change(agent callcenter.AgentID, f func(*desk) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.m[agent]
	if s == nil {
		return deskError(codeNoShift)
	}
	before := s.view
	if err := f(s); err != nil {
		return err
	}
	d.show(s, before)
	return nil
}

// show stamps a changed state, pushes the view and posts presence.
func (d *desks) show(s *desk, before DeskView) {
	v := &s.view
	v.Online = s.here()
	if v.State != before.State || v.Status != before.Status || v.BreakReason != before.BreakReason {
		v.Since = time.Now().UTC()
	}
	d.mark(s, false)
	if s.sink != nil {
		s.sink.Push(*v)
	}
	d.post(s)
	d.e.hub.notify()
}

// post tells the shared queue what this agent can do now.
func (d *desks) post(s *desk) {
	v := s.view
	d.e.o.ACD.SetAgent(routing.Agent{
		ID: string(v.Agent), Node: d.e.o.Node, Queues: s.profile.Queues, Skills: s.profile.Skills, Languages: s.profile.Languages,
		Ready:     v.Online && v.MediaUp && v.Status == StatusAvailable && v.State == StateIdle,
		Away:      !v.Online || v.Status != StatusAvailable,
		IdleSince: v.Since,
		TalkToday: routing.Seconds(s.tally.talk / time.Second), Calls: s.tally.calls, Asked: s.tally.asked,
		Handling: routing.Seconds(s.tally.measured() / time.Second),
	})
}

// here says whether somebody can be asked: by his page, or at a seat without one.
func (s *desk) here() bool { return s.sink != nil || s.seat }

// offer rings the desk; a reason says why it cannot be rung. by is where: nil, the page.
func (d *desks) offer(f callcenter.OfferAgent, c callcenter.Call) (by *Phone, reason string) {
	err := d.change(f.Agent, func(s *desk) error {
		switch {
		case s.view.State != StateIdle || s.view.Status != StatusAvailable:
			reason = "busy"
			return deskError(codeBusy)
		case !s.here() || !s.view.MediaUp:
			reason = "offline"
			return deskError(codeNoSound)
		}
		by = d.phoneOf(s)
		s.call = c.ID
		s.tally.offered(time.Now().UTC())
		s.view.State = StateRinging
		s.view.Call = nil
		s.view.Offer = &OfferView{
			ID: f.Offer, Call: c.ID, Number: c.Number(), Queue: string(c.Queue), Since: c.Record.StartedAt, Until: f.Until, Keys: c.Keys,
			Language: c.Language, Green: c.Known.Green, Repeat: c.Known.Repeat, Harassment: c.Known.Harassment, Callback: c.Callback != "",
		}
		if c.Record.QueuedAt != nil {
			s.view.Offer.Since = *c.Record.QueuedAt
		}
		if c.Second.Offer == f.Offer {
			s.view.Offer.AskedBy = d.name(c.Agent)
			if c.HoldFrom != nil { // since then the caller waits for what comes of it
				s.view.Offer.Since = *c.HoldFrom
			}
		}
		return nil
	})
	if err != nil && reason == "" {
		reason = "offline"
	}
	return by, reason
}

func (d *desks) withdraw(agent callcenter.AgentID, call callcenter.CallID, offer string) {
	d.quiet(d.change(agent, func(s *desk) error {
		if s.call != call || s.view.Offer == nil || s.view.Offer.ID != offer {
			return deskError(codeNoOffer)
		}
		// Not idle yet: the release that follows says what he is then.
		s.view.Offer, s.view.State = nil, StateReserved
		return nil
	}))
}

// quiet drops a refusal that only says that the desk has moved on already.
func (d *desks) quiet(error) {}

func (s *desk) idle() {
	if s.view.State == StateWrapUp && s.view.Call != nil && s.view.Call.Kind == callcenter.KindInbound {
		s.tally.wrappedUp(time.Now().UTC())
	}
	s.view.State, s.view.Offer, s.view.Call, s.view.WrapUpUntil = StateIdle, nil, nil, nil
	s.call, s.leg = "", ""
	if s.wrapUp != nil {
		s.wrapUp.Stop()
		s.wrapUp = nil
	}
}

// join puts the agent into the call. by is how he hears it: nil, by his page.
func (d *desks) join(agent callcenter.AgentID, leg callcenter.LegID, c callcenter.Call) (by *Phone) {
	d.quiet(d.change(agent, func(s *desk) error {
		by = d.phoneOf(s)
		if s.view.Call == nil || s.call != c.ID || s.view.Call.EndReason != "" {
			s.view.Call = &DeskCall{
				Call: c.ID, Kind: c.Kind, Number: c.Number(), Queue: string(c.Queue), StartedAt: time.Now().UTC(),
			}
		}
		s.call, s.leg = c.ID, leg
		s.view.Offer = nil
		d.showPart(s, c)
		return nil
	}))
	return by
}

// release ends the agent's part in the call: wrap-up, not ready, or idle. It
// returns when that was, by the clock of the desk's Since.
func (d *desks) release(f callcenter.ReleaseAgent, c callcenter.Call) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.m[f.Agent]
	if s == nil {
		return time.Now().UTC()
	}
	before := s.view
	s.tally.ended(s, c.ID, time.Now().UTC())
	if f.NotReady != "" && s.view.Status == StatusAvailable && (s.call == c.ID || s.call == "") {
		s.view.Status, s.view.BreakReason = StatusBreak, s.reason(f.NotReady)
		d.tryAgain(s)
	}
	switch {
	case s.call != c.ID: // he has moved on already
	case s.view.State == StateReserved && s.leg != "": // booked by himself for this call: see enter
	case !f.WrapUp || s.view.Call == nil:
		s.idle()
	case d.wrapUpOf(s) == 0:
		s.view.State = StateWrapUp // for a moment: its calls are measured like others
		s.idle()
	default:
		d.wrapUp(s, c, f.Why)
	}
	d.show(s, before)
	return s.view.Since
}

// wrapUp gives the agent time to finish the ticket; its timer belongs to this
// call alone (a later call's wrap-up is another timer).
func (d *desks) wrapUp(s *desk, c callcenter.Call, why callcenter.EndReason) {
	until := time.Now().UTC().Add(d.wrapUpOf(s))
	call := *s.view.Call
	call.State, call.Recording, call.HeldSince, call.Muted = c.State, false, nil, false
	call.PausedUntil = nil
	call.Consult, call.ConsultEnded, call.Supervisor = nil, "", nil
	call.EndReason = string(cmp.Or(c.Record.Reason, why, "transferred"))
	s.view.State, s.view.Call, s.view.Offer, s.view.WrapUpUntil = StateWrapUp, &call, nil, &until
	agent, id := s.view.Agent, c.ID
	s.wrapUp = time.AfterFunc(d.wrapUpOf(s), func() {
		d.quiet(d.change(agent, func(s *desk) error {
			if s.view.State != StateWrapUp || s.call != id {
				return deskError(codeNotWrapUp)
			}
			s.idle()
			return nil
		}))
	})
}

// transport: the agent's sound came up or was lost.
func (d *desks) transport(agent callcenter.AgentID, up bool) {
	d.quiet(d.change(agent, func(s *desk) error {
		if s.view.ByPhone {
			return deskError(codeByPhone) // of a page's sound that is not used any more
		}
		s.view.MediaUp = up
		d.tell(s, up)
		return nil
	}))
}

// tell passes to the desk's call that its agent is lost or back. The lock is
// held, so that the call hears of both in the order in which they happened.
func (d *desks) tell(s *desk, up bool) {
	a := d.e.call(s.call)
	agent := s.view.Agent
	switch {
	case a == nil || s.view.State == StateWrapUp:
	case up:
		a.post(callcenter.AgentBack{Agent: agent})
	case s.view.Offer != nil:
		a.post(callcenter.AgentRefused{Agent: agent, Offer: s.view.Offer.ID, Reason: "offline"})
	default:
		a.post(callcenter.AgentLost{Agent: agent})
	}
}

// inCall says whether the agent's sound belongs to a conversation.
func (s *desk) inCall() bool {
	return s.view.State == StateTalking || s.view.State == StateHeld || s.view.State == StateMonitoring
}

// reconcile frees desks whose call is no more, ends shifts whose page stays
// away, and posts everybody's presence again.
func (d *desks) reconcile(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for agent, s := range d.m {
		before := s.view
		inCall := s.inCall() || s.view.State == StateReserved || s.view.State == StateRinging
		if inCall && d.e.call(s.call) == nil {
			d.e.log.Error("a desk was left in a call that is no more", "agent", agent, "call", s.call, "state", s.view.State)
			d.e.o.ACD.Release(string(agent), string(s.call))
			s.idle()
			d.show(s, before)
			continue
		}
		if gone := s.sink == nil && (!s.seat || !s.view.PhoneUp); gone && !inCall && now.Sub(s.away) > d.e.o.Away {
			d.drop(s)
			continue
		}
		d.mark(s, false)
		d.post(s)
	}
}

// drop forgets a shift. The lock is held.
func (d *desks) drop(s *desk) {
	d.mark(s, true)
	s.idle()
	if s.rest != nil {
		s.rest.Stop()
	}
	delete(d.m, s.view.Agent)
	d.e.o.ACD.RemoveAgent(string(s.view.Agent))
	d.e.o.Media.CloseTransport(string(s.view.Agent))
	d.e.hub.notify()
}

// views of all shifts, by name.
func (d *desks) views() []DeskView {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]DeskView, 0, len(d.m))
	for _, s := range d.m {
		list = append(list, s.view)
	}
	slices.SortFunc(list, func(a, b DeskView) int { return strings.Compare(string(a.Agent), string(b.Agent)) })
	return list
}

func (d *desks) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.m {
		d.drop(s)
	}
}
