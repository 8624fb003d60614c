package routing

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Emergency is a time in which calls are taken otherwise (Art. 39 of the regulation): with
// an announcement, a queue or a priority of its own, and surge agents. It ends by itself.
type Emergency struct {
	Reason string `json:"reason"`
	Say    string `json:"say"` // announced before the notice
	// Key, pressed during the opening, says that the call is about it; "": every call is.
	Key      string    `json:"key"`
	Queue    string    `json:"queue"`    // of those calls; "": where they go otherwise
	Priority int       `json:"priority"` // points of those calls, 0..MaxPriority
	Surge    bool      `json:"surge"`    // surge agents are offered calls
	Since    time.Time `json:"since"`
	Until    time.Time `json:"until"` // at most MaxEmergency after Since; not in it
}

// MaxEmergency is how long one lasts at most, unless it is declared again.
const MaxEmergency = 7 * 24 * time.Hour

const maxReason = 200 // characters

// Active at that moment. The zero Emergency never is.
func (e Emergency) Active(at time.Time) bool { return at.Before(e.Until) }

// Check holds an emergency that begins at Since against the queues (ids) and the keys of
// languages there are. The error is a *Fault.
func (e Emergency) Check(queues []string, keys []LanguageKey) error {
	var f faults
	f.add(strings.TrimSpace(e.Reason) == "", "reason", WhyEmpty)
	f.add(utf8.RuneCountInString(e.Reason) > maxReason, "reason", WhyLong)
	f.add(utf8.RuneCountInString(e.Say) > maxSay, "say", WhyLong)
	f.add(e.Key != "" && !phoneKey.MatchString(e.Key), "key", WhyRange)
	f.add(e.Key != "" && slices.ContainsFunc(keys, func(k LanguageKey) bool { return k.Key == e.Key }), "key", WhyTwice)
	f.add(e.Key != "" && strings.TrimSpace(e.Say) == "", "say", WhyEmpty) // nobody would know of the key
	f.add(e.Queue != "" && !slices.Contains(queues, e.Queue), "queue", WhyUnknown)
	f.number("priority", e.Priority, 0, MaxPriority)
	f.add(!e.Until.After(e.Since) || e.Until.Sub(e.Since) > MaxEmergency, "until", WhyRange)
	return f.first
}

// At is what the account may be offered at that moment: surge agents nothing, but in an
// emergency that calls for them.
func (a Ability) At(at time.Time, e Emergency) Ability {
	if a.Surge && (!e.Surge || !e.Active(at)) {
		a.Queues = nil
	}
	return a
}
