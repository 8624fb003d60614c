package routing

import (
	"strings"
	"testing"
	"time"
)

func TestCheckEmergency(t *testing.T) {
	good := func() Emergency {
		return Emergency{
			Reason: "暴雪", Say: "暴雪应急热线，请按5。", Key: "5", Queue: "main", Priority: 300, Surge: true, Since: noon, Until: noon.Add(MaxEmergency),
		}
	}
	for want, change := range map[string]func(*Emergency){
		"":              func(*Emergency) {},
		"reason empty":  func(e *Emergency) { e.Reason = " " },
		"reason long":   func(e *Emergency) { e.Reason = strings.Repeat("雪", maxReason+1) },
		"say long":      func(e *Emergency) { e.Say = strings.Repeat("雪", maxSay+1) },
		"say empty":     func(e *Emergency) { e.Say = "" },
		"key range":     func(e *Emergency) { e.Key = "55" },
		"key twice":     func(e *Emergency) { e.Key = "2" },
		"queue unknown": func(e *Emergency) { e.Queue = "night" },
		"priority range": func(e *Emergency) {
			e.Priority = -1 // nobody is put last by an emergency
		},
		"until range": func(e *Emergency) { e.Until = e.Until.Add(time.Second) },
	} {
		e := good()
		change(&e)
		if got := fault(e.Check([]string{"main"}, []LanguageKey{{"ug", "2"}})); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	e := good()
	e.Until = e.Since
	if fault(e.Check([]string{"main"}, nil)) != "until range" {
		t.Error("one that never is was taken")
	}
}

func TestSurgeAgents(t *testing.T) {
	surge, agent := Ability{Queues: []string{"main"}, Surge: true}, Ability{Queues: []string{"main"}}
	e := Emergency{Surge: true, Until: noon}
	for _, c := range []struct {
		a    Ability
		at   time.Time
		e    Emergency
		want int
	}{
		{surge, noon.Add(-time.Second), e, 1},
		{surge, noon, e, 0},
		{surge, noon, Emergency{}, 0},
		{surge, noon.Add(-time.Second), Emergency{Until: noon}, 0},
		{agent, noon, Emergency{}, 1},
	} {
		if got := c.a.At(c.at, c.e); len(got.Queues) != c.want {
			t.Errorf("%+v at %s: %v", c.a, c.at, got.Queues)
		}
	}
}
