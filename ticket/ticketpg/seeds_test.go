package ticketpg

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"hotline12345/configs/seeds"
	"hotline12345/ticket"
)

func TestSeedsAreWhole(t *testing.T) {
	s, pool, clock := newStore(t)
	ctx := t.Context()
	agencies := must[[]Named](t)(s.Agencies(ctx))
	if len(agencies) != 24 || agencies[0] != (Named{"CSGL", "城市管理局"}) {
		t.Errorf("%d agencies, the first is %+v", len(agencies), agencies[0])
	}
	if regions := must[[]Named](t)(s.Regions(ctx)); len(regions) < 14 {
		t.Errorf("%d regions", len(regions))
	}
	rules := must[ticket.Rules](t)(s.Rules(ctx))
	if got := strings.Join(rules.Categories["010301"], "/"); got != "城乡建设/市政设施/路灯不亮" {
		t.Errorf("010301 is %s", got)
	}
	// Every category a ticket may have: named under its parents, with an agency and limits.
	names := map[string][]string{}
	for _, c := range must[[]Category](t)(s.Categories(ctx)) {
		if len(c.Code) != 2*c.Level || len(c.Path) != c.Level || c.Path[c.Level-1] != c.Name {
			t.Errorf("category %+v", c)
		}
		if c.Level > 1 && !slices.Equal(names[c.Code[:2*c.Level-2]], c.Path[:c.Level-1]) {
			t.Errorf("category %s stands before or outside its parent", c.Code)
		}
		names[c.Code] = c.Path
		if c.Level == 3 && len(must[[]Suggestion](t)(s.Suggest(ctx, c.Code, "650102"))) == 0 {
			t.Errorf("no agency for %s %v", c.Code, c.Path)
		}
	}
	var stray int
	if err := pool.QueryRow(ctx, `SELECT count(*) FROM catalogue c WHERE NOT EXISTS (SELECT FROM categories k WHERE k.code = c.category)`).Scan(&stray); err != nil || stray != 0 {
		t.Errorf("%d catalogue rows of unknown categories, %v", stray, err)
	}
	if got := must[[]Suggestion](t)(s.Suggest(ctx, "010301", "650102")); len(got) != 2 || got[0].Agency != "CSGL" || got[0].Reason == "" || got[1].Agency != "ZFJS" {
		t.Errorf("the broken street lamp goes to %+v", got)
	}
	for _, c := range []struct {
		kind     ticket.Kind
		urgency  ticket.Urgency
		category string
		want     string
	}{
		{ticket.Complaint, ticket.Ordinary, "010301", "5 workingDays"},
		{ticket.TipOff, ticket.Ordinary, "010301", "5 workingDays"},
		{ticket.Help, ticket.Ordinary, "010301", "5 workingDays"},
		{ticket.Inquiry, ticket.Ordinary, "010301", "1 workingDays"},
		{ticket.Suggestion, ticket.Ordinary, "010301", "1 workingDays"},
		{ticket.Praise, ticket.Ordinary, "010301", "5 workingDays"},
		{ticket.Complaint, ticket.Urgent, "010301", "24 hours"},
		{ticket.Complaint, ticket.Critical, "010301", "2 hours"},
		{ticket.Complaint, ticket.Ordinary, "020201", "24 hours"},
		{ticket.Complaint, ticket.Ordinary, "020302", "2 hours"},
	} {
		_, why, err := s.Deadline(ctx, c.kind, c.urgency, c.category, "650102")
		if got := fmt.Sprint(why.Limit.Value, " ", why.Limit.Unit); err != nil || got != c.want {
			t.Errorf("%+v: %s, %v", c, got, err)
		}
	}
	// Xinjiang's own days of 2025, and nobody else's: 6/5 is a Thursday, 6/6-10 off.
	clock.move(time.Date(2025, 6, 5, 10, 0, 0, 0, ticket.Beijing).Sub(clock.now()))
	for region, want := range map[string]string{"650102": "2025-06-11 19:30", "110101": "2025-06-06 18:00"} {
		if _, _, err := s.Deadline(ctx, ticket.Inquiry, ticket.Ordinary, "999999", region); codeOf(err) != ticket.CodeUnknownCategory {
			t.Errorf("the deadline of no category: %v", err)
		}
		due, _, err := s.Deadline(ctx, ticket.Inquiry, ticket.Ordinary, "010301", region)
		if got := due.In(ticket.Beijing).Format("2006-01-02 15:04"); err != nil || got != want {
			t.Errorf("in %s due %s, %v, want %s", region, got, err, want)
		}
	}
	working := 0
	for day := time.Date(2026, 1, 1, 12, 0, 0, 0, ticket.Beijing); day.Year() == 2026; day = day.AddDate(0, 0, 1) {
		due, _, err := rules.Calendar.In("11").Due(day.AddDate(0, 0, -1), ticket.Limit{Value: 1, Unit: ticket.UnitWorkingDays})
		if err == nil && due.In(ticket.Beijing).YearDay() == day.YearDay() {
			working++
		}
	}
	if working != 248 {
		t.Errorf("%d working days in 2026", working)
	}
}

