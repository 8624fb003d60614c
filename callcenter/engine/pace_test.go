package engine

import (
	"fmt"
	"testing"
	"time"

	"hotline12345/callcenter"
)

// TestSystemCallsMakeRoom: the system never has more than its share of the lines, and
// leaves some to who calls in.
func TestSystemCallsMakeRoom(t *testing.T) {
	w := newWorld(t, newJournal(), func(o *Options) { o.MaxCalls, o.SystemShare = 10, 20 })
	script := callcenter.Script{Ticket: "t", Tell: []string{"result"}}
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

// TestResultsAreToldWhilePeopleWait for agents, until the lines themselves are short.
func TestResultsAreToldWhilePeopleWait(t *testing.T) {
	w := newWorld(t, newJournal(), func(o *Options) { o.MaxCalls, o.SystemShare = 10, 50 })
	script := callcenter.Script{Ticket: "t", Tell: []string{"result"}}
	for n := range 8 {
		w.dial(fmt.Sprintf("138000010%02d", n))
	}
	if _, err := w.e.PlaceResultCall("13900001000", script); err != nil {
		t.Errorf("with eight of ten lines taken: %v", err)
	}
	if _, err := w.e.PlaceResultCall("13900001001", script); code(err) != CodePaced {
		t.Errorf("with the last line: %v", err)
	}
	w.dial("13800001099")
	w.stop()
}

// TestCallbacksLeaveLinesToWhoCallsIn, however many are due.
func TestCallbacksLeaveLinesToWhoCallsIn(t *testing.T) {
	w := newWorld(t, newJournal(), func(o *Options) { o.MaxCalls, o.SystemShare = 20, 25 })
	for n := range 20 {
		_, err := w.e.CallBack(Callback{Task: fmt.Sprint(n), To: fmt.Sprintf("138000010%02d", n), Since: time.Now()})
		if over := n >= 5; (code(err) == CodePaced) != over || (err == nil) == over {
			t.Errorf("callback %d: %v", n+1, err)
		}
	}
	for n := range 15 {
		w.dial(fmt.Sprintf("139000010%02d", n))
	}
	w.stop()
}
