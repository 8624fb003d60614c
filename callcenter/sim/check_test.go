package sim

import (
	"slices"
	"time"

	"hotline12345/callcenter"
	"hotline12345/routing"
)

// check asks after an event for what must hold of its call.
func (w *world) check(c *call) {
	has := func(timer callcenter.Timer) bool { return c.timers[timer] != nil }
	s := c.c
	waits := s.State == callcenter.StateGreeting || s.State == callcenter.StateQueued || s.State == callcenter.StateOffered
	offers := 0
	if s.State == callcenter.StateOffered {
		offers++
	}
	if s.Second.Phase == callcenter.PhaseOffered {
		offers++
	}
	switch {
	case s.State != callcenter.StateEnded && !has(callcenter.TimerMaxCall):
		w.violated(c, "a call without a hard limit")
	case waits && !has(callcenter.TimerMaxWait):
		w.violated(c, "a waiting call without a timer")
	case s.State == callcenter.StateOffered && !has(callcenter.TimerOffer):
		w.violated(c, "an offer without a timer")
	case s.State == callcenter.StateAgentLost && !has(callcenter.TimerAgentLost):
		w.violated(c, "a caller waits for a page without a timer")
	case s.State == callcenter.StateDialing && !has(callcenter.TimerDial):
		w.violated(c, "dials without a timer")
	case s.Second.ID != "" && s.Second.Phase != callcenter.PhaseJoined && !has(callcenter.TimerConsult):
		w.violated(c, "a second party is called without a timer")
	case s.State == callcenter.StateQueued && c.waiting == nil:
		w.violated(c, "waits, but in no queue")
	case s.State != callcenter.StateQueued && c.waiting != nil:
		w.violated(c, "in the queue, but it does not wait")
	case w.ringing(c) > offers:
		w.violated(c, "more desks ring than are offered the call")
	case len(living(s, callcenter.RoleAgent)) > 1:
		w.violated(c, "two winners: legs %v", living(s, callcenter.RoleAgent))
	}
	for _, d := range w.staff {
		if w.joined[d.agent] == c.id && (d.call != c.id || !d.inCall()) {
			w.violated(c, "%s is in it, and the desk is %s in %q", d.agent, d.state, d.call)
		}
	}
}

func (w *world) ringing(c *call) (n int) {
	for _, d := range w.staff {
		if d.state == "ringing" && d.call == c.id {
			n++
		}
	}
	return n
}

// checkAttach: nobody is in two conversations.
func (w *world) checkAttach(c *call, d *desk, leg callcenter.LegID) {
	other, in := w.joined[d.agent]
	switch {
	case in && other != c.id:
		w.violated(c, "%s joins while in a conversation of %s", d.agent, other)
	case in && d.leg != leg:
		w.violated(c, "%s joins twice: legs %s and %s", d.agent, d.leg, leg)
	case d.call != c.id:
		w.violated(c, "%s joins, who is %s for %q", d.agent, d.state, d.call)
	}
}

// checkOrder: whoever waits longer in the queue for the same, and may be served by
// this agent, goes first. By the caller's own facts, not by the floor's lines.
func (w *world) checkOrder(first routing.Waiting, a routing.Agent) {
	q := w.queue.queues[first.Queue]
	if first.Only != "" || (first.Last == a.ID && q.LastAgent > 0) {
		return // asked for by name
	}
	for _, other := range w.queue.waiting {
		same := other.Queue == first.Queue && other.Only == "" && other.Priority == first.Priority && other.Front == first.Front &&
			slices.Equal(other.Languages, first.Languages)
		waitsForLast := other.Last != "" && q.LastAgent > 0 && w.now.Sub(other.Since) < time.Duration(q.LastAgent)*time.Second
		if !same || waitsForLast || !other.Since.Before(first.Since) || !routing.MayServe(q, other, a, w.now) {
			continue
		}
		id, _ := parseKey(first.Call)
		w.violated(w.calls[id], "%s is served by %s before %s, who waits %s longer", first.Call, a.ID, other.Call, first.Since.Sub(other.Since))
	}
}

