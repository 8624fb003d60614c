package callcenter

import (
	"slices"
	"time"
)

// Phase is how far a consultation has come.
type Phase string

const (
	PhaseQueued  Phase = "queued"  // an agent is sought
	PhaseOffered Phase = "offered" // an agent is rung
	PhaseDialing Phase = "dialing" // an outside number rings
	PhaseJoined  Phase = "joined"  // somebody is there
)

// Second is the party an agent asks about his call: another agent, one of a
// queue, or an outside number.
type Second struct {
	ID     LegID     `json:"id"` // of the consultation
	Target Target    `json:"target"`
	Phase  Phase     `json:"phase"`
	Leg    LegID     `json:"leg,omitempty"`
	Agent  AgentID   `json:"agent,omitempty"` // rung, or there
	Offer  string    `json:"offer,omitempty"`
	Until  time.Time `json:"until"`          // nobody is sought any longer
	Away   bool      `json:"away,omitempty"` // his page is gone
}

func (s Second) calling() bool { return s.ID != "" && s.Phase != PhaseJoined }

// consult leaves the caller with music and calls the second party.
func (t *turn) consult(e ConsultRequested) error {
	if t.c.State != StateTalking && t.c.State != StateHeld {
		return t.refuse(CodeNotTalking)
	}
	if e.Leg == "" || !e.Target.fits(e.Agent) {
		return t.refuse(CodeBadTarget)
	}
	limits := t.c.Limits
	t.c.State, t.c.Asked = StateConsulting, ""
	t.c.Second = Second{ID: e.Leg, Target: e.Target, Phase: PhaseQueued}
	s := &t.c.Second
	switch e.Target.Kind {
	case TransferAgent: // must be free soon: the agent waits for him
		s.Until = t.now.Add(time.Duration(limits.OfferSeconds) * time.Second)
		t.seek("")
	case TransferQueue:
		s.Until = t.now.Add(time.Duration(limits.MaxWaitSeconds) * time.Second)
		t.seek("")
	case TransferOutside:
		s.Phase, s.Leg = PhaseDialing, e.Leg
		t.addLeg(Leg{ID: e.Leg, Role: RoleConsulted, Number: e.Target.ID})
		t.setTimer(TimerConsult, limits.DialSeconds)
		t.do(DialLeg{Leg: e.Leg, To: e.Target.ID})
	}
	return nil
}

// fits says whether an agent may hand his call to the target, or ask there.
func (g Target) fits(agent AgentID) bool {
	return g.ID != "" && (g.Kind != TransferAgent || g.ID != string(agent)) &&
		slices.Contains([]TransferKind{TransferAgent, TransferQueue, TransferOutside}, g.Kind)
}

// seek asks the shared queue for a second agent. The person has waited for it, so
// his age counts.
func (t *turn) seek(avoid AgentID) {
	s := &t.c.Second
	with := Enqueue{Queue: t.c.Queue, Avoid: avoid, Since: t.c.Record.StartedAt, Number: t.c.From}
	if t.c.Record.QueuedAt != nil {
		with.Since = *t.c.Record.QueuedAt
	}
	if t.c.Language != "" {
		with.Langs = []string{t.c.Language}
	}
	if s.Target.Kind == TransferAgent {
		with.Only, with.Front = AgentID(s.Target.ID), true
	} else {
		with.Queue = QueueID(s.Target.ID)
	}
	s.Phase, s.Agent, s.Leg, s.Offer = PhaseQueued, "", "", ""
	t.do(SetTimer{Timer: TimerConsult, At: s.Until}, Seek{ID: s.ID, Enqueue: with})
}

// secondReserved: the shared queue's winner for the consultation.
func (t *turn) secondReserved(e AgentReserved) {
	s := &t.c.Second
	switch {
	case e.Agent == s.Agent && e.Seek == s.ID:
		return // told twice
	case e.Agent == t.c.Agent || e.Agent == t.c.Watch.Agent:
		return // in the call already: his desk refuses a second one
	case e.Seek != s.ID || s.Phase != PhaseQueued:
		t.do(StopSeeking{ID: e.Seek}, ReleaseAgent{Agent: e.Agent})
		return
	}
	s.Phase, s.Agent, s.Leg, s.Offer = PhaseOffered, e.Agent, e.Leg, e.Offer
	t.c.Record.Offers++
	until := t.now.Add(time.Duration(t.c.Limits.OfferSeconds) * time.Second)
	t.do(SetTimer{Timer: TimerConsult, At: until}, OfferAgent{Agent: e.Agent, Offer: e.Offer, Until: until})
}

// secondOffered says whether this offer of the consultation runs.
func (t *turn) secondOffered(agent AgentID, offer string) bool {
	s := t.c.Second
	return s.Phase == PhaseOffered && s.Agent == agent && s.Offer == offer
}

func (t *turn) secondAccepted(e AgentAccepted) {
	s := &t.c.Second
	s.Offer = ""
	t.addLeg(Leg{ID: s.Leg, Role: RoleConsulted, Agent: e.Agent, AnsweredAt: &t.now, Dialog: e.Dialog})
	t.do(StopSeeking{ID: s.ID}, AttachAgent{Leg: s.Leg, Agent: e.Agent})
	t.secondJoined()
}

// secondJoined: whom the agent asks is there. Without the agent's page he waits.
func (t *turn) secondJoined() {
	t.do(CancelTimer{TimerConsult})
	t.c.Second.Phase = PhaseJoined
	t.talked(t.c.Second.Agent)
}

