package routing

import (
	"cmp"
	"slices"
	"time"
)

// line is callers in the order in which they are served.
type line []*caller

func (l line) insert(c *caller) line {
	i, _ := slices.BinarySearchFunc(l, c, compareCallers)
	return slices.Insert(l, i, c)
}

func (l line) remove(c *caller) line {
	if i, found := slices.BinarySearchFunc(l, c, compareCallers); found {
		return slices.Delete(l, i, i+1)
	}
	return l
}

// compareCallers orders: back to the front (an offer that was not answered, a
// lost agent) before all, then score, then who came first.
func compareCallers(a, b *caller) int {
	if a.Front != b.Front {
		if a.Front {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.turn, b.turn), a.Since.Compare(b.Since), cmp.Compare(a.Call, b.Call))
}

// dues is a heap of callers by the moment their place changes (container/heap).
type dues []*caller

func (d dues) Len() int           { return len(d) }
func (d dues) Less(i, j int) bool { return d[i].due.Before(d[j].due) }

func (d dues) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].at, d[j].at = i, j
}

func (d *dues) Push(x any) {
	c := x.(*caller) //nolint:forcetypeassert // only callers are pushed
	c.at = len(*d)
	*d = append(*d, c)
}

func (d *dues) Pop() any {
	last := len(*d) - 1
	c := (*d)[last]
	(*d)[last], c.at = nil, -1
	*d = (*d)[:last]
	return c
}

// advance places those whose moment has come, and those who came or changed.
func (f *Floor) advance(now time.Time) {
	for len(f.due) > 0 && !f.due[0].due.After(now) {
		f.place(f.due[0], now)
	}
	for c := range f.loose {
		f.place(c, now)
	}
	clear(f.loose)
}
