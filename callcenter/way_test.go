package callcenter

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func toQueue(id string) Way { return Way{Target: Target{Kind: TransferQueue, ID: id}} }

func outside(leg LegID) Way {
	return Way{Target: Target{Kind: TransferOutside, ID: "09912345"}, Leg: leg, Seconds: 20}
}

// TestAClosedQueue says so instead of the notice, then does what its exit says.
func TestAClosedQueue(t *testing.T) {
	closed := func(w Way) *run {
		ev := arrived()
		w.Closed, w.Say = true, []string{"closed"}
		ev.Way = w
		r := newRun(t).feed(ev).state(StateGreeting)
		r.did(Play{Leg: "person", ID: "1", Sources: []string{"closed"}})
		return r.feed(PlayDone{"person", "1"})
	}
	closed(toQueue("night")).state(StateQueued).did(Enqueue{Queue: "night", Since: start.Add(time.Second), Number: "13800001000"})

	r := closed(Way{Callback: true}).state(StateGoodbye).feed(PlayDone{"person", "2"}).state(StateEnded)
	r.did(WriteCallback{"13800001000", EndClosed, "main"})

	r = closed(outside("there")).state(StateDialing).did(DialLeg{"there", "09912345"})
	r.feed(LegFailed{"there", 486, EndBusy}).state(StateGoodbye).feed(LegEnded{"person", EndCallerHangUp}).state(StateEnded)
	r.did(WriteCallback{"13800001000", EndClosed, "main"})

	r = closed(outside("there")).feed(LegAnswered{Leg: "there"}).state(StateTalking).did(Bridge{"person", "there"})
	r.feed(LegEnded{"there", EndThirdHangUp}).state(StateEnded)
	if r.c.Record.AnsweredAt == nil || r.c.Record.Reason != EndThirdHangUp {
		t.Errorf("record %+v", r.c.Record)
	}
}

// TestTargetsTopDown: another queue, another hotline, and in the end a callback.
func TestTargetsTopDown(t *testing.T) {
	r := queued(t).feed(Overflowed{"main", 0, toQueue("business")}).state(StateQueued)
	r.did(Enqueue{Queue: "business", Since: start.Add(time.Second), Number: "13800001000", Entered: start.Add(2 * time.Second)})
	// What was meant for the queue before changes nothing.
	r.feed(Overflowed{"main", 1, Way{Callback: true}}).state(StateQueued)
	r.feed(Overflowed{"business", 0, outside("there")}).state(StateDialing)
	r.did(Dequeue{}, CancelTimer{TimerMaxWait}, SetTimer{TimerDial, start.Add(24 * time.Second)}, DialLeg{"there", "09912345"})
	r.feed(LegFailed{"there", 480, EndNoAnswer}).state(StateQueued)
	r.did(SetTimer{TimerMaxWait, start.Add(600 * time.Second)},
		Enqueue{Queue: "business", Since: start.Add(time.Second), Number: "13800001000", Entered: start.Add(2 * time.Second), Step: 1})
	r.feed(Overflowed{"business", 0, outside("again")}).state(StateQueued) // taken already
	r.feed(Overflowed{"business", 1, Way{Callback: true}}).state(StateGoodbye)
	r.feed(PlayDone{"person", fmt.Sprint(r.c.PlayID)}).state(StateEnded).did(WriteCallback{"13800001000", EndMaxWait, "business"})
}

// TestAnOverflowIsNoAbandonedWait: the chain says who went on, and who was sent home.
func TestAnOverflowIsNoAbandonedWait(t *testing.T) {
	chain := func(r *run) (ends []Cause) {
		for _, c := range r.c.Record.Contacts {
			ends = append(ends, c.Ended)
		}
		return ends
	}
	r := queued(t).feed(Overflowed{"main", 0, toQueue("business")}, Overflowed{"business", 0, outside("there")}, LegFailed{"there", 480, EndNoAnswer})
	r.feed(Overflowed{"business", 1, Way{Callback: true}})
	if got, want := chain(r), []Cause{CauseOverflow, CauseOverflow, CauseNoAnswer, CauseMaxWait}; !slices.Equal(got, want) {
		t.Errorf("the parts ended by %v, want %v", got, want)
	}
}

