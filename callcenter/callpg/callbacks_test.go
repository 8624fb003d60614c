package callpg

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"hotline12345/callcenter"
)

func open(t *testing.T, s *Store, call callcenter.CallID, seconds int) string {
	t.Helper()
	ok(t, s.WriteCallback(t.Context(), call, phone, callcenter.EndAbandoned, "main", at(seconds)))
	page := must[CallbackPage](t)(s.Callbacks(t.Context(), CallbackOpen, "", 0))
	return page.Items[len(page.Items)-1].ID
}

func TestCallbackFromMissedToClosed(t *testing.T) {
	s, pool := newStore(t)
	id := open(t, s, "a", 0)
	ok(t, s.WriteCallback(t.Context(), "a", phone, callcenter.EndNodeLost, "main", at(9)))      // comes twice
	ok(t, s.WriteCallback(t.Context(), "withheld", "", callcenter.EndAbandoned, "main", at(9))) // cannot be called
	page := must[CallbackPage](t)(s.Callbacks(t.Context(), CallbackOpen, "", 0))
	want := Callback{ID: id, Call: "a", Number: phone, Queue: "main", Reason: callcenter.EndAbandoned, CreatedAt: at(0), State: CallbackOpen}
	if len(page.Items) != 1 || page.Items[0] != want {
		t.Fatalf("open: %+v", page.Items)
	}
	var readable int
	ok(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM callbacks WHERE position($1::bytea IN number_enc) > 0`, []byte(phone)).Scan(&readable))
	if readable != 0 {
		t.Error("the number is readable")
	}

	must[Callback](t)(s.ClaimCallback(t.Context(), id, "agent1", at(10)))
	if cb := must[Callback](t)(s.ClaimCallback(t.Context(), id, "agent1", at(11))); cb.State != CallbackClaimed || !cb.ClaimedAt.Equal(at(10)) {
		t.Errorf("claimed again: %+v", cb)
	}
	if _, err := s.ClaimCallback(t.Context(), id, "agent2", at(12)); !errors.Is(err, ErrTaken) {
		t.Errorf("claimed by another: %v", err)
	}
	if _, err := s.FinishCallback(t.Context(), id, "agent2", false, "n", at(12)); !errors.Is(err, ErrTaken) {
		t.Errorf("closed by another: %v", err)
	}
	for range 2 { // the write comes twice
		ok(t, s.CloseCallback(t.Context(), id, false, at(20)))
	}
	if cb := must[Callback](t)(s.Callback(t.Context(), id)); cb.State != CallbackOpen || cb.Tries != 1 || !cb.TriedAt.Equal(at(20)) {
		t.Errorf("after a try: %+v", cb)
	}
	must[Callback](t)(s.ClaimCallback(t.Context(), id, "agent2", at(30)))
	for range 2 {
		ok(t, s.CloseCallback(t.Context(), id, true, at(40)))
	}
	ok(t, s.CloseCallback(t.Context(), id, false, at(50)))
	if cb := must[Callback](t)(s.Callback(t.Context(), id)); cb.State != CallbackClosed || cb.ClosedBy != "agent2" || !cb.ClosedAt.Equal(at(40)) || cb.Tries != 1 {
		t.Errorf("after the talk: %+v", cb)
	}
	if _, err := s.ClaimCallback(t.Context(), id, "agent2", at(60)); !errors.Is(err, ErrTaken) {
		t.Errorf("claimed when closed: %v", err)
	}
	if _, err := s.ClaimCallback(t.Context(), "none", "agent2", at(60)); !errors.Is(err, ErrNotFound) {
		t.Errorf("claimed what is not there: %v", err)
	}
	ok(t, s.CloseCallback(t.Context(), "none", true, at(60)))
}

func TestCallbackPages(t *testing.T) {
	s, _ := newStore(t)
	calls := ""
	for i := range 5 {
		id := open(t, s, callcenter.CallID(fmt.Sprint(i)), i/2)
		if i < 3 {
			cb := must[Callback](t)(s.FinishCallback(t.Context(), id, "agent1", i == 0, "reached", at(100+i)))
			if cb.State != CallbackClosed || cb.Note != "reached" || cb.ClosedBy != "agent1" {
				t.Errorf("closed: %+v", cb)
			}
		}
	}
	for _, state := range []CallbackState{CallbackOpen, CallbackClaimed, CallbackClosed} {
		for after, more := "", true; more; more = after != "" {
			page := must[CallbackPage](t)(s.Callbacks(t.Context(), state, after, 1))
			for _, cb := range page.Items {
				calls += string(cb.Call)
			}
			after = page.Next
		}
	}
	if calls != "34210" {
		t.Errorf("open oldest first, closed newest first: %s", calls)
	}
}

func TestOneAgentClaims(t *testing.T) {
	s, _ := newStore(t)
	id := open(t, s, "a", 0)
	var wg sync.WaitGroup
	won := make(chan callcenter.AgentID, 8)
	for i := range 8 {
		wg.Go(func() {
			by := callcenter.AgentID(fmt.Sprint(i))
			if _, err := s.ClaimCallback(t.Context(), id, by, at(1)); err == nil {
				won <- by
			} else if !errors.Is(err, ErrTaken) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	close(won)
	winner := <-won
	if len(won) != 0 {
		t.Error("two agents claimed one callback")
	}
	if cb := must[Callback](t)(s.Callback(t.Context(), id)); cb.ClaimedBy != winner {
		t.Errorf("claimed by %s, told %s", cb.ClaimedBy, winner)
	}
}
