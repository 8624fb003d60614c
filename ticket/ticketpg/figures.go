package ticketpg

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/ticket"
)

// System is the actor of what the hotline does by itself.
var System = ticket.Actor{ID: "system", Name: "系统", Role: ticket.RoleSystem}

// Figures are the ticket numbers of the supervisor's page.
type Figures struct {
	ByState map[ticket.State]int `json:"byState"` // open ones by state; "closed": closed today, Beijing time
	Overdue int                  `json:"overdue"` // tickets with an open assignment past its deadline
	ToTell  int                  `json:"toTell"`  // results that the caller has not heard yet
}

// Figures counts now.
func (s *Store) Figures(ctx context.Context) (Figures, error) {
	now := s.now()
	year, month, day := now.In(ticket.Beijing).Date()
	figures := Figures{ByState: map[ticket.State]int{
		ticket.StateDraft: 0, ticket.StateToDispatch: 0, ticket.StateAssigned: 0,
		ticket.StateFollowUp: 0, ticket.StateRefused: 0, ticket.StateClosed: 0,
	}}
	rows, err := s.pool.Query(ctx, `SELECT state, count(*) FROM tickets WHERE state <> 'closed' GROUP BY state
		UNION ALL SELECT 'closed', count(*) FROM tickets WHERE state = 'closed' AND closed_at >= $1`,
		time.Date(year, month, day, 0, 0, 0, 0, ticket.Beijing))
	if err != nil {
		return Figures{}, fmt.Errorf("ticketpg: figures: %w", err)
	}
	var state ticket.State
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&state, &n}, func() error { figures.ByState[state] = n; return nil }); err != nil {
		return Figures{}, fmt.Errorf("ticketpg: figures: %w", err)
	}
	err = s.pool.QueryRow(ctx, `SELECT
		(SELECT count(DISTINCT ticket) FROM assignments WHERE due < $1 AND state IN ('toSign', 'inHandling', 'replyInReview')),
		(SELECT count(*) FROM tickets WHERE state IN ('followUp', 'refused') AND told_at IS NULL)`, now).
		Scan(&figures.Overdue, &figures.ToTell)
	if err != nil {
		return Figures{}, fmt.Errorf("ticketpg: figures: %w", err)
	}
	return figures, nil
}

// maxSweepFaults ends a sweep that fails again and again.
const maxSweepFaults = 10

// Sweep records once that an assignment went past its deadline, for up to limit of them,
// the oldest first, and returns how many it recorded. Being overdue itself is always
// derived from the deadline; this is for the history and for who acts on it. Sweeps
// of several nodes do no harm to each other. A ticket that cannot be written keeps none
// of the others from it: its error comes back when the rest is done.
func (s *Store) Sweep(ctx context.Context, limit int) (int, error) {
	rows, err := s.pool.Query(ctx, `SELECT ticket, id FROM assignments
		WHERE due < $1 AND overdue_at IS NULL AND state IN ('toSign', 'inHandling', 'replyInReview') ORDER BY due LIMIT $2`, s.now(), limit)
	if err != nil {
		return 0, fmt.Errorf("ticketpg: sweep: %w", err)
	}
	type late struct{ Ticket, Assignment string }
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[late])
	if err != nil {
		return 0, fmt.Errorf("ticketpg: sweep: %w", err)
	}
	recorded := 0
	var failed []error
	for _, a := range list {
		if len(failed) == maxSweepFaults {
			break // the database is away rather than a ticket broken
		}
		_, err := s.Handle(ctx, System, a.Ticket, 0, ticket.MarkOverdue{Assignment: a.Assignment})
		var refused *ticket.Error
		switch {
		case err == nil:
			recorded++
		case errors.As(err, &refused): // replied, or recorded by another node, since the query
		default:
			failed = append(failed, err)
		}
	}
	return recorded, errors.Join(failed...)
}
