package routing

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func waits(f *Floor) map[string]time.Duration {
	all := map[string]time.Duration{}
	f.Places(func(call string, at Place) { all[call] = at.Wait })
	return all
}

func TestEstimate(t *testing.T) {
	f := NewFloor(map[string]Queue{"main": {ID: "main"}, "side": {ID: "side"}})
	for i := range 4 {
		f.PutCall(Waiting{Call: fmt.Sprint("c", i+1), Queue: "main", Since: noon.Add(time.Duration(i) * time.Second)})
	}
	want := func(what, call string, wait time.Duration) {
		t.Helper()
		if got := waits(f)[call]; got != wait {
			t.Errorf("%s: %s waits %s, want %s", what, call, got, wait)
		}
	}
	agent := func(id string, handling Seconds, queues ...string) {
		f.PutAgent(Agent{ID: id, Queues: queues, Handling: handling})
	}
	want("nobody there", "c1", 0)
	agent("a", 120, "main")
	want("one agent", "c1", 2*time.Minute)
	want("one agent", "c3", 6*time.Minute)
	agent("b", 60, "main")
	want("two", "c3", 2*time.Minute)
	agent("n", 0, "main") // as quick as the mean of them, one in 80 s
	want("a new one", "c3", 80*time.Second)
	agent("n2", 0, "main")
	agent("n3", 0, "main")
	want("too few are measured", "c3", 0)
	for _, id := range []string{"b", "n", "n2", "n3"} {
		f.RemoveAgent(id)
	}
	f.PutCall(Waiting{Call: "s1", Queue: "side", Since: noon})
	agent("a", 120, "main", "side") // four of five who wait are in main
	want("shared", "c1", 150*time.Second)
	want("shared", "s1", 10*time.Minute)
	agent("a", 1000, "main", "side")
	want("too far away", "c4", 0)
	f.PutAgent(Agent{ID: "a", Queues: []string{"main"}, Handling: 60, Away: true})
	want("away", "c1", 0)
}

// TestEstimateIsTrue: in a simulated queue the mean of what really came is as estimated.
func TestEstimateIsTrue(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const agents, mean, place = 12, 180.0, 9
	f := NewFloor(map[string]Queue{"main": {ID: "main"}})
	for i := range agents {
		f.PutAgent(Agent{ID: fmt.Sprint("a", i), Queues: []string{"main"}, Handling: mean})
	}
	for i := range place {
		f.PutCall(Waiting{Call: fmt.Sprint("c", i+1), Queue: "main", Since: noon.Add(time.Duration(i) * time.Second)})
	}
	estimate, came := waits(f)[fmt.Sprint("c", place)].Seconds(), 0.0
	const runs = 4000
	for range runs {
		ends := make([]float64, agents) // of the calls they talk in now, and of the next
		for i := range ends {
			ends[i] = r.ExpFloat64() * mean
		}
		for range place - 1 {
			i := slices.Index(ends, slices.Min(ends))
			ends[i] += r.ExpFloat64() * mean
		}
		came += slices.Min(ends) / runs
	}
	if ratio := came / estimate; ratio < 0.95 || ratio > 1.05 {
		t.Errorf("waited %.0f s, estimated %.0f s", came, estimate)
	}
}
