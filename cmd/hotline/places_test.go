package main

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/callpg"
	"hotline12345/callcenter/engine"
	"hotline12345/ticket/feedback"
)

// placeWorld is store and engine in memory.
type placeWorld struct {
	due       []callpg.Place
	again     bool
	held      []string // those that are still the node's
	runs      map[callcenter.CallID]bool
	begun     []engine.Callback
	withdrawn []callcenter.CallID
	overload  bool
	written   bool
	taken     chan bool // told once, whether what an earlier life left was written before
}

func (w *placeWorld) TakePlaces(_ context.Context, _ string, again bool, _ time.Time, _ time.Duration) ([]callpg.Place, error) {
	if w.taken != nil {
		w.taken <- w.written
		w.taken = nil
	}
	due := w.due
	w.due, w.again = nil, again
	return due, nil
}

func (w *placeWorld) HoldPlaces(_ context.Context, _ string, ids []string, _ time.Time, _ time.Duration) ([]string, error) {
	return w.held, nil
}

func (w *placeWorld) CallBack(c engine.Callback) (callcenter.CallID, error) {
	if w.overload {
		return "", errors.New("all lines are busy")
	}
	w.begun = append(w.begun, c)
	id := callcenter.CallID("call of " + c.Task)
	w.runs[id] = true
	return id, nil
}

func (w *placeWorld) Runs(id callcenter.CallID) bool { return w.runs[id] }

func (w *placeWorld) Written(context.Context) error {
	w.written = true
	return nil
}

func (w *placeWorld) Withdraw(id callcenter.CallID) { w.withdrawn = append(w.withdrawn, id) }

func TestPlaces(t *testing.T) {
	w := &placeWorld{runs: map[callcenter.CallID]bool{}}
	p := newPlaces("n1", w, w, feedback.Hours{From: 8 * time.Hour, To: 21 * time.Hour}, slog.New(slog.DiscardHandler))
	round := func(hour int) {
		t.Helper()
		if err := p.round(t.Context(), time.Date(2026, 3, 2, hour, 0, 0, 0, time.FixedZone("CST", 8*60*60))); err != nil {
			t.Fatal(err)
		}
	}
	w.due = []callpg.Place{{ID: "a", Number: "13800001000", Queue: "main", Language: "ug", Priority: 30, CallerFirst: true}, {ID: "b", Number: "13800002000"}}
	round(9)
	want := engine.Callback{Task: "a", To: "13800001000", Queue: "main", Language: "ug", Priority: 30, CallerFirst: true}
	if len(w.begun) != 2 || !reflect.DeepEqual(w.begun[0], want) || !w.again {
		t.Errorf("begun %+v", w.begun)
	}
	w.held = []string{"a"} // an agent took b
	round(22)
	if !reflect.DeepEqual(w.withdrawn, []callcenter.CallID{"call of b"}) || w.again {
		t.Errorf("withdrawn %v, tried again at night: %v", w.withdrawn, w.again)
	}
	w.runs = map[callcenter.CallID]bool{}
	round(9)
	if len(p.running) != 1 || p.running["a"] == "" {
		t.Errorf("held %v: what came of a is not written yet", p.running)
	}
	w.held = nil
	w.overload, w.due = true, []callpg.Place{{ID: "c", Number: "13800003000"}}
	round(9)
	if len(p.running) != 0 {
		t.Errorf("still held: %v", p.running)
	}
}

// TestAnEarlierLifeFirst: whom it has called is not taken before that is written.
func TestAnEarlierLifeFirst(t *testing.T) {
	w := &placeWorld{runs: map[callcenter.CallID]bool{}, taken: make(chan bool, 1)}
	p := newPlaces("n1", w, w, feedback.Hours{To: 24 * time.Hour}, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	taken := w.taken
	go func() { p.run(ctx); close(ended) }()
	if !<-taken {
		t.Error("taken at once")
	}
	stop()
	<-ended
}
