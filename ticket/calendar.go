package ticket

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Beijing is the one civil time of the country, Xinjiang's offices included (they
// open later instead). It has had no daylight saving since 1991, so a fixed zone
// says it exactly and needs no zone database on the machine.
var Beijing = time.FixedZone("Asia/Shanghai", 8*60*60)

// dateLayout is yyyy-mm-dd, as calendar days are written.
const dateLayout = "2006-01-02"

// Units of a Limit.
const (
	UnitWorkingDays = "workingDays" // 工作日
	UnitDays        = "days"        // 自然日: the last one rolls off a holiday
	UnitHours       = "hours"       // 7×24, holidays ignored
)

// Longest limits that Due works out; a larger value in the data is a mistake.
const (
	maxLimitDays  = 366
	maxLimitHours = 24 * maxLimitDays
	maxRoll       = 31 // days off in a row; more is a mistake in the data
)

// DayKind says how a date departs from the week's pattern.
type DayKind string

const (
	Holiday   DayKind = "holiday"   // a day off, whatever the weekday
	MakeUpDay DayKind = "makeUpDay" // a worked Saturday or Sunday (调休上班)
)

// CalendarDay is one row of the calendar: a date off the week's pattern, in a region
// (code prefix, "" for the whole country), with the notice that says so.
type CalendarDay struct {
	Date   string // yyyy-mm-dd
	Region string
	Kind   DayKind
	Name   string // 春节
	Source string
}

// OfficeHours of a region (code prefix, "" for the whole country) from a date on,
// until a later row for the same region.
type OfficeHours struct {
	Region    string
	From      string     // yyyy-mm-dd
	Intervals []Interval // in order, not overlapping; at least one
}

// Interval of a day in minutes after midnight, Beijing time; End is at most 1440.
type Interval struct{ Start, End int }

// Calendar says which days are worked and when offices close. It is immutable.
// A year without a single national row has no data: nothing is worked out from
// it (the State Council gives notice of the coming year's days each autumn).
type Calendar struct {
	region string
	years  map[int]bool
	days   map[string][]CalendarDay // by date, the most specific region first
	hours  []OfficeHours            // the most specific region first, then the newest
}

// NewCalendar checks the rows and orders them.
func NewCalendar(days []CalendarDay, hours []OfficeHours) (Calendar, error) {
	c := Calendar{years: map[int]bool{}, days: map[string][]CalendarDay{}, hours: slices.Clone(hours)}
	for _, day := range days {
		date, err := time.Parse(dateLayout, day.Date)
		if err != nil {
			return Calendar{}, fmt.Errorf("ticket: calendar day %q: not a date yyyy-mm-dd", day.Date)
		}
		if day.Kind != Holiday && day.Kind != MakeUpDay {
			return Calendar{}, fmt.Errorf("ticket: calendar day %s: unknown kind %q", day.Date, day.Kind)
		}
		for _, other := range c.days[day.Date] {
			if other.Region == day.Region {
				return Calendar{}, fmt.Errorf("ticket: calendar day %s of region %q stands twice", day.Date, day.Region)
			}
		}
		c.days[day.Date] = append(c.days[day.Date], day)
		if day.Region == "" {
			c.years[date.Year()] = true
		}
	}
	for _, rows := range c.days {
		slices.SortFunc(rows, func(a, b CalendarDay) int { return len(b.Region) - len(a.Region) })
	}
	for _, office := range hours {
		if err := office.check(); err != nil {
			return Calendar{}, err
		}
	}
	slices.SortStableFunc(c.hours, func(a, b OfficeHours) int {
		if d := len(b.Region) - len(a.Region); d != 0 {
			return d
		}
		return strings.Compare(b.From, a.From)
	})
	return c, nil
}

func (o OfficeHours) check() error {
	if _, err := time.Parse(dateLayout, o.From); err != nil {
		return fmt.Errorf("ticket: office hours of region %q: from %q is not a date yyyy-mm-dd", o.Region, o.From)
	}
	if len(o.Intervals) == 0 {
		return fmt.Errorf("ticket: office hours of region %q from %s: no interval", o.Region, o.From)
	}
	end := 0
	for _, i := range o.Intervals {
		if i.Start < end || i.End <= i.Start || i.End > 24*60 {
			return fmt.Errorf("ticket: office hours of region %q from %s: interval %d-%d is out of order", o.Region, o.From, i.Start, i.End)
		}
		end = i.End
	}
	return nil
}

// In is the calendar as it holds in a region: national rows, and those whose region
// is a prefix of the code; the most specific row of a date wins.
func (c Calendar) In(region string) Calendar {
	c.region = region
	return c
}