func TestTheLongestWaitGoesOnWhileAnotherHotlineRings(t *testing.T) {
	r := queued(t).feed(Overflowed{"main", 0, outside("there")})
	r.now = start.Add(601 * time.Second)
	r.feed(TimerFired{TimerDial}).state(StateGoodbye).did(HangUpLeg{"there", EndNoAnswer}, Play{"person", "4", []string{"max.wait"}, false})

	r = queued(t).feed(Overflowed{"main", 0, outside("there")}, LegEnded{"person", EndCallerHangUp}).state(StateEnded)
	r.did(HangUpLeg{"there", EndAbandoned}, WriteCallback{"13800001000", EndAbandoned, "main"})
}

func TestACallIsSentOnABoundedNumberOfTimes(t *testing.T) {
	r := queued(t)
	for n := range 2 * maxHops {
		r.feed(Overflowed{r.c.Queue, 0, toQueue(fmt.Sprint("q", n))}).state(StateQueued)
	}
	if want := QueueID(fmt.Sprint("q", maxHops-1)); r.c.Queue != want {
		t.Errorf("ended in %s, want %s", r.c.Queue, want)
	}
}

// TestAWithheldNumberIsNotSentAway: nobody could call back.
func TestAWithheldNumberIsNotSentAway(t *testing.T) {
	withheld := arrived()
	withheld.From = ""
	r := newRun(t).feed(withheld, PlayDone{"person", "1"}, Overflowed{"main", 0, Way{Callback: true}}).state(StateQueued)
	r.did(Enqueue{Queue: "main", Since: start.Add(time.Second), Step: 1})
}

// TestALanguageIsChosenByOneKey while the notice plays; no key is needed for a human.
func TestALanguageIsChosenByOneKey(t *testing.T) {
	call := func(key string) *run {
		ev := arrived()
		ev.Choices = []Choice{{"2", "ug"}, {"3", "kk"}}
		r := newRun(t).feed(ev).state(StateGreeting)
		r.did(Play{Leg: "person", ID: "1", Sources: []string{"notice", "language:2@ug", "language:3@kk"}})
		if key == "" {
			return r.feed(PlayDone{"person", "1"}).state(StateQueued)
		}
		return r.feed(KeyPressed{"person", key}).state(StateQueued)
	}
	for key, language := range map[string]string{"": "", "1": "", "2": "ug", "3": "kk"} {
		if r := call(key); r.c.Language != language {
			t.Errorf("key %q chooses %q, want %q", key, r.c.Language, language)
		}
	}
	r := call("3")
	r.did(Enqueue{Queue: "main", Since: start.Add(time.Second), Number: "13800001000", Langs: []string{"kk"}},
		Play{Leg: "person", ID: "2", Sources: []string{"music", "queue.callback@kk"}, Loop: true})
	r.feed(PositionChanged{3, 61}).did(Play{Leg: "person", ID: "3", Sources: []string{"position:3@kk", "wait:2@kk"}})
}

// TestAnEmergency has an announcement, and a queue or a priority: of every call, or of
// those who press its key.
func TestAnEmergency(t *testing.T) {
	call := func(e Emergency, key string) *run {
		ev := arrived()
		ev.Emergency = e
		r := newRun(t).feed(ev).state(StateGreeting).did(Play{Leg: "person", ID: "1", Sources: []string{"say:snow", "notice"}})
		if key == "" {
			return r.feed(PlayDone{"person", "1"}).state(StateQueued)
		}
		return r.feed(KeyPressed{"person", key}).state(StateQueued)
	}
	with := func(queue QueueID, points int) Enqueue {
		return Enqueue{Queue: queue, Since: start.Add(time.Second), Number: "13800001000", Priority: points}
	}
	snow := Emergency{Say: "say:snow", Way: toQueue("snow"), Priority: 60}
	call(snow, "").did(with("snow", 60))
	call(Emergency{Say: "say:snow", Priority: 60}, "7").did(with("main", 60))
	snow.Key = "5"
	call(snow, "").did(with("main", 0))
	call(snow, "1").did(with("main", 0))
	call(snow, "5").did(with("snow", 60)).feed(CallerKnown{Priority: 30, Last: "a"}).did(Rank{Priority: 90, Last: "a"})

	closed := arrived()
	closed.Limits.NoNotice = true
	closed.Way = Way{Callback: true, Closed: true, Say: []string{"closed"}}
	closed.Emergency = snow
	r := newRun(t).feed(closed).did(Play{Leg: "person", ID: "1", Sources: []string{"say:snow", "closed"}})
	r.feed(KeyPressed{"person", "5"}).did(with("snow", 60))
}