func TestImportTwiceChangesNothingAndSeedLeavesTheAdministratorsData(t *testing.T) {
	s, pool, _ := newStore(t)
	ctx := t.Context()
	state := func() string {
		t.Helper()
		var digest string
		for _, table := range []string{"regions", "agencies", "categories", "catalogue", "calendar_days", "office_hours", "limit_rules", "ticket_settings"} {
			var part string
			if err := pool.QueryRow(ctx, `SELECT md5(coalesce(string_agg(x::text, '|' ORDER BY x::text), '')) || count(*) FROM `+table+` x`).Scan(&part); err != nil {
				t.Fatal(err)
			}
			digest += part
		}
		return digest
	}
	fresh := state()
	if err := s.Import(ctx, seeds.FS); err != nil || state() != fresh {
		t.Errorf("importing again: changed=%v, %v", state() != fresh, err)
	}
	if _, err := pool.Exec(ctx, `UPDATE limit_rules SET value = 3 WHERE id = 'complaint'`); err != nil {
		t.Fatal(err)
	}
	changed := state()
	if err := s.Seed(ctx, seeds.FS); err != nil || state() != changed {
		t.Errorf("a restart undid the administrator's change, or failed: %v", err)
	}
	if err := s.Import(ctx, seeds.FS); err != nil || state() != fresh {
		t.Errorf("an asked-for import did not bring the file's value back: %v", err)
	}
	if got := must[ticket.Rules](t)(s.Rules(ctx)); got.MaxRedo != 2 || got.MaxText != 5000 {
		t.Errorf("rules %+v", got)
	}
	file := func(name, text string) fstest.MapFS { return fstest.MapFS{name: {Data: []byte(text)}} }
	whole := "agencies: [{code: A, name: a}]\ncategories: [{code: '01', name: a, groups: []}]\n" +
		"handling: [{id: x, value: 1, unit: hours}]\nsettings: {agencyReview: false, maxRedo: 1, maxText: 9}\n"
	for text, want := range map[string]string{
		"agencys: []": "bad.yaml", "agencies: []": "missing",
		whole + "hours: [{region: '', from: 2026-01-01, intervals: ['9-18']}]":                 "hh:mm",
		whole + "hours: [{region: '', from: 2026-01-01, intervals: ['18:00-09:00']}]":          "out of order",
		whole + "days: [{source: s, holidays: [{name: h, from: 2026-02-03, to: 2026-02-01}]}]": "span",
		whole + "days: [{source: s, worked: [tomorrow]}]":                                      "not a date",
		whole + "signing: [{id: y, value: 0, unit: hours}]":                                    "check constraint",
		whole + "catalogue: [{category: '01', agency: NOBODY, reason: r}]":                     "foreign key",
	} {
		if err := s.Import(ctx, file("bad.yaml", text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if state() != fresh {
		t.Error("a refused import left something behind")
	}
}
