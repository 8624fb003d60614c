package sim

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"hotline12345/callcenter"
	"hotline12345/routing"
)

// call is engine's actor: the call, its mailbox and timers, and what its effects have
// made of the world.
type call struct {
	id       callcenter.CallID
	c        callcenter.Call
	inbox    inbox
	next     []callcenter.Event // what came of the last effects, before the mailbox
	timers   map[callcenter.Timer]*appointment
	waiting  *routing.Waiting
	seeking  *routing.Waiting
	released time.Time
	sought   map[callcenter.AgentID]string
	ended    bool
	records  int
	owed     int // callbacks written

	legs    map[callcenter.LegID]bool // exist now
	there   bool                      // the caller's telephone does what it does
	playing string                    // id of what the caller hears
	hears   map[callcenter.LegID][]callcenter.LegID
	tape    *callcenter.Tape
	heard   stretch // the caller hears somebody
	taped   stretch // his voice is recorded
}

// stretch adds up the time while something holds.
type stretch struct {
	since *time.Time
	sum   time.Duration
}

func (s *stretch) set(holds bool, now time.Time) {
	switch {
	case holds && s.since == nil:
		s.since = &now
	case !holds && s.since != nil:
		s.sum += now.Sub(*s.since)
		s.since = nil
	}
}

func (w *world) newCall(id callcenter.CallID, first callcenter.Event) *call {
	c := &call{
		id: id, timers: map[callcenter.Timer]*appointment{}, sought: map[callcenter.AgentID]string{},
		legs: map[callcenter.LegID]bool{}, hears: map[callcenter.LegID][]callcenter.LegID{},
	}
	switch e := first.(type) { // who calls has the leg before we have the call
	case callcenter.CallArrived:
		e.Call, e.Leg = c.id, callcenter.LegID(w.id("leg"))
		c.legs[e.Leg] = true
		first = e
	case callcenter.DialRequested:
		e.Call, e.Leg = c.id, callcenter.LegID(w.id("leg"))
		first = e
	case callcenter.ResultRequested:
		e.Call, e.Leg = c.id, callcenter.LegID(w.id("leg"))
		first = e
	default: // begins no call
	}
	w.calls[c.id] = c
	w.order = append(w.order, c)
	w.handle(c, first, nil, nil)
	return c
}

// post sends an event to a call.
func (w *world) post(c *call, ev callcenter.Event) { w.send(c, ev, nil, nil) }

// ask sends a request and is told what the call says.
func (w *world) ask(c *call, ev callcenter.Event, reply func(error)) { w.send(c, ev, nil, reply) }

func (w *world) send(c *call, ev callcenter.Event, timer *appointment, reply func(error)) {
	c.inbox.deliver(w, func() { w.handle(c, ev, timer, reply) })
}

var errOver = &callcenter.Error{Code: callcenter.CodeNotInCall}

// handle is one event, and all that its effects come to at once.
func (w *world) handle(c *call, ev callcenter.Event, timer *appointment, reply func(error)) {
	if c.ended {
		if r, ok := ev.(callcenter.AgentReserved); ok {
			w.queue.release(string(r.Agent), keyOf(c.id, r.Seek))
		}
		if reply != nil {
			reply(errOver)
		}
		return
	}
	if fired, ok := ev.(callcenter.TimerFired); ok {
		if c.timers[fired.Timer] != timer {
			return // it was set again or cancelled meanwhile
		}
		delete(c.timers, fired.Timer)
	}
	err := w.apply(c, ev)
	if reply != nil {
		reply(err)
	}
	for len(c.next) > 0 && !c.ended {
		follows := c.next[0]
		c.next = c.next[1:]
		if err := w.apply(c, follows); err != nil {
			w.violated(c, "what followed an effect was refused: %T: %v", follows, err)
		}
	}
}

