package callcenter

import "slices"

// goodbye leaves the queue, plays a last prompt and ends with that reason.
func (t *turn) goodbye(reason EndReason, sources ...string) {
	t.leaveQueue("ended")
	t.c.State, t.c.EndWith = StateGoodbye, reason
	t.do(CancelTimer{TimerMaxWait}, CancelTimer{TimerKeys})
	t.say(sayLimit, sources...)
}

// end is the one way out: every leg, agent, timer, place in the queue and
// recording is let go, and the record is the last effect.
func (t *turn) end(reason EndReason) {
	owed := t.owed(reason)
	t.leaveQueue("caller-gone")
	t.unbook()
	t.c.State, t.c.Saying, t.c.Trying = StateEnded, false, ""
	t.settle()
	t.endPause(PauseLeft, "")
	t.dropSecond(reason)
	t.stopWatch()
	if t.c.Agent != "" {
		t.dropAgent(ReleaseAgent{WrapUp: true})
	}
	for _, leg := range []LegID{t.c.Caller, t.c.Third} {
		if t.live(leg) {
			t.do(HangUpLeg{Leg: leg, Reason: reason})
			t.endLeg(leg)
		}
	}
	for _, timer := range []Timer{TimerMaxWait, TimerOffer, TimerAgentLost, TimerDial, TimerKeys, TimerPlay, TimerMaxCall} {
		t.do(CancelTimer{timer})
	}
	t.do(owed...)
	t.contacts(t.event)
	t.do(WriteRecord{Record: t.finalRecord(reason)})
}

// owed is what the end of the call leaves to do for the person.
func (t *turn) owed(reason EndReason) (owed []Effect) {
	if t.missed(reason) && t.c.From != "" {
		owed = append(owed, WriteCallback{Number: t.c.From, Reason: reason, Queue: t.c.Queue})
	}
	if (reason == EndCallbackLeft || reason == EndMaxWait) && t.c.From != "" && t.c.Kind == KindInbound && t.c.Record.QueuedAt != nil {
		owed = append(owed, KeepPlace{Queue: t.c.Queue, Since: *t.c.Record.QueuedAt, Language: t.c.Language, Priority: t.points()})
	}
	if t.c.Callback != "" && reason != EndTaken {
		owed = append(owed, CloseCallback{ID: t.c.Callback, Talked: t.c.Record.AnsweredAt != nil})
	}
	if t.c.Entry != "" {
		owed = append(owed, CloseEntry{ID: t.c.Entry, Answered: t.c.Record.AnsweredAt != nil, Reason: reason})
	}
	if t.c.Kind == KindResult {
		owed = append(owed, ReportOutcome{Ticket: t.c.Script.Ticket, Attempt: t.c.Script.Attempt, Outcome: t.c.Outcome, Reason: reason})
	}
	return owed
}

// missed: the person wanted to talk and was let down: nobody answered, or he
// waits once more (a transfer, an agent's lost page), or we cut him off.
func (t *turn) missed(reason EndReason) bool {
	answered := t.c.Record.AnsweredAt != nil
	if t.c.Kind == KindResult || t.c.Surveyed || (t.c.Kind == KindOutbound && !answered) {
		return false // an unanswered outbound call leaves its own task open; who was asked had his talk
	}
	cutOff := reason == EndNodeLost || reason == EndOverload || reason == EndShutdown
	return !answered || cutOff || t.waiting() || t.c.State == StateGoodbye
}

func (t *turn) finalRecord(reason EndReason) CallRecord {
	r := &t.c.Record
	r.Queue, r.EndedAt, r.Reason, r.Segments = t.c.Queue, t.now, reason, t.c.Segment
	if r.AnsweredAt == nil && r.QueuedAt != nil {
		r.WaitMS = t.now.Sub(*r.QueuedAt).Milliseconds()
	}
	if t.c.Kind == KindResult {
		outcome := t.c.Outcome
		r.Outcome = &outcome
	}
	final := *r
	final.Agents = slices.Clone(r.Agents)
	return final
}
