package callcenter

import "strconv"

// arrive answers at once (GB/T 33358: no ringing in vain), plays the opening
// notice and goes straight to a human: no menu.
func (t *turn) arrive(e CallArrived) {
	t.c = Call{
		ID: e.Call, Kind: KindInbound, From: e.From, To: e.To, Trunk: e.Trunk, Queue: e.Queue,
		Language: e.Language, Limits: e.Limits, Caller: e.Leg,
		Record: CallRecord{
			Call: e.Call, Kind: KindInbound, From: e.From, To: e.To, Trunk: e.Trunk, Queue: e.Queue, StartedAt: t.now,
		},
	}
	t.addLeg(Leg{ID: e.Leg, Role: RoleCaller, Number: e.From, Trunk: e.Trunk, Dialog: e.Dialog})
	t.do(AnswerLeg{Leg: e.Leg})
	t.setTimer(TimerMaxCall, e.Limits.MaxCallSeconds)
	t.setTimer(TimerMaxWait, e.Limits.MaxWaitSeconds)
	if e.Limits.NoNotice {
		t.enqueue(Enqueue{})
		return
	}
	t.c.State = StateGreeting
	t.play(false, "notice")
}

// enqueue puts the call into its queue and plays music; with holds what differs
// from a first arrival (front, one agent only, one to avoid).
func (t *turn) enqueue(with Enqueue) {
	t.c.State, t.c.Position = StateQueued, 0
	if t.c.Record.QueuedAt == nil {
		t.c.Record.QueuedAt = &t.now
	}
	with.Queue, with.Since, with.Number = t.c.Queue, *t.c.Record.QueuedAt, t.c.From
	if t.c.Language != "" {
		with.Langs = []string{t.c.Language}
	}
	t.c.Only = with.Only
	t.do(with)
	t.music()
}

func (t *turn) music() { t.play(true, "music", "queue.callback") }

// position announces a place in the queue, only when it became better.
func (t *turn) position(position int) {
	if t.c.State != StateQueued || t.c.Only != "" || position < 1 {
		return
	}
	better := t.c.Position == 0 || position < t.c.Position
	if !better {
		return
	}
	t.c.Position = position
	t.play(false, "position:"+strconv.Itoa(min(position, 99)))
}

// key is a caller's key press.
func (t *turn) key(e KeyPressed) {
	if e.Leg != t.c.Caller || !isKey(e.Key) {
		return
	}
	if len(t.c.Keys) < maxKeys {
		t.c.Keys += e.Key
	}
	switch t.c.State {
	case StateGreeting: // any key skips the notice
		t.enqueue(Enqueue{})
	case StateQueued, StateOffered:
		if e.Key == "1" && t.c.Record.AnsweredAt == nil {
			t.goodbye(EndCallbackLeft, "callback.left")
		}
	case StateTelling, StateSolved, StateSatisfied:
		t.resultKey(e.Key)
	case StateNew, StateTalking, StateHeld, StateAgentLost, StateDialing, StateGoodbye, StateEnded:
	}
}

func isKey(key string) bool {
	return len(key) == 1 && (key[0] >= '0' && key[0] <= '9' || key == "*" || key == "#")
}

func (t *turn) playDone(e PlayDone) {
	if e.Leg != t.c.Caller || e.ID != t.playID() {
		return
	}
	switch t.c.State {
	case StateGreeting:
		t.enqueue(Enqueue{})
	case StateQueued, StateOffered: // a position was announced
		t.music()
	case StateGoodbye:
		t.end(t.c.EndWith)
	case StateTelling, StateSolved, StateSatisfied:
		t.resultPlayed()
	case StateNew, StateTalking, StateHeld, StateAgentLost, StateDialing, StateEnded:
	}
}

// goodbyeSeconds ends a goodbye whose prompt never reports its end.
const goodbyeSeconds = 60

// goodbye leaves the queue, plays a last prompt and ends with that reason.
func (t *turn) goodbye(reason EndReason, sources ...string) {
	t.leaveQueue("ended")
	t.c.State, t.c.EndWith = StateGoodbye, reason
	t.do(CancelTimer{TimerMaxWait})
	t.setTimer(TimerKeys, goodbyeSeconds)
	t.play(false, sources...)
}

// leaveQueue takes back a running offer and the place in the queue.
func (t *turn) leaveQueue(why string) {
	switch t.c.State {
	case StateOffered:
		t.do(CancelTimer{TimerOffer},
			WithdrawOffer{Agent: t.c.Agent, Offer: t.c.Offer, Reason: why},
			ReleaseAgent{Agent: t.c.Agent}, Dequeue{})
		t.c.Agent, t.c.AgentLeg, t.c.Offer = "", "", ""
	case StateQueued:
		t.do(Dequeue{})
		if t.c.Only != "" {
			t.do(CancelTimer{TimerOffer})
		}
	case StateNew, StateGreeting, StateTalking, StateHeld, StateAgentLost, StateDialing, StateGoodbye,
		StateTelling, StateSolved, StateSatisfied, StateEnded:
	}
}

// reserved: the queue's one winner. A call that no longer waits gives it back.
func (t *turn) reserved(e AgentReserved) {
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
	t.setTimer(TimerOffer, t.c.Limits.OfferSeconds)
	timer := t.effects[len(t.effects)-1].(SetTimer)
	t.do(OfferAgent{Agent: e.Agent, Offer: e.Offer, Until: timer.At})
}

func (t *turn) accepted(e AgentAccepted) error {
	if t.c.State != StateOffered || t.c.Agent != e.Agent || t.c.Offer != e.Offer {
		return t.refuse(CodeOfferGone)
	}
	t.c.Offer, t.c.Only, t.c.Return = "", "", ""
	t.addLeg(Leg{ID: t.c.AgentLeg, Role: RoleAgent, Agent: e.Agent, AnsweredAt: &t.now})
	t.do(CancelTimer{TimerOffer}, CancelTimer{TimerMaxWait}, Dequeue{}, AttachAgent{Leg: t.c.AgentLeg, Agent: e.Agent})
	t.talk()
	return nil
}

func (t *turn) refused(e AgentRefused) {
	if t.c.State != StateOffered || t.c.Agent != e.Agent || t.c.Offer != e.Offer {
		return
	}
	notReady := "declined"
	switch e.Reason {
	case "offline":
		notReady = "pageLost"
	case "busy": // he began something else at that moment: no fault of his
		notReady = ""
	}
	t.offerFailed(e.Reason, notReady)
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
		StateTelling, StateSolved, StateSatisfied, StateEnded:
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

// backToFront re-queues ahead of everybody, in the queue a transfer came from.
func (t *turn) backToFront(avoid AgentID) {
	if t.c.Return != "" {
		t.c.Queue, t.c.Return = t.c.Return, ""
	}
	t.enqueue(Enqueue{Front: true, Avoid: avoid})
}