func (w *world) apply(c *call, ev callcenter.Event) error {
	if r, ok := ev.(callcenter.AgentReserved); ok && r.Seek != "" {
		c.sought[r.Agent] = keyOf(c.id, r.Seek)
		c.seeking = nil
	}
	switch e := ev.(type) { // the far end's leg is gone by itself
	case callcenter.LegEnded:
		c.legGone(e.Leg)
	case callcenter.LegFailed:
		c.legGone(e.Leg)
	default: // changes nothing by itself
	}
	w.traceEvent(c, ev)
	before := c.c.State
	next, effects, err := callcenter.Apply(c.c, ev, w.now)
	w.events++
	if err != nil {
		w.tracef(c.id, "    refused: %v", err)
		return err
	}
	c.c = next
	if next.State != before {
		w.tracef(c.id, "    = %s", next.State)
	}
	for i, e := range effects {
		w.tracef(c.id, "    %T%+v", e, e)
		if c.records > 0 {
			w.violated(c, "an effect after the record: %T%+v (%d of %d)", e, e, i+1, len(effects))
		}
		w.effect(c, e)
	}
	c.heard.set(slices.ContainsFunc(c.hears[next.Caller], c.answered), w.now)
	c.taped.set(c.tape != nil && c.tape.Left == next.Caller, w.now)
	for _, agent := range []callcenter.AgentID{next.Agent, next.Second.Agent, next.Watch.Agent} {
		if d := w.desks[agent]; d != nil {
			d.callChanged(next)
		}
	}
	w.check(c)
	if next.State == callcenter.StateEnded {
		c.ended = true
		w.checkEnd(c)
	}
	return nil
}

// answered says whether somebody is at a leg, and not only the network.
func (c *call) answered(leg callcenter.LegID) bool {
	return slices.ContainsFunc(c.c.Legs, func(l callcenter.Leg) bool { return l.ID == leg && l.AnsweredAt != nil })
}

func (c *call) legGone(leg callcenter.LegID) {
	delete(c.legs, leg)
	delete(c.hears, leg)
	for other, from := range c.hears {
		c.hears[other] = slices.DeleteFunc(slices.Clone(from), func(l callcenter.LegID) bool { return l == leg })
	}
}

// effect is engine's run1 on models.
func (w *world) effect(c *call, effect callcenter.Effect) {
	switch f := effect.(type) {
	case callcenter.ProgressLeg:
		w.present(c, f.Leg)
	case callcenter.AnswerLeg:
		w.present(c, f.Leg)
	case callcenter.HangUpLeg:
		c.legGone(f.Leg)
	case callcenter.DialLeg:
		w.dial(c, f.Leg)
	case callcenter.AttachAgent:
		w.attach(c, f)
	case callcenter.DetachAgent:
		w.detach(c, f)
	case callcenter.Play:
		w.play(c, f)
	case callcenter.StopPlay:
		c.playing = ""
	case callcenter.Bridge:
		c.hears[f.A], c.hears[f.B] = []callcenter.LegID{f.B}, []callcenter.LegID{f.A}
	case callcenter.Unbridge:
		delete(c.hears, f.A)
		delete(c.hears, f.B)
	case callcenter.Hear:
		c.hears[f.Leg] = f.Sources
	case callcenter.StartRecording:
		tape := f.Tape
		c.tape = &tape
	case callcenter.StopRecording:
		c.tape = nil
	case callcenter.SetTimer:
		w.setTimer(c, f)
	case callcenter.CancelTimer:
		c.cancelTimer(f.Timer)
	case callcenter.WriteCallback:
		c.owed++
	case callcenter.KeepPlace:
		if c.owed == 0 || f.Since.After(w.now) {
			w.violated(c, "a place is kept for no task, or from later on: %+v", f)
		}
	case callcenter.WriteRecord:
		c.records++
	case callcenter.BookCallback:
		w.post(c, callcenter.CallbackBooked{Won: true})
	case callcenter.SendKeys, callcenter.CloseCallback, callcenter.CloseEntry, callcenter.Listen, callcenter.ReportOutcome, callcenter.LogWatch, callcenter.LogPause:
	case callcenter.Enqueue, callcenter.Rank, callcenter.Dequeue, callcenter.OfferAgent, callcenter.WithdrawOffer, callcenter.ReleaseAgent,
		callcenter.Seek, callcenter.StopSeeking:
		w.queueEffect(c, effect)
	default:
		w.violated(c, "the model does not know the effect %T", effect)
	}
}

