package callcenter

import (
	"slices"
	"time"
)

// Mode is how a supervisor takes part.
type Mode string

const (
	ModeMonitor Mode = "monitor" // 监听: she hears who talks, nobody hears her
	ModeWhisper Mode = "whisper" // 密语: the agent alone hears her
	ModeBarge   Mode = "barge"   // 强插: everybody hears her
)

// Watch is a supervisor in a call. She stays with the call, through hold,
// consultation and transfer, until its end.
type Watch struct {
	Agent AgentID   `json:"agent"` // the supervisor
	Leg   LegID     `json:"leg"`
	Mode  Mode      `json:"mode"`
	Over  AgentID   `json:"over"` // whose call it is
	Since time.Time `json:"since"`
}

// staffed says whether an agent is on the call, not only rung.
func (t *turn) staffed() bool {
	return t.c.Agent != "" && t.c.State != StateOffered && t.live(t.c.AgentLeg)
}

// supervise brings a supervisor into the call, or changes what she does there.
func (t *turn) supervise(e SuperviseRequested) error {
	if !slices.Contains([]Mode{ModeMonitor, ModeWhisper, ModeBarge}, e.Mode) || e.Supervisor == "" || e.Leg == "" {
		return t.refuse(CodeBadTarget)
	}
	if t.c.Watch.Agent == e.Supervisor {
		if t.c.Watch.Mode != e.Mode {
			t.logWatch()
			t.c.Watch.Mode, t.c.Watch.Since = e.Mode, t.now
			t.barged()
		}
		return nil
	}
	if err := t.mayEnter(e.Supervisor, e.Leg); err != nil {
		return err
	}
	t.c.Watch = Watch{Agent: e.Supervisor, Leg: e.Leg, Mode: e.Mode, Over: t.c.Agent, Since: t.now}
	t.addLeg(Leg{ID: e.Leg, Role: RoleSupervisor, Agent: e.Supervisor, AnsweredAt: &t.now})
	t.do(AttachAgent{Leg: e.Leg, Agent: e.Supervisor})
	t.barged()
	return nil
}

// mayEnter: one supervisor at a time, into a call that an agent has. A leg that the
// call has had is of a supervisor who has just left: her desk is not booked any more.
func (t *turn) mayEnter(supervisor AgentID, leg LegID) error {
	switch {
	case slices.ContainsFunc(t.c.Legs, func(l Leg) bool { return l.ID == leg }):
		return t.refuse(CodeNotInCall)
	case !t.staffed():
		return t.refuse(CodeNotTalking)
	case supervisor == t.c.Agent || supervisor == t.c.Second.Agent:
		return t.refuse(CodeOwnCall)
	case t.c.Watch.Agent != "":
		return t.refuse(CodeWatched)
	}
	return nil
}

// barged: who is heard by the caller has talked with him.
func (t *turn) barged() {
	if t.c.Watch.Mode == ModeBarge {
		t.talked(t.c.Watch.Agent)
	}
}

func (t *turn) logWatch() { t.do(LogWatch{Watch: t.c.Watch, Until: t.now}) }

// followWatch begins a new stretch in the log when the call has another agent.
func (t *turn) followWatch() {
	if t.c.Watch.Agent != "" && t.staffed() && t.c.Watch.Over != t.c.Agent {
		t.logWatch()
		t.c.Watch.Over, t.c.Watch.Since = t.c.Agent, t.now
	}
}

// stopWatch ends the supervisor's part.
func (t *turn) stopWatch() {
	w := t.c.Watch
	if w.Agent == "" {
		return
	}
	t.logWatch()
	t.c.Watch = Watch{}
	t.do(DetachAgent{Leg: w.Leg, Agent: w.Agent}, ReleaseAgent{Agent: w.Agent})
	t.endLeg(w.Leg)
}

// supervisorAsks is what her page may ask for: to leave.
func (t *turn) supervisorAsks(ev Event) error {
	if _, leaves := ev.(HangUpRequested); !leaves {
		return t.refuse(CodeNotInCall)
	}
	t.stopWatch()
	return nil
}

// takeOver: the supervisor talks with the caller; the agent, and whom he asked, wrap up.
func (t *turn) takeOver(e TakeOverRequested) error {
	if e.Supervisor == "" || e.Leg == "" {
		return t.refuse(CodeBadTarget)
	}
	w := t.c.Watch
	if w.Agent != e.Supervisor || !t.staffed() {
		if err := t.mayEnter(e.Supervisor, e.Leg); err != nil {
			return err
		}
	}
	if t.c.State == StateDialing {
		return t.refuse(CodeNotTalking)
	}
	t.free("taken-over")
	t.c.Record.Transfers++
	t.c.Agent, t.c.AgentLeg, t.c.State = e.Supervisor, e.Leg, StateTalking
	if w.Agent == e.Supervisor {
		t.logWatch()
		t.c.Watch, t.c.AgentLeg = Watch{}, w.Leg
		t.update(w.Leg, func(l *Leg) { l.Role = RoleAgent })
	} else {
		t.addLeg(Leg{ID: e.Leg, Role: RoleAgent, Agent: e.Supervisor, AnsweredAt: &t.now})
		t.do(AttachAgent{Leg: e.Leg, Agent: e.Supervisor})
	}
	t.talked(e.Supervisor)
	return nil
}

// free lets the agent and whom he asked go, into their wrap-up.
func (t *turn) free(why EndReason) {
	if t.c.State == StateAgentLost || t.c.Away {
		t.do(CancelTimer{TimerAgentLost})
	}
	t.part()
	t.dropSecond(why)
	t.dropAgent(ReleaseAgent{WrapUp: true, Why: why})
}

// forceRelease ends the call, or gives the person to the next agent.
func (t *turn) forceRelease(e ReleaseRequested) error {
	if !e.Requeue {
		t.end(EndForced)
		return nil
	}
	if !t.staffed() || t.c.State == StateDialing {
		return t.refuse(CodeNotTalking)
	}
	agent := t.c.Agent
	t.free(EndForced)
	t.setTimer(TimerMaxWait, t.c.Limits.MaxWaitSeconds)
	t.enqueue(Enqueue{Front: true, Avoid: agent})
	return nil
}
