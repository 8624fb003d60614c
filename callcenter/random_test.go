package callcenter

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestRandomEvents feeds calls random events, most of them out of place, and
// asks after each one for what must always hold.
func TestRandomEvents(t *testing.T) {
	ends, visits := map[EndReason]int{}, map[State]int{}
	for seed := range uint64(5000) {
		w := newWorld(t, seed)
		for range 200 {
			w.step()
			if w.c.State == StateEnded {
				break
			}
		}
		if w.c.State != StateEnded {
			w.feed(EndRequested{EndShutdown})
		}
		w.checkEnd()
		ends[w.c.Record.Reason]++
		for state := range w.visited {
			visits[state]++
		}
	}
	for _, state := range []State{StateConsulting, StateSwapped, StateConference, StateAgentLost, StateHeld, StateSurvey} {
		if visits[state] < 20 {
			t.Errorf("%d random calls were %s: the streams do not reach it", visits[state], state)
		}
	}
	for _, reason := range []EndReason{EndAbandoned, EndAbandonedEarly, EndCallerHangUp, EndAgentHangUp, EndMaxWait, EndCallbackLeft, EndDone, EndNoAnswer, EndThirdHangUp, EndPromptFailed, EndNoKeys, EndNodeLost, EndForced, EndClosed} {
		if ends[reason] == 0 {
			t.Errorf("no random call ended with %s: the streams do not reach it", reason)
		}
	}
}

// world remembers what effects have promised.
type world struct {
	t       *testing.T
	seed    uint64
	r       *rand.Rand
	c       Call
	now     time.Time
	timers  map[Timer]bool
	offered AgentID // rung now
	joined  map[AgentID]LegID
	held    map[AgentID]bool // reserved for this call and not yet released
	legs    map[LegID]bool   // exist now
	hears   map[LegID]sound
	queued  bool
	seeks   LegID                 // the consultation that is in the queue too
	open    Tape                  // of the recording segment that is open
	watched map[AgentID]time.Time // logged until then
	paused  bool                  // nothing that is said is kept
	pauses  int                   // begun and not yet logged
	visited map[State]bool
	records int
	answers int  // of the caller
	early   bool // the caller hears the notice before it
	told    bool // the result was heard to its end
	journal []Stamped
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{
		t: t, seed: seed, r: rand.New(rand.NewPCG(seed, 7)), now: start,
		timers: map[Timer]bool{}, joined: map[AgentID]LegID{}, held: map[AgentID]bool{}, legs: map[LegID]bool{},
		hears: map[LegID]sound{}, watched: map[AgentID]time.Time{}, visited: map[State]bool{},
	}
	switch w.r.IntN(5) {
	case 4:
		w.feed(CallbackDue{
			Call: "c", Leg: "person", Task: "task", To: "1", Queue: "main", Since: start.Add(-time.Hour), CallerFirst: w.r.IntN(2) == 0, Limits: limits,
		})
	case 0:
		w.feed(ResultRequested{Call: "c", Leg: "person", To: "1", Limits: limits, Script: w.script()})
	case 1:
		w.feed(DialRequested{Call: "c", Leg: "person", AgentLeg: "agent0", Agent: "a0", To: "1", Queue: "main", Limits: limits})
	case 2:
		ev := arrived()
		if w.r.IntN(4) == 0 {
			ev.Way = w.way("first")
		}
		w.feed(ev)
	default:
		in := arrived()
		in.Limits.EarlyNotice = seed%3 == 0
		in.Dialog.RemoteSDP = "v=0"
		in.Limits.Survey = w.r.IntN(2) == 0
		w.feed(in)
	}
	return w
}