func (w *world) queueEffect(c *call, effect callcenter.Effect) {
	switch f := effect.(type) {
	case callcenter.Enqueue:
		at := c.place(f, string(c.id))
		c.waiting = &at
		w.queue.enqueue(at)
	case callcenter.Rank:
		if c.waiting != nil {
			at := *c.waiting
			at.Priority, at.Last = f.Priority, string(f.Last)
			c.waiting = &at
			w.queue.enqueue(at)
		}
	case callcenter.Dequeue:
		c.waiting = nil
		w.queue.dequeue(string(c.id))
	case callcenter.Seek:
		at := c.place(f.Enqueue, keyOf(c.id, f.ID))
		c.seeking = &at
		w.queue.enqueue(at)
	case callcenter.StopSeeking:
		key := keyOf(c.id, f.ID)
		if c.seeking != nil && c.seeking.Call == key {
			c.seeking = nil
		}
		w.queue.dequeue(key)
	case callcenter.OfferAgent:
		c.waiting = nil
		if reason := w.desks[f.Agent].ring(f, c.id); reason != "" {
			c.next = append(c.next, callcenter.AgentRefused{Agent: f.Agent, Offer: f.Offer, Reason: reason})
		}
	case callcenter.WithdrawOffer:
		w.desks[f.Agent].withdraw(c.id, f.Offer)
	case callcenter.ReleaseAgent:
		key := c.sought[f.Agent]
		if key == "" {
			key = string(c.id)
		}
		c.released = w.desks[f.Agent].release(f, c.id)
		w.queue.release(string(f.Agent), key)
		delete(c.sought, f.Agent)
	default: // not of the queue
	}
}

// place is where the call, or its consultation, stands in the shared queue.
func (c *call) place(f callcenter.Enqueue, key string) routing.Waiting {
	at := routing.Waiting{
		Call: key, Queue: string(f.Queue), Languages: f.Langs, Since: f.Since, Front: f.Front, Only: string(f.Only),
		Avoid: string(f.Avoid), Priority: f.Priority, Last: string(f.Last),
	}
	if at.Avoid != "" {
		at.AvoidSince = c.released
	}
	return at
}

func (w *world) attach(c *call, f callcenter.AttachAgent) {
	d := w.desks[f.Agent]
	w.checkAttach(c, d, f.Leg)
	c.legs[f.Leg] = true
	w.joined[f.Agent] = c.id
	d.join(f.Leg, c.c)
	if !d.up {
		c.next = append(c.next, callcenter.AgentLost{Agent: f.Agent})
	}
}

func (w *world) detach(c *call, f callcenter.DetachAgent) {
	if w.joined[f.Agent] != c.id {
		w.violated(c, "%s is detached without being in it", f.Agent)
	}
	delete(w.joined, f.Agent)
	c.legGone(f.Leg)
}

// play ends by itself; now and then it cannot be heard, or nobody tells of its end.
func (w *world) play(c *call, f callcenter.Play) {
	if f.Leg != c.c.Caller {
		return
	}
	delete(c.hears, f.Leg)
	c.playing = f.ID
	switch {
	case f.Loop || w.chance(2):
	case w.chance(2):
		c.next = append(c.next, callcenter.PlayFailed{Leg: f.Leg, ID: f.ID})
	default:
		w.in(w.about(4*time.Second), func() {
			if c.playing == f.ID && !c.ended {
				w.post(c, callcenter.PlayDone{Leg: f.Leg, ID: f.ID})
			}
		})
	}
}

func (w *world) setTimer(c *call, f callcenter.SetTimer) {
	c.cancelTimer(f.Timer)
	if !f.At.After(w.now) {
		w.violated(c, "timer %s is set to the past", f.Timer)
	}
	var t *appointment
	t = w.at(f.At, func() { w.send(c, callcenter.TimerFired{Timer: f.Timer}, t, nil) })
	c.timers[f.Timer] = t
}

func (c *call) cancelTimer(timer callcenter.Timer) {
	if t := c.timers[timer]; t != nil {
		t.cancelled = true
		delete(c.timers, timer)
	}
}

// reserved tells a call of its winner, or gives him back when there is none.
func (w *world) reserved(key string, agent callcenter.AgentID, offer string) {
	id, seek := parseKey(key)
	w.post(w.calls[id], callcenter.AgentReserved{Agent: agent, Leg: callcenter.LegID(w.id("leg")), Offer: offer, Seek: seek})
}

func (w *world) id(what string) string {
	w.ids++
	return what + strconv.Itoa(w.ids)
}

func (w *world) traceEvent(c *call, ev callcenter.Event) {
	if !w.tracing {
		return
	}
	kind, data, err := callcenter.EncodeEvent(ev)
	if err != nil {
		w.violated(c, "%v", err)
	}
	w.tracef(c.id, "%s %s", kind, data)
}

// tracef writes a line down, of a call or of everybody's.
func (w *world) tracef(id callcenter.CallID, format string, args ...any) {
	if w.tracing {
		w.trace = append(w.trace, traced{id, fmt.Sprintf("%10.3f %-7s ", w.now.Sub(start).Seconds(), id) + fmt.Sprintf(format, args...)})
	}
}
