package callcenter

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

var limits = Limits{
	OfferSeconds: 20, MaxWaitSeconds: 600, AgentLostSeconds: 30, DialSeconds: 45,
	KeySeconds: 8, MaxKeyTries: 3, MaxCallSeconds: 14400, PauseSeconds: 120,
}

// run applies events one second apart and keeps every effect.
type run struct {
	t       *testing.T
	c       Call
	now     time.Time
	last    []Effect
	all     []Effect
	journal []Stamped
}

func newRun(t *testing.T) *run { return &run{t: t, now: start} }

func (r *run) feed(events ...Event) *run {
	r.t.Helper()
	for _, ev := range events {
		if err := r.try(ev); err != nil {
			r.t.Fatalf("%T: %v", ev, err)
		}
	}
	return r
}

func (r *run) try(ev Event) error {
	c, effects, err := Apply(r.c, ev, r.now)
	if err == nil {
		r.journal = append(r.journal, Stamped{r.now, ev})
		r.last = effects
		r.all = append(r.all, effects...)
	}
	r.c = c
	r.now = r.now.Add(time.Second)
	return err
}

func (r *run) state(want State) *run {
	r.t.Helper()
	if r.c.State != want {
		r.t.Fatalf("state %q, want %q", r.c.State, want)
	}
	return r
}

// did says that the last event had these effects among its own, in this order.
func (r *run) did(want ...Effect) *run {
	r.t.Helper()
	rest := r.last
	for _, w := range want {
		i := slices.IndexFunc(rest, func(e Effect) bool { return reflect.DeepEqual(e, w) })
		if i < 0 {
			r.t.Fatalf("no %#v in %s", w, show(r.last))
		}
		rest = rest[i+1:]
	}
	return r
}

func show(effects []Effect) string {
	var b strings.Builder
	for _, e := range effects {
		fmt.Fprintf(&b, "\n\t%#v", e)
	}
	return b.String()
}

func find[E Effect](r *run) (E, bool) {
	for _, e := range slices.Backward(r.all) {
		if want, ok := e.(E); ok {
			return want, true
		}
	}
	var zero E
	return zero, false
}

func arrived() CallArrived {
	return CallArrived{Call: "c", Leg: "person", From: "13800001000", To: "12345", Trunk: "t", Queue: "main", Limits: limits}
}

func queued(t *testing.T) *run {
	return newRun(t).feed(arrived(), PlayDone{"person", "1"}).state(StateQueued)
}

func talking(t *testing.T) *run {
	return queued(t).feed(AgentReserved{Agent: "a", Leg: "agent", Offer: "o1"}, AgentAccepted{Agent: "a", Offer: "o1"}).state(StateTalking)
}

func TestInbound(t *testing.T) {
	r := newRun(t).feed(arrived()).state(StateGreeting)
	r.did(AnswerLeg{"person"}, Play{Leg: "person", ID: "1", Sources: []string{"notice"}})
	r.feed(KeyPressed{"person", "9"}).state(StateQueued)
	r.did(Enqueue{Queue: "main", Since: start.Add(time.Second), Number: "13800001000"},
		Play{Leg: "person", ID: "2", Sources: []string{"music", "queue.callback"}, Loop: true})
	r.feed(AgentReserved{Agent: "a", Leg: "agent", Offer: "o1"}).state(StateOffered)
	r.did(OfferAgent{Agent: "a", Offer: "o1", Until: r.now.Add(19 * time.Second)})
	r.feed(AgentAccepted{Agent: "a", Offer: "o1"}).state(StateTalking)
	r.did(CancelTimer{TimerOffer}, CancelTimer{TimerMaxWait}, Dequeue{}, AttachAgent{"agent", "a"}, StopPlay{"person"},
		Bridge{"person", "agent"}, StartRecording{Segment: 1, Tape: Tape{SegmentTalk, "person", []LegID{"agent"}}})
	r.feed(LegEnded{"person", EndCallerHangUp}).state(StateEnded)
	r.did(StopRecording{Segment: 1}, DetachAgent{"agent", "a"}, ReleaseAgent{Agent: "a", WrapUp: true})
	record, ok := find[WriteRecord](r)
	if !ok {
		t.Fatal("no record")
	}
	got := record.Record
	if got.WaitMS != 2000 || got.TalkMS != 1000 || got.Reason != EndCallerHangUp || got.Offers != 1 ||
		!slices.Equal(got.Agents, []AgentID{"a"}) || got.Segments != 1 {
		t.Fatalf("record %+v", got)
	}
	if _, ok := find[WriteCallback](r); ok {
		t.Fatal("an answered call became a callback task")
	}
	if _, ok := r.last[len(r.last)-1].(WriteRecord); !ok {
		t.Fatal("the record is not the last effect")
	}
}