// way is where the data may send a call.
func (w *world) way(leg LegID) Way {
	return []Way{
		{Target: Target{Kind: TransferQueue, ID: "night"}, Closed: true, Say: []string{"closed"}},
		{Target: Target{Kind: TransferOutside, ID: "09912345"}, Leg: leg, Seconds: w.r.IntN(2) * 20},
		{Target: Target{Kind: TransferOutside, ID: "09912345"}, Leg: leg, Closed: true, Say: []string{"closed"}},
		{Callback: true, Closed: true, Say: []string{"closed"}},
		{Callback: true},
	}[w.r.IntN(5)]
}

// script of a result call; some ask nothing, some do not even thank.
func (w *world) script() Script {
	s := Script{Ticket: "t", Tell: []string{"result"}, Solved: []string{"solved"}, Satisfied: []string{"satisfied"}, Thanks: []string{"thanks"}}
	switch w.r.IntN(4) {
	case 0:
		s.Solved, s.Satisfied = nil, nil
	case 1:
		s.Thanks = nil
	}
	return s
}

func (w *world) pick(events ...Event) Event { return events[w.r.IntN(len(events))] }

func (w *world) step() {
	agent := AgentID(fmt.Sprint("a", w.r.IntN(3)))
	if w.c.Agent != "" && w.r.IntN(3) > 0 {
		agent = w.c.Agent
	}
	timer := w.pick(TimerFired{TimerOffer}, TimerFired{TimerAgentLost}, TimerFired{TimerDial}, TimerFired{TimerKeys},
		TimerFired{TimerPlay}, TimerFired{TimerMaxWait}).(TimerFired)
	playDone := PlayDone{"person", fmt.Sprint(w.c.PlayID)}
	key := fmt.Sprint(w.r.IntN(10))
	target := []Target{
		{Kind: TransferAgent, ID: "a2"}, {Kind: TransferQueue, ID: "other"}, {Kind: TransferOutside, ID: "110"}, {Kind: TransferAgent},
	}[w.r.IntN(4)]
	third := LegID(fmt.Sprint("third", w.now.Unix()))
	sdp := []string{"", "v=0"}[w.r.IntN(2)]
	switch w.r.IntN(14) {
	case 13:
		w.stepPause(agent)
	case 10, 11, 12:
		w.stepTogether(agent, target)
	case 0:
		switch {
		case w.r.IntN(8) == 0:
			queue := []QueueID{w.c.Queue, w.c.Queue, "gone"}[w.r.IntN(3)]
			w.feed(Overflowed{Queue: queue, Step: w.r.IntN(4), Way: w.way(LegID(fmt.Sprint("over", w.now.Unix())))})
		case w.timers[timer.Timer]:
			w.feed(timer)
		}
	case 1, 2:
		w.feed(w.pick(playDone, playDone, playDone, PlayFailed(playDone), KeyPressed{"person", key}, Spoke{"person"}, PositionChanged{w.r.IntN(9), w.r.IntN(300)}, CallerKnown{Priority: w.r.IntN(9)}))
	case 3, 4, 5:
		w.feed(w.pick(AgentReserved{Agent: agent, Leg: LegID(fmt.Sprint("agent", w.now.Unix())), Offer: fmt.Sprint("o", w.now.Unix())},
			AgentAccepted{Agent: agent, Offer: w.c.Offer}, AgentAccepted{Agent: agent, Offer: w.c.Offer}, AgentRefused{agent, w.c.Offer, "declined"}))
	case 6:
		w.feed(w.pick(AgentLost{agent}, AgentBack{agent}, AgentBack{agent}))
	case 7:
		w.feed(w.pick(HoldRequested{agent}, ResumeRequested{agent}, KeysRequested{agent, key}, TransferRequested{agent, target, third}))
	case 8:
		if w.c.Booking { // nobody is rung yet
			w.feed(CallbackBooked{Won: w.r.IntN(4) > 0})
			return
		}
		w.feed(w.pick(LegAnswered{Leg: "person"}, LegRinging{"person", sdp}, LegRinging{w.c.Third, sdp}, LegRinging{w.c.Second.Leg, sdp}, LegAnswered{Leg: w.c.Third}, LegFailed{w.c.Third, 486, EndBusy}, LegHold{"person", w.r.IntN(2) == 0, Dialog{}}))
	case 9:
		if w.r.IntN(40) == 0 {
			w.feed(w.pick(EndRequested{EndNodeLost}, TimerFired{TimerMaxCall}))
		} else if w.r.IntN(6) == 0 {
			w.feed(w.pick(LegEnded{"person", EndCallerHangUp}, LegEnded{w.c.Third, EndThirdHangUp}, HangUpRequested{agent}, MediaLost{"person"}))
		}
	}
}

