package acd

import (
	"encoding/json"
	"log/slog"
	"maps"
	"sync"
	"time"

	"hotline12345/routing"
)

// kind names a sort of entry, in Redis keys and changes too.
type kind string

const (
	kindCall        kind = "calls"
	kindAgent       kind = "agents"
	kindReservation kind = "reservations"
)

// maxEntries bounds each sort of entry of one node. A node has far fewer; more
// is a fault of its owner, which is logged and refused.
const maxEntries = 10_000

type item struct {
	kind kind
	id   string
}

// change makes Redis hold value for an item; "" removes it.
type change struct {
	item
	value string
}

// entry is a waiting call or an agent as it was posted.
type entry struct {
	value  string // JSON, as Redis holds it
	only   bool   // a call that waits for one agent has no place in the queue
	posted time.Time
	best   int // the best position announced; 0: none yet
}

// reservation is an agent booked for a call of this node.
type reservation struct {
	Node  string    `json:"node"` // of the call
	Call  string    `json:"call"`
	Offer string    `json:"offer"`
	At    time.Time `json:"at"`
	value string    // its JSON
}

// memory is what this node has, and which of it Redis may not have yet.
type memory struct {
	log  *slog.Logger
	wake chan struct{} // holds one: something changed

	mu     sync.Mutex
	calls  map[string]*entry // waiting, by call
	agents map[string]*entry
	held   map[string]reservation // by agent
	booked map[string]string      // call: its agent
	dirty  map[item]struct{}
}

func newMemory(log *slog.Logger) *memory {
	return &memory{
		log: log, wake: make(chan struct{}, 1),
		calls: map[string]*entry{}, agents: map[string]*entry{},
		held: map[string]reservation{}, booked: map[string]string{}, dirty: map[item]struct{}{},
	}
}

func (m *memory) rouse() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// touch marks an item for the next round. The lock is held.
func (m *memory) touch(k kind, id string) {
	m.dirty[item{k, id}] = struct{}{}
	m.rouse()
}

// put posts an entry; the same value again only renews it. The lock is held.
func (m *memory) put(entries map[string]*entry, k kind, id string, value any) *entry {
	data, err := json.Marshal(value)
	if err != nil || id == "" || (entries[id] == nil && len(entries) >= maxEntries) {
		m.log.Error("the shared queue refuses an entry", "kind", k, "id", id, "entries", len(entries), "error", err)
		return nil
	}
	e := entries[id]
	if e == nil {
		e = &entry{}
		entries[id] = e
	}
	e.posted = time.Now()
	if raw := string(data); e.value != raw {
		e.value = raw
		m.touch(k, id)
	}
	return e
}

func (m *memory) enqueue(w routing.Waiting) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, booked := m.booked[w.Call]; booked {
		return
	}
	if e := m.put(m.calls, kindCall, w.Call, w); e != nil {
		e.only = w.Only != ""
	}
}

func (m *memory) setAgent(a routing.Agent) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(m.agents, kindAgent, a.ID, a)
}

// remove forgets a call or an agent.
func (m *memory) remove(entries map[string]*entry, k kind, id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if entries[id] != nil {
		delete(entries, id)
		m.touch(k, id)
	}
}

func (m *memory) release(agent, call string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r, held := m.held[agent]; !held || r.Call != call {
		return false
	}
	delete(m.held, agent)
	delete(m.booked, call)
	m.touch(kindReservation, agent)
	return true
}

// forget drops what its owner has not posted again for so long.
func (m *memory) forget(before time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	drop := func(entries map[string]*entry, k kind) {
		for id, e := range entries {
			if e.posted.Before(before) {
				m.log.Warn("an entry of the shared queue was not posted again and is dropped", "kind", k, "id", id)
				delete(entries, id)
				m.touch(k, id)
			}
		}
	}
	drop(m.calls, kindCall)
	drop(m.agents, kindAgent)
}

// take hands out what Redis must be told; give brings it back when that failed.
func (m *memory) take() []change {
	m.mu.Lock()
	defer m.mu.Unlock()
	changes := make([]change, 0, len(m.dirty))
	for it := range m.dirty {
		changes = append(changes, change{it, m.value(it)})
	}
	clear(m.dirty)
	return changes
}

func (m *memory) give(changes []change) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range changes {
		m.dirty[c.item] = struct{}{}
	}
}

// value an item should have in Redis. The lock is held.
func (m *memory) value(it item) string {
	var e *entry
	switch it.kind {
	case kindReservation:
		return m.held[it.id].value
	case kindCall:
		e = m.calls[it.id]
	case kindAgent:
		e = m.agents[it.id]
	}
	if e == nil {
		return ""
	}
	return e.value
}

// repair compares what Redis has of this node with what it should have, and
// marks the differences. It returns how many there are.
func (m *memory) repair(s *snapshot, node string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := 0
	check := func(k kind, id, has string) {
		it := item{k, id}
		if _, changing := m.dirty[it]; !changing && m.value(it) != has {
			m.touch(k, id)
			found++
		}
	}
	calls, agents := s.own(node)
	for id, has := range calls {
		check(kindCall, id, has)
	}
	for id := range m.calls {
		check(kindCall, id, calls[id])
	}
	for id, has := range agents {
		check(kindAgent, id, has)
	}
	for id := range m.agents {
		check(kindAgent, id, agents[id])
	}
	for agent, r := range s.reservations {
		if r.Node == node {
			check(kindReservation, agent, r.value)
		}
	}
	for agent := range m.held {
		// One that another node holds meanwhile is left: the desk refuses the second.
		if _, there := s.reservations[agent]; !there {
			check(kindReservation, agent, "")
		}
	}
	return found
}

// book keeps a reservation that Redis has made, unless the call or the agent has
// changed here meanwhile: then it is given back, and false returned.
func (m *memory) book(agent string, r reservation, callValue, agentValue string, agentIsOurs bool) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	call := m.calls[r.Call]
	a := m.agents[agent]
	if call == nil || call.value != callValue || (agentIsOurs && (a == nil || a.value != agentValue)) {
		m.touch(kindReservation, agent)
		m.touch(kindCall, r.Call) // Redis took it out
		return false
	}
	delete(m.calls, r.Call)
	m.held[agent] = r
	m.booked[r.Call] = agent
	return true
}

// position is where a call stands in its queue; 1 is next.
type position struct {
	call string
	at   int
}

// better keeps those of the positions that are better than what was announced.
func (m *memory) better(all []position) []position {
	m.mu.Lock()
	defer m.mu.Unlock()
	var improved []position
	for _, p := range all {
		e := m.calls[p.call]
		if e != nil && !e.only && (e.best == 0 || p.at < e.best) {
			e.best = p.at
			improved = append(improved, p)
		}
	}
	return improved
}

// reservations of this node, by agent.
func (m *memory) reservations() map[string]reservation {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.held)
}
