// Package engine makes calls happen: one goroutine per call owns its state,
// takes events from its bounded mailbox, asks callcenter.Apply what they mean,
// journals them, and runs the effects on the trunk, the media, the shared queue
// and the agents' desks, which are all interfaces declared here.
//
//	trunk, media, queue, desk, timers ──events──► mailbox ──► Apply ──► journal row
//	        ▲                                                   │
//	        └──────────────────────effects──────────────────────┘
//
// Desks (shifts of agents) are small states behind one mutex: a desk never waits
// for a call, and a call only changes desks, so that no two wait for each other.
// Nothing in a call waits for Postgres: journal rows, records and callbacks go
// through the ledger, a bounded buffer with one writer that keeps their order.
//
// What a node owes after a crash is in the journal: Start folds the calls it
// left open, ends their dialogs, writes their records with reason node-lost and
// makes callback tasks. Every few seconds a node compares its desks with its
// calls and posts both to the shared queue again, so that a flushed Redis or a
// lost message leaves nobody in "ringing" or waiting unseen.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"hotline12345/callcenter"
)

// Options of an engine. Zero values mean the default in brackets.
type Options struct {
	Node    string // who owns the calls of this process
	Trunk   Trunk
	Media   Media
	ACD     ACD
	Journal Journal
	Phones  Phones // of the agents' desks; nil: there are none
	Logger  *slog.Logger

	Queue        callcenter.QueueID // where inbound calls go ["main"]
	Limits       callcenter.Limits  // of inbound and outbound calls
	ResultLimits callcenter.Limits  // of the system's own calls
	WrapUp       time.Duration      // 话后整理 [30 s]
	SeatWrapUp   time.Duration      // of a seat that is a phone alone; 0: none
	SeatRest     time.Duration      // such a seat that did not answer is tried again after this [1 min]
	MaxCalls     int                // at once, all kinds [1000]
	SystemShare  int                // of MaxCalls, in percent, for the system's own calls at most [25]
	Reconcile    time.Duration      // [4 s]
	Away         time.Duration      // a shift without a page ends after [10 min]
	LedgerSize   int                // journal rows kept while Postgres is slow [100000]

	// OnOutcome gets a result call's outcome. It is asked again when it fails, for about two minutes.
	OnOutcome func(ctx context.Context, call callcenter.CallID, ticket string, attempt int, o callcenter.Outcome, reason callcenter.EndReason) error
	// Known reads what is kept about the number that calls, while the caller hears the
	// notice. Nobody waits for it: what comes later counts from then on. nil: nothing is kept.
	Known func(ctx context.Context, number string) (callcenter.CallerKnown, error)
	// MaxWait is how long callers of a queue wait at most, in seconds, if that is less
	// than Limits has; 0 or nil: Limits'.
	MaxWait func(queue callcenter.QueueID) int
	// Ways are the queues' hours and exits [all are open, 7×24].
	Ways Ways
	// OnWatch gets each stretch of a supervisor's watching, until it is written.
	OnWatch func(ctx context.Context, call callcenter.CallID, w callcenter.LogWatch) error
	// OnPlace gets the place that a callback task keeps, after the task, until it is written.
	OnPlace func(ctx context.Context, call callcenter.CallID, p callcenter.KeepPlace, at time.Time) error
	// OnEntry gets the end of a call to somebody of a list, until it is written.
	OnEntry func(ctx context.Context, entry string, call callcenter.CallID, answered bool, reason callcenter.EndReason, at time.Time) error
	// Book makes a callback task the node's to call, if no agent has it; an error, as of a
	// Postgres that is away, counts as yes: nobody can take it from the list then either.
	// nil: it always is.
	Book func(ctx context.Context, task string) (won bool, err error)
	// OnCall is told what an event of a call is to others; seq is the event's number in the
	// journal. OnAgent what an agent does from now on. OnRecording that a segment is in the
	// index. None of them may wait.
	OnCall      func(c callcenter.Call, seq int, at time.Time, told []callcenter.NoticeType)
	OnAgent     func(t AgentTime)
	OnRecording func(r RecordingRow)
	// OnPause gets each pause of a recording when it is over, until it is written.
	OnPause func(ctx context.Context, call callcenter.CallID, p callcenter.LogPause) error
	// Forks sends calls to a consumer while they are spoken; nil: there is none.
	Forks Forks
	// OnFork gets each beginning and end of that, until it is written.
	OnFork func(ctx context.Context, call callcenter.CallID, f LogFork) error
	// ShowCaller is what a desk phone shows of who calls [nothing but the hotline's number].
	ShowCaller func(number string) Shown
	// HideMonitor keeps from an agent that a supervisor listens; that she whispers
	// or breaks in, he hears.
	HideMonitor bool
	// CutRecordings lists the segments that a crash left without an index row.
	CutRecordings func() ([]RecordingRow, error)
}

