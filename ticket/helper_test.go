package ticket

import (
	"errors"
	"testing"
	"time"
)

var (
	agent      = Actor{ID: "u1", Name: "话务一", Role: RoleAgent}
	agent2     = Actor{ID: "u2", Name: "话务二", Role: RoleAgent}
	dispatcher = Actor{ID: "u3", Name: "派单", Role: RoleDispatcher}
	agency     = Actor{ID: "u4", Name: "承办", Role: RoleAgency, Agency: "CG"}
	head       = Actor{ID: "u5", Name: "承办负责人", Role: RoleAgency, Agency: "CG"}
	agency2    = Actor{ID: "u6", Name: "另一单位", Role: RoleAgency, Agency: "SW"}
	followUp   = Actor{ID: "u7", Name: "回访", Role: RoleFollowUp}
	supervisor = Actor{ID: "u8", Name: "班长", Role: RoleSupervisor}
	reviewer   = Actor{ID: "u9", Name: "质检", Role: RoleReviewer}
	admin      = Actor{ID: "u10", Name: "管理", Role: RoleAdmin}
	system     = Actor{ID: "system", Name: "系统", Role: RoleSystem}
)

func testRules(t testing.TB) Rules {
	t.Helper()
	return Rules{
		Calendar: year2026(t),
		Limits: []LimitRule{
			{ID: "critical", Urgency: Critical, Value: 2, Unit: UnitHours},
			{ID: "complaint", Kind: Complaint, Value: 5, Unit: UnitWorkingDays},
			{ID: "any", Value: 1, Unit: UnitWorkingDays},
		},
		SignLimit: map[Urgency]Limit{
			Ordinary: {Value: 1, Unit: UnitWorkingDays, Rule: "sign"}, Urgent: {Value: 2, Unit: UnitHours, Rule: "sign-urgent"},
			Critical: {Value: 2, Unit: UnitHours, Rule: "sign-urgent"},
		},
		Categories: map[string][]string{"010301": {"城乡建设", "市政设施", "路灯不亮"}},
		Agencies:   map[string]string{"CG": "城市管理局", "SW": "水务局"},
		MaxRedo:    2, MaxText: 5000,
	}
}

func testLodge() Lodge {
	return Lodge{
		Number: "20260302-000001", Kind: Complaint, Urgency: Ordinary, Channel: "phone", Category: "010301",
		Region: "650102", Address: "某路 1 号", Title: "路灯不亮", Content: "路灯已经三天不亮。", FollowUpWanted: true,
		Requester: Requester{Name: "诉求人", Gender: "female", Phone: "13800001000", Language: "zh"}, Call: "call-1",
	}
}

// monday is an ordinary working day's morning.
var monday = at("2026-03-02 10:00").UTC()

// run folds the commands, each by its actor, and fails on a refusal.
func run(t testing.TB, tk Ticket, r Rules, now time.Time, steps ...any) Ticket {
	t.Helper()
	for i := 0; i < len(steps); i += 2 {
		by, cmd := steps[i].(Actor), steps[i+1].(Command)
		events, err := Decide(tk, cmd, by, r, now)
		if err != nil {
			t.Fatalf("%T by %s: %v", cmd, by.Role, err)
		}
		for _, ev := range events {
			tk = Evolve(tk, ev)
		}
	}
	return tk
}

func codeOf(err error) Code {
	if coded, ok := errors.AsType[*Error](err); ok {
		return coded.Code
	}
	return ""
}

func yes() *bool { v := true; return &v }
func no() *bool  { v := false; return &v }

const first = "20260302-000001-01"

var goodReply = Reply{True: true, Solved: true, Contacted: true, Done: "更换灯泡", PublicText: "路灯已修好。"}

// situations are tickets in every state that the permission table tells apart.
func situations(t testing.TB, r Rules) map[string]Ticket {
	t.Helper()
	reviewing := r
	reviewing.AgencyReview = true
	do := func(tk Ticket, steps ...any) Ticket { t.Helper(); return run(t, tk, r, monday, steps...) }
	draft := do(Ticket{}, agent, testLodge())
	pool := do(draft, agent, Submit{})
	toSign := do(pool, dispatcher, Dispatch{Assignments: []DispatchTo{{Agency: "CG", Lead: true, Opinion: "请办理"}}})
	handling := do(toSign, agency, Sign{Assignment: first})
	reviewed := run(t, handling, reviewing, monday, agency, ReplyWith{Assignment: first, Reply: goodReply})
	following := do(handling, agency, ReplyWith{Assignment: first, Reply: goodReply})
	sms := do(following, system, RecordAttempt{Attempt{Way: WayCall, Result: "noAnswer"}}, system, RecordTold{Way: WaySMS})
	told := do(following, system, RecordTold{Way: WayCall})
	return map[string]Ticket{
		"none": {}, "draft": draft, "toDispatch": pool, "toSign": toSign, "inHandling": handling,
		"replyInReview": reviewed, "followUp": following, "sentSMS": sms, "told": told,
		"refused": do(draft, agent, Refuse{Reason: "不属于本热线范围", RightDoor: "人民法院"}),
		"closed":  do(told, system, FollowUp{Solved: yes(), Rating: 1, Way: WayCall}),
	}
}
