package ticket

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestComplaintToClosed(t *testing.T) {
	rules := testRules(t)
	tk := run(t, Ticket{}, rules, monday, agent, testLodge(), agent, Submit{},
		dispatcher, Dispatch{Assignments: []DispatchTo{{Agency: "CG", Lead: true, Opinion: "请办理"}}})
	a := tk.Assignments[0]
	if a.ID != first || a.AgencyName != "城市管理局" || a.Limit != (Limit{5, UnitWorkingDays, "complaint"}) {
		t.Fatalf("assignment %+v", a)
	}
	if !a.Due.Equal(at("2026-03-09 19:30")) || !a.SignBy.Equal(at("2026-03-03 19:30")) {
		t.Errorf("due %s, sign by %s", a.Due.In(Beijing), a.SignBy.In(Beijing))
	}
	tk = run(t, tk, rules, monday, agency, Sign{first}, agency, ReplyWith{first, goodReply})
	if tk.State != StateFollowUp || tk.Answer != goodReply.PublicText || tk.Told != nil {
		t.Fatalf("after the reply: %s %q %v", tk.State, tk.Answer, tk.Told)
	}
	tk = run(t, tk, rules, monday, system, RecordTold{WayCall}, system, FollowUp{Solved: yes(), Rating: 1, Way: WayCall})
	if tk.State != StateClosed || tk.CloseReason != CloseSatisfied || tk.FirstRating != 1 || !*tk.Solved {
		t.Errorf("closed as %+v", tk)
	}
}

func TestClockStartsAtDispatchAndAgencyStaysInIt(t *testing.T) {
	rules := testRules(t)
	toSign := situations(t, rules)["toSign"]
	due := toSign.Assignments[0].Due
	late := run(t, toSign, rules, due.Add(-time.Minute), agency, Sign{first})
	if !late.Assignments[0].Due.Equal(due) {
		t.Error("signing moved the deadline")
	}
	if _, err := Decide(late, MarkOverdue{first}, system, rules, due); codeOf(err) != CodeNotDue {
		t.Errorf("overdue on the very deadline: %v", err)
	}
	late = run(t, late, rules, due.Add(time.Second), system, MarkOverdue{first})
	if !late.Flags.Overdue || late.Assignments[0].OverdueAt == nil {
		t.Error("overdue is not on the ticket")
	}
	if _, err := Decide(late, MarkOverdue{first}, system, rules, due.Add(time.Hour)); codeOf(err) != CodeWrongState {
		t.Errorf("recorded twice: %v", err)
	}
}

func TestRedoAndOversight(t *testing.T) {
	rules := testRules(t)
	tk := situations(t, rules)["told"]
	for round, answer := range []FollowUp{{Solved: no(), Way: WayCall}, {Solved: yes(), Rating: 4, Way: WayCall}} {
		tk = run(t, tk, rules, monday, system, answer)
		last := tk.Assignments[len(tk.Assignments)-1]
		if tk.State != StateAssigned || tk.Redone != round+1 || last.State != ToSign || last.Agency != "CG" ||
			tk.Told != nil || tk.Answer != "" || tk.Assignments[round].State != Superseded {
			t.Fatalf("redo %d: %+v", round+1, tk)
		}
		tk = run(t, tk, rules, monday, agency, Sign{last.ID}, agency, ReplyWith{last.ID, goodReply}, system, RecordTold{WayCall})
	}
	tk = run(t, tk, rules, monday, system, FollowUp{Rating: 5, Way: WayCall})
	if tk.State != StateToDispatch || !tk.Flags.Overseen || tk.FirstRating != 4 || tk.FinalRating != 5 {
		t.Errorf("after the last redo: %s overseen=%v ratings %d, %d", tk.State, tk.Flags.Overseen, tk.FirstRating, tk.FinalRating)
	}
	tk = run(t, tk, rules, monday, dispatcher, Dispatch{Assignments: []DispatchTo{{Agency: "SW", Lead: true}}})
	if id := tk.Assignments[3].ID; id != "20260302-000001-04" {
		t.Errorf("the next assignment is %s", id)
	}
	// A year without calendar must not swallow what the caller said.
	told := situations(t, rules)["told"]
	told = run(t, told, rules, at("2026-12-31 10:00"), system, FollowUp{Solved: no(), Way: WayCall})
	if told.State != StateToDispatch || told.Flags.Overseen || told.Redone != 1 || told.Solved != nil {
		t.Errorf("without a calendar: %+v", told)
	}
}

