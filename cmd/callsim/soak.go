package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
)

const (
	soakAgents    = 60
	soakRate      = 5 // calls a second
	soakWarm      = time.Minute
	soakWatchers  = 5
	soakAgentLost = 5 * time.Second // the server waits so long for a lost page
)

// soak plays a call centre by chance for so many minutes, and looks for what it leaves
// behind: memory, goroutines, file descriptors, calls without a fitting record, agents
// who get no call any more. A minute of the same goes before: what grows once in a
// server's life, as pools and caches do, is not counted.
func soak(ctx context.Context, binary string, minutes int, seed uint64) (err error) {
	w, err := openWorld(ctx, binary, seed)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	fmt.Printf("soak: seed %d, %d minutes, %d agents\n", seed, minutes, soakAgents)
	warm, err := w.play(ctx, soakWarm, nil)
	if err != nil {
		return err
	}
	before, err := w.rest(ctx)
	if err != nil {
		return err
	}
	var s samples
	calls, err := w.play(ctx, time.Duration(minutes)*time.Minute, &s)
	if err != nil {
		return err
	}
	after, stuck := w.rest(ctx)
	var r report
	r.plain("calls", float64(len(calls)), "")
	if err := w.judge(ctx, &r, append(warm, calls...)); err != nil {
		return errors.Join(stuck, err)
	}
	s.judge(&r)
	if stuck == nil {
		before.judge(&r, after)
	}
	return errors.Join(stuck, r.verdict())
}

// world is everybody outside the hotline.
type world struct {
	s       *server
	far     *answerer
	boss    *client
	seed    uint64
	floor   *floor
	agents  []*shift
	working sync.WaitGroup
	home    context.CancelFunc // ends the agents' work
	dialled int
	why     string // the floor is not empty
}

func openWorld(ctx context.Context, binary string, seed uint64) (_ *world, err error) {
	w := &world{seed: seed, floor: &floor{refused: map[string]int{}}}
	if w.far, err = newAnswerer(); err != nil {
		return nil, err
	}
	var mu sync.Mutex
	people := w.source(1)
	w.far.person = func() (int, time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		if people.IntN(10) == 0 {
			return 486, 0
		}
		return 200, span(people, 1, 15)
	}
	w.s, err = newServer(binary, fmt.Sprintf("HOTLINE_DEMO_AGENTS=%d", soakAgents),
		"HOTLINE_CALLS_OFFER_TIMEOUT=5s", "HOTLINE_CALLS_WRAP_UP=4s", "HOTLINE_CALLS_DIAL_TIMEOUT=10s",
		"HOTLINE_CALLS_AGENT_LOST="+soakAgentLost.String(), "HOTLINE_CALLS_MAX_WAIT="+soakMaxWait.String())
	if err != nil {
		w.far.close()
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	if err := w.s.trunkTo(w.far.address()); err != nil {
		return nil, err
	}
	if err := w.s.start(ctx); err != nil {
		return nil, err
	}
	if w.boss, err = signIn(ctx, w.s.http, "supervisor"); err != nil {
		return nil, err
	}
	if err := w.keepPlaces(ctx); err != nil {
		return nil, err
	}
	if err := w.s.signIn(ctx, soakAgents); err != nil {
		return nil, err
	}
	work, home := context.WithCancel(ctx)
	w.home = home
	for n := range soakAgents {
		a := &shift{s: w.s, n: n + 1, rand: w.source(100 + n), floor: w.floor}
		if err := a.open(ctx); err != nil {
			return nil, err
		}
		w.agents = append(w.agents, a)
		w.working.Go(func() { a.work(work) })
	}
	return w, nil
}

// keepPlaces lets who leaves a callback keep his place: the hotline calls him.
func (w *world) keepPlaces(ctx context.Context) error {
	var queues struct{ Items []map[string]any }
	if err := w.boss.do(ctx, http.MethodGet, "/routing/queues", nil, &queues); err != nil {
		return err
	}
	for _, q := range queues.Items {
		if q["id"] == "main" {
			q["callback"] = map[string]any{"mode": "agent-first"}
			return w.boss.do(ctx, http.MethodPut, "/routing/queues/main", q, nil)
		}
	}
	return errors.New("there is no main queue")
}

// source is a stream of chance of its own.
func (w *world) source(n int) *rand.Rand {
	return rand.New(rand.NewPCG(w.seed, uint64(n))) //nolint:gosec // chance that can be repeated; n is positive
}

func (w *world) close() error {
	w.far.close()
	if w.home != nil {
		w.home()
	}
	w.working.Wait()
	for _, a := range w.agents {
		a.leave()
	}
	return w.s.stop()
}

// play lets people call for d, and waits until the last of them has hung up.
func (w *world) play(ctx context.Context, d time.Duration, s *samples) ([]soakCall, error) {
	for _, a := range w.agents {
		a.calm.Store(false)
	}
	watching, stop := context.WithCancel(ctx)
	var watchers sync.WaitGroup
	for n := range soakWatchers {
		r := w.source(10 + n)
		watchers.Go(func() { w.watch(watching, r) })
	}
	if s != nil {
		busy, over := context.WithTimeout(watching, d) // the last who hang up leave less and less
		defer over()
		watchers.Go(func() { s.take(busy, w.s) })
	}
	calls := w.calls(ctx, d)
	stop()
	watchers.Wait()
	if s != nil && s.err != nil {
		return calls, s.err
	}
	return calls, ctx.Err()
}

func (w *world) calls(ctx context.Context, d time.Duration) (calls []soakCall) {
	var mu sync.Mutex
	var people sync.WaitGroup
	pace := w.source(1000 + w.dialled)
	until := time.Now().Add(d)
	for next := time.Now(); next.Before(until) && ctx.Err() == nil; {
		select {
		case <-time.After(time.Until(next)):
		case <-ctx.Done():
		}
		number, r := fmt.Sprintf("139%08d", w.dialled), w.source(1_000_000+w.dialled)
		w.dialled++
		people.Go(func() {
			sc := callIn(ctx, w.s, r, number)
			mu.Lock()
			defer mu.Unlock()
			calls = append(calls, sc)
		})
		next = next.Add(time.Duration(pace.ExpFloat64() * float64(time.Second) / soakRate))
	}
	people.Wait()
	return calls
}

// watch opens and loses the socket of live events, and reads what a desk reads.
func (w *world) watch(ctx context.Context, r *rand.Rand) {
	for ctx.Err() == nil {
		if err := w.watchOnce(ctx, span(r, 0.3, 15)); err != nil && ctx.Err() == nil {
			w.floor.mu.Lock()
			w.floor.lost = append(w.floor.lost, err)
			w.floor.mu.Unlock()
			return
		}
	}
}

func (w *world) watchOnce(ctx context.Context, d time.Duration) error {
	//nolint:bodyclose // the library closes it
	socket, _, err := websocket.Dial(ctx, "ws"+w.s.http[len("http"):]+"/api/v1/events", &websocket.DialOptions{
		HTTPClient: w.boss.http, HTTPHeader: http.Header{"Origin": {w.s.http}},
	})
	if err != nil {
		return fmt.Errorf("live events: %w", err)
	}
	defer func() { _ = socket.CloseNow() }()
	socket.SetReadLimit(1 << 20)
	if err := w.boss.do(ctx, http.MethodGet, "/live", nil, nil); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	for {
		if _, _, err := socket.Read(ctx); err != nil {
			if ctx.Err() != nil || websocket.CloseStatus(err) == websocket.StatusPolicyViolation { // who may have missed something comes again
				return nil
			}
			return fmt.Errorf("live events: %w", err)
		}
	}
}
