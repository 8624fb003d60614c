package routing

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of what an administrator may write.
const (
	maxName      = 60 // characters
	maxLevel     = 10
	maxWait      = 3600 // seconds
	maxLastAgent = 300  // seconds
	maxRings     = 5
	maxSkills    = 10 // of a queue
	maxTopics    = 20
	maxAbilities = 50 // queues, or skills, of an agent
	maxCatalogue = 200
)

// Why says what is wrong with a field; the edge has a sentence with the remedy for each.
type Why string

const (
	WhyEmpty   Why = "empty"
	WhyLong    Why = "long"    // too many characters or entries
	WhyRange   Why = "range"   // a number out of its bounds
	WhyUnknown Why = "unknown" // names something that is not there
	WhyTwice   Why = "twice"
	WhyOrder   Why = "order"  // a ring that is not later than the one before, or later than the wait
	WhyHarder  Why = "harder" // a ring that asks for more than the one before
	WhyUsed    Why = "used"   // something else needs it
	WhyClock   Why = "clock"  // a span that ends before it begins, or begins before the last one ends
	WhyLoop    Why = "loop"   // leads back to where it came from
)

// Fault refuses data: Field is its path, such as "rings.1.after".
type Fault struct {
	Field string
	Why   Why
}

func (f *Fault) Error() string { return fmt.Sprintf("routing: %s: %s", f.Field, f.Why) }

// SkillName is an entry of the catalogue of skills: the id in data, the name for people.
type SkillName struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Ability is what an account may be offered.
type Ability struct {
	Account string   `json:"account"`
	Queues  []string `json:"queues"`
	Skills  []Skill  `json:"skills"`
	Surge   bool     `json:"surge,omitempty"` // is offered calls in an emergency only
}

var identifier = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// faults keeps the first one found.
type faults struct{ first error }

func (f *faults) add(bad bool, field string, why Why) {
	if bad && f.first == nil {
		f.first = &Fault{Field: field, Why: why}
	}
}

func (f *faults) text(field, s string) {
	f.add(strings.TrimSpace(s) == "", field, WhyEmpty)
	f.add(utf8.RuneCountInString(s) > maxName, field, WhyLong)
}

func (f *faults) number(field string, n, low, high int) { f.add(n < low || n > high, field, WhyRange) }

// set checks names that must differ, and be among known unless that is nil.
func (f *faults) set(field string, names []string, most int, known []string) {
	f.add(len(names) > most, field, WhyLong)
	for i, name := range names {
		at := fmt.Sprintf("%s.%d", field, i)
		f.text(at, name)
		f.add(slices.Contains(names[:i], name), at, WhyTwice)
		f.add(known != nil && !slices.Contains(known, name), at, WhyUnknown)
	}
}

func (f *faults) skills(field string, skills []Skill, most int, known []string) {
	f.add(len(skills) > most, field, WhyLong)
	for i, s := range skills {
		at := fmt.Sprintf("%s.%d", field, i)
		f.add(!slices.Contains(known, s.Name), at+".name", WhyUnknown)
		f.add(slices.ContainsFunc(skills[:i], func(o Skill) bool { return o.Name == s.Name }), at+".name", WhyTwice)
		f.number(at+".level", s.Level, 1, maxLevel)
	}
}

// Check holds a queue against its bounds and the catalogue's skills (ids). The error is
// a *Fault.
func (q Queue) Check(skills []string) error {
	var f faults
	f.add(!identifier.MatchString(q.ID), "id", WhyRange)
	f.text("name", q.Name)
	f.number("priority", q.Priority, -MaxPriority, MaxPriority)
	f.number("maxWait", int(q.MaxWait), 1, maxWait)
	f.number("lastAgent", int(q.LastAgent), 0, maxLastAgent)
	f.add(!slices.Contains([]Strategy{StrategyLongestIdle, StrategyLeastTalk, StrategyRoundRobin, StrategyTopDown}, q.Strategy), "strategy", WhyUnknown)
	f.set("languages", q.Languages, len(Languages), Languages)
	f.set("topics", q.Topics, maxTopics, nil)
	f.skills("skills", q.Skills, maxSkills, skills)
	f.add(len(q.Rings) > maxRings, "rings", WhyLong)
	after, before := Seconds(0), q.Skills
	for i, r := range q.Rings {
		at := fmt.Sprintf("rings.%d", i)
		f.add(r.After <= after || r.After >= q.MaxWait, at+".after", WhyOrder)
		f.skills(at+".skills", r.Skills, maxSkills, skills)
		f.add(harder(r.Skills, before), at+".skills", WhyHarder)
		after, before = r.After, r.Skills
	}
	f.number("languageWait", int(q.LanguageWait), 0, maxWait)
	f.exits(q)
	f.callback(q.Callback)
	return f.first
}

// Normal gives what may be left out its value: lists are empty, an exit is a callback.
func (q Queue) Normal() Queue {
	q.Skills, q.Languages, q.Topics = orEmpty(q.Skills), orEmpty(q.Languages), orEmpty(q.Topics)
	q.Rings, q.Targets = orEmpty(q.Rings), orEmpty(q.Targets)
	if q.Closed.Exit.Kind == "" {
		q.Closed.Exit.Kind = ExitCallback
	}
	if q.Callback.Mode == "" {
		q.Callback.Mode = CallbackList
	}
	q.Callback.Again = orEmpty(q.Callback.Again)
	if q.Hours != nil {
		h := Hours{orEmpty(q.Hours.Workday), orEmpty(q.Hours.Weekend), orEmpty(q.Hours.Holiday)}
		q.Hours = &h
	}
	return q
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Languages that callers are served in.
var Languages = []string{"zh", "ug", "kk"}

// harder: somebody who has enough for before has not enough for needs.
func harder(needs, before []Skill) bool {
	return slices.ContainsFunc(needs, func(n Skill) bool {
		return !slices.ContainsFunc(before, func(b Skill) bool { return b.Name == n.Name && b.Level >= n.Level })
	})
}

// Check holds an account's ability against the queues and skills there are (ids).
func (a Ability) Check(queues, skills []string) error {
	var f faults
	f.set("queues", a.Queues, maxAbilities, queues)
	f.skills("skills", a.Skills, maxAbilities, skills)
	return f.first
}

// CheckSkills holds a catalogue of skills against its bounds; used are the ids that
// queues and agents have, which must stay.
func CheckSkills(catalogue []SkillName, used []string) error {
	var f faults
	f.add(len(catalogue) > maxCatalogue, "items", WhyLong)
	ids := make([]string, len(catalogue))
	for i, s := range catalogue {
		at := fmt.Sprintf("items.%d", i)
		f.add(!identifier.MatchString(s.ID), at+".id", WhyRange)
		f.text(at+".name", s.Name)
		f.add(slices.Contains(ids[:i], s.ID), at+".id", WhyTwice)
		ids[i] = s.ID
	}
	for _, id := range used {
		f.add(!slices.Contains(ids, id), id, WhyUsed)
	}
	return f.first
}
