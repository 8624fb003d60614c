package engine

import (
	"context"
	"time"

	"hotline12345/callcenter"
	"hotline12345/media"
	"hotline12345/routing"
)

// run1 runs one effect. What fails comes back as an event, so that the call
// goes on from there; what cannot fail the call is logged.
func (a *actor) run1(effect callcenter.Effect) {
	m := a.e.o.Media
	switch f := effect.(type) {
	case callcenter.AnswerLeg:
		a.answerLeg(f.Leg, a.e.o.Trunk.Answer)
	case callcenter.ProgressLeg:
		a.answerLeg(f.Leg, a.e.o.Trunk.Progress)
	case callcenter.HangUpLeg:
		a.warn("not hung up", a.e.o.Trunk.HangUp(f.Leg))
	case callcenter.DialLeg:
		a.dial(f)
	case callcenter.AttachAgent:
		a.attach(f)
	case callcenter.DetachAgent:
		// The leg ends with this event: closeLegs frees it, after the recording.
		a.endHandset(f.Leg)
	case callcenter.Play:
		a.play(f)
	case callcenter.StopPlay:
		m.StopPlay(string(f.Leg))
	case callcenter.Listen:
		m.Listen(string(f.Leg), machineSpeech, machineWithin)
	case callcenter.SendKeys:
		a.warn("keys not sent", m.SendKeys(string(f.Leg), f.Keys))
	case callcenter.Bridge:
		a.warn("not bridged", m.Bridge(string(f.A), string(f.B)))
	case callcenter.Unbridge:
		m.Unbridge(string(f.A), string(f.B))
	case callcenter.Hear:
		a.warn("does not hear what it should", m.Hear(string(f.Leg), texts(f.Sources)...))
	case callcenter.StartRecording:
		a.startRecording(f)
	case callcenter.StopRecording:
		a.stopRecording(f)
	case callcenter.PauseRecording:
		a.warn("not paused, or not taken up again", m.PauseRecording(string(a.id), f.Segment, f.Paused))
		a.pauseFork(f)
	case callcenter.Enqueue, callcenter.Rank, callcenter.Dequeue, callcenter.OfferAgent, callcenter.WithdrawOffer, callcenter.ReleaseAgent:
		a.queueEffect(effect)
	case callcenter.Seek, callcenter.StopSeeking:
		a.seekEffect(effect)
	case callcenter.SetTimer:
		a.setTimer(f)
	case callcenter.CancelTimer:
		a.cancelTimer(f.Timer)
	case callcenter.BookCallback:
		a.book(f.ID)
	case callcenter.WriteRecord:
		f.Record.Quality = a.quality
		a.e.written(a.id, f, time.Now().UTC())
	case callcenter.WriteCallback, callcenter.KeepPlace, callcenter.CloseCallback, callcenter.CloseEntry, callcenter.ReportOutcome, callcenter.LogWatch, callcenter.LogPause:
		a.e.written(a.id, effect, time.Now().UTC())
	}
}

// A far end that speaks for so long without a pause, and within so much of its answer, may
// be a machine: greetings last 4 to 15 seconds, a person's first words one or two.
const (
	machineSpeech = 4 * time.Second
	machineWithin = 10 * time.Second
)

func texts(legs []callcenter.LegID) []string {
	list := make([]string, len(legs))
	for i, leg := range legs {
		list[i] = string(leg)
	}
	return list
}

func (a *actor) queueEffect(effect callcenter.Effect) {
	switch f := effect.(type) {
	case callcenter.Enqueue:
		w := a.place(f, string(a.id))
		a.waiting.Store(&w)
		a.e.o.ACD.Enqueue(w)
	case callcenter.Rank:
		if at := a.waiting.Load(); at != nil {
			w := *at
			w.Priority, w.Last = f.Priority, string(f.Last)
			a.waiting.Store(&w)
			a.e.o.ACD.Enqueue(w)
		}
	case callcenter.Dequeue:
		a.waiting.Store(nil)
		a.e.o.ACD.Dequeue(string(a.id))
	case callcenter.OfferAgent:
		// The queue keeps the call until it is taken, but must not offer it twice.
		a.waiting.Store(nil)
		by, reason := a.e.desks.offer(f, a.c)
		switch {
		case reason != "":
			a.follow(callcenter.AgentRefused{Agent: f.Agent, Offer: f.Offer, Reason: reason})
		case by != nil:
			a.ring(a.offered(f.Offer), f.Agent, f.Offer, *by)
		}
	case callcenter.WithdrawOffer:
		a.stopRinging(f.Offer)
		a.e.desks.withdraw(f.Agent, a.id, f.Offer)
	case callcenter.ReleaseAgent:
		a.released = a.e.desks.release(f, a.c)
		a.e.o.ACD.Release(string(f.Agent), a.booked(f.Agent))
		delete(a.sought, f.Agent)
	default: // not of the queue
	}
}

