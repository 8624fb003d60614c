package feedback

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"hotline12345/ticket"
)

// Tickets is the ticket store as the system sees it: whole tickets, and commands
// of the system, all or none.
type Tickets interface {
	Ticket(ctx context.Context, number string) (ticket.Ticket, error)
	Handle(ctx context.Context, number string, cmds ...ticket.Command) error
}

// Caller places the system's own calls. An ErrCannotDial is final for the number;
// after ErrLater, and any other error, it is tried again.
type Caller interface {
	Place(ctx context.Context, to string, s Script) (call string, err error)
}

// ErrCannotDial: no call can be made to this number.
var ErrCannotDial = errors.New("the number cannot be dialled")

// ErrLater: the lines are needed for others just now. It is asked again soon, and is no
// attempt to reach the person.
var ErrLater = errors.New("no call can be made just now")

// Speaker makes sound of a text and returns the name of a source that a Script may have.
type Speaker interface {
	Speak(ctx context.Context, text string) (source string, err error)
}

// Script is what a result call plays: names of sources, in order. Solved and
// Satisfied are empty when there is nothing to ask.
type Script struct {
	Ticket    string
	Attempt   int
	Tell      []string
	Solved    []string
	Satisfied []string
	Invalid   []string
	Thanks    []string
}

// Options of a Service. Zero values get the default in brackets.
type Options struct {
	Hours    Hours         // when callers are called and written to [08:00-21:00]
	Attempts int           // calls before a text message, at most 10 [3]
	Pause    time.Duration // between two calls, at least [3 h]
	Texts    Texts         // required
	Gateway  *Gateway      // nil: no text messages
	// KnowJobs adds workers of jobs that other clients run on this database. Its River
	// client leads them all, and would discard what it does not know when a process dies.
	KnowJobs func(*river.Workers) // nil: there are none
	Now      func() time.Time
	Log      *slog.Logger
}

// Service runs the tellings. Safe for concurrent use; several nodes may run it on
// one database.
type Service struct {
	o       Options
	pool    *pgxpool.Pool
	tickets Tickets
	caller  Caller
	speaker Speaker
	river   *river.Client[pgx.Tx]
}

// callLimit: an attempt whose call has not ended after this is counted as lost.
const callLimit = 45 * time.Minute

// New makes a service on a migrated database.
func New(pool *pgxpool.Pool, tickets Tickets, caller Caller, speaker Speaker, o Options) (*Service, error) {
	if o.Hours == (Hours{}) {
		o.Hours = Hours{From: 8 * time.Hour, To: 21 * time.Hour}
	}
	if o.Attempts == 0 {
		o.Attempts = 3
	}
	if o.Pause == 0 {
		o.Pause = 3 * time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if err := o.Texts.check(); err != nil {
		return nil, err
	}
	s := &Service{o: o, pool: pool, tickets: tickets, caller: caller, speaker: speaker}
	workers := river.NewWorkers()
	river.AddWorker(workers, &tellWorker{service: s})
	river.AddWorker(workers, &endWorker{service: s})
	river.AddWorker(workers, &smsWorker{service: s})
	river.AddWorker(workers, &receiptWorker{service: s})
	river.AddWorker(workers, &sweepWorker{service: s})
	if o.KnowJobs != nil {
		o.KnowJobs(workers)
	}
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		Queues:       map[string]river.QueueConfig{queueName: {MaxWorkers: 32}},
		Workers:      workers,
		Logger:       slog.New(quieter{o.Log.Handler()}),
		PeriodicJobs: []*river.PeriodicJob{river.NewPeriodicJob(river.PeriodicInterval(time.Hour), func() (river.JobArgs, *river.InsertOpts) { return sweepArgs{}, nil }, &river.PeriodicJobOpts{RunOnStart: true})},
		// A stop waits for what is running, then cuts it: every job can be repeated.
		SoftStopTimeout: 5 * time.Second,
	})
	if err != nil {
		return nil, fmt.Errorf("feedback: %w", err)
	}
	s.river = client
	return s, nil
}

// Start begins to work on jobs; it returns at once. End it by Stop.
func (s *Service) Start(ctx context.Context) error {
	if err := s.river.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("feedback: start: %w", err)
	}
	return nil
}

// Stop waits for the jobs that run, a few seconds at most.
func (s *Service) Stop(ctx context.Context) error {
	if err := s.river.Stop(ctx); err != nil {
		return fmt.Errorf("feedback: stop: %w", err)
	}
	return nil
}

// Notice is what the ticket store's outbox says of one event.
type Notice struct {
	Ticket string
	Seq    int    // of the event, from 1
	Type   string // of the event
	State  ticket.State
}

// Take begins a telling when the notice asks for one, in the transaction that removes
// the notice from the outbox. Other notices are ignored; a repeated one does nothing.
func (s *Service) Take(ctx context.Context, tx pgx.Tx, n Notice) error {
	if !beginsTelling(n) {
		return nil
	}
	now := s.o.Now()
	if _, err := tx.Exec(ctx, `UPDATE tellings SET state = 'superseded', ended_at = $3
		WHERE ticket = $1 AND seq < $2 AND ended_at IS NULL`, n.Ticket, n.Seq, now); err != nil {
		return fmt.Errorf("feedback: take %s: %w", n.Ticket, err)
	}
	tag, err := tx.Exec(ctx, `INSERT INTO tellings (ticket, seq, state, started_at) VALUES ($1, $2, 'calling', $3)
		ON CONFLICT DO NOTHING`, n.Ticket, n.Seq, now)
	if err != nil {
		return fmt.Errorf("feedback: take %s: %w", n.Ticket, err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	if _, err := s.river.InsertTx(ctx, tx, tellArgs{Ticket: n.Ticket, Seq: n.Seq}, nil); err != nil {
		return fmt.Errorf("feedback: take %s: %w", n.Ticket, err)
	}
	return nil
}

// beginsTelling: the events by which a ticket comes to wait for its caller.
func beginsTelling(n Notice) bool {
	if n.State != ticket.StateFollowUp && n.State != ticket.StateRefused {
		return false
	}
	switch n.Type {
	case "answered", "refused", "replied", "replyApproved":
		return true
	}
	return false
}

// waiting tells whether the ticket still waits for its caller to be told.
func waiting(t ticket.Ticket) bool {
	return (t.State == ticket.StateFollowUp || t.State == ticket.StateRefused) && t.Told == nil
}

// queueName of all jobs of this package.
const queueName = "telling"

// once: one job of a kind with the same arguments that is not finished.
func once() river.InsertOpts {
	return river.InsertOpts{
		Queue: queueName,
		UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
			rivertype.JobStateRunning, rivertype.JobStateScheduled,
		}},
	}
}

// quieter lets through River's warnings and errors only.
type quieter struct{ slog.Handler }

func (q quieter) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}
