package engine

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/routing"
)

// fakeWays is in an emergency, and has a closed main queue, whose calls go to "night", and targets of "night".
type fakeWays struct{}

func (fakeWays) Enter(queue string) routing.Way {
	return routing.Way{Exit: routing.Exit{Kind: routing.ExitQueue, ID: "night"}, Closed: true, Say: []string{"", queue}}
}

func (fakeWays) Target(queue string, step int) (routing.Way, bool) {
	targets := []routing.Way{
		{Exit: routing.Exit{Kind: routing.ExitOutside, ID: "09912345", Timeout: 20}},
		{Exit: routing.Exit{Kind: routing.ExitCallback}},
	}
	if queue != "night" || step >= len(targets) {
		return routing.Way{}, false
	}
	return targets[step], true
}

func (fakeWays) LanguageKeys() []routing.LanguageKey {
	return []routing.LanguageKey{{Language: "ug", Key: "2"}}
}

func (fakeWays) Emergency() routing.Emergency {
	return routing.Emergency{Say: "snow", Key: "5", Queue: "other", Until: time.Now().Add(time.Hour)}
}

// waitsIn is the call that waits in a queue, once there is one.
func (w *world) waitsIn(queue string) (id string) {
	w.t.Helper()
	w.eventually("somebody in "+queue, func() bool {
		w.acd.mu.Lock()
		defer w.acd.mu.Unlock()
		for _, at := range w.acd.waiting {
			if at.Queue == queue {
				id = at.Call
			}
		}
		return id != ""
	})
	return id
}

// hearing is what is played to a leg.
func (w *world) hearing(leg callcenter.LegID) []string {
	w.media.mu.Lock()
	defer w.media.mu.Unlock()
	return w.media.playing[string(leg)].Sources
}

// TestHoursAndTargets: a call goes where the data say, and its journal still says so
// when they are gone.
func TestHoursAndTargets(t *testing.T) {
	var asked []callcenter.QueueID
	journal := newJournal()
	w := newWorld(t, journal, func(o *Options) {
		o.Ways = fakeWays{}
		o.Limits.NoNotice = false
		o.MaxWait = func(q callcenter.QueueID) int { asked = append(asked, q); return 77 }
	})
	leg := w.dial("13800001000")
	w.eventually("closed is said", func() bool { return slices.Equal(w.hearing(leg), []string{"say:snow", "closed", "say:main"}) })
	if !slices.Equal(asked, []callcenter.QueueID{"night"}) {
		t.Errorf("the limits of %v count", asked)
	}
	w.e.Key(string(leg), "2")
	id := w.waitsIn("night")
	w.eventually("his language", func() bool { return slices.Equal(w.hearing(leg), []string{"music", "queue.callback@ug"}) })
	if c, ok := w.e.Call(callcenter.CallID(id)); !ok || c.Emergency.Key != "5" || c.Emergency.Way.Target.ID != "night" {
		t.Errorf("the emergency of the call: %+v", c.Emergency)
	}
	w.e.Overflow(id, "night", 7) // there is none
	w.e.Overflow(id+"/seek", "night", 1)
	w.e.Overflow("nobody", "night", 1)
	w.e.Overflow(id, "night", 0)
	third := <-w.trunk.dials
	w.e.Event(third, callcenter.LegFailed{Leg: third, Reason: callcenter.EndBusy})
	w.waitsIn("night")
	w.e.Overflow(id, "night", 1)
	w.eventually("goodbye", func() bool { return slices.Equal(w.hearing(leg), []string{"max.wait@ug"}) })
	w.e.Event(leg, callcenter.LegEnded{Leg: leg, Reason: callcenter.EndCallerHangUp})
	w.stop()
	var rows []callcenter.Stamped
	for _, row := range journal.rows[callcenter.CallID(id)] {
		rows = append(rows, callcenter.Stamped{At: row.At, Event: row.Event})
	}
	c, err := callcenter.Replay(rows)
	if err != nil || c.Record.Reason != callcenter.EndMaxWait || c.Record.Queue != "night" || !reflect.DeepEqual(c.Record, journal.records[c.ID]) {
		t.Errorf("replay %+v, written %+v: %v", c.Record, journal.records[c.ID], err)
	}
}
