package ticket

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func at(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", text, Beijing)
	if err != nil {
		panic(err)
	}
	return t
}

// year2026 has the State Council's days of 2026 (domain.md, section 2), and the
// Xinjiang office hours.
func year2026(t testing.TB) Calendar {
	t.Helper()
	var days []CalendarDay
	add := func(kind DayKind, name, from, to string) {
		for d := at(from + " 00:00"); !d.After(at(to + " 00:00")); d = d.AddDate(0, 0, 1) {
			days = append(days, CalendarDay{Date: d.Format(dateLayout), Kind: kind, Name: name, Source: "notice"})
		}
	}
	for _, off := range [][3]string{
		{"元旦", "2026-01-01", "2026-01-03"},
		{"春节", "2026-02-15", "2026-02-23"},
		{"清明节", "2026-04-04", "2026-04-06"},
		{"劳动节", "2026-05-01", "2026-05-05"},
		{"端午节", "2026-06-19", "2026-06-21"},
		{"中秋节", "2026-09-25", "2026-09-27"},
		{"国庆节", "2026-10-01", "2026-10-07"},
	} {
		add(Holiday, off[0], off[1], off[2])
	}
	for _, on := range []string{"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"} {
		add(MakeUpDay, "调休", on, on)
	}
	days = append(days, CalendarDay{Date: "2026-03-20", Region: "65", Kind: Holiday, Name: "地方节日", Source: "test"})
	calendar, err := NewCalendar(days, []OfficeHours{
		{Region: "", From: "2000-01-01", Intervals: []Interval{{9 * 60, 12 * 60}, {14 * 60, 18 * 60}}},
		{Region: "65", From: "2000-01-01", Intervals: []Interval{{10 * 60, 14 * 60}, {15*60 + 30, 19*60 + 30}}},
		{Region: "65", From: "2026-11-01", Intervals: []Interval{{10 * 60, 14 * 60}, {15 * 60, 19 * 60}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return calendar
}

func TestDueByHand(t *testing.T) {
	calendar := year2026(t)
	for _, c := range []struct {
		region, from string
		limit        Limit
		due          string
	}{
		{"11", "2026-03-02 09:00", Limit{Value: 5, Unit: UnitWorkingDays}, "2026-03-09 18:00"},
		{"11", "2026-03-02 23:59", Limit{Value: 1, Unit: UnitWorkingDays}, "2026-03-03 18:00"},     // the day is excluded, whatever the hour
		{"11", "2026-02-13 10:00", Limit{Value: 1, Unit: UnitWorkingDays}, "2026-02-14 18:00"},     // a worked Saturday
		{"11", "2026-02-14 10:00", Limit{Value: 5, Unit: UnitWorkingDays}, "2026-02-28 18:00"},     // Spring Festival; 24-27 and Saturday 28
		{"11", "2026-09-30 17:00", Limit{Value: 2, Unit: UnitWorkingDays}, "2026-10-09 18:00"},     // 10/8, 10/9
		{"11", "2026-09-30 17:00", Limit{Value: 3, Unit: UnitWorkingDays}, "2026-10-10 18:00"},     // the worked Saturday
		{"11", "2026-09-30 17:00", Limit{Value: 24, Unit: UnitHours}, "2026-10-01 17:00"},          // hours ignore holidays
		{"11", "2026-12-31 23:00", Limit{Value: 2, Unit: UnitHours}, "2027-01-01 01:00"},           // and need no calendar
		{"11", "2026-09-28 10:00", Limit{Value: 5, Unit: UnitDays}, "2026-10-08 18:00"},            // day 5 is 10/3: rolls
		{"11", "2026-03-02 10:00", Limit{Value: 5, Unit: UnitDays}, "2026-03-09 18:00"},            // day 5 is a Saturday: rolls to Monday
		{"650102", "2026-03-19 10:00", Limit{Value: 1, Unit: UnitWorkingDays}, "2026-03-23 19:30"}, // the region's own day off
		{"11", "2026-03-19 10:00", Limit{Value: 1, Unit: UnitWorkingDays}, "2026-03-20 18:00"},
		{"650102", "2026-11-25 15:00", Limit{Value: 5, Unit: UnitWorkingDays}, "2026-12-02 19:00"}, // winter hours
	} {
		due, why, err := calendar.In(c.region).Due(at(c.from), c.limit)
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		if !due.Equal(at(c.due)) || !why.Due.Equal(due) {
			t.Errorf("%+v: due %s, explained as %s", c, due.In(Beijing), why.Due.In(Beijing))
		}
		if last := why.Steps[len(why.Steps)-1]; last.Date != due.In(Beijing).Format(dateLayout) {
			t.Errorf("%+v: the last step is %+v", c, last)
		}
	}
}

func TestExplanationNamesEachDay(t *testing.T) {
	_, why, err := year2026(t).In("11").Due(at("2026-02-13 10:00"), Limit{Value: 2, Unit: UnitWorkingDays})
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, s := range why.Steps {
		fmt.Fprintf(&got, "%s %s %s %d\n", s.Date, s.Code, s.Note, s.N)
	}
	want := "2026-02-13 start  0\n2026-02-13 startDayExcluded  0\n2026-02-14 makeUpDay 调休 1\n"
	for d := 15; d <= 23; d++ {
		want += fmt.Sprintf("2026-02-%d holiday 春节 0\n", d)
	}
	want += "2026-02-24 workingDay  2\n2026-02-24 endOfBusiness  0\n"
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
}

func TestWorkingDaysOf2026(t *testing.T) {
	calendar, n := year2026(t), 0
	for d := at("2026-01-01 00:00"); d.Year() == 2026; d = d.AddDate(0, 0, 1) {
		if worked, _, _ := calendar.day(d); worked {
			n++
		}
	}
	if n != 248 {
		t.Errorf("%d working days, the notice gives 248", n)
	}
}

func TestDueRefuses(t *testing.T) {
	calendar := year2026(t)
	for _, c := range []struct {
		from  string
		limit Limit
		code  Code
	}{
		{"2026-12-31 10:00", Limit{Value: 1, Unit: UnitWorkingDays}, CodeNoCalendar},
		{"2026-12-25 10:00", Limit{Value: 15, Unit: UnitWorkingDays}, CodeNoCalendar},
		{"2025-06-02 10:00", Limit{Value: 1, Unit: UnitWorkingDays}, CodeNoCalendar},
		{"2026-12-31 10:00", Limit{Value: 1, Unit: UnitDays}, CodeNoCalendar},
		{"2026-03-02 10:00", Limit{Value: 0, Unit: UnitWorkingDays}, CodeInvalid},
		{"2026-03-02 10:00", Limit{Value: 1000, Unit: UnitWorkingDays}, CodeInvalid},
		{"2026-03-02 10:00", Limit{Value: -1, Unit: UnitHours}, CodeInvalid},
		{"2026-03-02 10:00", Limit{Value: 1, Unit: "weeks"}, CodeInvalid},
	} {
		due, _, err := calendar.Due(at(c.from), c.limit)
		var coded *Error
		if !errors.As(err, &coded) || coded.Code != c.code {
			t.Errorf("%+v: due %v, error %v, want code %s", c, due, err, c.code)
		}
	}
	for _, bad := range []struct {
		days  []CalendarDay
		hours []OfficeHours
	}{
		{days: []CalendarDay{{Date: "2026-13-01", Kind: Holiday}}},
		{days: []CalendarDay{{Date: "2026-01-01", Kind: "off"}}},
		{days: []CalendarDay{{Date: "2026-01-01", Kind: Holiday}, {Date: "2026-01-01", Kind: MakeUpDay}}},
		{hours: []OfficeHours{{From: "soon", Intervals: []Interval{{0, 1}}}}},
		{hours: []OfficeHours{{From: "2026-01-01"}}},
		{hours: []OfficeHours{{From: "2026-01-01", Intervals: []Interval{{600, 540}}}}},
		{hours: []OfficeHours{{From: "2026-01-01", Intervals: []Interval{{540, 720}, {700, 800}}}}},
		{hours: []OfficeHours{{From: "2026-01-01", Intervals: []Interval{{540, 1441}}}}},
	} {
		if _, err := NewCalendar(bad.days, bad.hours); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

// slowDue is the reference: it lists every date of 2020-2026 that is worked in
// the region, and picks from the list.
func slowDue(days []CalendarDay, region string, closes func(region, date string) int, from time.Time, limit Limit) (time.Time, bool) {
	start := from.In(Beijing).Format(dateLayout)
	var worked, after []string
	for d := at("2020-01-01 00:00"); d.Year() <= 2026; d = d.AddDate(0, 0, 1) {
		date := d.Format(dateLayout)
		on, weight := d.Weekday() >= time.Monday && d.Weekday() <= time.Friday, -1
		for _, row := range days {
			if row.Date == date && strings.HasPrefix(region, row.Region) && len(row.Region) > weight {
				on, weight = row.Kind == MakeUpDay, len(row.Region)
			}
		}
		if on && date > start {
			worked = append(worked, date)
		}
		if date > start {
			after = append(after, date)
		}
	}
	var last string
	switch limit.Unit {
	case UnitHours:
		return from.Add(time.Duration(limit.Value) * time.Hour), true
	case UnitWorkingDays:
		if len(worked) < limit.Value {
			return time.Time{}, false
		}
		last = worked[limit.Value-1]
	case UnitDays:
		if len(after) < limit.Value {
			return time.Time{}, false
		}
		for _, date := range worked {
			if date >= after[limit.Value-1] {
				last = date
				break
			}
		}
	}
	if last == "" {
		return time.Time{}, false
	}
	return at(last + " 00:00").Add(time.Duration(closes(region, last)) * time.Minute), true
}

func TestDueAgainstSlowReference(t *testing.T) {
	random := rand.New(rand.NewPCG(2026, 11))
	regions := []string{"", "11", "65", "6501", "650102"}
	for range 12 {
		days := randomDays(random, regions)
		summer := 17*60 + random.IntN(180)
		hours := []OfficeHours{
			{From: "2000-01-01", Intervals: []Interval{{9 * 60, 12 * 60}, {13 * 60, 18 * 60}}},
			{Region: "65", From: "2000-01-01", Intervals: []Interval{{10 * 60, 19*60 + 30}}},
			{Region: "65", From: "2023-05-01", Intervals: []Interval{{10 * 60, summer}}},
		}
		closes := func(region, date string) int {
			switch {
			case !strings.HasPrefix(region, "65"):
				return 18 * 60
			case date < "2023-05-01":
				return 19*60 + 30
			default:
				return summer
			}
		}
		calendar, err := NewCalendar(days, hours)
		if err != nil {
			t.Fatal(err)
		}
		for range 60 {
			from := at("2019-12-31 00:00").Add(time.Duration(random.Int64N(int64(7 * 365 * 24 * time.Hour)))).UTC()
			limit := Limit{Value: 1 + random.IntN(40), Unit: []string{UnitWorkingDays, UnitDays, UnitHours}[random.IntN(3)]}
			region := regions[random.IntN(len(regions))]
			want, ok := slowDue(days, region, closes, from, limit)
			got, _, err := calendar.In(region).Due(from, limit)
			if ok != (err == nil) || ok && !got.Equal(want) {
				t.Fatalf("region %q from %s limit %+v: got %v, %v, want %v, %v", region, from.In(Beijing), limit, got.In(Beijing), err, want.In(Beijing), ok)
			}
		}
	}
}

// randomDays has a national row in each year, so that all have data, and at most one
// row for a date and region.
func randomDays(random *rand.Rand, regions []string) []CalendarDay {
	var days []CalendarDay
	seen := map[string]bool{}
	add := func(date time.Time, region string, kind DayKind) {
		key := date.Format(dateLayout) + region
		if !seen[key] {
			seen[key] = true
			days = append(days, CalendarDay{Date: date.Format(dateLayout), Region: region, Kind: kind, Name: "节"})
		}
	}
	for year := 2020; year <= 2026; year++ {
		first := time.Date(year, 1, 1, 0, 0, 0, 0, Beijing)
		add(first, "", Holiday)
		for range 25 {
			day := first.AddDate(0, 0, random.IntN(365))
			add(day, regions[random.IntN(len(regions))], []DayKind{Holiday, MakeUpDay}[random.IntN(2)])
		}
	}
	return days
}
