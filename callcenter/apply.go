package callcenter

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Code says why a request of an agent does not fit the call.
type Code string

const (
	CodeNotInCall  Code = "not-in-call"
	CodeNotTalking Code = "not-talking"
	CodeNotHeld    Code = "not-held"
	CodeBadTarget  Code = "bad-target"
	CodeClosed     Code = "queue-closed" // what the agent names takes no calls now
	CodeBadKeys    Code = "bad-keys"
	CodeOfferGone  Code = "offer-gone"
	CodeBadStart   Code = "bad-start"

	CodeNoConsult   Code = "no-consult"   // nobody is asked just now
	CodeNotAnswered Code = "not-answered" // the second party is not there (yet)
	CodeConsulting  Code = "consulting"   // the consultation must end first
	CodeOwnCall     Code = "own-call"     // a supervisor's own call
	CodeWatched     Code = "watched"      // another supervisor is in the call

	CodeNotRecording Code = "not-recording"
	CodePaused       Code = "recording-paused" // already
	CodeNotPaused    Code = "recording-not-paused"
	CodePauseOff     Code = "recording-pause-off" // by configuration

	CodeTooManyPauses Code = "too-many-pauses"
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
	t := &turn{c: c, now: now, event: ev, heard: c.sounds()}
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
	if t.c.State != StateEnded {
		t.settle()
		t.contacts(ev)
	}
	return t.c, t.effects, nil
}

// turn is one Apply under way.
type turn struct {
	c       Call
	now     time.Time
	event   Event
	effects []Effect
	heard   map[LegID]sound // by the effects so far
}

func (t *turn) do(effects ...Effect) { t.effects = append(t.effects, effects...) }

func (t *turn) refuse(code Code) error { return &Error{Code: code, State: t.c.State} }

func (t *turn) begin(ev Event) error {
	switch e := ev.(type) {
	case CallArrived:
		t.arrive(e)
	case DialRequested:
		t.dialOut(e)
	case CallbackDue:
		t.callBack(e)
	case ResultRequested:
		if len(e.Script.Tell) == 0 {
			return t.refuse(CodeBadStart) // nothing to tell: nobody may be rung for it
		}
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
	case Spoke:
		t.spoke(e)
	case PlayDone:
		t.played(e.Leg, e.ID, false)
	case PlayFailed:
		t.played(e.Leg, e.ID, true)
	case TimerFired:
		t.timer(e.Timer)
	case CallerKnown:
		t.known(e)
	case PositionChanged:
		t.position(e)
	case Overflowed:
		t.overflow(e)
	case AgentReserved, AgentAccepted, AgentRefused:
		return t.offered(e)
	case AgentLost:
		t.lost(e.Agent)
	case AgentBack:
		t.back(e.Agent)
	case HoldRequested, ResumeRequested, KeysRequested, TransferRequested, HangUpRequested,
		ConsultRequested, SwapRequested, ConferenceRequested, CompleteRequested, CancelRequested:
		return t.request(e)
	case SuperviseRequested:
		return t.supervise(e)
	case TakeOverRequested:
		return t.takeOver(e)
	case ReleaseRequested:
		return t.forceRelease(e)
	case RecordingPauseRequested:
		return t.pauseRecording(e)
	case RecordingResumeRequested:
		return t.resumeRecording(e)
	case EndRequested:
		t.end(e.Reason)
	case LegRinging:
		t.ringing(e)
	case CallbackBooked:
		t.booked(e)
	case CallArrived, DialRequested, ResultRequested, CallbackDue:
		// Nothing to do: a call starts once.
	}
	return nil
}

// offered is what becomes of an offer: of the waiting call, or of its consultation.
func (t *turn) offered(ev Event) error {
	switch e := ev.(type) {
	case AgentReserved:
		if e.Seek != "" {
			t.secondReserved(e)
			return nil
		}
		t.reserved(e)
	case AgentAccepted:
		if !t.secondOffered(e.Agent, e.Offer) {
			return t.accepted(e)
		}
		t.secondAccepted(e)
	case AgentRefused:
		switch {
		case !t.secondOffered(e.Agent, e.Offer):
			t.refused(e)
		case e.Reason == "busy", e.Reason == "phone-busy":
			t.secondRefused(EndBusy, e.Reason, notReadyFor(e.Reason))
		case e.Reason == "offline":
			t.secondRefused(EndAgentLost, e.Reason, notReadyFor(e.Reason))
		case e.Reason == "no-answer":
			t.secondRefused(EndNoAnswer, e.Reason, notReadyFor(e.Reason))
		default:
			t.secondRefused(EndRejected, e.Reason, notReadyFor(e.Reason))
		}
	default: // not of an offer
	}
	return nil
}

