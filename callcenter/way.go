package callcenter

import "time"

// Way is where the routing data send a call. The data change, so it is worked out when
// it happens and journalled with the event. The zero Way is the queue the call is in.
type Way struct {
	Target   Target   `json:"target,omitzero"`    // a queue, or an outside number
	Callback bool     `json:"callback,omitempty"` // instead: he is called back
	Leg      LegID    `json:"leg,omitempty"`      // id for the leg to an outside number
	Seconds  int      `json:"seconds,omitempty"`  // it rings at most; 0: as long as any
	Closed   bool     `json:"closed,omitempty"`   // a queue was, on the way
	Say      []string `json:"say,omitempty"`      // prompts that say so
}

// maxHops bounds how often a call is sent on by itself; then it waits to its limit.
const maxHops = 8

// greeted: the opening notice is over, or the announcement that a queue is closed.
func (t *turn) greeted() {
	t.pickUp()
	t.follow(t.c.Way)
}

// overflow takes a target of the queue. What was decided of another queue, or before
// a target that was taken since, comes too late.
func (t *turn) overflow(e Overflowed) {
	if t.c.State != StateQueued || t.c.Only != "" || t.c.Callback != "" || e.Queue != t.c.Queue || e.Step < t.c.Step || t.c.Hops >= maxHops {
		return
	}
	t.c.Hops++
	t.c.Step = e.Step + 1
	if e.Way.Callback && t.c.From == "" { // nobody could call back: he waits on
		t.enqueue(Enqueue{})
		return
	}
	t.follow(e.Way)
}

// follow sends the call where the data say.
func (t *turn) follow(w Way) {
	switch {
	case w.Callback && w.Closed:
		t.closed()
	case w.Callback:
		t.waitedLongest()
	case w.Target.Kind == TransferOutside && w.Leg != "":
		t.tryOutside(w)
	default:
		if w.Target.ID != "" {
			t.c.Queue = QueueID(w.Target.ID)
		}
		waited := t.c.State == StateQueued
		t.enqueue(Enqueue{})
		if waited && len(w.Say) > 0 { // in the greeting it has been said
			t.say(sayLimit, w.Say...)
		}
	}
}

// closed ends a call that nobody takes now; he knows, and is called back.
func (t *turn) closed() {
	text := "callback.left"
	if t.c.From == "" {
		text = "goodbye"
	}
	t.goodbye(EndClosed, text)
}

// tryOutside rings another place's hotline. The wait's limit holds on when it comes to
// nothing.
func (t *turn) tryOutside(w Way) {
	t.leaveQueue("overflow")
	t.c.State, t.c.Third = StateDialing, w.Leg
	t.c.Trying = EndMaxWait
	if w.Closed {
		t.c.Trying = EndClosed
	}
	t.addLeg(Leg{ID: w.Leg, Role: RoleThird, Number: w.Target.ID})
	seconds := w.Seconds
	if seconds == 0 {
		seconds = t.c.Limits.DialSeconds
	}
	t.do(CancelTimer{TimerMaxWait})
	t.setTimer(TimerDial, seconds)
	t.loop("ringback")
	t.do(DialLeg{Leg: w.Leg, To: w.Target.ID})
}

// notOutside: it did not answer. Who has waited stands where he stood, for as long as
// he may still wait; the other targets are still there.
func (t *turn) notOutside() {
	why := t.c.Trying
	t.c.Third, t.c.Trying = "", ""
	t.do(CancelTimer{TimerDial})
	switch {
	case why == EndClosed:
		t.closed()
	case !t.c.WaitUntil.After(t.now):
		t.waitedLongest()
	default:
		t.do(SetTimer{Timer: TimerMaxWait, At: t.c.WaitUntil})
		t.enqueue(Enqueue{})
	}
}

// enter notes when the call came into the queue it is in; its targets begin anew with it.
func (t *turn) enter() {
	if t.c.In != t.c.Queue {
		t.c.In, t.c.Entered, t.c.Step, t.c.Position, t.c.Promised = t.c.Queue, t.now, 0, 0, 0
	}
}

// limitWait is when nobody waits any longer, kept beside its timer.
func (t *turn) limitWait(timer Timer, at time.Time) {
	if timer == TimerMaxWait {
		t.c.WaitUntil = at
	}
}
