package callcenter

// dialOut is an agent's call to a person; the agent hears the ringing, or the network.
func (t *turn) dialOut(e DialRequested) {
	t.c = Call{
		ID: e.Call, Kind: KindOutbound, To: e.To, From: e.To, Queue: e.Queue, Limits: e.Limits, Caller: e.Leg,
		Agent: e.Agent, AgentLeg: e.AgentLeg, Callback: e.Callback, Entry: e.Entry, State: StateDialing,
		Record: CallRecord{Call: e.Call, Kind: KindOutbound, To: e.To, Queue: e.Queue, Ticket: e.Ticket, StartedAt: t.now},
	}
	t.addLeg(Leg{ID: e.Leg, Role: RoleCaller, Number: e.To})
	t.addLeg(Leg{ID: e.AgentLeg, Role: RoleAgent, Agent: e.Agent, AnsweredAt: &t.now})
	t.setTimer(TimerMaxCall, e.Limits.MaxCallSeconds)
	t.setTimer(TimerDial, e.Limits.DialSeconds)
	t.do(AttachAgent{Leg: e.AgentLeg, Agent: e.Agent}, DialLeg{Leg: e.Leg, To: e.To})
}

// personAnswered: whom we dialled picked up.
func (t *turn) personAnswered() {
	t.c.Booking = false
	t.do(CancelTimer{TimerDial})
	if t.c.CallerFirst && t.c.Agent == "" {
		t.backOnTheLine()
		return
	}
	if t.c.Kind == KindOutbound {
		t.talk()
		return
	}
	t.answered()
	t.c.Outcome.Reachable = true
	t.do(Listen{Leg: t.c.Caller})
	t.tell()
}
