package routing

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
)

// reference is Match again, slow and obvious: it looks at everybody for everything.
func reference(s Snapshot, now time.Time) (offers []Offer) {
	calls := slices.Clone(s.Waiting)
	score := func(w Waiting) time.Duration {
		points := clampPriority(s.Queues[w.Queue].Priority) + clampPriority(w.Priority)
		return time.Duration(points)*time.Second + now.Sub(w.Since)
	}
	slices.SortFunc(calls, func(a, b Waiting) int {
		switch {
		case a.Front && !b.Front:
			return -1
		case b.Front && !a.Front:
			return 1
		}
		return cmp.Or(cmp.Compare(score(b), score(a)), a.Since.Compare(b.Since), cmp.Compare(a.Call, b.Call))
	})
	free := map[string]bool{}
	for _, a := range s.Agents {
		free[a.ID] = a.Ready
	}
	for _, w := range calls {
		q, known := s.Queues[w.Queue]
		if !known {
			continue
		}
		if a := referenceBest(s, q, w, free, now); a != "" {
			offers = append(offers, Offer{w.Call, a})
			free[a] = false
		}
	}
	return offers
}

func referenceBest(s Snapshot, q Queue, w Waiting, free map[string]bool, now time.Time) string {
	var may []Agent
	alone := false
	for _, a := range s.Agents {
		if free[a.ID] && MayServe(q, w, a, now) {
			may = append(may, a)
		}
		if w.Only == "" && w.Last == a.ID && q.waitsForLast(w, &a, now) {
			alone = true
		}
	}
	if alone {
		may = slices.DeleteFunc(may, func(a Agent) bool { return a.ID != w.Last })
	}
	if len(may) == 0 {
		return ""
	}
	first := func(yes bool) int {
		if yes {
			return 0
		}
		return 1
	}
	slices.SortFunc(may, func(a, b Agent) int {
		c := cmp.Compare(first(a.ID != w.Avoid), first(b.ID != w.Avoid))
		if q.LastAgent > 0 {
			c = cmp.Or(c, cmp.Compare(first(a.ID == w.Last), first(b.ID == w.Last)))
		}
		switch q.Strategy {
		case StrategyLeastTalk:
			c = cmp.Or(c, cmp.Compare(a.TalkToday, b.TalkToday), cmp.Compare(a.Calls, b.Calls))
		case StrategyRoundRobin:
			c = cmp.Or(c, a.Asked.Compare(b.Asked))
		case StrategyTopDown:
			c = cmp.Or(c, cmp.Compare(q.levels(b), q.levels(a)))
		case StrategyLongestIdle:
		}
		return cmp.Or(c, a.IdleSince.Compare(b.IdleSince), cmp.Compare(a.ID, b.ID))
	})
	return may[0].ID
}

// referenceOverflows is Overflows again, looking at everybody.
func referenceOverflows(s Snapshot, now time.Time) map[string]int {
	over := map[string]int{}
	for id, q := range s.Queues {
		staffed := 0
		for _, a := range s.Agents {
			if !a.Away && slices.Contains(a.Queues, id) {
				staffed++
			}
		}
		l := line{}
		for _, w := range s.Waiting {
			if w.Queue == id && w.Only == "" {
				l = append(l, &caller{Waiting: w, turn: q.turn(w).UnixMicro()})
			}
		}
		slices.SortFunc(l, compareCallers)
		for at, c := range l {
			for step, target := range q.Targets {
				since := c.Since
				if !c.Entered.IsZero() {
					since = c.Entered
				}
				late := now.Sub(since) >= time.Duration(target.After)*time.Second
				crowded := target.Ratio == 0 || float64(at+1) > target.Ratio*float64(staffed)
				if step >= c.Step && !c.Stays && late && crowded {
					over[c.Call] = step
					break
				}
			}
		}
	}
	return over
}

func overflows(f *Floor, now time.Time) map[string]int {
	over := map[string]int{}
	f.Overflows(now, func(w Waiting, step int) { over[w.Call] = step })
	return over
}

// world makes random queues, calls and agents, and changes them.
type world struct {
	*rand.Rand
	s   Snapshot
	now time.Time
	n   int
}

func newWorld(seed uint64) *world {
	w := &world{Rand: rand.New(rand.NewPCG(seed, 12345)), now: noon}
	w.s.Queues = w.queues()
	for range w.IntN(30) {
		w.s.Waiting = append(w.s.Waiting, w.call())
	}
	for range w.IntN(20) {
		w.s.Agents = append(w.s.Agents, w.agent(fmt.Sprint("a", len(w.s.Agents))))
	}
	return w
}

func (w *world) some(from ...string) []string {
	var some []string
	for _, s := range from {
		if w.IntN(2) == 0 {
			some = append(some, s)
		}
	}
	return some
}

func (w *world) skills() (skills []Skill) {
	for _, name := range w.some("general", "business", "social") {
		skills = append(skills, Skill{name, 1 + w.IntN(3)})
	}
	return skills
}

