package engine

import (
	"log/slog"
	"sync/atomic"
	"time"

	"hotline12345/callcenter"
	"hotline12345/routing"
)

// message is an event on its way to a call, or something that its goroutine is to do;
// reply is told what Apply, or it, said.
type message struct {
	event callcenter.Event
	do    func() error
	timer *time.Timer // of a TimerFired: only the newest one counts
	reply chan error
}

// actor owns one call.
type actor struct {
	e        *Engine
	id       callcenter.CallID
	log      *slog.Logger
	system   bool // a call of the system's own, or of a list
	callback bool // a callback that keeps its place
	mailbox  *mailbox
	done     chan struct{} // closed when the call has ended

	// Owned by the goroutine.
	c      callcenter.Call
	seq    int
	next   []callcenter.Event // what came of the last effects, before the mailbox
	timers map[callcenter.Timer]*time.Timer
	// released is when the agent's desk was let go last: who becomes idle later may
	// be asked again. Not the time of the queueing, which he may have overtaken.
	released time.Time
	sought   map[callcenter.AgentID]string // who was reserved for a consultation: its key
	tape     callcenter.SegmentKind        // of the open recording segment
	quality  []callcenter.LegQuality       // of the legs that have ended
	fork     *forking                      // nil: nobody gets a copy of the sound
	handsets map[callcenter.LegID]*handset // agents' desk phones
	waits    []callcenter.DialLeg          // for the agent to lift his

	// Published for others.
	summary atomic.Pointer[callcenter.Call]
	waiting atomic.Pointer[routing.Waiting]
	seeking atomic.Pointer[routing.Waiting]
}

func newActor(e *Engine, id callcenter.CallID) *actor {
	return &actor{
		e: e, id: id, log: e.log.With("call", string(id)),
		mailbox: newMailbox(), done: make(chan struct{}),
		timers: map[callcenter.Timer]*time.Timer{}, sought: map[callcenter.AgentID]string{},
	}
}

// post never blocks.
func (a *actor) post(ev callcenter.Event) { a.mailbox.put(message{event: ev}) }

// askLimit is how long a request of an agent waits for its call.
const askLimit = 5 * time.Second

// ask posts a request and waits for what the call says.
func (a *actor) ask(ev callcenter.Event) error { return a.wait(message{event: ev}) }

func (a *actor) wait(m message) error {
	reply := make(chan error, 1)
	m.reply = reply
	a.mailbox.put(m)
	limit := time.NewTimer(askLimit)
	defer limit.Stop()
	select {
	case err := <-reply:
		return err
	case <-a.done:
		return deskError(codeNotInCall)
	case <-limit.C:
		return deskError(codeBusy)
	}
}

func (a *actor) run() {
	defer a.close()
	for a.c.State != callcenter.StateEnded {
		m, ok := a.mailbox.take()
		if !ok {
			a.log.Error("the call cannot keep up with its events and is ended")
			m = message{event: callcenter.EndRequested{Reason: callcenter.EndOverload}}
		}
		a.handle(m)
		for len(a.next) > 0 {
			ev := a.next[0]
			a.next = a.next[1:]
			a.handle(message{event: ev})
		}
		if a.c.State == callcenter.StateNew {
			a.log.Error("the call was refused its first event")
			return
		}
	}
}

// follow is what an effect came to. It is handled before anything that waits in
// the mailbox, which may already tell of what came later.
func (a *actor) follow(ev callcenter.Event) { a.next = append(a.next, ev) }

// close lets go of what is left and answers what waits.
func (a *actor) close() {
	for _, t := range a.timers {
		t.Stop()
	}
	a.closeFork("ended", "")
	a.e.forget(a.id)
	close(a.done)
	a.drain()
	a.e.hub.notify()
}

// drain gives back the agents that were reserved for a call that has ended.
// What is posted after done is closed, its poster handles (see reserve).
func (a *actor) drain() {
	for _, m := range a.mailbox.rest() {
		if r, ok := m.event.(callcenter.AgentReserved); ok {
			a.giveBack(r)
		}
	}
}