// TestKeysForAnAgentAreHis: the next one is shown what was pressed while nobody had the
// call, not what the person typed with the recording paused.
func TestKeysForAnAgentAreHis(t *testing.T) {
	r := newRun(t).feed(arrived(), KeyPressed{"person", "9"}, KeyPressed{"person", "4"})
	r.feed(AgentReserved{Agent: "a", Leg: "agent", Offer: "o1"}, KeyPressed{"person", "5"}, AgentAccepted{Agent: "a", Offer: "o1"})
	r.feed(KeyPressed{"person", "6"}, RecordingPauseRequested{By: "a"}, KeyPressed{"person", "7"}, HoldRequested{"a"}, KeyPressed{"person", "8"})
	r.feed(TransferRequested{Agent: "a", Target: Target{Kind: TransferQueue, ID: "business"}}, KeyPressed{"person", "0"}).state(StateQueued)
	if r.c.Keys != "9450" {
		t.Errorf("the next agent is shown %q", r.c.Keys)
	}
}

func TestNoNotice(t *testing.T) {
	ev := arrived()
	ev.Limits.NoNotice = true
	newRun(t).feed(ev).state(StateQueued)
}

func TestWhoHangsUpBeforeAPersonAnsweredIsCalledBack(t *testing.T) {
	for name, c := range map[string]struct {
		events []Event
		reason EndReason
	}{
		"greeting":    {[]Event{LegEnded{"person", EndCallerHangUp}}, EndAbandonedEarly},
		"queue":       {[]Event{PlayDone{"person", "1"}, LegEnded{"person", EndCallerHangUp}}, EndAbandoned},
		"offered":     {[]Event{PlayDone{"person", "1"}, AgentReserved{Agent: "a", Leg: "agent", Offer: "o"}, LegEnded{"person", EndCallerHangUp}}, EndAbandoned},
		"key 1":       {[]Event{PlayDone{"person", "1"}, KeyPressed{"person", "1"}, PlayDone{"person", "3"}}, EndCallbackLeft},
		"key 1, gone": {[]Event{PlayDone{"person", "1"}, KeyPressed{"person", "1"}, LegEnded{"person", EndCallerHangUp}}, EndCallbackLeft},
		"max wait":    {[]Event{PlayDone{"person", "1"}, TimerFired{TimerMaxWait}, PlayDone{"person", "3"}}, EndMaxWait},
		"node lost":   {[]Event{EndRequested{EndNodeLost}}, EndNodeLost},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRun(t).feed(arrived()).feed(c.events...).state(StateEnded)
			got, ok := find[WriteCallback](r)
			if !ok || got != (WriteCallback{"13800001000", c.reason, "main"}) {
				t.Fatalf("callback %+v, %v", got, ok)
			}
		})
	}
	withheld := arrived()
	withheld.From = ""
	r := newRun(t).feed(withheld, LegEnded{"person", EndCallerHangUp})
	if _, ok := find[WriteCallback](r); ok {
		t.Fatal("a task without a number to call")
	}
}

