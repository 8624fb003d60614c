package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"hotline12345/callcenter"
)

// recover ends what an earlier life of this node left open: the far ends get a
// BYE, the records say node-lost, whom nobody called back becomes a task.
func (e *Engine) recover(ctx context.Context) error {
	rows, err := e.o.Journal.Open(ctx, e.o.Node)
	if err != nil {
		return err
	}
	ends := map[callcenter.CallID]time.Time{} // of the sound that there is
	if e.o.CutRecordings != nil {
		cut, err := e.o.CutRecordings()
		if err != nil {
			return fmt.Errorf("recordings that were cut: %w", err)
		}
		open := openSegments(rows)
		for _, r := range cut {
			was := open[segment{r.Call, r.Segment}]
			r.Kind = cmp.Or(was.Tape.Kind, callcenter.SegmentTalk)
			r.Gaps = gapsOf(was.Gaps, r.StartedAt, r.Millis)
			if was.ID != "" {
				ends[r.Call] = r.StartedAt.Add(time.Duration(r.Millis) * time.Millisecond)
			}
			if err := e.o.Journal.WriteRecording(ctx, r); err != nil {
				return fmt.Errorf("recording %s/%d: %w", r.Call, r.Segment, err)
			}
		}
	}
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].Call == rows[0].Call {
			n++
		}
		if err := e.recoverCall(ctx, rows[:n], ends[rows[0].Call]); err != nil {
			return fmt.Errorf("call %s: %w", rows[0].Call, err)
		}
		rows = rows[n:]
	}
	return nil
}

type segment struct {
	call   callcenter.CallID
	number int
}

// openSegments are the calls, by the segment that was open when the node was lost.
func openSegments(rows []JournalRow) map[segment]callcenter.Call {
	calls := map[callcenter.CallID]callcenter.Call{}
	for _, row := range rows {
		// A damaged journal is told of when the call itself is recovered.
		if c, _, err := callcenter.Apply(calls[row.Call], row.Event, row.At); err == nil {
			calls[row.Call] = c
		}
	}
	open := map[segment]callcenter.Call{}
	for id, c := range calls {
		if c.Recording {
			open[segment{id, c.Segment}] = c
		}
	}
	return open
}

// recoverCall ends a call: when its recording was cut, if it had one, since nobody talked
// any more; else now.
func (e *Engine) recoverCall(ctx context.Context, rows []JournalRow, cut time.Time) error {
	stamped := make([]callcenter.Stamped, len(rows))
	for i, row := range rows {
		stamped[i] = callcenter.Stamped{At: row.At, Event: row.Event}
	}
	c, err := callcenter.Replay(stamped)
	if err != nil {
		// A gap (rows were dropped while Postgres was away). What was folded so far
		// still says whom to tell; one bad journal must not keep the node from starting.
		e.log.Error("a journal cannot be folded to its end", "call", rows[0].Call, "error", err)
	}
	last := rows[len(rows)-1]
	if c.State == callcenter.StateNew {
		return e.o.Journal.WriteRecord(ctx, callcenter.CallRecord{
			Call: last.Call, Kind: callcenter.KindInbound, StartedAt: rows[0].At, EndedAt: last.At, Reason: callcenter.EndNodeLost,
		})
	}
	e.log.Warn("a call was lost with the node", "call", c.ID, "state", c.State)
	for _, l := range c.Legs {
		if l.EndedAt == nil && l.Dialog.RemoteTag != "" {
			if err := e.o.Trunk.Abort(ctx, l.Dialog); err != nil {
				e.log.Warn("the far end of a lost call was not told", "call", c.ID, "leg", l.ID, "error", err)
			}
		}
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	if cut = cut.UTC().Truncate(time.Microsecond); !cut.Before(last.At) && cut.Before(now) {
		now = cut
	}
	ev := callcenter.EndRequested{Reason: callcenter.EndNodeLost}
	_, effects, err := callcenter.Apply(c, ev, now)
	if err != nil {
		return err
	}
	if c.State != callcenter.StateEnded {
		row := JournalRow{Node: e.o.Node, Call: last.Call, Seq: last.Seq + 1, At: now, Event: ev}
		if err := e.o.Journal.Append(ctx, []JournalRow{row}); err != nil {
			return err
		}
	} else {
		// It had ended, but its record was not written: fold the end once more for its effects.
		if effects, err = lastEffects(stamped); err != nil {
			return err
		}
	}
	for _, effect := range effects {
		e.written(last.Call, effect, now)
	}
	return nil
}

// lastEffects are the effects of a journal's last event.
func lastEffects(journal []callcenter.Stamped) ([]callcenter.Effect, error) {
	for n := range slices.Backward(journal) {
		before, err := callcenter.Replay(journal[:n])
		if err != nil {
			return nil, err
		}
		if before.State == callcenter.StateEnded {
			continue // events after the end
		}
		_, effects, err := callcenter.Apply(before, journal[n].Event, journal[n].At)
		return effects, err
	}
	return nil, nil
}

// reconcileLoop compares desks, calls and the shared queue again and again.
func (e *Engine) reconcileLoop(ctx context.Context) {
	ticker := time.NewTicker(e.o.Reconcile)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			e.reconcile()
		}
	}
}

// reconcile frees desks whose call is gone and posts what this node has to the
// shared queue again: after a flushed or restarted Redis all is there within
// one round.
func (e *Engine) reconcile() {
	for _, a := range e.actors() {
		if w := a.waiting.Load(); w != nil {
			e.o.ACD.Enqueue(*w)
		}
		if w := a.seeking.Load(); w != nil {
			e.o.ACD.Enqueue(*w)
		}
	}
	e.desks.reconcile(time.Now().UTC())
}
