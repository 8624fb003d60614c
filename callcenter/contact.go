package callcenter

import (
	"cmp"
	"slices"
	"time"
)

// ContactKind is what a stretch of a call is to the person, or to who takes part.
type ContactKind string

const (
	ContactWait       ContactKind = "wait"       // the person waits in a queue
	ContactTalk       ContactKind = "talk"       // has an agent, or an outside number
	ContactConsult    ContactKind = "consult"    // somebody is asked, or rung to be asked
	ContactConference ContactKind = "conference" // and heard by the person
	ContactMonitor    ContactKind = "monitor"    // a supervisor, by her mode
	ContactWhisper    ContactKind = "whisper"
	ContactBarge      ContactKind = "barge"
)

// Cause is why a contact began or ended.
type Cause string

const (
	CauseArrived    Cause = "arrived"    // came to the queue
	CauseOverflow   Cause = "overflow"   // went from there to another queue, or outside, by the queue's own targets
	CauseAnswered   Cause = "answered"   // an agent took the offer
	CauseDialled    Cause = "dialled"    // an agent called the person
	CauseTransfer   Cause = "transfer"   // blind
	CauseConsult    Cause = "consult"    // the agent asked for it
	CauseConference Cause = "conference" // likewise
	CauseHandOver   Cause = "handOver"   // the agent left caller and second party together
	CauseCancel     Cause = "cancel"     // the agent sent the second party away
	CauseSupervise  Cause = "supervise"  // a supervisor came, or changed her mode
	CauseTakeOver   Cause = "takeOver"   // a supervisor took the call
	CauseForced     Cause = "forced"     // a supervisor took it from its agent, or ended it
	CauseHangUp     Cause = "hangUp"     // somebody of ours hung up
	CauseLeft       Cause = "left"       // somebody outside hung up, or is out of reach
	CauseCallback   Cause = "callback"   // the person left a callback
	CauseMaxWait    Cause = "maxWait"    // had waited as long as may be
	CauseNoAnswer   Cause = "noAnswer"   // nobody answered, or became free
	CauseDeclined   Cause = "declined"
	CausePageLost   Cause = "pageLost" // the agent's page stayed away
	CauseSystem     Cause = "system"   // shutdown, node lost, a hard limit
)

// Contact is one party's part in a call, or a wait in a queue: a row of the call's
// chain. Contacts are numbered as they begin.
type Contact struct {
	N        int         `json:"n"`
	Kind     ContactKind `json:"kind"`
	Queue    QueueID     `json:"queue,omitempty"`  // of the call then; of a consultation the one that is asked
	Agent    AgentID     `json:"agent,omitempty"`  // of a wait: the one it is for alone
	Number   string      `json:"number,omitempty"` // outside, instead of an agent
	From     time.Time   `json:"from"`
	To       time.Time   `json:"to,omitzero"` // zero: goes on
	Began    Cause       `json:"began"`
	Ended    Cause       `json:"ended,omitempty"`
	TalkMS   int64       `json:"talkMs,omitempty"`   // talks; whose call it is, with the person
	HoldMS   int64       `json:"holdMs,omitempty"`   // lets the person wait; who is asked: waits
	Segments []int       `json:"segments,omitempty"` // of the recording, in which this part is

	Ref      LegID      `json:"-"` // what it is a contact with
	TalkFrom *time.Time `json:"-"`
	HoldFrom *time.Time `json:"-"`
}

// maxContacts bounds the chain of a call. A call that is handed on again and again
// forgets those that ended last, which their numbers tell.
const maxContacts = 64

// parts are the contacts as the state has them.
func (c Call) parts() (parts []Contact) {
	switch c.State {
	case StateEnded:
		return nil
	case StateQueued, StateOffered:
		parts = append(parts, Contact{Kind: ContactWait, Queue: c.Queue, Agent: c.Only, Ref: LegID(string(c.Queue) + "/" + string(c.Only))})
	default: // nobody waits in a queue
		if c.AgentLeg != "" {
			parts = append(parts, Contact{Kind: ContactTalk, Queue: c.Queue, Agent: c.Agent, Ref: c.AgentLeg})
		}
	}
	if c.Third != "" {
		parts = append(parts, Contact{Kind: ContactTalk, Queue: c.Queue, Number: c.numberOf(c.Third), Ref: c.Third})
	}
	if s := c.Second; s.ID != "" {
		part := Contact{Kind: ContactConsult, Queue: c.Queue, Agent: s.Agent, Ref: s.ID}
		if c.State == StateConference {
			part.Kind = ContactConference
		}
		switch s.Target.Kind {
		case TransferAgent:
			part.Agent = cmp.Or(s.Agent, AgentID(s.Target.ID))
		case TransferQueue:
			part.Queue = QueueID(s.Target.ID)
		case TransferOutside:
			part.Number = s.Target.ID
		}
		parts = append(parts, part)
	}
	if w := c.Watch; w.Agent != "" {
		kind := map[Mode]ContactKind{ModeMonitor: ContactMonitor, ModeWhisper: ContactWhisper, ModeBarge: ContactBarge}[w.Mode]
		parts = append(parts, Contact{Kind: kind, Queue: c.Queue, Agent: w.Agent, Ref: w.Leg})
	}
	return parts
}

