package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"hotline12345/callcenter"
	"hotline12345/media"
)

// talk brings a call of a ready agent to talking.
func (w *world) talk(p *page, number string) callcenter.LegID {
	w.t.Helper()
	leg := w.dial(number)
	if err := w.e.Accept(p.agent, p.until(w.t, "offer", isOffer).Offer.ID); err != nil {
		w.t.Fatal(err)
	}
	p.until(w.t, "talk", isTalking)
	return leg
}

// only is the one call record.
func (w *world) only() callcenter.CallRecord {
	w.t.Helper()
	if len(w.journal.records) != 1 {
		w.t.Fatalf("%d records", len(w.journal.records))
	}
	for _, r := range w.journal.records {
		return r
	}
	panic("unreachable")
}

func TestTimesAreKept(t *testing.T) {
	t.Run("offer, then the whole wait", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, newJournal(), nil)
			p := w.ready("a")
			leg := w.dial("13800001000")
			began := time.Now()
			p.until(t, "offer", isOffer)
			p.until(t, "break", func(v DeskView) bool { return v.BreakReason == "noAnswer" && v.State == StateIdle })
			if got := time.Since(began); got != 20*time.Second {
				t.Fatalf("rang for %v", got)
			}
			time.Sleep(time.Until(began.Add(601 * time.Second)))
			synctest.Wait()
			w.media.mu.Lock()
			last := w.media.playing[string(leg)]
			w.media.mu.Unlock()
			w.e.PlayDone(string(leg), last.ID)
			w.stop()
			if r := w.only(); r.Reason != callcenter.EndMaxWait || r.WaitMS < 600_000 || len(w.journal.callbacks) != 1 {
				t.Fatalf("record %+v, callbacks %v", r, w.journal.callbacks)
			}
		})
	})
	t.Run("wrap-up", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, newJournal(), func(o *Options) { o.WrapUp = 30 * time.Second })
			p := w.ready("a")
			w.talk(p, "13800001000")
			if err := w.e.HangUp("a"); err != nil {
				t.Fatal(err)
			}
			p.until(t, "wrap-up", func(v DeskView) bool { return v.State == StateWrapUp })
			began := time.Now()
			p.until(t, "idle", isIdle)
			if got := time.Since(began); got != 30*time.Second {
				t.Fatalf("wrapped up for %v", got)
			}
			w.stop()
		})
	})
	t.Run("a page that stays away", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, newJournal(), nil)
			p, q := w.ready("a"), (*page)(nil)
			w.talk(p, "13800001000")
			q = w.ready("b")
			w.e.Detach("a", p)
			began := time.Now()
			q.until(t, "offer", isOffer)
			if got := time.Since(began); got != 30*time.Second {
				t.Fatalf("the next agent was rung after %v", got)
			}
			w.stop()
		})
	})
}

// TestLongOutage: Postgres is away for an hour; no record and no task is lost.
func TestLongOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, newJournal(), nil)
		w.journal.mu.Lock()
		w.journal.fail = true
		w.journal.mu.Unlock()
		p := w.ready("a")
		w.talk(p, "13800001000")
		if err := w.e.HangUp("a"); err != nil {
			t.Fatal(err)
		}
		leg := w.dial("13800002000")
		w.e.Event(leg, callcenter.LegEnded{Leg: leg, Reason: callcenter.EndCallerHangUp})
		time.Sleep(time.Hour)
		w.journal.mu.Lock()
		w.journal.fail = false
		w.journal.mu.Unlock()
		w.stop()
		if len(w.journal.records) != 2 || len(w.journal.callbacks) != 1 {
			t.Fatalf("%d records, %d tasks", len(w.journal.records), len(w.journal.callbacks))
		}
	})
}

// TestOneBrokenRow: what Postgres refuses for what it says holds nobody else up.
func TestOneBrokenRow(t *testing.T) {
	j := newJournal()
	j.poison = "bad"
	l := newLedger(j, 100, 0, slog.New(slog.DiscardHandler))
	for _, call := range []callcenter.CallID{"one", "bad", "two"} {
		l.event(JournalRow{Call: call, Seq: 1, Event: callcenter.LegRinging{Leg: "x"}})
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	go l.run(ctx)
	if err := l.drain(ctx); err != nil {
		t.Fatal(err)
	}
	if len(j.rows["one"]) != 1 || len(j.rows["two"]) != 1 || len(j.rows["bad"]) != 0 {
		t.Fatalf("written: %v", j.rows)
	}
}

func TestTheBufferHasAnEnd(t *testing.T) {
	l := newLedger(newJournal(), 10, 0, slog.New(slog.DiscardHandler))
	for seq := range 50 {
		l.event(JournalRow{Call: "c", Seq: seq})
	}
	if l.backlog() != 10 {
		t.Fatalf("%d rows are kept", l.backlog())
	}
	for range 50 {
		l.add(entry{what: "recording", write: func(context.Context) error { return nil }})
	}
	if l.backlog() != 20 {
		t.Fatalf("%d entries are kept", l.backlog())
	}
}

// TestAFailingOutcomeHoldsUpNoRecord: the ticket side is broken; records go on.
func TestAFailingOutcomeHoldsUpNoRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		w := newWorld(t, newJournal(), func(o *Options) {
			o.OnOutcome = func(context.Context, callcenter.CallID, string, int, callcenter.Outcome, callcenter.EndReason) error {
				tries++
				return errors.New("no such ticket")
			}
		})
		if _, err := w.e.PlaceResultCall("nowhere", callcenter.Script{Ticket: "T", Tell: []string{"x"}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * ledgerPause)
		synctest.Wait()
		w.journal.mu.Lock()
		written := len(w.journal.records)
		w.journal.mu.Unlock()
		if written != 1 {
			t.Fatalf("%d records while the outcome fails", written)
		}
		time.Sleep(10 * time.Minute)
		w.stop()
		if tries != outcomeTries {
			t.Fatalf("tried %d times", tries)
		}
	})
}