// checkEnd: an ended call has a reason and one record, and holds nothing any more.
func (w *world) checkEnd(c *call) {
	r := c.c.Record
	for _, l := range c.c.Legs {
		if l.EndedAt == nil {
			w.violated(c, "leg %s lives on", l.ID)
		}
	}
	for _, d := range w.staff {
		if w.joined[d.agent] == c.id {
			w.violated(c, "%s is still in it", d.agent)
		}
	}
	var held int64
	for _, at := range r.Contacts {
		if at.Ended == "" || at.To.Before(at.From) || at.TalkMS+at.HoldMS > at.To.Sub(at.From).Milliseconds() {
			w.violated(c, "contact %+v", at)
		}
		if at.Kind == callcenter.ContactTalk {
			held += at.HoldMS
		}
	}
	talked := time.Duration(r.TalkMS) * time.Millisecond
	owes := c.c.Kind == callcenter.KindInbound && r.AnsweredAt == nil && r.From != ""
	switch {
	case r.Rating != 0 && (r.AnsweredAt == nil || !c.c.Surveyed):
		w.violated(c, "rated %d without a talk, or without being asked", r.Rating)
	case r.Reason == "":
		w.violated(c, "ended without a reason")
	case c.records != 1:
		w.violated(c, "%d records", c.records)
	case len(c.timers) > 0 || len(c.legs) > 0 || c.waiting != nil || c.seeking != nil || c.tape != nil:
		w.violated(c, "left behind: timers %v legs %v waiting %v seeking %v tape %v", c.timers, c.legs, c.waiting, c.seeking, c.tape)
	case w.ringing(c) > 0:
		w.violated(c, "still rings")
	case c.heard.sum != c.taped.sum:
		w.violated(c, "the caller talked %s, recorded is %s", c.heard.sum, c.taped.sum)
	case c.heard.sum != talked:
		w.violated(c, "the caller talked %s, the record says %s", c.heard.sum, talked)
	case held != r.HoldMS && len(r.Contacts) == c.c.Contacted:
		w.violated(c, "the contacts held the caller for %d ms, the record says %d", held, r.HoldMS)
	case owes != (c.owed > 0) && (owes || r.AnsweredAt == nil) || c.owed > 1:
		w.violated(c, "callbacks written %d, owed %v", c.owed, owes)
	}
}

// grace is how long a message may take, and what follows from it.
const grace = 2 * time.Second

// checkDesks: nobody is booked for, or stuck in, what does not know of him.
func (w *world) checkDesks() {
	for _, d := range w.staff {
		if b, booked := w.queue.booked[string(d.agent)]; booked && w.now.Sub(b.at) > grace && !w.queue.inbox.pending(w) {
			id, _ := parseKey(b.key)
			c := w.calls[id]
			if !c.inbox.pending(w) && (c.ended || !slices.Contains([]callcenter.AgentID{c.c.Agent, c.c.Second.Agent, c.c.Watch.Agent}, d.agent)) {
				w.violated(c, "%s is reserved since %s and was not released", d.agent, b.at.Format("15:04:05.000"))
			}
		}
		if d.state == "idle" || d.state == "wrapUp" || w.now.Sub(d.since) <= grace {
			continue
		}
		c := w.calls[d.call]
		if c == nil || (c.ended && !c.inbox.pending(w)) {
			w.violated(c, "%s is %s in a call that is no more", d.agent, d.state)
		}
	}
}

// checkQuiet: when all is over nothing is left.
func (w *world) checkQuiet() {
	for _, d := range w.staff {
		if b, booked := w.queue.booked[string(d.agent)]; booked {
			w.violated(nil, "%s is still reserved for %s", d.agent, b.key)
		}
		if d.state != "idle" {
			w.violated(nil, "%s is still %s", d.agent, d.state)
		}
	}
	for _, c := range w.order {
		if !c.ended {
			w.violated(c, "never ended")
		}
	}
	if len(w.queue.waiting) > 0 || len(w.joined) > 0 {
		w.violated(nil, "still waiting %v, still joined %v", w.queue.waiting, w.joined)
	}
}
