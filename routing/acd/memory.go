package acd

import (
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
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
	kindNode        kind = "nodes" // in changes only: a node is gone with all it had
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
	posted time.Time
	best   int // the best position announced; 0: none yet
	queue  string
	over   int // targets told of
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

// touch marks an item for the next round, which is at once. The lock is held.
func (m *memory) touch(k kind, id string) {
	m.dirty[item{k, id}] = struct{}{}
	// What becomes of an agent who is booked allows nothing until he is released, which
	// makes a round: while his call goes on, the next one that there is will do.
	if _, booked := m.held[id]; k != kindAgent || !booked {
		m.rouse()
	}
}

// put posts an entry; the same value again only renews it. The lock is held.
func (m *memory) put(entries map[string]*entry, k kind, id string, value any) {
	data, err := json.Marshal(value)
	if err != nil || id == "" || (entries[id] == nil && len(entries) >= maxEntries) {
		m.log.Error("the shared queue refuses an entry", "kind", k, "id", id, "entries", len(entries), "error", err)
		return
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
}

func (m *memory) enqueue(w routing.Waiting) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, booked := m.booked[w.Call]; booked {
		return
	}
	m.put(m.calls, kindCall, w.Call, w)
	e := m.calls[w.Call]
	switch {
	case e == nil: // refused
	case e.queue != w.Queue:
		e.queue, e.best, e.over = w.Queue, 0, w.Step
	default:
		e.over = max(e.over, w.Step)
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
	case kindNode: // never posted
	}
	if e == nil {
		return ""
	}
	return e.value
}

// repair compares what Redis has of this node with what it should have, and
// marks the differences. It returns how many there are.
func (m *memory) repair(s *mirror, node string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	suspects := maps.Clone(s.suspects(node))
	if s.whole {
		for id := range m.calls {
			suspects[item{kindCall, id}] = true
		}
		for id := range m.agents {
			suspects[item{kindAgent, id}] = true
		}
		for agent := range m.held {
			suspects[item{kindReservation, agent}] = true
		}
	}
	found := 0
	for it := range suspects {
		has, ours := s.value(node, it)
		if _, changing := m.dirty[it]; ours && !changing && m.value(it) != has {
			m.touch(it.kind, it.id)
			found++
		}
	}
	return found
}

// book keeps a reservation that Redis has made, unless the call or the agent has
// changed here meanwhile: then it is given back, and false returned.
func (m *memory) book(c claim) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	call := m.calls[c.Call]
	a := m.agents[c.agent]
	if call == nil || call.value != c.callValue || (c.agentNode == c.Node && (a == nil || a.value != c.agentValue)) {
		m.touch(kindReservation, c.agent)
		m.touch(kindCall, c.Call) // Redis took it out
		return false
	}
	delete(m.calls, c.Call)
	m.held[c.agent] = c.reservation
	m.booked[c.Call] = c.agent
	return true
}

// position is where a call stands in its queue.
type position struct {
	call string
	at   routing.Place
}

// better keeps those of this node's positions that are better than what was
// announced. each tells all there are.
func (m *memory) better(each func(tell func(call string, at routing.Place))) []position {
	m.mu.Lock()
	defer m.mu.Unlock()
	var improved []position
	each(func(call string, at routing.Place) {
		if e := m.calls[call]; e != nil && (e.best == 0 || at.Position < e.best) {
			e.best = at.Position
			improved = append(improved, position{call, at})
		}
	})
	slices.SortFunc(improved, func(a, b position) int { return strings.Compare(a.call, b.call) })
	return improved
}

// overflow is a call whose target's condition holds.
type overflow struct {
	call, queue string
	step        int
}

// over keeps those of this node's overflows that were not told yet. each tells all there are.
func (m *memory) over(each func(tell func(w routing.Waiting, step int))) []overflow {
	m.mu.Lock()
	defer m.mu.Unlock()
	var fresh []overflow
	each(func(w routing.Waiting, step int) {
		if e := m.calls[w.Call]; e != nil && e.queue == w.Queue && step >= e.over {
			e.over = step + 1
			fresh = append(fresh, overflow{w.Call, w.Queue, step})
		}
	})
	slices.SortFunc(fresh, func(a, b overflow) int { return strings.Compare(a.call, b.call) })
	return fresh
}

// reservations of this node, by agent.
func (m *memory) reservations() map[string]reservation {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.held)
}
