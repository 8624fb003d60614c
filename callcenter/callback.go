package callcenter

// A callback that keeps its place stands in the queue as a call without its person:
//
//	agent first:   queued ─► offered ─accepted─► dialing ─answered─► talking
//	caller first:  queued ─he is next─► dialing ─answered─► queued at the front ─► …
//
// Agents may take the task from the list at the same moment. Who wins is decided where the
// task is kept: dialing begins by asking there (BookCallback), and nothing rings before the
// answer. Whom the call does not reach, or who hangs up before an agent is there, is tried
// again by the task's plan.

// callBack begins it; its age is that of the call in which it was left.
func (t *turn) callBack(e CallbackDue) {
	since := e.Since
	t.c = Call{
		ID: e.Call, Kind: KindOutbound, To: e.To, From: e.To, Queue: e.Queue, Language: e.Language, Limits: e.Limits,
		Caller: e.Leg, Callback: e.Task, CallerFirst: e.CallerFirst, Points: e.Priority,
		Record: CallRecord{Call: e.Call, Kind: KindOutbound, To: e.To, Queue: e.Queue, StartedAt: t.now, QueuedAt: &since},
	}
	t.setTimer(TimerMaxCall, e.Limits.MaxCallSeconds)
	t.setTimer(TimerMaxWait, e.Limits.MaxWaitSeconds)
	t.enqueue(Enqueue{})
}

// absent: it is a callback, and its person is not on the line yet.
func (t *turn) absent() bool { return t.c.Callback != "" && !t.live(t.c.Caller) }

// dialBack calls the person.
func (t *turn) dialBack() {
	t.c.State, t.c.Booking = StateDialing, true
	t.addLeg(Leg{ID: t.c.Caller, Role: RoleCaller, Number: t.c.To})
	t.setTimer(TimerDial, t.c.Limits.DialSeconds)
	if t.c.AgentLeg != "" {
		t.do(Play{Leg: t.c.AgentLeg, ID: "ringback", Sources: []string{"ringback"}, Loop: true})
	}
	t.do(BookCallback{ID: t.c.Callback})
}

// booked: the person is called, unless an agent does it.
func (t *turn) booked(e CallbackBooked) {
	switch {
	case !t.c.Booking:
	case e.Won:
		t.c.Booking = false
		t.do(DialLeg{Leg: t.c.Caller, To: t.c.To})
	default:
		t.end(EndTaken)
	}
}

// unbook forgets a leg that was never dialled.
func (t *turn) unbook() {
	if t.c.Booking {
		t.c.Booking = false
		t.endLeg(t.c.Caller)
	}
}

// nextInLine: with the caller first he is called when nobody is before him. He stands
// there until he answers, or all who are behind would be called at once.
func (t *turn) nextInLine(position int) {
	if !t.c.CallerFirst || position != 1 {
		return
	}
	t.do(CancelTimer{TimerMaxWait})
	t.dialBack()
}

// holdsPlace: he is rung, and his place is kept.
func (c Call) holdsPlace() bool {
	return c.CallerFirst && c.State == StateDialing && c.Agent == "" && c.Third == ""
}

// backOnTheLine: he picked up, and the next agent is his.
func (t *turn) backOnTheLine() {
	t.setTimer(TimerMaxWait, t.c.Limits.MaxWaitSeconds)
	t.enqueue(Enqueue{Front: true})
	t.say(sayLimit, "callback.connecting")
}
