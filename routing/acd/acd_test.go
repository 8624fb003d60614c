package acd

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"hotline12345/deploy/local"
	"hotline12345/deploy/pgtest"
	"hotline12345/routing"
)

func TestLifeOfACall(t *testing.T) {
	t.Parallel()
	a, s := start(t, pgtest.Redis(t), "n1")
	a.Enqueue(call("c1", 0))
	expect(t, s.positions, told{call: "c1", position: 1})
	a.SetAgent(ready("a1"))
	expect(t, s.reserved, told{call: "c1", agent: "a1"})

	a.Enqueue(call("c1", 0)) // posted again, late
	a.Enqueue(call("c2", 1))
	expect(t, s.positions, told{call: "c2", position: 1})
	a.Release("a1", "c2") // not that call's
	a.Dequeue("c1")
	expectNone(t, a, s.reserved)

	a.Release("a1", "c1")
	expect(t, s.reserved, told{call: "c2", agent: "a1"})

	// Not answered: back to the front, not to that agent, before who came earlier.
	a.Release("a1", "c2")
	back := call("c2", 1)
	back.Front, back.Avoid, back.AvoidSince = true, "a1", time.Now().Add(time.Hour)
	a.Enqueue(back)
	a.SetAgent(routing.Agent{ID: "a1"})
	a.Enqueue(call("c0", -100))
	expectNone(t, a, s.reserved)
	a.SetAgent(ready("a2"))
	expect(t, s.reserved, told{call: "c2", agent: "a2"})
	a.Release("a2", "c2")
	expect(t, s.reserved, told{call: "c0", agent: "a2"})
	a.RemoveAgent("a1")
	if err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	left, err := a.o.Redis.Keys(t.Context(), "*").Result()
	if err != nil || len(left) != 1 || left[0] != epochKey {
		t.Errorf("left in Redis: %v %v", left, err)
	}
}

func TestPositionsAreToldWhenBetter(t *testing.T) {
	t.Parallel()
	a, s := start(t, pgtest.Redis(t), "n1")
	want := func(call string, position int) {
		t.Helper()
		expect(t, s.positions, told{call: call, position: position})
	}
	for i := range 3 {
		a.Enqueue(call(fmt.Sprint("c", i+1), i))
		want(fmt.Sprint("c", i+1), i+1)
	}
	only := call("only", -50)
	only.Only = "somebody"
	a.Enqueue(only) // has no place, and takes none
	front := call("front", 9)
	front.Front = true
	a.Enqueue(front)
	want("front", 1)
	a.Dequeue("front") // all are back where they were
	expectNone(t, a, s.positions)
	a.Dequeue("c1")
	want("c2", 1)
	want("c3", 2)
	expectNone(t, a, s.positions)
}

// TestOverflowsAreToldOnce for each way a call stands in its queue.
func TestOverflowsAreToldOnce(t *testing.T) {
	t.Parallel()
	a, s := start(t, pgtest.Redis(t), "n1")
	callback := routing.Exit{Kind: routing.ExitCallback}
	a.SetQueues(map[string]routing.Queue{
		"main": {ID: "main", Targets: []routing.Target{{Exit: callback, After: 1}, {Exit: callback, Ratio: 1}}},
		"calm": {ID: "calm", Targets: []routing.Target{{Exit: callback, Ratio: 5}}},
	})
	agent := ready("a")
	agent.Ready, agent.Queues = false, []string{"main", "calm"}
	a.SetAgent(agent)
	soon := call("soon", 0)
	soon.Since = time.Now().UTC()
	a.Enqueue(soon)
	expect(t, s.overflows, told{call: "soon", position: 0}) // by time alone
	soon.Step = 1
	a.Enqueue(soon) // alone with one agent, it stays
	expectNone(t, a, s.overflows)
	a.RemoveAgent("a")
	expect(t, s.overflows, told{call: "soon", position: 1})
	expectNone(t, a, s.overflows)
	soon.Queue, soon.Step = "calm", 0
	a.SetAgent(agent)
	a.Enqueue(soon)
	expectNone(t, a, s.overflows)
}

