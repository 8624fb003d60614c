package callpg

import (
	"errors"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/report"
)

func TestBadRatingsAreTasks(t *testing.T) {
	s, _ := newStore(t)
	for call, rating := range map[callcenter.CallID]callcenter.Rating{"a": 0, "b": 1, "c": 3, "d": 4, "e": 5, "f": 4} {
		r := record(call, int(call[0])*10)
		r.Rating = rating
		ok(t, s.WriteRecord(t.Context(), r))
		ok(t, s.WriteRecord(t.Context(), r)) // a repeat
		if got := must[callcenter.CallRecord](t)(s.Record(t.Context(), call)); got.Rating != rating {
			t.Errorf("%s: rated %d", call, got.Rating)
		}
	}
	pages := func(closed bool) (calls string) {
		t.Helper()
		for after := ""; ; {
			page := must[BadRatingPage](t)(s.BadRatings(t.Context(), closed, after, 1))
			for _, b := range page.Items {
				calls += string(b.Call)
			}
			if after = page.Next; after == "" {
				return calls
			}
		}
	}
	if got := pages(false); got != "def" {
		t.Errorf("open: %q", got)
	}
	task := must[BadRating](t)(s.CloseBadRating(t.Context(), "e", "boss", "已回访致歉", at(9000)))
	if task.Rating != 5 || task.ClosedBy != "boss" || task.Note != "已回访致歉" || !task.ClosedAt.Equal(at(9000)) || len(task.Agents) != 1 {
		t.Errorf("%+v", task)
	}
	must[BadRating](t)(s.CloseBadRating(t.Context(), "d", "boss", "", at(9001)))
	if open, closed := pages(false), pages(true); open != "f" || closed != "de" {
		t.Errorf("open %q, closed %q", open, closed)
	}
	if _, err := s.CloseBadRating(t.Context(), "e", "boss", "", at(9002)); !errors.Is(err, ErrTaken) {
		t.Errorf("closed twice: %v", err)
	}
	if _, err := s.CloseBadRating(t.Context(), "a", "boss", "", at(9002)); !errors.Is(err, ErrNotFound) {
		t.Errorf("of a call that was not rated: %v", err)
	}
	if _, err := s.BadRatings(t.Context(), false, "nonsense", 1); !errors.Is(err, ErrCursor) {
		t.Errorf("a bad cursor: %v", err)
	}
	span, err := report.NewRange(at(0), at(86400), report.StepDay)
	ok(t, err)
	day := must[[]Interval](t)(s.Report(t.Context(), ReportQuery{Range: span, Thresholds: report.Thresholds{Within: time.Second}}))
	if c := day[0]; c.Rated != 5 || c.BadlyRated != 3 {
		t.Errorf("the report: %+v", c)
	}
}
