package engine

import "hotline12345/callcenter"

// roleOf is an agent's part in a call; "" for none, or while he is only rung.
func roleOf(agent callcenter.AgentID, c callcenter.Call) Role {
	switch {
	case agent == "":
		return ""
	case agent == c.Agent && c.AgentLeg != "" && c.State != callcenter.StateOffered:
		return RoleAgent
	case agent == c.Second.Agent && c.Second.Phase == callcenter.PhaseJoined:
		return RoleConsulted
	case agent == c.Watch.Agent:
		return RoleSupervisor
	}
	return ""
}

// callChanged shows the state of the call on the desks of all who are in it.
func (d *desks) callChanged(c callcenter.Call) {
	for _, agent := range []callcenter.AgentID{c.Agent, c.Second.Agent, c.Watch.Agent} {
		if roleOf(agent, c) == "" {
			continue
		}
		d.quiet(d.change(agent, func(s *desk) error {
			if s.call != c.ID || s.view.Call == nil || s.view.State == StateWrapUp {
				return deskError(codeNotInCall)
			}
			d.showPart(s, c)
			return nil
		}))
	}
}

// showPart shows a call as the desk's agent takes part in it. The lock is held.
func (d *desks) showPart(s *desk, c callcenter.Call) {
	call := *s.view.Call
	call.State, call.Recording, call.HeldSince = c.State, c.Recording, c.HoldFrom
	call.PausedUntil = nil
	if until := c.Pause.Until; !until.IsZero() {
		call.PausedUntil = &until
	}
	call.Role = roleOf(s.view.Agent, c)
	call.Agent, call.AgentAway, call.Consult, call.ConsultEnded = "", c.Away, d.consultOf(c), ""
	s.view.State = StateTalking
	switch {
	case call.Role == RoleSupervisor:
		s.view.State = StateMonitoring
	case c.State == callcenter.StateHeld:
		s.view.State = StateHeld
	}
	if call.Role == RoleAgent {
		call.ConsultEnded = string(c.Asked)
	} else {
		call.Agent = d.name(c.Agent)
	}
	call.Supervisor = nil
	if seen := c.Watch.Mode != callcenter.ModeMonitor || call.Role == RoleSupervisor || !d.e.o.HideMonitor; c.Watch.Agent != "" && seen {
		call.Supervisor = &SupervisorView{Name: d.name(c.Watch.Agent), Mode: c.Watch.Mode}
	}
	s.view.Call = &call
}

func (d *desks) consultOf(c callcenter.Call) *ConsultView {
	if c.Second.ID == "" {
		return nil
	}
	v := &ConsultView{Kind: c.Second.Target.Kind, Phase: c.Second.Phase, Away: c.Second.Away}
	switch c.Second.Target.Kind {
	case callcenter.TransferAgent:
		v.Name = d.name(callcenter.AgentID(c.Second.Target.ID))
	case callcenter.TransferQueue:
		v.Queue = c.Second.Target.ID
		v.Name = d.name(c.Second.Agent)
	case callcenter.TransferOutside:
		v.Number, v.Name = c.Second.Target.ID, c.Second.Target.Name
	}
	return v
}

// name of an agent on shift. The lock is held.
func (d *desks) name(agent callcenter.AgentID) string {
	if s := d.m[agent]; s != nil {
		return s.view.Name
	}
	return ""
}
