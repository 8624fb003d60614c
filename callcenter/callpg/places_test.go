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

// TestPlacesAreKept from the key press to the last try, one node at a time.
func TestPlacesAreKept(t *testing.T) {
	s, _ := newStore(t)
	ok(t, s.Seed(t.Context()))
	ok(t, s.SaveQueue(t.Context(), routing.Queue{
		ID: "auto", Name: "自动回电", MaxWait: 600, Strategy: routing.StrategyLongestIdle,
		Callback: routing.Callback{Mode: routing.CallbackCallerFirst, Again: []routing.Seconds{300}},
	}))
	const lease = time.Minute
	for _, queue := range []callcenter.QueueID{"main", "auto"} {
		call := "call-" + callcenter.CallID(queue)
		ok(t, s.WriteCallback(t.Context(), call, phone, callcenter.EndCallbackLeft, queue, at(0)))
		for range 2 { // what was not heard the end of comes again
			ok(t, s.KeepPlace(t.Context(), call, callcenter.KeepPlace{Queue: queue, Since: at(-60), Language: "ug", Priority: 30}, at(0)))
		}
	}
	take := func(node string, again bool, now time.Time) []Place {
		t.Helper()
		return must[[]Place](t)(s.TakePlaces(t.Context(), node, again, now, lease))
	}
	if got := take("n1", false, at(3600)); len(got) != 0 {
		t.Errorf("an hour late at night: %+v", got)
	}
	first := take("n1", false, at(1))
	want := Place{Number: phone, Queue: "auto", Since: at(-60), Language: "ug", Priority: 30, CallerFirst: true}
	if len(first) != 1 {
		t.Fatalf("taken %+v: a place in the main queue is for the list", first)
	}
	id := first[0].ID
	want.ID = id
	if !reflect.DeepEqual(first[0], want) {
		t.Errorf("taken %+v, want %+v", first[0], want)
	}
	if got := take("n2", true, at(2)); len(got) != 0 {
		t.Errorf("two nodes have it: %+v", got)
	}
	if got := must[[]string](t)(s.HoldPlaces(t.Context(), "n1", []string{id, "other"}, at(50), lease)); !reflect.DeepEqual(got, []string{id}) {
		t.Errorf("held %v", got)
	}
	if got := take("n2", true, at(100)); len(got) != 0 {
		t.Errorf("its lease was renewed: %+v", got)
	}
	if got := take("n2", true, at(111)); len(got) != 1 {
		t.Error("a dead node keeps it")
	}
	ok(t, s.CloseCallback(t.Context(), id, false, at(120)))
	if got := take("n1", true, at(419)); len(got) != 0 {
		t.Errorf("before its time: %+v", got)
	}
	if got := take("n1", false, at(420)); len(got) != 0 {
		t.Errorf("at an hour when nobody is called again: %+v", got)
	}
	if got := take("n1", true, at(420)); len(got) != 1 {
		t.Error("not tried again")
	}
	must[Callback](t)(s.ClaimCallback(t.Context(), id, "agent", at(421)))
	if got := must[[]string](t)(s.HoldPlaces(t.Context(), "n1", []string{id}, at(422), lease)); len(got) != 0 {
		t.Errorf("an agent took it, and the node holds %v", got)
	}
	ok(t, s.CloseCallback(t.Context(), id, false, at(430)))
	if got := take("n1", true, at(9999)); len(got) != 0 {
		t.Errorf("the plan is over: %+v", got)
	}
	if got := must[Callback](t)(s.Callback(t.Context(), id)); got.State != CallbackOpen || got.Tries != 2 {
		t.Errorf("on the list: %+v", got)
	}
}

// TestOneMakesACallback: the system and an agent begin at the same moment.
func TestOneMakesACallback(t *testing.T) {
	s, _ := newStore(t)
	ok(t, s.Seed(t.Context()))
	ok(t, s.SaveQueue(t.Context(), routing.Queue{
		ID: "auto", Name: "自动回电", MaxWait: 600, Strategy: routing.StrategyLongestIdle,
		Callback: routing.Callback{Mode: routing.CallbackCallerFirst, Again: []routing.Seconds{300}},
	}))
	const lease = time.Minute
	for i := range 20 {
		call := callcenter.CallID(fmt.Sprint("call", i))
		ok(t, s.WriteCallback(t.Context(), call, phone, callcenter.EndCallbackLeft, "auto", at(0)))
		ok(t, s.KeepPlace(t.Context(), call, callcenter.KeepPlace{Queue: "auto", Since: at(0)}, at(0)))
		id := must[[]Place](t)(s.TakePlaces(t.Context(), "n1", true, at(1), lease))[0].ID
		var booked bool
		var wg sync.WaitGroup
		wg.Go(func() {
			var err error
			if booked, err = s.BookPlace(t.Context(), "n1", id, at(2), lease); err != nil {
				t.Error(err)
			}
		})
		_, err := s.ClaimCallback(t.Context(), id, "agent", at(2))
		wg.Wait()
		if claimed := err == nil; claimed == booked || (!claimed && !errors.Is(err, ErrTaken)) {
			t.Fatalf("claimed: %v, booked: %v", err, booked)
		}
		if booked {
			if _, err := s.FinishCallback(t.Context(), id, "agent", true, "n", at(3)); !errors.Is(err, ErrTaken) {
				t.Errorf("closed while the person is called: %v", err)
			}
			ok(t, s.CloseCallback(t.Context(), id, false, at(4))) // he hung up early: tried again after the pause
			if got := must[[]Place](t)(s.TakePlaces(t.Context(), "n1", true, at(303), lease)); len(got) != 0 {
				t.Errorf("tried again at once: %+v", got)
			}
			must[Callback](t)(s.ClaimCallback(t.Context(), id, "agent", at(304)))
		}
	}
	ok(t, s.WriteCallback(t.Context(), "lost", phone, callcenter.EndCallbackLeft, "auto", at(0)))
	ok(t, s.KeepPlace(t.Context(), "lost", callcenter.KeepPlace{Queue: "auto", Since: at(0)}, at(0)))
	id := must[[]Place](t)(s.TakePlaces(t.Context(), "n1", true, at(1), lease))[0].ID
	if !must[bool](t)(s.BookPlace(t.Context(), "n1", id, at(2), lease)) || must[bool](t)(s.BookPlace(t.Context(), "n2", id, at(2), lease)) {
		t.Error("not the node's that took it")
	}
	must[Callback](t)(s.ClaimCallback(t.Context(), id, "agent", at(63))) // that node has died
}