// stepPause pauses the recording and takes it up again, by whom it may concern.
func (w *world) stepPause(agent AgentID) {
	pause := w.pick(RecordingPauseRequested{By: agent}, RecordingPauseRequested{By: "s", Supervisor: true},
		RecordingResumeRequested{By: agent}, RecordingResumeRequested{By: "s", Supervisor: true}, TimerFired{TimerPause})
	if timer, fired := pause.(TimerFired); fired && !w.timers[timer.Timer] {
		return
	}
	w.feed(pause)
}

// stepTogether is what happens between several people in one call.
func (w *world) stepTogether(agent AgentID, target Target) {
	second := w.c.Second
	id := LegID(fmt.Sprint("ask", w.now.Unix()))
	outside := second.Leg
	if second.Agent != "" {
		outside = "" // an agent's leg has no far end that hangs up
	}
	switch w.r.IntN(6) {
	case 0:
		w.feed(w.pick(ConsultRequested{agent, target, id}, ConsultRequested{agent, target, id}, CancelRequested{agent}))
	case 1, 2:
		switch second.Phase {
		case PhaseQueued:
			w.feed(AgentReserved{Agent: "b", Leg: LegID(fmt.Sprint("b", w.now.Unix())), Offer: fmt.Sprint("s", w.now.Unix()), Seek: second.ID})
		case PhaseOffered:
			w.feed(w.pick(AgentAccepted{Agent: second.Agent, Offer: second.Offer}, AgentAccepted{Agent: second.Agent, Offer: second.Offer}, AgentRefused{second.Agent, second.Offer, "declined"}))
		case PhaseDialing:
			w.feed(LegAnswered{Leg: second.Leg})
		case PhaseJoined: // one that comes too late
			w.feed(AgentReserved{Agent: "c", Leg: "late", Offer: "late", Seek: second.ID})
		}
	case 3:
		w.feed(w.pick(SwapRequested{agent}, SwapRequested{agent}, ConferenceRequested{agent}, ConferenceRequested{agent}, CompleteRequested{agent}))
	case 4:
		lost := w.pick(AgentLost{second.Agent}, AgentBack{second.Agent}, AgentBack{second.Agent}, LegEnded{outside, EndThirdHangUp},
			HangUpRequested{second.Agent}, LegFailed{outside, 486, EndBusy}, MediaLost{second.Leg}, AgentLost{"s"},
			TimerFired{TimerConsult}, TimerFired{TimerSecondLost})
		if timer, fired := lost.(TimerFired); fired && !w.timers[timer.Timer] {
			return
		}
		w.feed(lost)
	case 5:
		mode := []Mode{ModeMonitor, ModeWhisper, ModeBarge}[w.r.IntN(3)]
		leg := LegID(fmt.Sprint("s", w.now.Unix()))
		w.feed(w.pick(SuperviseRequested{"s", leg, mode}, SuperviseRequested{"s", leg, mode}, SuperviseRequested{"s2", leg, mode},
			HangUpRequested{"s"}, TakeOverRequested{"s", leg}, ReleaseRequested{"s", w.r.IntN(8) > 0}))
	}
}

