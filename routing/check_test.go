package routing

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func fault(err error) string {
	var f *Fault
	if !errors.As(err, &f) {
		return ""
	}
	return f.Field + " " + string(f.Why)
}

func TestCheckQueue(t *testing.T) {
	good := func() Queue {
		return Queue{
			ID: "enterprise-1", Name: "企业服务", Skills: []Skill{{"general", 1}, {"business", 3}}, Priority: 30, MaxWait: 600,
			Languages: []string{"zh", "ug"}, Topics: []string{"营业执照"}, Strategy: StrategyTopDown, LastAgent: 20,
			Rings:    []Ring{{30, []Skill{{"business", 1}}}, {60, nil}},
			Callback: Callback{CallbackAgentFirst, []Seconds{300, 3600}},
			Hours:    &Hours{Workday: []Span{{"09:30", "13:30"}, {"15:30", "24:00"}}},
			Closed:   Closed{Say: "现在是非服务时间。", Exit: Exit{Kind: ExitQueue, ID: "main"}},
			Targets: []Target{
				{Exit{ExitQueue, "main", 0}, 30, 2}, {Exit{ExitOutside, "09912345", 20}, 60, 0}, {Exit{Kind: ExitCallback}, 120, 0},
			},
		}
	}
	if err := good().Check([]string{"general", "business"}); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Queue){
		"id range":                   func(q *Queue) { q.ID = "Größe" },
		"name empty":                 func(q *Queue) { q.Name = " " },
		"name long":                  func(q *Queue) { q.Name = strings.Repeat("长", maxName+1) },
		"priority range":             func(q *Queue) { q.Priority = MaxPriority + 1 },
		"maxWait range":              func(q *Queue) { q.MaxWait = 0 },
		"lastAgent range":            func(q *Queue) { q.LastAgent = maxLastAgent + 1 },
		"strategy unknown":           func(q *Queue) { q.Strategy = "random" },
		"languages.1 twice":          func(q *Queue) { q.Languages = []string{"zh", "zh"} },
		"languages.0 unknown":        func(q *Queue) { q.Languages = []string{"xx"} },
		"topics.0 empty":             func(q *Queue) { q.Topics = []string{""} },
		"topics long":                func(q *Queue) { q.Topics = slices.Repeat([]string{"x"}, maxTopics+1) },
		"skills.0.name unknown":      func(q *Queue) { q.Skills[0].Name = "cooking" },
		"skills.1.name twice":        func(q *Queue) { q.Skills[1] = q.Skills[0] },
		"skills.1.level range":       func(q *Queue) { q.Skills[1].Level = maxLevel + 1 },
		"rings.1.after order":        func(q *Queue) { q.Rings[1].After = 30 },
		"rings.0.after order":        func(q *Queue) { q.Rings[0].After = 600 },
		"rings.0.skills harder":      func(q *Queue) { q.Rings[0].Skills[0].Level = 4 },
		"rings.1.skills harder":      func(q *Queue) { q.Rings[1].Skills = []Skill{{"general", 1}} },
		"languageWait range":         func(q *Queue) { q.LanguageWait = -1 },
		"hours.workday.0.from range": func(q *Queue) { q.Hours.Workday[0].From = "9:30" },
		"hours.weekend.0.to range":   func(q *Queue) { q.Hours.Weekend = []Span{{"09:00", "24:30"}} },
		"hours.holiday.0.from clock": func(q *Queue) { q.Hours.Holiday = []Span{{"10:00", "09:00"}} },
		"hours.workday.1.from clock": func(q *Queue) { q.Hours.Workday[1].From = "13:00" },
		"hours.workday long":         func(q *Queue) { q.Hours.Workday = make([]Span, maxSpans+1) },
		"closed.say long":            func(q *Queue) { q.Closed.Say = strings.Repeat("长", maxSay+1) },
		"closed.exit.kind unknown":   func(q *Queue) { q.Closed.Exit.Kind = "menu" },
		"targets.0.id empty":         func(q *Queue) { q.Targets[0].ID = "" },
		"targets.0.ratio range":      func(q *Queue) { q.Targets[0].Ratio = -1 },
		"targets.1.id range":         func(q *Queue) { q.Targets[1].ID = "sip:x@y" },
		"targets.1.timeout range":    func(q *Queue) { q.Targets[1].Timeout = 121 },
		"targets.1.after range":      func(q *Queue) { q.Targets[1].After = 600 },
		"targets.2.after empty":      func(q *Queue) { q.Targets[2].After = 0 },
		"targets.2.id unknown":       func(q *Queue) { q.Targets[2].ID = "main" },
		"targets long":               func(q *Queue) { q.Targets = slices.Repeat(q.Targets[1:2], maxTargets+1) },
		"callback.mode unknown":      func(q *Queue) { q.Callback.Mode = "later" },
		"callback.again.1 range":     func(q *Queue) { q.Callback.Again[1] = 1 },
		"callback.again long":        func(q *Queue) { q.Callback.Again = make([]Seconds, maxAgain+1) },
		"rings long":                 func(q *Queue) { q.Rings = make([]Ring, maxRings+1) },
	} {
		q := good()
		change(&q)
		if got := fault(q.Check([]string{"general", "business"})); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestCheckAbilityAndCatalogue(t *testing.T) {
	queues, skills := []string{"main"}, []string{"general"}
	for want, err := range map[string]error{
		"":                         Ability{Queues: []string{"main"}, Skills: []Skill{{"general", 10}}}.Check(queues, skills),
		"queues.0 unknown":         Ability{Queues: []string{"night"}}.Check(queues, skills),
		"skills.0.level range":     Ability{Skills: []Skill{{"general", 0}}}.Check(queues, skills),
		"skills.0.name unknown":    Ability{Skills: []Skill{{"cooking", 1}}}.Check(queues, skills),
		"items.1.id twice":         CheckSkills([]SkillName{{"general", "综合"}, {"general", "综合"}}, nil),
		"items.0.name empty":       CheckSkills([]SkillName{{"general", ""}}, nil),
		"general used":             CheckSkills([]SkillName{{"business", "企业"}}, skills),
		"items.2.language twice":   CheckLanguageKeys([]LanguageKey{{"ug", "2"}, {"kk", "3"}, {"ug", "4"}}),
		"items.1.key twice":        CheckLanguageKeys([]LanguageKey{{"ug", "2"}, {"kk", "2"}}),
		"items.0.key range":        CheckLanguageKeys([]LanguageKey{{"ug", "12"}}),
		"items.0.language unknown": CheckLanguageKeys([]LanguageKey{{"xx", "2"}}),
		"items.0.id range":         CheckSkills([]SkillName{{"", "综合"}}, nil),
	} {
		if got := fault(err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if err := errors.Join(CheckSkills([]SkillName{{"general", "综合"}, {"business", "企业"}}, skills), CheckLanguageKeys([]LanguageKey{{"ug", "2"}})); err != nil {
		t.Error(err)
	}
}
