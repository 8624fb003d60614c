package engine

import "hotline12345/callcenter"

// Supervise brings a supervisor, who must be on shift and idle, into a call, or
// changes her mode there; she leaves by Leave, or HangUp.
func (e *Engine) Supervise(supervisor callcenter.AgentID, call callcenter.CallID, mode callcenter.Mode) error {
	return e.enter(supervisor, call, func(leg callcenter.LegID) callcenter.Event {
		return callcenter.SuperviseRequested{Supervisor: supervisor, Leg: leg, Mode: mode}
	})
}

// Leave ends a supervisor's part in a call that she listens to.
func (e *Engine) Leave(supervisor callcenter.AgentID, call callcenter.CallID) error {
	err := e.desks.look(supervisor, func(s *desk) error {
		if s.call != call || s.view.State != StateMonitoring {
			return deskError(codeNotInCall)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return e.HangUp(supervisor)
}

// TakeOver makes a call the supervisor's; its agent wraps up.
func (e *Engine) TakeOver(supervisor callcenter.AgentID, call callcenter.CallID) error {
	return e.enter(supervisor, call, func(leg callcenter.LegID) callcenter.Event {
		return callcenter.TakeOverRequested{Supervisor: supervisor, Leg: leg}
	})
}

// enter books the supervisor's desk, asks the call, and frees the desk when the
// call refuses.
func (e *Engine) enter(supervisor callcenter.AgentID, call callcenter.CallID, request func(callcenter.LegID) callcenter.Event) error {
	a := e.call(call)
	if a == nil {
		return deskError(codeNotInCall)
	}
	leg, fresh := newLeg(), false
	err := e.desks.change(supervisor, func(s *desk) error {
		switch {
		case s.call == call && s.view.State == StateMonitoring:
			leg = s.leg
			return nil
		case s.view.State != StateIdle:
			return deskError(codeInCall)
		case !s.here() || !s.view.MediaUp:
			return deskError(codeNoSound)
		}
		s.call, s.leg, fresh = call, leg, true
		s.view.State = StateReserved
		return nil
	})
	if err != nil {
		return err
	}
	err = a.ask(request(leg))
	if err != nil && fresh {
		e.desks.quiet(e.desks.change(supervisor, func(s *desk) error {
			if s.call != call || s.view.State != StateReserved {
				return deskError(codeNotInCall) // it came to something after all
			}
			s.idle()
			return nil
		}))
	}
	return err
}

// Release ends a call by force, or takes it from its agent and puts the person
// back to the front of the queue.
func (e *Engine) Release(supervisor callcenter.AgentID, call callcenter.CallID, requeue bool) error {
	a := e.call(call)
	if a == nil {
		return deskError(codeNotInCall)
	}
	return a.ask(callcenter.ReleaseRequested{Supervisor: supervisor, Requeue: requeue})
}

// SignOff ends an agent's shift from outside, and tells his page; refused while a
// call rings or talks.
func (e *Engine) SignOff(agent callcenter.AgentID) error {
	page, err := e.endShift(agent)
	if err == nil && page != nil {
		page.SignedOff()
	}
	return err
}
