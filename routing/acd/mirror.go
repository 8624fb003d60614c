package acd

import (
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"hotline12345/routing"
)

// mirror is this node's copy of what is in Redis, and the floor made of it. The log
// in Redis says what changed since the last look; when it does not reach back so far,
// or the copy has other counts than Redis, everything is read anew.
type mirror struct {
	log          *slog.Logger
	seen         int64     // the last change in the copy; 0: read everything
	now          time.Time // Redis's clock, the one that all nodes go by
	settled      time.Time // nobody is booked before
	nodes        map[string]*nodeEntries
	reservations map[string]reservation // by agent
	floor        *routing.Floor
	changed      bool          // by the last answer, or since
	whole        bool          // anything may have changed by the last answer
	touched      map[item]bool // by the last answer: of this node, and reservations of anybody
}

// nodeEntries are a node's values as Redis has them.
type nodeEntries struct {
	calls  map[string]string
	agents map[string]agentEntry
}

// agentEntry is a value with what it says; an id that differs from its key is not valid.
type agentEntry struct {
	value string
	agent routing.Agent
	valid bool
}

func newMirror(queues map[string]routing.Queue, log *slog.Logger) *mirror {
	m := &mirror{log: log}
	m.clear(queues)
	return m
}

// clear forgets all, to read it anew.
func (m *mirror) clear(queues map[string]routing.Queue) {
	m.seen = 0
	m.nodes, m.reservations, m.touched = map[string]*nodeEntries{}, map[string]reservation{}, map[item]bool{}
	m.floor = routing.NewFloor(queues)
	m.changed, m.whole = true, true
}

var errShape = errors.New("the script's answer has another shape")

// take brings the copy up to what sync.lua returned. ok is false when the copy is not
// what Redis has, and all must be read.
func (m *mirror) take(answer []any, node string, queues map[string]routing.Queue) (ok bool, err error) {
	if len(answer) != 6 {
		return false, errShape
	}
	now, ok1 := answer[0].(int64)
	settled, ok2 := answer[1].(int64)
	head, ok3 := answer[2].(int64)
	changes, ok4 := answer[3].([]any)
	counts, ok5 := answer[4].([]any)
	all, ok6 := answer[5].([]any)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 {
		return false, errShape
	}
	m.now, m.settled = time.UnixMilli(now).UTC(), time.UnixMilli(settled).UTC()
	m.whole, m.touched = false, map[item]bool{}
	if len(all) > 0 {
		m.clear(queues)
		err = m.takeAll(all)
	} else {
		err = m.takeChanges(changes, node)
	}
	if err != nil {
		return false, err
	}
	m.seen = head
	return m.counted(counts), nil
}

func (m *mirror) takeAll(all []any) error {
	reserved, ok := pairs(all[0])
	if !ok {
		return errShape
	}
	for agent, value := range reserved {
		m.reserve(agent, value)
	}
	for _, part := range all[1:] {
		fields, ok := part.([]any)
		if !ok || len(fields) != 3 {
			return errShape
		}
		node, ok1 := fields[0].(string)
		calls, ok2 := pairs(fields[1])
		agents, ok3 := pairs(fields[2])
		if !ok1 || !ok2 || !ok3 {
			return errShape
		}
		for id, value := range calls {
			m.putCall(node, id, value)
		}
		for id, value := range agents {
			m.putAgent(node, id, value)
		}
	}
	return nil
}

func (m *mirror) takeChanges(changes []any, own string) error {
	for _, c := range changes {
		entry, ok := c.([]any)
		if !ok || len(entry) != 2 {
			return errShape
		}
		fields, ok := pairs(entry[1])
		if !ok {
			return errShape
		}
		m.apply(own, fields["n"], change{item{kind(fields["k"]), fields["i"]}, fields["v"]})
	}
	return nil
}

// apply makes one change to the copy, of what a node has.
func (m *mirror) apply(own, node string, c change) {
	m.changed = true
	if node == own || c.kind == kindReservation {
		m.touched[c.item] = true
	}
	switch c.kind {
	case kindCall:
		m.putCall(node, c.id, c.value)
	case kindAgent:
		m.putAgent(node, c.id, c.value)
	case kindReservation:
		m.reserve(c.id, c.value)
	case kindNode:
		m.drop(node)
		m.whole = m.whole || node == own
	}
}

func (m *mirror) node(name string) *nodeEntries {
	n := m.nodes[name]
	if n == nil {
		n = &nodeEntries{calls: map[string]string{}, agents: map[string]agentEntry{}}
		m.nodes[name] = n
	}
	return n
}

