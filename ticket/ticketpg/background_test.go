package ticketpg

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/ticket"
)

// TestSweepPassesABrokenTicket: the one that is due first cannot be read.
func TestSweepPassesABrokenTicket(t *testing.T) {
	s, pool, clock := newStore(t)
	broken := lodged(t, s, ticket.Submit{}).Number
	moved(t, s, broken, dispatcher, toAgency)
	clock.move(time.Hour)
	sound := lodged(t, s, ticket.Submit{}).Number
	moved(t, s, sound, dispatcher, toAgency)
	if _, err := pool.Exec(t.Context(), `UPDATE tickets SET requester = 'x' WHERE number = $1`, broken); err != nil {
		t.Fatal(err)
	}
	clock.move(60 * 24 * time.Hour)
	if n, err := s.Sweep(t.Context(), 10); n != 1 || err == nil {
		t.Errorf("recorded %d, %v", n, err)
	}
	if tk := must[ticket.Ticket](t)(s.Get(t.Context(), System, sound)); !tk.Flags.Overdue {
		t.Error("the sound one waits for the broken one")
	}
}

func TestSweepRecordsOnceAndFiguresDerive(t *testing.T) {
	s, _, clock := newStore(t)
	late := lodged(t, s, ticket.Submit{}).Number
	moved(t, s, late, dispatcher, toAgency)
	inTime := lodged(t, s, ticket.Submit{}).Number
	signed(t, s, inTime)
	replied(t, s, inTime)
	lodged(t, s, nil)
	if n := must[int](t)(s.Sweep(t.Context(), 10)); n != 0 {
		t.Fatalf("%d overdue on the first day", n)
	}
	due := must[ticket.Ticket](t)(s.Get(t.Context(), System, late)).Assignments[0].Due
	clock.move(due.Sub(clock.now()))
	if n := must[int](t)(s.Sweep(t.Context(), 10)); n != 0 {
		t.Error("overdue on the deadline itself")
	}
	clock.move(time.Second)
	want := Figures{ByState: map[ticket.State]int{"draft": 1, "toDispatch": 0, "assigned": 1, "followUp": 1, "refused": 0, "closed": 0}, Overdue: 1, ToTell: 1}
	if got := must[Figures](t)(s.Figures(t.Context())); !reflect.DeepEqual(got, want) {
		t.Errorf("before the sweep %+v, want %+v", got, want)
	}
	// Several nodes sweep at once: one event.
	counts := make(chan int, 4)
	for range cap(counts) {
		go func() {
			n, err := s.Sweep(t.Context(), 10)
			if err != nil {
				t.Error(err)
			}
			counts <- n
		}()
	}
	total := 0
	for range cap(counts) {
		total += <-counts
	}
	tk := must[ticket.Ticket](t)(s.Get(t.Context(), System, late))
	if total != 1 || !tk.Flags.Overdue || tk.Assignments[0].OverdueAt == nil {
		t.Errorf("recorded %d times: %+v", total, tk.Flags)
	}
	if r := verified(t, s); len(r.Faults) != 0 {
		t.Errorf("verified %+v", r.Faults)
	}
	closed(t, s, inTime)
	want.ByState["followUp"], want.ByState["closed"], want.ToTell = 0, 1, 0
	if got := must[Figures](t)(s.Figures(t.Context())); !reflect.DeepEqual(got, want) {
		t.Errorf("after closing %+v, want %+v", got, want)
	}
	clock.move(24 * time.Hour)
	if got := must[Figures](t)(s.Figures(t.Context())).ByState["closed"]; got != 0 {
		t.Errorf("%d closed on the next day", got)
	}
}

func TestOutboxLosesNothing(t *testing.T) {
	s, _, _ := newStore(t)
	for range 3 {
		lodged(t, s, ticket.Submit{})
	}
	broken := errors.New("the job table is away")
	n, err := s.Drain(t.Context(), 10, func(context.Context, pgx.Tx, Notice) error { return broken })
	if n != 0 || !errors.Is(err, broken) {
		t.Fatalf("drained %d, %v", n, err)
	}
	// One drain holds three while another runs: no notice twice, none lost.
	holding, finish := make(chan []Notice), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		var got []Notice
		_, err := s.Drain(t.Context(), 3, func(_ context.Context, _ pgx.Tx, n Notice) error {
			if got = append(got, n); len(got) == 3 {
				holding <- got
				<-finish
			}
			return nil
		})
		first <- err
	}()
	all := <-holding
	if _, err := s.Drain(t.Context(), 10, func(_ context.Context, _ pgx.Tx, n Notice) error { all = append(all, n); return nil }); err != nil {
		t.Fatal(err)
	}
	close(finish)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	var seen []string
	for i, n := range all {
		seen = append(seen, n.Ticket+" "+n.Type)
		if i > 0 && n.ID <= all[i-1].ID {
			t.Errorf("out of order: %+v", all)
		}
	}
	want := []string{
		"20260302-000001 lodged", "20260302-000001 submitted", "20260302-000002 lodged",
		"20260302-000002 submitted", "20260302-000003 lodged", "20260302-000003 submitted",
	}
	if !slices.Equal(seen, want) || all[0].State != ticket.StateToDispatch {
		t.Errorf("got %+v", all)
	}
	if n, err := s.Drain(t.Context(), 10, func(context.Context, pgx.Tx, Notice) error { return broken }); n != 0 || err != nil {
		t.Errorf("something was left: %d, %v", n, err)
	}
}

func TestListenersHearOfEveryCommit(t *testing.T) {
	s, pool, _ := newStore(t)
	ctx, stop := context.WithCancel(limit(t))
	heard := make(chan Change, 16)
	ended := make(chan error, 1)
	go func() { ended <- s.Listen(ctx, slog.New(slog.DiscardHandler), func(c Change) { heard <- c }) }()
	next := func() Change {
		t.Helper()
		select {
		case c := <-heard:
			return c
		case <-ctx.Done():
			t.Fatal("no change was heard")
			return Change{}
		}
	}
	if c := next(); !c.Missed {
		t.Errorf("at first %+v", c)
	}
	tk := lodged(t, s, ticket.Submit{})
	if c := next(); c.Number != tk.Number || c.State != ticket.StateToDispatch || c.LodgedBy != agent.ID || c.Version != 2 {
		t.Errorf("lodged: %+v", c)
	}
	_, err := s.Handle(ctx, dispatcher, tk.Number, 1, toAgency) // refused: says nothing
	if codeOf(err) != CodeStale {
		t.Fatal(err)
	}
	moved(t, s, tk.Number, dispatcher, toAgency)
	if c := next(); c.State != ticket.StateAssigned || !slices.Equal(c.Agencies, []string{"CSGL"}) {
		t.Errorf("dispatched: %+v", c)
	}
	// The connection is cut: it comes back by itself and says that something may be missed.
	_, err = pool.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'LISTEN%'`)
	if err != nil {
		t.Fatal(err)
	}
	if c := next(); !c.Missed {
		t.Errorf("after the cut: %+v", c)
	}
	moved(t, s, tk.Number, agency, ticket.Sign{Assignment: tk.Number + "-01"})
	if c := next(); c.Version != 4 {
		t.Errorf("after coming back: %+v", c)
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}
