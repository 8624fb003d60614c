package report

import (
	"errors"
	"slices"
	"testing"
	"time"

	"hotline12345/callcenter"
)

var nine = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC) // 09:00 in Beijing

func wait(seconds int, ended callcenter.Cause) callcenter.Contact {
	return callcenter.Contact{Kind: callcenter.ContactWait, Queue: "main", From: nine, To: nine.Add(time.Duration(seconds) * time.Second), Ended: ended}
}

func TestWhatAContactCounts(t *testing.T) {
	begun := func(c callcenter.Contact, by callcenter.Cause) callcenter.Contact {
		c.Began = by
		return c
	}
	named := wait(3, callcenter.CauseAnswered)
	named.Agent = "a"
	talk := callcenter.Contact{Kind: callcenter.ContactTalk, Agent: "a", TalkMS: 60, HoldMS: 7, Ended: callcenter.CauseHandOver}
	outside := callcenter.Contact{Kind: callcenter.ContactTalk, Number: "110", TalkMS: 60}
	for name, c := range map[string]struct {
		contact callcenter.Contact
		want    Counts
	}{
		"in time":           {wait(15, callcenter.CauseAnswered), Counts{Offered: 1, Answered: 1, AnsweredInTime: 1, WaitMS: 15_000}},
		"late":              {wait(16, callcenter.CauseAnswered), Counts{Offered: 1, Answered: 1, WaitMS: 16_000}},
		"short":             {wait(4, callcenter.CauseLeft), Counts{Offered: 1, Abandoned: 1, AbandonedInTime: 1, Short: 1}},
		"not so short":      {wait(5, callcenter.CauseLeft), Counts{Offered: 1, Abandoned: 1, AbandonedInTime: 1}},
		"left a callback":   {wait(40, callcenter.CauseCallback), Counts{Offered: 1, Abandoned: 1}},
		"overflowed":        {wait(3, callcenter.CauseOverflow), Counts{Overflowed: 1}},
		"left after it":     {begun(wait(4, callcenter.CauseLeft), callcenter.CauseOverflow), Counts{Offered: 1, Abandoned: 1, AbandonedInTime: 1}},
		"given back":        {begun(wait(4, callcenter.CauseLeft), callcenter.CauseForced), Counts{}},
		"his page was lost": {begun(wait(4, callcenter.CauseAnswered), callcenter.CausePageLost), Counts{}},
		"transferred":       {begun(wait(16, callcenter.CauseAnswered), callcenter.CauseTransfer), Counts{Offered: 1, Answered: 1, WaitMS: 16_000}},
		"for one by name":   {named, Counts{}},
		"talk":              {talk, Counts{Handled: 1, Transfers: 1, TalkMS: 60, HoldMS: 7}},
		"an outside number": {outside, Counts{}},
		"a consultation":    {callcenter.Contact{Kind: callcenter.ContactConsult, Agent: "b", TalkMS: 5}, Counts{}},
	} {
		if got := (Thresholds{15 * time.Second, 5 * time.Second}).Of(c.contact); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestFigures(t *testing.T) {
	c := Counts{
		Offered: 10, Answered: 6, AnsweredInTime: 3, Abandoned: 4, AbandonedInTime: 3, Short: 2, Handled: 4,
		WaitMS: 60_000, TalkMS: 200, HoldMS: 40, WrapUpMS: 80, BusyMS: 30, OpenMS: 10,
	}
	want := map[Formula]float64{FormulaAnswered: 0.5, FormulaOffered: 0.3, FormulaWithoutShort: 0.375, FormulaWithAbandons: 0.6}
	for _, l := range c.ServiceLevels() {
		if l.Value == nil || *l.Value != want[l.Formula] {
			t.Errorf("%s: %v, want %v", l.Formula, l.Value, want[l.Formula])
		}
	}
	if c.ASA() != 10_000 || c.AHT() != 80 || *c.Occupancy() != 0.75 {
		t.Errorf("ASA %d, AHT %d, occupancy %v", c.ASA(), c.AHT(), *c.Occupancy())
	}
	var none Counts
	if none.ASA() != 0 || none.AHT() != 0 || none.Occupancy() != nil {
		t.Error("figures of nothing")
	}
	for _, l := range none.ServiceLevels() {
		if l.Value != nil {
			t.Errorf("%s of nothing is %v", l.Formula, *l.Value)
		}
	}
	if short := (Counts{Offered: 2, Abandoned: 2, Short: 2}).ServiceLevels()[2]; short.Value != nil {
		t.Errorf("of short abandons alone: %v", *short.Value)
	}
	var sum Counts
	sum.Add(c)
	sum.Add(c)
	if sum.Offered != 20 || sum.OpenMS != 20 || sum.Short != 4 || sum.AHT() != 80 {
		t.Errorf("twice: %+v", sum)
	}
}

func TestRanges(t *testing.T) {
	r, err := NewRange(nine.Add(7*time.Minute), nine.Add(31*time.Minute), StepQuarter)
	if err != nil || !r.From.Equal(nine) || !r.To.Equal(nine.Add(45*time.Minute)) || len(r.Starts()) != 3 {
		t.Errorf("%+v, %v", r, err)
	}
	day, err := NewRange(nine, nine.Add(time.Hour), StepDay)
	if err != nil || day.From.Format(time.RFC3339) != "2026-03-01T16:00:00Z" || day.To.Sub(day.From) != 24*time.Hour {
		t.Errorf("%+v, %v", day, err)
	}
	for step, most := range longest {
		if _, err := NewRange(day.From, day.From.Add(most), step); err != nil {
			t.Errorf("the longest by %s: %v", step, err)
		}
		if _, err := NewRange(day.From, day.From.Add(most+1), step); !errors.Is(err, ErrTooLong) {
			t.Errorf("longer by %s: %v", step, err)
		}
		if _, err := NewRange(nine, nine, step); !errors.Is(err, ErrEmpty) {
			t.Errorf("empty by %s: %v", step, err)
		}
	}
	if !slices.IsSortedFunc(r.Starts(), time.Time.Compare) {
		t.Error("not in order")
	}
}
