// Package report says what the figures of a span of time mean. It is pure: counts go
// in (callpg adds them up in Postgres, Add for calls that still run), figures come out.
//
// A call counts in the interval in which its wait in the queue began, whatever becomes
// of it later: so the figures of an interval belong together. Offered is
//
//	answered + abandoned
//
// in each queue and in their sum, so that a person counts once: a call that overflows is
// offered in the queue where its fate is decided, and counted apart (Overflowed) in those
// it left. Its wait counts from when it came to a queue, as its targets do. A call that
// an agent transfers to a queue is offered there; one that has been answered and is
// given back to the queue, by force or since the agent's page stayed away, is not again.
// Who hangs up during the opening notice (Early) has not come to the queue. A wait for
// one agent by name (a transfer to him) is nobody's in the queue. Neither is counted.
// Handled time counts where the talk, or the wrap-up, began.
//
//	answered    an agent took the call
//	overflowed  a target of the queue took it: another queue, or another place's hotline
//	abandoned   the wait ended otherwise: hung up, a callback left, waited too long
//	short       abandoned within the threshold that a person needs to think better of it;
//	            who overflowed before has waited longer
//	ASA         average wait of the answered (平均应答时长)
//	AHT         talk + hold + wrap-up, for each talk of an agent (平均处理时长)
//	occupancy   talk + hold + wrap-up, of that and the time ready or rung (工时利用率);
//	            of all agents, since an agent's ready time is no single queue's
package report

import (
	"errors"
	"time"

	"hotline12345/callcenter"
)

// Counts are added up; everything else follows from them.
type Counts struct {
	Offered         int
	Answered        int
	AnsweredInTime  int // within the threshold of the service level
	Abandoned       int
	AbandonedInTime int
	Short           int // of the abandoned
	Overflowed      int // left the queue by its targets; not of the offered
	Callbacks       int // tasks made (漏接回拨)
	Early           int // hung up during the opening notice
	Handled         int // talks of agents
	Transfers       int // of those, handed on
	Rated           int // by the person, after the talk
	BadlyRated      int // of those, the last two of five levels

	WaitMS   int64 // of the answered
	TalkMS   int64
	HoldMS   int64
	WrapUpMS int64
	BusyMS   int64 // of agents: talk, hold, wrap-up
	OpenMS   int64 // of agents: ready, or rung
}

// Add joins the counts of two spans, or of two queues.
func (c *Counts) Add(o Counts) {
	c.Offered += o.Offered
	c.Answered += o.Answered
	c.AnsweredInTime += o.AnsweredInTime
	c.Abandoned += o.Abandoned
	c.AbandonedInTime += o.AbandonedInTime
	c.Short += o.Short
	c.Overflowed += o.Overflowed
	c.Callbacks += o.Callbacks
	c.Early += o.Early
	c.Handled += o.Handled
	c.Transfers += o.Transfers
	c.Rated += o.Rated
	c.BadlyRated += o.BadlyRated
	c.WaitMS += o.WaitMS
	c.TalkMS += o.TalkMS
	c.HoldMS += o.HoldMS
	c.WrapUpMS += o.WrapUpMS
	c.BusyMS += o.BusyMS
	c.OpenMS += o.OpenMS
}

// Thresholds of a report.
type Thresholds struct {
	Within time.Duration // answered within: in time
	Short  time.Duration // abandoned before: short
}

