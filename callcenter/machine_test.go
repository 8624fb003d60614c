package callcenter

import "testing"

// TestAnsweringMachine: what was read to who spoke on and pressed nothing was told to nobody.
func TestAnsweringMachine(t *testing.T) {
	answered, spoke, read := LegAnswered{Leg: "person"}, Spoke{"person"}, PlayDone{"person", "1"}
	hangUp := LegEnded{"person", EndCallerHangUp}
	silence := []Event{PlayDone{"person", "2"}, TimerFired{TimerKeys}, PlayDone{"person", "3"}, TimerFired{TimerKeys}, PlayDone{"person", "4"}, TimerFired{TimerKeys}, PlayDone{"person", "5"}}
	for name, c := range map[string]struct {
		events        []Event
		told, machine bool
	}{
		"a machine":                           {append([]Event{answered, spoke, read}, silence...), false, true},
		"a machine that takes its time":       {append([]Event{answered, read, spoke}, silence...), false, true},
		"who speaks on and presses a key":     {[]Event{answered, spoke, read, KeyPressed{"person", "1"}, hangUp}, true, false},
		"who has pressed a key speaks on":     {[]Event{answered, KeyPressed{"person", "9"}, spoke, PlayDone{"person", "2"}, hangUp}, true, false},
		"a person who presses nothing":        {append([]Event{answered, read}, silence...), true, false},
		"a key before it was read to its end": {[]Event{answered, spoke, KeyPressed{"person", "5"}, hangUp}, false, false},
		"another leg":                         {[]Event{answered, Spoke{"nobody"}, read, hangUp}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			got := outcome(t, result(t).feed(c.events...)).Outcome
			if got.Told != c.told || got.Machine != c.machine || !got.Reachable {
				t.Errorf("outcome %+v", got)
			}
		})
	}
	result(t).feed(answered).did(Listen{"person"})
	inbound := queued(t).feed(spoke)
	if inbound.c.Outcome.Machine {
		t.Error("who calls in is taken for a machine")
	}
}

// TestACallOfAListIsToldOf when it is over, with what it is about in its record.
func TestACallOfAListIsToldOf(t *testing.T) {
	dial := DialRequested{Call: "c", Leg: "person", AgentLeg: "agent", Agent: "a", To: "13800001000", Queue: "main", Entry: "e", Ticket: "t", Limits: limits}
	r := newRun(t).feed(dial, LegAnswered{Leg: "person"}, LegEnded{"person", EndCallerHangUp}).state(StateEnded).did(CloseEntry{"e", true, EndCallerHangUp})
	if record, _ := find[WriteRecord](r); record.Record.Ticket != "t" {
		t.Errorf("record %+v", record.Record)
	}
	newRun(t).feed(dial, LegFailed{"person", 486, EndBusy}).state(StateEnded).did(CloseEntry{"e", false, EndBusy})
}