// asker is whose request it is.
func asker(ev Event) AgentID {
	switch e := ev.(type) {
	case HoldRequested:
		return e.Agent
	case ResumeRequested:
		return e.Agent
	case KeysRequested:
		return e.Agent
	case TransferRequested:
		return e.Agent
	case HangUpRequested:
		return e.Agent
	case ConsultRequested:
		return e.Agent
	case SwapRequested:
		return e.Agent
	case ConferenceRequested:
		return e.Agent
	case CompleteRequested:
		return e.Agent
	case CancelRequested:
		return e.Agent
	default: // not a request: of nobody
		return ""
	}
}

// request is what somebody in the call asks for.
func (t *turn) request(ev Event) error {
	switch agent := asker(ev); {
	case agent == "":
		return t.refuse(CodeNotInCall)
	case agent == t.c.Watch.Agent:
		return t.supervisorAsks(ev)
	case agent == t.c.Second.Agent && t.c.Second.Phase == PhaseJoined:
		return t.secondAsks(ev)
	case agent != t.c.Agent || t.c.AgentLeg == "" || t.c.State == StateOffered:
		return t.refuse(CodeNotInCall)
	}
	if _, leaves := ev.(HangUpRequested); !leaves && (t.c.State == StateAgentLost || t.c.Away) {
		return t.refuse(CodeNotTalking) // from a page that has no sound
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
	case ConsultRequested:
		return t.consult(e)
	case SwapRequested:
		return t.swap()
	case ConferenceRequested:
		return t.conference()
	case CompleteRequested:
		return t.complete()
	case CancelRequested:
		return t.cancel()
	default:
		return t.hangUp()
	}
}

func (t *turn) timer(timer Timer) {
	switch timer {
	case TimerMaxWait:
		if t.waiting() {
			t.waitedLongest()
		}
	case TimerOffer:
		t.offerTimeOut()
	case TimerAgentLost:
		switch {
		case t.c.State == StateAgentLost:
			t.agentStaysAway()
		case t.c.Away:
			t.conferenceLeft()
		}
	case TimerDial:
		if t.c.State == StateDialing {
			t.dialTimeOut()
		}
	case TimerKeys:
		t.keysTimeOut()
	case TimerPlay:
		if t.c.Saying {
			t.played(t.c.Caller, t.playID(), true)
		}
	case TimerConsult:
		t.consultTimeOut()
	case TimerSecondLost:
		if t.c.Second.Away {
			t.secondGone(EndAgentLost)
		}
	case TimerPause:
		t.endPause(PauseTimeOut, "")
	case TimerMaxCall:
		t.end(EndMaxCall)
	}
}

func (t *turn) setTimer(timer Timer, seconds int) {
	at := t.now.Add(time.Duration(seconds) * time.Second)
	t.limitWait(timer, at)
	t.do(SetTimer{Timer: timer, At: at})
}

// Each play replaces what the caller hears and has its own id, so that the end
// of an older one is told from the end of this one.

// sayLimit and tellLimit end a prompt whose end is never reported, in seconds.
const (
	sayLimit  = 60
	tellLimit = 60 * 60 // a long result read slowly
)

// say plays prompts once; their end, their failure or the limit is an event.
func (t *turn) say(limit int, sources ...string) {
	t.c.PlayID++
	t.c.Saying = true
	t.setTimer(TimerPlay, limit)
	t.do(Play{Leg: t.c.Caller, ID: t.playID(), Sources: t.local(sources)})
}

// loop plays sources until something else is heard.
func (t *turn) loop(sources ...string) {
	t.said()
	t.c.PlayID++
	t.do(Play{Leg: t.c.Caller, ID: t.playID(), Sources: t.local(sources), Loop: true})
}

// hush ends what the caller hears.
func (t *turn) hush() {
	t.said()
	t.do(StopPlay{Leg: t.c.Caller})
}

func (t *turn) said() {
	if t.c.Saying {
		t.c.Saying = false
		t.do(CancelTimer{TimerPlay})
	}
}

func (t *turn) playID() string { return strconv.Itoa(t.c.PlayID) }

// played: the newest prompt is over, or cannot be heard. Only one thing depends
// on its having been heard: that the result was told.
func (t *turn) played(leg LegID, id string, failed bool) {
	if leg != t.c.Caller || id != t.playID() || !t.c.Saying {
		return
	}
	t.said()
	switch t.c.State {
	case StateGreeting:
		t.greeted()
	case StateQueued, StateOffered: // a position was announced
		t.music()
	case StateGoodbye:
		t.end(t.c.EndWith)
	case StateTelling:
		if failed {
			t.end(EndPromptFailed)
			return
		}
		t.told()
	case StateSolved, StateSatisfied, StateSurvey:
		t.setTimer(TimerKeys, t.c.Limits.KeySeconds)
	case StateNew, StateTalking, StateHeld, StateAgentLost, StateDialing, StateConsulting, StateSwapped, StateConference, StateEnded:
	}
}
