package callcenter

import (
	"slices"
	"strings"
)

// talk joins caller and agent.
func (t *turn) talk() {
	t.c.State = StateTalking
	t.answered()
	t.talked(t.c.Agent)
}

// answered: the person has somebody at last.
func (t *turn) answered() {
	r := &t.c.Record
	if r.AnsweredAt == nil {
		r.AnsweredAt = &t.now
		if r.QueuedAt != nil {
			r.WaitMS = t.now.Sub(*r.QueuedAt).Milliseconds()
		}
	}
}

// talked writes down who had a part in the call, once.
func (t *turn) talked(agent AgentID) {
	if r := &t.c.Record; agent != "" && !slices.Contains(r.Agents, agent) {
		r.Agents = append(r.Agents, agent)
	}
}

// part ends what is said, before legs go.
func (t *turn) part() {
	t.c.State = StateQueued
	t.settle()
}

func (t *turn) hold() error {
	if t.c.State != StateTalking {
		return t.refuse(CodeNotTalking)
	}
	t.c.State = StateHeld
	return nil
}

func (t *turn) resume() error {
	if t.c.State != StateHeld {
		return t.refuse(CodeNotHeld)
	}
	t.talk()
	return nil
}

// sendKeys reaches whom the agent talks with: the caller, or an outside number
// that he asks.
func (t *turn) sendKeys(keys string) error {
	to := t.c.Caller
	switch {
	case t.c.State == StateConsulting && t.c.Second.Phase == PhaseJoined && t.c.Second.Agent == "":
		to = t.c.Second.Leg
	case t.c.State != StateTalking && t.c.State != StateSwapped && t.c.State != StateConference:
		return t.refuse(CodeNotTalking)
	}
	if keys == "" || len(keys) > maxKeys || strings.Trim(keys, "0123456789*#") != "" {
		return t.refuse(CodeBadKeys)
	}
	t.do(SendKeys{Leg: to, Keys: keys})
	return nil
}

// hangUp by the agent ends the call for everybody, but not over the head of
// somebody who waits for him: a consultation is ended first.
func (t *turn) hangUp() error {
	if t.c.State == StateConsulting || t.c.State == StateSwapped {
		return t.refuse(CodeConsulting)
	}
	if t.hasSurvey() {
		t.survey()
		return nil
	}
	t.end(EndAgentHangUp)
	return nil
}

// lost: a page is gone (reload, sleep, network). The leg is ours, not the tab's.
func (t *turn) lost(agent AgentID) {
	switch agent {
	case "": // of nobody
	case t.c.Agent:
		t.agentLost()
	case t.c.Second.Agent:
		t.secondLost()
	case t.c.Watch.Agent: // she comes in again by a click
		t.stopWatch()
	}
}

// agentLost: the caller hears music, and the call waits.
func (t *turn) agentLost() {
	switch t.c.State {
	case StateOffered:
		t.offerFailed("offline", "pageLost")
	case StateTalking, StateHeld, StateConsulting, StateSwapped:
		t.c.LostIn, t.c.State = t.c.State, StateAgentLost
		t.settle()
		t.setTimer(TimerAgentLost, t.c.Limits.AgentLostSeconds)
	case StateConference:
		t.conferenceLost()
	case StateDialing:
		t.end(EndAgentLost)
	case StateNew, StateGreeting, StateQueued, StateAgentLost, StateGoodbye,
		StateTelling, StateSolved, StateSatisfied, StateSurvey, StateEnded:
	}
}

// back: the page has a working transport again.
func (t *turn) back(agent AgentID) {
	switch {
	case agent == "": // of nobody
	case agent == t.c.Agent && t.c.State == StateAgentLost:
		t.agentBack()
	case agent == t.c.Agent && t.c.Away:
		t.c.Away = false
		t.do(CancelTimer{TimerAgentLost}, AttachAgent{Leg: t.c.AgentLeg, Agent: agent})
	case agent == t.c.Second.Agent:
		t.secondBack()
	}
}

// agentBack: whoever was on hold stays there: a reload must not let the caller
// hear what is said in the room.
func (t *turn) agentBack() {
	t.do(CancelTimer{TimerAgentLost}, AttachAgent{Leg: t.c.AgentLeg, Agent: t.c.Agent})
	t.c.State, t.c.LostIn = t.c.LostIn, ""
}

// agentStaysAway gives the person to the next agent, ahead of everybody.
func (t *turn) agentStaysAway() {
	agent := t.c.Agent
	t.part()
	t.dropSecond(EndAgentLost)
	t.dropAgent(ReleaseAgent{NotReady: "pageLost"})
	t.setTimer(TimerMaxWait, t.c.Limits.MaxWaitSeconds)
	t.enqueue(Enqueue{Front: true, Avoid: agent})
}

// dropAgent ends the agent's part of the call; how says what becomes of him.
func (t *turn) dropAgent(how ReleaseAgent) {
	how.Agent = t.c.Agent
	t.do(DetachAgent{Leg: t.c.AgentLeg, Agent: t.c.Agent}, how)
	t.endLeg(t.c.AgentLeg)
	t.c.Agent, t.c.AgentLeg, t.c.LostIn, t.c.Away = "", "", "", false
}
