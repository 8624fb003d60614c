package routing

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func ago(seconds int) time.Time { return noon.Add(-time.Duration(seconds) * time.Second) }

func queues() map[string]Queue {
	return map[string]Queue{
		"main":     {ID: "main", Skills: []Skill{{"general", 1}}},
		"business": {ID: "business", Skills: []Skill{{"general", 1}, {"business", 3}}, Priority: 30},
	}
}

func agent(id string, idle int, languages ...string) Agent {
	return Agent{
		ID: id, Queues: []string{"main", "business"}, Skills: []Skill{{"general", 2}},
		Languages: languages, Ready: true, IdleSince: ago(idle),
	}
}

func TestMatch(t *testing.T) {
	expert := agent("expert", 1, "zh")
	expert.Skills = append(expert.Skills, Skill{"business", 3})
	resting := agent("resting", 900, "zh")
	resting.Ready = false
	elsewhere := agent("elsewhere", 900, "zh")
	elsewhere.Queues = []string{"business"}
	call := func(id string, waited int, change ...func(*Waiting)) Waiting {
		w := Waiting{Call: id, Queue: "main", Since: ago(waited)}
		for _, c := range change {
			c(&w)
		}
		return w
	}
	for name, c := range map[string]struct {
		calls  []Waiting
		agents []Agent
		want   []Offer
	}{
		"longest idle first": {
			[]Waiting{call("c", 5)}, []Agent{agent("a", 10), agent("b", 20)}, []Offer{{"c", "b"}},
		},
		"longest waiting first": {
			[]Waiting{call("new", 5), call("old", 50)}, []Agent{agent("a", 10)}, []Offer{{"old", "a"}},
		},
		"priority counts like seconds": {
			[]Waiting{call("old", 50), call("soldier", 5, func(w *Waiting) { w.Priority = 60 })},
			[]Agent{agent("a", 10)},
			[]Offer{{"soldier", "a"}},
		},
		"back at the front": {
			[]Waiting{call("old", 500), call("front", 1, func(w *Waiting) { w.Front = true })},
			[]Agent{agent("a", 10)},
			[]Offer{{"front", "a"}},
		},
		"language": {
			[]Waiting{call("c", 5, func(w *Waiting) { w.Languages = []string{"ug"} })},
			[]Agent{agent("a", 100, "zh"), agent("b", 1, "zh", "ug")},
			[]Offer{{"c", "b"}},
		},
		"nobody speaks it, the next is served": {
			[]Waiting{call("kk", 50, func(w *Waiting) { w.Languages = []string{"kk"} }), call("any", 1)},
			[]Agent{agent("a", 1, "zh")},
			[]Offer{{"any", "a"}},
		},
		"skill level": {
			[]Waiting{call("c", 5, func(w *Waiting) { w.Queue = "business" })},
			[]Agent{agent("a", 100), expert},
			[]Offer{{"c", "expert"}},
		},
		"not the one who did not answer": {
			[]Waiting{call("c", 5, func(w *Waiting) { w.Avoid, w.AvoidSince = "a", noon })},
			[]Agent{agent("a", 100), agent("b", 1)},
			[]Offer{{"c", "b"}},
		},
		"not at all while he has not been idle anew": {
			[]Waiting{call("c", 5, func(w *Waiting) { w.Avoid, w.AvoidSince = "a", ago(3) })},
			[]Agent{agent("a", 100)},
			nil,
		},
		"idle anew, but another is there": {
			[]Waiting{call("c", 5, func(w *Waiting) { w.Avoid, w.AvoidSince = "a", ago(300) })},
			[]Agent{agent("a", 100), agent("b", 1)},
			[]Offer{{"c", "b"}},
		},
		"idle anew, and nobody else": {
			[]Waiting{call("c", 5, func(w *Waiting) { w.Avoid, w.AvoidSince = "a", ago(300) })},
			[]Agent{agent("a", 100)},
			[]Offer{{"c", "a"}},
		},
		"transfer to one person, whatever the skills": {
			[]Waiting{call("c", 5, func(w *Waiting) { w.Queue, w.Only = "business", "a" })},
			[]Agent{expert, agent("a", 1)},
			[]Offer{{"c", "a"}},
		},
		"nobody ready":                {[]Waiting{call("c", 5)}, []Agent{resting}, nil},
		"not signed in for the queue": {[]Waiting{call("c", 5)}, []Agent{elsewhere}, nil},
		"unknown queue":               {[]Waiting{call("c", 5, func(w *Waiting) { w.Queue = "?" })}, []Agent{agent("a", 1)}, nil},
		"ties end in the id":          {[]Waiting{call("d", 5), call("c", 5)}, []Agent{agent("b", 1), agent("a", 1)}, []Offer{{"c", "a"}, {"d", "b"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := Match(Snapshot{Queues: queues(), Waiting: c.calls, Agents: c.agents}, noon)
			if !reflect.DeepEqual(got, c.want) {
				t.Fatalf("got %v, want %v", got, c.want)
			}
		})
	}
}

// TestMatchHolds feeds random snapshots and asks for what must always hold.
func TestMatchHolds(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 12345))
		s := randomSnapshot(r)
		offers := Match(s, noon)
		if again := Match(s, noon); !reflect.DeepEqual(offers, again) {
			t.Fatalf("seed %d: two answers to one snapshot", seed)
		}
		checkOffers(t, seed, s, offers)
	}
}