// Of is what one ended contact of an inbound call counts.
func (t Thresholds) Of(c callcenter.Contact) (n Counts) {
	length := c.To.Sub(c.From)
	switch {
	case c.Kind == callcenter.ContactWait && c.Agent == "":
		if c.Began == callcenter.CauseForced || c.Began == callcenter.CausePageLost {
			return n // answered before
		}
		if c.Ended == callcenter.CauseOverflow {
			n.Overflowed = 1
			return n
		}
		n.Offered = 1
		if c.Ended == callcenter.CauseAnswered {
			n.Answered, n.WaitMS, n.AnsweredInTime = 1, length.Milliseconds(), one(length <= t.Within)
			return n
		}
		n.Abandoned, n.AbandonedInTime, n.Short = 1, one(length <= t.Within), one(length < t.Short && c.Began != callcenter.CauseOverflow)
	case c.Kind == callcenter.ContactTalk && c.Agent != "":
		n.Handled, n.TalkMS, n.HoldMS = 1, c.TalkMS, c.HoldMS
		n.Transfers = one(c.Ended == callcenter.CauseTransfer || c.Ended == callcenter.CauseHandOver)
	}
	return n
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// ASA is the average wait of the answered in ms; 0 without any.
func (c Counts) ASA() int64 { return mean(c.WaitMS, c.Answered) }

// AHT is the average handling time in ms; 0 without any.
func (c Counts) AHT() int64 { return mean(c.TalkMS+c.HoldMS+c.WrapUpMS, c.Handled) }

func mean(sum int64, n int) int64 {
	if n == 0 {
		return 0
	}
	return sum / int64(n)
}

// Occupancy is 0..1; nil while nobody was there.
func (c Counts) Occupancy() *float64 {
	return ratio(float64(c.BusyMS), float64(c.BusyMS+c.OpenMS))
}

func ratio(part, of float64) *float64 {
	if of <= 0 {
		return nil
	}
	r := part / of
	return &r
}

// Formula names one way to work out a service level; there is no one that all agree on.
type Formula string

const (
	// FormulaAnswered: answered in time ÷ answered.
	FormulaAnswered Formula = "answered"
	// FormulaOffered: answered in time ÷ offered. Whoever hangs up counts against it.
	FormulaOffered Formula = "offered"
	// FormulaWithoutShort: answered in time ÷ (offered − short abandons).
	FormulaWithoutShort Formula = "withoutShort"
	// FormulaWithAbandons: (answered in time + abandoned in time) ÷ (answered + abandoned).
	FormulaWithAbandons Formula = "withAbandons"
)

// Level is a service level; nil where nobody counts.
type Level struct {
	Formula Formula
	Value   *float64
}

// ServiceLevels by each formula.
func (c Counts) ServiceLevels() []Level {
	in, answered, offered := float64(c.AnsweredInTime), float64(c.Answered), float64(c.Offered)
	return []Level{
		{FormulaAnswered, ratio(in, answered)},
		{FormulaOffered, ratio(in, offered)},
		{FormulaWithoutShort, ratio(in, offered-float64(c.Short))},
		{FormulaWithAbandons, ratio(in+float64(c.AbandonedInTime), answered+float64(c.Abandoned))},
	}
}

// Step is the length of an interval.
type Step string

const (
	StepQuarter Step = "15m"
	StepHour    Step = "1h"
	StepDay     Step = "1d"
)

// Length of a step; each begins on Beijing's clock.
func (s Step) Length() time.Duration {
	return map[Step]time.Duration{StepQuarter: 15 * time.Minute, StepHour: time.Hour, StepDay: 24 * time.Hour}[s]
}

// longest span of a report by its step: about 700 intervals, or a year of days.
var longest = map[Step]time.Duration{StepQuarter: 7 * 24 * time.Hour, StepHour: 31 * 24 * time.Hour, StepDay: 366 * 24 * time.Hour}

// Range is a span in whole steps.
type Range struct {
	From, To time.Time
	Step     Step
}

var (
	// ErrEmpty: the end is not after the beginning.
	ErrEmpty = errors.New("report: the range is empty")
	// ErrTooLong: more intervals than a report may have.
	ErrTooLong = errors.New("report: the range is too long for its step")
)

// beijing has had no summer time since 1991.
var beijing = time.FixedZone("CST", 8*60*60)

// NewRange widens a span to whole steps. Errors: ErrEmpty, ErrTooLong.
func NewRange(from, to time.Time, step Step) (Range, error) {
	r := Range{From: Floor(from, step), To: Floor(to, step), Step: step}
	if r.To.Before(to) {
		r.To = r.To.Add(step.Length())
	}
	switch {
	case !r.To.After(r.From) || !to.After(from):
		return Range{}, ErrEmpty
	case r.To.Sub(r.From) > longest[step]:
		return Range{}, ErrTooLong
	}
	return r, nil
}

// Floor is the beginning of the interval that a moment is in, in UTC.
func Floor(at time.Time, step Step) time.Time {
	_, offset := at.In(beijing).Zone()
	shift := time.Duration(offset) * time.Second
	return at.UTC().Add(shift).Truncate(step.Length()).Add(-shift)
}

// Starts are the beginnings of all intervals.
func (r Range) Starts() (starts []time.Time) {
	for at := r.From; at.Before(r.To); at = at.Add(r.Step.Length()) {
		starts = append(starts, at)
	}
	return starts
}
