package engine

import (
	"time"

	"hotline12345/callcenter"
)

// TimeState is what an agent does, as his timeline tells it.
type TimeState string

const (
	TimeReady      TimeState = "ready"
	TimeNotReady   TimeState = "notReady" // by the system; the reason says why
	TimeBreak      TimeState = "break"    // his own choice, with its reason
	TimeOffered    TimeState = "offered"  // a call rings, or is being made
	TimeTalking    TimeState = "talking"
	TimeHeld       TimeState = "held"
	TimeWrapUp     TimeState = "wrapUp"
	TimeMonitoring TimeState = "monitoring"
)

// MaxStretch bounds a stretch: a longer one is written in pieces, so that a crash loses
// little and a reader need not look far back.
const MaxStretch = 15 * time.Minute

// AgentTime is a stretch of an agent's shift. The stretches of a shift follow each
// other without a gap; one is written when it is over.
type AgentTime struct {
	Agent  callcenter.AgentID
	Shift  time.Time // when it began
	From   time.Time
	To     time.Time // zero: goes on
	State  TimeState
	Reason string // of a break, or why not ready
	Call   callcenter.CallID
	Queue  string          // of the call
	Kind   callcenter.Kind // likewise
}

// systemReasons are breaks that the agent did not choose.
var systemReasons = map[string]bool{"start": true, "noAnswer": true, "declined": true, "pageLost": true, "supervisor": true, "phoneLost": true, "phoneBusy": true}

// doing is what the desk's agent does now.
func (s *desk) doing() AgentTime {
	v := s.view
	t := AgentTime{Agent: v.Agent}
	switch {
	case v.Offer != nil:
		t.Call, t.Queue = v.Offer.Call, v.Offer.Queue
	case v.Call != nil && v.State != StateIdle:
		t.Call, t.Queue, t.Kind = v.Call.Call, v.Call.Queue, v.Call.Kind
	case s.call == s.time.Call: // the offer was taken back at this moment
		t.Call, t.Queue, t.Kind = s.time.Call, s.time.Queue, s.time.Kind
	default:
		t.Call = s.call
	}
	switch v.State {
	case StateReserved, StateRinging:
		t.State = TimeOffered
	case StateTalking:
		t.State = TimeTalking
	case StateHeld:
		t.State = TimeHeld
	case StateWrapUp:
		t.State = TimeWrapUp
	case StateMonitoring:
		t.State = TimeMonitoring
	case StateIdle:
		t.State, t.Reason = s.idling()
	}
	return t
}

// idling is why an idle agent is offered nothing, if he is not.
func (s *desk) idling() (TimeState, string) {
	v := s.view
	switch {
	case v.Status == StatusBreak && systemReasons[v.BreakReason]:
		return TimeNotReady, v.BreakReason
	case v.Status == StatusBreak:
		return TimeBreak, v.BreakReason
	case !v.Online:
		return TimeNotReady, "offline"
	case !v.MediaUp && v.ByPhone:
		return TimeNotReady, "phoneLost"
	case !v.MediaUp:
		return TimeNotReady, "noSound"
	}
	return TimeReady, ""
}

// mark ends the stretch that was and begins the one that is; over ends the shift. The
// lock is held.
func (d *desks) mark(s *desk, over bool) {
	now := time.Now().UTC().Truncate(time.Microsecond) // what a timestamptz keeps
	was := s.time
	if now.Before(was.From) { // the machine's clock was set back
		now = was.From
	}
	if was.State == "" {
		was.Shift = now
	}
	for was.State != "" && now.Sub(was.From) >= MaxStretch {
		piece := was
		piece.To = was.From.Add(MaxStretch)
		d.e.times.agentTime(piece)
		was.From = piece.To
	}
	next := s.doing()
	next.Shift, next.From = was.Shift, was.From
	if next == was && !over {
		s.time = was
		return
	}
	if was.State != "" && now.After(was.From) {
		was.To = now
		d.e.times.agentTime(was)
	}
	next.From = now
	s.time = next
	if !over {
		d.e.o.OnAgent(next)
	}
}

// Times are the stretches that go on now, of every agent on shift here.
func (e *Engine) Times() []AgentTime {
	e.desks.mu.Lock()
	defer e.desks.mu.Unlock()
	list := make([]AgentTime, 0, len(e.desks.m))
	for _, s := range e.desks.m {
		list = append(list, s.time)
	}
	return list
}