func (w *world) feed(ev Event) {
	w.t.Helper()
	before := w.c
	c, effects, err := Apply(w.c, ev, w.now)
	if err != nil {
		if !reflect.DeepEqual(c, before) || effects != nil {
			w.fail(ev, "a refused event changed the call")
		}
		return
	}
	w.journal = append(w.journal, Stamped{w.now, ev})
	w.visited[c.State] = true
	w.happened(ev)
	w.c = c
	for _, e := range effects {
		w.effect(ev, e)
	}
	w.check(ev)
	w.now = w.now.Add(time.Duration(1+w.r.IntN(5)) * time.Second)
}

func (w *world) fail(ev Event, format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf("seed %d, state %s, %#v: %s", w.seed, w.c.State, ev, fmt.Sprintf(format, args...))
}

// happened: what the event alone changes in the world.
func (w *world) happened(ev Event) {
	switch e := ev.(type) {
	case CallArrived:
		w.legs[e.Leg] = true
	case DialRequested:
		w.held[e.Agent] = true
	case LegEnded:
		w.gone(e.Leg)
	case LegFailed:
		w.gone(e.Leg)
	case AgentReserved:
		w.held[e.Agent] = true
	case PlayDone:
		w.told = w.told || (w.c.State == StateTelling && e.ID == w.c.playID())
	case TimerFired:
		delete(w.timers, e.Timer)
	case RecordingPauseRequested:
		w.pauses++
	default: // changes nothing by itself
	}
}

func (c Call) playID() string { return fmt.Sprint(c.PlayID) }

func (w *world) gone(leg LegID) {
	delete(w.legs, leg)
	delete(w.hears, leg)
	for other, s := range w.hears { // its sound ends with it
		s.from = slices.DeleteFunc(slices.Clone(s.from), func(from LegID) bool { return from == leg })
		w.hears[other] = s
	}
}

// named are the legs that an effect needs.
func named(e Effect) []LegID {
	switch e := e.(type) {
	case AnswerLeg:
		return []LegID{e.Leg}
	case ProgressLeg:
		return []LegID{e.Leg}
	case HangUpLeg:
		return []LegID{e.Leg}
	case DetachAgent:
		return []LegID{e.Leg}
	case Play:
		return []LegID{e.Leg}
	case StopPlay:
		return []LegID{e.Leg}
	case SendKeys:
		return []LegID{e.Leg}
	case Bridge:
		return []LegID{e.A, e.B}
	case Unbridge:
		return []LegID{e.A, e.B}
	case StartRecording:
		return append([]LegID{e.Left}, e.Others...)
	case Hear:
		return append([]LegID{e.Leg}, e.Sources...)
	default:
		return nil
	}
}

