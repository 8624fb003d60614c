package engine

import (
	"cmp"
	"errors"

	"hotline12345/callcenter"
)

// Dial is whom an agent calls, and why.
type Dial struct {
	Call     callcenter.CallID // "": a new one
	To       string
	Callback string            // the task it is made for
	Entry    string            // of a call list
	Ticket   string            // that it is about
	About    callcenter.CallID // likewise, an earlier call
}

// DialOut calls a person; the agent hears the ringing. He must be idle with his sound up, and
// is offered nothing until he has wrapped it up; his status may be a break, since he asks for
// it. A call of a list has to wait while somebody waits whom the agent serves (CodePaced).
func (e *Engine) DialOut(agent callcenter.AgentID, d Dial) (callcenter.CallID, error) {
	if d.To == "" || len(d.To) > 32 {
		return "", deskError(codeBadNumber)
	}
	id, leg, agentLeg := cmp.Or(d.Call, callcenter.CallID(newID())), newLeg(), newLeg()
	var queues []string
	err := e.desks.change(agent, func(s *desk) error {
		switch {
		case s.view.State != StateIdle:
			return deskError(codeInCall)
		case !s.view.MediaUp:
			return deskError(codeNoSound)
		}
		s.call, s.leg = id, agentLeg
		s.view.State = StateReserved
		queues = s.profile.Queues
		return nil
	})
	if err != nil {
		return "", err
	}
	err = e.launchPaced(id, leg, callcenter.DialRequested{
		Call: id, Leg: leg, AgentLeg: agentLeg, Agent: agent, To: d.To, Queue: e.o.Queue, Callback: d.Callback, Entry: d.Entry, Ticket: d.Ticket, Limits: e.o.Limits,
	}, d.Entry != "", servedBy(queues))
	if err == nil {
		return id, nil
	}
	e.desks.quiet(e.desks.change(agent, func(s *desk) error { s.idle(); return nil }))
	if refused, ok := errors.AsType[*callcenter.Error](err); ok {
		return "", refused
	}
	return "", deskError(codeOverload)
}
