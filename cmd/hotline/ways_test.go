package main

import (
	"testing"
	"time"

	"hotline12345/routing"
	"hotline12345/ticket"
)

// TestDaysOfQueues are those of the tickets' calendar.
func TestDaysOfQueues(t *testing.T) {
	calendar, err := ticket.NewCalendar([]ticket.CalendarDay{
		{Date: "2026-02-17", Kind: ticket.Holiday, Name: "春节"},
		{Date: "2026-02-28", Kind: ticket.MakeUpDay},
		{Date: "2026-05-27", Region: "65", Kind: ticket.Holiday, Name: "古尔邦节"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var w ways
	if got := w.day(time.Date(2026, 2, 17, 4, 0, 0, 0, time.UTC)); got != routing.Workday {
		t.Errorf("before the calendar is read: %s", got)
	}
	for region, days := range map[string]map[string]routing.DayKind{
		"65": {"2026-02-17": routing.Holiday, "2026-02-28": routing.Workday, "2026-05-27": routing.Holiday, "2026-03-07": routing.Weekend, "2031-01-01": routing.Workday},
		"62": {"2026-05-27": routing.Workday},
	} {
		of := calendar.In(region)
		w.calendar.Store(&of)
		for day, want := range days {
			at, err := time.ParseInLocation(time.DateOnly, day, ticket.Beijing)
			if err != nil {
				t.Fatal(err)
			}
			if got := w.day(at.UTC()); got != want {
				t.Errorf("%s in %q: %s, want %s", day, region, got, want)
			}
		}
	}
}
