package callcenter

import (
	"fmt"
	"slices"
	"time"
)

// Code says why a request of an agent does not fit the call.
type Code string

const (
	CodeNotInCall  Code = "not-in-call"
	CodeNotTalking Code = "not-talking"
	CodeNotHeld    Code = "not-held"
	CodeBadTarget  Code = "bad-target"
	CodeBadKeys    Code = "bad-keys"
	CodeOfferGone  Code = "offer-gone"
	CodeBadStart   Code = "bad-start"
)

// Error refuses an event; the call is unchanged.
type Error struct {
	Code  Code
	State State
}

func (e *Error) Error() string { return fmt.Sprintf("%s (call is %q)", e.Code, e.State) }

// ErrorCode is the code as the edge tells it.
func (e *Error) ErrorCode() string { return string(e.Code) }

// maxKeys bounds what is remembered of a caller's key presses.
const maxKeys = 32

// Apply folds one event into a call and says what must be done. An event that
// does not fit the state (a late timer, a key nobody asked for) changes nothing
// and is no error; a request of an agent that does not fit is refused with a
// coded *Error. After the end nothing changes any more.
func Apply(c Call, ev Event, now time.Time) (Call, []Effect, error) {
	if c.State == StateEnded {
		return c, nil, nil
	}
	t := &turn{c: c, now: now}
	t.c.Legs = slices.Clone(c.Legs)
	t.c.Record.Agents = slices.Clone(c.Record.Agents)
	var err error
	if c.State == StateNew {
		err = t.begin(ev)
	} else {
		err = t.step(ev)
	}
	if err != nil {
		return c, nil, err
	}
	return t.c, t.effects, nil
}

// turn is one Apply under way.
type turn struct {
	c       Call
	now     time.Time
	effects []Effect
}

func (t *turn) do(effects ...Effect) { t.effects = append(t.effects, effects...) }

func (t *turn) refuse(code Code) error { return &Error{Code: code, State: t.c.State} }

func (t *turn) begin(ev Event) error {
	switch e := ev.(type) {
	case CallArrived:
		t.arrive(e)
	case DialRequested:
		t.dialOut(e)
	case ResultRequested:
		t.dialResult(e)
	default:
		return t.refuse(CodeBadStart)
	}
	return nil
}

// step is the table of everything that may happen to a call that lives.
func (t *turn) step(ev Event) error {
	switch e := ev.(type) {
	case LegAnswered:
		t.legAnswered(e)
	case LegFailed:
		t.legFailed(e)
	case LegEnded:
		t.legEnded(e.Leg, e.Reason)
	case LegHold:
		t.update(e.Leg, func(l *Leg) { l.OnHold, l.Dialog = e.OnHold, e.Dialog })
	case MediaLost:
		t.mediaLost(e.Leg)
	case KeyPressed:
		t.key(e)
	case PlayDone:
		t.playDone(e)
	case TimerFired:
		t.timer(e.Timer)
	case PositionChanged:
		t.position(e.Position)
	case AgentReserved:
		t.reserved(e)
	case AgentAccepted:
		return t.accepted(e)
	case AgentRefused:
		t.refused(e)
	case AgentLost:
		t.agentLost(e.Agent)
	case AgentBack:
		t.agentBack(e.Agent)
	case HoldRequested, ResumeRequested, KeysRequested, TransferRequested, HangUpRequested:
		return t.request(e)
	case EndRequested:
		t.end(e.Reason)
	case LegRinging, CallArrived, DialRequested, ResultRequested:
		// Nothing to do: who dials hears our own ringing tone, and a call starts once.
	}
	return nil
}

// request is what the agent on the call asks for.
func (t *turn) request(ev Event) error {
	var agent AgentID
	switch e := ev.(type) {
	case HoldRequested:
		agent = e.Agent
	case ResumeRequested:
		agent = e.Agent
	case KeysRequested:
		agent = e.Agent
	case TransferRequested:
		agent = e.Agent
	case HangUpRequested:
		agent = e.Agent
	default:
		return t.refuse(CodeBadStart)
	}
	if agent == "" || t.c.Agent != agent || t.c.AgentLeg == "" || t.c.State == StateOffered {
		return t.refuse(CodeNotInCall)
	}
	switch e := ev.(type) {
	case HoldRequested:
		return t.hold()
	case ResumeRequested:
		return t.resume()
	case KeysRequested:
		return t.sendKeys(e.Keys)
	case TransferRequested:
		return t.transfer(e)
	}
	t.end(EndAgentHangUp)
	return nil
}