func TestTwoAgenciesEachWithItsOwnReply(t *testing.T) {
	rules := testRules(t)
	tk := run(t, situations(t, rules)["toDispatch"], rules, monday, dispatcher, Dispatch{Assignments: []DispatchTo{
		{Agency: "SW"}, {Agency: "CG", Lead: true},
	}})
	second := "20260302-000001-02"
	support := goodReply
	support.PublicText = "协办意见"
	tk = run(t, tk, rules, monday, agency, Sign{second}, agency, ReplyWith{second, goodReply}, agency2, Sign{first})
	if tk.State != StateAssigned {
		t.Fatal("followed up before every agency replied")
	}
	if _, err := Decide(tk, ReplyWith{first, goodReply}, agency, rules, monday); codeOf(err) != CodeNotYours {
		t.Errorf("replied for another agency: %v", err)
	}
	tk = run(t, tk, rules, monday, agency2, ReplyWith{first, support})
	if tk.State != StateFollowUp || tk.Answer != goodReply.PublicText {
		t.Errorf("%s, the caller hears %q", tk.State, tk.Answer)
	}
}

func TestAnsweredAndRefused(t *testing.T) {
	rules := testRules(t)
	draft := situations(t, rules)["draft"]
	tk := run(t, draft, rules, monday, agent, AnswerDirectly{Text: "答复", Told: true})
	if tk.State != StateClosed || tk.Told.Way != WayOnTheLine || tk.CloseReason != CloseAnswered {
		t.Errorf("answered on the line: %+v", tk)
	}
	if tk = run(t, draft, rules, monday, agent, AnswerDirectly{Text: "答复"}); tk.State != StateFollowUp {
		t.Errorf("answered, yet to be told: %s", tk.State)
	}
	tk = run(t, tk, rules, monday, followUp, RecordTold{WayAgent}, followUp, FollowUp{Solved: no(), Way: WayAgent})
	if tk.State != StateToDispatch || tk.Flags.Overseen {
		t.Errorf("unsolved without an agency: %s", tk.State)
	}
	tk = run(t, draft, rules, monday, agent, Refuse{Reason: "已进入诉讼", RightDoor: "人民法院"})
	if tk.State != StateRefused || tk.Answer != "已进入诉讼\n人民法院" {
		t.Errorf("refused: %+v", tk)
	}
	tk = run(t, tk, rules, monday, system, RecordTold{WaySMS})
	if tk.State != StateClosed || tk.CloseReason != CloseRefused {
		t.Errorf("refused and told: %s", tk.State)
	}
}

// TestTheSystemCallsNoServices: a call that 110 hands over shows 110, and the result call
// must not ring there.
func TestTheSystemCallsNoServices(t *testing.T) {
	for phone, want := range map[string]Code{"110": CodeInvalid, "1-2-0": CodeInvalid, "12345": CodeInvalid, "1101": "", "13800001000": "", "+86 991 1234567": ""} {
		lodge := testLodge()
		lodge.Requester.Phone = phone
		if _, err := Decide(Ticket{}, lodge, agent, testRules(t), monday); codeOf(err) != want {
			t.Errorf("%s: %v", phone, err)
		}
	}
}

// TestSignedBeforeDue: a gas leak has two hours whatever its urgency says; a working day to
// sign it would end after them.
func TestSignedBeforeDue(t *testing.T) {
	rules := testRules(t)
	rules.Limits = append(rules.Limits, LimitRule{ID: "gas-leak", Category: "0103", Value: 2, Unit: UnitHours})
	tk := run(t, Ticket{}, rules, monday, agent, testLodge(), agent, Submit{}, dispatcher, Dispatch{Assignments: []DispatchTo{{Agency: "CG", Lead: true}}})
	if a := tk.Assignments[0]; !a.Due.Equal(monday.Add(2*time.Hour)) || !a.SignBy.Equal(a.Due) {
		t.Errorf("due %s, sign by %s", a.Due, a.SignBy)
	}
}

// TestToldOnTheLine: "told" closes a ticket at once, so only who has the caller on the
// line may say it (Art. 46).
func TestToldOnTheLine(t *testing.T) {
	rules := testRules(t)
	all := situations(t, rules)
	noCall := testLodge()
	noCall.Call = ""
	for name, c := range map[string]struct {
		tk Ticket
		by Actor
	}{
		"a dispatcher, from the pool":      {all["toDispatch"], dispatcher},
		"a supervisor, from the pool":      {all["toDispatch"], supervisor},
		"a supervisor, an agent's draft":   {all["draft"], supervisor},
		"the agent, lodged without a call": {run(t, Ticket{}, rules, monday, agent, noCall), agent},
	} {
		for _, cmd := range []Command{AnswerDirectly{Text: "答复", Told: true}, Refuse{Reason: "已进入诉讼", RightDoor: "人民法院", Told: true}} {
			if _, err := Decide(c.tk, cmd, c.by, rules, monday); codeOf(err) != CodeNotOnTheLine {
				t.Errorf("%s, %T: %v", name, cmd, err)
			}
		}
	}
	for _, cmd := range []Command{RecordTold{Way: WayCall}, FollowUp{Rating: 1, Way: WayCall}} {
		tk := all["followUp"]
		if _, ok := cmd.(FollowUp); ok {
			tk = all["told"]
		}
		if _, err := Decide(tk, cmd, followUp, rules, monday); codeOf(err) != CodeInvalid {
			t.Errorf("a person reports the system's call by %T: %v", cmd, err)
		}
	}
}

