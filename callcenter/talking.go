package callcenter

import (
	"slices"
	"strings"
)

// talk bridges caller and agent and begins a recording segment.
func (t *turn) talk() {
	t.c.State = StateTalking
	t.answeredBy(t.c.Agent)
	t.do(StopPlay{Leg: t.c.Caller}, Bridge{A: t.c.Caller, B: t.c.AgentLeg})
	t.record(t.c.AgentLeg)
	t.c.TalkFrom = &t.now
}

func (t *turn) answeredBy(agent AgentID) {
	r := &t.c.Record
	if r.AnsweredAt == nil {
		r.AnsweredAt = &t.now
		if r.QueuedAt != nil {
			r.WaitMS = t.now.Sub(*r.QueuedAt).Milliseconds()
		}
	}
	if agent != "" && (len(r.Agents) == 0 || r.Agents[len(r.Agents)-1] != agent) {
		r.Agents = append(r.Agents, agent)
	}
}

func (t *turn) record(other LegID) {
	t.c.Segment++
	t.c.Recording = true
	t.do(StartRecording{Segment: t.c.Segment, Caller: t.c.Caller, Other: other})
}

// pause ends talking or holding for the figures and the recording.
func (t *turn) pause() {
	r := &t.c.Record
	if t.c.TalkFrom != nil {
		r.TalkMS += t.now.Sub(*t.c.TalkFrom).Milliseconds()
		t.c.TalkFrom = nil
	}
	if t.c.HoldFrom != nil {
		r.HoldMS += t.now.Sub(*t.c.HoldFrom).Milliseconds()
		t.c.HoldFrom = nil
	}
	if t.c.Recording {
		t.c.Recording = false
		t.do(StopRecording{Segment: t.c.Segment})
	}
}

// other is whom the caller talks with.
func (t *turn) other() LegID {
	if t.live(t.c.Third) {
		return t.c.Third
	}
	return t.c.AgentLeg
}

func (t *turn) unbridge() {
	if t.c.State == StateTalking && t.live(t.c.Caller) && t.live(t.other()) {
		t.do(Unbridge{A: t.c.Caller, B: t.other()})
	}
}

func (t *turn) hold() error {
	if t.c.State != StateTalking {
		return t.refuse(CodeNotTalking)
	}
	t.unbridge()
	t.pause()
	t.c.State, t.c.HoldFrom = StateHeld, &t.now
	t.play(true, "music")
	return nil
}

func (t *turn) resume() error {
	if t.c.State != StateHeld {
		return t.refuse(CodeNotHeld)
	}
	t.pause()
	t.talk()
	return nil
}

func (t *turn) sendKeys(keys string) error {
	if t.c.State != StateTalking {
		return t.refuse(CodeNotTalking)
	}
	if keys == "" || len(keys) > maxKeys || strings.Trim(keys, "0123456789*#") != "" {
		return t.refuse(CodeBadKeys)
	}
	t.do(SendKeys{Leg: t.c.Caller, Keys: keys})
	return nil
}

// agentLost: the page is gone (reload, sleep, network). The caller hears music
// and the call waits; the leg is ours, not the tab's.
func (t *turn) agentLost(agent AgentID) {
	if t.c.Agent != agent {
		return
	}
	switch t.c.State {
	case StateOffered:
		t.offerFailed("offline", "pageLost")
	case StateTalking, StateHeld:
		t.unbridge()
		t.pause()
		t.c.State = StateAgentLost
		t.setTimer(TimerAgentLost, t.c.Limits.AgentLostSeconds)
		t.play(true, "music")
	case StateDialing:
		t.end(EndAgentLost)
	case StateNew, StateGreeting, StateQueued, StateAgentLost, StateGoodbye,
		StateTelling, StateSolved, StateSatisfied, StateEnded:
	}
}

// agentBack: the page has a working transport again.
func (t *turn) agentBack(agent AgentID) {
	if t.c.State != StateAgentLost || t.c.Agent != agent {
		return
	}
	t.do(CancelTimer{TimerAgentLost}, AttachAgent{Leg: t.c.AgentLeg, Agent: agent})
	t.talk()
}