// TestAHeldPlace is told when it is the first, once somebody is there, and never given away.
func TestAHeldPlace(t *testing.T) {
	t.Parallel()
	a, s := start(t, pgtest.Redis(t), "n1")
	held := call("held", 0)
	held.Held, held.Stays = true, true
	a.Enqueue(held)
	expectNone(t, a, s.positions)
	a.SetAgent(ready("a"))
	expect(t, s.positions, told{call: "held", position: 1})
	a.Enqueue(call("later", 5))
	expect(t, s.reserved, told{call: "later", agent: "a"})
	a.Release("a", "later")
	expectNone(t, a, s.reserved)
	held.Held, held.Front = false, true
	a.Enqueue(held)
	expect(t, s.reserved, told{call: "held", agent: "a"})
}

// TestOneWinner: two nodes, each with half of the calls and agents, race for all.
func TestOneWinner(t *testing.T) {
	t.Parallel()
	const calls, agents = 300, 15
	client := pgtest.Redis(t)
	f := newFloor(t, calls)
	seats := []*seat{f.seat(client, "n1"), f.seat(client, "n2")}
	for i := range agents {
		seats[i%2].a.SetAgent(ready(fmt.Sprint("a", i)))
	}
	var posting sync.WaitGroup
	for i := range calls {
		posting.Go(func() { seats[i%2].a.Enqueue(call(fmt.Sprint("c", i), i)) })
	}
	posting.Wait()
	f.wait()
}

