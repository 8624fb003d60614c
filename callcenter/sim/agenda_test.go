package sim

import (
	"cmp"
	"container/heap"
	"time"
)

// appointment is something that happens at a moment; cancelled ones do not.
type appointment struct {
	at        time.Time
	seq       int // of two at one moment, the one made first
	do        func()
	cancelled bool
}

// agenda is what will happen, the next first (container/heap).
type agenda []*appointment

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return cmp.Or(a[i].at.Compare(a[j].at), cmp.Compare(a[i].seq, a[j].seq)) < 0
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(*appointment)) }

func (a *agenda) Pop() any {
	last := len(*a) - 1
	next := (*a)[last]
	*a = (*a)[:last]
	return next
}

func (w *world) at(when time.Time, do func()) *appointment {
	w.appointments++
	a := &appointment{at: when, seq: w.appointments, do: do}
	heap.Push(&w.agenda, a)
	return a
}

func (w *world) in(d time.Duration, do func()) *appointment { return w.at(w.now.Add(d), do) }

// latency of a message, in whole milliseconds: mostly short, now and then long enough
// to cross what comes the other way.
func (w *world) latency() time.Duration {
	if w.r.IntN(10) == 0 {
		return time.Duration(w.r.IntN(300)) * time.Millisecond
	}
	return time.Duration(w.r.IntN(5)) * time.Millisecond
}

// about is a random duration around d: exponential, so that anything may be quick.
func (w *world) about(d time.Duration) time.Duration {
	return time.Duration(w.r.ExpFloat64()*float64(d.Milliseconds())+1) * time.Millisecond
}

// chance is true in n of 100.
func (w *world) chance(n int) bool { return w.r.IntN(100) < n }

// inbox keeps the order of what one receiver is told.
type inbox struct{ last time.Time }

func (b *inbox) deliver(w *world, do func()) {
	at := w.now.Add(w.latency())
	if at.Before(b.last) {
		at = b.last
	}
	b.last = at
	w.at(at, do)
}

// pending says whether something is still under way to the receiver.
func (b *inbox) pending(w *world) bool { return !b.last.Before(w.now) }