func (w *world) effect(ev Event, e Effect) {
	for _, leg := range named(e) {
		if !w.legs[leg] {
			w.fail(ev, "%#v names a leg that is not there", e)
		}
	}
	switch e := e.(type) {
	case SetTimer:
		w.timers[e.Timer] = true
		if !e.At.After(w.now) {
			w.fail(ev, "timer %s in the past", e.Timer)
		}
	case CancelTimer:
		delete(w.timers, e.Timer)
	case OfferAgent:
		if w.offered != "" {
			w.fail(ev, "two agents rung")
		}
		w.offered = e.Agent
	case WithdrawOffer:
		if w.offered != e.Agent {
			w.fail(ev, "withdrew an offer of %s, rung is %q", e.Agent, w.offered)
		}
		w.offered = ""
	case AttachAgent:
		if w.offered == e.Agent {
			w.offered = ""
		}
		if leg, twice := w.joined[e.Agent]; twice && leg != e.Leg {
			w.fail(ev, "%s is in two conversations: %v", e.Agent, w.joined)
		}
		w.legs[e.Leg] = true
		w.joined[e.Agent] = e.Leg
	case DetachAgent:
		delete(w.joined, e.Agent)
		w.gone(e.Leg)
	case DialLeg:
		w.legs[e.Leg] = true
	case HangUpLeg:
		w.gone(e.Leg)
	case ReleaseAgent:
		delete(w.held, e.Agent)
		if w.offered == e.Agent || w.joined[e.Agent] != "" {
			w.fail(ev, "released %s while rung or joined", e.Agent)
		}
	case Enqueue:
		w.queued = true
		if e.Held && w.legs[w.c.Caller] {
			w.fail(ev, "he is on the line, and offered to nobody")
		}
	case Rank:
		if !w.queued {
			w.fail(ev, "ranked while not in the queue")
		}
	case Dequeue:
		w.queued = false
	case Seek:
		w.seeks = e.ID
	case StopSeeking:
		if w.seeks == e.ID {
			w.seeks = ""
		}
	case Bridge:
		w.hears[e.A], w.hears[e.B] = sound{from: []LegID{e.B}}, sound{from: []LegID{e.A}}
	case Unbridge:
		if !paired(w.hears, e.A, e.B) {
			w.fail(ev, "unbridged what was not bridged")
		}
		delete(w.hears, e.A)
		delete(w.hears, e.B)
	case Hear:
		w.hears[e.Leg] = sound{from: e.Sources}
	case StopPlay:
		delete(w.hears, e.Leg)
	case StartRecording:
		if w.open.Kind != "" {
			w.fail(ev, "two recording segments are open")
		}
		w.open, w.paused = e.Tape, e.Paused
	case StopRecording:
		if w.open.Kind == "" {
			w.fail(ev, "no recording segment is open")
		}
		w.open, w.paused = Tape{}, false
		for _, gap := range e.Gaps {
			if !gap.Until.After(gap.From) && !gap.Until.Equal(w.now) {
				w.fail(ev, "a gap without an end: %+v", e.Gaps)
			}
		}
	case PauseRecording:
		if w.open.Kind == "" || w.paused == e.Paused {
			w.fail(ev, "%+v, open is %+v", e, w.open)
		}
		w.paused = e.Paused
	case LogPause:
		w.pauses--
	case LogWatch:
		if until, before := w.watched[e.Agent]; before && e.Since.Before(until) {
			w.fail(ev, "watched twice at a time")
		}
		w.watched[e.Agent] = e.Until
	case WriteRecord:
		w.records++
	case ReportOutcome:
		if e.Outcome.Told != (w.told && !e.Outcome.Machine) {
			w.fail(ev, "outcome says told %v, heard to its end %v", e.Outcome.Told, w.told)
		}
	case Play:
		w.hears[e.Leg] = sound{loop: strings.Join(e.Sources, " ")}
	case AnswerLeg:
		w.answers++
	case ProgressLeg:
		w.early = true
	case SendKeys, WriteCallback, KeepPlace, CloseCallback, BookCallback, CloseEntry, Listen:
	}
}