// putCall: an entry that cannot be read is another version's. It is logged and left
// out of the matching.
func (m *mirror) putCall(node, id, value string) {
	if value == "" {
		delete(m.node(node).calls, id)
		m.floor.RemoveCall(id)
		return
	}
	m.node(node).calls[id] = value
	w := routing.Waiting{}
	if err := json.Unmarshal([]byte(value), &w); err != nil || w.Call != id || w.Node != node {
		m.log.Error("a waiting call in Redis cannot be read", "call", id, "node", node, "error", err)
		m.floor.RemoveCall(id)
		return
	}
	m.floor.PutCall(w)
}

func (m *mirror) putAgent(node, id, value string) {
	if value == "" {
		delete(m.node(node).agents, id)
	} else {
		e := agentEntry{value: value}
		err := json.Unmarshal([]byte(value), &e.agent)
		if e.valid = err == nil && e.agent.ID == id && e.agent.Node == node; !e.valid {
			m.log.Error("an agent in Redis cannot be read", "agent", id, "node", node, "error", err)
		}
		m.node(node).agents[id] = e
	}
	m.seat(id)
}

func (m *mirror) reserve(agent, value string) {
	delete(m.reservations, agent)
	if value != "" {
		r := reservation{}
		if err := json.Unmarshal([]byte(value), &r); err != nil {
			m.log.Error("a reservation in Redis cannot be read", "agent", agent, "error", err)
		}
		r.value = value
		m.reservations[agent] = r
	}
	m.seat(agent)
}

// drop forgets a node that left or whose lease lapsed.
func (m *mirror) drop(node string) {
	gone := m.nodes[node]
	delete(m.nodes, node)
	for agent, r := range m.reservations {
		if r.Node == node {
			m.touched[item{kindReservation, agent}] = true
			m.reserve(agent, "")
		}
	}
	if gone == nil {
		return
	}
	for id := range gone.calls {
		m.floor.RemoveCall(id)
	}
	for id := range gone.agents {
		m.seat(id)
	}
}

// agent as he counts: of several nodes that have him, see newer.
func (m *mirror) agent(id string) (a routing.Agent, there bool) {
	for _, n := range m.nodes {
		if e := n.agents[id]; e.valid && (!there || newer(e.agent, a)) {
			a, there = e.agent, true
		}
	}
	return a, there
}

// seat shows an agent on the floor; one who is booked is not ready.
func (m *mirror) seat(id string) {
	a, there := m.agent(id)
	if !there {
		m.floor.RemoveAgent(id)
		return
	}
	if _, booked := m.reservations[id]; booked {
		a.Ready = false
	}
	m.floor.PutAgent(a)
}

// newer chooses between two nodes that both have an agent, as when a page moved
// from one to the other: where the agent is ready, else where the state is newer.
func newer(a, b routing.Agent) bool {
	if a.Ready != b.Ready {
		return a.Ready
	}
	if !a.IdleSince.Equal(b.IdleSince) {
		return a.IdleSince.After(b.IdleSince)
	}
	return a.Node < b.Node
}

// counted compares the copy with Redis's counts.
func (m *mirror) counted(counts []any) bool {
	if len(counts) == 0 || counts[0] != int64(len(m.reservations)) || len(m.nodes) > len(counts)-1 {
		return false
	}
	for _, c := range counts[1:] {
		fields, ok := c.([]any)
		if !ok || len(fields) != 3 {
			return false
		}
		name, _ := fields[0].(string)
		n := m.node(name)
		if fields[1] != int64(len(n.calls)) || fields[2] != int64(len(n.agents)) {
			return false
		}
	}
	return true
}

// value that Redis has for an item of this node; a reservation of an agent whom
// another node holds meanwhile is left to it: the desk refuses the second.
func (m *mirror) value(node string, it item) (value string, ours bool) {
	switch it.kind {
	case kindCall:
		return m.node(node).calls[it.id], true
	case kindAgent:
		return m.node(node).agents[it.id].value, true
	case kindReservation:
		r, held := m.reservations[it.id]
		return r.value, !held || r.Node == node
	case kindNode:
	}
	return "", false
}

// suspects are the items of this node whose values Redis may have otherwise.
func (m *mirror) suspects(node string) map[item]bool {
	if !m.whole {
		return m.touched
	}
	all := map[item]bool{}
	for id := range m.node(node).calls {
		all[item{kindCall, id}] = true
	}
	for id := range m.node(node).agents {
		all[item{kindAgent, id}] = true
	}
	for agent := range m.reservations {
		all[item{kindReservation, agent}] = true
	}
	return all
}

// pairs reads what HGETALL returns inside a script.
func pairs(v any) (map[string]string, bool) {
	list, ok := v.([]any)
	if !ok || len(list)%2 != 0 {
		return nil, false
	}
	m := make(map[string]string, len(list)/2)
	for i := 0; i < len(list); i += 2 {
		key, ok1 := list[i].(string)
		value, ok2 := list[i+1].(string)
		if !ok1 || !ok2 {
			return nil, false
		}
		m[key] = value
	}
	return m, true
}
