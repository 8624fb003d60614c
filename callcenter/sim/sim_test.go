package sim

import (
	"flag"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"testing"

	"hotline12345/callcenter"
)

var (
	seeds = flag.Int("seeds", 300, "how many worlds")
	first = flag.Uint64("seed", 1, "the first one's seed")
	whole = flag.Bool("whole", false, "print everything that happens")
)

// tally is what came of many worlds.
type tally struct {
	mu                       sync.Mutex
	seeds, events, offers, n int // n: calls
	ends                     map[callcenter.EndReason]int
}

func (t *tally) add(w *world) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seeds++
	t.events += w.events
	t.offers += w.queue.offers
	for _, c := range w.order {
		t.n++
		t.ends[c.c.Record.Reason]++
	}
}

// TestSim runs seeded worlds; see the package comment.
func TestSim(t *testing.T) {
	sum := &tally{ends: map[callcenter.EndReason]int{}}
	next := make(chan uint64)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for seed := range next {
				runSeed(t, sum, seed)
			}
		})
	}
	for n := range uint64(*seeds) {
		if t.Failed() {
			break
		}
		next <- *first + n
	}
	close(next)
	workers.Wait()
	t.Logf("%d seeds, %d calls, %d offers, %d events; ends:%s", sum.seeds, sum.n, sum.offers, sum.events, sum.endings())
	if t.Failed() || sum.seeds < 100 {
		return
	}
	for _, reason := range []callcenter.EndReason{
		callcenter.EndAbandoned, callcenter.EndAbandonedEarly, callcenter.EndAgentHangUp, callcenter.EndCallbackLeft, callcenter.EndCallerHangUp,
		callcenter.EndDone, callcenter.EndForced, callcenter.EndMaxWait, callcenter.EndMediaLost, callcenter.EndNoAnswer, callcenter.EndNoKeys,
		callcenter.EndNodeLost, callcenter.EndThirdHangUp,
	} {
		if sum.ends[reason] == 0 {
			t.Errorf("no call ended with %s: the worlds do not reach it", reason)
		}
	}
}

func runSeed(t *testing.T, sum *tally, seed uint64) {
	w := newWorld(seed, *whole)
	bad := w.run()
	if *whole {
		for _, line := range w.trace {
			t.Log(line.line)
		}
	}
	if bad == nil {
		sum.add(w)
		return
	}
	again := newWorld(seed, true)
	same := again.run()
	if same == nil || *same != *bad {
		t.Errorf("seed %d: %s; another time: %v", seed, bad.what, same)
		return
	}
	t.Errorf("seed %d, after %d events: %s\n%s\nagain: make sim SEED=%d SEEDS=1", seed, w.events, bad.what, again.story(bad.call), seed)
}

func (t *tally) endings() (text string) {
	for _, reason := range slices.Sorted(maps.Keys(t.ends)) {
		text += fmt.Sprintf(" %s %d", reason, t.ends[reason])
	}
	return text
}
