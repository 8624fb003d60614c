package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

const (
	queueAgents = 50
	queueCalls  = 100
	queueBursts = 5
	queueTalk   = 2 * time.Second
	queueGap    = 3 * time.Second  // between bursts
	queueSpread = time.Millisecond // from one INVITE of a burst to the next
	queueLimit  = time.Minute
)

// benchQueue sends bursts of twice as many calls as there are agents, with sound both
// ways, and looks at how long an agent who has become free is without an offer while
// somebody waits, and at whether anybody was served before who came first.
func benchQueue(ctx context.Context, binary, profiles string, r *report) (err error) {
	x, err := openExchange(ctx, binary, queueAgents)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.close()) }()
	q, err := newQueueRun(x)
	if err != nil {
		return err
	}
	defer q.close()
	if _, err := q.burst(ctx); err != nil { // what is made once is made
		return err
	}
	profiled := x.s.profile(ctx, profiles, "queue", 30)
	var f queueFigures
	for range queueBursts {
		one, err := q.burst(ctx)
		if err != nil {
			return err
		}
		f.add(one)
	}
	if err := <-profiled; err != nil {
		return err
	}
	calls := float64(queueBursts * queueCalls)
	r.plain("queue calls", calls, "")
	r.atMost("queue failed", float64(f.failed), 0, "")
	r.atMost("queue free_to_offer_p50", percentile(f.freed, 0.5), 3, "ms")
	r.atMost("queue free_to_offer_p99", percentile(f.freed, 0.99), 10, "ms")
	r.plain("queue first_offer_p50", percentile(f.first, 0.5), "ms")
	r.atMost("queue first_offer_p99", percentile(f.first, 0.99), 15, "ms")
	r.atMost("queue cpu_per_call", millis(f.cpu)/calls, 4, "ms")
	r.plain("queue offers_per_call", float64(f.offers)/calls, "")
	r.atMost("queue out_of_order", float64(f.disorder), 0, "")
	return nil
}

type queueFigures struct {
	failed, offers, disorder int
	freed, first             []float64 // ms
	cpu                      time.Duration
}

func (f *queueFigures) add(o queueFigures) {
	f.failed, f.offers, f.disorder = f.failed+o.failed, f.offers+o.offers, f.disorder+o.disorder
	f.freed, f.first = append(f.freed, o.freed...), append(f.first, o.first...)
	f.cpu += o.cpu
}

// queueRun has a socket for the sound of each end.
type queueRun struct {
	x       *exchange
	callers []*net.UDPConn
	sound   *chorus
}

func newQueueRun(x *exchange) (*queueRun, error) {
	q := &queueRun{x: x, sound: newChorus()}
	x.desks = map[string]*net.UDPConn{}
	for n := range queueCalls + queueAgents {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			q.close()
			return nil, err
		}
		if n < queueCalls {
			q.callers = append(q.callers, conn)
		} else {
			x.desks[fmt.Sprintf("agent%d", n-queueCalls+1)] = conn
		}
	}
	return q, nil
}

func (q *queueRun) close() {
	q.sound.close()
	for _, conn := range q.callers {
		_ = conn.Close()
	}
	for _, conn := range q.x.desks {
		_ = conn.Close()
	}
}

// burst is one burst, until the last has hung up and what it left is written.
func (q *queueRun) burst(ctx context.Context) (f queueFigures, err error) {
	before, err := q.x.s.cpu()
	if err != nil {
		return f, err
	}
	calls := make([]*sipCall, queueCalls)
	faults := make([]error, queueCalls)
	var people sync.WaitGroup
	for n := range calls {
		calls[n] = q.x.call(q.callers[n])
		people.Go(func() { faults[n] = q.talk(ctx, calls[n]) })
		select {
		case <-time.After(queueSpread):
		case <-ctx.Done():
			return f, ctx.Err()
		}
	}
	people.Wait()
	select {
	case <-time.After(queueGap):
	case <-ctx.Done():
		return f, ctx.Err()
	}
	after, err := q.x.s.cpu()
	if err != nil {
		return f, err
	}
	served := calls[:0:0]
	for n, c := range calls {
		q.x.forget(c)
		f.offers += c.offers
		if faults[n] != nil {
			fmt.Println(" ", faults[n])
			f.failed++
			continue
		}
		served = append(served, c)
	}
	f.cpu = after - before
	f.times(served)
	return f, nil
}

// talk is one call of a burst, with sound.
func (q *queueRun) talk(ctx context.Context, c *sipCall) error {
	ctx, cancel := context.WithTimeout(ctx, queueLimit)
	defer cancel()
	select {
	case <-c.caller.answered:
		defer q.sound.join(c.caller.rtp, c.caller.to)()
	case <-ctx.Done():
	}
	if err := c.connected(ctx.Done()); err != nil {
		c.caller.hangUp()
		return err
	}
	leave := q.sound.join(c.phone.rtp, c.phone.to)
	<-time.After(queueTalk)
	c.caller.hangUp()
	err := c.over(ctx.Done())
	leave()
	return err
}

// queueJitter is what offers of one moment may leave the server apart: each call makes
// its own.
const queueJitter = 5 * time.Millisecond

// times are those of one burst's calls.
func (f *queueFigures) times(calls []*sipCall) {
	slices.SortFunc(calls, func(a, b *sipCall) int { return a.phone.invited.Compare(b.phone.invited) })
	last := map[string]*sipCall{} // by agent
	for n, c := range calls {
		if n < queueAgents {
			f.first = append(f.first, millis(c.phone.invited.Sub(c.caller.picked)))
		}
		if before := last[c.phone.number]; before != nil && c.caller.picked.Before(before.phone.hung) {
			f.freed = append(f.freed, millis(c.phone.invited.Sub(before.phone.hung)))
		}
		last[c.phone.number] = c
		for _, later := range calls[n+1:] { // who was there before c had called
			if later.caller.picked.Before(c.caller.invited) && later.phone.invited.Sub(c.phone.invited) > queueJitter {
				f.disorder++
			}
		}
	}
}
