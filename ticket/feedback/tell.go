package feedback

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"hotline12345/ticket"
)

// tellArgs is one telling.
type tellArgs struct {
	Ticket string `json:"ticket"`
	Seq    int    `json:"seq"`
}

// Kind implements river.JobArgs.
func (tellArgs) Kind() string { return "telling" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (tellArgs) InsertOpts() river.InsertOpts { return once() }

type tellWorker struct {
	river.WorkerDefaults[tellArgs]
	service *Service
}

// maxTellFaults: after so many failures, some seven hours by River's pauses, a telling that
// cannot be spoken or placed goes on to its second way.
const maxTellFaults = 10

// Work does what is to do now and sleeps until there may be more.
func (w *tellWorker) Work(ctx context.Context, job *river.Job[tellArgs]) error {
	sleep, err := w.service.tell(ctx, job.Args)
	if err != nil && job.Attempt >= maxTellFaults {
		w.service.o.Log.ErrorContext(ctx, "a result call cannot be made: texting instead", "ticket", job.Args.Ticket, "error", err)
		return w.service.text(ctx, job.Args)
	}
	if err != nil {
		return err
	}
	if sleep > 0 {
		return river.JobSnooze(sleep)
	}
	return nil
}

// Timeout implements river.Worker: speaking a long text takes a while.
func (w *tellWorker) Timeout(*river.Job[tellArgs]) time.Duration { return 5 * time.Minute }

// attempt is a row of tell_attempts.
type attempt struct {
	N        int
	Call     string
	PlacedAt time.Time
	Result   string
}

// tell moves one telling on and returns how long there is nothing more to do; 0: it
// is over, or in other hands.
func (s *Service) tell(ctx context.Context, a tellArgs) (time.Duration, error) {
	t, err := s.tickets.Ticket(ctx, a.Ticket)
	if err != nil {
		return 0, fmt.Errorf("feedback: read %s: %w", a.Ticket, err)
	}
	if !waiting(t) || t.Flags.Unreachable {
		return 0, s.end(ctx, a, endState(t))
	}
	attempts, open, err := s.attempts(ctx, a)
	if err != nil || !open {
		return 0, err
	}
	now := s.o.Now()
	if last := len(attempts) - 1; last >= 0 && attempts[last].Result == "" {
		if left := attempts[last].PlacedAt.Add(callLimit).Sub(now); left > 0 {
			return min(left, s.recheck()), nil
		}
		s.o.Log.WarnContext(ctx, "a result call never ended", "ticket", a.Ticket, "attempt", attempts[last].N)
		if err := s.called(ctx, endArgs{Ticket: a.Ticket, Attempt: attempts[last].N, Result: "failed"}); err != nil {
			return 0, err
		}
		return time.Second, nil
	}
	if t.Requester.Phone == "" || len(attempts) >= s.o.Attempts {
		return 0, s.text(ctx, a)
	}
	placed := make([]time.Time, len(attempts))
	for i := range attempts {
		placed[i] = attempts[i].PlacedAt
	}
	if wait := nextAttempt(s.o.Hours, s.o.Pause, placed, now).Sub(now); wait > 0 {
		return wait, nil
	}
	return s.place(ctx, t, a, len(attempts)+1)
}

// endState of a telling whose ticket no longer waits.
func endState(t ticket.Ticket) string {
	switch {
	case t.Told != nil:
		return "told"
	case t.Flags.Unreachable:
		return "unreachable"
	}
	return "superseded"
}

// end closes a telling; one that is closed already stays as it is.
func (s *Service) end(ctx context.Context, a tellArgs, state string) error {
	_, err := s.pool.Exec(ctx, `UPDATE tellings SET state = $3, ended_at = $4
		WHERE ticket = $1 AND seq = $2 AND ended_at IS NULL`, a.Ticket, a.Seq, state, s.o.Now())
	if err != nil {
		return fmt.Errorf("feedback: end %s: %w", a.Ticket, err)
	}
	return nil
}

// attempts reads the calls of a telling; open is false when it is over or texting.
func (s *Service) attempts(ctx context.Context, a tellArgs) (list []attempt, open bool, err error) {
	err = s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM tellings WHERE ticket = $1 AND seq = $2 AND state = 'calling')`,
		a.Ticket, a.Seq).Scan(&open)
	if err != nil || !open {
		return nil, false, wrapRead(a.Ticket, err)
	}
	rows, err := s.pool.Query(ctx, `SELECT n, call, placed_at, result FROM tell_attempts
		WHERE ticket = $1 AND seq = $2 ORDER BY n`, a.Ticket, a.Seq)
	if err != nil {
		return nil, false, wrapRead(a.Ticket, err)
	}
	list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[attempt])
	return list, true, wrapRead(a.Ticket, err)
}

func wrapRead(number string, err error) error {
	if err != nil {
		return fmt.Errorf("feedback: read telling of %s: %w", number, err)
	}
	return nil
}

// place writes the attempt, then calls. Two nodes at once: the second finds the row
// and leaves the call to the first.
func (s *Service) place(ctx context.Context, t ticket.Ticket, a tellArgs, n int) (time.Duration, error) {
	script, err := s.script(ctx, t, n)
	if err != nil {
		return 0, fmt.Errorf("feedback: %s: %w", a.Ticket, err)
	}
	tag, err := s.pool.Exec(ctx, `INSERT INTO tell_attempts (ticket, seq, n, placed_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT DO NOTHING`, a.Ticket, a.Seq, n, s.o.Now().UTC().Truncate(time.Microsecond))
	if err != nil {
		return 0, fmt.Errorf("feedback: place call for %s: %w", a.Ticket, err)
	}
	if tag.RowsAffected() == 0 {
		return s.recheck(), nil
	}
	call, err := s.caller.Place(ctx, t.Requester.Phone, script)
	switch {
	case errors.Is(err, ErrCannotDial):
		s.o.Log.WarnContext(ctx, "result call: the number cannot be dialled", "ticket", a.Ticket, "error", err)
		if err := s.called(ctx, endArgs{Ticket: a.Ticket, Attempt: n, Result: "unreachable"}); err != nil {
			return 0, err
		}
		return 0, s.text(ctx, a)
	case errors.Is(err, ErrLater):
		return laterPause, s.undo(ctx, a, n)
	case err != nil:
		// Nothing rang: the attempt does not count, and the job is tried again.
		return 0, fmt.Errorf("feedback: place call for %s: %w", a.Ticket, errors.Join(err, s.undo(ctx, a, n)))
	}
	s.o.Log.InfoContext(ctx, "result call placed", "ticket", a.Ticket, "attempt", n, "call", call)
	if _, err := s.pool.Exec(context.WithoutCancel(ctx), `UPDATE tell_attempts SET call = $4 WHERE ticket = $1 AND seq = $2 AND n = $3`,
		a.Ticket, a.Seq, n, call); err != nil {
		// The call runs and its end will be reported: only its id is not noted.
		s.o.Log.ErrorContext(ctx, "result call: its id is not noted", "ticket", a.Ticket, "call", call, "error", err)
	}
	return s.recheck(), nil
}

// laterPause is how long a telling lets others have the lines.
const laterPause = 20 * time.Second

// undo forgets an attempt by which nothing rang.
func (s *Service) undo(ctx context.Context, a tellArgs, n int) error {
	_, err := s.pool.Exec(context.WithoutCancel(ctx), `DELETE FROM tell_attempts WHERE ticket = $1 AND seq = $2 AND n = $3 AND call = ''`, a.Ticket, a.Seq, n)
	return err
}

// recheck is how long a telling sleeps while its call runs.
func (s *Service) recheck() time.Duration { return min(callLimit, max(s.o.Pause, time.Second)) }

// sweepArgs looks for tellings without a job.
type sweepArgs struct{}

// Kind implements river.JobArgs.
func (sweepArgs) Kind() string { return "telling-sweep" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (sweepArgs) InsertOpts() river.InsertOpts { return once() }

type sweepWorker struct {
	river.WorkerDefaults[sweepArgs]
	service *Service
}

// sweepMost bounds one sweep; the next one goes on.
const sweepMost = 1000

// Work gives every calling telling its job; River drops those that have one.
func (w *sweepWorker) Work(ctx context.Context, _ *river.Job[sweepArgs]) error {
	rows, err := w.service.pool.Query(ctx, `SELECT ticket, seq FROM tellings WHERE state = 'calling' ORDER BY started_at LIMIT $1`, sweepMost)
	if err != nil {
		return fmt.Errorf("feedback: sweep: %w", err)
	}
	open, err := pgx.CollectRows(rows, pgx.RowToStructByPos[tellArgs])
	if err != nil {
		return fmt.Errorf("feedback: sweep: %w", err)
	}
	for _, args := range open {
		if _, err := w.service.river.Insert(ctx, args, nil); err != nil {
			return fmt.Errorf("feedback: sweep: %w", err)
		}
	}
	return nil
}
