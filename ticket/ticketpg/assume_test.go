package ticketpg

import (
	"testing"
	"time"

	"hotline12345/ticket"
)

func TestAssumedYearsCountAndKnownOnesStay(t *testing.T) {
	s, pool, _ := newStore(t)
	days := func() (n int) {
		if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM calendar_days WHERE date < '2027-01-01'`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	from := time.Date(2026, 12, 31, 10, 0, 0, 0, ticket.Beijing) // a Thursday
	due := func() (string, error) {
		rules := must[ticket.Rules](t)(s.Rules(t.Context()))
		at, _, err := rules.Calendar.Due(from, ticket.Limit{Value: 1, Unit: ticket.UnitWorkingDays})
		return at.Format(time.DateOnly), err
	}
	if at, err := due(); codeOf(err) != ticket.CodeNoCalendar {
		t.Fatalf("before: %s, %v", at, err)
	}
	known := days()
	for range 2 { // as every start does
		if err := s.AssumeYears(t.Context(), 2026, 2027); err != nil {
			t.Fatal(err)
		}
	}
	if at, err := due(); err != nil || at != "2027-01-04" { // past New Year's Day and a week-end
		t.Errorf("after: %s, %v", at, err)
	}
	if days() != known {
		t.Errorf("the notices' days went from %d to %d", known, days())
	}
	if err := s.AssumeYears(t.Context(), 2027, 2026); err == nil {
		t.Error("a span backwards was taken")
	}
}
