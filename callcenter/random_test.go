package callcenter

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// TestRandomEvents feeds calls random events, most of them out of place, and
// asks after each one for what must always hold.
func TestRandomEvents(t *testing.T) {
	ends := map[EndReason]int{}
	for seed := range uint64(3000) {
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
	}
	for _, reason := range []EndReason{EndAbandoned, EndAbandonedEarly, EndCallerHangUp, EndAgentHangUp, EndMaxWait, EndCallbackLeft, EndDone, EndNoAnswer, EndThirdHangUp} {
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
	joined  map[AgentID]bool
	queued  bool
	open    int // recording segments open
	bridged bool
	records int
	journal []Stamped
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{t: t, seed: seed, r: rand.New(rand.NewPCG(seed, 7)), now: start, timers: map[Timer]bool{}, joined: map[AgentID]bool{}}
	switch w.r.IntN(4) {
	case 0:
		w.feed(ResultRequested{Call: "c", Leg: "person", To: "1", Limits: limits, Script: Script{Ticket: "t", Tell: []string{"x"}, Solved: []string{"y"}, Satisfied: []string{"z"}}})
	case 1:
		w.feed(DialRequested{Call: "c", Leg: "person", AgentLeg: "agent0", Agent: "a0", To: "1", Queue: "main", Limits: limits})
	default:
		w.feed(arrived())
	}
	return w
}

func (w *world) pick(events ...Event) Event { return events[w.r.IntN(len(events))] }

func (w *world) step() {
	agent := AgentID(fmt.Sprint("a", w.r.IntN(3)))
	if w.c.Agent != "" && w.r.IntN(3) > 0 {
		agent = w.c.Agent
	}
	timer := w.pick(TimerFired{TimerOffer}, TimerFired{TimerAgentLost}, TimerFired{TimerDial}, TimerFired{TimerKeys}, TimerFired{TimerMaxWait}).(TimerFired)
	playDone := PlayDone{"person", fmt.Sprint(w.c.PlayID)}
	key := fmt.Sprint(w.r.IntN(10))
	target := []Target{{TransferAgent, "a2"}, {TransferQueue, "other"}, {TransferOutside, "110"}, {TransferAgent, ""}}[w.r.IntN(4)]
	third := LegID(fmt.Sprint("third", w.now.Unix()))
	switch w.r.IntN(10) {
	case 0:
		if w.timers[timer.Timer] {
			w.feed(timer)
		}
	case 1, 2:
		w.feed(w.pick(playDone, playDone, KeyPressed{"person", key}, PositionChanged{w.r.IntN(9)}))
	case 3, 4, 5:
		w.feed(w.pick(AgentReserved{agent, LegID(fmt.Sprint("agent", w.now.Unix())), fmt.Sprint("o", w.now.Unix())},
			AgentAccepted{agent, w.c.Offer}, AgentAccepted{agent, w.c.Offer}, AgentRefused{agent, w.c.Offer, "declined"}))
	case 6:
		w.feed(w.pick(AgentLost{agent}, AgentBack{agent}, AgentBack{agent}))
	case 7:
		w.feed(w.pick(HoldRequested{agent}, ResumeRequested{agent}, KeysRequested{agent, key}, TransferRequested{agent, target, third}))
	case 8:
		w.feed(w.pick(LegAnswered{Leg: "person"}, LegRinging{"person"}, LegAnswered{Leg: w.c.Third}, LegFailed{w.c.Third, 486, EndBusy}, LegHold{"person", w.r.IntN(2) == 0, Dialog{}}))
	case 9:
		if w.r.IntN(6) == 0 {
			w.feed(w.pick(LegEnded{"person", EndCallerHangUp}, LegEnded{w.c.Third, EndThirdHangUp}, HangUpRequested{agent}, MediaLost{"person"}))
		}
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

func (w *world) effect(ev Event, e Effect) {
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
		w.offered = ""
		w.joined[e.Agent] = true
		if len(w.joined) > 1 {
			w.fail(ev, "two agents in one call: %v", w.joined)
		}
	case DetachAgent:
		delete(w.joined, e.Agent)
	case ReleaseAgent:
		if w.offered == e.Agent || w.joined[e.Agent] {
			w.fail(ev, "released %s while rung or joined", e.Agent)
		}
	case Enqueue:
		w.queued = true
	case Dequeue:
		w.queued = false
	case Bridge:
		w.bridged = true
	case Unbridge:
		if !w.bridged {
			w.fail(ev, "unbridged what was not bridged")
		}
		w.bridged = false
	case StartRecording:
		w.open++
	case StopRecording:
		w.open--
	case WriteRecord:
		w.records++
	case HangUpLeg, AnswerLeg, RejectLeg, DialLeg, Play, StopPlay, SendKeys, WriteCallback, CloseCallback, ReportOutcome:
	}
}

func (w *world) check(ev Event) {
	waits := w.c.State == StateQueued || w.c.State == StateOffered
	switch {
	case waits && !w.timers[TimerMaxWait]:
		w.fail(ev, "a waiting call without a limit")
	case w.c.State == StateQueued && !w.queued:
		w.fail(ev, "waits, but in no queue")
	case w.queued && !waits:
		w.fail(ev, "still in a queue")
	case w.c.State == StateOffered && (!w.timers[TimerOffer] || w.offered == ""):
		w.fail(ev, "offered to nobody, or for ever")
	case w.c.State != StateOffered && w.offered != "":
		w.fail(ev, "%s still rings", w.offered)
	case w.c.State == StateAgentLost && !w.timers[TimerAgentLost]:
		w.fail(ev, "waits for a page for ever")
	case w.c.State == StateDialing && !w.timers[TimerDial]:
		w.fail(ev, "dials for ever")
	case w.c.State != StateEnded && !w.timers[TimerMaxCall]:
		w.fail(ev, "a call without a hard limit")
	case (w.c.State == StateTalking) != (w.open == 1):
		w.fail(ev, "%d recording segments are open", w.open)
	case w.open < 0 || w.open > 1:
		w.fail(ev, "%d recording segments are open", w.open)
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
	case len(w.timers) > 0 || w.queued || w.offered != "" || len(w.joined) > 0 || w.open != 0:
		w.fail(end, "left behind: timers %v queued %v rung %q joined %v open %d", w.timers, w.queued, w.offered, w.joined, w.open)
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
