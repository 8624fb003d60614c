package callcenter

import "strings"

// talk bridges caller and agent and begins a recording segment.
func (t *turn) talk() {
	t.c.State = StateTalking
	t.answeredBy(t.c.Agent)
	t.hush()
	t.do(Bridge{A: t.c.Caller, B: t.c.AgentLeg})
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
	t.loop("music")
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
		t.c.HeldLost = t.c.State == StateHeld
		t.c.State = StateAgentLost
		t.setTimer(TimerAgentLost, t.c.Limits.AgentLostSeconds)
		if !t.c.HeldLost { // who is on hold hears music already
			t.loop("music")
		}
	case StateDialing:
		t.end(EndAgentLost)
	case StateNew, StateGreeting, StateQueued, StateAgentLost, StateGoodbye,
		StateTelling, StateSolved, StateSatisfied, StateEnded:
	}
}

// agentBack: the page has a working transport again. Whoever was on hold stays
// there: a reload must not let the caller hear what is said in the room.
func (t *turn) agentBack(agent AgentID) {
	if t.c.State != StateAgentLost || t.c.Agent != agent {
		return
	}
	t.do(CancelTimer{TimerAgentLost}, AttachAgent{Leg: t.c.AgentLeg, Agent: agent})
	if t.c.HeldLost {
		t.c.State, t.c.HoldFrom, t.c.HeldLost = StateHeld, &t.now, false
		return
	}
	t.talk()
}

// agentStaysAway gives the person to the next agent, ahead of everybody.
func (t *turn) agentStaysAway() {
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
	t.c.Agent, t.c.AgentLeg, t.c.HeldLost = "", "", false
}
