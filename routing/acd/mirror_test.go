package acd

import (
	"testing"
	"time"

	"hotline12345/deploy/pgtest"
	"hotline12345/routing"
)

// TestLogTooShort: a node that slept beyond the log's reach reads everything.
func TestLogTooShort(t *testing.T) {
	t.Parallel()
	client, asleep := pgtest.Redis(t), &gate{}
	a, s := start(t, hooked(t, client, asleep), "n1")
	b, _ := start(t, client, "n2")
	a.Enqueue(call("c1", 0))
	expect(t, s.positions, told{call: "c1", position: 1})
	asleep.Lock()
	b.SetAgent(ready("a1"))
	rounds(t, b)
	if err := client.Del(t.Context(), logKey).Err(); err != nil {
		t.Fatal(err)
	}
	asleep.Unlock()
	expect(t, s.reserved, told{call: "c1", agent: "a1"})
}

// TestLostWithoutTrace: what is gone from Redis without an entry in the log is missed
// by the counts, and posted again.
func TestLostWithoutTrace(t *testing.T) {
	t.Parallel()
	client := pgtest.Redis(t)
	a, s := start(t, client, "n1")
	a.Enqueue(call("c1", 0))
	expect(t, s.positions, told{call: "c1", position: 1})
	b, _ := start(t, client, "n2")
	rounds(t, b)
	if err := client.Del(t.Context(), callsKey("n1")).Err(); err != nil {
		t.Fatal(err)
	}
	await(t, func() bool { return client.HExists(t.Context(), callsKey("n1"), "c1").Val() })
	b.SetAgent(ready("a1"))
	expect(t, s.reserved, told{call: "c1", agent: "a1"})
}

// TestWaitOpensARing: nothing changes but the time, and the call is offered.
func TestWaitOpensARing(t *testing.T) {
	t.Parallel()
	a, s := start(t, pgtest.Redis(t), "n1", func(o *Options) {
		o.Queues = map[string]routing.Queue{"main": {
			ID: "main", Skills: []routing.Skill{{Name: "expert", Level: 1}}, Rings: []routing.Ring{{After: 2}},
		}}
	})
	a.SetAgent(ready("a1"))
	rounds(t, a)
	w := call("c1", 0)
	w.Since = time.Now().UTC().Add(-time.Second)
	a.Enqueue(w)
	expect(t, s.positions, told{call: "c1", position: 1})
	expect(t, s.reserved, told{call: "c1", agent: "a1"})
	if early := 2*time.Second - time.Since(w.Since); early > 10*time.Millisecond {
		t.Errorf("%s before the ring opened", early)
	}
}

// TestOtherQueues: queues that are replaced count at once for who waits already.
func TestOtherQueues(t *testing.T) {
	t.Parallel()
	a, s := start(t, pgtest.Redis(t), "n1")
	a.SetAgent(ready("a1"))
	w := call("c1", 0)
	w.Queue = "night"
	a.Enqueue(w)
	expectNone(t, a, s.reserved)
	a.SetQueues(map[string]routing.Queue{"night": {ID: "night"}})
	expectNone(t, a, s.reserved)
	at := ready("a1")
	at.Queues = []string{"night"}
	a.SetAgent(at)
	expect(t, s.reserved, told{call: "c1", agent: "a1"})
}

// TestUnreadable: what another version wrote holds nobody up, and is not read again
// and again.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	client := pgtest.Redis(t)
	for key, fields := range map[string][]any{callsKey("n2"): {"x", "{"}, agentsKey("n2"): {"a0", `{"id":7}`}} {
		if err := client.HSet(t.Context(), key, fields...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	newNode(t, client, "n2") // never started: nobody but us looks
	if err := client.ZAdd(t.Context(), nodesKey, zFar("n2")).Err(); err != nil {
		t.Fatal(err)
	}
	a, s := start(t, client, "n1")
	a.SetAgent(ready("a1"))
	a.Enqueue(call("c1", 0))
	expect(t, s.reserved, told{call: "c1", agent: "a1"})
}
