package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"hotline12345/callcenter"
)

// ledger is what must reach Postgres, in order, without any call waiting for it.
// One writer takes entries from a bounded buffer. When Postgres is away the
// writer tries again and the buffer fills; past its limit journal rows are
// dropped with an alarm, while records, callbacks and recordings are kept.
type ledger struct {
	journal Journal
	outcome func(context.Context, callcenter.CallID, string, int, callcenter.Outcome, callcenter.EndReason) error
	limit   int
	log     *slog.Logger

	mu      sync.Mutex
	entries []entry
	busy    bool // the writer has entries in hand
	dropped int
	wake    chan struct{} // something to write
	idle    *sync.Cond    // nothing left
}

// entry is one of: a journal row, or something written by a function.
type entry struct {
	row   *JournalRow
	what  string
	write func(context.Context) error
}

const (
	ledgerBatch   = 500
	ledgerTimeout = 30 * time.Second
	ledgerRetry   = 500 * time.Millisecond
	ledgerTries   = 20 // of one entry that is not a row: then it is given up, loudly
)

func newLedger(j Journal, outcome func(context.Context, callcenter.CallID, string, int, callcenter.Outcome, callcenter.EndReason) error, limit int, log *slog.Logger) *ledger {
	l := &ledger{journal: j, outcome: outcome, limit: limit, log: log, wake: make(chan struct{}, 1)}
	l.idle = sync.NewCond(&l.mu)
	return l
}

func (l *ledger) event(row JournalRow) { l.add(entry{row: &row, what: "journal"}) }

func (l *ledger) recording(r RecordingRow) {
	l.add(entry{what: "recording", write: func(ctx context.Context) error { return l.journal.WriteRecording(ctx, r) }})
}

// write takes the effects that end in Postgres.
func (l *ledger) write(call callcenter.CallID, effect callcenter.Effect, at time.Time) {
	switch f := effect.(type) {
	case callcenter.WriteRecord:
		l.add(entry{what: "record", write: func(ctx context.Context) error { return l.journal.WriteRecord(ctx, f.Record) }})
	case callcenter.WriteCallback:
		l.add(entry{what: "callback", write: func(ctx context.Context) error {
			return l.journal.WriteCallback(ctx, call, f.Number, f.Reason, f.Queue, at)
		}})
	case callcenter.CloseCallback:
		l.add(entry{what: "callback", write: func(ctx context.Context) error {
			return l.journal.CloseCallback(ctx, f.ID, f.Talked, at)
		}})
	case callcenter.ReportOutcome:
		l.add(entry{what: "outcome", write: func(ctx context.Context) error {
			return l.outcome(ctx, call, f.Ticket, f.Attempt, f.Outcome, f.Reason)
		}})
	}
}

func (l *ledger) add(en entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if en.row != nil && len(l.entries) >= l.limit {
		l.dropped++
		if l.dropped%1000 == 1 {
			l.log.Error("journal rows are dropped: Postgres does not take them", "dropped", l.dropped, "waiting", len(l.entries))
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
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
		}
		for {
			batch := l.take()
			if len(batch) == 0 {
				break
			}
			if !l.put(ctx, batch) {
				return
			}
		}
	}
}

// take returns the next entries: as many rows as stand in a row, or one other.
func (l *ledger) take() []entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for n < len(l.entries) && n < ledgerBatch && l.entries[n].row != nil {
		n++
	}
	if n == 0 && len(l.entries) > 0 {
		n = 1
	}
	batch := l.entries[:n:n]
	l.entries = l.entries[n:]
	l.busy = n > 0
	if !l.busy {
		l.entries = nil // lets the array go
		l.idle.Broadcast()
	}
	return batch
}

// put writes a batch until it is written; false: ctx ended.
func (l *ledger) put(ctx context.Context, batch []entry) bool {
	for try := 1; ; try++ {
		err := l.putOnce(ctx, batch)
		if err == nil {
			return true
		}
		l.log.Error("cannot write", "what", batch[0].what, "try", try, "waiting", l.backlog(), "error", err)
		var final interface{ Permanent() bool }
		if errors.As(err, &final) && final.Permanent() {
			l.log.Error("given up: it can never be written", "what", batch[0].what)
			return true
		}
		if batch[0].row == nil && try >= ledgerTries {
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

func (l *ledger) putOnce(ctx context.Context, batch []entry) error {
	ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()
	if batch[0].row == nil {
		return batch[0].write(ctx)
	}
	rows := make([]JournalRow, len(batch))
	for i, en := range batch {
		rows[i] = *en.row
	}
	return l.journal.Append(ctx, rows)
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