// secondRefused: of a queue the next one is asked, for as long as it was meant to take.
func (t *turn) secondRefused(why EndReason, reason, notReady string) {
	s := &t.c.Second
	agent := s.Agent
	t.do(WithdrawOffer{Agent: agent, Offer: s.Offer, Reason: reason}, ReleaseAgent{Agent: agent, NotReady: notReady}, StopSeeking{ID: s.ID})
	if s.Target.Kind == TransferQueue && s.Until.After(t.now) {
		t.seek(agent)
		return
	}
	s.Phase, s.Agent, s.Offer = PhaseQueued, "", ""
	t.secondGone(why)
}

// consultTimeOut: nobody was found, nobody answered.
func (t *turn) consultTimeOut() {
	switch s := t.c.Second; s.Phase {
	case PhaseOffered:
		t.secondRefused(EndNoAnswer, "no-answer", "noAnswer")
	case PhaseQueued, PhaseDialing:
		t.secondGone(EndNoAnswer)
	case PhaseJoined:
	}
}

// secondGone: the second party did not come, or has left. The agent is back where
// he would be without it; a caller who waited waits on, since nobody knows what is
// said in the room just now.
func (t *turn) secondGone(why EndReason) {
	t.dropSecond(why)
	t.c.Asked = why
	switch t.c.State {
	case StateConsulting:
		t.c.State = StateHeld
	case StateSwapped:
		t.c.State = StateTalking
	case StateConference:
		t.c.State = StateTalking
		if t.c.Away {
			t.c.State, t.c.LostIn, t.c.Away = StateAgentLost, StateTalking, false
		}
	case StateAgentLost:
		switch t.c.LostIn {
		case StateConsulting:
			t.c.LostIn = StateHeld
		case StateSwapped:
			t.c.LostIn = StateTalking
		default: // the second party had no part in it
		}
	default: // gone with the call, or with the agent
	}
}

// dropSecond lets the second party go, whatever it was doing.
func (t *turn) dropSecond(why EndReason) {
	s := t.c.Second
	if s.ID == "" {
		return
	}
	t.c.Second = Second{}
	if s.calling() {
		t.do(CancelTimer{TimerConsult})
	}
	if s.Away {
		t.do(CancelTimer{TimerSecondLost})
	}
	switch {
	case s.Phase == PhaseQueued:
		t.do(StopSeeking{ID: s.ID})
	case s.Phase == PhaseOffered:
		t.do(WithdrawOffer{Agent: s.Agent, Offer: s.Offer, Reason: "ended"}, ReleaseAgent{Agent: s.Agent}, StopSeeking{ID: s.ID})
	case s.Agent != "":
		notReady := ""
		if why == EndAgentLost {
			notReady = "pageLost"
		}
		t.do(DetachAgent{Leg: s.Leg, Agent: s.Agent},
			ReleaseAgent{Agent: s.Agent, WrapUp: notReady == "", NotReady: notReady, Why: "consulted"})
		t.endLeg(s.Leg)
	case t.live(s.Leg):
		t.do(HangUpLeg{Leg: s.Leg, Reason: why})
		t.endLeg(s.Leg)
	}
}

// secondThere says whether a second party is there to be talked with.
func (t *turn) secondThere() bool { return t.c.Second.Phase == PhaseJoined && !t.c.Second.Away }

// swap goes from the second party to the caller, or back.
func (t *turn) swap() error {
	switch {
	case t.c.Second.ID == "":
		return t.refuse(CodeNoConsult)
	case t.c.Second.Phase != PhaseJoined:
		return t.refuse(CodeNotAnswered)
	case t.c.State == StateConsulting:
		t.c.State = StateSwapped
	case t.c.State == StateSwapped:
		t.c.State = StateConsulting
	default:
		return t.refuse(CodeNoConsult)
	}
	return nil
}

// cancel lets the second party go; the agent is with the caller again.
func (t *turn) cancel() error {
	if t.c.Second.ID == "" {
		return t.refuse(CodeNoConsult)
	}
	t.dropSecond("")
	t.c.State = StateTalking
	return nil
}

// complete hands the caller to the second party; the agent wraps up.
func (t *turn) complete() error {
	if t.c.Second.ID == "" {
		return t.refuse(CodeNoConsult)
	}
	if !t.secondThere() {
		return t.refuse(CodeNotAnswered)
	}
	t.handOver(ReleaseAgent{WrapUp: true})
	return nil
}

// handOver makes the second party the one the caller talks with.
func (t *turn) handOver(agent ReleaseAgent) {
	s := t.c.Second
	t.dropAgent(agent)
	t.c.Record.Transfers++
	t.c.Second, t.c.Asked, t.c.State = Second{}, "", StateTalking
	if s.Agent == "" {
		t.c.Third = s.Leg
		t.update(s.Leg, func(l *Leg) { l.Role = RoleThird })
		return
	}
	t.c.Agent, t.c.AgentLeg = s.Agent, s.Leg
	t.update(s.Leg, func(l *Leg) { l.Role = RoleAgent })
}

// secondAsks is what the second agent may ask for: to leave.
func (t *turn) secondAsks(ev Event) error {
	if _, leaves := ev.(HangUpRequested); !leaves {
		return t.refuse(CodeNotInCall)
	}
	t.secondGone(EndAgentHangUp)
	return nil
}

// secondLost: his page is gone; he is waited for as an agent is.
func (t *turn) secondLost() {
	switch s := &t.c.Second; {
	case s.Phase == PhaseOffered:
		t.secondRefused(EndAgentLost, "offline", "pageLost")
	case s.Phase == PhaseJoined && !s.Away:
		s.Away = true
		t.setTimer(TimerSecondLost, t.c.Limits.AgentLostSeconds)
	}
}

func (t *turn) secondBack() {
	if s := &t.c.Second; s.Away {
		s.Away = false
		t.do(CancelTimer{TimerSecondLost}, AttachAgent{Leg: s.Leg, Agent: s.Agent})
	}
}
