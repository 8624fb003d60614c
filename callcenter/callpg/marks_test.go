package callpg

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/routing"
)

// TestMarks: what counts for a caller is what is approved and not over; nobody is put last
// without a supervisor, by the database too.
func TestMarks(t *testing.T) {
	s, pool := newStore(t)
	now := at(0)
	known := func(now time.Time) callcenter.CallerKnown {
		return must[callcenter.CallerKnown](t)(s.Known(t.Context(), phone, now))
	}
	add := func(m routing.Mark, pending bool) Mark {
		t.Helper()
		return must[Mark](t)(s.AddMark(t.Context(), Mark{Mark: m, Number: "+86" + phone, Call: "c", By: "agent"}, pending, now))
	}
	green := add(routing.Mark{Kind: routing.MarkGreen, Group: "old", Priority: 300, Until: now.Add(time.Hour)}, false)
	if got, want := known(now), (callcenter.CallerKnown{Priority: 300, Green: "old"}); got != want {
		t.Errorf("green: %+v, want %+v", got, want)
	}
	if got := known(now.Add(time.Hour)); got != (callcenter.CallerKnown{}) {
		t.Errorf("over: %+v", got)
	}
	lower := add(routing.Mark{Kind: routing.MarkHarassment, Note: "不说话", Until: now.Add(routing.MaxLower)}, true)
	if got := known(now); got.Priority != 300 || got.Harassment {
		t.Errorf("pending: %+v", got)
	}
	if _, err := s.ApproveMark(t.Context(), lower.ID, -900, now.Add(routing.MaxLower+1), "boss", now); faultOf(err) != "until range" {
		t.Errorf("for ever: %v", err)
	}
	lower = must[Mark](t)(s.ApproveMark(t.Context(), lower.ID, -900, now.Add(routing.MaxLower), "boss", now))
	if got := known(now); got.Priority != -600 || !got.Harassment || lower.ApprovedBy != "boss" || lower.State != MarkActive {
		t.Errorf("approved: %+v, the mark %+v", got, lower)
	}
	if _, err := s.ApproveMark(t.Context(), lower.ID, -1, now.Add(time.Hour), "boss", now); !errors.Is(err, ErrNotFound) {
		t.Errorf("approved twice: %v", err)
	}
	lower = must[Mark](t)(s.EndMark(t.Context(), lower.ID, "boss", now))
	if got := known(now); got.Priority != 300 || lower.State != MarkOver {
		t.Errorf("ended: %+v, the mark %+v", got, lower)
	}
	if _, err := s.EndMark(t.Context(), lower.ID, "boss", now); !errors.Is(err, ErrNotFound) {
		t.Errorf("ended twice: %v", err)
	}
	if _, err := s.AddMark(t.Context(), Mark{Mark: green.Mark, Number: "", By: "agent"}, false, now); !errors.Is(err, ErrNumber) {
		t.Errorf("a withheld number: %v", err)
	}
	_, err := pool.Exec(t.Context(), `UPDATE caller_marks SET priority = -1, kind = 'repeat', grp = '', approved_by = NULL WHERE id = $1`, green.ID)
	if err == nil {
		t.Error("the database lets a caller be put last without approval")
	}
	var found []byte
	ok(t, pool.QueryRow(t.Context(), `SELECT number_enc FROM caller_marks WHERE id = $1`, green.ID).Scan(&found))
	if len(found) == 0 || string(found) == phone {
		t.Errorf("the number lies open: %q", found)
	}
}

