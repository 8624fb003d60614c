package routing

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// hall is the load of make bench-routing: 10,000 agents in 20 queues with levels of
// their own, and 1,000 callers whom nobody free can serve.
type hall struct {
	*rand.Rand
	languages [][]string // of callers
	f         *Floor
	agents    []Agent
	n         int
}

const (
	hallAgents  = 10_000
	hallWaiting = 1_000
	hallQueues  = 20
)

func newHall(free int, languages ...[]string) *hall {
	h := &hall{Rand: rand.New(rand.NewPCG(1, 12345)), languages: languages}
	queues := map[string]Queue{}
	strategies := []Strategy{StrategyLongestIdle, StrategyLeastTalk, StrategyRoundRobin, StrategyTopDown}
	for i := range hallQueues {
		id := fmt.Sprint("q", i)
		queues[id] = Queue{
			ID: id, Skills: []Skill{{"general", 1}, {fmt.Sprint("s", i%4), 4}}, Strategy: strategies[i%4], LastAgent: 20,
			Rings: []Ring{{30, []Skill{{"general", 1}, {fmt.Sprint("s", i%4), 2}}}, {90, []Skill{{"general", 1}}}},
		}
	}
	h.f = NewFloor(queues)
	spoken := [][]string{{"zh"}, {"zh", "ug"}, {"zh", "kk"}, {"zh", "ug", "kk"}}
	for i := range hallAgents {
		first := h.IntN(hallQueues)
		a := Agent{
			ID: fmt.Sprint("a", i), Queues: []string{fmt.Sprint("q", first), fmt.Sprint("q", (first+1)%hallQueues), fmt.Sprint("q", (first+7)%hallQueues)},
			Skills:    []Skill{{"general", 1 + h.IntN(3)}, {fmt.Sprint("s", first%4), 1 + h.IntN(5)}, {fmt.Sprint("s", (first+1)%4), 1 + h.IntN(5)}},
			Languages: spoken[h.IntN(4)], IdleSince: ago(h.IntN(600)), TalkToday: Seconds(h.IntN(20_000)), Calls: h.IntN(100),
			Asked: ago(h.IntN(600)), Ready: i < free,
		}
		h.agents = append(h.agents, a)
		h.f.PutAgent(a)
	}
	for range hallWaiting {
		h.f.PutCall(h.call())
	}
	return h
}

func (h *hall) call() Waiting {
	h.n++
	return Waiting{
		Call: fmt.Sprint("c", h.n), Queue: fmt.Sprint("q", h.IntN(hallQueues)), Languages: h.languages[h.IntN(len(h.languages))],
		Since: ago(h.IntN(120)), Last: fmt.Sprint("a", h.IntN(hallAgents)), Priority: h.IntN(3) * 30,
	}
}

// settle serves whom it can, and lets others come or go until 1,000 wait.
func (h *hall) settle() (served int) {
	for {
		for _, o := range h.f.Match(noon) {
			h.f.RemoveCall(o.Call)
			var i int
			_, _ = fmt.Sscanf(o.Agent, "a%d", &i)
			h.agents[i].Ready = false
			h.f.PutAgent(h.agents[i])
			served++
		}
		if len(h.f.calls) >= hallWaiting {
			break
		}
		for len(h.f.calls) < hallWaiting {
			h.f.PutCall(h.call())
		}
	}
	for id := range h.f.calls {
		if len(h.f.calls) > hallWaiting {
			h.f.RemoveCall(id)
		}
	}
	return served
}

// BenchmarkRoutingDecision: an agent becomes free, or a call comes; what is timed is
// the change and the whole Match after it. Few are free and callers wait for them, or
// half of all are free and the callers who wait speak a language that nobody does.
func BenchmarkRoutingDecision(b *testing.B) {
	zh, ug, kk, mn := []string{"zh"}, []string{"ug"}, []string{"kk"}, []string{"mn"}
	for name, h := range map[string]*hall{"50 free": newHall(50, zh, ug, kk), "5000 free": newHall(5000, mn)} {
		b.Run(name, func(b *testing.B) { h.decide(b, zh) })
	}
}

func (h *hall) decide(b *testing.B, language []string) {
	const bar = 100 * time.Microsecond
	h.settle()
	var took []time.Duration
	served := 0
	for b.Loop() {
		var change func()
		if len(took)%2 == 0 {
			agent := &h.agents[h.IntN(hallAgents)]
			agent.Ready = true
			change = func() { h.f.PutAgent(*agent) }
		} else {
			call := h.call()
			call.Languages = language
			change = func() { h.f.PutCall(call) }
		}
		from := time.Now()
		change()
		h.f.Match(noon)
		took = append(took, time.Since(from))
		served += h.settle()
	}
	slices.Sort(took)
	at := func(p float64) time.Duration { return took[int(p*float64(len(took)-1))] }
	b.ReportMetric(float64(at(0.5))/1e3, "p50-µs")
	b.ReportMetric(float64(at(0.99))/1e3, "p99-µs")
	b.ReportMetric(float64(served)/float64(len(took)), "served/decision")
	b.ReportMetric(float64(len(h.f.teams)), "teams")
	b.ReportMetric(float64(len(h.f.demands)), "demands")
	if len(took) >= 1000 && at(0.99) > bar {
		b.Errorf("p99 %s, at most %s", at(0.99), bar)
	}
}
