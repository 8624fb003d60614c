package callcenter

import "slices"

// dialOut is an agent's call to a person; the agent hears the ringing.
func (t *turn) dialOut(e DialRequested) {
	t.c = Call{
		ID: e.Call, Kind: KindOutbound, To: e.To, From: e.To, Queue: e.Queue, Limits: e.Limits, Caller: e.Leg,
		Agent: e.Agent, AgentLeg: e.AgentLeg, Callback: e.Callback, State: StateDialing,
		Record: CallRecord{Call: e.Call, Kind: KindOutbound, To: e.To, Queue: e.Queue, StartedAt: t.now},
	}
	t.addLeg(Leg{ID: e.Leg, Role: RoleCaller, Number: e.To})
	t.addLeg(Leg{ID: e.AgentLeg, Role: RoleAgent, Agent: e.Agent, AnsweredAt: &t.now})
	t.setTimer(TimerMaxCall, e.Limits.MaxCallSeconds)
	t.setTimer(TimerDial, e.Limits.DialSeconds)
	t.do(AttachAgent{Leg: e.AgentLeg, Agent: e.Agent},
		Play{Leg: e.AgentLeg, ID: "ringback", Sources: []string{"ringback"}, Loop: true},
		DialLeg{Leg: e.Leg, To: e.To})
}

// dialResult is the system's own call.
func (t *turn) dialResult(e ResultRequested) {
	t.c = Call{
		ID: e.Call, Kind: KindResult, To: e.To, Limits: e.Limits, Caller: e.Leg, Script: e.Script, State: StateDialing,
		Record: CallRecord{Call: e.Call, Kind: KindResult, To: e.To, Ticket: e.Script.Ticket, StartedAt: t.now},
	}
	t.addLeg(Leg{ID: e.Leg, Role: RoleCaller, Number: e.To})
	t.setTimer(TimerMaxCall, e.Limits.MaxCallSeconds)
	t.setTimer(TimerDial, e.Limits.DialSeconds)
	t.do(DialLeg{Leg: e.Leg, To: e.To})
}

// personAnswered: whom we dialled picked up.
func (t *turn) personAnswered() {
	t.do(CancelTimer{TimerDial})
	if t.c.Kind == KindOutbound {
		t.do(StopPlay{Leg: t.c.AgentLeg})
		t.talk()
		return
	}
	t.answeredBy("")
	t.c.Outcome.Reachable = true
	t.tell()
}

const (
	keyYes    = "1"
	keyNo     = "2"
	keyRepeat = "9"
)

func (t *turn) tell() {
	t.c.State = StateTelling
	t.play(false, t.c.Script.Tell...)
}

func (t *turn) ask(state State, before ...string) {
	t.c.State = state
	sources := t.c.Script.Solved
	if state == StateSatisfied {
		sources = t.c.Script.Satisfied
	}
	t.do(CancelTimer{TimerKeys})
	t.play(false, slices.Concat(before, sources)...)
}

// resultPlayed: the text is over. The result counts as told only when it was
// read to its end (Art. 46); after a question the person has time for a key.
func (t *turn) resultPlayed() {
	switch t.c.State {
	case StateTelling:
		t.c.Outcome.Told = true
		t.c.Tries = 0
		if len(t.c.Script.Solved) == 0 { // a refusal: nothing to ask
			t.thank(EndDone)
			return
		}
		t.ask(StateSolved)
	case StateSolved, StateSatisfied:
		t.setTimer(TimerKeys, t.c.Limits.KeySeconds)
	case StateNew, StateGreeting, StateQueued, StateOffered, StateTalking, StateHeld, StateAgentLost,
		StateDialing, StateGoodbye, StateEnded:
	}
}

func (t *turn) resultKey(key string) {
	switch {
	case t.c.State == StateTelling:
		if key == keyRepeat {
			t.tell()
		}
	case key == keyRepeat:
		t.ask(t.c.State)
	case t.c.State == StateSolved && (key == keyYes || key == keyNo):
		solved := key == keyYes
		t.c.Outcome.Solved = &solved
		t.c.Tries = 0
		t.ask(StateSatisfied)
	case t.c.State == StateSatisfied && key >= "1" && key <= "5":
		t.c.Outcome.Rating = RatingOfKey(key)
		t.thank(EndDone)
	default:
		t.askAgain(t.c.Script.Invalid...)
	}
}

// RatingOfKey: five keys like five stars, 5 very satisfied (level 1) … 1 very
// dissatisfied (level 5); 0 for any other key.
func RatingOfKey(key string) Rating {
	if len(key) != 1 || key[0] < '1' || key[0] > '5' {
		return 0
	}
	return Rating(6 - int(key[0]-'0'))
}

func (t *turn) keysTimeOut() {
	switch t.c.State {
	case StateSolved, StateSatisfied:
		t.askAgain()
	case StateGoodbye:
		t.end(t.c.EndWith)
	case StateNew, StateGreeting, StateQueued, StateOffered, StateTalking, StateHeld, StateAgentLost,
		StateDialing, StateTelling, StateEnded:
	}
}

// askAgain asks a bounded number of times, then thanks and ends.
func (t *turn) askAgain(before ...string) {
	t.c.Tries++
	if t.c.Tries >= t.c.Limits.MaxKeyTries {
		t.thank(EndNoKeys)
		return
	}
	t.ask(t.c.State, before...)
}

func (t *turn) thank(reason EndReason) { t.goodbye(reason, t.c.Script.Thanks...) }