// Due works out the deadline of a limit that starts at from, with each step.
//
// Working days and days (Civil Code 201, 203): the starting day is not counted; the
// last day ends at close of business; a last day that is not worked rolls to
// the next one that is. Hours run from the stated time, day and night.
//
// Errors: CodeNoCalendar when a day to count lies in a year without data;
// CodeInvalid for a limit that is not positive, too long, or of an unknown unit.
func (c Calendar) Due(from time.Time, limit Limit) (time.Time, Explanation, error) {
	why := Explanation{From: from.UTC(), Limit: limit}
	start := from.In(Beijing)
	why.add("start", start, "", 0)
	most := maxLimitDays
	if limit.Unit == UnitHours {
		most = maxLimitHours
	}
	if limit.Value <= 0 || limit.Value > most {
		return time.Time{}, Explanation{}, invalid("limit", fmt.Sprintf("value %d is not between 1 and %d", limit.Value, most))
	}
	var err error
	switch limit.Unit {
	case UnitHours:
		why.Due = from.UTC().Add(time.Duration(limit.Value) * time.Hour)
		why.add("hours", why.Due.In(Beijing), "", limit.Value)
		return why.Due, why, nil
	case UnitWorkingDays:
		err = c.countDays(&why, start, limit.Value, true)
	case UnitDays:
		err = c.countDays(&why, start, limit.Value, false)
	default:
		err = invalid("limit", fmt.Sprintf("unknown unit %q", limit.Unit))
	}
	if err != nil {
		return time.Time{}, Explanation{}, err
	}
	return why.Due, why, nil
}

// countDays walks from the day after start until n days are counted and the last one
// is worked; onlyWorked counts worked days alone.
func (c Calendar) countDays(why *Explanation, start time.Time, n int, onlyWorked bool) error {
	why.add("startDayExcluded", start, "", 0)
	date := time.Date(start.Year(), start.Month(), start.Day(), 0, 0, 0, 0, Beijing)
	for counted, off := 0, 0; ; {
		date = date.AddDate(0, 0, 1)
		if !c.years[date.Year()] {
			return &Error{Code: CodeNoCalendar, Detail: fmt.Sprintf("no calendar for %d", date.Year())}
		}
		worked, code, note := c.day(date)
		last := counted == n // reached on a day off, now rolling
		switch {
		case last && !worked:
			code = "rolled"
		case !last && (worked || !onlyWorked):
			counted++
		}
		step := 0
		if !last && (worked || !onlyWorked) {
			step = counted
		}
		why.add(code, date, note, step)
		if worked && counted == n {
			why.Due = c.closes(date).UTC()
			why.add("endOfBusiness", why.Due.In(Beijing), "", 0)
			return nil
		}
		if off++; worked {
			off = 0
		} else if off > maxRoll {
			return &Error{Code: CodeNoCalendar, Detail: fmt.Sprintf("more than %d days off in a row before %s", maxRoll, date.Format(dateLayout))}
		}
	}
}

// On tells whether the date of a moment is worked, and the kind of a day off the week's
// pattern, "" for others. A year without data follows the pattern: nothing is owed by it.
func (c Calendar) On(at time.Time) (worked bool, kind DayKind) {
	worked, code, _ := c.day(at.In(Beijing))
	if code == string(Holiday) || code == string(MakeUpDay) {
		kind = DayKind(code)
	}
	return worked, kind
}

// day tells whether a date is worked, with the code and note of its step.
func (c Calendar) day(date time.Time) (worked bool, code, note string) {
	for _, row := range c.days[date.Format(dateLayout)] {
		if strings.HasPrefix(c.region, row.Region) {
			return row.Kind == MakeUpDay, string(row.Kind), row.Name
		}
	}
	if day := date.Weekday(); day == time.Saturday || day == time.Sunday {
		return false, "weekend", ""
	}
	return true, "workingDay", ""
}

// closes is the end of the date's last office interval; 18:00 without data.
func (c Calendar) closes(date time.Time) time.Time {
	minute := 18 * 60
	day := date.Format(dateLayout)
	for _, office := range c.hours {
		if strings.HasPrefix(c.region, office.Region) && office.From <= day {
			minute = office.Intervals[len(office.Intervals)-1].End
			break
		}
	}
	return date.Add(time.Duration(minute) * time.Minute)
}

func (e *Explanation) add(code string, at time.Time, note string, n int) {
	e.Steps = append(e.Steps, Step{Code: code, Date: at.Format(dateLayout), Note: note, N: n})
}
