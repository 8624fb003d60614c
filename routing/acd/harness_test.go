package acd

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"hotline12345/routing"
)

// limit ends a hang.
const limit = time.Minute

var queues = map[string]routing.Queue{"main": {ID: "main", Name: "main", MaxWait: 600}}

var began = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// short is a lease that a test waits out.
func short(o *Options) { o.Lease = 3 * beat }

type told struct {
	call, agent string
	position    int
}

// sink passes on what it is told.
type sink struct {
	reserved  chan told
	positions chan told
	overflows chan told // position is the step
}

func newSink() *sink {
	return &sink{reserved: make(chan told, 1000), positions: make(chan told, 1000), overflows: make(chan told, 1000)}
}

func (s *sink) Reserved(call, agent, offer string) {
	if offer == "" {
		panic("an offer without a name")
	}
	s.reserved <- told{call: call, agent: agent}
}

func (s *sink) Position(call string, at routing.Place) {
	s.positions <- told{call: call, position: at.Position}
}

func (s *sink) Overflow(call, _ string, step int) {
	s.overflows <- told{call: call, position: step}
}

func newNode(t *testing.T, client redis.UniversalClient, name string, change ...func(*Options)) *ACD {
	t.Helper()
	o := Options{Redis: client, Node: name, Queues: queues, Lease: time.Minute}
	for _, c := range change {
		c(&o)
	}
	a, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.halt)
	return a
}

// hooked is another client of the same database, with a hook.
func hooked(t *testing.T, client *redis.Client, hook redis.Hook) *redis.Client {
	t.Helper()
	options := *client.Options()
	other := redis.NewClient(&options)
	other.AddHook(hook)
	t.Cleanup(func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	})
	return other
}

func start(t *testing.T, client redis.UniversalClient, name string, change ...func(*Options)) (*ACD, *sink) {
	t.Helper()
	a, s := newNode(t, client, name, change...), newSink()
	a.Start(s)
	return a, s
}

func call(id string, seconds int) routing.Waiting {
	return routing.Waiting{Call: id, Queue: "main", Since: began.Add(time.Duration(seconds) * time.Second)}
}

func ready(id string) routing.Agent {
	return routing.Agent{ID: id, Queues: []string{"main"}, Ready: true, IdleSince: time.Now().UTC()}
}

func expect(t *testing.T, from chan told, want told) {
	t.Helper()
	select {
	case got := <-from:
		if got != want {
			t.Fatalf("told %+v, want %+v", got, want)
		}
	case <-time.After(limit):
		t.Fatalf("never told %+v", want)
	}
}

// expectNone of the reservations told so far, after everything posted so far has
// been seen by two whole rounds.
func expectNone(t *testing.T, a *ACD, from chan told) {
	t.Helper()
	for range 2 {
		rounds(t, a)
	}
	select {
	case got := <-from:
		t.Fatalf("told %+v", got)
	default:
	}
}

// rounds waits until a round that began after now has ended: the one that posts
// a marker ends before the one that takes the marker out.
func rounds(t *testing.T, a *ACD) {
	t.Helper()
	id := fmt.Sprint("marker", time.Now().UnixNano())
	for _, change := range []func(){
		func() { a.SetAgent(routing.Agent{ID: id}) },
		func() { a.RemoveAgent(id) },
	} {
		change()
		a.memory.mu.Lock()
		_, want := a.memory.agents[id]
		a.memory.mu.Unlock()
		await(t, func() bool { return a.o.Redis.HExists(t.Context(), agentsKey(a.o.Node), id).Val() == want })
	}
}

// await asks again until f says yes.
func await(t testing.TB, f func() bool) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for !f() {
		if time.Now().After(deadline) {
			t.Fatal("did not come true")
		}
		time.Sleep(time.Millisecond)
	}
}

// floor is a call centre with several nodes: it checks that nobody is booked
// twice, hands every agent back, and counts who was served.
type floor struct {
	t      *testing.T
	mu     sync.Mutex
	with   map[string]string // agent: call
	served map[string]bool
	want   int
	all    chan struct{}
}

func newFloor(t *testing.T, want int) *floor {
	return &floor{t: t, with: map[string]string{}, served: map[string]bool{}, want: want, all: make(chan struct{})}
}

// seat is one node of the floor.
type seat struct {
	*floor
	a     *ACD
	talks chan told
}

func (f *floor) seat(client redis.UniversalClient, name string) *seat {
	s := &seat{floor: f, a: newNode(f.t, client, name), talks: make(chan told, 1000)}
	ctx, cancel := context.WithCancel(context.Background())
	var talking sync.WaitGroup
	talking.Go(func() { s.talk(ctx) })
	s.a.Start(s)
	f.t.Cleanup(func() { cancel(); talking.Wait() })
	return s
}

func (s *seat) Position(string, routing.Place) {}

func (s *seat) Overflow(string, string, int) {}

func (s *seat) Reserved(call, agent, _ string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if other := s.with[agent]; other != "" {
		s.t.Errorf("%s is booked for %s and for %s", agent, other, call)
	}
	if s.served[call] {
		s.t.Errorf("%s is served twice", call)
	}
	s.with[agent] = call
	s.served[call] = true
	s.talks <- told{call: call, agent: agent}
}

// talk ends each talk as the engine does: the call leaves, the agent is free.
func (s *seat) talk(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case talk := <-s.talks:
			s.a.Dequeue(talk.call)
			s.mu.Lock()
			delete(s.with, talk.agent)
			if len(s.served) == s.want && len(s.with) == 0 {
				close(s.all)
			}
			s.mu.Unlock()
			s.a.Release(talk.agent, talk.call)
		}
	}
}

func (f *floor) wait() {
	f.t.Helper()
	select {
	case <-f.all:
	case <-time.After(limit):
		f.mu.Lock()
		defer f.mu.Unlock()
		f.t.Fatalf("%d of %d calls were served", len(f.served), f.want)
	}
}
