package routing

import (
	"fmt"
	"regexp"
	"time"
)

// beijing is the civil time of the hours; no summer time since 1991.
var beijing = time.FixedZone("Asia/Shanghai", 8*60*60)

// DayKind is what a date is by the working calendar, which belongs to the tickets.
type DayKind string

const (
	Workday DayKind = "workday" // worked, make-up days (调休上班) too
	Weekend DayKind = "weekend"
	Holiday DayKind = "holiday" // off by the State Council's notice or the region's
)

// Calendar says what the date of a moment is. nil: the week's pattern.
type Calendar func(at time.Time) DayKind

func (c Calendar) kind(at time.Time) DayKind {
	if c != nil {
		return c(at)
	}
	if day := at.Weekday(); day == time.Saturday || day == time.Sunday {
		return Weekend
	}
	return Workday
}

// Hours are when a queue takes calls, Beijing time; on a kind of day without spans it
// takes none.
type Hours struct {
	Workday []Span `json:"workday"`
	Weekend []Span `json:"weekend"`
	Holiday []Span `json:"holiday"`
}

// Span is a part of a day, "09:30" to "19:30"; To is not in it, and at most "24:00".
type Span struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Open says whether the queue takes calls at that moment. A queue without hours always
// does: the hotline's default is 7×24 (国办发〔2020〕53号). Who waits when it closes is
// still served.
func (q Queue) Open(at time.Time, calendar Calendar) bool {
	if q.Hours == nil {
		return true
	}
	local := at.In(beijing)
	var spans []Span
	switch calendar.kind(local) {
	case Workday:
		spans = q.Hours.Workday
	case Weekend:
		spans = q.Hours.Weekend
	case Holiday:
		spans = q.Hours.Holiday
	}
	clock := local.Format("15:04") // sorts as it runs
	for _, s := range spans {
		if s.From <= clock && clock < s.To {
			return true
		}
	}
	return false
}

const maxSpans = 4 // of a day

var clockTime = regexp.MustCompile(`^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$`)

func (f *faults) hours(field string, h *Hours) {
	if h == nil {
		return
	}
	days := []struct {
		name  string
		spans []Span
	}{{"workday", h.Workday}, {"weekend", h.Weekend}, {"holiday", h.Holiday}}
	for _, day := range days {
		f.add(len(day.spans) > maxSpans, field+"."+day.name, WhyLong)
		end := ""
		for i, s := range day.spans {
			at := fmt.Sprintf("%s.%s.%d", field, day.name, i)
			f.add(!clockTime.MatchString(s.From), at+".from", WhyRange)
			f.add(!clockTime.MatchString(s.To), at+".to", WhyRange)
			f.add(s.From < end || s.To <= s.From, at+".from", WhyClock)
			end = s.To
		}
	}
}
