package callpg

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/routing"
)

// morning is ten o'clock in Beijing, when people are called.
var morning = time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)

func after(d time.Duration) time.Time { return morning.Add(d) }

// newList is an open one with so many people.
func newList(t *testing.T, s *Store, kind routing.CallKind, people int) CallList {
	t.Helper()
	l := must[CallList](t)(s.AddList(t.Context(), CallList{Name: "回访", Kind: kind, By: "boss"}, morning))
	entries, lines := make([]routing.CallEntry, people), make([]int, people)
	for i := range people {
		entries[i], lines[i] = routing.CallEntry{Number: fmt.Sprintf("1380000%04d", i), Name: "张某"}, i+1
	}
	added, faults, err := s.AddEntries(t.Context(), l.ID, entries, lines, morning)
	if ok(t, err); added != people || len(faults) != 0 {
		t.Fatalf("added %d, %v", added, faults)
	}
	l.State = ListOpen
	return must[CallList](t)(s.SaveList(t.Context(), l, morning))
}

func TestLoadingAList(t *testing.T) {
	s, pool := newStore(t)
	l := newList(t, s, routing.CallFollowUp, 2)
	added, faults, err := s.AddEntries(t.Context(), l.ID, []routing.CallEntry{
		{Number: "+8613800000001"}, {Number: "12"}, {Number: "13900001000"},
	}, []int{2, 3, 5}, morning)
	if ok(t, err); added != 1 || !reflect.DeepEqual(faults, []routing.LineFault{{Line: 3, Field: "number", Why: routing.WhyRange}, {Line: 2, Field: "number", Why: routing.WhyTwice}}) {
		t.Errorf("added %d, %+v", added, faults)
	}
	var readable int
	ok(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM call_entries WHERE position('1380000'::bytea IN number_enc) > 0 OR position('张'::bytea IN name_enc) > 0`).Scan(&readable))
	if readable != 0 {
		t.Error("numbers or names are readable")
	}
	for want, bad := range map[string]CallList{
		"name": {Kind: routing.CallNotice}, "kind": {Name: "n", Kind: "spam"}, "attempts": {Name: "n", Kind: routing.CallNotice, Plan: routing.CallPlan{Attempts: 99}},
	} {
		var fault *routing.Fault
		if _, err := s.AddList(t.Context(), bad, morning); !errors.As(err, &fault) || fault.Field != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	l.State = ListClosed
	if l = must[CallList](t)(s.SaveList(t.Context(), l, after(time.Hour))); l.ClosedAt == nil || l.Progress.Total != 3 {
		t.Errorf("closed: %+v", l)
	}
	l.State = ListOpen
	if _, err := s.SaveList(t.Context(), l, after(time.Hour)); !errors.Is(err, ErrListClosed) {
		t.Errorf("opened again: %v", err)
	}
	if _, _, err := s.AddEntries(t.Context(), l.ID, nil, nil, morning); !errors.Is(err, ErrListClosed) {
		t.Errorf("loaded when closed: %v", err)
	}
	newList(t, s, routing.CallNotice, 0)
	if page := must[ListPage](t)(s.Lists(t.Context(), false, "", 1, morning)); len(page.Items) != 1 || page.Next != "" || page.Items[0].Kind != routing.CallNotice {
		t.Errorf("open lists %+v", page)
	}
}

// TestNobodyGetsTheSame: ten agents take at once, and each has another.
func TestNobodyGetsTheSame(t *testing.T) {
	s, _ := newStore(t)
	l := newList(t, s, routing.CallFollowUp, 8)
	var mu sync.Mutex
	taken := map[string]bool{}
	nobody := 0
	var wg sync.WaitGroup
	for i := range 10 {
		agent := callcenter.AgentID(fmt.Sprint("agent", i))
		wg.Go(func() {
			e, err := s.Next(t.Context(), agent, "", after(time.Minute))
			again, errAgain := s.Next(t.Context(), agent, l.ID, after(2*time.Minute))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, ErrNobody) && errors.Is(errAgain, ErrNobody):
				nobody++
			case err != nil || errAgain != nil || taken[e.ID] || again.ID != e.ID:
				t.Errorf("%s has %s, then %s: %v, %v", agent, e.ID, again.ID, err, errAgain)
			}
			taken[e.ID] = true
		})
	}
	wg.Wait()
	if nobody != 2 {
		t.Errorf("%d got nobody", nobody)
	}
	if p := must[CallList](t)(s.List(t.Context(), l.ID, after(3*time.Minute))).Progress; p.Total != 8 || p.Open != 8 || p.InHand != 8 {
		t.Errorf("progress %+v", p)
	}
	e := must[Entry](t)(s.Next(t.Context(), "late", "", after(EntryLease+3*time.Minute)))
	if e.LeasedBy != "late" || e.Name != "张某" {
		t.Errorf("after the leases: %+v", e)
	}
	if _, err := s.DialEntry(t.Context(), "agent0", e.ID, "c", after(EntryLease+4*time.Minute)); !errors.Is(err, ErrLeaseOver) {
		t.Errorf("dialled by who had it: %v", err)
	}
}

// TestACallOfAList from its lease to each of its ends.
func TestACallOfAList(t *testing.T) {
	s, _ := newStore(t)
	l := newList(t, s, routing.CallFollowUp, 1)
	next := func(agent callcenter.AgentID, at time.Time) Entry {
		t.Helper()
		return must[Entry](t)(s.Next(t.Context(), agent, "", at))
	}
	e := next("a", morning)
	if _, err := s.SetResult(t.Context(), "a", false, e.ID, routing.CallReached, "", time.Time{}, morning); !errors.Is(err, ErrNotDialled) {
		t.Errorf("a result without a call: %v", err)
	}
	if e = must[Entry](t)(s.DialEntry(t.Context(), "a", e.ID, "c1", after(time.Minute))); e.Number != "13800000000" || e.Dialled != "c1" {
		t.Errorf("dialled %+v", e)
	}
	if _, err := s.DialEntry(t.Context(), "a", e.ID, "c2", after(time.Minute)); !errors.Is(err, ErrDialled) {
		t.Errorf("dialled twice: %v", err)
	}
	ok(t, s.UndialEntry(t.Context(), e.ID, "c1", after(time.Minute))) // all lines were busy
	must[Entry](t)(s.DialEntry(t.Context(), "a", e.ID, "c2", after(time.Minute)))
	if err := s.GiveBack(t.Context(), "a", e.ID); !errors.Is(err, ErrDialled) {
		t.Errorf("given back while he is called: %v", err)
	}
	ok(t, s.EntryCalled(t.Context(), e.ID, "c1", false, callcenter.EndBusy, after(2*time.Minute))) // not that one
	for range 2 {                                                                                  // the write comes twice
		ok(t, s.EntryCalled(t.Context(), e.ID, "c2", false, callcenter.EndBusy, after(2*time.Minute)))
	}
	if _, err := s.Next(t.Context(), "b", "", after(15*time.Minute)); !errors.Is(err, ErrNobody) {
		t.Errorf("before the pause is over: %v", err)
	}
	e = next("b", after(16*time.Minute))
	if len(e.Tries) != 1 || e.Tries[0].Result != routing.CallBusy || e.Tries[0].Agent != "a" || e.Tries[0].Call != "c2" || !e.Tries[0].At.Equal(after(time.Minute)) {
		t.Errorf("tried %+v", e.Tries)
	}

	must[Entry](t)(s.DialEntry(t.Context(), "b", e.ID, "c3", after(17*time.Minute)))
	ok(t, s.EntryCalled(t.Context(), e.ID, "c3", true, callcenter.EndCallerHangUp, after(20*time.Minute)))
	if _, err := s.Next(t.Context(), "c", "", after(24*time.Hour)); !errors.Is(err, ErrNobody) {
		t.Errorf("who talked is called again: %v", err)
	}
	if got := next("b", after(24*time.Hour)); got.ID != e.ID || !got.Answered {
		t.Errorf("the agent owes a result, and gets %+v", got)
	}
	if _, err := s.SetResult(t.Context(), "c", false, e.ID, routing.CallReached, "", time.Time{}, after(time.Hour)); !errors.Is(err, ErrLeaseOver) {
		t.Errorf("another agent's result: %v", err)
	}
	var fault *routing.Fault
	if _, err := s.SetResult(t.Context(), "b", false, e.ID, routing.CallAgain, "", morning, after(time.Hour)); !errors.As(err, &fault) {
		t.Errorf("called again in the past: %v", err)
	}
	again := after(26 * time.Hour)
	must[Entry](t)(s.SetResult(t.Context(), "b", false, e.ID, routing.CallAgain, "明天中午", again, after(time.Hour)))
	if _, err := s.Next(t.Context(), "b", "", again.Add(-time.Second)); !errors.Is(err, ErrNobody) {
		t.Errorf("before his time: %v", err)
	}
	e = next("b", again)
	must[Entry](t)(s.DialEntry(t.Context(), "b", e.ID, "c4", again))
	e = must[Entry](t)(s.SetResult(t.Context(), "boss", true, e.ID, routing.CallReached, "满意", time.Time{}, again.Add(time.Minute)))
	ok(t, s.EntryCalled(t.Context(), e.ID, "c4", true, callcenter.EndCallerHangUp, again.Add(time.Hour))) // coded before its end
	if e.Ended != routing.CallEndResult || e.LeasedBy != "" || len(e.Tries) != 3 || e.Tries[2].Agent != "b" {
		t.Errorf("over: %+v", e)
	}
	p := must[CallList](t)(s.List(t.Context(), l.ID, again)).Progress
	want := Progress{Total: 1, Ended: map[routing.CallEnd]int{"result": 1}, Results: map[routing.CallResult]int{"reached": 1}}
	if !reflect.DeepEqual(p, want) {
		t.Errorf("progress %+v", p)
	}
	entries, more, err := s.Entries(t.Context(), l.ID, 0, 1)
	if ok(t, err); more || len(entries) != 1 || len(entries[0].Tries) != 3 {
		t.Errorf("entries %+v", entries)
	}
}

// TestWhenNobodyIsCalled: at night, from a list that is paused, too late, against his will.
func TestWhenNobodyIsCalled(t *testing.T) {
	s, _ := newStore(t)
	l := newList(t, s, routing.CallNotice, 2)
	night := after(12 * time.Hour)
	if _, err := s.Next(t.Context(), "a", "", night); !errors.Is(err, ErrNobody) {
		t.Errorf("at night: %v", err)
	}
	e := must[Entry](t)(s.Next(t.Context(), "a", "", after(9*time.Hour+55*time.Minute)))
	if _, err := s.DialEntry(t.Context(), "a", e.ID, "c", after(10*time.Hour)); !errors.Is(err, ErrQuiet) {
		t.Errorf("dialled at night: %v", err)
	}
	l.State = ListPaused
	must[CallList](t)(s.SaveList(t.Context(), l, morning))
	if _, err := s.DialEntry(t.Context(), "a", e.ID, "c", after(9*time.Hour+56*time.Minute)); !errors.Is(err, ErrListPaused) {
		t.Errorf("dialled from a paused list: %v", err)
	}
	if _, err := s.Next(t.Context(), "a", "", after(9*time.Hour+56*time.Minute)); !errors.Is(err, ErrNobody) {
		t.Errorf("from a paused list: %v", err)
	}
	ok(t, s.GiveBack(t.Context(), "a", e.ID))
	l.State = ListOpen
	must[CallList](t)(s.SaveList(t.Context(), l, morning))

	e = must[Entry](t)(s.Next(t.Context(), "a", "", after(time.Hour)))
	d := must[DoNotCall](t)(s.AddDoNotCall(t.Context(), DoNotCall{
		DoNotCall: routing.DoNotCall{Reason: routing.DoNotCallAsked, Text: true, Until: after(24 * time.Hour)}, Number: e.Number, By: "a",
	}, after(time.Hour)))
	if _, err := s.DialEntry(t.Context(), "a", e.ID, "c", after(time.Hour+time.Minute)); !errors.Is(err, ErrNotToCall) {
		t.Errorf("dialled against his will: %v", err)
	}
	if got := must[Entry](t)(s.Next(t.Context(), "a", "", after(time.Hour+time.Minute))); got.ID == e.ID {
		t.Error("who is not to be called is held")
	}
	if _, err := s.Next(t.Context(), "b", "", after(2*time.Hour)); err != nil { // a's lease is over, its entry b's
		t.Error(err)
	}
	if listed, text, err := s.NotToCall(t.Context(), "+86"+e.Number, after(2*time.Hour)); err != nil || !listed || !text {
		t.Errorf("listed %v, text %v, %v", listed, text, err)
	}
	wanted := newList(t, s, routing.CallCallback, 1) // the same number, whose owner asked for the call
	if got := must[Entry](t)(s.Next(t.Context(), "c", wanted.ID, after(2*time.Hour))); got.Number != e.Number {
		t.Errorf("who asked to be called: %+v", got)
	}
	ok(t, s.EndDoNotCall(t.Context(), d.ID, "boss", after(2*time.Hour+time.Minute)))
	if got, err := s.Next(t.Context(), "d", l.ID, after(2*time.Hour+time.Minute)); !errors.Is(err, ErrNobody) {
		t.Errorf("two agents have the same person, from two lists: %+v, %v", got, err)
	}
	if err := s.EndDoNotCall(t.Context(), d.ID, "boss", after(3*time.Hour)); !errors.Is(err, ErrNotFound) {
		t.Errorf("ended twice: %v", err)
	}
	if got := must[Entry](t)(s.Next(t.Context(), "d", l.ID, after(3*time.Hour))); got.ID != e.ID {
		t.Errorf("may be called again, and is not: %+v", got)
	}

	until := after(time.Hour)
	added, _, err := s.AddEntries(t.Context(), l.ID, []routing.CallEntry{{Number: "13900001000", NotAfter: &until}}, []int{1}, morning)
	if ok(t, err); added != 1 {
		t.Fatal("not added")
	}
	if _, err := s.Next(t.Context(), "e", l.ID, after(2*time.Hour)); err != nil && !errors.Is(err, ErrNobody) {
		t.Fatal(err)
	}
	if p := must[CallList](t)(s.List(t.Context(), l.ID, after(2*time.Hour))).Progress; p.Ended[routing.CallEndTime] != 1 {
		t.Errorf("too late: %+v", p)
	}
}

// TestACallThatWasLost with its node is no attempt, and its person is free again.
func TestACallThatWasLost(t *testing.T) {
	s, _ := newStore(t)
	newList(t, s, routing.CallFollowUp, 1)
	e := must[Entry](t)(s.Next(t.Context(), "a", "", morning))
	must[Entry](t)(s.DialEntry(t.Context(), "a", e.ID, "c1", morning))
	ok(t, s.EntryCalled(t.Context(), e.ID, "c1", false, callcenter.EndNodeLost, after(time.Minute)))
	e = must[Entry](t)(s.Next(t.Context(), "b", "", after(2*time.Minute)))
	if len(e.Tries) != 0 || e.LeasedBy != "b" {
		t.Errorf("after a lost node: %+v", e)
	}
	must[Entry](t)(s.DialEntry(t.Context(), "b", e.ID, "c2", after(3*time.Minute))) // and nothing is ever heard of it
	if _, err := s.Next(t.Context(), "c", "", after(4*time.Hour)); !errors.Is(err, ErrNobody) {
		t.Errorf("while the call may run: %v", err)
	}
	e = must[Entry](t)(s.Next(t.Context(), "c", "", after(callLease+4*time.Minute)))
	if e.Dialled != "" || e.LeasedBy != "c" {
		t.Errorf("never heard of: %+v", e)
	}
	ok(t, s.EntryCalled(t.Context(), "none", "c2", false, callcenter.EndBusy, morning))
}

func TestDoNotCallList(t *testing.T) {
	s, pool := newStore(t)
	add := func(number string, until time.Duration) error {
		_, err := s.AddDoNotCall(t.Context(), DoNotCall{DoNotCall: routing.DoNotCall{Reason: routing.DoNotCallAsked, Until: after(until)}, Number: number, By: "a", Call: "c"}, morning)
		return err
	}
	ok(t, add("13800001000", time.Hour))
	ok(t, add("13800001000", 2*time.Hour)) // takes the first one's place
	ok(t, add("13800002000", 3*time.Hour))
	var fault *routing.Fault
	if err := add("13800001000", -time.Hour); !errors.As(err, &fault) {
		t.Errorf("over before it begins: %v", err)
	}
	if err := add("", time.Hour); !errors.Is(err, ErrNumber) {
		t.Errorf("no number: %v", err)
	}
	first := must[DoNotCallPage](t)(s.DoNotCalls(t.Context(), false, "", "", 1, morning))
	second := must[DoNotCallPage](t)(s.DoNotCalls(t.Context(), false, "", first.Next, 1, morning))
	if len(first.Items) != 1 || first.Items[0].Number != "13800002000" || len(second.Items) != 1 || second.Items[0].Number != "13800001000" || second.Next != "" {
		t.Errorf("pages %+v, %+v", first, second)
	}
	if got := must[DoNotCallPage](t)(s.DoNotCalls(t.Context(), true, "13800001000", "", 0, after(2*time.Hour))); len(got.Items) != 2 {
		t.Errorf("over, of a number: %+v", got)
	}
	if listed, _, err := s.NotToCall(t.Context(), "13800001000", after(2*time.Hour)); listed || err != nil {
		t.Errorf("over, and holds: %v", err)
	}
	var readable int
	ok(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM do_not_call WHERE position('1380000'::bytea IN number_enc) > 0`).Scan(&readable))
	if readable != 0 {
		t.Error("numbers are readable")
	}
}