// place is where the call, or its consultation, stands in the shared queue.
func (a *actor) place(f callcenter.Enqueue, key string) routing.Waiting {
	w := routing.Waiting{
		Call: key, Node: a.e.o.Node, Queue: string(f.Queue), Languages: f.Langs,
		Since: f.Since, Front: f.Front, Only: string(f.Only), Avoid: string(f.Avoid),
		Priority: f.Priority, Last: string(f.Last), Entered: f.Entered, Step: f.Step, Stays: f.Stays || key != string(a.id), Held: f.Held,
	}
	if w.Avoid != "" {
		w.AvoidSince = a.released
	}
	return w
}

// answerLeg: a leg that cannot be answered has gone in the moment it came.
func (a *actor) answerLeg(leg callcenter.LegID, send func(callcenter.LegID, []byte) error) {
	if err := send(leg, []byte(a.localSDP(leg))); err != nil {
		a.log.Warn("the caller cannot be answered", "error", err)
		a.follow(callcenter.LegEnded{Leg: leg, Reason: callcenter.EndCallerHangUp})
	}
}

// play says at once when a prompt cannot be heard: what is not heard is not told.
func (a *actor) play(f callcenter.Play) {
	err := a.e.o.Media.Play(string(f.Leg), media.Play{ID: f.ID, Sources: f.Sources, Loop: f.Loop})
	if err == nil {
		return
	}
	a.log.Warn("a prompt cannot be played", "sources", f.Sources, "error", err)
	if !f.Loop {
		a.follow(callcenter.PlayFailed{Leg: f.Leg, ID: f.ID})
	}
}

func (a *actor) localSDP(leg callcenter.LegID) string {
	for _, l := range a.c.Legs {
		if l.ID == leg {
			return l.Dialog.LocalSDP
		}
	}
	return ""
}

// dial makes our offer and sends INVITE; a number that cannot be dialled is a
// failed leg like any other.
func (a *actor) dial(f callcenter.DialLeg) {
	if a.lifting() {
		a.waits = append(a.waits, f)
		return
	}
	a.e.register(f.Leg, a)
	offer, err := a.e.o.Media.OfferTrunkLeg(string(f.Leg))
	if err == nil {
		err = a.e.o.Trunk.Dial(context.Background(), f.Leg, f.To, offer)
	}
	if err != nil {
		a.log.Warn("cannot dial", "leg", f.Leg, "error", err)
		a.follow(callcenter.LegFailed{Leg: f.Leg, Reason: callcenter.EndUnreachable})
	}
}

// attach joins the agent's transport; without one he counts as lost, and is
// waited for. A desk phone that has not been lifted yet is rung for it.
func (a *actor) attach(f callcenter.AttachAgent) {
	a.e.register(f.Leg, a)
	by := a.e.desks.join(f.Agent, f.Leg, a.c)
	switch {
	case a.onHandset(f.Leg):
		return
	case by != nil:
		a.ring(f.Leg, f.Agent, "", *by)
		return
	}
	if err := a.e.o.Media.AttachAgent(string(f.Leg), string(f.Agent)); err != nil {
		a.log.Warn("the agent has no transport", "agent", f.Agent, "error", err)
		a.follow(callcenter.AgentLost{Agent: f.Agent})
	}
}

func (a *actor) startRecording(f callcenter.StartRecording) {
	a.tape = f.Kind
	err := a.e.o.Media.StartRecording(media.Recording{Call: string(a.id), Segment: f.Segment, Left: string(f.Left), Others: texts(f.Others), Paused: f.Paused})
	if err != nil {
		a.warn("not recorded", err)
		return
	}
	a.forkByQueue()
	a.forkSegment(f)
}

func (a *actor) stopRecording(f callcenter.StopRecording) {
	info, err := a.e.o.Media.StopRecording(string(a.id), f.Segment)
	a.endForkSegment(f.Segment)
	if err != nil {
		a.log.Error("recording lost", "segment", f.Segment, "error", err)
		return
	}
	a.e.recorded(RecordingRow{
		Node: a.e.o.Node, Call: a.id, Segment: f.Segment, Kind: a.tape, Path: info.Path, StartedAt: info.StartedAt, Millis: info.Duration.Milliseconds(),
		Bytes: info.Bytes, SHA256: info.SHA256, Complete: info.Complete, Gaps: gapsOf(f.Gaps, info.StartedAt, info.Duration.Milliseconds()),
	})
}

func (a *actor) setTimer(f callcenter.SetTimer) {
	a.cancelTimer(f.Timer)
	var t *time.Timer
	ready := make(chan struct{})
	t = time.AfterFunc(time.Until(f.At), func() {
		<-ready // t is set
		a.mailbox.put(message{event: callcenter.TimerFired{Timer: f.Timer}, timer: t})
	})
	a.timers[f.Timer] = t
	close(ready)
}

func (a *actor) cancelTimer(timer callcenter.Timer) {
	if t := a.timers[timer]; t != nil {
		t.Stop()
		delete(a.timers, timer)
	}
}
