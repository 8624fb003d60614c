package callcenter

import "strconv"

// waiting: nobody talks with the caller yet (or any more), and nobody is dialled.
func (t *turn) waiting() bool {
	switch t.c.State {
	case StateGreeting, StateQueued, StateOffered:
		return true
	case StateNew, StateTalking, StateHeld, StateAgentLost, StateDialing, StateGoodbye,
		StateConsulting, StateSwapped, StateConference,
		StateTelling, StateSolved, StateSatisfied, StateSurvey, StateEnded:
	}
	return false
}

// enqueue puts the call into its queue and plays music; with holds what differs
// from a first arrival (front, one agent only, one to avoid).
func (t *turn) enqueue(with Enqueue) {
	t.pickUp()
	t.c.State = StateQueued
	if t.c.Record.QueuedAt == nil {
		t.c.Record.QueuedAt = &t.now
	}
	t.enter()
	with.Queue, with.Since, with.Number, with.Step = t.c.Queue, *t.c.Record.QueuedAt, t.c.From, t.c.Step
	if !t.c.Entered.Equal(with.Since) {
		with.Entered = t.c.Entered
	}
	with.Priority, with.Last = t.points(), t.c.Known.Last
	if t.c.Language != "" {
		with.Langs = []string{t.c.Language}
	}
	t.c.Only = with.Only
	with.Stays = t.c.Callback != ""
	with.Held = t.c.CallerFirst && t.absent()
	t.do(with)
	t.music()
}

// known: what is kept about the caller counts from now on.
func (t *turn) known(e CallerKnown) {
	t.c.Known = e
	if t.c.State == StateQueued {
		t.do(Rank{Priority: t.points(), Last: e.Last})
	}
}

// points of the call's score: for who calls, and for what it is about.
func (t *turn) points() int { return t.c.Known.Priority + t.c.Points }

// music plays with the offer of a callback, which only a known number can take.
func (t *turn) music() {
	if t.absent() {
		return
	}
	if t.c.From == "" {
		t.loop("music")
		return
	}
	t.loop("music", "queue.callback")
}

// waitedLongest ends a call that nobody took in time.
func (t *turn) waitedLongest() {
	if t.absent() {
		t.end(EndMaxWait)
		return
	}
	text := "max.wait"
	if t.c.From == "" { // nobody could call back: it must not be promised
		text = "max.wait.withheld"
	}
	t.goodbye(EndMaxWait, text)
}

// maxPosition is the last place that is announced by its number.
const maxPosition = 99

// maxPromise is the longest wait that is announced, in minutes.
const maxPromise = 30

// position announces a place in the queue, only when it became better, and how long it
// will take, unless that became longer than was said.
func (t *turn) position(e PositionChanged) {
	position := e.Position
	if t.absent() && t.c.State == StateQueued {
		t.nextInLine(position)
		return
	}
	if t.c.State != StateQueued || t.c.Only != "" || position < 1 {
		return
	}
	if t.c.Position != 0 && position >= t.c.Position {
		return
	}
	t.c.Position = position
	sources := []string{"position:" + strconv.Itoa(min(position, maxPosition))}
	minutes := (e.Seconds + 59) / 60
	if minutes > 0 && minutes <= maxPromise && (t.c.Promised == 0 || minutes <= t.c.Promised) {
		t.c.Promised = minutes
		sources = append(sources, "wait:"+strconv.Itoa(minutes))
	}
	t.say(sayLimit, sources...)
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
	case StateDialing:
		if t.c.holdsPlace() {
			t.do(Dequeue{})
		}
	case StateNew, StateGreeting, StateTalking, StateHeld, StateAgentLost, StateGoodbye,
		StateConsulting, StateSwapped, StateConference,
		StateTelling, StateSolved, StateSatisfied, StateSurvey, StateEnded:
	}
}

// backToFront re-queues ahead of everybody, in the queue a transfer came from.
func (t *turn) backToFront(avoid AgentID) {
	if t.c.Return != "" {
		t.c.Queue, t.c.Return = t.c.Return, ""
	}
	t.enqueue(Enqueue{Front: true, Avoid: avoid})
}