func (t *turn) timer(timer Timer) {
	switch timer {
	case TimerMaxWait:
		if t.waiting() {
			t.goodbye(EndMaxWait, "max.wait")
		}
	case TimerOffer:
		t.offerTimeOut()
	case TimerAgentLost:
		if t.c.State == StateAgentLost {
			t.agentStaysAway()
		}
	case TimerDial:
		if t.c.State == StateDialing {
			t.dialTimeOut()
		}
	case TimerKeys:
		t.keysTimeOut()
	case TimerMaxCall:
		t.end(EndMaxCall)
	}
}

// waiting: nobody talks with the caller yet (or any more), and nobody is dialled.
func (t *turn) waiting() bool {
	switch t.c.State {
	case StateGreeting, StateQueued, StateOffered:
		return true
	case StateNew, StateTalking, StateHeld, StateAgentLost, StateDialing, StateGoodbye,
		StateTelling, StateSolved, StateSatisfied, StateEnded:
	}
	return false
}

func (t *turn) setTimer(timer Timer, seconds int) {
	t.do(SetTimer{Timer: timer, At: t.now.Add(time.Duration(seconds) * time.Second)})
}

// play replaces what the caller hears. Each play has its own id, so that the end
// of an older one is told from the end of this one.
func (t *turn) play(loop bool, sources ...string) {
	t.c.PlayID++
	t.do(Play{Leg: t.c.Caller, ID: t.playID(), Sources: sources, Loop: loop})
}

func (t *turn) playID() string { return fmt.Sprint(t.c.PlayID) }

func (t *turn) addLeg(l Leg) {
	l.CreatedAt = t.now
	t.c.Legs = append(t.c.Legs, l)
}

func (t *turn) update(id LegID, change func(*Leg)) {
	for i := range t.c.Legs {
		if t.c.Legs[i].ID == id {
			change(&t.c.Legs[i])
			return
		}
	}
}

// live says whether the leg exists and has not ended.
func (t *turn) live(id LegID) bool {
	return id != "" && slices.ContainsFunc(t.c.Legs, func(l Leg) bool { return l.ID == id && l.EndedAt == nil })
}

func (t *turn) endLeg(id LegID) {
	t.update(id, func(l *Leg) {
		if l.EndedAt == nil {
			l.EndedAt = &t.now
		}
	})
}

func (t *turn) legAnswered(e LegAnswered) {
	if !t.live(e.Leg) {
		return
	}
	t.update(e.Leg, func(l *Leg) { l.AnsweredAt, l.Dialog = &t.now, e.Dialog })
	if t.c.State != StateDialing {
		return
	}
	switch e.Leg {
	case t.c.Caller:
		t.personAnswered()
	case t.c.Third:
		t.thirdAnswered()
	}
}

// legFailed: a dialled leg was not answered.
func (t *turn) legFailed(e LegFailed) {
	if !t.live(e.Leg) {
		return
	}
	t.endLeg(e.Leg)
	switch e.Leg {
	case t.c.Caller:
		t.end(e.Reason)
	case t.c.Third:
		t.thirdEnded()
	}
}

func (t *turn) legEnded(leg LegID, reason EndReason) {
	if !t.live(leg) {
		return
	}
	t.endLeg(leg)
	switch leg {
	case t.c.Caller:
		t.callerGone(reason)
	case t.c.Third:
		t.thirdEnded()
	}
}

func (t *turn) thirdEnded() {
	if t.c.State == StateDialing {
		t.thirdGone()
		return
	}
	t.end(EndThirdHangUp)
}

// callerGone names the end by where the call stood.
func (t *turn) callerGone(reason EndReason) {
	switch t.c.State {
	case StateGreeting:
		reason = EndAbandonedEarly
	case StateQueued, StateOffered:
		if t.c.Record.AnsweredAt == nil {
			reason = EndAbandoned
		}
	case StateGoodbye:
		reason = t.c.EndWith
	case StateNew, StateTalking, StateHeld, StateAgentLost, StateDialing, StateTelling,
		StateSolved, StateSatisfied, StateEnded:
	}
	t.end(reason)
}

// mediaLost: no sound from a person for the limit. The far end may be gone
// without a BYE; a leg on hold by its own wish sends none and is left alone.
func (t *turn) mediaLost(leg LegID) {
	if !t.live(leg) || (leg != t.c.Caller && leg != t.c.Third) {
		return
	}
	for _, l := range t.c.Legs {
		if l.ID == leg && l.OnHold {
			return
		}
	}
	t.end(EndMediaLost)
}
