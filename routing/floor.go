package routing

import (
	"container/heap"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Floor holds who waits and who is there, indexed so that a decision looks only at
// what it needs. It is not safe for concurrent use.
type Floor struct {
	queues  map[string]Queue
	calls   map[string]*caller
	agents  map[string]*person
	demands []*demand
	byKey   map[string]*demand
	teams   map[string]*team
	crews   map[string]*crew
	queued  map[string]line                 // by queue: those who wait for whoever becomes free
	private map[string]line                 // by agent: those who wait for him alone
	lastOf  map[string]map[*caller]struct{} // by agent: callers he talked with last
	loose   map[*caller]struct{}            // to be placed by the next Match
	due     dues                            // callers whose place changes by time alone
}

// caller is a waiting call and where it stands.
type caller struct {
	Waiting
	turn    int64 // µs; see Queue.turn
	demand  *demand
	private string    // the agent whose private line he is in
	due     time.Time // zero: never
	at      int       // in Floor.due; -1: not there
}

// person is an agent and where he sits.
type person struct {
	Agent
	team  *team
	taken bool // offered a call by the Match under way
}

// demand is what several calls ask for alike.
type demand struct {
	queue     Queue
	needs     []Skill
	languages []string
	line      line
	seats     []seat
	ready     int // agents ready who can
}

// seat is a team that can serve a demand.
type seat struct {
	team   *team
	levels int
}

// team are agents who can do the same.
type team struct {
	key     string
	can     Agent // one of them
	members int
	crew    *crew
	demands []*demand
	ready   [orders][]*person
}

// NewFloor makes an empty one. The queues are not copied.
func NewFloor(queues map[string]Queue) *Floor {
	f := &Floor{agents: map[string]*person{}, teams: map[string]*team{}, crews: map[string]*crew{}, calls: map[string]*caller{}}
	f.SetQueues(queues)
	return f
}

// SetQueues replaces the queues; everybody is placed anew.
func (f *Floor) SetQueues(queues map[string]Queue) {
	calls := f.calls
	f.queues, f.calls = queues, map[string]*caller{}
	f.demands, f.byKey, f.due = nil, map[string]*demand{}, nil
	f.queued, f.private = map[string]line{}, map[string]line{}
	f.lastOf, f.loose = map[string]map[*caller]struct{}{}, map[*caller]struct{}{}
	for _, t := range f.teams {
		t.demands = nil
	}
	for _, c := range calls {
		f.PutCall(c.Waiting)
	}
}

// PutCall lets a call wait, or changes how it waits. One in a queue that is not
// there waits unseen until it is.
func (f *Floor) PutCall(w Waiting) {
	f.RemoveCall(w.Call)
	c := &caller{Waiting: w, at: -1}
	f.calls[w.Call] = c
	q, known := f.queues[w.Queue]
	if !known {
		return
	}
	c.turn = q.turn(w).UnixMicro()
	if w.Only == "" {
		f.queued[w.Queue] = f.queued[w.Queue].insert(c)
	}
	if w.Last != "" && q.LastAgent > 0 {
		if f.lastOf[w.Last] == nil {
			f.lastOf[w.Last] = map[*caller]struct{}{}
		}
		f.lastOf[w.Last][c] = struct{}{}
	}
	f.loose[c] = struct{}{}
}

// RemoveCall: it waits no more.
func (f *Floor) RemoveCall(call string) {
	c := f.calls[call]
	if c == nil {
		return
	}
	f.lift(c)
	delete(f.calls, call)
	delete(f.loose, c)
	if c.Only == "" {
		f.queued[c.Queue] = f.queued[c.Queue].remove(c)
		if len(f.queued[c.Queue]) == 0 {
			delete(f.queued, c.Queue)
		}
	}
	if callers := f.lastOf[c.Last]; callers != nil {
		delete(callers, c)
		if len(callers) == 0 {
			delete(f.lastOf, c.Last)
		}
	}
}

// lift takes a caller out of the line he stands in.
func (f *Floor) lift(c *caller) {
	if c.at >= 0 {
		heap.Remove(&f.due, c.at)
	}
	if c.demand != nil {
		c.demand.line = c.demand.line.remove(c)
		c.demand = nil
	}
	if c.private != "" {
		if rest := f.private[c.private].remove(c); len(rest) > 0 {
			f.private[c.private] = rest
		} else {
			delete(f.private, c.private)
		}
		c.private = ""
	}
}

// place puts a caller into the line where he stands at that moment.
func (f *Floor) place(c *caller, now time.Time) {
	f.lift(c)
	if c.Only != "" && !c.Held {
		f.stand(c, c.Only)
		return
	}
	q := f.queues[c.Queue]
	f.schedule(c, q, now)
	if c.Held {
		return
	}
	if last := f.agents[c.Last]; last != nil && q.waitsForLast(c.Waiting, &last.Agent, now) {
		f.stand(c, c.Last)
		return
	}
	waited := now.Sub(c.Since)
	c.demand = f.demand(q, q.needs(waited), q.languages(c.Waiting, waited))
	c.demand.line = c.demand.line.insert(c)
}

func (f *Floor) stand(c *caller, agent string) {
	c.private = agent
	f.private[agent] = f.private[agent].insert(c)
}

// schedule finds the next moment that changes by itself where the caller stands.
func (f *Floor) schedule(c *caller, q Queue, now time.Time) {
	c.due = time.Time{}
	consider := func(since time.Time, after Seconds) {
		at := since.Add(after.duration())
		if at.After(now) && (c.due.IsZero() || at.Before(c.due)) {
			c.due = at
		}
	}
	if c.Last != "" {
		consider(c.Since, q.LastAgent)
	}
	if len(c.Languages) > 0 {
		consider(c.Since, q.LanguageWait)
	}
	for _, r := range q.Rings {
		consider(c.Since, r.After)
	}
	if !c.Stays {
		for _, t := range q.Targets[min(max(c.Step, 0), len(q.Targets)):] {
			consider(c.entered(), t.After)
		}
	}
	if !c.due.IsZero() {
		heap.Push(&f.due, c)
	}
}

// Due is the next moment at which Match may find more without any other change; ok is
// false when there is none.
func (f *Floor) Due() (at time.Time, ok bool) {
	if len(f.due) == 0 {
		return time.Time{}, false
	}
	return f.due[0].due, true
}

// maxDemands bounds what is remembered of demands nobody asks for any more.
const maxDemands = 1024

// demand finds or makes the one that asks for exactly this.
func (f *Floor) demand(q Queue, needs []Skill, languages []string) *demand {
	key := keyOf([]string{q.ID}, needs, languages)
	if d := f.byKey[key]; d != nil {
		return d
	}
	if len(f.demands) >= maxDemands {
		f.dropDemands()
	}
	d := &demand{queue: q, needs: needs, languages: languages}
	f.byKey[key] = d
	f.demands = append(f.demands, d)
	for _, t := range f.teams {
		d.join(t)
	}
	return d
}

// dropDemands forgets those nobody stands in.
func (f *Floor) dropDemands() {
	gone := func(d *demand) bool { return len(d.line) == 0 }
	for key, d := range f.byKey {
		if gone(d) {
			delete(f.byKey, key)
		}
	}
	for _, t := range f.teams {
		t.demands = slices.DeleteFunc(t.demands, gone)
	}
	f.demands = slices.DeleteFunc(f.demands, gone)
}

// join seats a team that can serve the demand.
func (d *demand) join(t *team) {
	if able(d.queue.ID, d.needs, d.languages, t.can) {
		d.seats = append(d.seats, seat{t, d.queue.levels(t.can)})
		d.ready += len(t.ready[byIdle])
		t.demands = append(t.demands, d)
	}
}

// PutAgent signs an agent in, or changes what is known of him.
func (f *Floor) PutAgent(a Agent) {
	old := f.agents[a.ID]
	p := &person{Agent: a}
	if old != nil && old.like(a) {
		p.team = old.team
		old.team.leave(old)
		old.team.crew.count(old, -1)
	} else {
		f.unseat(old)
		p.team = f.team(a)
	}
	f.agents[a.ID] = p
	p.team.crew.count(p, 1)
	if a.Ready {
		p.team.enter(p)
	}
	if old == nil || old.Away != a.Away || old.team != p.team {
		f.loosen(a.ID)
	}
}

// RemoveAgent signs an agent off.
func (f *Floor) RemoveAgent(agent string) {
	if p := f.agents[agent]; p != nil {
		f.unseat(p)
		delete(f.agents, agent)
		f.loosen(agent)
	}
}

// loosen places the callers anew whose last agent he is.
func (f *Floor) loosen(agent string) {
	for c := range f.lastOf[agent] {
		f.loose[c] = struct{}{}
	}
}

func (p *person) like(a Agent) bool {
	return slices.Equal(p.Queues, a.Queues) && slices.Equal(p.Skills, a.Skills) && slices.Equal(p.Languages, a.Languages)
}

// team finds or makes the one of those who can do the same.
func (f *Floor) team(a Agent) *team {
	key := keyOf(a.Queues, a.Skills, a.Languages)
	t := f.teams[key]
	if t == nil {
		t = &team{key: key, can: a, crew: f.crew(a.Queues)}
		t.crew.teams++
		f.teams[key] = t
		for _, d := range f.demands {
			d.join(t)
		}
	}
	t.members++
	return t
}

// unseat takes an agent out of his team, and the team away with its last member.
func (f *Floor) unseat(p *person) {
	if p == nil {
		return
	}
	p.team.leave(p)
	p.team.crew.count(p, -1)
	p.team.members--
	if p.team.members > 0 {
		return
	}
	delete(f.teams, p.team.key)
	if p.team.crew.teams--; p.team.crew.teams == 0 {
		delete(f.crews, p.team.crew.key)
	}
	for _, d := range p.team.demands {
		d.seats = slices.DeleteFunc(d.seats, func(s seat) bool { return s.team == p.team })
	}
}

// enter and leave: an agent becomes ready, or is not any more.
func (t *team) enter(p *person) {
	for order := range t.ready {
		i, _ := slices.BinarySearchFunc(t.ready[order], p, func(a, b *person) int { return compareAgents(order, &a.Agent, &b.Agent) })
		t.ready[order] = slices.Insert(t.ready[order], i, p)
	}
	for _, d := range t.demands {
		d.ready++
	}
}

func (t *team) leave(p *person) {
	if !p.Ready || p.taken {
		return
	}
	for order := range t.ready {
		i, _ := slices.BinarySearchFunc(t.ready[order], p, func(a, b *person) int { return compareAgents(order, &a.Agent, &b.Agent) })
		t.ready[order] = slices.Delete(t.ready[order], i, i+1)
	}
	for _, d := range t.demands {
		d.ready--
	}
}

// keyOf is the same for the same sets, in whatever order they are given.
func keyOf(names []string, skills []Skill, languages []string) string {
	parts := make([]string, 0, len(skills))
	for _, s := range skills {
		parts = append(parts, fmt.Sprintf("%q%d", s.Name, s.Level))
	}
	var b strings.Builder
	for _, set := range [][]string{names, parts, languages} {
		fmt.Fprintf(&b, "%q", slices.Compact(slices.Sorted(slices.Values(set))))
	}
	return b.String()
}
