package callcenter

// arrive answers at once (GB/T 33358: no ringing in vain), plays the opening
// notice and goes straight to a human: no menu. Where it is wished for the notice costs
// the caller nothing: it is heard before the answer.
func (t *turn) arrive(e CallArrived) {
	t.c = Call{
		ID: e.Call, Kind: KindInbound, From: e.From, To: e.To, Trunk: e.Trunk, Queue: e.Queue,
		Language: e.Language, Limits: e.Limits, Caller: e.Leg, Way: e.Way, Choices: e.Choices,
		Record: CallRecord{
			Call: e.Call, Kind: KindInbound, From: e.From, To: e.To, Trunk: e.Trunk, Queue: e.Queue, StartedAt: t.now,
		},
	}
	early := e.Limits.EarlyNotice && !e.Limits.NoNotice && e.Dialog.RemoteSDP != ""
	t.addLeg(Leg{ID: e.Leg, Role: RoleCaller, Number: e.From, Trunk: e.Trunk, Dialog: e.Dialog, Early: early})
	if early {
		t.do(ProgressLeg{Leg: e.Leg})
	} else {
		t.do(AnswerLeg{Leg: e.Leg})
	}
	t.setTimer(TimerMaxCall, e.Limits.MaxCallSeconds)
	t.setTimer(TimerMaxWait, e.Limits.MaxWaitSeconds)
	t.c.State = StateGreeting
	if t.c.Emergency = e.Emergency; e.Emergency.Key == "" {
		t.urgent()
	}
	if sources := t.opening(); len(sources) > 0 {
		t.say(sayLimit, sources...)
		return
	}
	t.greeted()
}

// pickUp answers a caller who has heard the notice for nothing.
func (t *turn) pickUp() {
	if t.c.Kind == KindInbound && t.c.early(t.c.Caller) {
		t.update(t.c.Caller, func(l *Leg) { l.Early = false })
		t.do(AnswerLeg{Leg: t.c.Caller})
	}
}

// key is a caller's key press. The next agent is shown what was pressed while nobody
// had the call; what the person types for an agent, with the recording paused (a bank
// card), is nobody else's. A result call has no agent: keys tell a person from a machine.
func (t *turn) key(e KeyPressed) {
	if e.Leg != t.c.Caller || !t.live(e.Leg) || !isKey(e.Key) {
		return
	}
	if (t.waiting() || t.c.Kind == KindResult) && len(t.c.Keys) < maxKeys {
		t.c.Keys += e.Key
	}
	switch t.c.State {
	case StateGreeting: // any key skips the notice
		t.choose(e.Key)
	case StateQueued, StateOffered:
		if e.Key == "1" && t.c.From != "" { // a withheld number cannot be called back: he keeps his place
			t.goodbye(EndCallbackLeft, "callback.left")
		}
	case StateTelling, StateSolved, StateSatisfied:
		t.resultKey(e.Key)
	case StateSurvey:
		t.surveyKey(e.Key)
	case StateNew, StateTalking, StateHeld, StateAgentLost, StateDialing, StateGoodbye,
		StateConsulting, StateSwapped, StateConference, StateEnded:
	}
}

func isKey(key string) bool {
	return len(key) == 1 && (key[0] >= '0' && key[0] <= '9' || key == "*" || key == "#")
}