// agentStaysAway gives the caller to the next agent, ahead of everybody.
func (t *turn) agentStaysAway() {
	if t.c.Kind != KindInbound {
		t.end(EndAgentLost)
		return
	}
	agent := t.c.Agent
	t.dropAgent("pageLost", false)
	t.setTimer(TimerMaxWait, t.c.Limits.MaxWaitSeconds)
	t.enqueue(Enqueue{Front: true, Avoid: agent})
}

// dropAgent ends the agent's part of the call.
func (t *turn) dropAgent(notReady string, wrapUp bool) {
	t.do(DetachAgent{Leg: t.c.AgentLeg, Agent: t.c.Agent},
		ReleaseAgent{Agent: t.c.Agent, WrapUp: wrapUp, NotReady: notReady})
	t.endLeg(t.c.AgentLeg)
	t.c.Agent, t.c.AgentLeg = "", ""
}

// transfer is blind: the agent is free for his wrap-up at once.
func (t *turn) transfer(e TransferRequested) error {
	if t.c.State != StateTalking && t.c.State != StateHeld {
		return t.refuse(CodeNotTalking)
	}
	if e.Target.ID == "" || (e.Target.Kind == TransferAgent && e.Target.ID == string(e.Agent)) ||
		!slices.Contains([]TransferKind{TransferAgent, TransferQueue, TransferOutside}, e.Target.Kind) ||
		(e.Target.Kind == TransferOutside && e.Leg == "") {
		return t.refuse(CodeBadTarget)
	}
	t.unbridge()
	t.pause()
	agent := t.c.Agent
	t.dropAgent("", true)
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
		t.play(true, "ringback")
		t.do(DialLeg{Leg: e.Leg, To: e.Target.ID})
	}
	return nil
}

func (t *turn) thirdAnswered() {
	t.do(CancelTimer{TimerDial}, StopPlay{Leg: t.c.Caller}, Bridge{A: t.c.Caller, B: t.c.Third})
	t.c.State, t.c.TalkFrom = StateTalking, &t.now
	t.record(t.c.Third)
}

// thirdGone: the outside number did not answer; the caller is not lost.
func (t *turn) thirdGone() {
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

// end is the one way out: every leg, agent, timer, place in the queue and
// recording is let go, and the record is the last effect.
func (t *turn) end(reason EndReason) {
	t.leaveQueue("caller-gone")
	t.unbridge()
	t.pause()
	if t.c.Agent != "" {
		t.dropAgent("", true)
	}
	for _, leg := range []LegID{t.c.Caller, t.c.Third} {
		if t.live(leg) {
			t.do(HangUpLeg{Leg: leg, Reason: reason})
			t.endLeg(leg)
		}
	}
	for _, timer := range []Timer{TimerMaxWait, TimerOffer, TimerAgentLost, TimerDial, TimerKeys, TimerMaxCall} {
		t.do(CancelTimer{timer})
	}
	t.owed(reason)
	t.c.State = StateEnded
	t.do(WriteRecord{Record: t.finalRecord(reason)})
}

// owed is what the end of the call leaves to do for the person.
func (t *turn) owed(reason EndReason) {
	switch t.c.Kind {
	case KindInbound:
		missed := t.c.Record.AnsweredAt == nil || reason == EndNodeLost
		if missed && t.c.From != "" {
			t.do(WriteCallback{Number: t.c.From, Reason: reason, Queue: t.c.Queue})
		}
	case KindOutbound:
		if t.c.Callback != "" {
			t.do(CloseCallback{ID: t.c.Callback, Talked: t.c.Record.AnsweredAt != nil})
		}
	case KindResult:
		t.do(ReportOutcome{Ticket: t.c.Script.Ticket, Attempt: t.c.Script.Attempt, Outcome: t.c.Outcome, Reason: reason})
	}
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
	r.Agents = slices.Clone(r.Agents)
	return *r
}
