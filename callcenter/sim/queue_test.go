package sim

import (
	"maps"
	"slices"
	"time"

	"hotline12345/callcenter"
	"hotline12345/routing"
)

// booking is an agent reserved for a key of the queue: a call, or its consultation.
type booking struct {
	key string
	at  time.Time
}

// sharedQueue is routing/acd with one node: what is posted arrives in order, each
// change is followed by a match, an agent is booked until he is released.
type sharedQueue struct {
	w       *world
	inbox   inbox
	queues  map[string]routing.Queue
	floor   *routing.Floor
	waiting []routing.Waiting        // as they came; what the floor has
	agents  map[string]routing.Agent // as posted
	booked  map[string]booking       // by agent
	best    map[string]int           // the best position announced
	alarm   *appointment
	offers  int
}

func newSharedQueue(w *world) *sharedQueue {
	queues := map[string]routing.Queue{
		"main": {ID: "main", Strategy: routing.StrategyLongestIdle, LastAgent: 5},
		"business": {
			ID: "business", Skills: []routing.Skill{{Name: "business", Level: 3}}, Priority: 30, Strategy: routing.StrategyTopDown,
			Rings: []routing.Ring{{After: 20, Skills: []routing.Skill{{Name: "business", Level: 1}}}, {After: 60}},
		},
		"ug": {ID: "ug", Languages: []string{"ug"}, Strategy: routing.StrategyRoundRobin},
	}
	return &sharedQueue{
		w: w, queues: queues, floor: routing.NewFloor(queues), agents: map[string]routing.Agent{},
		booked: map[string]booking{}, best: map[string]int{},
	}
}

// post lets something arrive in order.
func (q *sharedQueue) post(do func()) {
	q.inbox.deliver(q.w, func() {
		do()
		q.match()
	})
}

func (q *sharedQueue) enqueue(c routing.Waiting) {
	q.post(func() {
		for _, b := range q.booked {
			if b.key == c.Call {
				return // a late repetition
			}
		}
		q.remove(c.Call)
		q.waiting = append(q.waiting, c)
		q.floor.PutCall(c)
	})
}

func (q *sharedQueue) dequeue(key string) { q.post(func() { q.remove(key); delete(q.best, key) }) }

func (q *sharedQueue) remove(key string) {
	q.waiting = slices.DeleteFunc(q.waiting, func(c routing.Waiting) bool { return c.Call == key })
	q.floor.RemoveCall(key)
}

func (q *sharedQueue) setAgent(a routing.Agent) {
	q.post(func() {
		q.agents[a.ID] = a
		q.put(a.ID)
	})
}

func (q *sharedQueue) removeAgent(agent string) {
	q.post(func() {
		delete(q.agents, agent)
		q.floor.RemoveAgent(agent)
	})
}

// put shows an agent to the floor: who is booked is not ready.
func (q *sharedQueue) put(agent string) {
	a, there := q.agents[agent]
	if !there {
		return
	}
	if _, booked := q.booked[agent]; booked {
		a.Ready = false
	}
	q.floor.PutAgent(a)
}

func (q *sharedQueue) release(agent, key string) {
	q.post(func() {
		if q.booked[agent].key == key {
			delete(q.booked, agent)
			q.put(agent)
		}
	})
}

// match books what the floor offers and tells the calls.
func (q *sharedQueue) match() {
	for _, o := range q.floor.Match(q.w.now) {
		i := slices.IndexFunc(q.waiting, func(c routing.Waiting) bool { return c.Call == o.Call })
		q.w.checkOrder(q.waiting[i], q.agents[o.Agent])
		c := q.waiting[i]
		q.remove(o.Call)
		q.book(o.Call, o.Agent)
		if q.w.chance(2) {
			q.bookTwice(c)
		}
	}
	q.announce()
	if q.alarm != nil {
		q.alarm.cancelled = true
	}
	if at, ok := q.floor.Due(); ok {
		q.alarm = q.w.at(at, q.match)
	}
}

func (q *sharedQueue) book(key, agent string) {
	q.booked[agent] = booking{key, q.w.now}
	q.put(agent)
	q.offers++
	q.w.reserved(key, callcenter.AgentID(agent), q.w.id("offer"))
}

// bookTwice is a fault of the queue, as when Redis has lost its memory: a second
// agent for one call. The call must have one all the same, and give back the other.
func (q *sharedQueue) bookTwice(c routing.Waiting) {
	for _, d := range q.w.staff {
		a := q.agents[string(d.agent)]
		if _, booked := q.booked[a.ID]; a.Ready && !booked && routing.MayServe(q.queues[c.Queue], c, a, q.w.now) {
			q.book(c.Call, a.ID)
			return
		}
	}
}

// announce tells of positions that became better.
func (q *sharedQueue) announce() {
	better := map[string]routing.Place{}
	q.floor.Places(func(key string, at routing.Place) {
		if best := q.best[key]; best == 0 || at.Position < best {
			q.best[key], better[key] = at.Position, at
		}
	})
	for _, key := range slices.Sorted(maps.Keys(better)) {
		if c := q.w.calls[callcenter.CallID(key)]; c != nil {
			q.w.post(c, callcenter.PositionChanged{Position: better[key].Position, Seconds: int(better[key].Wait.Seconds())})
		}
	}
}
