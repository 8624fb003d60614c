package engine

import (
	"testing"

	"hotline12345/callcenter"
)

// TestSystemCallsMakeRoom: the system calls nobody while somebody waits, and never has
// more than its share of the lines.
func TestSystemCallsMakeRoom(t *testing.T) {
	w := newWorld(t, newJournal(), func(o *Options) { o.MaxCalls, o.SystemShare = 10, 20 })
	script := callcenter.Script{Ticket: "t", Tell: []string{"result"}}
	leg := w.dial("13800001000")
	if _, err := w.e.PlaceResultCall("13900001000", script); code(err) != CodePaced {
		t.Errorf("while somebody waits: %v", err)
	}
	w.e.Event(leg, callcenter.LegEnded{Leg: leg, Reason: callcenter.EndCallerHangUp})
	w.eventually("nobody waits", func() bool { return len(w.e.actors()) == 0 })
	for n := range 3 {
		_, err := w.e.PlaceResultCall("13900001000", script)
		if over := n >= 2; (code(err) == CodePaced) != over || (err == nil) == over {
			t.Errorf("call %d: %v", n+1, err)
		}
	}
	p := w.ready("a")
	w.talk(p, "13800001000") // who calls in is let in all the same
	w.stop()
}
