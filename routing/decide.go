package routing

import "time"

// Match pairs waiting calls with ready agents as the function Match does. The floor
// stays as it was: an offer becomes true by what is put and removed after it.
func (f *Floor) Match(now time.Time) []Offer {
	f.advance(now)
	var offers []Offer
	var callers []*caller
	var people []*person
	for {
		c := f.next()
		if c == nil {
			break
		}
		p := f.best(c)
		offers = append(offers, Offer{Call: c.Call, Agent: p.ID})
		callers, people = append(callers, c), append(people, p)
		f.lift(c)
		p.team.leave(p)
		p.taken = true
	}
	for _, p := range people {
		p.taken = false
		p.team.enter(p)
	}
	for _, c := range callers {
		f.place(c, now)
	}
	return offers
}

// next is the first call of all that somebody ready may serve; nil: none.
func (f *Floor) next() *caller {
	var first *caller
	consider := func(c *caller) {
		if c != nil && (first == nil || compareCallers(c, first) < 0) {
			first = c
		}
	}
	for _, d := range f.demands {
		if d.ready > 0 && len(d.line) > 0 {
			consider(f.head(d))
		}
	}
	for agent, callers := range f.private {
		if p := f.agents[agent]; p != nil && p.Ready && !p.taken {
			consider(callers[0])
		}
	}
	return first
}

// head is the first of a demand's line that somebody ready may serve. All may be
// served by all who can, but for who let one go (Waiting.Avoid).
func (f *Floor) head(d *demand) *caller {
	for _, c := range d.line {
		others := d.ready
		avoided := f.seated(d, c.Avoid)
		if avoided != nil && c.shuns(avoided.Agent) {
			others--
		}
		if others > 0 {
			return c
		}
	}
	return nil
}

// seated is the agent if he is ready and can serve the demand, else nil.
func (f *Floor) seated(d *demand, agent string) *person {
	if agent == "" {
		return nil
	}
	p := f.agents[agent]
	if p == nil || !p.Ready || p.taken || !able(d.queue.ID, d.needs, d.languages, p.Agent) {
		return nil
	}
	return p
}

// best is the agent for a call that next found.
func (f *Floor) best(c *caller) *person {
	d := c.demand
	if d == nil {
		return f.agents[c.private]
	}
	if d.queue.LastAgent > 0 && c.Last != c.Avoid {
		if p := f.seated(d, c.Last); p != nil {
			return p
		}
	}
	order := d.queue.Strategy.order()
	topDown := d.queue.Strategy == StrategyTopDown
	var best *person
	levels := 0
	for _, s := range d.seats {
		p := s.team.first(order, c.Avoid)
		switch {
		case p == nil:
			continue
		case best == nil:
		case topDown && s.levels != levels:
			if s.levels < levels {
				continue
			}
		case compareAgents(order, &p.Agent, &best.Agent) > 0:
			continue
		}
		best, levels = p, s.levels
	}
	if best == nil { // nobody else: then even the one who let it go before
		best = f.seated(d, c.Avoid)
	}
	return best
}

// first of those ready, but for one; nil: none.
func (t *team) first(order int, but string) *person {
	for _, p := range t.ready[order] {
		if p.ID != but {
			return p
		}
	}
	return nil
}
