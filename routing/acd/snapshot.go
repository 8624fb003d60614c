package acd

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"hotline12345/routing"
)

// snapshot is everything in Redis at one moment.
type snapshot struct {
	now          time.Time // Redis's clock, the one that all nodes go by
	settled      time.Time // nobody is booked before
	nodes        map[string]nodeEntries
	reservations map[string]reservation // by agent
}

type nodeEntries struct{ calls, agents map[string]string }

var errShape = errors.New("the script's answer has another shape")

// parse reads what sync.lua returns.
func parse(answer []any) (*snapshot, error) {
	if len(answer) < 3 {
		return nil, errShape
	}
	now, ok1 := answer[0].(int64)
	settled, ok2 := answer[1].(int64)
	reserved, ok3 := pairs(answer[len(answer)-1])
	if !ok1 || !ok2 || !ok3 {
		return nil, errShape
	}
	s := &snapshot{
		now: time.UnixMilli(now).UTC(), settled: time.UnixMilli(settled).UTC(),
		nodes: map[string]nodeEntries{}, reservations: map[string]reservation{},
	}
	for _, part := range answer[2 : len(answer)-1] {
		fields, ok := part.([]any)
		if !ok || len(fields) != 3 {
			return nil, errShape
		}
		node, ok1 := fields[0].(string)
		calls, ok2 := pairs(fields[1])
		agents, ok3 := pairs(fields[2])
		if !ok1 || !ok2 || !ok3 {
			return nil, errShape
		}
		s.nodes[node] = nodeEntries{calls, agents}
	}
	for agent, value := range reserved {
		r := reservation{value: value}
		if err := json.Unmarshal([]byte(value), &r); err != nil {
			return nil, fmt.Errorf("reservation of %s: %w", agent, err)
		}
		s.reservations[agent] = r
	}
	return s, nil
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

func (s *snapshot) own(node string) (calls, agents map[string]string) {
	return s.nodes[node].calls, s.nodes[node].agents
}

// picture decodes the snapshot for Match: agents that are booked are not ready.
// An entry that cannot be read is another version's: it is logged and left out.
func (s *snapshot) picture(queues map[string]routing.Queue, log *slog.Logger) routing.Snapshot {
	p := routing.Snapshot{Queues: queues}
	agents := map[string]routing.Agent{}
	for node, entries := range s.nodes {
		for id, value := range entries.calls {
			w := routing.Waiting{}
			if err := json.Unmarshal([]byte(value), &w); err != nil || w.Call != id || w.Node != node {
				log.Error("a waiting call in Redis cannot be read", "call", id, "node", node, "error", err)
				continue
			}
			p.Waiting = append(p.Waiting, w)
		}
		for id, value := range entries.agents {
			a := routing.Agent{}
			if err := json.Unmarshal([]byte(value), &a); err != nil || a.ID != id || a.Node != node {
				log.Error("an agent in Redis cannot be read", "agent", id, "node", node, "error", err)
				continue
			}
			if other, twice := agents[id]; !twice || newer(a, other) {
				agents[id] = a
			}
		}
	}
	for id, a := range agents {
		if _, booked := s.reservations[id]; booked {
			a.Ready = false
		}
		p.Agents = append(p.Agents, a)
	}
	return p
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