func (w *world) queues() map[string]Queue {
	all := map[string]Queue{}
	strategies := []Strategy{"", StrategyLongestIdle, StrategyLeastTalk, StrategyRoundRobin, StrategyTopDown}
	for i := range 1 + w.IntN(4) {
		q := Queue{
			ID: fmt.Sprint("q", i), Skills: w.skills(), Priority: w.IntN(5)*30 - 60,
			Strategy: strategies[w.IntN(len(strategies))], LastAgent: Seconds(w.IntN(2) * w.IntN(60)),
		}
		if w.IntN(2) == 0 {
			q.Languages = w.some("zh", "ug")
		}
		if w.IntN(2) == 0 {
			q.Rings = []Ring{{Seconds(w.IntN(60)), w.skills()}, {Seconds(60 + w.IntN(60)), nil}}
		}
		if w.IntN(3) == 0 {
			q.LanguageWait = Seconds(w.IntN(90))
		}
		for range w.IntN(4) {
			q.Targets = append(q.Targets, Target{Exit: Exit{Kind: ExitCallback}, After: Seconds(w.IntN(150)), Ratio: float64(w.IntN(3))})
		}
		all[q.ID] = q
	}
	return all
}

func (w *world) id() string { return fmt.Sprint("a", w.IntN(20)) }

func (w *world) call() Waiting {
	w.n++
	c := Waiting{
		Call: fmt.Sprint("c", w.n), Queue: fmt.Sprint("q", w.IntN(4)), Languages: w.some("zh", "ug", "kk"),
		Since: w.now.Add(-time.Duration(w.IntN(120_000)) * time.Millisecond), Front: w.IntN(8) == 0, Priority: w.IntN(3) * 30,
	}
	if w.IntN(3) == 0 { // came from another queue
		c.Held = w.IntN(4) == 0
		c.Entered, c.Step, c.Stays = c.Since.Add(w.now.Sub(c.Since)/2), w.IntN(4), w.IntN(4) == 0
	}
	switch w.IntN(4) {
	case 0:
		c.Last = w.id()
	case 1:
		c.Avoid, c.AvoidSince = w.id(), w.now.Add(-time.Duration(w.IntN(600))*time.Second)
	case 2:
		if w.IntN(3) == 0 {
			c.Only = w.id()
		}
	}
	return c
}

func (w *world) agent(id string) Agent {
	return Agent{
		ID: id, Queues: w.some("q0", "q1", "q2", "q3"), Skills: w.skills(), Languages: w.some("zh", "ug", "kk"),
		Ready: w.IntN(3) > 0, Away: w.IntN(4) == 0, IdleSince: w.now.Add(-time.Duration(w.IntN(600)) * time.Second),
		TalkToday: Seconds(w.IntN(3) * 60), Calls: w.IntN(3), Asked: w.now.Add(-time.Duration(w.IntN(5)) * time.Minute),
	}
}

// TestMatchIsTheReference for random snapshots; that it never offers twice and leaves
// nobody waiting beside somebody free follows, for the reference is checked for it.
func TestMatchIsTheReference(t *testing.T) {
	for seed := range uint64(3000) {
		w := newWorld(seed)
		want := reference(w.s, w.now)
		checkOffers(t, seed, w, want)
		if got := Match(w.s, w.now); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: got %v, want %v", seed, got, want)
		}
	}
}

// TestFloorFollows: a floor that is changed little by little says what a fresh one says.
func TestFloorFollows(t *testing.T) {
	for seed := range uint64(300) {
		w := newWorld(seed)
		f := NewFloor(w.s.Queues)
		for _, a := range w.s.Agents {
			f.PutAgent(a)
		}
		for _, c := range w.s.Waiting {
			f.PutCall(c)
		}
		for step := range 60 {
			w.change(f)
			w.now = w.now.Add(time.Duration(w.IntN(3000)) * time.Millisecond)
			want := reference(w.s, w.now)
			for range 2 { // a match changes nothing
				if got := f.Match(w.now); !reflect.DeepEqual(got, want) {
					t.Fatalf("seed %d step %d: got %v, want %v", seed, step, got, want)
				}
			}
			if got, want := overflows(f, w.now), referenceOverflows(w.s, w.now); !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d step %d: overflow %v, want %v", seed, step, got, want)
			}
			w.checkDue(t, seed, f)
			if w.IntN(2) == 0 {
				w.serve(f, want)
			}
		}
	}
}

func (w *world) change(f *Floor) {
	switch w.IntN(6) {
	case 0, 1:
		c := w.call()
		w.s.Waiting = append(w.s.Waiting, c)
		f.PutCall(c)
	case 2:
		if len(w.s.Waiting) > 0 { // changed as it waits
			i := w.IntN(len(w.s.Waiting))
			c := w.call()
			c.Call = w.s.Waiting[i].Call
			w.s.Waiting[i] = c
			f.PutCall(c)
		}
	case 3, 4:
		a := w.agent(w.id())
		w.removeAgent(a.ID)
		w.s.Agents = append(w.s.Agents, a)
		f.PutAgent(a)
	case 5:
		if w.IntN(4) == 0 {
			w.s.Queues = w.queues()
			f.SetQueues(w.s.Queues)
		}
		id := w.id()
		w.removeAgent(id)
		f.RemoveAgent(id)
	}
}