// TestAWithheldNumberIsPromisedNothing: nobody can call back, so it is not offered,
// key 1 does not end the call, and the longest wait ends with other words.
func TestAWithheldNumberIsPromisedNothing(t *testing.T) {
	withheld := arrived()
	withheld.From = ""
	r := newRun(t).feed(withheld, PlayDone{"person", "1"}).state(StateQueued)
	r.did(Play{Leg: "person", ID: "2", Sources: []string{"music"}, Loop: true})
	r.feed(KeyPressed{"person", "1"}).state(StateQueued)
	r.feed(TimerFired{TimerMaxWait}).state(StateGoodbye)
	r.did(Play{Leg: "person", ID: "3", Sources: []string{"max.wait.withheld"}})
}

func TestOfferUnanswered(t *testing.T) {
	r := queued(t).feed(AgentReserved{Agent: "a", Leg: "agent", Offer: "o1"}, TimerFired{TimerOffer}).state(StateQueued)
	r.did(WithdrawOffer{"a", "o1", "no-answer"}, ReleaseAgent{Agent: "a", NotReady: "noAnswer"},
		Enqueue{Queue: "main", Front: true, Avoid: "a", Since: start.Add(time.Second), Number: "13800001000"})
	r.feed(AgentReserved{Agent: "b", Leg: "agent2", Offer: "o2"}, AgentRefused{"b", "o2", "declined"}).state(StateQueued)
	r.did(ReleaseAgent{Agent: "b", NotReady: "declined"})
	if err := r.try(AgentAccepted{Agent: "b", Offer: "o2"}); !isCode(err, CodeOfferGone) {
		t.Fatalf("a withdrawn offer was taken: %v", err)
	}
	r.feed(AgentReserved{Agent: "c", Leg: "agent3", Offer: "o3"}, LegEnded{"person", EndCallerHangUp})
	r.did(WithdrawOffer{"c", "o3", "caller-gone"}, ReleaseAgent{Agent: "c"}, Dequeue{})
}

func TestAReservationThatComesTooLateIsGivenBack(t *testing.T) {
	r := talking(t).feed(AgentReserved{Agent: "b", Leg: "agent2", Offer: "o2"}).state(StateTalking)
	// Out of the queue too, or it would be given to one agent after the other.
	r.did(Dequeue{}, ReleaseAgent{Agent: "b"})
	r.feed(AgentReserved{Agent: "a", Leg: "agent3", Offer: "o3"}).did(Dequeue{})
}

func TestPositionIsAnnouncedOnlyWhenBetter(t *testing.T) {
	r := queued(t).feed(PositionChanged{Position: 4})
	r.did(Play{Leg: "person", ID: "3", Sources: []string{"position:4"}})
	r.feed(PositionChanged{Position: 5})
	if len(r.last) != 0 {
		t.Fatalf("a worse position: %s", show(r.last))
	}
	r.feed(PlayDone{"person", "3"})
	r.did(Play{Leg: "person", ID: "4", Sources: []string{"music", "queue.callback"}, Loop: true})
	r.feed(PlayDone{"person", "3"}) // an old play's end
	if len(r.last) != 0 {
		t.Fatalf("a late end: %s", show(r.last))
	}
}

// TestTheEstimateIsSaidWithThePlace, in minutes begun, unless it became longer or too long.
func TestTheEstimateIsSaidWithThePlace(t *testing.T) {
	r := queued(t).feed(PositionChanged{9, 1801})
	r.did(Play{Leg: "person", ID: "3", Sources: []string{"position:9"}})
	r.feed(PositionChanged{5, 121}).did(Play{Leg: "person", ID: "4", Sources: []string{"position:5", "wait:3"}})
	r.feed(PositionChanged{4, 300}).did(Play{Leg: "person", ID: "5", Sources: []string{"position:4"}})
	r.feed(PositionChanged{2, 60}).did(Play{Leg: "person", ID: "6", Sources: []string{"position:2", "wait:1"}})
	r.feed(PositionChanged{1, 0}).did(Play{Leg: "person", ID: "7", Sources: []string{"position:1"}})
}