func TestRefusalsOfLodge(t *testing.T) {
	rules := testRules(t)
	for want, change := range map[string]func(*Lodge){
		"invalid number":           func(c *Lodge) { c.Number = "1" },
		"invalid kind":             func(c *Lodge) { c.Kind = "rant" },
		"invalid urgency":          func(c *Lodge) { c.Urgency = "" },
		"invalid channel":          func(c *Lodge) { c.Channel = "pigeon" },
		"unknown-category":         func(c *Lodge) { c.Category = "9" },
		"invalid region":           func(c *Lodge) { c.Region = "65%" },
		"invalid title":            func(c *Lodge) { c.Title = " " },
		"invalid content":          func(c *Lodge) { c.Content = strings.Repeat("长", 5001) },
		"invalid address":          func(c *Lodge) { c.Address = "a\x00b" },
		"invalid call":             func(c *Lodge) { c.Call = "\xff" },
		"invalid requester.phone":  func(c *Lodge) { c.Requester.Phone = "" },
		"invalid requester.gender": func(c *Lodge) { c.Requester.Gender = "x" },
		"invalid requester.name":   func(c *Lodge) { c.Requester.Name = strings.Repeat("名", 201) },
	} {
		c := testLodge()
		change(&c)
		_, err := Decide(Ticket{}, c, agent, rules, monday)
		code, field, _ := strings.Cut(want, " ")
		coded, _ := errors.AsType[*Error](err)
		if coded == nil || coded.Code != Code(code) || field != "" && coded.Field != field {
			t.Errorf("%s: got %v", want, err)
		}
	}
	c := testLodge()
	c.Channel, c.Requester = "mail", Requester{Contact: "某信箱"}
	if _, err := Decide(Ticket{}, c, agent, rules, monday); err != nil {
		t.Errorf("a letter with a return address: %v", err)
	}
	c.Requester.Phone = "tel:1"
	if _, err := Decide(Ticket{}, c, agent, rules, monday); codeOf(err) != CodeInvalid {
		t.Errorf("a phone that is none: %v", err)
	}
}

func TestMatchLimit(t *testing.T) {
	old, newer := monday.AddDate(-1, 0, 0), monday.AddDate(0, -1, 0)
	ended := monday
	rules := []LimitRule{
		{ID: "any", Value: 5},
		{ID: "any-new", Value: 4, ValidFrom: newer},
		{ID: "ended", Value: 1, ValidFrom: old, ValidTo: &ended, Urgency: Critical},
		{ID: "future", Value: 1, ValidFrom: monday.Add(time.Second), Urgency: Critical},
		{ID: "inquiry", Kind: Inquiry, Value: 1},
		{ID: "city", Region: "6501", Value: 3},
		{ID: "roads", Category: "01", Value: 7},
		{ID: "lamps", Category: "0103", Kind: Complaint, Value: 2},
		{ID: "critical", Urgency: Critical, Value: 2},
		{ID: "critical-here", Urgency: Critical, Region: "65", Value: 1},
	}
	for _, c := range []struct {
		kind             Kind
		urgency          Urgency
		category, region string
		want             string
	}{
		{Praise, Ordinary, "09", "11", "any-new"},
		{Inquiry, Ordinary, "09", "11", "inquiry"},
		{Inquiry, Ordinary, "09", "650102", "city"},
		{Help, Ordinary, "010301", "650102", "roads"},
		{Complaint, Ordinary, "010301", "650102", "lamps"},
		{Complaint, Critical, "010301", "11", "critical"},
		{Complaint, Critical, "010301", "650102", "critical-here"},
	} {
		got, err := MatchLimit(rules, c.kind, c.urgency, c.category, c.region, monday)
		if err != nil || got.Rule != c.want {
			t.Errorf("%+v: %+v, %v", c, got, err)
		}
	}
	if _, err := MatchLimit(rules[2:4], Praise, Critical, "", "", monday); codeOf(err) != CodeNoLimitRule {
		t.Errorf("no rule: %v", err)
	}
}

