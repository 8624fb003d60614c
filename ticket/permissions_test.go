package ticket

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

var actors = map[string]Actor{
	"agent": agent, "agent2": agent2, "dispatcher": dispatcher, "agency": agency, "head": head, "agency2": agency2,
	"followUp": followUp, "supervisor": supervisor, "reviewer": reviewer, "admin": admin, "system": system,
}

// allCommands has one sound command of each name.
func allCommands() map[string]Command {
	return map[string]Command{
		NameLodge: testLodge(), NameSubmit: Submit{}, NameAnswer: AnswerDirectly{Text: "答复"},
		NameRefuse:   Refuse{Reason: "不属于本热线范围", RightDoor: "人民法院"},
		NameDispatch: Dispatch{Assignments: []DispatchTo{{Agency: "CG", Lead: true}}},
		NameSign:     Sign{Assignment: first}, NameReply: ReplyWith{Assignment: first, Reply: goodReply},
		NameApprove: ApproveReply{Assignment: first}, NameReject: RejectReply{Assignment: first, Reason: "未说明原因"},
		NameAttempt: RecordAttempt{Attempt{Way: WayCall, Result: "noAnswer"}}, NameTold: RecordTold{Way: WayAgent},
		NameFollowUp: FollowUp{Solved: yes(), Rating: 1, Way: WayAgent}, NameClose: Close{Reason: "unrated"},
		NameOverdue: MarkOverdue{Assignment: first}, NameUnreachable: MarkUnreachable{},
	}
}

// TestPermissions runs every command in every state by every actor, and holds the
// outcome, and the menu of Commands, against the hand-written table.
func TestPermissions(t *testing.T) {
	want := readPermissions(t)
	rules := testRules(t)
	tickets := situations(t, rules)
	tickets["late"] = tickets["toSign"]
	checked := 0
	for situation, tk := range tickets {
		now := monday.Add(time.Hour)
		if situation == "late" {
			now = monday.AddDate(0, 0, 14)
		}
		for name, cmd := range allCommands() {
			for who, by := range actors {
				checked++
				expected := want[situation+": "+name][who]
				_, err := Decide(tk, cmd, by, rules, now)
				if expected != (err == nil) {
					t.Errorf("%s: %s by %s: error %v, table says allowed=%v", situation, name, who, err, expected)
				}
				if err != nil && codeOf(err) == "" {
					t.Errorf("%s: %s by %s: error without a code: %v", situation, name, who, err)
				}
				if offered := slices.Contains(Commands(tk, by), name); slices.Contains(menu, name) && offered != expected {
					t.Errorf("%s: the menu of %s offers %s=%v, table says %v", situation, who, name, offered, expected)
				}
			}
		}
	}
	if checked != 12*15*11 {
		t.Errorf("%d combinations checked", checked)
	}
	for key := range want {
		situation, name, _ := strings.Cut(key, ": ")
		if _, ok := tickets[situation]; !ok || allCommands()[name] == nil {
			t.Errorf("the table's line %q names nothing that exists", key)
		}
	}
}

func readPermissions(t *testing.T) map[string]map[string]bool {
	t.Helper()
	file, err := os.ReadFile("testdata/permissions.txt")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]map[string]bool{}
	for line := range strings.Lines(string(file)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, names, found := strings.Cut(line, " = ")
		if !found || table[key] != nil {
			t.Fatalf("line %q: no = or a second line for it", line)
		}
		table[key] = map[string]bool{}
		for who := range strings.FieldsSeq(names) {
			if _, ok := actors[who]; !ok {
				t.Fatalf("line %q: unknown actor %s", line, who)
			}
			table[key][who] = true
		}
	}
	return table
}

// TestSight: who opens a ticket, and what of the requester is on the page.
func TestSight(t *testing.T) {
	rules := testRules(t)
	all := situations(t, rules)
	toSign := all["toSign"]
	blind := []string{}
	for who, by := range actors {
		if !CanSee(toSign, by) {
			blind = append(blind, who)
		}
	}
	if !slices.Equal(blind, []string{"agency2"}) {
		t.Errorf("cannot see it: %v", blind)
	}
	reveal := func(tk Ticket) []string {
		var may []string
		for _, who := range slices.Sorted(maps.Keys(actors)) {
			if MayReveal(tk, actors[who]) == nil {
				may = append(may, who)
			}
		}
		return may
	}
	hotline := []string{"agent", "dispatcher", "followUp", "supervisor", "system"}
	if got := reveal(toSign); !slices.Equal(got, []string{"agency", "agent", "dispatcher", "followUp", "head", "supervisor", "system"}) {
		t.Errorf("reveal while an agency handles it: %v", got)
	}
	if got := reveal(all["closed"]); !slices.Equal(got, hotline) {
		t.Errorf("reveal when closed: %v", got)
	}
	secret := toSign
	secret.Confidential = true
	if got := reveal(secret); !slices.Equal(got, hotline) {
		t.Errorf("reveal of a confidential one: %v", got)
	}
	if got := Redact(secret, agency).Requester; got != (Requester{}) {
		t.Errorf("an agency sees %+v of a confidential requester", got)
	}
	secret.Confidential, secret.Kind = false, TipOff
	if got := Redact(secret, agency).Requester; got != (Requester{}) {
		t.Errorf("an agency sees %+v of who tipped off", got)
	}
	for who, by := range actors {
		seen := Redact(toSign, by)
		if got := seen.Requester.Phone; (got == "13800001000") != (who == "system") || who != "system" && got != "138****1000" {
			t.Errorf("%s sees the number %q", who, got)
		}
		whole := seen.Requester.Name == "诉求人"
		if want := who == "system"; whole != want { // a reading of it is logged: Reveal
			t.Errorf("%s sees the name %q", who, seen.Requester.Name)
		}
	}
	if toSign.Requester.Phone != "13800001000" {
		t.Error("Redact changed the ticket it was given")
	}
	two := run(t, all["toDispatch"], rules, monday, dispatcher, Dispatch{Assignments: []DispatchTo{
		{Agency: "CG", Lead: true, Opinion: "主办"}, {Agency: "SW", Opinion: "协办"},
	}})
	seen := Redact(two, agency2)
	if seen.Assignments[0].Opinion != "" || seen.Assignments[1].Opinion != "协办" || two.Assignments[0].Opinion != "主办" {
		t.Errorf("another agency's opinion: %+v", seen.Assignments)
	}
}
