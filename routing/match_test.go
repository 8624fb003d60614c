package routing

import (
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
		"talk":     {ID: "talk", Strategy: StrategyLeastTalk},
		"turn":     {ID: "turn", Strategy: StrategyRoundRobin},
		"expert":   {ID: "expert", Strategy: StrategyTopDown, Skills: []Skill{{"general", 1}, {"business", 0}}},
		"known":    {ID: "known", LastAgent: 30, Languages: []string{"zh"}},
		"rings":    {ID: "rings", Skills: []Skill{{"business", 5}}, Rings: []Ring{{20, []Skill{{"business", 3}}}, {40, nil}}},
	}
}

func agent(id string, idle int, languages ...string) Agent {
	return Agent{
		ID: id, Queues: []string{"main", "business", "talk", "turn", "expert", "known", "rings"}, Skills: []Skill{{"general", 2}},
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
	talker, asked, away := agent("talker", 900, "zh"), agent("asked", 900, "zh"), agent("away", 900, "zh")
	talker.TalkToday, asked.Asked, away.Ready, away.Away = 600, ago(1), false, true
	busy := agent("busy", 900, "zh")
	busy.Ready = false
	in := func(queue string) func(*Waiting) { return func(w *Waiting) { w.Queue = queue } }
	last := func(id string) func(*Waiting) { return func(w *Waiting) { w.Last = id } }
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
		"least talk":  {[]Waiting{call("c", 5, in("talk"))}, []Agent{talker, agent("b", 1)}, []Offer{{"c", "b"}}},
		"round robin": {[]Waiting{call("c", 5, in("turn"))}, []Agent{asked, agent("b", 1)}, []Offer{{"c", "b"}}},
		"top-down by level": {
			[]Waiting{call("c", 5, in("expert"))}, []Agent{agent("a", 100), expert, agent("b", 50)}, []Offer{{"c", "expert"}},
		},
		"the first ring asks for more than anybody has": {[]Waiting{call("c", 19, in("rings"))}, []Agent{expert, agent("a", 9)}, nil},
		"the second ring":    {[]Waiting{call("c", 20, in("rings"))}, []Agent{expert, agent("a", 9)}, []Offer{{"c", "expert"}}},
		"the last ring":      {[]Waiting{call("c", 40, in("rings"))}, []Agent{expert, agent("a", 9)}, []Offer{{"c", "a"}}},
		"last agent first":   {[]Waiting{call("c", 5, in("known"), last("b"))}, []Agent{agent("a", 100, "zh"), agent("b", 1, "zh")}, []Offer{{"c", "b"}}},
		"waits for him":      {[]Waiting{call("c", 5, in("known"), last("busy"))}, []Agent{agent("a", 100, "zh"), busy}, nil},
		"not for ever":       {[]Waiting{call("c", 30, in("known"), last("busy"))}, []Agent{agent("a", 100, "zh"), busy}, []Offer{{"c", "a"}}},
		"not while he rests": {[]Waiting{call("c", 5, in("known"), last("away"))}, []Agent{agent("a", 100, "zh"), away}, []Offer{{"c", "a"}}},
		"not when he has gone": {
			[]Waiting{call("c", 5, in("known"), last("gone"))}, []Agent{agent("a", 100, "zh")}, []Offer{{"c", "a"}},
		},
		"the queue's language": {[]Waiting{call("c", 5, in("known"))}, []Agent{agent("a", 100, "ug"), agent("b", 1, "zh")}, []Offer{{"c", "b"}}},
		"the caller's language before it": {
			[]Waiting{call("c", 5, in("known"), func(w *Waiting) { w.Languages = []string{"ug"} })},
			[]Agent{agent("a", 1, "ug"), agent("b", 100, "zh")},
			[]Offer{{"c", "a"}},
		},
		"age wins over the highest priority": {
			[]Waiting{call("old", 2*MaxPriority+1, func(w *Waiting) { w.Priority = -1 << 40 }), call("new", 0, func(w *Waiting) { w.Priority = 1 << 40 })},
			[]Agent{agent("a", 1)},
			[]Offer{{"old", "a"}},
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
