package main

import (
	"errors"
	"fmt"
	"testing"

	"hotline12345/callcenter"
	"hotline12345/callcenter/sipua"
	"hotline12345/ticket/feedback"
)

type fakeLines struct{ err error }

func (f fakeLines) CanDial(string) error { return f.err }

type fakePlacer struct{ placed int }

func (f *fakePlacer) PlaceResultCall(string, callcenter.Script) (callcenter.CallID, error) {
	f.placed++
	return "c", nil
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
		_, err := (&feedbackCaller{engine: engine, lines: fakeLines{c.err}}).Place(t.Context(), "13800001000", feedback.Script{})
		if engine.placed != c.placed || (err != nil) != (c.err != nil) || errors.Is(err, feedback.ErrCannotDial) != c.final {
			t.Errorf("%v: placed %d, %v", c.err, engine.placed, err)
		}
	}
}
