package engine

import (
	"time"

	"hotline12345/callcenter"
)

// StartShift signs an agent's page in, or re-attaches a page of the same agent:
// the shift and its live call go on, and the page that was there before is told
// that it has been replaced. The page must negotiate its sound next. A new shift
// begins on a break with reason "start".
func (e *Engine) StartShift(p AgentProfile, sink DeskSink) (DeskView, error) {
	d := e.desks
	d.mu.Lock()
	s := d.m[p.ID]
	if s == nil {
		s = &desk{view: DeskView{
			Agent: p.ID, Name: p.Name, Status: StatusBreak, BreakReason: "start", State: StateIdle, Since: time.Now().UTC(),
		}}
		s.tally = newTally(p, time.Now().UTC())
		d.m[p.ID] = s
	}
	old := s.sink
	s.profile, s.sink = p, sink
	s.view.PhoneUp = d.phones[p.ID].Up
	s.view.MediaUp = s.view.ByPhone && s.view.PhoneUp
	before := s.view
	d.show(s, before)
	if s.inCall() && !s.view.ByPhone { // its sound must come anew; until then the caller hears music
		d.tell(s, false)
	}
	view := s.view
	d.mu.Unlock()
	if old != nil && old != sink {
		old.Replaced()
	}
	return view, nil
}

// Detach says that the page's socket is gone; a page that was replaced meanwhile
// changes nothing.
func (e *Engine) Detach(agent callcenter.AgentID, sink DeskSink) {
	e.desks.quiet(e.desks.change(agent, func(s *desk) error {
		if s.sink != sink {
			return deskError(codeNoShift)
		}
		s.sink, s.away = nil, time.Now().UTC()
		if !s.view.ByPhone { // else the call goes on by the phone
			e.desks.tell(s, false)
		}
		return nil
	}))
}

// EndShift signs the agent off; refused while a call rings or talks.
func (e *Engine) EndShift(agent callcenter.AgentID) error {
	_, err := e.endShift(agent)
	return err
}

// endShift gives the page that the shift had.
func (e *Engine) endShift(agent callcenter.AgentID) (page DeskSink, err error) {
	err = e.desks.look(agent, func(s *desk) error {
		if s.view.State != StateIdle && s.view.State != StateWrapUp {
			return deskError(codeInCall)
		}
		page = s.sink
		e.desks.drop(s)
		return nil
	})
	return page, err
}

