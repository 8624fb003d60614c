package routing

import (
	"reflect"
	"testing"
	"time"
)

// beijingAt is a moment of civil time.
func beijingAt(text string) time.Time {
	at, err := time.ParseInLocation("2006-01-02 15:04:05", text, beijing)
	if err != nil {
		panic(err)
	}
	return at.UTC()
}

// springFestival: 2026-02-17 is off, 2026-02-28, a Saturday, is worked.
func springFestival(at time.Time) DayKind {
	switch at.Format(time.DateOnly) {
	case "2026-02-17":
		return Holiday
	case "2026-02-28":
		return Workday
	}
	return Calendar(nil).kind(at)
}

func TestHours(t *testing.T) {
	q := Queue{Hours: &Hours{
		Workday: []Span{{"09:30", "13:30"}, {"15:30", "24:00"}}, Weekend: []Span{{"10:00", "12:00"}},
	}}
	for at, want := range map[string]bool{
		"2026-03-02 09:29:59": false, "2026-03-02 09:30:00": true, "2026-03-02 13:29:59": true, "2026-03-02 13:30:00": false,
		"2026-03-02 23:59:59": true, "2026-03-03 00:00:00": false,
		"2026-03-07 09:45:00": false, "2026-03-07 11:00:00": true, // Saturday
		"2026-02-17 10:00:00": false, // Tuesday, and a holiday
		"2026-02-28 09:45:00": true,  // Saturday, and worked
	} {
		if got := q.Open(beijingAt(at), springFestival); got != want {
			t.Errorf("%s: open %v", at, got)
		}
	}
	if (Queue{Hours: &Hours{}}).Open(noon, nil) || !(Queue{}).Open(noon, nil) {
		t.Error("hours without spans are closed, no hours are 7×24")
	}
}

func TestEnter(t *testing.T) {
	closed := &Hours{}
	exit := func(kind ExitKind, id string) Closed { return Closed{Say: "say " + id, Exit: Exit{Kind: kind, ID: id}} }
	queues := map[string]Queue{
		"open":   {ID: "open"},
		"desk":   {ID: "desk", Hours: closed, Closed: exit(ExitQueue, "night")},
		"night":  {ID: "night", Hours: closed, Closed: exit(ExitQueue, "open")},
		"other":  {ID: "other", Hours: closed, Closed: exit(ExitOutside, "09912345")},
		"shut":   {ID: "shut", Hours: closed},
		"circle": {ID: "circle", Hours: closed, Closed: exit(ExitQueue, "circle")}, // which no check lets pass
	}
	for id, want := range map[string]Way{
		"open":  {Exit: Exit{Kind: ExitQueue, ID: "open"}},
		"gone":  {Exit: Exit{Kind: ExitQueue, ID: "gone"}},
		"desk":  {Exit: Exit{Kind: ExitQueue, ID: "open"}, Closed: true, Say: []string{"say night", "say open"}},
		"other": {Exit: Exit{Kind: ExitOutside, ID: "09912345"}, Closed: true, Say: []string{"say 09912345"}},
		"shut":  {Exit: Exit{Kind: ExitCallback}, Closed: true, Say: []string{""}},
	} {
		if got := Enter(queues, id, noon, nil); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", id, got, want)
		}
	}
	if got := Enter(queues, "circle", noon, nil); got.Kind != ExitCallback {
		t.Errorf("a circle leads to %+v", got)
	}
}

func TestLinks(t *testing.T) {
	to := func(ids ...string) (targets []Target) {
		for _, id := range ids {
			targets = append(targets, Target{Exit: Exit{Kind: ExitQueue, ID: id}, After: 30})
		}
		return targets
	}
	all := map[string]Queue{
		"a": {ID: "a", Targets: to("b")},
		"b": {ID: "b", Closed: Closed{Exit: Exit{Kind: ExitQueue, ID: "c"}}},
		"c": {ID: "c"},
	}
	for want, q := range map[string]Queue{
		"":                       {ID: "c", Targets: []Target{{Exit: Exit{Kind: ExitOutside, ID: "110"}, After: 1}}},
		"targets.0.id loop":      {ID: "c", Targets: to("a")},
		"targets.1.id loop":      {ID: "a", Targets: to("b", "a")},
		"closed.exit.id loop":    {ID: "c", Closed: Closed{Exit: Exit{Kind: ExitQueue, ID: "b"}}},
		"closed.exit.id unknown": {ID: "c", Closed: Closed{Exit: Exit{Kind: ExitQueue, ID: "d"}}},
	} {
		if got := fault(CheckLinks(q, all)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if !all["a"].LinkedTo("b") || all["a"].LinkedTo("c") {
		t.Error("the links of a are its own exits")
	}
}

// TestTheLineSettlesAtItsRatio: who is behind leaves, and more agents let more wait.
func TestTheLineSettlesAtItsRatio(t *testing.T) {
	f := NewFloor(map[string]Queue{"main": {ID: "main", Targets: []Target{{Exit: Exit{Kind: ExitCallback}, Ratio: 1.5}}}})
	for i, call := range []string{"a", "b", "c", "d"} {
		f.PutCall(Waiting{Call: call, Queue: "main", Since: noon.Add(time.Duration(i) * time.Second)})
	}
	for agents, want := range []map[string]int{
		{"a": 0, "b": 0, "c": 0, "d": 0}, {"b": 0, "c": 0, "d": 0}, {"d": 0}, {},
	} {
		if agents > 0 {
			f.PutAgent(Agent{ID: string(rune('0' + agents)), Queues: []string{"main"}})
		}
		if got := overflows(f, noon.Add(time.Minute)); !reflect.DeepEqual(got, want) {
			t.Errorf("%d agents: %v leave, want %v", agents, got, want)
		}
	}
	f.PutAgent(Agent{ID: "1", Queues: []string{"main"}, Away: true})
	if got := overflows(f, noon.Add(time.Minute)); !reflect.DeepEqual(got, map[string]int{"d": 0}) {
		t.Errorf("one away: %v leave", got)
	}
}

func TestALanguageIsInsistedOnForAWhile(t *testing.T) {
	queues := map[string]Queue{"main": {ID: "main", Languages: []string{"zh"}, LanguageWait: 60}}
	s := Snapshot{
		Queues: queues, Waiting: []Waiting{{Call: "c", Queue: "main", Languages: []string{"ug"}, Since: noon}},
		Agents: []Agent{{ID: "a", Queues: []string{"main"}, Languages: []string{"zh"}, Ready: true}},
	}
	if got := Match(s, noon.Add(59*time.Second)); len(got) != 0 {
		t.Errorf("offered %v", got)
	}
	if got := Match(s, noon.Add(time.Minute)); len(got) != 1 {
		t.Error("nobody is asked after the wait")
	}
}
