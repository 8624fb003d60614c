package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"hotline12345/callcenter"
)

// ledger is what must reach Postgres, in order, without any call waiting for it.
// One writer takes entries from a bounded buffer, as many at once as have gathered in a
// moment (ledgerPause), and writes those of one sort together: every row before what
// follows from it, a call's record last. While Postgres is away the
// writer tries again for as long as it takes and the buffer fills: past its
// limit journal rows are dropped with an alarm, past twice the limit records,
// callbacks and recordings too. What Postgres refuses for what it says (a broken
// row) is given up, loudly, and alone: it must not hold up all that follows.
type ledger struct {
	journal Journal
	limit   int
	tries   int // of one entry; 0: until it is written
	log     *slog.Logger
	// recorded and kept are told of segments and records that are written; nil: nobody.
	recorded func(RecordingRow)
	kept     func(callcenter.CallRecord)

	mu      sync.Mutex
	entries []entry
	busy    bool // the writer has entries in hand
	dropped int
	wake    chan struct{} // something to write
	idle    *sync.Cond    // nothing left
}

// entry is one of: a journal row, a stretch of an agent's shift, a segment, something
// written by a function, a call's record.
type entry struct {
	row     *JournalRow
	time    *AgentTime
	segment *RecordingRow
	record  *callcenter.CallRecord
	what    string
	write   func(context.Context) error
}

// stage is when an entry is written, of those that are taken together. What a call leaves
// to be done stands before its record: without one it is done again.
func (en entry) stage() int {
	switch {
	case en.segment != nil:
		return 1
	case en.write != nil:
		return 2
	case en.record != nil:
		return 3
	}
	return 0
}

const (
	ledgerBatch   = 500
	ledgerPause   = 10 * time.Millisecond // what comes within it is written together
	ledgerTimeout = 30 * time.Second
	ledgerRetry   = 500 * time.Millisecond
	outcomeTries  = 20 // about two minutes; then the attempt counts as one without an outcome
)

func newLedger(j Journal, limit, tries int, log *slog.Logger) *ledger {
	l := &ledger{journal: j, limit: limit, tries: tries, log: log, wake: make(chan struct{}, 1)}
	l.idle = sync.NewCond(&l.mu)
	return l
}

func (l *ledger) event(row JournalRow) { l.add(entry{row: &row, what: "journal"}) }

func (l *ledger) agentTime(t AgentTime) { l.add(entry{time: &t, what: "agent time"}) }

// recorded indexes a segment, and tells of it then.
func (e *Engine) recorded(r RecordingRow) { e.ledger.add(entry{segment: &r, what: "recording"}) }

// written takes the effects that end in Postgres. An outcome goes its own way:
// what becomes of a ticket must not hold up the records of other calls.
func (e *Engine) written(call callcenter.CallID, effect callcenter.Effect, at time.Time) {
	l := e.ledger
	switch f := effect.(type) {
	case callcenter.WriteRecord:
		l.add(entry{record: &f.Record, what: "record"})
	case callcenter.WriteCallback:
		l.add(entry{what: "callback", write: func(ctx context.Context) error {
			return l.journal.WriteCallback(ctx, call, f.Number, f.Reason, f.Queue, at)
		}})
	case callcenter.KeepPlace:
		l.add(entry{what: "place", write: func(ctx context.Context) error { return e.o.OnPlace(ctx, call, f, at) }})
	case callcenter.CloseCallback:
		l.add(entry{what: "callback", write: func(ctx context.Context) error {
			return l.journal.CloseCallback(ctx, f.ID, f.Talked, at)
		}})
	case callcenter.CloseEntry:
		l.add(entry{what: "call of a list", write: func(ctx context.Context) error {
			return e.o.OnEntry(ctx, f.ID, call, f.Answered, f.Reason, at)
		}})
	case callcenter.LogWatch:
		l.add(entry{what: "watch", write: func(ctx context.Context) error { return e.o.OnWatch(ctx, call, f) }})
	case callcenter.LogPause:
		l.add(entry{what: "pause", write: func(ctx context.Context) error { return e.o.OnPause(ctx, call, f) }})
	case callcenter.ReportOutcome:
		e.outcomes.add(entry{what: "outcome", write: func(ctx context.Context) error {
			return e.o.OnOutcome(ctx, call, f.Ticket, f.Attempt, f.Outcome, f.Reason)
		}})
	default: // every other effect is run, not written
	}
}

// recordKept compares the talk with what is kept of it: a recording that fell short is an
// alarm, by whatever way it was lost.
func (e *Engine) recordKept(r callcenter.CallRecord) {
	if missing := r.UnrecordedMS(); missing > 0 {
		e.unrecorded.Add(1)
		e.log.Error("talk is not on the recordings", "call", r.Call, "talk_ms", r.TalkMS, "audio_ms", *r.AudioMS, "missing_ms", missing, "reason", r.Reason)
	}
}

// Unrecorded is how many calls of this node had less recorded than was talked.
func (e *Engine) Unrecorded() int64 { return e.unrecorded.Load() }