// reserve posts a reservation, or gives it back when the call is over.
func (a *actor) reserve(ev callcenter.AgentReserved) {
	a.post(ev)
	select {
	case <-a.done:
		a.giveBack(ev)
	default:
	}
}

func (a *actor) handle(m message) {
	if m.do != nil {
		a.answer(m, m.do())
		return
	}
	if fired, ok := m.event.(callcenter.TimerFired); ok {
		if a.timers[fired.Timer] != m.timer {
			return // it was set again or cancelled meanwhile
		}
		delete(a.timers, fired.Timer)
	}
	ev, means := a.byHandset(m.event)
	if !means {
		return
	}
	ev = a.prepare(ev)
	a.reservedFor(ev)
	now := time.Now().UTC().Truncate(time.Microsecond) // what a timestamptz keeps: a replay is exact
	before := a.c
	next, effects, err := callcenter.Apply(a.c, ev, now)
	if err != nil {
		a.answer(m, err)
		a.refusedHandset(m.event)
		return
	}
	a.c = next
	a.seq++
	a.e.ledger.event(JournalRow{Node: a.e.o.Node, Call: a.id, Seq: a.seq, At: now, Event: ev})
	a.measure(before)
	for _, effect := range effects {
		a.run1(effect)
	}
	a.closeLegs(before)
	a.publish()
	if told := callcenter.Notices(before, a.c); len(told) > 0 {
		a.e.o.OnCall(a.c, a.seq, now, told)
	}
	a.answer(m, nil)
}

func (a *actor) answer(m message, err error) {
	if m.reply != nil {
		m.reply <- err
	}
}

// prepare does what must be known before an event means anything: the answer of
// somebody we dialled has to fit our offer, and so has what is heard before it.
func (a *actor) prepare(ev callcenter.Event) callcenter.Event {
	if ringing, ok := ev.(callcenter.LegRinging); ok {
		return a.early(ringing)
	}
	answered, ok := ev.(callcenter.LegAnswered)
	if !ok || answered.Dialog.RemoteSDP == "" || !a.dialled(answered.Leg) {
		return ev
	}
	if err := a.e.o.Media.AcceptAnswer(string(answered.Leg), []byte(answered.Dialog.RemoteSDP)); err != nil {
		a.log.Warn("the answer's SDP cannot be used", "leg", answered.Leg, "error", err)
		a.warn("not hung up", a.e.o.Trunk.HangUp(answered.Leg))
		return callcenter.LegFailed{Leg: answered.Leg, Code: 488, Reason: callcenter.EndMediaRefused}
	}
	return ev
}

// early lets the sound in that comes before an answer. What cannot be heard only rings.
func (a *actor) early(ev callcenter.LegRinging) callcenter.Event {
	if ev.SDP == "" || !a.dialled(ev.Leg) {
		return callcenter.LegRinging{Leg: ev.Leg}
	}
	if err := a.e.o.Media.AcceptAnswer(string(ev.Leg), []byte(ev.SDP)); err != nil {
		a.log.Warn("what comes before the answer cannot be heard", "leg", ev.Leg, "error", err)
		return callcenter.LegRinging{Leg: ev.Leg}
	}
	return ev
}

// dialled says whether we dialled the leg and it has not been answered.
func (a *actor) dialled(id callcenter.LegID) bool {
	for _, l := range a.c.Legs {
		if l.ID == id {
			return l.AnsweredAt == nil && (a.c.Kind != callcenter.KindInbound || l.Role != callcenter.RoleCaller)
		}
	}
	return false
}

// closeLegs frees the media of the legs that ended by this event.
func (a *actor) closeLegs(before callcenter.Call) {
	for _, l := range a.ended(before) {
		a.putDown(l.ID)
	}
}

// publish shows the call to the desks and the live picture.
func (a *actor) publish() {
	c := a.c
	a.summary.Store(&c)
	a.e.desks.callChanged(c)
	a.e.hub.notify()
}

func (a *actor) warn(what string, err error) {
	if err != nil {
		a.log.Warn("an effect failed", "what", what, "error", err)
	}
}
