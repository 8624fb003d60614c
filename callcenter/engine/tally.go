package engine

import (
	"context"
	"time"

	"hotline12345/callcenter"
	"hotline12345/routing"
)

// tally is what a desk did today, by which the shared queue chooses between agents.
type tally struct {
	day   string // Beijing's
	talk  time.Duration
	calls int
	asked time.Time // the last offer

	handled  int           // calls with their wrap-up
	handling time.Duration // that they took, smoothed
}

func newTally(p AgentProfile, now time.Time) tally {
	return tally{day: dayOf(now), talk: p.Talked, calls: p.Calls}
}

var beijing = time.FixedZone("CST", 8*60*60) // no summer time since 1991

func dayOf(now time.Time) string { return now.In(beijing).Format(time.DateOnly) }

// at begins anew with a new day.
func (t *tally) at(now time.Time) {
	if day := dayOf(now); day != t.day {
		*t = tally{day: day, asked: t.asked, handled: t.handled, handling: t.handling}
	}
}

func (t *tally) offered(now time.Time) {
	t.at(now)
	t.asked = now
}

// ended counts the agent's part in a call, which is still on his desk.
func (t *tally) ended(s *desk, call callcenter.CallID, now time.Time) {
	if s.call != call || s.view.Call == nil || s.view.Call.EndReason != "" {
		return // only rung, or he has moved on
	}
	t.at(now)
	t.calls++
	t.talk += now.Sub(s.view.Call.StartedAt)
}

// wrappedUp measures a call from its offer to the end of its wrap-up. A newer call counts
// for an eighth, as in RFC 6298 (2.3), since one that lasts long says little of the next.
func (t *tally) wrappedUp(now time.Time) {
	if t.asked.IsZero() {
		return // a call of his own
	}
	took := now.Sub(t.asked)
	if t.handled++; t.handled == 1 {
		t.handling = took
		return
	}
	t.handling += (took - t.handling) / 8
}

// measured is what a call of his takes, once there are enough to say.
func (t *tally) measured() time.Duration {
	if t.handled < 3 {
		return 0
	}
	return t.handling
}

// Requalify gives the agents on shift what an administrator lets them do now; it
// holds from their next offer on. Who is not in the list is offered nothing.
func (e *Engine) Requalify(abilities []routing.Ability) {
	of := make(map[callcenter.AgentID]routing.Ability, len(abilities))
	for _, a := range abilities {
		of[callcenter.AgentID(a.Account)] = a
	}
	e.desks.mu.Lock()
	defer e.desks.mu.Unlock()
	for id, s := range e.desks.m {
		s.profile.Queues, s.profile.Skills = of[id].Queues, of[id].Skills
		e.desks.post(s)
	}
}

// limits of a call into a queue.
func (e *Engine) limits(queue callcenter.QueueID) callcenter.Limits {
	l := e.o.Limits
	if e.o.MaxWait != nil {
		if most := e.o.MaxWait(queue); most > 0 {
			l.MaxWaitSeconds = min(l.MaxWaitSeconds, most)
		}
	}
	return l
}

// knowLimit ends a look-up that comes too late to be of use.
const knowLimit = 5 * time.Second

// KnowAgain reads anew what is kept of the number of a call of this node.
func (e *Engine) KnowAgain(id callcenter.CallID) {
	if c, ok := e.Call(id); ok {
		e.know(id, c.From)
	}
}

// know looks the caller up beside his call.
func (e *Engine) know(id callcenter.CallID, number string) {
	if e.o.Known == nil || number == "" {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.calls[id]
	if a == nil || e.stop {
		return
	}
	e.running.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), knowLimit)
		defer cancel()
		known, err := e.o.Known(ctx, number)
		if err != nil {
			a.log.Warn("what is kept about the caller was not read", "error", err)
			return
		}
		if known != (callcenter.CallerKnown{}) {
			a.post(known)
		}
	})
}
