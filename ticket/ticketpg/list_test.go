package ticketpg

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline12345/ticket"
)

// numbersOf walks all pages of a list, two rows at a time.
func numbersOf(t *testing.T, s *Store, by ticket.Actor, q Query) []string {
	t.Helper()
	q.Limit = 2
	numbers := []string{}
	for {
		page := must[Page](t)(s.List(t.Context(), by, q))
		for _, tk := range page.Items {
			if tk.Content != "" || tk.Requester != (ticket.Requester{}) {
				t.Fatalf("a list shows content or requester: %+v", tk)
			}
			numbers = append(numbers, strings.TrimLeft(strings.TrimPrefix(tk.Number, "20260302-"), "0"))
		}
		if page.Next == "" {
			return numbers
		}
		if len(page.Items) != 2 {
			t.Fatalf("a page of %d with another after it", len(page.Items))
		}
		q.After = page.Next
	}
}

func TestWorkLists(t *testing.T) {
	s, _, clock := newStore(t)
	lodge := func(urgency ticket.Urgency, by ticket.Actor, then ticket.Command) string {
		l := lodgeOf("路灯不亮", "三盏路灯已经一周不亮。")
		l.Urgency = urgency
		return must[ticket.Ticket](t)(s.Lodge(t.Context(), by, "", l, then)).Number
	}
	lodge(ticket.Ordinary, agent, nil)                                                          // 1 draft
	lodge(ticket.Ordinary, agent, ticket.Submit{})                                              // 2
	lodge(ticket.Critical, agent2, ticket.Submit{})                                             // 3
	lodge(ticket.Urgent, agent, ticket.Submit{})                                                // 4
	slow := lodge(ticket.Ordinary, agent, ticket.Submit{})                                      // 5 to sign, due in 5 days
	quick := lodge(ticket.Urgent, agent, ticket.Submit{})                                       // 6 to sign, due in 24 h
	handled := lodge(ticket.Ordinary, agent, ticket.Submit{})                                   // 7 in handling
	done := lodge(ticket.Ordinary, agent2, ticket.Submit{})                                     // 8 replied, to be told
	refused := lodge(ticket.Ordinary, agent, ticket.Refuse{Reason: "已进入诉讼", RightDoor: "人民法院"}) // 9 to be told
	answered := lodge(ticket.Ordinary, agent, ticket.AnswerDirectly{Text: "答复", Told: true})    // 10 closed
	other := lodge(ticket.Ordinary, agent, ticket.Submit{})                                     // 11 another agency's
	moved(t, s, slow, dispatcher, toAgency)
	moved(t, s, quick, dispatcher, toAgency)
	signed(t, s, handled)
	signed(t, s, done)
	replied(t, s, done)
	moved(t, s, refused, System, ticket.MarkUnreachable{})
	moved(t, s, other, dispatcher, ticket.Dispatch{Assignments: []ticket.DispatchTo{{Agency: "SHUIWU", Lead: true}}})
	if answered != "20260302-000010" || other != "20260302-000011" {
		t.Fatal(answered, other)
	}
	const all = "11 10 9 8 7 6 5 4 3 2 1"
	for _, c := range []struct {
		by   ticket.Actor
		q    Query
		want string
	}{
		{agent, Query{Box: BoxMine}, "11 10 9 7 6 5 4 2 1"},
		{agent2, Query{Box: BoxMine}, "8 3"},
		{dispatcher, Query{Box: BoxToDispatch}, "3 4 2"},
		{agency, Query{Box: BoxToSign}, "6 5"},
		{agency, Query{Box: BoxInHandling}, "7"},
		{agency, Query{Box: BoxDone}, "8"},
		{agency2, Query{Box: BoxToSign}, "11"},
		{agency2, Query{Box: BoxDone}, ""},
		{followUp, Query{Box: BoxFollowUp}, "9 8"},
		{supervisor, Query{Box: BoxAll}, all},
		{reviewer, Query{Box: BoxAll, State: ticket.StateClosed}, "10"},
		{supervisor, Query{Box: BoxAll, Agency: "SHUIWU"}, "11"},
		{supervisor, Query{Box: BoxAll, State: ticket.StateAssigned, Agency: "CSGL"}, "7 6 5"},
		{supervisor, Query{Box: BoxAll, Overdue: true}, ""},
		{supervisor, Query{Box: BoxAll, Q: slow}, "5"},
		{supervisor, Query{Box: BoxAll, Q: "+86 138 0000 1000"}, all},
		{supervisor, Query{Box: BoxAll, Q: "13800001001"}, ""},
		{dispatcher, Query{Box: BoxAll, Q: phone}, ""}, // no search by number for this role
	} {
		if got := numbersOf(t, s, c.by, c.q); !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("%s %+v: %v, want %s", c.by.Role, c.q, got, c.want)
		}
	}
	clock.move(25 * time.Hour)
	if got := numbersOf(t, s, agency, Query{Box: BoxToSign, Overdue: true}); !slices.Equal(got, []string{"6"}) {
		t.Errorf("overdue after 25 hours: %v", got)
	}
	allowed := map[Box]string{
		BoxMine: "agent supervisor", BoxToDispatch: "dispatcher supervisor", BoxToSign: "agency", BoxInHandling: "agency",
		BoxDone: "agency", BoxFollowUp: "followUp supervisor", BoxAll: "dispatcher supervisor reviewer admin",
	}
	for b, roles := range allowed {
		for _, role := range []ticket.Role{"agent", "dispatcher", "agency", "followUp", "supervisor", "reviewer", "admin", "stranger"} {
			_, err := s.List(t.Context(), ticket.Actor{ID: "x", Role: role, Agency: "CSGL"}, Query{Box: b})
			if want := slices.Contains(strings.Fields(roles), string(role)); want != (err == nil) || !want && codeOf(err) != ticket.CodeForbidden {
				t.Errorf("%s opens %s: %v", role, b, err)
			}
		}
	}
	for _, q := range []Query{
		{Box: "none"},
		{Box: BoxAll, Limit: 101},
		{Box: BoxAll, Limit: -1},
		{Box: BoxAll, After: "x"},
		{Box: BoxAll, After: "e30"},
		{Box: BoxAll, Q: strings.Repeat("长", 61)},
		{Box: BoxAll, Q: "\xff"},
	} {
		if _, err := s.List(t.Context(), supervisor, q); codeOf(err) != ticket.CodeInvalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

// TestSearchFindsEverySubstring compares with strings.Contains over texts in four scripts.
func TestSearchFindsEverySubstring(t *testing.T) {
	s, _, _ := newStore(t)
	texts := []string{
		"小区夜间施工噪音扰民，影响老人休息", "供暖温度不达标，室内只有 14 度", "Wi-Fi 信号差 100% 断线_每天",
		"كوچا چىراغلىرى يانمايۋاتىدۇ", "Көше шамдары жанбайды", "𠮷野家门口积水𠮷𠮷", "a\\b 路径", "暖气费 收费争议",
	}
	for _, text := range texts {
		must[ticket.Ticket](t)(s.Lodge(t.Context(), agent, "", lodgeOf("标题", text), ticket.Submit{}))
	}
	random := rand.New(rand.NewPCG(5, 12345))
	hits := 0
	for range 150 {
		runes := []rune(texts[random.IntN(len(texts))])
		from := random.IntN(len(runes))
		part := string(runes[from:min(len(runes), from+1+random.IntN(6))])
		if random.IntN(4) == 0 {
			part += string([]rune(texts[random.IntN(len(texts))])[:2])
		}
		var want []string
		for i, text := range texts {
			if containsAll(foldText("标题 "+text+" 幸福路 12 号"), terms(part)) {
				want = append([]string{fmt.Sprint(i + 1)}, want...)
			}
		}
		if got := numbersOf(t, s, supervisor, Query{Box: BoxAll, Q: part}); !slices.Equal(got, want) && len(want)+len(got) > 0 {
			t.Fatalf("%q found %v, want %v", part, got, want)
		}
		hits += len(want)
	}
	if hits < 100 {
		t.Errorf("only %d hits: the test searches nothing", hits)
	}
}

func containsAll(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}
