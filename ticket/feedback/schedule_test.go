package feedback

import (
	"testing"
	"time"
)

func at(t *testing.T, text string) time.Time {
	t.Helper()
	moment, err := time.ParseInLocation("2006-01-02 15:04", text, beijing)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

// TestNextAttempt: 08:00-20:00 has the parts 08-12, 12-16 and 16-20.
func TestNextAttempt(t *testing.T) {
	hours := Hours{From: 8 * time.Hour, To: 20 * time.Hour}
	for _, c := range []struct {
		name    string
		earlier []string
		now     string
		want    string
	}{
		{"the first at once", nil, "2026-11-25 10:00", "2026-11-25 10:00"},
		{"the first before the hours", nil, "2026-11-25 06:10", "2026-11-25 08:00"},
		{"the first after the hours", nil, "2026-11-25 20:00", "2026-11-26 08:00"},
		{"the second in another part", []string{"2026-11-25 08:30"}, "2026-11-25 09:00", "2026-11-25 12:00"},
		{"the pause counts", []string{"2026-11-25 11:50"}, "2026-11-25 12:00", "2026-11-25 13:50"},
		{"from the last part to the next day", []string{"2026-11-25 17:00"}, "2026-11-25 17:10", "2026-11-26 08:00"},
		{"the third in the part that is left", []string{"2026-11-25 13:00", "2026-11-25 17:00"}, "2026-11-25 19:00", "2026-11-26 08:00"},
		{"over a month's end", []string{"2026-11-30 13:00", "2026-11-30 18:30"}, "2026-11-30 19:00", "2026-12-01 08:00"},
		{"a fourth anywhere", []string{"2026-11-25 08:00", "2026-11-25 12:00", "2026-11-25 16:00"}, "2026-11-25 16:30", "2026-11-25 18:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var earlier []time.Time
			for _, text := range c.earlier {
				earlier = append(earlier, at(t, text))
			}
			got := nextAttempt(hours, 2*time.Hour, earlier, at(t, c.now).UTC())
			if want := at(t, c.want); !got.Equal(want) {
				t.Errorf("got %v, want %v", got.In(beijing), want)
			}
		})
	}
}

// TestAttemptsNeverLeaveTheHours tries every minute of two days with odd hours.
func TestAttemptsNeverLeaveTheHours(t *testing.T) {
	for _, hours := range []Hours{{8 * time.Hour, 21 * time.Hour}, {0, 24 * time.Hour}, {9*time.Hour + 7*time.Minute, 9*time.Hour + 11*time.Minute}} {
		var earlier []time.Time
		start := at(t, "2026-11-25 00:00")
		for minute := range 2 * 24 * 60 {
			now := start.Add(time.Duration(minute) * time.Minute)
			earlier = earlier[:0]
			for range 4 {
				next := nextAttempt(hours, time.Hour, earlier, now)
				if !hours.Open(next) || next.Before(now) {
					t.Fatalf("hours %v, now %v, after %v: %v", hours, now, earlier, next)
				}
				earlier = append(earlier, next)
			}
		}
	}
}