func TestHold(t *testing.T) {
	r := talking(t).feed(HoldRequested{"a"}).state(StateHeld)
	r.did(Unbridge{"person", "agent"}, StopRecording{Segment: 1}, Play{Leg: "person", ID: "3", Sources: []string{"music"}, Loop: true})
	if err := r.try(HoldRequested{"a"}); !isCode(err, CodeNotTalking) {
		t.Fatalf("held twice: %v", err)
	}
	if err := r.try(ResumeRequested{"b"}); !isCode(err, CodeNotInCall) {
		t.Fatalf("a stranger resumed: %v", err)
	}
	r.feed(ResumeRequested{"a"}).state(StateTalking)
	r.did(StopPlay{"person"}, Bridge{"person", "agent"}, StartRecording{Segment: 2, Tape: Tape{SegmentTalk, "person", []LegID{"agent"}}})
	r.feed(HangUpRequested{"a"})
	if got := r.c.Record; got.HoldMS != 3000 || got.TalkMS != 2000 || got.Segments != 2 || got.Reason != EndAgentHangUp {
		t.Fatalf("record %+v", got)
	}
	r.did(HangUpLeg{"person", EndAgentHangUp})
}

func TestReloadInMidCall(t *testing.T) {
	r := talking(t).feed(AgentLost{"a"}).state(StateAgentLost)
	r.did(Unbridge{"person", "agent"}, StopRecording{Segment: 1}, Play{Leg: "person", ID: "3", Sources: []string{"music"}, Loop: true})
	r.feed(AgentBack{"a"}).state(StateTalking)
	r.did(CancelTimer{TimerAgentLost}, AttachAgent{"agent", "a"}, StopPlay{"person"}, Bridge{"person", "agent"})
	r.feed(AgentLost{"a"}, TimerFired{TimerAgentLost}).state(StateQueued)
	r.did(DetachAgent{"agent", "a"}, ReleaseAgent{Agent: "a", NotReady: "pageLost"},
		Enqueue{Queue: "main", Front: true, Avoid: "a", Since: start.Add(time.Second), Number: "13800001000"})
	r.feed(AgentReserved{Agent: "b", Leg: "agent2", Offer: "o2"}, AgentAccepted{Agent: "b", Offer: "o2"}).state(StateTalking)
	if !slices.Equal(r.c.Record.Agents, []AgentID{"a", "b"}) {
		t.Fatalf("agents %v", r.c.Record.Agents)
	}
}

func TestTransfer(t *testing.T) {
	request := func(kind TransferKind, id string) TransferRequested {
		return TransferRequested{Agent: "a", Target: Target{Kind: kind, ID: id}, Leg: "third"}
	}
	t.Run("agent", func(t *testing.T) {
		r := talking(t).feed(request(TransferAgent, "b")).state(StateQueued)
		r.did(Unbridge{"person", "agent"}, DetachAgent{"agent", "a"}, ReleaseAgent{Agent: "a", WrapUp: true},
			Enqueue{Queue: "main", Front: true, Only: "b", Since: start.Add(time.Second), Number: "13800001000"})
		r.feed(AgentReserved{Agent: "b", Leg: "agent2", Offer: "o2"}, AgentAccepted{Agent: "b", Offer: "o2"}).state(StateTalking)
	})
	t.Run("agent who is busy", func(t *testing.T) {
		r := talking(t).feed(request(TransferAgent, "b"), TimerFired{TimerOffer}).state(StateQueued)
		r.did(Dequeue{}, Enqueue{Queue: "main", Front: true, Since: start.Add(time.Second), Number: "13800001000"})
	})
	t.Run("queue", func(t *testing.T) {
		r := talking(t).feed(request(TransferQueue, "business")).state(StateQueued)
		r.did(Enqueue{Queue: "business", Avoid: "a", Since: start.Add(time.Second), Number: "13800001000", Entered: start.Add(4 * time.Second)})
	})
	t.Run("outside", func(t *testing.T) {
		r := talking(t).feed(request(TransferOutside, "0991110")).state(StateDialing)
		r.did(ReleaseAgent{Agent: "a", WrapUp: true}, DialLeg{"third", "0991110"})
		r.feed(LegAnswered{Leg: "third"}).state(StateTalking)
		r.did(Bridge{"person", "third"}, StartRecording{Segment: 2, Tape: Tape{SegmentTalk, "person", []LegID{"third"}}})
		r.feed(LegEnded{"third", EndThirdHangUp}).state(StateEnded)
		r.did(HangUpLeg{"person", EndThirdHangUp})
	})
	t.Run("outside does not answer", func(t *testing.T) {
		r := talking(t).feed(request(TransferOutside, "0991110"), TimerFired{TimerDial}).state(StateQueued)
		r.did(HangUpLeg{"third", EndNoAnswer},
			Enqueue{Queue: "main", Front: true, Since: start.Add(time.Second), Number: "13800001000"})
	})
	for _, bad := range []TransferRequested{request("nowhere", "x"), request(TransferAgent, "a"), request(TransferQueue, "")} {
		if err := talking(t).try(bad); !isCode(err, CodeBadTarget) {
			t.Errorf("%+v: %v", bad.Target, err)
		}
	}
}