func (c Call) numberOf(leg LegID) string {
	for _, l := range c.Legs {
		if l.ID == leg {
			return l.Number
		}
	}
	return ""
}

// contacts brings the chain to what the state says, at the end of a turn.
func (t *turn) contacts(ev Event) {
	chain := slices.Clone(t.c.Record.Contacts)
	parts := t.c.parts()
	for i := range chain {
		at := &chain[i]
		if at.Ended != "" {
			continue
		}
		n := slices.IndexFunc(parts, func(p Contact) bool { return p.Kind == at.Kind && p.Ref == at.Ref })
		if n < 0 {
			t.clockContact(at, false, false)
			at.To, at.Ended = t.now, causeOfEnd(ev)
			continue
		}
		at.Agent = parts[n].Agent
		parts = slices.Delete(parts, n, n+1)
	}
	for _, p := range parts {
		if len(chain) >= maxContacts {
			last := len(chain) - 1
			for last > 0 && chain[last].Ended == "" {
				last--
			}
			chain = slices.Delete(chain, last, last+1)
		}
		t.c.Contacted++
		p.N, p.From, p.Began = t.c.Contacted, t.now, causeOfBegin(ev)
		chain = append(chain, p)
	}
	for i := range chain {
		if chain[i].Ended == "" {
			t.runContact(&chain[i])
		}
	}
	t.c.Record.Contacts = chain
}

// runContact is what an open contact does now.
func (t *turn) runContact(at *Contact) {
	talk := t.c.conversation()
	leg := at.Ref
	holds := false
	switch leg {
	case t.c.Second.ID:
		leg = t.c.Second.Leg
		holds = t.c.Second.Phase == PhaseJoined && !t.c.Second.Away && !slices.Contains(talk, leg)
	case t.c.AgentLeg:
		holds = t.c.State == StateHeld || t.c.State == StateConsulting
	}
	talks := leg != "" && slices.Contains(talk, leg) && (leg != t.c.AgentLeg || slices.Contains(talk, t.c.Caller))
	t.clockContact(at, talks, holds)
	taped := t.c.Recording && (leg == t.c.Tape.Left || slices.Contains(t.c.Tape.Others, leg))
	if taped && !slices.Contains(at.Segments, t.c.Segment) {
		at.Segments = append(slices.Clone(at.Segments), t.c.Segment)
	}
}

func (t *turn) clockContact(at *Contact, talks, holds bool) {
	run := func(from **time.Time, sum *int64, runs bool) {
		switch {
		case runs && *from == nil:
			*from = &t.now
		case !runs && *from != nil:
			*sum += t.now.Sub(**from).Milliseconds()
			*from = nil
		}
	}
	run(&at.TalkFrom, &at.TalkMS, talks)
	run(&at.HoldFrom, &at.HoldMS, holds)
}

// causeOfBegin and causeOfEnd name what an event means for the contacts it begins and ends.
func causeOfBegin(ev Event) Cause {
	switch e := ev.(type) {
	case KeyPressed, PlayDone, PlayFailed, CallArrived:
		return CauseArrived
	case TimerFired:
		if e.Timer == TimerPlay {
			return CauseArrived
		}
	default: // as it ends others
	}
	return causeOfEnd(ev)
}

func causeOfEnd(ev Event) Cause {
	switch e := ev.(type) {
	case AgentAccepted:
		return CauseAnswered
	case Overflowed:
		if e.Way.Callback { // he is asked to wait no longer
			return CauseMaxWait
		}
		return CauseOverflow
	case AgentRefused:
		return CauseDeclined
	case AgentLost:
		return CausePageLost
	case DialRequested:
		return CauseDialled
	case LegFailed:
		return CauseNoAnswer
	case LegEnded, MediaLost:
		return CauseLeft
	case KeyPressed:
		return CauseCallback
	case TimerFired:
		return causeOfTimer(e.Timer)
	default:
		return causeOfRequest(ev)
	}
}

func causeOfTimer(timer Timer) Cause {
	switch timer {
	case TimerMaxWait:
		return CauseMaxWait
	case TimerOffer, TimerDial, TimerConsult:
		return CauseNoAnswer
	case TimerAgentLost, TimerSecondLost:
		return CausePageLost
	case TimerKeys, TimerPlay, TimerPause, TimerMaxCall:
	}
	return CauseSystem
}

func causeOfRequest(ev Event) Cause {
	switch ev.(type) {
	case TransferRequested:
		return CauseTransfer
	case ConsultRequested:
		return CauseConsult
	case ConferenceRequested:
		return CauseConference
	case CompleteRequested:
		return CauseHandOver
	case CancelRequested:
		return CauseCancel
	case SuperviseRequested:
		return CauseSupervise
	case TakeOverRequested:
		return CauseTakeOver
	case ReleaseRequested:
		return CauseForced
	case HangUpRequested:
		return CauseHangUp
	default: // nobody asked for it
		return CauseSystem
	}
}
