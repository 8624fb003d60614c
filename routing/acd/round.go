package acd

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hotline12345/routing"
)

const (
	// beat renews the lease and is the safety net for lost messages; everything
	// else wakes the loop.
	beat = time.Second
	// settle is longer than every living node needs to post its reservations
	// again after a flush, and short enough for all to be matched within 5 s.
	settle = 2 * time.Second
	// restless bounds rounds without a pause, as when two processes were given one
	// node's name and correct each other for ever.
	restless = 16
)

// run makes rounds until ctx ends. A Redis that does not answer is asked again
// with growing pauses of at most a beat.
func (a *ACD) run(ctx context.Context) {
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	pause := time.Duration(0)
	for inARow := 1; ctx.Err() == nil; inARow++ {
		again, err := a.round(ctx)
		a.report(ctx, err)
		if err != nil {
			pause = min(max(2*pause, 50*time.Millisecond), beat)
			wait(ctx, pause)
			continue
		}
		pause = 0
		if again && inARow < restless {
			continue
		}
		inARow = 0
		select {
		case <-ctx.Done():
		case <-ticker.C:
		case <-a.memory.wake:
		}
	}
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// report logs when Redis is lost and when it is back, not each try between.
func (a *ACD) report(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
	case err != nil && !a.lost:
		a.lost = true
		a.log.Error("the shared queue is lost: nobody is offered a call until Redis answers", "error", err)
	case err == nil && a.lost:
		a.lost = false
		a.log.Info("the shared queue is back")
	}
}

// listen wakes the loop when another node has changed something.
func (a *ACD) listen(ctx context.Context) {
	sub := a.o.Redis.Subscribe(ctx, channel)
	defer sub.Close() //nolint:errcheck // nothing is left to do with it
	messages := sub.Channel()
	for {
		select {
		case <-ctx.Done():
			return
		case m, open := <-messages:
			if !open {
				return
			}
			if m.Payload != a.instance {
				a.memory.rouse()
			}
		}
	}
}

// round makes Redis and this node agree, books and announces. again says that
// something stood differently than expected, and another look is due at once.
func (a *ACD) round(ctx context.Context) (again bool, err error) {
	a.memory.forget(time.Now().Add(-a.o.PostLease))
	s, err := a.sync(ctx)
	if err != nil {
		return false, err
	}
	if n := a.memory.repair(s, a.o.Node); n > 0 {
		a.log.Warn("the shared queue had lost or kept entries of this node: they are posted again", "entries", n)
		return true, nil
	}
	a.releaseStale(s)
	picture := s.picture(*a.queues.Load(), a.log)
	if rest := s.settled.Sub(s.now); rest > 0 {
		time.AfterFunc(rest, a.memory.rouse)
	} else if again, err = a.book(ctx, s, &picture); err != nil {
		return false, err
	}
	for _, p := range a.memory.better(positions(picture, s.now)) {
		a.sink.Position(p.call, p.at)
	}
	return again, nil
}

// sync posts what changed here and reads everything.
func (a *ACD) sync(ctx context.Context) (*snapshot, error) {
	changes := a.memory.take()
	grace := int64(0)
	if a.visited {
		grace = settle.Milliseconds()
	}
	args := make([]any, 0, 6+3*len(changes))
	args = append(args, prefix, a.o.Node, a.o.Lease.Milliseconds(), channel, a.instance, grace)
	for _, c := range changes {
		args = append(args, string(c.kind), c.id, c.value)
	}
	answer, err := syncScript.Run(ctx, a.o.Redis, []string{nodesKey, reservationsKey, epochKey}, args...).Slice()
	if err != nil {
		a.memory.give(changes)
		return nil, fmt.Errorf("acd: post and read: %w", err)
	}
	a.visited = true
	s, err := parse(answer)
	if err != nil {
		return nil, fmt.Errorf("acd: read: %w", err)
	}
	return s, nil
}

// releaseStale frees agents that are booked for a call of this node, yet have
// been idle and ready for a whole lease: the call has lost them.
func (a *ACD) releaseStale(s *snapshot) {
	for agent, r := range a.memory.reservations() {
		for _, entries := range s.nodes {
			var at routing.Agent
			value := entries.agents[agent]
			if value == "" || json.Unmarshal([]byte(value), &at) != nil || !at.Ready {
				continue
			}
			since := r.At
			if at.IdleSince.After(since) {
				since = at.IdleSince
			}
			if s.now.Sub(since) > a.o.Lease && a.memory.release(agent, r.Call) {
				a.log.Error("an agent was left booked for a call that is no more", "agent", agent, "call", r.Call)
			}
		}
	}
}

// book makes the offers of this node's calls true, and takes what was booked out
// of the picture.
func (a *ACD) book(ctx context.Context, s *snapshot, picture *routing.Snapshot) (again bool, err error) {
	calls, agents := map[string]routing.Waiting{}, map[string]routing.Agent{}
	for _, w := range picture.Waiting {
		calls[w.Call] = w
	}
	for _, ag := range picture.Agents {
		agents[ag.ID] = ag
	}
	for _, o := range routing.Match(*picture, s.now) {
		node := calls[o.Call].Node
		delete(calls, o.Call)
		if node != a.o.Node {
			continue // every node matches it alike: its own books it at this moment
		}
		won, err := a.reserve(ctx, s, o, agents[o.Agent].Node)
		if err != nil {
			return false, err
		}
		again = again || !won
	}
	picture.Waiting = slices.Collect(maps.Values(calls))
	return again, nil
}

// reserve asks Redis for one agent; the sink is told when he is ours.
func (a *ACD) reserve(ctx context.Context, s *snapshot, o routing.Offer, agentNode string) (bool, error) {
	offer, err := uuid.NewV7()
	if err != nil {
		return false, fmt.Errorf("acd: name an offer: %w", err)
	}
	r := reservation{Node: a.o.Node, Call: o.Call, Offer: offer.String(), At: s.now}
	data, err := json.Marshal(r)
	if err != nil {
		return false, fmt.Errorf("acd: encode a reservation: %w", err)
	}
	r.value = string(data)
	call, agent := s.nodes[a.o.Node].calls[o.Call], s.nodes[agentNode].agents[o.Agent]
	keys := []string{nodesKey, reservationsKey, epochKey, callsKey(a.o.Node), agentsKey(agentNode)}
	booked, err := reserveScript.Run(ctx, a.o.Redis, keys,
		agentNode, o.Call, call, o.Agent, agent, r.value, channel, a.instance).Bool()
	if err != nil {
		// Whether it was booked is not known: the next round finds it and gives it back.
		return false, fmt.Errorf("acd: reserve: %w", err)
	}
	if !booked || !a.memory.book(o.Agent, r, call, agent, agentNode == a.o.Node) {
		return false, nil
	}
	a.log.Debug("reserved", "call", r.Call, "agent", o.Agent, "offer", r.Offer)
	a.sink.Reserved(r.Call, o.Agent, r.Offer)
	return true, nil
}

// positions of all calls that wait for whoever becomes free, next served first.
func positions(picture routing.Snapshot, now time.Time) []position {
	waiting := slices.DeleteFunc(slices.Clone(picture.Waiting), func(w routing.Waiting) bool { return w.Only != "" })
	queues := map[string]bool{}
	for _, w := range waiting {
		queues[w.Queue] = true
	}
	var all []position
	for queue := range queues {
		for i, w := range routing.Order(picture.Queues, waiting, queue, now) {
			all = append(all, position{call: w.Call, at: i + 1})
		}
	}
	slices.SortFunc(all, func(a, b position) int { return strings.Compare(a.call, b.call) })
	return all
}