// TestAnAgentMarksOnce: each kind once in a call, however fast he clicks.
func TestAnAgentMarksOnce(t *testing.T) {
	s, _ := newStore(t)
	green := routing.Mark{Kind: routing.MarkGreen, Group: "old", Priority: 300, Until: at(0).Add(time.Hour)}
	lower := routing.Mark{Kind: routing.MarkRepeat, Note: "同一诉求", Until: at(0).Add(time.Hour)}
	add := func(m routing.Mark, call callcenter.CallID, by string) error {
		_, err := s.AddMark(t.Context(), Mark{Mark: m, Number: phone, Call: call, By: by}, m.Kind != routing.MarkGreen, at(0))
		return err
	}
	const clicks = 8
	errs := make(chan error, clicks)
	for range clicks {
		go func() { errs <- add(green, "c", "agent") }()
	}
	kept := 0
	for range clicks {
		switch err := <-errs; {
		case err == nil:
			kept++
		case !errors.Is(err, ErrMarked):
			t.Error(err)
		}
	}
	if kept != 1 {
		t.Errorf("kept %d of %d", kept, clicks)
	}
	page := must[MarkPage](t)(s.Marks(t.Context(), MarkActive, "", 0, at(0)))
	must[Mark](t)(s.EndMark(t.Context(), page.Items[0].ID, "boss", at(0)))
	if err := add(green, "c", "agent"); !errors.Is(err, ErrMarked) {
		t.Errorf("what a supervisor has ended is set again: %v", err)
	}
	for name, err := range map[string]error{"another kind": add(lower, "c", "agent"), "another agent": add(green, "c", "agent2")} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOneMarkOfAKindCounts, whoever sets it and in whichever call: clicks do not add up.
func TestOneMarkOfAKindCounts(t *testing.T) {
	s, pool := newStore(t)
	mark := func(kind routing.MarkKind, group, note string, priority int, call callcenter.CallID, by string, pending bool) (Mark, error) {
		m := routing.Mark{Kind: kind, Group: group, Note: note, Priority: priority, Until: at(0).Add(time.Hour)}
		return s.AddMark(t.Context(), Mark{Mark: m, Number: phone, Call: call, By: by}, pending, at(0))
	}
	points := func(want int) {
		t.Helper()
		if got := must[callcenter.CallerKnown](t)(s.Known(t.Context(), phone, at(0))); got.Priority != want {
			t.Errorf("%d points, want %d", got.Priority, want)
		}
	}
	_, err := mark(routing.MarkGreen, "old", "", 300, "c", "agent", false)
	ok(t, err)
	for _, call := range []callcenter.CallID{"c", "d", ""} {
		if _, err := mark(routing.MarkGreen, "old", "", 300, call, "agent2", false); !errors.Is(err, ErrMarkActive) {
			t.Errorf("again in call %q: %v", call, err)
		}
	}
	points(300)
	_, err = mark(routing.MarkGreen, "disabled", "", 200, "d", "agent", false)
	ok(t, err)
	points(300) // the higher of two groups
	var pending []Mark
	for _, call := range []callcenter.CallID{"c", "d"} {
		m, err := mark(routing.MarkRepeat, "", "同一诉求", 0, call, "agent", true)
		ok(t, err)
		pending = append(pending, m)
	}
	must[Mark](t)(s.ApproveMark(t.Context(), pending[0].ID, -100, at(0).Add(time.Hour), "boss", at(0)))
	if _, err := s.ApproveMark(t.Context(), pending[1].ID, -100, at(0).Add(time.Hour), "boss", at(0)); !errors.Is(err, ErrMarkActive) {
		t.Errorf("a second one approved: %v", err)
	}
	points(200)
	// Marks of before, when several of a kind counted.
	_, err = pool.Exec(t.Context(), `INSERT INTO caller_marks SELECT (jsonb_populate_record(m, '{"id": "older"}')).* FROM caller_marks AS m WHERE grp = 'old'`)
	ok(t, err)
	points(200)
}

func TestMarksAreListed(t *testing.T) {
	s, _ := newStore(t)
	for i := range 3 {
		m := routing.Mark{Kind: routing.MarkRepeat, Note: fmt.Sprint(i), Until: at(i).Add(time.Hour)}
		must[Mark](t)(s.AddMark(t.Context(), Mark{Mark: m, Number: phone, By: "agent"}, true, at(i)))
	}
	page := must[MarkPage](t)(s.Marks(t.Context(), MarkPending, "", 2, at(9)))
	rest := must[MarkPage](t)(s.Marks(t.Context(), MarkPending, page.Next, 2, at(9)))
	if len(page.Items) != 2 || len(rest.Items) != 1 || rest.Next != "" || page.Items[0].Note != "2" || rest.Items[0].Number != phone {
		t.Errorf("%+v then %+v", page, rest)
	}
	for state, want := range map[MarkState]int{MarkPending: 0, MarkActive: 0, MarkOver: 3} {
		if got := must[MarkPage](t)(s.Marks(t.Context(), state, "", 0, at(3).Add(2*time.Hour))); len(got.Items) != want {
			t.Errorf("%s later: %d", state, len(got.Items))
		}
	}
}

func TestRepeatCallers(t *testing.T) {
	s, _ := newStore(t)
	for i := range repeatCalls {
		if got := must[callcenter.CallerKnown](t)(s.Known(t.Context(), phone, at(99))); got.Repeat != 0 {
			t.Fatalf("after %d calls: %+v", i, got)
		}
		r := record(callcenter.CallID(fmt.Sprint(i)), i)
		r.Agents = nil
		ok(t, s.WriteRecord(t.Context(), r))
	}
	for days, want := range map[int]int{0: repeatCalls, repeatDays + 1: 0} {
		if got := must[callcenter.CallerKnown](t)(s.Known(t.Context(), phone, at(99).AddDate(0, 0, days))); got.Repeat != want {
			t.Errorf("after %d days: %+v", days, got)
		}
	}
}
