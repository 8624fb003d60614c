package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"hotline12345/callcenter"
	"hotline12345/media"
)

// fakeForks is a consumer that writes down what it is told.
type fakeForks struct {
	mu      sync.Mutex
	told    []string
	logs    []LogFork
	queues  []callcenter.QueueID
	full    bool
	refuses bool // what comes from now on
}

func (f *fakeForks) say(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, fmt.Sprintf(format, args...))
}

func (f *fakeForks) log(_ context.Context, _ callcenter.CallID, l LogFork) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.logs = append(f.logs, l)
	return nil
}

func (f *fakeForks) Wants(queue callcenter.QueueID) bool { return slices.Contains(f.queues, queue) }

func (f *fakeForks) Open(callcenter.Call) (Fork, bool) {
	if f.full {
		return nil, false
	}
	f.say("open")
	return fakeFork{f}, true
}

type fakeFork struct{ f *fakeForks }

func (k fakeFork) Segment(s ForkSegment) media.Fork {
	k.f.say("segment %d %s of %s: %s and %s, paused %v", s.Number, s.Kind, s.Agent, s.Left, s.Right, s.Paused)
	return k
}
func (k fakeFork) Sound(int, []byte)              {}
func (k fakeFork) Pause(segment int, paused bool) { k.f.say("pause %d %v", segment, paused) }
func (k fakeFork) EndSegment(segment int)         { k.f.say("end of %d", segment) }
func (k fakeFork) Close(reason string)            { k.f.say("close: %s", reason) }
func (k fakeFork) Ended() bool                    { return k.f.refuses }

// TestForkFollowsTheCall through hold, pause, consultation and transfer to its end.
func TestForkFollowsTheCall(t *testing.T) {
	f := &fakeForks{queues: []callcenter.QueueID{"main"}}
	w := newWorld(t, newJournal(), func(o *Options) { o.Forks, o.OnFork, o.Limits.PauseSeconds = f, f.log, 60 })
	a := w.ready("a")
	w.talk(a, "13800001000")
	b := w.ready("b")
	must(t, w.e.PauseRecording("a"))
	must(t, w.e.Hold("a"))
	a.until(t, "hold", inState(callcenter.StateHeld))
	must(t, w.e.Resume("a"))
	a.until(t, "talk", isTalking)
	must(t, w.e.ResumeRecording("a"))
	w.consulted(a, b)
	must(t, w.e.Complete("a"))
	b.until(t, "her call", func(v DeskView) bool { return v.Call != nil && v.Call.Role == RoleAgent })
	must(t, w.e.HangUp("b"))
	b.until(t, "wrap-up", wrapsUp)
	w.stop()
	want := []string{
		"open", "segment 1 talk of a: caller and [agent], paused false", "pause 1 true", "end of 1",
		"segment 2 talk of a: caller and [agent], paused true", "pause 2 false", "end of 2",
		"segment 3 consult of a: agent and [consulted], paused false", "end of 3",
		"segment 4 talk of b: caller and [agent], paused false", "end of 4", "close: ended",
	}
	if !slices.Equal(f.told, want) {
		t.Errorf("told\n%q, want\n%q", f.told, want)
	}
	if want := []LogFork{{Began: true, Why: "queue main"}, {Why: "ended"}}; !slices.Equal(f.logs, want) {
		t.Errorf("logged %+v", f.logs)
	}
	if want := []int{1, 2, 3, 4}; !slices.Equal(w.media.forked, want) {
		t.Errorf("media forked %v", w.media.forked)
	}
}

// TestForkOnRequest begins in the middle of a segment, ends, and may be asked for again.
func TestForkOnRequest(t *testing.T) {
	f := &fakeForks{}
	w := newWorld(t, newJournal(), func(o *Options) { o.Forks, o.OnFork = f, f.log })
	a := w.ready("a")
	w.talk(a, "13800001000")
	call := w.e.Live().Talking[0].Call
	refused := func(err error, want callcenter.Code) {
		t.Helper()
		if code(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	refused(w.e.StopFork(call, "boss"), CodeNoFork)
	refused(w.e.ForkCall("nothing", "boss", "training"), codeNotInCall)
	f.full = true
	refused(w.e.ForkCall(call, "boss", "training"), CodeForkRoom)
	f.full = false
	must(t, w.e.ForkCall(call, "boss", "training"))
	refused(w.e.ForkCall(call, "boss", "training"), CodeForked)
	must(t, w.e.StopFork(call, "other"))
	must(t, w.e.Hold("a"))
	must(t, w.e.Resume("a")) // does not begin by itself
	must(t, w.e.ForkCall(call, "boss", "again"))
	f.refuses = true
	refused(w.e.StopFork(call, "boss"), CodeNoFork) // the consumer has
	must(t, w.e.ForkCall(call, "boss", "once more"))
	must(t, w.e.HangUp("a"))
	a.until(t, "wrap-up", wrapsUp)
	w.stop()
	want := []LogFork{
		{By: "boss", Began: true, Why: "training"},
		{By: "other", Why: "stopped"},
		{By: "boss", Began: true, Why: "again"},
		{Why: "consumer"},
		{By: "boss", Began: true, Why: "once more"},
		{Why: "ended"},
	}
	if !slices.Equal(f.logs, want) {
		t.Errorf("logged %+v", f.logs)
	}
	if f.told[1] != "segment 1 talk of a: caller and [agent], paused false" || f.told[2] != "close: stopped" {
		t.Errorf("told %q", f.told)
	}
}

func TestForkIsOff(t *testing.T) {
	w := newWorld(t, newJournal(), nil)
	w.talk(w.ready("a"), "13800001000")
	if err := w.e.ForkCall(w.e.Live().Talking[0].Call, "boss", "training"); code(err) != CodeForkOff {
		t.Error(err)
	}
	w.stop()
	if len(w.media.forked) > 0 {
		t.Error("media forked")
	}
}
