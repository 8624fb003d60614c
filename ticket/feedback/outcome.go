package feedback

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"hotline12345/ticket"
)

// Reasons for closing that this package gives.
const (
	closeUnrated    = "unrated"    // heard it, and answered nothing
	closeNotReached = "notReached" // told by a message after all calls failed
)

// Outcome of one result call.
type Outcome struct {
	Ticket  string
	Attempt int
	Call    string
	Told    bool   // the result was heard to its end
	Solved  *bool  // nil: no key
	Rating  int    // level 1 very satisfied … 5; 0: no key
	Failure string // of a call that told nothing: noAnswer, busy, unreachable or failed
}

// Report keeps the outcome of a call; the ticket follows within moments. An outcome
// that is not of a running attempt is dropped.
func (s *Service) Report(ctx context.Context, o Outcome) error {
	args := endArgs{Ticket: o.Ticket, Attempt: o.Attempt, Call: o.Call, Told: o.Told, Solved: o.Solved, Rating: o.Rating, Result: o.Failure}
	if o.Told {
		args.Result = "told"
	}
	if _, err := s.river.Insert(ctx, args, nil); err != nil {
		return fmt.Errorf("feedback: outcome of %s: %w", o.Ticket, err)
	}
	return nil
}

// endArgs is the end of one call.
type endArgs struct {
	Ticket  string `json:"ticket"`
	Attempt int    `json:"attempt"`
	Call    string `json:"call"`
	Told    bool   `json:"told"`
	Solved  *bool  `json:"solved,omitempty"`
	Rating  int    `json:"rating,omitempty"`
	Result  string `json:"result"`
}

// Kind implements river.JobArgs.
func (endArgs) Kind() string { return "telling-end" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (endArgs) InsertOpts() river.InsertOpts { return once() }

type endWorker struct {
	river.WorkerDefaults[endArgs]
	service *Service
}

// Work runs the commands that the outcome asks for.
func (w *endWorker) Work(ctx context.Context, job *river.Job[endArgs]) error {
	return w.service.called(ctx, job.Args)
}

// called writes the outcome of an attempt: first on the ticket, then in the attempt's
// row, which stays open until both are done.
func (s *Service) called(ctx context.Context, o endArgs) error {
	seq, row, err := s.running(ctx, o)
	if errors.Is(err, pgx.ErrNoRows) {
		s.o.Log.WarnContext(ctx, "outcome of a call that nobody waits for", "ticket", o.Ticket, "attempt", o.Attempt, "call", o.Call)
		return nil
	}
	if err != nil {
		return fmt.Errorf("feedback: outcome of %s: %w", o.Ticket, err)
	}
	t, err := s.tickets.Ticket(ctx, o.Ticket)
	if err != nil {
		return fmt.Errorf("feedback: read %s: %w", o.Ticket, err)
	}
	if cmds := outcomeCommands(t, o, row); len(cmds) > 0 {
		if err := s.tickets.Handle(ctx, o.Ticket, cmds...); err != nil {
			return fmt.Errorf("feedback: outcome of %s: %w", o.Ticket, err)
		}
	}
	if _, err := s.pool.Exec(ctx, `UPDATE tell_attempts SET result = $4 WHERE ticket = $1 AND seq = $2 AND n = $3 AND result = ''`,
		o.Ticket, seq, o.Attempt, o.Result); err != nil {
		return fmt.Errorf("feedback: outcome of %s: %w", o.Ticket, err)
	}
	s.o.Log.InfoContext(ctx, "result call ended", "ticket", o.Ticket, "attempt", o.Attempt, "call", o.Call, "result", o.Result)
	if o.Told {
		return s.end(ctx, tellArgs{Ticket: o.Ticket, Seq: seq}, "told")
	}
	return nil
}

// running finds the attempt that an outcome belongs to: one of the open telling that
// has no result yet.
func (s *Service) running(ctx context.Context, o endArgs) (seq int, row attempt, err error) {
	err = s.pool.QueryRow(ctx, `SELECT seq, n, call, placed_at, a.result FROM tell_attempts a JOIN tellings t USING (ticket, seq)
		WHERE ticket = $1 AND n = $2 AND a.result = '' AND t.ended_at IS NULL`, o.Ticket, o.Attempt).
		Scan(&seq, &row.N, &row.Call, &row.PlacedAt, &row.Result)
	return seq, row, err
}

// outcomeCommands are what a call's outcome asks of the ticket as it is now; none when
// it was recorded before or the ticket no longer waits.
func outcomeCommands(t ticket.Ticket, o endArgs, row attempt) []ticket.Command {
	if recorded(t, ticket.WayCall, row.PlacedAt) || !waiting(t) {
		return nil
	}
	call := o.Call
	if call == "" {
		call = row.Call
	}
	cmds := []ticket.Command{ticket.RecordAttempt{Attempt: ticket.Attempt{Way: ticket.WayCall, At: row.PlacedAt, Call: call, Result: o.Result}}}
	if !o.Told {
		return cmds
	}
	cmds = append(cmds, ticket.RecordTold{Way: ticket.WayCall})
	if t.State == ticket.StateRefused {
		return cmds // being told ends it
	}
	if o.Solved == nil && o.Rating == 0 {
		return append(cmds, ticket.Close{Reason: closeUnrated})
	}
	// A good rating without "solved" leaves the ticket in follow-up: a person asks.
	return append(cmds, ticket.FollowUp{Solved: o.Solved, Rating: o.Rating, Way: ticket.WayCall})
}

// recorded tells whether the attempt made that way at that time stands on the ticket
// already.
func recorded(t ticket.Ticket, way string, at time.Time) bool {
	return slices.ContainsFunc(t.Attempts, func(a ticket.Attempt) bool { return a.Way == way && a.At.Equal(at) })
}