func (l *ledger) add(en entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.entries) >= 2*l.limit || (en.row != nil && len(l.entries) >= l.limit) {
		l.dropped++
		if en.row == nil || l.dropped%1000 == 1 {
			l.log.Error("dropped: Postgres does not take it", "what", en.what, "dropped", l.dropped, "waiting", len(l.entries))
		}
		return
	}
	l.entries = append(l.entries, en)
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// backlog is how many entries wait; for the metrics and the alarm.
func (l *ledger) backlog() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries)
}

func (l *ledger) run(ctx context.Context) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
		}
		pause.Reset(ledgerPause)
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		for {
			batch := l.take()
			if len(batch) == 0 {
				break
			}
			if !l.putAll(ctx, batch) {
				return
			}
		}
	}
}

// take returns the next entries, by stage, those of a stage in their order.
func (l *ledger) take() []entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.entries), ledgerBatch)
	batch := l.entries[:n:n]
	l.entries = l.entries[n:]
	l.busy = n > 0
	if !l.busy {
		l.entries = nil // lets the array go
		l.idle.Broadcast()
	}
	slices.SortStableFunc(batch, func(a, b entry) int { return a.stage() - b.stage() })
	return batch
}

// putAll writes a batch: entries of one stage together, but functions one by one.
func (l *ledger) putAll(ctx context.Context, batch []entry) bool {
	for len(batch) > 0 {
		n := 1
		for n < len(batch) && batch[0].write == nil && batch[n].stage() == batch[0].stage() {
			n++
		}
		if !l.put(ctx, batch[:n]) {
			return false
		}
		batch = batch[n:]
	}
	return true
}

// put writes a batch until it is written or hopeless; false: ctx ended.
func (l *ledger) put(ctx context.Context, batch []entry) bool {
	for try := 1; ; try++ {
		err := l.putOnce(ctx, batch)
		if err == nil {
			return true
		}
		l.log.Error("cannot write", "what", batch[0].what, "try", try, "waiting", l.backlog(), "error", err)
		switch {
		case fenced(err): // another node owns the call; the batch's other rows are written
			l.log.Error("given up: it can never be written", "what", batch[0].what)
			return true
		case refused(err) && len(batch) > 1:
			for i := range batch {
				if !l.put(ctx, batch[i:i+1]) {
					return false
				}
			}
			return true
		case refused(err), l.tries > 0 && try >= l.tries:
			l.log.Error("given up", "what", batch[0].what)
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(min(time.Duration(try)*ledgerRetry, 10*time.Second)):
		}
	}
}

// fenced: the journal says that trying again is of no use.
func fenced(err error) bool {
	var final interface{ Permanent() bool }
	return errors.As(err, &final) && final.Permanent()
}

// refused: Postgres was there and refused what the entry says (SQLSTATE classes
// 22 data exception and 23 integrity constraint violation).
func refused(err error) bool {
	var state interface{ SQLState() string }
	return errors.As(err, &state) && (strings.HasPrefix(state.SQLState(), "22") || strings.HasPrefix(state.SQLState(), "23"))
}

func (l *ledger) putOnce(ctx context.Context, batch []entry) error {
	ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()
	switch first := batch[0]; {
	case first.write != nil:
		return first.write(ctx)
	case first.time != nil:
		return l.journal.WriteAgentTimes(ctx, gather(batch, func(en entry) *AgentTime { return en.time }))
	case first.segment != nil:
		return l.putSegments(ctx, gather(batch, func(en entry) *RecordingRow { return en.segment }))
	case first.record != nil:
		return l.putRecords(ctx, gather(batch, func(en entry) *callcenter.CallRecord { return en.record }))
	}
	return l.journal.Append(ctx, gather(batch, func(en entry) *JournalRow { return en.row }))
}

func gather[T any](batch []entry, of func(entry) *T) []T {
	list := make([]T, len(batch))
	for i, en := range batch {
		list[i] = *of(en)
	}
	return list
}

func (l *ledger) putSegments(ctx context.Context, rows []RecordingRow) error {
	if err := l.journal.WriteRecording(ctx, rows...); err != nil {
		return err
	}
	for _, r := range rows {
		if l.recorded != nil {
			l.recorded(r)
		}
	}
	return nil
}

// putRecords adds what is on the recordings, which have been written before.
func (l *ledger) putRecords(ctx context.Context, records []callcenter.CallRecord) error {
	var talked []callcenter.CallID
	for _, r := range records {
		if r.TalkMS > 0 {
			talked = append(talked, r.Call)
		}
	}
	if len(talked) > 0 {
		audio, err := l.journal.RecordedMS(ctx, talked...)
		if err != nil {
			return err
		}
		for i := range records {
			if r := &records[i]; r.TalkMS > 0 {
				ms := audio[r.Call]
				r.AudioMS = &ms
			}
		}
	}
	if err := l.journal.WriteRecord(ctx, records...); err != nil {
		return err
	}
	for _, r := range records {
		if l.kept != nil {
			l.kept(r)
		}
	}
	return nil
}

// drain waits until everything is written.
func (l *ledger) drain(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.idle.Broadcast()
	})
	defer stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.entries) > 0 || l.busy {
		if ctx.Err() != nil {
			return fmt.Errorf("engine: %d entries are not written: %w", len(l.entries), ctx.Err())
		}
		l.idle.Wait()
	}
	return nil
}
