package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// benchSIP measures what a call costs the server that goes from a trunk through the queue
// to an agent's desk phone: CPU of its process (PostgreSQL and Redis are other processes
// and are not in it) at a steady rate, the time until the phone is reached and connected,
// the highest rate without a fault, and the queue's own dead time in bursts.
func benchSIP(ctx context.Context, binary, profiles string) error {
	var r report
	if err := benchSignalling(ctx, binary, profiles, &r); err != nil {
		return err
	}
	if err := benchQueue(ctx, binary, profiles, &r); err != nil {
		return err
	}
	return r.verdict()
}

const (
	sipAgents   = 200
	sipSteady   = 50               // calls a second
	sipLength   = 30 * time.Second // of them
	sipStep     = 10 * time.Second
	sipTalk     = 100 * time.Millisecond
	sipPatience = 5 * time.Second       // until the phone is connected, and until all have hung up
	phoneSecret = "callsim-desk-phones" //nolint:gosec // of servers that are made for this and removed
)

// sipSteps are tried until one is not clean.
var sipSteps = []int{100, 200, 300, 400, 450, 500}

func benchSignalling(ctx context.Context, binary, profiles string, r *report) (err error) {
	x, err := openExchange(ctx, binary, sipAgents)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.close()) }()
	if _, err := x.drive(ctx, 10, 2*time.Second); err != nil { // what is made once is made
		return err
	}
	profiled := x.s.profile(ctx, profiles, "signalling", int(sipLength.Seconds()))
	f, err := x.drive(ctx, sipSteady, sipLength)
	if err = errors.Join(err, <-profiled); err != nil {
		return err
	}
	r.plain("signalling calls", float64(f.calls), "")
	r.atMost("signalling failed", float64(f.failed), 0, "")
	r.atMost("signalling cpu_per_call", f.cpu, 2.5, "ms")
	r.plain("signalling setup_p50", percentile(f.through, 0.5), "ms")
	r.atMost("signalling setup_p99", percentile(f.through, 0.99), 10, "ms")
	r.plain("signalling answer_p99", percentile(f.answer, 0.99), "ms")
	best := 0
	for _, rate := range sipSteps {
		f, err := x.drive(ctx, rate, sipStep)
		if err != nil {
			return err
		}
		fmt.Printf("  %4d calls/s: %d calls, %d failed, rate held %v, %.2f %% repeats, setup p99 %.1f ms, %.2f ms CPU a call\n",
			rate, f.calls, f.failed, f.held, f.repeats, percentile(f.through, 0.99), f.cpu)
		if f.failed > 0 || !f.held || f.repeats >= 1 {
			break
		}
		best = rate
	}
	r.atLeast("signalling highest_clean", float64(best), 400, "calls/s")
	return nil
}

// exchange is a server with desk phones that are on duty, and a trunk with people who call.
type exchange struct {
	s       *server
	phones  *station
	people  *station
	deskRTP *net.UDPConn // stands in every phone's SDP when no sound flows
	homeRTP *net.UDPConn
	desks   map[string]*net.UDPConn // else each phone's own
	number  int

	mu      sync.Mutex
	calls   map[string]*sipCall // by the caller's number
	strange int                 // INVITEs at phones of no such caller
}

// sipCall is one call at both ends.
type sipCall struct {
	caller, phone *telephone
	rung          chan struct{} // closed when the phone is rung
	offers        int
}

func openExchange(ctx context.Context, binary string, agents int) (x *exchange, err error) {
	x = &exchange{calls: map[string]*sipCall{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, x.close())
		}
	}()
	x.s, err = newServer(binary, "HOTLINE_CALLS_NOTICE=false", "HOTLINE_CALLS_MAX=5000", fmt.Sprintf("HOTLINE_DEMO_AGENTS=%d", agents),
		"HOTLINE_PHONES_ENABLED=true", "HOTLINE_PHONES_WRAP_UP=0s", "HOTLINE_PHONES_WHOLE_NUMBERS=true", "HOTLINE_DEMO_PHONE_PASSWORD="+phoneSecret)
	if err != nil {
		return x, err
	}
	if err := x.s.start(ctx); err != nil {
		return x, err
	}
	if x.phones, err = newStation(x.s.sip, x.rung); err != nil {
		return x, err
	}
	x.phones.start()
	if x.people, err = newStation(x.s.sip, nil); err != nil {
		return x, err
	}
	x.people.start()
	if x.deskRTP, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
		return x, err
	}
	if x.homeRTP, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
		return x, err
	}
	for n := range agents {
		if err := x.phones.register(ctx, fmt.Sprintf("agent%d", n+1), phoneSecret); err != nil {
			return x, err
		}
	}
	return x, errors.Join(x.onDuty(ctx, agents), x.s.settle(ctx))
}

