package callcenter

// conference lets caller, agent and second party hear each other (三方通话). From
// there the agent leaves (complete), or sends the second party away (cancel); who
// hangs up leaves the two others together, except the caller, whose call it is.
func (t *turn) conference() error {
	switch {
	case t.c.Second.ID == "" || (t.c.State != StateConsulting && t.c.State != StateSwapped):
		return t.refuse(CodeNoConsult)
	case !t.secondThere():
		return t.refuse(CodeNotAnswered)
	}
	t.c.State = StateConference
	return nil
}

// conferenceLost: the agent's page is gone, and the two others go on without him.
func (t *turn) conferenceLost() {
	if !t.c.Away {
		t.c.Away = true
		t.setTimer(TimerAgentLost, t.c.Limits.AgentLostSeconds)
	}
}

// conferenceLeft: he stays away. With nobody left the caller goes to the next agent.
func (t *turn) conferenceLeft() {
	if t.secondThere() {
		t.handOver(ReleaseAgent{NotReady: "pageLost"})
		return
	}
	t.agentStaysAway()
}
