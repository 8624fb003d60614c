package routing

import (
	"cmp"
	"slices"
	"time"
)

// Match pairs waiting calls with ready agents. It is greedy in the calls' order:
// the first call gets the best agent that may serve it, then the next. A call
// nobody may serve waits and holds nobody up behind it.
//
// The order of calls is Less; the order of agents is longest idle first. Both
// end in the id, so that every node computes the same offers from one snapshot.
// The result has at most one offer for each call and for each agent.
func Match(s Snapshot, now time.Time) []Offer {
	calls := slices.Clone(s.Waiting)
	slices.SortFunc(calls, func(a, b Waiting) int { return compareCalls(s.Queues, a, b, now) })
	agents := make([]Agent, 0, len(s.Agents))
	for _, a := range s.Agents {
		if a.Ready {
			agents = append(agents, a)
		}
	}
	slices.SortFunc(agents, func(a, b Agent) int {
		return cmp.Or(a.IdleSince.Compare(b.IdleSince), cmp.Compare(a.ID, b.ID))
	})
	var offers []Offer
	for _, call := range calls {
		if len(agents) == 0 {
			break
		}
		queue, known := s.Queues[call.Queue]
		if !known {
			continue
		}
		i := slices.IndexFunc(agents, func(a Agent) bool { return a.ID != call.Avoid && MayServe(queue, call, a) })
		if i < 0 { // nobody else: then even the one who let it go before
			i = slices.IndexFunc(agents, func(a Agent) bool { return MayServe(queue, call, a) })
		}
		if i < 0 {
			continue
		}
		offers = append(offers, Offer{Call: call.Call, Agent: agents[i].ID})
		agents = slices.Delete(agents, i, i+1)
	}
	return offers
}

// MayServe says whether the agent has what the queue and the call ask for. A
// transfer to one agent (Only) asks for that person, not for skills. Who let the
// call go (Avoid) may serve it once he has become idle anew: a caller must not
// wait in vain beside the only agent there is.
func MayServe(q Queue, c Waiting, a Agent) bool {
	if c.Only != "" {
		return c.Only == a.ID
	}
	if c.Avoid == a.ID && a.ID != "" && !a.IdleSince.After(c.AvoidSince) {
		return false
	}
	if !slices.Contains(a.Queues, q.ID) {
		return false
	}
	for _, need := range q.Skills {
		if !slices.ContainsFunc(a.Skills, func(has Skill) bool { return has.Name == need.Name && has.Level >= need.Level }) {
			return false
		}
	}
	return len(c.Languages) == 0 ||
		slices.ContainsFunc(c.Languages, func(l string) bool { return slices.Contains(a.Languages, l) })
}

// Score of a waiting call: priority points of queue and call, plus one point
// for each second waited. Finite for every call, since waits are.
func Score(q Queue, c Waiting, now time.Time) int {
	return q.Priority + c.Priority + max(0, int(now.Sub(c.Since)/time.Second))
}

// Order returns the waiting calls of one queue, next served first: their
// positions are the indexes plus one.
func Order(queues map[string]Queue, waiting []Waiting, queue string, now time.Time) []Waiting {
	var calls []Waiting
	for _, w := range waiting {
		if w.Queue == queue {
			calls = append(calls, w)
		}
	}
	slices.SortFunc(calls, func(a, b Waiting) int { return compareCalls(queues, a, b, now) })
	return calls
}

// compareCalls orders: back to the front (an offer that was not answered, a
// lost agent) before all, then score, then who came first.
func compareCalls(queues map[string]Queue, a, b Waiting, now time.Time) int {
	if a.Front != b.Front {
		if a.Front {
			return -1
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(Score(queues[b.Queue], b, now), Score(queues[a.Queue], a, now)),
		a.Since.Compare(b.Since),
		cmp.Compare(a.Call, b.Call),
	)
}