// TestRandomStreams throws random commands of random actors at tickets, and holds what
// comes out against the invariants of the package comment.
func TestRandomStreams(t *testing.T) {
	random := rand.New(rand.NewPCG(12345, 2))
	ends := map[State]int{}
	for range 300 {
		rules := testRules(t)
		rules.AgencyReview = random.IntN(2) == 0
		tk, now := Ticket{}, monday
		var events []Event
		for range 60 {
			now = now.Add(time.Duration(random.Int64N(int64(12 * time.Hour))))
			by := anyOf(random, agent, agent2, dispatcher, agency, head, agency2, followUp, supervisor, system)
			before := tk.clone()
			got, err := Decide(tk, randomCommand(random, tk), by, rules, now)
			if err != nil && (codeOf(err) == "" || len(got) != 0) {
				t.Fatalf("refused with %v and %d events", err, len(got))
			}
			for _, ev := range got {
				tk = Evolve(tk, ev)
				events = append(events, ev)
			}
			if err == nil && len(got) == 0 {
				t.Fatal("accepted without an event")
			}
			checkInvariants(t, before, tk)
		}
		ends[tk.State]++
		if replayed := replay(t, events); !reflect.DeepEqual(replayed, tk) {
			t.Fatalf("replayed\n%+v\nlived\n%+v", replayed, tk)
		}
	}
	for _, s := range []State{StateToDispatch, StateAssigned, StateFollowUp, StateClosed} {
		if ends[s] == 0 {
			t.Errorf("no stream ended in %s: %v", s, ends)
		}
	}
}

func checkInvariants(t *testing.T, before, tk Ticket) {
	t.Helper()
	if tk.State == StateClosed && (tk.Told == nil || tk.ClosedAt == nil) {
		t.Fatalf("closed without having told: %+v", tk)
	}
	if before.State == StateClosed && !reflect.DeepEqual(before, tk) {
		t.Fatal("a closed ticket changed")
	}
	open := 0
	for _, a := range tk.Assignments {
		if !a.Open() {
			continue
		}
		open++
		if a.Due.IsZero() || a.SignBy.IsZero() || len(a.Why.Steps) == 0 || !a.Due.After(a.DispatchedAt) {
			t.Fatalf("an open assignment without a clock: %+v", a)
		}
	}
	if (open > 0) != (tk.State == StateAssigned) {
		t.Fatalf("%d open assignments in state %s", open, tk.State)
	}
	if before.FirstRating != 0 && tk.FirstRating != before.FirstRating {
		t.Fatal("the first rating was overwritten")
	}
	if tk.Redone > before.Redone && tk.Told != nil {
		t.Fatal("redone, yet told")
	}
	if tk.State == StateFollowUp && tk.Answer == "" {
		t.Fatal("nothing to tell the caller")
	}
}

// replay goes through the stored form.
func replay(t *testing.T, events []Event) Ticket {
	t.Helper()
	var tk Ticket
	for _, ev := range events {
		data, err := json.Marshal(ev.Fact)
		if err != nil {
			t.Fatal(err)
		}
		if ev.Fact, err = DecodeFact(FactType(ev.Fact), data); err != nil {
			t.Fatal(err)
		}
		tk = Evolve(tk, ev)
	}
	return tk
}

func anyOf[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

func randomCommand(random *rand.Rand, tk Ticket) Command {
	id := first
	if n := len(tk.Assignments); n > 0 {
		id = tk.Assignments[random.IntN(n)].ID
	}
	way := anyOf(random, WayCall, WayAgent, WaySMS, "")
	lead := random.IntN(3) > 0
	return anyOf[Command](random,
		testLodge(), testLodge(), Submit{}, AnswerDirectly{Text: "答复", Told: random.IntN(8) == 0},
		Refuse{Reason: "不属于", RightDoor: "法院", Told: random.IntN(4) == 0},
		Dispatch{Assignments: []DispatchTo{{Agency: "CG", Lead: lead}}},
		Dispatch{Assignments: []DispatchTo{{Agency: "CG", Lead: lead}, {Agency: "SW", Lead: !lead}}},
		Sign{id}, Sign{id}, ReplyWith{id, goodReply}, ReplyWith{id, goodReply}, ApproveReply{id}, RejectReply{id, "不足"},
		RecordAttempt{Attempt{Way: way, Result: anyOf(random, "noAnswer", "busy", "sent")}}, RecordTold{way}, RecordTold{WayCall},
		FollowUp{Solved: anyOf(random, yes(), no(), nil), Rating: random.IntN(6), Way: way},
		Close{Reason: anyOf(random, "unrated", "")}, MarkOverdue{id}, MarkUnreachable{},
	)
}

// clone is a deep copy, to find changes made through shared memory.
func (t Ticket) clone() Ticket {
	data, err := json.Marshal(t)
	if err != nil {
		panic(err)
	}
	var c Ticket
	if err := json.Unmarshal(data, &c); err != nil {
		panic(err)
	}
	return c
}
