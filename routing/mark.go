package routing

import (
	"slices"
	"time"
	"unicode/utf8"
)

// MarkKind is why a number is marked.
type MarkKind string

const (
	MarkGreen      MarkKind = "green"      // the green channel (绿色通道, Art. 40 of the regulation)
	MarkRepeat     MarkKind = "repeat"     // calls again and again about the same
	MarkHarassment MarkKind = "harassment" // leads go to the police (国办函〔2025〕66号)
)

// GreenGroups are whom Art. 40 names: members of the forces, fire and rescue, medical
// staff, the old, weak, sick, disabled, pregnant.
var GreenGroups = []string{"military", "fire", "medical", "old", "weak", "sick", "disabled", "pregnant"}

// Mark of a number changes how its calls rank. Nobody is blocked: points below zero let
// others go first, need a supervisor's approval and end by themselves.
type Mark struct {
	Kind     MarkKind  `json:"kind"`
	Group    string    `json:"group"`    // of GreenGroups, for green alone
	Priority int       `json:"priority"` // points: green 1..MaxPriority, others -MaxPriority..0
	Note     string    `json:"note"`
	Until    time.Time `json:"until"` // not in it
}

// How long a mark holds at most, and what one has that an agent sets in a call.
const (
	MaxGreen = 3 * 365 * 24 * time.Hour
	MaxLower = 30 * 24 * time.Hour

	agentsGreen         = 90 * 24 * time.Hour
	agentsGreenPriority = 300

	maxNote = 200 // characters
)

// AgentsMark is what an agent's mark in a call comes to: the green channel holds at once;
// anything else has no effect until a supervisor has looked at it.
func AgentsMark(kind MarkKind, group, note string, now time.Time) (m Mark, pending bool) {
	m = Mark{Kind: kind, Group: group, Note: note, Until: now.Add(MaxLower)}
	if kind == MarkGreen {
		m.Priority, m.Until = agentsGreenPriority, now.Add(agentsGreen)
	}
	return m, kind != MarkGreen
}

// Check holds a mark against its bounds. The error is a *Fault.
func (m Mark) Check(now time.Time) error {
	var f faults
	low, high, longest := -MaxPriority, 0, MaxLower
	switch m.Kind {
	case MarkGreen:
		low, high, longest = 1, MaxPriority, MaxGreen
		f.add(!slices.Contains(GreenGroups, m.Group), "group", WhyUnknown)
	case MarkRepeat, MarkHarassment:
		f.add(m.Group != "", "group", WhyUnknown)
	default:
		f.add(true, "kind", WhyUnknown)
	}
	f.number("priority", m.Priority, low, high)
	f.add(utf8.RuneCountInString(m.Note) > maxNote, "note", WhyLong)
	f.add(m.Kind != MarkGreen && m.Note == "", "note", WhyEmpty) // what it is about
	f.add(!m.Until.After(now) || m.Until.Sub(now) > longest, "until", WhyRange)
	return f.first
}
