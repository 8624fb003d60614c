package routing

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestCheckCallPlan(t *testing.T) {
	for want, change := range map[string]func(*CallPlan){
		"":                      func(*CallPlan) {},
		"hours.from range":      func(p *CallPlan) { p.Hours.From = "9:00" },
		"hours.from clock":      func(p *CallPlan) { p.Hours.To = "09:00" },
		"attempts range":        func(p *CallPlan) { p.Attempts = 11 },
		"pauses unknown":        func(p *CallPlan) { p.Pauses["refused"] = 60 },
		"pauses.noAnswer range": func(p *CallPlan) { p.Pauses[CallNoAnswer] = 1 },
	} {
		p := CallPlan{}.Normal()
		change(&p)
		if got := fault(p.Check()); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if DefaultCallPlan.Pauses["refused"] != 0 || !reflect.DeepEqual(CallPlan{}.Normal(), DefaultCallPlan) {
		t.Error("the default was changed")
	}
}

// TestWhenSomebodyIsCalledAgain by what came of the attempts before.
func TestWhenSomebodyIsCalledAgain(t *testing.T) {
	plan := DefaultCallPlan // 09:00-20:00: parts begin at 9:00, 12:40, 16:20
	evening := beijingAt("2026-03-02 18:00:00")
	for name, c := range map[string]struct {
		result CallResult
		tries  []string
		again  string
		until  *time.Time
		want   string
		ended  CallEnd
	}{
		"reached":                       {result: CallReached, tries: []string{"2026-03-02 10:00:00"}, ended: CallEndResult},
		"not his number":                {result: CallWrongNumber, tries: []string{"2026-03-02 10:00:00"}, ended: CallEndResult},
		"busy: soon":                    {result: CallBusy, tries: []string{"2026-03-02 10:00:00"}, want: "2026-03-02 10:15:00"},
		"busy at night":                 {result: CallBusy, tries: []string{"2026-03-02 19:50:00"}, want: "2026-03-03 09:00:00"},
		"no answer: another part":       {result: CallNoAnswer, tries: []string{"2026-03-02 09:10:00"}, want: "2026-03-02 12:40:00"},
		"no answer: the pause":          {result: CallNoAnswer, tries: []string{"2026-03-02 12:00:00"}, want: "2026-03-02 15:00:00"},
		"the part that was not tried":   {result: CallNoAnswer, tries: []string{"2026-03-02 10:00:00", "2026-03-02 17:00:00"}, want: "2026-03-03 12:40:00"},
		"enough":                        {result: CallNoAnswer, tries: []string{"2026-03-02 10:00:00", "2026-03-02 17:00:00", "2026-03-03 13:00:00"}, ended: CallEndAttempts},
		"at his time":                   {result: CallAgain, tries: []string{"2026-03-02 10:00:00"}, again: "2026-03-05 15:30:00", want: "2026-03-05 15:30:00"},
		"at his time, not in the night": {result: CallAgain, tries: []string{"2026-03-02 10:00:00"}, again: "2026-03-05 23:00:00", want: "2026-03-06 09:00:00"},
		"at his time beyond the plan": {
			result: CallAgain, tries: []string{"2026-03-02 10:00:00", "2026-03-02 11:00:00", "2026-03-02 12:00:00"}, again: "2026-03-05 15:00:00", want: "2026-03-05 15:00:00",
		},
		"too late": {result: CallNoAnswer, tries: []string{"2026-03-02 17:00:00"}, until: &evening, ended: CallEndTime},
	} {
		t.Run(name, func(t *testing.T) {
			var tries []time.Time
			for _, text := range c.tries {
				tries = append(tries, beijingAt(text))
			}
			var again time.Time
			if c.again != "" {
				again = beijingAt(c.again)
			}
			due, ended := plan.After(c.result, tries, again, c.until)
			if ended != c.ended || (c.want != "" && !due.Equal(beijingAt(c.want))) {
				t.Errorf("due %s, ended %q", due.In(beijing), ended)
			}
			if ended == "" && !plan.Open(due) {
				t.Error("due when it is quiet")
			}
		})
	}
}

func TestReadEntries(t *testing.T) {
	until := time.Date(2026, 3, 31, 10, 0, 0, 0, time.UTC)
	entries, lines, faults := ReadEntries("\ufeff号码,姓名,工单,备注,截止\r\n138 0000-1000,张某,20260302-000001,\"路灯, 三盏\",2026-03-31 18:00\n\n13800002000\n13800003000,李某,,,明天\n1,2,3,4,,6\n")
	want := []CallEntry{
		{Number: "13800001000", Name: "张某", Ticket: "20260302-000001", Note: "路灯, 三盏", NotAfter: &until},
		{Number: "13800002000"},
	}
	if !reflect.DeepEqual(entries, want) || !reflect.DeepEqual(lines, []int{2, 4}) {
		t.Errorf("read %+v at %v", entries, lines)
	}
	if !reflect.DeepEqual(faults, []LineFault{{5, "notAfter", WhyRange}, {6, "csv", WhyRange}}) {
		t.Errorf("faults %+v", faults)
	}
	for table, want := range map[string]LineFault{
		"":                {1, "csv", WhyTable},
		"手机号\n1\n":        {1, "csv", WhyUnknown},
		"number\n\"139\n": {2, "csv", WhyTable},
		"number\n" + strings.Repeat("1\n", MaxEntries+1): {MaxEntries + 2, "csv", WhyLong},
	} {
		if _, _, got := ReadEntries(table); len(got) != 1 || got[0] != want {
			t.Errorf("%.20q: %+v", table, got)
		}
	}
}

func TestCheckEntryAndDoNotCall(t *testing.T) {
	before := noon.Add(-time.Hour)
	for want, e := range map[string]CallEntry{
		"":               {Number: "+8613800001000", Name: "某"},
		"number empty":   {},
		"number range":   {Number: "0991-1234"},
		"note long":      {Number: "12345", Note: strings.Repeat("长", maxEntryNote+1)},
		"notAfter range": {Number: "12345", NotAfter: &before},
	} {
		if got := fault(e.Check(noon)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for want, d := range map[string]DoNotCall{
		"":               {Reason: DoNotCallAsked, Until: noon.Add(AgentsDoNotCall)},
		"reason unknown": {Reason: "boring", Until: noon.Add(AgentsDoNotCall)},
		"note empty":     {Reason: DoNotCallOther, Until: noon.Add(AgentsDoNotCall)},
		"until range":    {Reason: DoNotCallAsked, Until: noon.Add(MaxDoNotCall + time.Second)},
	} {
		if got := fault(d.Check(noon)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if CallCallback.Heeds() || !CallFollowUp.Heeds() || !CallNotice.Heeds() {
		t.Error("who asked to be called is called; nobody else against his will")
	}
}