// TestAResultThatCannotBePlayedIsNotTold, though media reports the end of it.
func TestAResultThatCannotBePlayedIsNotTold(t *testing.T) {
	got := make(chan callcenter.Outcome, 1)
	w := newWorld(t, newJournal(), func(o *Options) {
		o.OnOutcome = func(_ context.Context, _ callcenter.CallID, _ string, _ int, outcome callcenter.Outcome, _ callcenter.EndReason) error {
			got <- outcome
			return nil
		}
	})
	w.media.broken["file:gone"] = true
	if _, err := w.e.PlaceResultCall("13800001000", callcenter.Script{Ticket: "T", Tell: []string{"file:gone"}}); err != nil {
		t.Fatal(err)
	}
	leg := <-w.trunk.dials
	w.e.Event(leg, callcenter.LegAnswered{Leg: leg})
	w.e.PlayDone(string(leg), "1")
	if o := <-got; o.Told || !o.Reachable {
		t.Fatalf("outcome %+v", o)
	}
	w.stop()
	if _, err := w.e.PlaceResultCall("13800001000", callcenter.Script{}); code(err) != callcenter.CodeBadStart {
		t.Fatalf("a call with nothing to tell: %v", err)
	}
}

// TestGoneWhileItCame: a CANCEL that overtook us leaves no call behind.
func TestGoneWhileItCame(t *testing.T) {
	w := newWorld(t, newJournal(), nil)
	w.trunk.cannot = true
	w.dial("13800001000")
	w.eventually("the call has ended", func() bool { return len(w.e.actors()) == 0 })
	w.stop()
	if r := w.only(); r.Reason != callcenter.EndAbandoned || len(w.journal.callbacks) != 1 {
		t.Fatalf("record %+v, callbacks %v", r, w.journal.callbacks)
	}
}

// TestDamagedJournals: a gap, or a missing start, keeps no node from starting,
// and each such call still gets its record.
func TestDamagedJournals(t *testing.T) {
	j := newJournal()
	row := func(call callcenter.CallID, seq int, ev callcenter.Event) {
		j.rows[call] = append(j.rows[call], JournalRow{Node: "n1", Call: call, Seq: seq, At: time.Now(), Event: ev})
	}
	arrived := func(call callcenter.CallID) callcenter.CallArrived {
		return callcenter.CallArrived{Call: call, Leg: "l", From: "13800001000", Queue: "main", Limits: callcenter.Limits{NoNotice: true}}
	}
	row("gap", 1, arrived("gap"))
	row("gap", 2, callcenter.AgentAccepted{Agent: "a", Offer: "never made"})
	row("headless", 2, callcenter.HangUpRequested{Agent: "a"})
	row("sound", 1, arrived("sound"))
	w := newWorld(t, j, nil)
	w.stop()
	for _, call := range []callcenter.CallID{"gap", "headless", "sound"} {
		if r, ok := j.records[call]; !ok || r.Reason != callcenter.EndNodeLost {
			t.Errorf("%s: record %+v", call, r)
		}
	}
	if len(j.callbacks) != 2 {
		t.Errorf("tasks %v", j.callbacks)
	}
}

// TestAFlickeringTransport: however the sound goes and comes, the call stands as
// the desk does. Many rounds, since the order of two goroutines is luck.
func TestAFlickeringTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, newJournal(), nil)
		p := w.ready("a")
		w.talk(p, "13800001000")
		for round := range 2000 {
			for _, up := range []bool{false, true, false, true} {
				go w.e.TransportState("a", up)
			}
			synctest.Wait()
			live := w.e.Live()
			want := callcenter.StateAgentLost
			if live.Agents[0].MediaUp {
				want = callcenter.StateTalking
			}
			if got := live.Talking[0].State; got != want {
				t.Fatalf("round %d: sound up %v, and the call is %s", round, live.Agents[0].MediaUp, got)
			}
			for len(p.views) > 0 {
				<-p.views
			}
		}
		w.stop()
	})
}

// fullMedia has no port left.
type fullMedia struct{ Media }

func (fullMedia) OpenTrunkLeg(string, []byte) ([]byte, error) {
	return nil, fmt.Errorf("%w: no port", media.ErrNoRoom)
}

// TestNoRoomForSound is our fault, not the offer's: 503 lets the network try elsewhere.
func TestNoRoomForSound(t *testing.T) {
	w := newWorld(t, newJournal(), func(o *Options) { o.Media = fullMedia{o.Media} })
	err := w.e.Arrived(Inbound{Leg: newLeg(), Offer: []byte("sdp")})
	var status StatusError
	if !errors.As(err, &status) || status.Code != 503 {
		t.Fatalf("without a port: %v", err)
	}
	w.stop()
}