func (w *world) check(ev Event) {
	waits := w.c.State == StateQueued || w.c.State == StateOffered
	asks := w.c.State == StateSolved || w.c.State == StateSatisfied || w.c.State == StateSurvey
	says := w.c.State == StateGreeting || w.c.State == StateGoodbye || w.c.State == StateTelling
	switch {
	case waits && !w.timers[TimerMaxWait]:
		w.fail(ev, "a waiting call without a limit")
	case w.c.State == StateQueued && !w.queued:
		w.fail(ev, "waits, but in no queue")
	case w.c.holdsPlace() && !w.queued:
		w.fail(ev, "his place is gone while he is called")
	case w.queued && !waits && !w.c.holdsPlace():
		w.fail(ev, "still in a queue")
	case w.c.State == StateOffered && (!w.timers[TimerOffer] || w.offered == ""):
		w.fail(ev, "offered to nobody, or for ever")
	case (w.c.State == StateOffered || w.c.Second.Phase == PhaseOffered) != (w.offered != ""):
		w.fail(ev, "%s still rings", w.offered)
	case w.c.State == StateAgentLost && !w.timers[TimerAgentLost]:
		w.fail(ev, "waits for a page for ever")
	case w.c.State == StateDialing && !w.timers[TimerDial]:
		w.fail(ev, "dials for ever")
	case w.c.Saying != w.timers[TimerPlay]:
		w.fail(ev, "a prompt without a limit, or a limit without a prompt")
	case says && !w.timers[TimerPlay]:
		w.fail(ev, "waits for a prompt's end for ever")
	case asks && !w.timers[TimerPlay] && !w.timers[TimerKeys]:
		w.fail(ev, "waits for a key for ever")
	case len(w.c.Legs) > maxLegs || len(w.c.Keys) > maxKeys:
		w.fail(ev, "%d legs, %d keys", len(w.c.Legs), len(w.c.Keys))
	case w.c.Hops > maxHops:
		w.fail(ev, "sent on %d times", w.c.Hops)
	case w.timers[TimerMaxWait] && !w.c.WaitUntil.After(w.now.Add(-time.Second)):
		w.fail(ev, "waits until %s", w.c.WaitUntil)
	case w.c.Trying != "" && (w.c.State != StateDialing || w.c.Third == ""):
		w.fail(ev, "tries for %s", w.c.Trying)
	case w.c.State != StateEnded && !w.timers[TimerMaxCall]:
		w.fail(ev, "a call without a hard limit")
	}
	switch {
	case w.c.paused() != w.timers[TimerPause] || w.c.paused() != (w.pauses == 1):
		w.fail(ev, "paused %+v, timer %v, %d to be logged", w.c.Pause, w.timers[TimerPause], w.pauses)
	case w.c.paused() && w.c.Pause.Over != w.c.Agent:
		w.fail(ev, "a pause of somebody who has left: %+v", w.c.Pause)
	case w.c.paused() && (w.c.State == StateGreeting || w.c.State == StateQueued || w.c.State == StateOffered):
		w.fail(ev, "paused while keys are kept")
	case w.open.Kind != "" && w.paused != w.c.paused():
		w.fail(ev, "the segment is paused: %v, the call: %+v", w.paused, w.c.Pause)
	}
	w.checkTogether(ev)
	w.checkSound(ev)
	w.checkAnswered(ev)
}

// checkAnswered: a caller is answered once, and before he waits or talks.
func (w *world) checkAnswered(ev Event) {
	want := 1
	switch {
	case w.c.Kind != KindInbound:
		want = 0
	case w.early && w.c.State == StateGreeting:
		want = 0
	case w.early && (w.c.State == StateGoodbye || w.c.State == StateEnded) && w.c.Record.QueuedAt == nil:
		want = 0
	}
	if w.answers != want {
		w.fail(ev, "the caller was answered %d times, want %d", w.answers, want)
	}
}

// checkTogether: who is called, or waited for, has a timer.
func (w *world) checkTogether(ev Event) {
	s := w.c.Second
	there := w.c.State == StateConsulting || w.c.State == StateSwapped || w.c.State == StateConference || w.c.State == StateAgentLost
	switch {
	case s.ID != "" && !there:
		w.fail(ev, "a second party is left: %+v", s)
	case (w.c.State == StateSwapped || w.c.State == StateConference) && s.Phase != PhaseJoined:
		w.fail(ev, "with whom? %+v", s)
	case s.calling() != w.timers[TimerConsult]:
		w.fail(ev, "calls %+v, timer %v", s, w.timers[TimerConsult])
	case s.Away != w.timers[TimerSecondLost]:
		w.fail(ev, "waits for a page: %v, timer %v", s.Away, w.timers[TimerSecondLost])
	case (w.c.State == StateAgentLost || w.c.Away) != w.timers[TimerAgentLost]:
		w.fail(ev, "waits for the agent's page, away %v, timer %v", w.c.Away, w.timers[TimerAgentLost])
	case (s.ID != "" && s.Phase == PhaseQueued) && w.seeks != s.ID:
		w.fail(ev, "seeks nobody")
	case w.seeks != "" && s.Phase != PhaseQueued && s.Phase != PhaseOffered:
		w.fail(ev, "still sought: %s", w.seeks)
	case w.c.Watch.Agent != "" && w.joined[w.c.Watch.Agent] != w.c.Watch.Leg:
		w.fail(ev, "the supervisor is not there")
	case len(w.joined) > 3 || len(w.legs) > 5:
		w.fail(ev, "%d agents, legs %v", len(w.joined), w.legs)
	}
}