func (w *world) removeAgent(id string) {
	w.s.Agents = slices.DeleteFunc(w.s.Agents, func(a Agent) bool { return a.ID == id })
}

// serve makes offers true.
func (w *world) serve(f *Floor, offers []Offer) {
	for _, o := range offers {
		w.s.Waiting = slices.DeleteFunc(w.s.Waiting, func(c Waiting) bool { return c.Call == o.Call })
		f.RemoveCall(o.Call)
		i := slices.IndexFunc(w.s.Agents, func(a Agent) bool { return a.ID == o.Agent })
		w.s.Agents[i].Ready = false
		f.PutAgent(w.s.Agents[i])
	}
}

// checkDue: until the moment the floor names, time alone changes nothing.
func (w *world) checkDue(t *testing.T, seed uint64, f *Floor) {
	t.Helper()
	until := w.now.Add(time.Hour)
	if at, ok := f.Due(); ok {
		until = at.Add(-time.Microsecond)
	}
	if until.After(w.now) && !reflect.DeepEqual(reference(w.s, until), reference(w.s, w.now)) {
		t.Fatalf("seed %d: something changes between %s and %s", seed, w.now, until)
	}
	if until.After(w.now) && !reflect.DeepEqual(referenceOverflows(w.s, until), referenceOverflows(w.s, w.now)) {
		t.Fatalf("seed %d: somebody leaves a queue between %s and %s", seed, w.now, until)
	}
}

func checkOffers(t *testing.T, seed uint64, w *world, offers []Offer) {
	t.Helper()
	calls, agents := map[string]Waiting{}, map[string]Agent{}
	for _, c := range w.s.Waiting {
		calls[c.Call] = c
	}
	for _, a := range w.s.Agents {
		agents[a.ID] = a
	}
	for _, o := range offers {
		call, waits := calls[o.Call]
		a, there := agents[o.Agent]
		if !waits || !there || !a.Ready || !MayServe(w.s.Queues[call.Queue], call, a, w.now) {
			t.Fatalf("seed %d: %v: matched twice, not ready, or may not serve", seed, o)
		}
		delete(calls, o.Call)
		delete(agents, o.Agent)
	}
	for _, c := range calls {
		q, known := w.s.Queues[c.Queue]
		for _, a := range agents {
			last := slices.IndexFunc(w.s.Agents, func(a Agent) bool { return a.ID == c.Last })
			reserved := last >= 0 && q.waitsForLast(c, &w.s.Agents[last], w.now)
			if known && a.Ready && !reserved && MayServe(q, c, a, w.now) {
				t.Fatalf("seed %d: %s waits while %s is free for it", seed, c.Call, a.ID)
			}
		}
	}
}

// TestNobodyStarves: one agent, and important calls without end. Those that come within
// as many seconds as the priorities differ by are before it, and nobody else.
func TestNobodyStarves(t *testing.T) {
	queues := map[string]Queue{
		"low":  {ID: "low", Priority: -60},
		"high": {ID: "high", Priority: 60},
	}
	f := NewFloor(queues)
	f.PutAgent(Agent{ID: "a", Queues: []string{"low", "high"}, Ready: true})
	f.PutCall(Waiting{Call: "low", Queue: "low", Since: noon})
	for second := range 1000 {
		now := noon.Add(time.Duration(second) * time.Second)
		for n := range 3 {
			f.PutCall(Waiting{Call: fmt.Sprint("high", second, n), Queue: "high", Since: now})
		}
		offer := f.Match(now)[0]
		if offer.Call == "low" {
			if second > 3*120 {
				t.Errorf("served after %d s", second)
			}
			return
		}
		f.RemoveCall(offer.Call)
	}
	t.Error("never served")
}

func TestPositions(t *testing.T) {
	f := NewFloor(queues())
	for _, w := range []Waiting{
		{Call: "b", Queue: "main", Since: ago(10)},
		{Call: "x", Queue: "business", Since: ago(99)},
		{Call: "a", Queue: "main", Since: ago(20)},
		{Call: "only", Queue: "main", Since: ago(99), Only: "somebody"},
	} {
		f.PutCall(w)
	}
	got := map[string]int{}
	f.Places(func(call string, at Place) { got[call] = at.Position })
	if want := map[string]int{"a": 1, "b": 2, "x": 1}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestDemandsAreBounded(t *testing.T) {
	f := NewFloor(map[string]Queue{"main": {ID: "main"}})
	f.PutAgent(Agent{ID: "a", Queues: []string{"main"}, Languages: []string{"zh"}})
	for n := range 3 * maxDemands {
		f.PutCall(Waiting{Call: "c", Queue: "main", Languages: []string{fmt.Sprint(n)}, Since: noon})
		f.Match(noon)
	}
	if len(f.demands) > maxDemands || len(f.byKey) != len(f.demands) {
		t.Errorf("%d demands by %d keys are kept", len(f.demands), len(f.byKey))
	}
}