// onDuty waits until so many seats have an agent.
func (x *exchange) onDuty(ctx context.Context, agents int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		there, err := x.s.metrics(ctx, "hotline_agents_signed_in")
		if err != nil || int(there[0]) == agents {
			return err
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%g of %d phones are on duty: %w", there[0], agents, ctx.Err())
		}
	}
}

func (x *exchange) close() error {
	for _, st := range []*station{x.people, x.phones} {
		if st != nil {
			st.close()
		}
	}
	for _, rtp := range []*net.UDPConn{x.deskRTP, x.homeRTP} {
		if rtp != nil {
			_ = rtp.Close()
		}
	}
	if x.s == nil {
		return nil
	}
	return x.s.stop()
}

// rung lifts the phone at once.
func (x *exchange) rung(p *telephone) {
	x.mu.Lock()
	c := x.calls[p.other]
	if c == nil {
		x.strange++
	} else {
		c.offers++
		if c.offers == 1 {
			c.phone = p
			defer close(c.rung)
		}
	}
	x.mu.Unlock()
	if c == nil {
		p.refuse("480 Temporarily Unavailable")
		return
	}
	p.accept(cmp.Or(x.desks[p.number], x.deskRTP))
}

// call dials in with a number of its own.
func (x *exchange) call(rtp *net.UDPConn) *sipCall {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.number++
	number := fmt.Sprintf("139%08d", x.number)
	c := &sipCall{rung: make(chan struct{})}
	x.calls[number] = c
	c.caller = x.people.dial(number, rtp)
	return c
}

// forget lets a call go that is over.
func (x *exchange) forget(c *sipCall) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.calls, c.caller.number)
}

// connected waits until the caller is answered and his agent's phone has its ACK.
func (c *sipCall) connected(limit <-chan struct{}) error {
	for _, step := range []struct {
		done <-chan struct{}
		what string
	}{{c.caller.answered, "answered"}, {c.rung, "offered"}} {
		select {
		case <-step.done:
		case <-c.caller.ended:
			return fmt.Errorf("%s: ended with %d before it was %s", c.caller.number, c.caller.status, step.what)
		case <-limit:
			return fmt.Errorf("%s: is not %s", c.caller.number, step.what)
		}
	}
	select {
	case <-c.phone.connected:
		return nil
	case <-limit:
		return fmt.Errorf("%s: the phone has no ACK", c.caller.number)
	}
}

// over waits until both ends have hung up.
func (c *sipCall) over(limit <-chan struct{}) error {
	for _, p := range []*telephone{c.caller, c.phone} {
		select {
		case <-p.ended:
		case <-limit:
			return fmt.Errorf("%s: does not end", c.caller.number)
		}
	}
	return nil
}

// sipFigures of one run.
type sipFigures struct {
	calls, failed   int
	held            bool    // the rate
	repeats         float64 // % of the calls
	cpu             float64 // ms a call, of the server's process
	answer, through []float64
}

// drive places rate calls a second for d; each talks for sipTalk once the phone is
// connected, and its caller hangs up.
func (x *exchange) drive(ctx context.Context, rate int, d time.Duration) (f sipFigures, err error) {
	repeats := x.people.repeats.Load() + x.phones.repeats.Load()
	before, err := x.s.cpu()
	if err != nil {
		return f, err
	}
	f.calls = int(d.Seconds() * float64(rate))
	var mu sync.Mutex
	var calls sync.WaitGroup
	from := time.Now()
	for n := range f.calls {
		due := from.Add(time.Duration(n) * time.Second / time.Duration(rate))
		if wait := time.Until(due); wait > 0 {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return f, ctx.Err()
			}
		}
		calls.Go(func() {
			c, err := x.one(ctx)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				if f.failed++; f.failed <= 5 {
					fmt.Println(" ", err)
				}
				return
			}
			f.answer = append(f.answer, millis(c.caller.picked.Sub(c.caller.invited)))
			f.through = append(f.through, millis(c.phone.talks.Sub(c.caller.invited)))
		})
	}
	placed := time.Since(from)
	calls.Wait()
	<-time.After(time.Second) // what a call leaves to be written belongs to it
	after, err := x.s.cpu()
	f.held = float64(f.calls) >= 0.95*float64(rate)*placed.Seconds() && placed <= d+d/20
	f.repeats = 100 * float64(x.people.repeats.Load()+x.phones.repeats.Load()-repeats) / float64(f.calls)
	f.cpu = millis(after-before) / float64(f.calls)
	return f, err
}

func (x *exchange) one(ctx context.Context) (*sipCall, error) {
	ctx, cancel := context.WithTimeout(ctx, sipPatience)
	defer cancel()
	c := x.call(x.homeRTP)
	defer x.forget(c)
	if err := c.connected(ctx.Done()); err != nil {
		c.caller.hangUp()
		return c, err
	}
	<-time.After(sipTalk)
	c.caller.hangUp()
	return c, c.over(ctx.Done())
}