func randomSnapshot(r *rand.Rand) Snapshot {
	s := Snapshot{Queues: queues()}
	languages := []string{"zh", "ug", "kk"}
	for i := range r.IntN(30) {
		w := Waiting{
			Call: fmt.Sprint("c", i), Queue: []string{"main", "business"}[r.IntN(2)],
			Since: ago(r.IntN(600)), Front: r.IntN(8) == 0, Priority: r.IntN(3) * 30,
		}
		if r.IntN(2) == 0 {
			w.Languages = []string{languages[r.IntN(3)]}
		}
		if r.IntN(6) == 0 {
			w.Avoid, w.AvoidSince = fmt.Sprint("a", r.IntN(20)), ago(r.IntN(600))
		}
		s.Waiting = append(s.Waiting, w)
	}
	for i := range r.IntN(20) {
		a := agent(fmt.Sprint("a", i), r.IntN(600), languages[:1+r.IntN(3)]...)
		a.Ready = r.IntN(3) > 0
		if r.IntN(3) == 0 {
			a.Skills = append(a.Skills, Skill{"business", 1 + r.IntN(5)})
		}
		s.Agents = append(s.Agents, a)
	}
	return s
}

func checkOffers(t *testing.T, seed uint64, s Snapshot, offers []Offer) {
	t.Helper()
	calls, agents := map[string]Waiting{}, map[string]Agent{}
	for _, w := range s.Waiting {
		calls[w.Call] = w
	}
	for _, a := range s.Agents {
		agents[a.ID] = a
	}
	for _, o := range offers {
		call, waits := calls[o.Call]
		a, there := agents[o.Agent]
		if !waits || !there || !a.Ready || !MayServe(s.Queues[call.Queue], call, a) {
			t.Fatalf("seed %d: %v: matched twice, not ready, or may not serve", seed, o)
		}
		delete(calls, o.Call)
		delete(agents, o.Agent)
	}
	for _, w := range calls {
		for _, a := range agents {
			if a.Ready && MayServe(s.Queues[w.Queue], w, a) {
				t.Fatalf("seed %d: %s waits while %s is free for it", seed, w.Call, a.ID)
			}
		}
	}
}

func TestOrderGivesPositions(t *testing.T) {
	waiting := []Waiting{
		{Call: "b", Queue: "main", Since: ago(10)},
		{Call: "x", Queue: "business", Since: ago(99)},
		{Call: "a", Queue: "main", Since: ago(20)},
	}
	got := Order(queues(), waiting, "main", noon)
	if len(got) != 2 || got[0].Call != "a" || got[1].Call != "b" {
		t.Fatalf("got %v", got)
	}
}

func BenchmarkMatch(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	s := Snapshot{Queues: queues()}
	for i := range 500 {
		s.Waiting = append(s.Waiting, Waiting{Call: fmt.Sprint("c", i), Queue: "main", Since: ago(r.IntN(600))})
		s.Agents = append(s.Agents, agent(fmt.Sprint("a", i), r.IntN(600), "zh"))
	}
	b.ReportAllocs()
	for b.Loop() {
		if len(Match(s, noon)) != 500 {
			b.Fatal("not everybody was matched")
		}
	}
}
