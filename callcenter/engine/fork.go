package engine

import (
	"context"
	"time"

	"hotline12345/callcenter"
	"hotline12345/media"
)

// A fork is a copy of a call's recorded sound for another system, while it is spoken
// (callcenter/fork). It is the engine's, not the call's: no part of the call depends on
// it, and a node that takes up what another left open has no sound to send.
//
// It begins with the first recording segment of a call whose queue is configured so, or
// when a supervisor asks, and follows the call through hold, consultation and transfer to
// its end; what she has ended does not begin again by itself.

// Forks sends calls to a consumer (callcenter/fork). Methods return at once.
type Forks interface {
	// Wants says whether the calls of a queue are sent without anybody asking.
	Wants(queue callcenter.QueueID) bool
	// Open begins to send a call; false: there is no room.
	Open(c callcenter.Call) (Fork, bool)
}

// Fork is one call on its way to the consumer. Methods return at once.
type Fork interface {
	// Segment tells of a recording segment and takes its sound.
	Segment(s ForkSegment) media.Fork
	Pause(segment int, paused bool)
	EndSegment(segment int)
	Close(reason string)
	// Ended says whether nothing is sent any more, by the consumer's wish too.
	Ended() bool
}

// ForkSegment is a recording segment as a consumer is told of it.
type ForkSegment struct {
	Number int
	Kind   callcenter.SegmentKind
	At     time.Time // of its first sample
	Agent  callcenter.AgentID
	Left   callcenter.LegRole
	Right  []callcenter.LegRole
	Paused bool
}

// LogFork is the beginning or the end of a fork, for the access log.
type LogFork struct {
	By    callcenter.AgentID // "": nobody asked
	Began bool
	Why   string
}

// Codes of what a request for a fork is refused with.
const (
	CodeForkOff  callcenter.Code = "fork-off" // by configuration
	CodeForked   callcenter.Code = "forked"   // already
	CodeNoFork   callcenter.Code = "not-forked"
	CodeForkRoom callcenter.Code = "no-fork-room"
)

// forking is a call's fork; without to it was ended and does not begin by itself.
type forking struct{ to Fork }

// ForkCall begins to send a call of this moment to the consumer, for a reason.
func (e *Engine) ForkCall(call callcenter.CallID, by callcenter.AgentID, reason string) error {
	return e.onCall(call, func(a *actor) error {
		switch {
		case e.o.Forks == nil:
			return deskError(CodeForkOff)
		case a.forked():
			return deskError(CodeForked)
		}
		a.closeFork("consumer", "") // it did not want the one before
		if !a.openFork(LogFork{By: by, Began: true, Why: reason}) {
			return deskError(CodeForkRoom)
		}
		if a.c.Recording {
			a.forkSegment(callcenter.StartRecording{Segment: a.c.Segment, Tape: a.c.Tape, Paused: !a.c.Pause.Since.IsZero()})
		}
		return nil
	})
}

// StopFork ends what ForkCall, or the call's queue, has begun.
func (e *Engine) StopFork(call callcenter.CallID, by callcenter.AgentID) error {
	return e.onCall(call, func(a *actor) error {
		if !a.forked() {
			return deskError(CodeNoFork)
		}
		a.closeFork("stopped", by)
		return nil
	})
}

// onCall has the call's goroutine do something.
func (e *Engine) onCall(call callcenter.CallID, do func(*actor) error) error {
	a := e.call(call)
	if a == nil {
		return deskError(codeNotInCall)
	}
	return a.wait(message{do: func() error { return do(a) }})
}

func (a *actor) forked() bool { return a.fork != nil && a.fork.to != nil && !a.fork.to.Ended() }

// forkByQueue begins a fork that nobody has to ask for.
func (a *actor) forkByQueue() {
	if a.fork != nil || a.e.o.Forks == nil || !a.e.o.Forks.Wants(a.c.Queue) {
		return
	}
	if !a.openFork(LogFork{Began: true, Why: "queue " + string(a.c.Queue)}) {
		a.log.Warn("a call's sound is not sent: there is no room for one more")
	}
}

func (a *actor) openFork(l LogFork) bool {
	to, ok := a.e.o.Forks.Open(a.c)
	if ok {
		a.fork = &forking{to}
		a.e.logFork(a.id, l)
	}
	return ok
}

// forkSegment lets the fork have the segment that is being recorded, from now on.
func (a *actor) forkSegment(f callcenter.StartRecording) {
	if !a.forked() {
		return
	}
	to := a.fork.to
	err := a.e.o.Media.ForkRecording(string(a.id), f.Segment, func(start time.Time) media.Fork {
		return to.Segment(ForkSegment{
			Number: f.Segment, Kind: f.Kind, At: start, Agent: a.c.Agent, Paused: f.Paused, Left: a.role(f.Left), Right: a.roles(f.Others),
		})
	})
	a.warn("not sent to the consumer", err)
}

func (a *actor) roles(legs []callcenter.LegID) []callcenter.LegRole {
	roles := make([]callcenter.LegRole, len(legs))
	for i, leg := range legs {
		roles[i] = a.role(leg)
	}
	return roles
}

func (a *actor) role(leg callcenter.LegID) callcenter.LegRole {
	for _, l := range a.c.Legs {
		if l.ID == leg {
			return l.Role
		}
	}
	return ""
}

func (a *actor) pauseFork(p callcenter.PauseRecording) {
	if a.forked() {
		a.fork.to.Pause(p.Segment, p.Paused)
	}
}

func (a *actor) endForkSegment(segment int) {
	if a.forked() {
		a.fork.to.EndSegment(segment)
	}
}

// closeFork ends the fork; by is who asked for it, "" nobody.
func (a *actor) closeFork(why string, by callcenter.AgentID) {
	if a.fork == nil || a.fork.to == nil {
		return
	}
	a.fork.to.Close(why)
	a.fork.to = nil
	a.e.logFork(a.id, LogFork{By: by, Why: why})
}

func (e *Engine) logFork(call callcenter.CallID, l LogFork) {
	e.log.Info("a call's sound and its consumer", "call", call, "began", l.Began, "by", l.By, "why", l.Why)
	e.ledger.add(entry{what: "fork", write: func(ctx context.Context) error { return e.o.OnFork(ctx, call, l) }})
}