func isCode(err error, code Code) bool {
	var coded *Error
	return errors.As(err, &coded) && coded.Code == code
}

func result(t *testing.T) *run {
	return newRun(t).feed(ResultRequested{Call: "c", Leg: "person", To: "13800001000", Limits: limits, Script: Script{
		Ticket: "20260302-000001", Attempt: 1, Tell: []string{"file:tell"}, Solved: []string{"q1"}, Satisfied: []string{"q2"},
		Invalid: []string{"bad"}, Thanks: []string{"thanks"},
	}}).state(StateDialing)
}

func outcome(t *testing.T, r *run) ReportOutcome {
	t.Helper()
	r.state(StateEnded)
	got, ok := find[ReportOutcome](r)
	if !ok {
		t.Fatal("no outcome")
	}
	return got
}

func TestResultCall(t *testing.T) {
	r := result(t).feed(LegRinging{Leg: "person"}, LegAnswered{Leg: "person"}).state(StateTelling)
	r.did(Play{Leg: "person", ID: "1", Sources: []string{"file:tell"}})
	r.feed(KeyPressed{"person", "9"}).did(Play{Leg: "person", ID: "2", Sources: []string{"file:tell"}})
	r.feed(PlayDone{"person", "2"}).state(StateSolved)
	r.feed(KeyPressed{"person", "7"}).did(Play{Leg: "person", ID: "4", Sources: []string{"bad", "q1"}})
	r.feed(KeyPressed{"person", "1"}).state(StateSatisfied)
	r.feed(KeyPressed{"person", "5"}).state(StateGoodbye)
	r.feed(PlayDone{"person", "6"})
	got := outcome(t, r)
	if got.Reason != EndDone || !got.Outcome.Told || got.Outcome.Rating != 1 || got.Outcome.Solved == nil || !*got.Outcome.Solved {
		t.Fatalf("outcome %+v", got)
	}
}

func TestResultCallWithoutQuestions(t *testing.T) {
	r := newRun(t).feed(ResultRequested{Call: "c", Leg: "person", To: "1", Limits: limits, Script: Script{Tell: []string{"x"}}},
		LegAnswered{Leg: "person"}, PlayDone{"person", "1"}).state(StateGoodbye).feed(PlayDone{"person", "2"})
	if got := outcome(t, r); !got.Outcome.Told || got.Reason != EndDone {
		t.Fatalf("outcome %+v", got)
	}
}

