package callcenter

import "time"

// reserved: the queue's one winner. Whom the call cannot use is given back; a
// call that does not wait must not be in the queue either, or it would be given
// to one agent after the other.
func (t *turn) reserved(e AgentReserved) {
	waits := t.c.State == StateQueued || t.c.State == StateOffered
	if !waits && !t.c.holdsPlace() {
		t.do(Dequeue{})
	}
	if e.Agent == t.c.Agent {
		return // told twice of what is so already
	}
	if t.c.State != StateQueued || (t.c.Only != "" && t.c.Only != e.Agent) {
		t.do(ReleaseAgent{Agent: e.Agent})
		return
	}
	t.c.State, t.c.Agent, t.c.AgentLeg, t.c.Offer = StateOffered, e.Agent, e.Leg, e.Offer
	t.c.Record.Offers++
	if t.c.Record.OfferedAt == nil {
		t.c.Record.OfferedAt = &t.now
	}
	until := t.now.Add(time.Duration(t.c.Limits.OfferSeconds) * time.Second)
	t.do(SetTimer{Timer: TimerOffer, At: until}, OfferAgent{Agent: e.Agent, Offer: e.Offer, Until: until})
}

func (t *turn) accepted(e AgentAccepted) error {
	if t.c.State != StateOffered || t.c.Agent != e.Agent || t.c.Offer != e.Offer {
		return t.refuse(CodeOfferGone)
	}
	t.c.Offer, t.c.Only, t.c.Return = "", "", ""
	t.addLeg(Leg{ID: t.c.AgentLeg, Role: RoleAgent, Agent: e.Agent, AnsweredAt: &t.now, Dialog: e.Dialog})
	t.do(CancelTimer{TimerOffer}, CancelTimer{TimerMaxWait}, Dequeue{}, AttachAgent{Leg: t.c.AgentLeg, Agent: e.Agent})
	if t.absent() { // somebody is there for him
		t.dialBack()
		return nil
	}
	t.talk()
	return nil
}

func (t *turn) refused(e AgentRefused) {
	if t.c.State != StateOffered || t.c.Agent != e.Agent || t.c.Offer != e.Offer {
		return
	}
	t.offerFailed(e.Reason, notReadyFor(e.Reason))
}

// notReadyFor is why an agent who refused an offer is not ready from then on.
func notReadyFor(reason string) string {
	switch reason {
	case "offline":
		return "pageLost"
	case "busy": // he began something else at that moment: no fault of his
		return ""
	case "no-answer":
		return "noAnswer"
	case "phone-busy":
		return "phoneBusy"
	}
	return "declined"
}

func (t *turn) offerTimeOut() {
	switch t.c.State {
	case StateOffered:
		t.offerFailed("no-answer", "noAnswer")
	case StateQueued:
		if t.c.Only != "" { // the person asked for did not become free
			t.do(Dequeue{})
			t.backToFront("")
		}
	case StateNew, StateGreeting, StateTalking, StateHeld, StateAgentLost, StateDialing, StateGoodbye,
		StateConsulting, StateSwapped, StateConference,
		StateTelling, StateSolved, StateSatisfied, StateSurvey, StateEnded:
	}
}

// offerFailed makes the agent not ready, with the reason on his screen, and
// puts the caller back to the front: nobody is stuck in "ringing".
func (t *turn) offerFailed(why, notReady string) {
	agent := t.c.Agent
	t.do(CancelTimer{TimerOffer},
		WithdrawOffer{Agent: agent, Offer: t.c.Offer, Reason: why},
		ReleaseAgent{Agent: agent, NotReady: notReady}, Dequeue{})
	t.c.Agent, t.c.AgentLeg, t.c.Offer = "", "", ""
	t.backToFront(agent)
}
