package callcenter

import (
	"testing"
	"time"
)

func due(callerFirst bool) CallbackDue {
	return CallbackDue{
		Call: "c", Leg: "person", Task: "task", To: "13800001000", Queue: "main", Since: start.Add(-time.Minute), Language: "ug", Priority: 30,
		CallerFirst: callerFirst, Limits: limits,
	}
}

// TestAPlaceIsKept: who leaves a callback in the queue leaves his place with it.
func TestAPlaceIsKept(t *testing.T) {
	r := queued(t).feed(CallerKnown{Priority: 60}, KeyPressed{"person", "1"}, LegEnded{"person", EndCallerHangUp}).state(StateEnded)
	r.did(WriteCallback{"13800001000", EndCallbackLeft, "main"}, KeepPlace{Queue: "main", Since: start.Add(time.Second), Priority: 60})
	r = queued(t).feed(LegEnded{"person", EndCallerHangUp}).state(StateEnded) // he gave it up
	if _, kept := find[KeepPlace](r); kept {
		t.Error("who hung up keeps his place")
	}
}

func TestAgentFirst(t *testing.T) {
	r := newRun(t).feed(due(false)).state(StateQueued)
	at := Enqueue{Queue: "main", Since: start.Add(-time.Minute), Number: "13800001000", Langs: []string{"ug"}, Priority: 30, Entered: start, Stays: true}
	r.did(at)
	r.feed(PositionChanged{Position: 1}).state(StateQueued) // an agent is sought first
	r.feed(AgentReserved{Agent: "a", Leg: "agent", Offer: "o1"}, AgentRefused{"a", "o1", "declined"}).state(StateQueued)
	r.feed(AgentReserved{Agent: "b", Leg: "agent2", Offer: "o2"}, AgentAccepted{Agent: "b", Offer: "o2"}).state(StateDialing)
	r.did(CancelTimer{TimerMaxWait}, Dequeue{}, AttachAgent{"agent2", "b"}, Play{"agent2", "ringback", []string{"ringback"}, true}, BookCallback{"task"})
	r.feed(CallbackBooked{true}).state(StateDialing).did(DialLeg{"person", "13800001000"})
	r.feed(LegAnswered{Leg: "person"}).state(StateTalking).did(StopPlay{"agent2"}, Bridge{"agent2", "person"})
	r.feed(LegEnded{"person", EndCallerHangUp}).state(StateEnded).did(CloseCallback{"task", true})
	if record, _ := find[WriteRecord](r); record.Record.WaitMS < time.Minute.Milliseconds() {
		t.Errorf("the wait before he hung up is forgotten: %+v", record.Record)
	}
}

func TestCallerFirst(t *testing.T) {
	r := newRun(t).feed(due(true)).state(StateQueued)
	if held, _ := find[Enqueue](r); !held.Held || held.Since != start.Add(-time.Minute) {
		t.Errorf("stands as %+v", held)
	}
	r.feed(PositionChanged{Position: 2}).state(StateQueued)
	r.feed(PositionChanged{Position: 1}).state(StateDialing).did(CancelTimer{TimerMaxWait}, BookCallback{"task"})
	r.feed(CallbackBooked{true}).state(StateDialing).did(DialLeg{"person", "13800001000"})
	if _, gone := find[Dequeue](r); gone {
		t.Error("his place is gone while he is called")
	}
	r.feed(LegAnswered{Leg: "person"}).state(StateQueued)
	r.did(Enqueue{Queue: "main", Front: true, Since: start.Add(-time.Minute), Number: "13800001000", Langs: []string{"ug"}, Priority: 30, Entered: start, Stays: true},
		Play{Leg: "person", ID: "2", Sources: []string{"callback.connecting@ug"}})
	r.feed(AgentReserved{Agent: "a", Leg: "agent", Offer: "o1"}, AgentAccepted{Agent: "a", Offer: "o1"}).state(StateTalking).did(Bridge{"person", "agent"})
}

// TestACallbackThatReachesNobody leaves its task for the next try; one that an agent took
// from the list is his.
func TestACallbackThatReachesNobody(t *testing.T) {
	for name, c := range map[string]struct {
		callerFirst bool
		events      []Event
	}{
		"busy":                 {true, []Event{PositionChanged{Position: 1}, CallbackBooked{true}, LegFailed{"person", 486, EndBusy}}},
		"rings in vain":        {true, []Event{PositionChanged{Position: 1}, CallbackBooked{true}, TimerFired{TimerDial}}},
		"never booked":         {true, []Event{PositionChanged{Position: 1}, TimerFired{TimerDial}}},
		"hangs up again":       {true, []Event{PositionChanged{Position: 1}, CallbackBooked{true}, LegAnswered{Leg: "person"}, LegEnded{"person", EndCallerHangUp}}},
		"no turn":              {false, []Event{TimerFired{TimerMaxWait}}},
		"the agent's page":     {false, []Event{AgentReserved{Agent: "a", Leg: "agent", Offer: "o"}, AgentAccepted{Agent: "a", Offer: "o"}, AgentLost{"a"}}},
		"rings for an agent":   {false, []Event{AgentReserved{Agent: "a", Leg: "agent", Offer: "o"}, AgentAccepted{Agent: "a", Offer: "o"}, TimerFired{TimerDial}}},
		"the node is lost":     {false, []Event{EndRequested{EndNodeLost}}},
		"nobody, caller first": {true, []Event{TimerFired{TimerMaxWait}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRun(t).feed(due(c.callerFirst)).feed(c.events...).state(StateEnded).did(CloseCallback{"task", false})
			if _, twice := find[WriteCallback](r); twice {
				t.Error("a second task")
			}
		})
	}
	r := newRun(t).feed(due(false), EndRequested{EndTaken}).state(StateEnded)
	if _, closed := find[CloseCallback](r); closed {
		t.Error("a task that an agent has is given back")
	}
}

// TestOneMakesTheCallback: an agent has taken the task from the list as the person was to be
// called. Nobody rings, and the task stays the agent's.
func TestOneMakesTheCallback(t *testing.T) {
	for name, begin := range map[string][]Event{
		"caller first": {due(true), PositionChanged{Position: 1}},
		"agent first":  {due(false), AgentReserved{Agent: "a", Leg: "agent", Offer: "o"}, AgentAccepted{Agent: "a", Offer: "o"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRun(t).feed(begin...).state(StateDialing).feed(CallbackBooked{false}).state(StateEnded)
			for _, e := range r.last {
				switch e.(type) {
				case DialLeg, HangUpLeg, CloseCallback:
					t.Errorf("%#v", e)
				default: // of no matter here
				}
			}
			if record, _ := find[WriteRecord](r); record.Record.Reason != EndTaken {
				t.Errorf("ended with %s", record.Record.Reason)
			}
		})
	}
}

// TestAJournalFromBeforeBooking has the answer of a person who was called without.
func TestAJournalFromBeforeBooking(t *testing.T) {
	newRun(t).feed(due(true), PositionChanged{Position: 1}, LegAnswered{Leg: "person"}).state(StateQueued).
		feed(LegEnded{"person", EndCallerHangUp}).state(StateEnded)
}
