package routing

import (
	"slices"
	"time"
)

// Place is where a call stands.
type Place struct {
	Position int           // 1 is next in its queue
	Wait     time.Duration // that it has before it by the estimate; 0: none that is credible
}

// The estimate: a queue in which all are busy moves on each time one of its agents has
// finished a call, so that a call at position p waits for p ends,
//
//	wait = p / Σ (share of agent a) / (handling time of agent a)
//
// over the agents who take calls of the queue. A handling time is measured: from the
// offer to the end of the wrap-up, smoothed over the agent's last calls. Who has none
// yet counts as the mean of those who have. An agent in several queues has for each a
// share like that queue's part of all who wait in his. Who hangs up before is not
// counted in, so that the estimate is rather too long than too short.
//
// It is credible when at least half of those agents are measured, and up to maxEstimate:
// what is far away changes too much.
const maxEstimate = 30 * time.Minute

// crew are the agents of the same queues, who are not away.
type crew struct {
	key    string
	queues []string
	teams  int

	there, measured int
	rate            int64 // of those who are measured: calls in 10⁹ s
}

// crew finds or makes the one of those queues.
func (f *Floor) crew(queues []string) *crew {
	key := keyOf(queues, nil, nil)
	w := f.crews[key]
	if w == nil {
		w = &crew{key: key, queues: slices.Compact(slices.Sorted(slices.Values(queues)))}
		f.crews[key] = w
	}
	return w
}

func (w *crew) count(p *person, by int) {
	if p.Away {
		return
	}
	w.there += by
	if p.Handling > 0 {
		w.measured += by
		w.rate += int64(by) * 1_000_000_000 / int64(p.Handling)
	}
}

// staffed are the agents who take calls of a queue, busy just now or not.
func (f *Floor) staffed(queue string) (n int) {
	for _, w := range f.crews {
		if slices.Contains(w.queues, queue) {
			n += w.there
		}
	}
	return n
}

// rate is how many calls a second the agents of a queue take out of it; 0: not known.
func (f *Floor) rate(queue string) float64 {
	staffed, measured := 0, 0
	all, shared, unmeasured := 0.0, 0.0, 0.0
	for _, w := range f.crews {
		if !slices.Contains(w.queues, queue) {
			continue
		}
		waiting := 0
		for _, q := range w.queues {
			waiting += len(f.queued[q])
		}
		share := float64(len(f.queued[queue])) / float64(max(waiting, 1))
		staffed += w.there
		measured += w.measured
		all += float64(w.rate)
		shared += float64(w.rate) * share
		unmeasured += float64(w.there-w.measured) * share
	}
	if measured == 0 || 2*measured < staffed {
		return 0
	}
	return (shared + unmeasured*all/float64(measured)) / 1e9
}

// Places tells where everybody stands who waits for whoever becomes free.
func (f *Floor) Places(tell func(call string, at Place)) {
	for queue, l := range f.queued {
		rate, staffed := f.rate(queue), f.staffed(queue)
		for i, c := range l {
			if c.Held && staffed == 0 {
				continue // to be next of nobody is nothing
			}
			at := Place{Position: i + 1}
			if rate > 0 {
				if wait := time.Duration(float64(at.Position) / rate * float64(time.Second)); wait <= maxEstimate {
					at.Wait = wait.Round(time.Second)
				}
			}
			tell(c.Call, at)
		}
	}
}
