package callcenter

import (
	"slices"
	"time"
)

// Sensitive data (a bank card, an identity number) need not be on a recording: the
// agent pauses it, and it goes on by his word, or by itself after
// Limits.PauseSeconds, so that nobody forgets it. Meanwhile the segment goes on with
// silence on both sides, and its times stay true.
//
// The pause is the agent's: it holds for what is recorded of his part, through hold
// and consultation, and ends when the caller goes to somebody else. The hearing is
// not touched: a supervisor who listens goes on listening.

// Pause of the recording.
type Pause struct {
	By    AgentID   `json:"by"`   // the agent, or a supervisor
	Over  AgentID   `json:"over"` // whose call it is
	Since time.Time `json:"since"`
	Until time.Time `json:"until"` // then it ends by itself
}

// Span is a stretch of time; Until is the zero time while it lasts.
type Span struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until,omitzero"`
}

// maxGaps bounds the pauses of one segment.
const maxGaps = 100

// PauseEnd says why a pause ended.
type PauseEnd string

const (
	PauseResumed PauseEnd = "resumed"
	PauseTimeOut PauseEnd = "time-out"
	PauseLeft    PauseEnd = "left" // the agent left, or the call ended
)

func (c Call) paused() bool { return !c.Pause.Since.IsZero() }

// pauseRecording is asked for by the agent, or by a supervisor from anywhere.
func (t *turn) pauseRecording(e RecordingPauseRequested) error {
	switch {
	case e.By == "" || !t.staffed() || (!e.Supervisor && e.By != t.c.Agent):
		return t.refuse(CodeNotInCall)
	case t.c.Limits.PauseSeconds <= 0:
		return t.refuse(CodePauseOff)
	case t.c.paused():
		return t.refuse(CodePaused)
	case !t.c.Recording:
		return t.refuse(CodeNotRecording)
	case len(t.c.Gaps) >= maxGaps:
		return t.refuse(CodeTooManyPauses)
	}
	until := t.now.Add(time.Duration(t.c.Limits.PauseSeconds) * time.Second)
	t.c.Pause = Pause{By: e.By, Over: t.c.Agent, Since: t.now, Until: until}
	t.c.Gaps = append(slices.Clone(t.c.Gaps), Span{From: t.now})
	t.setTimer(TimerPause, t.c.Limits.PauseSeconds)
	t.do(PauseRecording{Segment: t.c.Segment, Paused: true})
	return nil
}

func (t *turn) resumeRecording(e RecordingResumeRequested) error {
	switch {
	case e.By == "" || !t.staffed() || (!e.Supervisor && e.By != t.c.Agent):
		return t.refuse(CodeNotInCall)
	case !t.c.paused():
		return t.refuse(CodeNotPaused)
	}
	t.endPause(PauseResumed, e.By)
	return nil
}

// endPause records again from now on; by is who asked for it, "" nobody.
func (t *turn) endPause(why PauseEnd, by AgentID) {
	if !t.c.paused() {
		return
	}
	p := t.c.Pause
	t.c.Pause = Pause{}
	t.do(CancelTimer{TimerPause})
	if t.c.Recording {
		t.closeGap()
		t.do(PauseRecording{Segment: t.c.Segment, Paused: false})
	}
	t.do(LogPause{Pause: p, Ended: t.now, Why: why, ResumedBy: by})
}

// followPause ends a pause whose agent has left the call.
func (t *turn) followPause() {
	if t.c.paused() && t.c.Pause.Over != t.c.Agent {
		t.endPause(PauseLeft, "")
	}
}

// closeGap ends the gap that is open in the segment.
func (t *turn) closeGap() {
	last := len(t.c.Gaps) - 1
	if last < 0 || !t.c.Gaps[last].Until.IsZero() {
		return
	}
	t.c.Gaps = slices.Clone(t.c.Gaps)
	t.c.Gaps[last].Until = t.now
	t.c.Record.PausedMS += t.now.Sub(t.c.Gaps[last].From).Milliseconds()
}

// startSegment begins to record, in silence while the pause lasts.
func (t *turn) startSegment(tape Tape) {
	t.c.Segment++
	t.c.Recording, t.c.Gaps = true, nil
	if t.c.paused() {
		t.c.Gaps = []Span{{From: t.now}}
	}
	t.do(StartRecording{Segment: t.c.Segment, Tape: tape, Paused: t.c.paused()})
}

func (t *turn) stopSegment() {
	t.closeGap()
	t.c.Recording = false
	t.do(StopRecording{Segment: t.c.Segment, Gaps: t.c.Gaps})
}
