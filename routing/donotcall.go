package routing

import (
	"time"
	"unicode/utf8"
)

// DoNotCallReason is why somebody is not called.
type DoNotCallReason string

const (
	DoNotCallAsked  DoNotCallReason = "asked"       // he said so
	DoNotCallWrong  DoNotCallReason = "wrongNumber" // it is not the number of whom was meant
	DoNotCallOther  DoNotCallReason = "other"       // with a note
	MaxDoNotCall                    = 5 * 365 * 24 * time.Hour
	AgentsDoNotCall                 = 365 * 24 * time.Hour // what an agent sets in a call
)

// DoNotCall keeps a number from being called for surveys, follow-ups from a list and
// notices in bulk, until then.
//
// It does not stop a call that the person needs or asked for: the result of his own ticket
// (Art. 46 of the regulation: nothing is closed whose caller was not told), which is then
// read without the questions after it, and sent as a text message instead if he asked for
// that (Text); a callback, also from a list of people who asked for one; what an agent
// dials himself for a ticket or a call.
type DoNotCall struct {
	Reason DoNotCallReason `json:"reason"`
	Text   bool            `json:"text"` // he wants results as text messages
	Note   string          `json:"note"`
	Until  time.Time       `json:"until"` // not in it
}

// Check holds it against its bounds. The error is a *Fault.
func (d DoNotCall) Check(now time.Time) error {
	var f faults
	f.add(d.Reason != DoNotCallAsked && d.Reason != DoNotCallWrong && d.Reason != DoNotCallOther, "reason", WhyUnknown)
	f.add(utf8.RuneCountInString(d.Note) > maxNote, "note", WhyLong)
	f.add(d.Reason == DoNotCallOther && d.Note == "", "note", WhyEmpty)
	f.add(!d.Until.After(now) || d.Until.Sub(now) > MaxDoNotCall, "until", WhyRange)
	return f.first
}