// checkSound: every leg hears what the state says, and what is said is recorded.
func (w *world) checkSound(ev Event) {
	says := w.c.sounds()
	for leg := range w.legs {
		got, want := w.hears[leg], says[leg]
		if leg == w.c.Caller && len(want.from) == 0 && want.loop == "" {
			if len(got.from) > 0 {
				w.fail(ev, "a caller who waits hears %v", got)
			}
			continue // a play of the queue
		}
		if !got.same(want) {
			w.fail(ev, "%s hears %+v, the state says %+v", leg, got, want)
		}
	}
	early := func(from []LegID) bool { return len(from) == 1 && w.c.early(from[0]) && len(w.c.conversation()) == 0 }
	if from := w.hears[w.c.Caller].from; len(from) > 0 && !early(from) {
		if w.open.Left != w.c.Caller || !slices.Equal(w.open.Others, from) {
			w.fail(ev, "the caller hears %v, recorded is %+v", from, w.open)
		}
	} else if w.open.Left == w.c.Caller && w.open.Kind != "" {
		w.fail(ev, "recorded for nothing: %+v", w.open)
	}
	for leg, s := range w.hears {
		if leg != w.c.Caller && len(s.from) > 0 && !early(s.from) && w.open.Kind == "" {
			w.fail(ev, "%s hears %v, nothing is recorded", leg, s.from)
		}
		if leg != w.c.AgentLeg && w.c.Watch.Mode != ModeBarge && slices.Contains(s.from, w.c.Watch.Leg) && w.c.Watch.Leg != "" {
			w.fail(ev, "%s hears the supervisor", leg)
		}
	}
}

func (w *world) checkEnd() {
	w.t.Helper()
	end := EndRequested{}
	switch {
	case w.records != 1:
		w.fail(end, "%d records", w.records)
	case w.c.Record.Reason == "":
		w.fail(end, "ended without a reason")
	case len(w.timers) > 0 || w.queued || w.offered != "" || len(w.joined) > 0 || w.open.Kind != "" || w.seeks != "" || len(w.legs) > 0 || len(w.held) > 0:
		w.fail(end, "left behind: timers %v queued %v rung %q joined %v open %v legs %v reserved %v",
			w.timers, w.queued, w.offered, w.joined, w.open, w.legs, w.held)
	}
	for _, l := range w.c.Legs {
		if l.EndedAt == nil {
			w.fail(end, "leg %s lives on", l.ID)
		}
	}
	if c, effects, err := Apply(w.c, KeyPressed{"person", "1"}, w.now); err != nil || effects != nil || !reflect.DeepEqual(c, w.c) {
		w.fail(end, "the end is not the end")
	}
	w.checkReplay()
}

// checkReplay sends the journal through its codec and folds it again.
func (w *world) checkReplay() {
	journal := make([]Stamped, len(w.journal))
	for i, row := range w.journal {
		kind, data, err := EncodeEvent(row.Event)
		if err != nil {
			w.t.Fatal(err)
		}
		ev, err := DecodeEvent(kind, data)
		if err != nil {
			w.t.Fatal(err)
		}
		journal[i] = Stamped{row.At, ev}
	}
	c, err := Replay(journal)
	if err != nil {
		w.t.Fatalf("seed %d: %v", w.seed, err)
	}
	if !reflect.DeepEqual(c, w.c) {
		w.t.Fatalf("seed %d: replay gives another call:\n%+v\n%+v", w.seed, c, w.c)
	}
}
