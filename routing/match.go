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
// Calls go by Front, then score (priority and age), then age, then id; agents by the
// queue's strategy, then id: every node computes the same offers from one snapshot.
// The result has at most one offer for each call and for each agent. A Floor gives
// the same without looking at everybody.
func Match(s Snapshot, now time.Time) []Offer {
	f := NewFloor(s.Queues)
	for _, a := range s.Agents {
		f.PutAgent(a)
	}
	for _, w := range s.Waiting {
		f.PutCall(w)
	}
	return f.Match(now)
}

// MayServe says whether the agent has what the queue and the call ask for now. A
// transfer to one agent (Only) asks for that person, not for skills. Who let the
// call go (Avoid) may serve it once he has become idle anew: a caller must not
// wait in vain beside the only agent there is.
func MayServe(q Queue, c Waiting, a Agent, now time.Time) bool {
	if c.Held {
		return false
	}
	if c.Only != "" {
		return c.Only == a.ID
	}
	waited := now.Sub(c.Since)
	return !c.shuns(a) && able(q.ID, q.needs(waited), q.languages(c, waited), a)
}

// shuns: he let the call go and has not become idle anew.
func (w Waiting) shuns(a Agent) bool {
	return w.Avoid != "" && w.Avoid == a.ID && !a.IdleSince.After(w.AvoidSince)
}

func able(queue string, needs []Skill, languages []string, a Agent) bool {
	if !slices.Contains(a.Queues, queue) {
		return false
	}
	for _, need := range needs {
		if a.level(need.Name) < need.Level {
			return false
		}
	}
	return len(languages) == 0 ||
		slices.ContainsFunc(languages, func(l string) bool { return slices.Contains(a.Languages, l) })
}

// level in a skill; 0 without it.
func (a Agent) level(skill string) int {
	best := 0
	for _, s := range a.Skills {
		if s.Name == skill {
			best = max(best, s.Level)
		}
	}
	return best
}

// levels is the sum of his levels in what the queue asks for at first.
func (q Queue) levels(a Agent) int {
	sum := 0
	for _, s := range q.Skills {
		sum += a.level(s.Name)
	}
	return sum
}

// needs are the skills asked for after a wait.
func (q Queue) needs(waited time.Duration) []Skill {
	needs := q.Skills
	for _, r := range q.Rings {
		if waited < r.After.duration() {
			break
		}
		needs = r.Skills
	}
	return needs
}

// languages one of which the call's agent must speak, after a wait.
func (q Queue) languages(c Waiting, waited time.Duration) []string {
	if len(c.Languages) > 0 && (q.LanguageWait == 0 || waited < q.LanguageWait.duration()) {
		return c.Languages
	}
	return q.Languages
}

// turn is when the call would have come if its points had been waited for: of two
// scores that both grow by one each second the order never changes, and is this one.
func (q Queue) turn(c Waiting) time.Time {
	points := clampPriority(q.Priority) + clampPriority(c.Priority)
	return c.Since.Add(-time.Duration(points) * time.Second)
}

func clampPriority(points int) int { return min(max(points, -MaxPriority), MaxPriority) }

// waitsForLast says whether now the call waits for the agent who talked with the
// caller last, and for nobody else: last is that agent, nil when not signed in.
func (q Queue) waitsForLast(c Waiting, last *Agent, now time.Time) bool {
	waited := now.Sub(c.Since)
	return last != nil && waited < q.LastAgent.duration() && !last.Away && c.Avoid != last.ID &&
		able(q.ID, q.needs(waited), q.languages(c, waited), *last)
}

// The orders that agents are kept in; StrategyTopDown is by levels, then byIdle.
const (
	byIdle = iota
	byTalk
	byAsked
	orders
)

func (s Strategy) order() int {
	switch s {
	case StrategyLeastTalk:
		return byTalk
	case StrategyRoundRobin:
		return byAsked
	case StrategyLongestIdle, StrategyTopDown:
	}
	return byIdle
}

func compareAgents(order int, a, b *Agent) int {
	first := 0
	switch order {
	case byTalk:
		first = cmp.Or(cmp.Compare(a.TalkToday, b.TalkToday), cmp.Compare(a.Calls, b.Calls))
	case byAsked:
		first = a.Asked.Compare(b.Asked)
	}
	if first != 0 {
		return first
	}
	return cmp.Or(a.IdleSince.Compare(b.IdleSince), cmp.Compare(a.ID, b.ID))
}
