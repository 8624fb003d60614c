package engine

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hotline12345/callcenter"
)

// pauseLog collects what would be in the access log.
type pauseLog struct {
	mu   sync.Mutex
	logs []callcenter.LogPause
}

func (l *pauseLog) add(_ context.Context, _ callcenter.CallID, p callcenter.LogPause) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.logs = append(l.logs, p)
	return nil
}

func TestRecordingPaused(t *testing.T) {
	log := &pauseLog{}
	w := newWorld(t, newJournal(), func(o *Options) { o.OnPause, o.Limits.PauseSeconds = log.add, 60 })
	if err := w.e.PauseRecording("a"); code(err) != codeNoShift {
		t.Fatalf("paused without a shift: %v", err)
	}
	a := w.ready("a")
	leg := w.talk(a, "13800001000")
	call := w.e.Live().Talking[0].Call
	must(t, w.e.PauseRecording("a"))
	paused := a.until(t, "a pause on his desk", func(v DeskView) bool { return v.Call != nil && v.Call.PausedUntil != nil })
	if left := time.Until(*paused.Call.PausedUntil); left < 50*time.Second || left > time.Minute {
		t.Errorf("%v are left", left)
	}
	if err := w.e.ResumeCall(call, "b", false); code(err) != callcenter.CodeNotInCall {
		t.Fatalf("taken up again by a stranger: %v", err)
	}
	must(t, w.e.ResumeCall(call, "boss", true))
	a.until(t, "no pause on his desk", func(v DeskView) bool { return v.Call != nil && v.Call.PausedUntil == nil })
	until, err := w.e.PauseCall(call, "a", false)
	if err != nil || until.IsZero() {
		t.Fatal(until, err)
	}
	must(t, w.e.ResumeRecording("a"))
	if _, err := w.e.PauseCall("nothing", "boss", true); code(err) != codeNotInCall {
		t.Fatalf("paused nothing: %v", err)
	}
	must(t, w.e.PauseRecording("a"))
	w.e.Event(leg, callcenter.LegEnded{Leg: leg, Reason: callcenter.EndCallerHangUp})
	if v := a.until(t, "his wrap-up", wrapsUp); v.Call.PausedUntil != nil {
		t.Error("paused after the end")
	}
	w.stop()
	var ends []callcenter.PauseEnd
	for _, l := range log.logs {
		ends = append(ends, l.Why)
	}
	if want := []callcenter.PauseEnd{callcenter.PauseResumed, callcenter.PauseResumed, callcenter.PauseLeft}; !slices.Equal(ends, want) {
		t.Errorf("logged %v, want %v", ends, want)
	}
	w.media.mu.Lock()
	defer w.media.mu.Unlock()
	if want := []bool{true, false, true, false, true}; !slices.Equal(w.media.paused, want) {
		t.Errorf("media was told %v, want %v", w.media.paused, want)
	}
}

func TestGapsOf(t *testing.T) {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	spans := []callcenter.Span{{From: at(-5), Until: at(1000)}, {From: at(2000), Until: at(3000)}, {From: at(4000)}, {From: at(9000)}}
	want := []Gap{{0, 1000}, {2000, 3000}, {4000, 5000}}
	if got := gapsOf(spans, start, 5000); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestTalkBeyondItsRecording: the fake records a second of each talk.
func TestTalkBeyondItsRecording(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, newJournal(), nil)
		a := w.ready("a")
		for number, talk := range map[string]time.Duration{"1380000001": 2900 * time.Millisecond, "1380000002": 10 * time.Second} {
			leg := w.talk(a, number)
			time.Sleep(talk)
			w.e.Event(leg, callcenter.LegEnded{Leg: leg, Reason: callcenter.EndCallerHangUp})
			a.until(t, "his wrap-up", wrapsUp)
			must(t, w.e.EndWrapUp("a"))
			a.until(t, "idle", isIdle)
		}
		w.stop()
		for _, r := range w.journal.records {
			want := int64(0)
			if r.From == "1380000002" {
				want = 9000
			}
			if r.AudioMS == nil || *r.AudioMS != 1000 || r.UnrecordedMS() != want {
				t.Errorf("of %d ms %v are recorded, missing %d, want %d", r.TalkMS, r.AudioMS, r.UnrecordedMS(), want)
			}
		}
		if n := w.e.Unrecorded(); n != 1 {
			t.Errorf("%d alarms", n)
		}
	})
}

// TestALostCallEndsWithItsSound, not when the node came back.
func TestALostCallEndsWithItsSound(t *testing.T) {
	journal := newJournal()
	w := newWorld(t, journal, nil)
	w.talk(w.ready("a"), "13800001000")
	call := w.e.Live().Talking[0].Call
	w.eventually("the journal", func() bool {
		journal.mu.Lock()
		defer journal.mu.Unlock()
		return len(journal.rows[call]) == 3
	})
	w.e.cancel() // the old life writes nothing more
	rows := journal.rows[call]
	for i := range rows { // it was an hour ago
		rows[i].At = rows[i].At.Add(-time.Hour)
	}
	second := newWorld(t, journal, func(o *Options) {
		o.CutRecordings = func() ([]RecordingRow, error) {
			return []RecordingRow{{Call: call, Segment: 1, StartedAt: rows[2].At, Millis: 7000}}, nil
		}
	})
	second.stop()
	if r := journal.records[call]; r.TalkMS != 7000 || r.UnrecordedMS() != 0 || second.e.Unrecorded() != 0 {
		t.Errorf("record %+v", r)
	}
}