// TestFlushUnderLoad: Redis loses everything again and again while two nodes
// work; nobody is booked twice, everybody is served.
func TestFlushUnderLoad(t *testing.T) {
	t.Parallel()
	const calls, agents, flushes = 200, 6, 3
	client := pgtest.Redis(t)
	f := newFloor(t, calls)
	seats := []*seat{f.seat(client, "n1"), f.seat(client, "n2")}
	for i := range agents {
		seats[i%2].a.SetAgent(ready(fmt.Sprint("a", i)))
	}
	per := calls / (flushes + 1)
	for i := range calls {
		seats[i%2].a.Enqueue(call(fmt.Sprint("c", i), i))
		if i%per == per-1 && i < calls-1 {
			if err := client.FlushDB(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
			await(t, func() bool { return client.Exists(t.Context(), epochKey).Val() == 1 })
		}
	}
	f.wait()
}

// TestFlushIsHealedInTime: all is back and matched within 5 s, an agent who is
// booked stays so.
func TestFlushIsHealedInTime(t *testing.T) {
	t.Parallel()
	client := pgtest.Redis(t)
	a, s := start(t, client, "n1")
	b, other := start(t, client, "n2")
	a.SetAgent(ready("a1"))
	a.Enqueue(call("c1", 0))
	expect(t, s.reserved, told{call: "c1", agent: "a1"})
	b.Enqueue(call("c2", 1))
	rounds(t, b)
	if err := client.FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	flushed := time.Now()
	b.SetAgent(ready("a2"))
	expect(t, other.reserved, told{call: "c2", agent: "a2"}) // a1 is longer idle, but booked
	if took := time.Since(flushed); took > 5*time.Second {
		t.Errorf("healed in %s", took)
	}
	await(t, func() bool { return client.HExists(t.Context(), reservationsKey, "a1").Val() })
}

// TestSlowNodeAfterAFlush: a node that is late to post its reservation again does
// not lose the agent to a quick one.
func TestSlowNodeAfterAFlush(t *testing.T) {
	t.Parallel()
	client, slow := pgtest.Redis(t), &gate{}
	a, s := start(t, hooked(t, client, slow), "n1")
	b, other := start(t, client, "n2")
	b.SetAgent(ready("a1"))
	a.Enqueue(call("c1", 0))
	expect(t, s.reserved, told{call: "c1", agent: "a1"})
	slow.Lock()
	if err := client.FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	b.Enqueue(call("c2", 1))
	rounds(t, b)
	slow.Unlock()
	settled, err := client.Get(t.Context(), epochKey).Int64()
	if err != nil {
		t.Fatal(err)
	}
	await(t, func() bool { return client.Time(t.Context()).Val().UnixMilli() > settled })
	expectNone(t, b, other.reserved)
	a.Release("a1", "c1")
	expect(t, other.reserved, told{call: "c2", agent: "a1"})
}

// TestDeadNode: the lease of a node that died lapses; its calls go, and the
// agent booked for one of them is free for the others.
func TestDeadNode(t *testing.T) {
	t.Parallel()
	client := pgtest.Redis(t)
	a, s := start(t, client, "n1", short)
	b, other := start(t, client, "n2", short)
	b.SetAgent(ready("a1"))
	a.Enqueue(call("dead", 0))
	expect(t, s.reserved, told{call: "dead", agent: "a1"})
	a.Enqueue(call("waits", 1))
	rounds(t, a)
	a.halt()
	b.Enqueue(call("c", 2))
	expect(t, other.reserved, told{call: "c", agent: "a1"})
	if left := client.Exists(t.Context(), callsKey("n1"), agentsKey("n1")).Val(); left != 0 {
		t.Error("entries of the dead node are left")
	}
}

// TestSecondLife: a node that comes back under its name knows nothing of what it
// had, so that is taken out at once, before any lease lapses.
func TestSecondLife(t *testing.T) {
	t.Parallel()
	client := pgtest.Redis(t)
	a, s := start(t, client, "n1")
	b, other := start(t, client, "n2")
	b.SetAgent(ready("a1"))
	a.Enqueue(call("dead", 0))
	expect(t, s.reserved, told{call: "dead", agent: "a1"})
	a.Enqueue(call("waits", 1))
	rounds(t, a)
	a.halt()
	b.Enqueue(call("c", 2))
	expect(t, other.positions, told{call: "c", position: 2})
	start(t, client, "n1")
	expect(t, other.reserved, told{call: "c", agent: "a1"})
}

// TestRedisKilled: the methods go on at once while Redis is away, and what they
// said holds when it is back.
func TestRedisKilled(t *testing.T) {
	t.Parallel()
	o := local.RedisOptions{Dir: t.TempDir()}
	server, err := local.StartRedis(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	options, err := redis.ParseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	defer client.Close()
	a, s := start(t, client, "n1")
	a.SetAgent(ready("a1"))
	a.Enqueue(call("c1", 0))
	expect(t, s.reserved, told{call: "c1", agent: "a1"})
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		a.Enqueue(call(fmt.Sprint("gone", i), i))
		a.Dequeue(fmt.Sprint("gone", i))
	}
	a.Release("a1", "c1")
	a.Enqueue(call("c2", 2))
	if server, err = local.StartRedis(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		a.halt()
		if err := server.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	expect(t, s.reserved, told{call: "c2", agent: "a1"})
}

// TestAgentLeftBooked: nobody says Release, but the agent reports idle: he is
// free again after the lease.
func TestAgentLeftBooked(t *testing.T) {
	t.Parallel()
	a, s := start(t, pgtest.Redis(t), "n1", short)
	a.SetAgent(ready("a1"))
	a.Enqueue(call("c1", 0))
	expect(t, s.reserved, told{call: "c1", agent: "a1"})
	a.Enqueue(call("c2", 1))
	expect(t, s.reserved, told{call: "c2", agent: "a1"})
}

// TestAgentWhoTalksStaysBooked beyond the lease, for his page says not ready.
func TestAgentWhoTalksStaysBooked(t *testing.T) {
	t.Parallel()
	client := pgtest.Redis(t)
	a, s := start(t, client, "n1", short)
	a.SetAgent(ready("a1"))
	a.Enqueue(call("c1", 0))
	expect(t, s.reserved, told{call: "c1", agent: "a1"})
	a.SetAgent(routing.Agent{ID: "a1", Queues: []string{"main"}, IdleSince: time.Now()})
	a.Enqueue(call("c2", 1))
	now := time.Now()
	await(t, func() bool { return time.Since(now) > a.o.Lease+beat })
	expectNone(t, a, s.reserved)
	if !client.HExists(t.Context(), reservationsKey, "a1").Val() {
		t.Error("the reservation is gone")
	}
}

// TestAnswerLost: Redis booked, but its answer never came. The node gives the
// agent back, and the call is offered after all.
func TestAnswerLost(t *testing.T) {
	t.Parallel()
	client := pgtest.Redis(t)
	cut := &cutReserve{}
	a, s := start(t, hooked(t, client, cut), "n1")
	a.SetAgent(ready("a1"))
	a.Enqueue(call("c1", 0))
	expect(t, s.reserved, told{call: "c1", agent: "a1"})
	if !cut.done.Load() {
		t.Error("no answer was lost")
	}
	expectNone(t, a, s.reserved)
}

// TestABookedAgentMakesNoRounds: what he does during his call is posted with the next one.
func TestABookedAgentMakesNoRounds(t *testing.T) {
	m := newMemory(slog.New(slog.DiscardHandler))
	roused := func() bool {
		select {
		case <-m.wake:
			return true
		default:
			return false
		}
	}
	busy := ready("a1")
	busy.Ready = false
	m.setAgent(ready("a1"))
	m.enqueue(call("c1", 0))
	if !roused() {
		t.Fatal("nobody looks at a new call")
	}
	c := claim{reservation: reservation{Node: "n1", Call: "c1"}, agent: "a1", agentNode: "n1", callValue: m.calls["c1"].value, agentValue: m.agents["a1"].value}
	if !m.book(c) {
		t.Fatal("not booked")
	}
	m.take()
	m.setAgent(busy)
	if roused() {
		t.Error("a round for an agent who talks")
	}
	if posted := m.take(); len(posted) != 1 || posted[0].id != "a1" {
		t.Errorf("posted %v", posted)
	}
	m.setAgent(ready("a1"))
	m.release("a1", "c1")
	if !roused() {
		t.Error("nobody looks at an agent who is free")
	}
}

func TestForgetsWhatIsNotPostedAgain(t *testing.T) {
	m := newMemory(slog.New(slog.DiscardHandler))
	m.enqueue(call("ghost", 0))
	m.setAgent(ready("ghost"))
	if posted := m.take(); len(posted) != 2 {
		t.Fatalf("posted %v", posted)
	}
	m.enqueue(call("ghost", 0)) // the same again is no change
	m.forget(time.Now().Add(-time.Minute))
	if again := m.take(); len(again) != 0 {
		t.Errorf("posted again: %v", again)
	}
	m.forget(time.Now().Add(time.Minute))
	gone := m.take()
	if len(gone) != 2 || gone[0].value != "" || gone[1].value != "" {
		t.Errorf("forgotten: %v", gone)
	}
}

func TestRefusesWhatHasNoBounds(t *testing.T) {
	if _, err := New(Options{Node: "n"}); err == nil {
		t.Error("no client")
	}
	if _, err := New(Options{Redis: redis.NewClient(&redis.Options{}), Node: "n", Lease: time.Second}); err == nil {
		t.Error("a lease that lapses between renewals")
	}
	a := newNode(t, redis.NewClient(&redis.Options{}), "n1")
	for i := range maxEntries + 1 {
		a.Enqueue(call(fmt.Sprint(i), 0))
	}
	if n := len(a.memory.calls); n != maxEntries {
		t.Errorf("%d calls wait", n)
	}
}

func BenchmarkReserve(b *testing.B) {
	client := pgtest.Redis(b)
	s := newSink()
	a, err := New(Options{Redis: client, Node: "n1", Queues: queues})
	if err != nil {
		b.Fatal(err)
	}
	a.Start(s)
	b.Cleanup(a.halt)
	for i := range 200 {
		a.SetAgent(routing.Agent{ID: fmt.Sprint("resting", i), Queues: []string{"main"}})
	}
	a.SetAgent(ready("a1"))
	n := 0
	for b.Loop() {
		n++
		id := fmt.Sprint("c", n)
		a.Enqueue(call(id, n))
		<-s.reserved
		a.Release("a1", id)
	}
}

func TestQueuesThatThereAre(t *testing.T) {
	t.Parallel()
	a, _ := start(t, pgtest.Redis(t), "n1")
	if !a.HasQueue("main") || a.HasQueue("closed") {
		t.Error("main is there, closed is not")
	}
	a.SetQueues(map[string]routing.Queue{"closed": {ID: "closed"}})
	if a.HasQueue("main") || !a.HasQueue("closed") {
		t.Error("the queues were replaced")
	}
}
