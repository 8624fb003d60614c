package callpg

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
	"hotline12345/routing"
)

func faultOf(err error) string {
	if f, is := errors.AsType[*routing.Fault](err); is {
		return f.Field + " " + string(f.Why)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestRoutingData(t *testing.T) {
	s, _ := newStore(t)
	ok(t, s.Seed(t.Context()))
	ok(t, s.SeedAgents(t.Context(), "agent1"))
	skills := must[[]routing.SkillName](t)(s.Skills(t.Context()))
	if len(skills) != 1 || skills[0].ID != "general" {
		t.Fatalf("skills of a fresh database: %v", skills)
	}
	want := routing.Queue{
		ID: "enterprise", Name: "企业服务", Skills: []routing.Skill{{Name: "business", Level: 3}}, Priority: 5, MaxWait: 300,
		Languages: []string{"zh", "ug"}, Topics: []string{"营业执照"}, Strategy: routing.StrategyLeastTalk, LastAgent: 20,
		Rings:   []routing.Ring{{After: 30, Skills: []routing.Skill{}}},
		Hours:   &routing.Hours{Workday: []routing.Span{{From: "09:30", To: "19:30"}}},
		Closed:  routing.Closed{Say: "请在工作日来电。", Exit: routing.Exit{Kind: routing.ExitQueue, ID: "main"}},
		Targets: []routing.Target{{Exit: routing.Exit{Kind: routing.ExitOutside, ID: "09912345", Timeout: 20}, After: 60, Ratio: 1.5}},

		LanguageWait: 90, Callback: routing.Callback{Mode: routing.CallbackCallerFirst, Again: []routing.Seconds{300}},
	}
	if got := faultOf(s.SaveQueue(t.Context(), want)); got != "skills.0.name unknown" {
		t.Errorf("a skill that is not there: %s", got)
	}
	keys := []routing.LanguageKey{{Language: "kk", Key: "9"}, {Language: "ug", Key: "8"}}
	if got := must[[]routing.LanguageKey](t)(s.LanguageKeys(t.Context())); len(got) != 2 || got[0].Key != "2" {
		t.Errorf("keys of a fresh database: %v", got)
	}
	ok(t, s.SaveLanguageKeys(t.Context(), keys, time.Now()))
	if got := faultOf(s.SaveLanguageKeys(t.Context(), append(keys, keys[0]), time.Now())); got != "items.2.language twice" {
		t.Errorf("a language twice: %s", got)
	}
	if got := must[[]routing.LanguageKey](t)(s.LanguageKeys(t.Context())); !reflect.DeepEqual(got, keys) {
		t.Errorf("keys %v", got)
	}
	urgent := routing.Emergency{Reason: "洪水", Say: "抗洪请按 5", Key: "5", Since: time.Now(), Until: time.Now().Add(time.Hour)}
	ok(t, s.Declare(t.Context(), urgent, "boss"))
	other := []routing.LanguageKey{{Language: "ug", Key: "5"}}
	if got := faultOf(s.SaveLanguageKeys(t.Context(), other, time.Now())); got != "items.0.key twice" {
		t.Errorf("the emergency's key: %s", got)
	}
	ok(t, s.SaveLanguageKeys(t.Context(), other, urgent.Until)) // it is over then
	ok(t, s.SaveLanguageKeys(t.Context(), keys, urgent.Until))
	ok(t, s.EndEmergency(t.Context(), "boss", time.Now()))
	ok(t, s.SaveLanguageKeys(t.Context(), other, time.Now()))
	skills = append(skills, routing.SkillName{ID: "business", Name: "企业"})
	ok(t, s.SaveSkills(t.Context(), skills))
	ok(t, s.SaveQueue(t.Context(), want))
	want.Priority = 7
	ok(t, s.SaveQueue(t.Context(), want))
	if got := must[[]routing.Queue](t)(s.Queues(t.Context())); !reflect.DeepEqual(got, []routing.Queue{mainQueue, want.Normal()}) {
		t.Errorf("saved %+v", got)
	}
	if got := faultOf(s.SaveSkills(t.Context(), skills[:1])); got != "business used" {
		t.Errorf("a skill in use left out: %s", got)
	}
	able := routing.Ability{Account: "agent1", Queues: []string{"main", "enterprise"}, Skills: []routing.Skill{{Name: "business", Level: 4}}}
	ok(t, s.SaveAbility(t.Context(), able))
	if got := must[[]routing.Ability](t)(s.Abilities(t.Context())); !reflect.DeepEqual(got, []routing.Ability{able}) {
		t.Errorf("abilities %+v", got)
	}
	able.Queues = []string{"night"}
	if got := faultOf(s.SaveAbility(t.Context(), able)); got != "queues.0 unknown" {
		t.Errorf("a queue that is not there: %s", got)
	}
	if err := s.SaveAbility(t.Context(), routing.Ability{Account: "nobody", Queues: []string{}, Skills: []routing.Skill{}}); !errors.Is(err, ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
	if got := faultOf(s.RemoveQueue(t.Context(), "main", time.Now())); got != "id used" {
		t.Errorf("the main queue removed: %s", got)
	}
	night := routing.Queue{ID: "night", Name: "夜间", MaxWait: 60, Strategy: routing.StrategyTopDown}
	night.Targets = []routing.Target{{Exit: routing.Exit{Kind: routing.ExitQueue, ID: "enterprise"}, After: 5}}
	ok(t, s.SaveQueue(t.Context(), night))
	if got := faultOf(s.RemoveQueue(t.Context(), "enterprise", time.Now())); got != "id used" {
		t.Errorf("an exit leads to it: %s", got)
	}
	circle := want
	circle.Closed.Exit.ID = "night"
	if got := faultOf(s.SaveQueue(t.Context(), circle)); got != "closed.exit.id loop" {
		t.Errorf("in a circle: %s", got)
	}
	ok(t, s.RemoveQueue(t.Context(), "night", time.Now()))
	ok(t, s.RemoveQueue(t.Context(), "enterprise", time.Now()))
	if err := s.RemoveQueue(t.Context(), "enterprise", time.Now()); !errors.Is(err, ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	if got := must[[]routing.Ability](t)(s.Abilities(t.Context())); len(got) != 1 || !reflect.DeepEqual(got[0].Queues, []string{"main"}) {
		t.Errorf("agents of a queue that is gone: %+v", got)
	}
}

func TestEmergencies(t *testing.T) {
	s, _ := newStore(t)
	ok(t, s.Seed(t.Context()))
	ok(t, s.SeedAgents(t.Context(), "agent1"))
	ok(t, s.SaveAbility(t.Context(), routing.Ability{Account: "agent1", Queues: []string{"main"}, Skills: []routing.Skill{}, Surge: true}))
	queues := func(now time.Time) int {
		return len(must[engine.AgentProfile](t)(s.Profile(t.Context(), engine.AgentProfile{ID: "agent1"}, now)).Queues)
	}
	if got := must[routing.Emergency](t)(s.Emergency(t.Context())); got.Active(at(0)) || queues(at(0)) != 0 {
		t.Errorf("of a fresh database: %+v, a surge agent has %d queues", got, queues(at(0)))
	}
	ok(t, s.SaveQueue(t.Context(), routing.Queue{ID: "snow", Name: "雪灾", MaxWait: 600, Strategy: routing.StrategyLongestIdle}))
	snow := routing.Emergency{Reason: "暴雪", Say: "暴雪", Queue: "snow", Surge: true, Since: at(0), Until: time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)}
	snow.Since = snow.Until.Add(-2 * time.Hour)
	ok(t, s.Declare(t.Context(), snow, "boss"))
	if got := must[routing.Emergency](t)(s.Emergency(t.Context())); !reflect.DeepEqual(got, snow) || queues(snow.Since) != 1 || queues(snow.Until) != 0 {
		t.Errorf("declared %+v, want %+v; queues of the surge agent %d, then %d", got, snow, queues(snow.Since), queues(snow.Until))
	}
	if got := faultOf(s.RemoveQueue(t.Context(), "snow", time.Now())); got != "id used" {
		t.Errorf("its queue removed: %s", got)
	}
	flood := snow
	flood.Reason, flood.Since = "洪水", snow.Since.Add(time.Hour)
	ok(t, s.Declare(t.Context(), flood, "boss"))
	flood.Key = "2" // Uyghur's
	if got := faultOf(s.Declare(t.Context(), flood, "boss")); got != "key twice" {
		t.Errorf("a key that chooses a language: %s", got)
	}
	ok(t, s.RemoveQueue(t.Context(), "snow", flood.Until)) // it is over then
	ok(t, s.SaveQueue(t.Context(), routing.Queue{ID: "snow", Name: "雪灾", MaxWait: 600, Strategy: routing.StrategyLongestIdle}))
	end := flood.Since.Add(time.Minute)
	ok(t, s.EndEmergency(t.Context(), "boss", end))
	ok(t, s.EndEmergency(t.Context(), "boss", end.Add(time.Minute))) // none is
	if got := must[routing.Emergency](t)(s.Emergency(t.Context())); got.Reason != "洪水" || !got.Until.Equal(end) {
		t.Errorf("ended %+v", got)
	}
	ok(t, s.RemoveQueue(t.Context(), "snow", time.Now()))
}

func TestWhoTalkedLast(t *testing.T) {
	s, _ := newStore(t)
	for call, contacts := range map[callcenter.CallID][]callcenter.Contact{
		"a": {part(1, callcenter.ContactTalk, "agent1", 9)},
		// agent2 has the caller, asks agent4, hands over to agent3, who asks agent4 too and
		// in the end dials somebody, in vain.
		"b": {
			part(1, callcenter.ContactTalk, "agent2", 9), part(2, callcenter.ContactConsult, "agent4", 9), part(3, callcenter.ContactTalk, "agent3", 9),
			part(4, callcenter.ContactConsult, "agent4", 9), part(5, callcenter.ContactTalk, "agent5", 0),
		},
		"c": nil,
	} {
		r := record(call, int(call[0]-'a')*100)
		r.Contacts, r.Agents = contacts, []callcenter.AgentID{"agent1", "agent2", "agent3", "agent4"}
		ok(t, s.WriteRecord(t.Context(), r))
	}
	for want, known := range map[callcenter.AgentID]callcenter.CallerKnown{
		"agent3": must[callcenter.CallerKnown](t)(s.Known(t.Context(), "+86"+phone, at(1000))),
		"":       must[callcenter.CallerKnown](t)(s.Known(t.Context(), phone, at(1000).AddDate(0, 0, lastAgentDays+1))),
	} {
		if known.Last != want {
			t.Errorf("%q talked last, want %q", known.Last, want)
		}
	}
	for _, number := range []string{"", "13900000000"} {
		if known := must[callcenter.CallerKnown](t)(s.Known(t.Context(), number, at(1000))); known.Last != "" {
			t.Errorf("%q: %+v", number, known)
		}
	}
}
