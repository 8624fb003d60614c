package callcenter

// transfer is blind: the agent is free for his wrap-up at once.
func (t *turn) transfer(e TransferRequested) error {
	if t.c.State != StateTalking && t.c.State != StateHeld {
		return t.refuse(CodeNotTalking)
	}
	if !e.Target.fits(e.Agent) || (e.Target.Kind == TransferOutside && e.Leg == "") {
		return t.refuse(CodeBadTarget)
	}
	t.part()
	agent := t.c.Agent
	t.dropAgent(ReleaseAgent{WrapUp: true})
	t.c.Record.Transfers++
	switch e.Target.Kind {
	case TransferAgent:
		t.c.Return = t.c.Queue
		t.setTimer(TimerMaxWait, t.c.Limits.MaxWaitSeconds)
		t.setTimer(TimerOffer, t.c.Limits.OfferSeconds)
		t.enqueue(Enqueue{Front: true, Only: AgentID(e.Target.ID)})
	case TransferQueue:
		t.c.Return, t.c.Queue = "", QueueID(e.Target.ID)
		t.setTimer(TimerMaxWait, t.c.Limits.MaxWaitSeconds)
		t.enqueue(Enqueue{Avoid: agent})
	case TransferOutside:
		t.c.State, t.c.Third = StateDialing, e.Leg
		t.addLeg(Leg{ID: e.Leg, Role: RoleThird, Number: e.Target.ID})
		t.setTimer(TimerDial, t.c.Limits.DialSeconds)
		t.loop("ringback")
		t.do(DialLeg{Leg: e.Leg, To: e.Target.ID})
	}
	return nil
}

func (t *turn) thirdAnswered() {
	t.do(CancelTimer{TimerDial})
	t.c.State, t.c.Trying = StateTalking, ""
	t.answered()
}

// thirdGone: the outside number did not answer; the caller is not lost.
func (t *turn) thirdGone() {
	if t.c.Trying != "" {
		t.notOutside()
		return
	}
	t.c.Third = ""
	t.do(CancelTimer{TimerDial})
	t.setTimer(TimerMaxWait, t.c.Limits.MaxWaitSeconds)
	t.backToFront("")
}

func (t *turn) dialTimeOut() {
	if t.live(t.c.Third) {
		t.do(HangUpLeg{Leg: t.c.Third, Reason: EndNoAnswer})
		t.endLeg(t.c.Third)
		t.thirdGone()
		return
	}
	t.end(EndNoAnswer)
}
