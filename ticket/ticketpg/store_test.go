package ticketpg

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"hotline12345/ticket"
)

func TestComplaintFromLodgingToClosed(t *testing.T) {
	s, pool, _ := newStore(t)
	tk := lodged(t, s, ticket.Submit{})
	if tk.Number != "20260302-000001" || tk.State != ticket.StateToDispatch || tk.Version != 2 {
		t.Fatalf("lodged as %s %s version %d", tk.Number, tk.State, tk.Version)
	}
	if tk.Requester.Phone != "138****1000" {
		t.Errorf("the agent gets the number %q", tk.Requester.Phone)
	}
	signed(t, s, tk.Number)
	replied(t, s, tk.Number)
	tk = closed(t, s, tk.Number)
	if tk.State != ticket.StateClosed || tk.FinalRating != 1 || tk.Requester.Phone != phone {
		t.Errorf("closed as %+v", tk)
	}
	var state, due string
	err := pool.QueryRow(t.Context(), `SELECT t.state, to_char(a.due AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI')
		FROM tickets t JOIN assignments a ON a.ticket = t.number WHERE t.told_at IS NOT NULL AND t.final_rating = 1`).Scan(&state, &due)
	if err != nil || state != "closed" || due != "2026-03-09 19:30" {
		t.Errorf("Postgres has %s, due %s, %v", state, due, err)
	}
	var types []string
	for _, ev := range must[[]HistoryEvent](t)(s.History(t.Context(), agent, tk.Number)) {
		types = append(types, ev.Type)
	}
	want := []string{"lodged", "submitted", "dispatched", "signed", "replied", "told", "followedUp", "closed"}
	if !slices.Equal(types, want) {
		t.Errorf("history %v", types)
	}
	for _, ev := range must[[]HistoryEvent](t)(s.History(t.Context(), agency, tk.Number)) {
		if own := ev.Type == "signed" || ev.Type == "replied"; own != (ev.Actor != "") || own != (ev.Data != nil) {
			t.Errorf("the agency sees %+v", ev)
		}
	}
	if r := verified(t, s); r.Tickets != 1 || r.Events != 8 || len(r.Faults) != 0 {
		t.Errorf("verified %+v", r)
	}
	if _, err := s.Handle(t.Context(), followUp, tk.Number, 0, ticket.Close{Reason: "again"}); codeOf(err) != ticket.CodeWrongState {
		t.Errorf("closing twice: %v", err)
	}
}

func TestAllOrNothing(t *testing.T) {
	s, _, _ := newStore(t)
	tk := lodged(t, s, nil)
	_, err := s.Handle(t.Context(), supervisor, tk.Number, 0, ticket.Submit{}, ticket.Close{Reason: "quick"})
	if codeOf(err) != ticket.CodeWrongState {
		t.Errorf("closed from the pool: %v", err)
	}
	if got := must[ticket.Ticket](t)(s.Get(t.Context(), agent, tk.Number)); got.Version != 1 || got.State != ticket.StateDraft {
		t.Errorf("half of it was written: %s version %d", got.State, got.Version)
	}
	for _, by := range []ticket.Actor{agency, {ID: "x", Role: "stranger"}} {
		if _, err := s.Get(t.Context(), by, tk.Number); codeOf(err) != CodeNotFound {
			t.Errorf("%s sees a ticket that is not for it: %v", by.Role, err)
		}
		if _, err := s.Handle(t.Context(), by, tk.Number, 0, ticket.Submit{}); codeOf(err) != CodeNotFound {
			t.Errorf("%s learns of a ticket that is not for it: %v", by.Role, err)
		}
		if _, err := s.History(t.Context(), by, tk.Number); codeOf(err) != CodeNotFound {
			t.Errorf("%s reads its history: %v", by.Role, err)
		}
	}
	if _, err := s.Handle(t.Context(), supervisor, "20200101-000001", 0, ticket.Submit{}); codeOf(err) != CodeNotFound {
		t.Errorf("a ticket that is not there: %v", err)
	}
}

// TestTwoDispatchersOneWinner: all saw version 2; the row's lock and the version leave one.
func TestTwoDispatchersOneWinner(t *testing.T) {
	s, pool, _ := newStore(t)
	for range 5 {
		tk := lodged(t, s, ticket.Submit{})
		const rivals = 6
		codes := make(chan ticket.Code, rivals)
		start := make(chan struct{})
		for i := range rivals {
			to := []string{"CSGL", "SHUIWU"}[i%2]
			go func() {
				<-start
				_, err := s.Handle(t.Context(), dispatcher, tk.Number, tk.Version, ticket.Dispatch{
					Assignments: []ticket.DispatchTo{{Agency: to, Lead: true}},
				})
				codes <- codeOf(err)
			}()
		}
		close(start)
		won := 0
		for range rivals {
			switch code := <-codes; code {
			case "":
				won++
			case CodeStale:
			default:
				t.Errorf("a rival got %q", code)
			}
		}
		var assignments int
		if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM assignments WHERE ticket = $1`, tk.Number).Scan(&assignments); err != nil {
			t.Fatal(err)
		}
		if won != 1 || assignments != 1 {
			t.Fatalf("%d winners, %d assignments", won, assignments)
		}
	}
	if r := verified(t, s); len(r.Faults) != 0 {
		t.Errorf("faults %+v", r.Faults)
	}
}

func TestNumbersAndKeys(t *testing.T) {
	s, _, clock := newStore(t)
	lodge := lodgeOf("路灯不亮", "三盏路灯已经一周不亮。")
	const times = 8
	numbers := make([]string, times)
	var group sync.WaitGroup
	for i := range times {
		group.Go(func() {
			tk, err := s.Lodge(t.Context(), agent, "same", lodge, ticket.Submit{})
			numbers[i] = fmt.Sprint(tk.Number, err)
		})
	}
	group.Wait()
	if slices.Sort(numbers); numbers[0] != numbers[times-1] || !strings.HasPrefix(numbers[0], "20260302-") {
		t.Errorf("one key made %v", numbers)
	}
	first := strings.TrimSuffix(numbers[0], "<nil>")
	other := lodge
	other.Title = "另一件事"
	if _, err := s.Lodge(t.Context(), agent, "same", other, ticket.Submit{}); codeOf(err) != CodeReused {
		t.Errorf("the key with another request: %v", err)
	}
	if _, err := s.Lodge(t.Context(), agent, "same", lodge, nil); codeOf(err) != CodeReused {
		t.Errorf("the key with another ending: %v", err)
	}
	if _, err := s.Lodge(t.Context(), agent, strings.Repeat("k", 101), lodge, nil); codeOf(err) != ticket.CodeInvalid {
		t.Errorf("a long key: %v", err)
	}
	// Refused ones take no number, and another agent's equal key is another one.
	bad := lodge
	bad.Category = "999999"
	if _, err := s.Lodge(t.Context(), agent, "bad", bad, nil); codeOf(err) != ticket.CodeUnknownCategory {
		t.Errorf("unknown category: %v", err)
	}
	second := must[ticket.Ticket](t)(s.Lodge(t.Context(), agent2, "same", lodge, nil))
	if first != "20260302-000001" || second.Number != "20260302-000002" {
		t.Errorf("numbers %s, %s", first, second.Number)
	}
	clock.move(24 * 60 * 60e9)
	if next := lodged(t, s, nil); next.Number != "20260303-000001" {
		t.Errorf("the next day starts with %s", next.Number)
	}
	if r := verified(t, s); r.Tickets != 3 || len(r.Faults) != 0 {
		t.Errorf("verified %+v", r)
	}
}
