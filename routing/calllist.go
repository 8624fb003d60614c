package routing

import (
	"fmt"
	"maps"
	"regexp"
	"time"
	"unicode/utf8"
)

// CallKind is why the people of a list are called by agents.
type CallKind string

const (
	CallFollowUp CallKind = "followUp" // 回访
	CallNotice   CallKind = "notice"   // they are told of something
	CallCallback CallKind = "callback" // each of them asked to be called
)

// Heeds says whether numbers that are not to be called are left out (DoNotCall).
func (k CallKind) Heeds() bool { return k != CallCallback }

// CallResult is what came of an attempt.
type CallResult string

const (
	CallReached     CallResult = "reached"
	CallNoAnswer    CallResult = "noAnswer"
	CallBusy        CallResult = "busy"
	CallMachine     CallResult = "machine" // an answering machine
	CallUnreachable CallResult = "unreachable"
	CallAgain       CallResult = "again" // at a time he named
	CallWrongNumber CallResult = "wrongNumber"
	CallRefused     CallResult = "refused"
)

// CallEnd is why somebody of a list is not called any more.
type CallEnd string

const (
	CallEndResult   CallEnd = "result"   // all is said
	CallEndAttempts CallEnd = "attempts" // as many as the plan has were in vain
	CallEndTime     CallEnd = "time"     // the next one would come too late
)

// CallPlan is when the people of a list are called. Outside Hours, by the clock in
// Beijing, it is quiet.
type CallPlan struct {
	Hours    Span `json:"hours"`
	Attempts int  `json:"attempts"` // at most
	// Pauses in minutes after noAnswer, busy, machine and unreachable.
	Pauses map[CallResult]int `json:"pauses"`
}

// DefaultCallPlan has what a supervisor does not set: who is busy is called again soon, the
// others at another time of day.
var DefaultCallPlan = CallPlan{
	Hours: Span{From: "09:00", To: "20:00"}, Attempts: 3,
	Pauses: map[CallResult]int{CallNoAnswer: 180, CallBusy: 15, CallMachine: 240, CallUnreachable: 24 * 60},
}

const (
	maxAttempts  = 10
	shortestCall = 5           // minutes of a pause
	longestCall  = 7 * 24 * 60 // likewise
	callParts    = 3           // of the hours; attempts are made in different ones
)

// Normal gives what may be left out its value.
func (p CallPlan) Normal() CallPlan {
	if p.Hours == (Span{}) {
		p.Hours = DefaultCallPlan.Hours
	}
	if p.Attempts == 0 {
		p.Attempts = DefaultCallPlan.Attempts
	}
	pauses := make(map[CallResult]int, len(DefaultCallPlan.Pauses))
	maps.Copy(pauses, DefaultCallPlan.Pauses)
	maps.Copy(pauses, p.Pauses)
	p.Pauses = pauses
	return p
}

// Check holds a plan against its bounds. The error is a *Fault.
func (p CallPlan) Check() error {
	var f faults
	f.add(!clockTime.MatchString(p.Hours.From), "hours.from", WhyRange)
	f.add(!clockTime.MatchString(p.Hours.To), "hours.to", WhyRange)
	f.add(p.Hours.To <= p.Hours.From, "hours.from", WhyClock)
	f.number("attempts", p.Attempts, 1, maxAttempts)
	for result, minutes := range p.Pauses {
		if _, known := DefaultCallPlan.Pauses[result]; !known {
			f.add(true, "pauses", WhyUnknown)
			continue
		}
		f.number("pauses."+string(result), minutes, shortestCall, longestCall)
	}
	return f.first
}

// Clock is the time of day in Beijing as a Span has it.
func Clock(at time.Time) string { return at.In(beijing).Format("15:04") }

// Open says whether somebody may be called at that moment.
func (p CallPlan) Open(at time.Time) bool {
	clock := Clock(at)
	return p.Hours.From <= clock && clock < p.Hours.To
}