func TestResultCallEndsSomehow(t *testing.T) {
	answered := []Event{LegAnswered{Leg: "person"}}
	told := append(slices.Clone(answered), PlayDone{"person", "1"})
	for name, c := range map[string]struct {
		events          []Event
		reason          EndReason
		told, reachable bool
	}{
		"busy":             {[]Event{LegFailed{"person", 486, EndBusy}}, EndBusy, false, false},
		"rings in vain":    {[]Event{TimerFired{TimerDial}}, EndNoAnswer, false, false},
		"hangs up at once": {append(slices.Clone(answered), LegEnded{"person", EndCallerHangUp}), EndCallerHangUp, false, true},
		"hears it, hangs up": {
			append(slices.Clone(told), LegEnded{"person", EndCallerHangUp}), EndCallerHangUp, true, true,
		},
		"presses nothing": {append(slices.Clone(told), PlayDone{"person", "2"}, TimerFired{TimerKeys}, PlayDone{"person", "3"},
			TimerFired{TimerKeys}, PlayDone{"person", "4"}, TimerFired{TimerKeys}, PlayDone{"person", "5"}), EndNoKeys, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			got := outcome(t, result(t).feed(c.events...))
			if got.Reason != c.reason || got.Outcome.Told != c.told || got.Outcome.Reachable != c.reachable {
				t.Fatalf("outcome %+v", got)
			}
		})
	}
}

func TestOutbound(t *testing.T) {
	r := newRun(t).feed(DialRequested{Call: "c", Leg: "person", AgentLeg: "agent", Agent: "a", To: "13800001000", Queue: "main", Callback: "cb", Limits: limits})
	r.state(StateDialing).did(AttachAgent{"agent", "a"}, DialLeg{"person", "13800001000"})
	r.feed(LegAnswered{Leg: "person"}).state(StateTalking)
	r.did(StopPlay{"agent"}, Bridge{"person", "agent"})
	r.feed(HangUpRequested{"a"}).state(StateEnded).did(CloseCallback{"cb", true})
}

func TestRatingOfKey(t *testing.T) {
	for key, want := range map[string]Rating{"1": 5, "2": 4, "3": 3, "4": 2, "5": 1, "6": 0, "": 0, "*": 0} {
		if got := RatingOfKey(key); got != want {
			t.Errorf("key %q: level %d, want %d", key, got, want)
		}
	}
}

// TestLetDownIsCalledBack: an answer at first is no answer at the end.
func TestLetDownIsCalledBack(t *testing.T) {
	gone := LegEnded{"person", EndCallerHangUp}
	transfer := TransferRequested{Agent: "a", Target: Target{Kind: TransferQueue, ID: "other"}}
	for name, c := range map[string]struct {
		events []Event
		owed   bool
	}{
		"hangs up in a transfer":       {[]Event{transfer, gone}, true},
		"hangs up after the page died": {[]Event{AgentLost{"a"}, TimerFired{TimerAgentLost}, gone}, true},
		"asks for a call":              {[]Event{transfer, KeyPressed{"person", "1"}, gone}, true},
		"cut off by our stop":          {[]Event{EndRequested{EndShutdown}}, true},
		"hangs up while talking":       {[]Event{gone}, false},
		"hung up by the agent":         {[]Event{HangUpRequested{"a"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := talking(t).feed(c.events...).state(StateEnded)
			if _, got := find[WriteCallback](r); got != c.owed {
				t.Fatalf("a task: %v, want %v; ended with %s", got, c.owed, r.c.Record.Reason)
			}
		})
	}
}

// TestHandedOnForEver: what a call remembers stays bounded, and its person stays in it.
func TestHandedOnForEver(t *testing.T) {
	r := talking(t)
	for n := range 2 * maxLegs {
		third := LegID(fmt.Sprint("third", n))
		r.feed(TransferRequested{Agent: "a", Target: Target{Kind: TransferOutside, ID: "1"}, Leg: third}, LegFailed{third, 486, EndBusy},
			AgentReserved{Agent: "a", Leg: LegID(fmt.Sprint("agent", n)), Offer: "o"}, AgentAccepted{Agent: "a", Offer: "o"}).state(StateTalking)
	}
	if len(r.c.Legs) > maxLegs || r.c.Legs[0].ID != "person" {
		t.Fatalf("%d legs, the first %q", len(r.c.Legs), r.c.Legs[0].ID)
	}
	r.feed(LegEnded{"person", EndCallerHangUp}).state(StateEnded)
}