func (o *Options) defaults() error {
	if o.Trunk == nil || o.Media == nil || o.ACD == nil || o.Journal == nil || o.Node == "" {
		return errors.New("engine: node, trunk, media, ACD and journal are needed")
	}
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&o.WrapUp, 30*time.Second)
	set(&o.Reconcile, 4*time.Second)
	set(&o.Away, 10*time.Minute)
	set(&o.SeatRest, time.Minute)
	if o.MaxCalls == 0 {
		o.MaxCalls = 1000
	}
	if o.SystemShare == 0 {
		o.SystemShare = 25
	}
	if o.LedgerSize == 0 {
		o.LedgerSize = 100_000
	}
	if o.Queue == "" {
		o.Queue = "main"
	}
	if o.Ways == nil {
		o.Ways = everOpen{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Phones == nil {
		o.Phones = noPhones{}
	}
	if o.ShowCaller == nil {
		o.ShowCaller = func(string) Shown { return Shown{} }
	}
	if o.OnWatch == nil {
		o.OnWatch = func(context.Context, callcenter.CallID, callcenter.LogWatch) error { return nil }
	}
	if o.OnPlace == nil {
		o.OnPlace = func(context.Context, callcenter.CallID, callcenter.KeepPlace, time.Time) error { return nil }
	}
	if o.OnEntry == nil {
		o.OnEntry = func(context.Context, string, callcenter.CallID, bool, callcenter.EndReason, time.Time) error {
			return nil
		}
	}
	if o.OnCall == nil {
		o.OnCall = func(callcenter.Call, int, time.Time, []callcenter.NoticeType) {}
	}
	if o.OnAgent == nil {
		o.OnAgent = func(AgentTime) {}
	}
	if o.OnRecording == nil {
		o.OnRecording = func(RecordingRow) {}
	}
	if o.OnPause == nil {
		o.OnPause = func(context.Context, callcenter.CallID, callcenter.LogPause) error { return nil }
	}
	if o.OnFork == nil {
		o.OnFork = func(context.Context, callcenter.CallID, LogFork) error { return nil }
	}
	if o.OnOutcome == nil {
		o.OnOutcome = func(context.Context, callcenter.CallID, string, int, callcenter.Outcome, callcenter.EndReason) error {
			return nil
		}
	}
	return nil
}

// Engine runs the calls and desks of one node.
type Engine struct {
	o      Options
	log    *slog.Logger
	ledger *ledger
	// outcomes of result calls go to the tickets; see written.
	outcomes *ledger
	times    *ledger // what agents do
	desks    *desks
	hub      *notifier

	mu    sync.RWMutex // guards the registries and stopping
	calls map[callcenter.CallID]*actor
	legs  map[callcenter.LegID]*actor
	stop  bool

	unrecorded atomic.Int64 // calls

	running sync.WaitGroup // one for each call
	loops   sync.WaitGroup
	cancel  context.CancelFunc
}

// New makes an engine; Start runs it.
func New(o Options) (*Engine, error) {
	if err := o.defaults(); err != nil {
		return nil, err
	}
	e := &Engine{
		o: o, log: o.Logger, hub: newNotifier(),
		calls: map[callcenter.CallID]*actor{}, legs: map[callcenter.LegID]*actor{},
	}
	e.ledger = newLedger(o.Journal, o.LedgerSize, 0, o.Logger)
	e.ledger.recorded, e.ledger.kept = o.OnRecording, e.recordKept
	e.outcomes = newLedger(o.Journal, o.LedgerSize, outcomeTries, o.Logger)
	e.times = newLedger(o.Journal, o.LedgerSize, 0, o.Logger)
	e.desks = newDesks(e)
	return e, nil
}

// Start writes down what an earlier life of this node left open and begins.
func (e *Engine) Start(ctx context.Context) error {
	loop, cancel := context.WithCancel(context.Background())
	e.cancel = cancel
	if err := e.recover(ctx); err != nil {
		cancel()
		return fmt.Errorf("engine: recover: %w", err)
	}
	e.loops.Go(func() { e.ledger.run(loop) })
	e.loops.Go(func() { e.outcomes.run(loop) })
	e.loops.Go(func() { e.times.run(loop) })
	e.loops.Go(func() { e.reconcileLoop(loop) })
	return nil
}

// Stop refuses new calls, ends the running ones with reason shutdown and writes
// down everything, as far as ctx allows.
func (e *Engine) Stop(ctx context.Context) error {
	e.mu.Lock()
	e.stop = true
	for _, a := range e.calls {
		a.post(callcenter.EndRequested{Reason: callcenter.EndShutdown})
	}
	e.mu.Unlock()
	ended := make(chan struct{})
	go func() { e.running.Wait(); close(ended) }()
	var err error
	select {
	case <-ended:
		err = errors.Join(e.ledger.drain(ctx), e.outcomes.drain(ctx))
	case <-ctx.Done():
		err = fmt.Errorf("engine: calls still end: %w", ctx.Err())
	}
	e.desks.close()
	err = errors.Join(err, e.times.drain(ctx))
	if e.cancel != nil {
		e.cancel()
	}
	e.loops.Wait()
	return err
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// newLeg gives a leg id.
func newLeg() callcenter.LegID { return callcenter.LegID(newID()) }

var errStopping = errors.New("engine: stopping")

// launch registers a call with its first leg and starts its goroutine.
func (e *Engine) launch(id callcenter.CallID, leg callcenter.LegID, first callcenter.Event) error {
	_, system := first.(callcenter.ResultRequested)
	return e.launchPaced(id, leg, first, system, needsNobody)
}

// launchPaced is launch for a call that can be made at any time, if system says that it is
// one: see paced.
func (e *Engine) launchPaced(id callcenter.CallID, leg callcenter.LegID, first callcenter.Event, system bool, serves func(callcenter.QueueID) bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stop {
		return errStopping
	}
	if len(e.calls) >= e.o.MaxCalls {
		return StatusError{Code: 503, Reason: "all lines are busy"}
	}
	_, callback := first.(callcenter.CallbackDue)
	if system && e.paced(serves) || callback && e.crowded() {
		return deskError(CodePaced)
	}
	a := newActor(e, id)
	a.system, a.callback = system, callback
	e.calls[id] = a
	e.legs[leg] = a
	a.post(first)
	e.running.Go(a.run)
	return nil
}

func (e *Engine) register(leg callcenter.LegID, a *actor) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.legs[leg] = a
}

func (e *Engine) unregister(leg callcenter.LegID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.legs, leg)
}

func (e *Engine) forget(id callcenter.CallID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.calls, id)
}

func (e *Engine) call(id callcenter.CallID) *actor {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.calls[id]
}

func (e *Engine) leg(id callcenter.LegID) *actor {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.legs[id]
}

func (e *Engine) actors() []*actor {
	e.mu.RLock()
	defer e.mu.RUnlock()
	list := make([]*actor, 0, len(e.calls))
	for _, a := range e.calls {
		list = append(list, a)
	}
	return list
}