// After is what follows an attempt: when the next one is due, or why there is none. tries
// are when the attempts were placed, this one last; again is for CallAgain, and goes beyond
// the plan's attempts up to ten; notAfter nil has no limit.
func (p CallPlan) After(result CallResult, tries []time.Time, again time.Time, notAfter *time.Time) (due time.Time, ended CallEnd) {
	last := tries[len(tries)-1]
	switch {
	case result == CallReached || result == CallWrongNumber || result == CallRefused:
		return time.Time{}, CallEndResult
	case result == CallAgain && len(tries) < maxAttempts:
		due = p.next(again)
	case len(tries) >= p.Attempts:
		return time.Time{}, CallEndAttempts
	case result == CallBusy:
		due = p.next(last.Add(p.pause(result)))
	default:
		due = p.elsewhen(last.Add(p.pause(result)), tries)
	}
	if notAfter != nil && due.After(*notAfter) {
		return time.Time{}, CallEndTime
	}
	return due, ""
}

func (p CallPlan) pause(result CallResult) time.Duration {
	return time.Duration(p.Normal().Pauses[result]) * time.Minute
}

// span is when people are called on the day of a moment.
func (p CallPlan) span(at time.Time) (from, to time.Time) {
	local := at.In(beijing)
	day := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, beijing)
	return day.Add(ofDay(p.Hours.From)), day.Add(ofDay(p.Hours.To))
}

// ofDay reads a time of day that was checked.
func ofDay(clock string) time.Duration {
	var hours, minutes int
	if _, err := fmt.Sscanf(clock, "%d:%d", &hours, &minutes); err != nil {
		return 0
	}
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
}

// next is the first moment at or after at that is within the hours.
func (p CallPlan) next(at time.Time) time.Time {
	from, to := p.span(at)
	switch {
	case at.Before(from):
		return from
	case !at.Before(to):
		from, _ = p.span(from.AddDate(0, 0, 1))
		return from
	}
	return at
}

// part of the hours that a moment lies in, 0 to callParts-1.
func (p CallPlan) part(at time.Time) int {
	from, to := p.span(at)
	return max(0, min(callParts-1, int(at.Sub(from)*callParts/to.Sub(from))))
}

// elsewhen is the first moment at or after at, in a part of the day in which nobody was
// tried yet, while there is one.
func (p CallPlan) elsewhen(at time.Time, tries []time.Time) time.Time {
	tried := map[int]bool{}
	for _, t := range tries {
		tried[p.part(t)] = true
	}
	at = p.next(at)
	for range callParts {
		if len(tried) == callParts || !tried[p.part(at)] {
			break
		}
		from, to := p.span(at)
		at = p.next(from.Add(to.Sub(from) * time.Duration(p.part(at)+1) / callParts))
	}
	return at
}

// CallEntry is somebody of a list.
type CallEntry struct {
	Number    string     `json:"number"`
	Name      string     `json:"name"`
	Ticket    string     `json:"ticket"` // that it is about; "": none
	Call      string     `json:"call"`   // likewise
	Note      string     `json:"note"`
	NotBefore *time.Time `json:"notBefore"` // nil: at once
	NotAfter  *time.Time `json:"notAfter"`  // nil: for as long as the list is open
}

const (
	maxEntryNote = 500 // characters
	maxReference = 64  // bytes
)

var dialable = regexp.MustCompile(`^\+?[0-9]{3,20}$`)

// Check holds an entry against its bounds. The error is a *Fault.
func (e CallEntry) Check(now time.Time) error {
	var f faults
	f.add(e.Number == "", "number", WhyEmpty)
	f.add(!dialable.MatchString(e.Number), "number", WhyRange)
	f.add(utf8.RuneCountInString(e.Name) > maxName, "name", WhyLong)
	f.add(len(e.Ticket) > maxReference, "ticket", WhyLong)
	f.add(len(e.Call) > maxReference, "call", WhyLong)
	f.add(utf8.RuneCountInString(e.Note) > maxEntryNote, "note", WhyLong)
	f.add(e.NotAfter != nil && !e.NotAfter.After(now), "notAfter", WhyRange)
	f.add(e.NotAfter != nil && e.NotBefore != nil && !e.NotAfter.After(*e.NotBefore), "notAfter", WhyClock)
	return f.first
}