// Negotiate answers the page's SDP offer with the shift's transport. In a call
// the sound is away until the new transport is up.
func (e *Engine) Negotiate(agent callcenter.AgentID, sdpOffer string) (string, error) {
	err := e.desks.change(agent, func(s *desk) error {
		if s.view.ByPhone {
			return deskError(codeByPhone)
		}
		s.view.MediaUp = false
		if s.inCall() {
			e.desks.tell(s, false)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	answer, err := e.o.Media.OpenTransport(string(agent), sdpOffer)
	if err != nil {
		e.log.Warn("a page's SDP cannot be used", "agent", agent, "error", err)
		return "", deskError(codeBadSDP)
	}
	return answer, nil
}

// SetStatus is the person's choice; a break has a reason. In a call it holds
// from the call's end on.
func (e *Engine) SetStatus(agent callcenter.AgentID, status AgentStatus, reason string) error {
	return e.desks.change(agent, func(s *desk) error {
		switch {
		case status == StatusAvailable:
			reason = ""
			if !s.view.MediaUp {
				return deskError(codeNoSound)
			}
		case status != StatusBreak || reason == "" || len(reason) > 40:
			return deskError(codeBadStatus)
		}
		s.view.Status, s.view.BreakReason = status, reason
		return nil
	})
}

// Accept takes the ringing offer; one that rings a desk phone is taken there.
func (e *Engine) Accept(agent callcenter.AgentID, offer string) error {
	a, err := e.ringing(agent, offer, true)
	if err != nil {
		return err
	}
	return a.ask(callcenter.AgentAccepted{Agent: agent, Offer: offer})
}

// Decline gives the ringing offer back; the agent is then on a break.
func (e *Engine) Decline(agent callcenter.AgentID, offer string) error {
	a, err := e.ringing(agent, offer, false)
	if err != nil {
		return err
	}
	return a.ask(callcenter.AgentRefused{Agent: agent, Offer: offer, Reason: "declined"})
}

func (e *Engine) ringing(agent callcenter.AgentID, offer string, accept bool) (*actor, error) {
	var call callcenter.CallID
	err := e.desks.look(agent, func(s *desk) error {
		if s.view.Offer == nil || s.view.Offer.ID != offer {
			return deskError(codeNoOffer)
		}
		if accept && s.view.ByPhone {
			return deskError(codeByPhone)
		}
		call = s.call
		return nil
	})
	if err != nil {
		return nil, err
	}
	if a := e.call(call); a != nil {
		return a, nil
	}
	return nil, deskError(codeNoOffer)
}

// look reads a desk under the lock.
func (d *desks) look(agent callcenter.AgentID, f func(*desk) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.m[agent]
	if s == nil {
		return deskError(codeNoShift)
	}
	return f(s)
}

// talking is the call the agent is in, and his leg of it.
func (e *Engine) talking(agent callcenter.AgentID) (*actor, callcenter.LegID, error) {
	var call callcenter.CallID
	var leg callcenter.LegID
	err := e.desks.look(agent, func(s *desk) error {
		if !s.inCall() {
			return deskError(codeNotInCall)
		}
		call, leg = s.call, s.leg
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	if a := e.call(call); a != nil {
		return a, leg, nil
	}
	return nil, "", deskError(codeNotInCall)
}

func (e *Engine) request(agent callcenter.AgentID, ev callcenter.Event) error {
	a, _, err := e.talking(agent)
	if err != nil {
		return err
	}
	return a.ask(ev)
}

// Hold gives the caller music.
func (e *Engine) Hold(agent callcenter.AgentID) error {
	return e.request(agent, callcenter.HoldRequested{Agent: agent})
}

// Resume takes the caller back.
func (e *Engine) Resume(agent callcenter.AgentID) error {
	return e.request(agent, callcenter.ResumeRequested{Agent: agent})
}

// HangUp ends the call.
func (e *Engine) HangUp(agent callcenter.AgentID) error {
	return e.request(agent, callcenter.HangUpRequested{Agent: agent})
}

// SendKeys sends DTMF to the caller's side, 1 to 32 of 0-9 * #.
func (e *Engine) SendKeys(agent callcenter.AgentID, keys string) error {
	return e.request(agent, callcenter.KeysRequested{Agent: agent, Keys: keys})
}

// Transfer is blind.
func (e *Engine) Transfer(agent callcenter.AgentID, target callcenter.Target) error {
	return e.request(agent, callcenter.TransferRequested{Agent: agent, Target: target, Leg: newLeg()})
}

// Consult asks a second party while the caller waits.
func (e *Engine) Consult(agent callcenter.AgentID, target callcenter.Target) error {
	return e.request(agent, callcenter.ConsultRequested{Agent: agent, Target: target, Leg: newLeg()})
}

// Swap goes from the second party to the caller, or back.
func (e *Engine) Swap(agent callcenter.AgentID) error {
	return e.request(agent, callcenter.SwapRequested{Agent: agent})
}

// Conference joins caller, agent and second party.
func (e *Engine) Conference(agent callcenter.AgentID) error {
	return e.request(agent, callcenter.ConferenceRequested{Agent: agent})
}

// Complete leaves caller and second party together; the agent wraps up.
func (e *Engine) Complete(agent callcenter.AgentID) error {
	return e.request(agent, callcenter.CompleteRequested{Agent: agent})
}

// CancelConsult lets the second party go.
func (e *Engine) CancelConsult(agent callcenter.AgentID) error {
	return e.request(agent, callcenter.CancelRequested{Agent: agent})
}

// Mute stops the agent's own voice.
func (e *Engine) Mute(agent callcenter.AgentID, muted bool) error {
	_, leg, err := e.talking(agent)
	if err != nil {
		return err
	}
	e.o.Media.Mute(string(leg), muted)
	return e.desks.change(agent, func(s *desk) error {
		if s.view.Call == nil {
			return deskError(codeNotInCall)
		}
		call := *s.view.Call
		call.Muted = muted
		s.view.Call = &call
		return nil
	})
}

// EndWrapUp makes the agent idle before the timer does.
func (e *Engine) EndWrapUp(agent callcenter.AgentID) error {
	return e.desks.change(agent, func(s *desk) error {
		if s.view.State != StateWrapUp {
			return deskError(codeNotWrapUp)
		}
		s.idle()
		return nil
	})
}
