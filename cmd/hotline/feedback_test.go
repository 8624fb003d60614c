package main

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/sipua"
	"hotline12345/ticket/feedback"
)

type fakeLines struct{ err error }

func (f fakeLines) CanDial(string) error { return f.err }

type fakePlacer struct {
	placed int
	script callcenter.Script
}

func (f *fakePlacer) PlaceResultCall(_ string, s callcenter.Script) (callcenter.CallID, error) {
	f.placed++
	f.script = s
	return "c", nil
}

// wishes of one person.
type wishes struct{ listed, text bool }

func (w wishes) NotToCall(context.Context, string, time.Time) (listed, text bool, err error) {
	return w.listed, w.text, nil
}

// A call that the lines cannot carry is not placed; only a number that none ever
// carries is given up.
func TestResultCallNeedsALine(t *testing.T) {
	for _, c := range []struct {
		err    error
		placed int
		final  bool
	}{
		{nil, 1, false},
		{fmt.Errorf("sip: %w", sipua.ErrNoRoute), 0, true},
		{errors.New("every trunk is down"), 0, false},
	} {
		engine := &fakePlacer{}
		_, err := (&feedbackCaller{engine: engine, lines: fakeLines{c.err}, wishes: wishes{}}).Place(t.Context(), "13800001000", feedback.Script{})
		if engine.placed != c.placed || (err != nil) != (c.err != nil) || errors.Is(err, feedback.ErrCannotDial) != c.final {
			t.Errorf("%v: placed %d, %v", c.err, engine.placed, err)
		}
	}
}

// TestResultsAndTheDoNotCallList: a result is due to its requester: told without questions, or
// as a text message where there are any.
func TestResultsAndTheDoNotCallList(t *testing.T) {
	script := feedback.Script{Tell: []string{"r"}, Solved: []string{"s"}, Satisfied: []string{"q"}}
	for name, c := range map[string]struct {
		wishes wishes
		texts  bool
		placed int
		asks   int
	}{
		"nothing":           {wishes{}, true, 1, 2},
		"not to be called":  {wishes{listed: true}, true, 1, 0},
		"text messages":     {wishes{listed: true, text: true}, true, 0, 0},
		"there are no such": {wishes{listed: true, text: true}, false, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			placer := &fakePlacer{}
			_, err := (&feedbackCaller{engine: placer, lines: fakeLines{}, wishes: c.wishes, texts: c.texts}).Place(t.Context(), "13800001000", script)
			if placer.placed != c.placed || errors.Is(err, feedback.ErrCannotDial) != (c.placed == 0) || len(placer.script.Solved)+len(placer.script.Satisfied) != c.asks {
				t.Errorf("placed %d with %+v: %v", placer.placed, placer.script, err)
			}
		})
	}
}
