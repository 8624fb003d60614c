package acd

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
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
	tidy := time.Since(a.tidied) >= beat
	if tidy {
		a.tidied = time.Now()
		a.memory.forget(a.tidied.Add(-a.o.PostLease))
	}
	same, err := a.sync(ctx)
	if err != nil || !same {
		return !same, err
	}
	if n := a.memory.repair(a.mirror, a.o.Node); n > 0 {
		a.log.Warn("the shared queue had lost or kept entries of this node: they are posted again", "entries", n)
		return true, nil
	}
	if tidy { // looks at everybody, so not in every round
		a.releaseStale()
	}
	if rest := a.mirror.settled.Sub(a.mirror.now); rest > 0 {
		a.wakeIn(rest)
	} else {
		if again, err = a.book(ctx); err != nil {
			return false, err
		}
		// Not before all are there: without agents every ratio is too high.
		for _, o := range a.memory.over(func(tell func(routing.Waiting, int)) { a.mirror.floor.Overflows(a.mirror.now, tell) }) {
			a.sink.Overflow(o.call, o.queue, o.step)
		}
	}
	if a.mirror.changed {
		a.mirror.changed = false
		for _, p := range a.memory.better(a.mirror.floor.Places) {
			a.sink.Position(p.call, p.at)
		}
	}
	return again, nil
}

// wakeIn makes a round at the moment when time alone may allow more.
func (a *ACD) wakeIn(rest time.Duration) {
	if a.alarm != nil {
		a.alarm.Stop()
	}
	a.alarm = time.AfterFunc(rest, a.memory.rouse)
}

// sync posts what changed here and brings the mirror up to Redis. same is false when
// it was not, and reads everything the next time.
func (a *ACD) sync(ctx context.Context) (same bool, err error) {
	queues := *a.queues.Load()
	if a.fresh.CompareAndSwap(true, false) {
		a.mirror.floor.SetQueues(queues)
		a.mirror.changed = true
	}
	changes := a.memory.take()
	grace := int64(0)
	if a.visited {
		grace = settle.Milliseconds()
	}
	args := make([]any, 0, 7+3*len(changes))
	args = append(args, prefix, a.o.Node, a.o.Lease.Milliseconds(), channel, a.instance, grace, a.mirror.seen)
	for _, c := range changes {
		args = append(args, string(c.kind), c.id, c.value)
	}
	keys := []string{nodesKey, reservationsKey, epochKey, headKey, logKey}
	answer, err := syncScript.Run(ctx, a.o.Redis, keys, args...).Slice()
	if err != nil {
		a.memory.give(changes)
		return false, fmt.Errorf("acd: post and read: %w", err)
	}
	a.visited = true
	same, err = a.mirror.take(answer, a.o.Node, queues)
	if err != nil {
		a.mirror.seen = 0
		return false, fmt.Errorf("acd: read: %w", err)
	}
	if !same {
		a.log.Warn("the copy of the shared queue differs from it: everything is read again")
		a.mirror.seen = 0
	}
	return same, nil
}

// releaseStale frees agents that are booked for a call of this node, yet have
// been idle and ready for a whole lease: the call has lost them.
func (a *ACD) releaseStale() {
	for agent, r := range a.memory.reservations() {
		at, there := a.mirror.agent(agent)
		if !there || !at.Ready {
			continue
		}
		since := r.At
		if at.IdleSince.After(since) {
			since = at.IdleSince
		}
		if a.mirror.now.Sub(since) > a.o.Lease && a.memory.release(agent, r.Call) {
			a.log.Error("an agent was left booked for a call that is no more", "agent", agent, "call", r.Call)
		}
	}
}

// claim is an offer of this node's call, with what Redis must still have for it.
type claim struct {
	reservation
	agent, agentNode      string
	callValue, agentValue string
}

// maxClaims bounds one script: Redis does nothing else meanwhile.
const maxClaims = 100

// book makes the offers of this node's calls true. Every node matches alike: another
// node's calls it books itself at this moment.
func (a *ACD) book(ctx context.Context) (again bool, err error) {
	own := a.mirror.node(a.o.Node).calls
	var claims []claim
	for _, o := range a.mirror.floor.Match(a.mirror.now) {
		if own[o.Call] == "" {
			continue
		}
		c, err := a.claim(o)
		if err != nil {
			return false, err
		}
		claims = append(claims, c)
	}
	if at, ok := a.mirror.floor.Due(); ok {
		a.wakeIn(max(at.Sub(a.mirror.now), time.Millisecond))
	}
	for part := range slices.Chunk(claims, maxClaims) {
		lost, err := a.reserve(ctx, part)
		if err != nil {
			return false, err
		}
		again = again || lost
	}
	return again, nil
}

func (a *ACD) claim(o routing.Offer) (claim, error) {
	offer, err := uuid.NewV7()
	if err != nil {
		return claim{}, fmt.Errorf("acd: name an offer: %w", err)
	}
	agent, _ := a.mirror.agent(o.Agent)
	c := claim{
		reservation: reservation{Node: a.o.Node, Call: o.Call, Offer: offer.String(), At: a.mirror.now},
		agent:       o.Agent, agentNode: agent.Node,
		callValue: a.mirror.node(a.o.Node).calls[o.Call], agentValue: a.mirror.node(agent.Node).agents[o.Agent].value,
	}
	data, err := json.Marshal(c.reservation)
	if err != nil {
		return claim{}, fmt.Errorf("acd: encode a reservation: %w", err)
	}
	c.value = string(data)
	return c, nil
}

// reserve asks Redis for agents; the sink is told of each who is ours. lost says that
// another was quicker somewhere, or that the call or agent changed meanwhile.
func (a *ACD) reserve(ctx context.Context, claims []claim) (lost bool, err error) {
	args := make([]any, 0, 4+6*len(claims))
	args = append(args, prefix, channel, a.instance, a.o.Node)
	for _, c := range claims {
		args = append(args, c.agentNode, c.Call, c.callValue, c.agent, c.agentValue, c.value)
	}
	keys := []string{nodesKey, reservationsKey, epochKey, headKey, logKey, callsKey(a.o.Node)}
	answers, err := reserveScript.Run(ctx, a.o.Redis, keys, args...).Int64Slice()
	if err != nil || len(answers) != len(claims) {
		// Whether anybody was booked is not known: the next round finds them and gives them back.
		return false, fmt.Errorf("acd: reserve %d agents, %d answers: %w", len(claims), len(answers), cmp.Or(err, errShape))
	}
	for i, c := range claims {
		if answers[i] == 0 {
			lost = true
			continue
		}
		a.mirror.apply(a.o.Node, a.o.Node, change{item{kindCall, c.Call}, ""})
		a.mirror.apply(a.o.Node, a.o.Node, change{item{kindReservation, c.agent}, c.value})
		if !a.memory.book(c) {
			lost = true
			continue
		}
		a.log.Debug("reserved", "call", c.Call, "agent", c.agent, "offer", c.Offer)
		a.sink.Reserved(c.Call, c.agent, c.Offer)
	}
	return lost, nil
}
