package feedback

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"hotline12345/ticket"
)

// receiptLimit: a message of which nothing was heard after this did not arrive.
const receiptLimit = 72 * time.Hour

// smsArgs is one message.
type smsArgs struct {
	ID string `json:"id"`
}

// Kind implements river.JobArgs.
func (smsArgs) Kind() string { return "sms" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (smsArgs) InsertOpts() river.InsertOpts { return once() }

type smsWorker struct {
	river.WorkerDefaults[smsArgs]
	service *Service
}

// Work sends the message, inside the hours: it would wake people as a call does. The last
// try decides: what is not accepted then has failed.
func (w *smsWorker) Work(ctx context.Context, job *river.Job[smsArgs]) error {
	if now := w.service.o.Now(); !w.service.o.Hours.Open(now) {
		return river.JobSnooze(w.service.o.Hours.next(now).Sub(now))
	}
	err := w.service.send(ctx, job.Args.ID)
	if err == nil || job.Attempt < job.MaxAttempts {
		return err
	}
	return errors.Join(err, w.service.settle(ctx, receiptArgs{ID: job.Args.ID, Status: statusFailed, Detail: "not accepted after all tries"}))
}

// message is a row of sms_messages.
type message struct {
	Ticket    string
	Seq       int
	State     string
	CreatedAt time.Time
}

func (s *Service) message(ctx context.Context, id string) (message, error) {
	rows, err := s.pool.Query(ctx, `SELECT ticket, seq, state, created_at FROM sms_messages WHERE id = $1`, id)
	if err != nil {
		return message{}, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[message])
}

// text begins the second way of a telling: a message, or, when there is no way to
// send one, the flag that a person must act upon.
func (s *Service) text(ctx context.Context, a tellArgs) error {
	t, err := s.tickets.Ticket(ctx, a.Ticket)
	if err != nil {
		return fmt.Errorf("feedback: read %s: %w", a.Ticket, err)
	}
	if !waiting(t) {
		return s.end(ctx, a, endState(t))
	}
	if s.o.Gateway == nil || t.Requester.Phone == "" {
		s.o.Log.WarnContext(ctx, "a caller cannot be told: a person must act", "ticket", a.Ticket)
		return s.unreachable(ctx, t, a)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	now := s.o.Now()
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE tellings SET state = 'texting' WHERE ticket = $1 AND seq = $2 AND state = 'calling'`, a.Ticket, a.Seq)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO sms_messages (id, ticket, seq, state, created_at, updated_at)
			VALUES ($1, $2, $3, 'sending', $4, $4)`, id, a.Ticket, a.Seq, now.UTC().Truncate(time.Microsecond)); err != nil {
			return err
		}
		if _, err := s.river.InsertTx(ctx, tx, smsArgs{ID: id.String()}, &river.InsertOpts{MaxAttempts: s.o.Gateway.o.Tries}); err != nil {
			return err
		}
		// Whatever happens to the message or its job: after this it is over.
		_, err = s.river.InsertTx(ctx, tx, receiptArgs{ID: id.String(), Status: statusSilent}, &river.InsertOpts{ScheduledAt: now.Add(receiptLimit)})
		return err
	})
	if err != nil {
		return fmt.Errorf("feedback: message for %s: %w", a.Ticket, err)
	}
	return nil
}

// unreachable flags the ticket and ends the telling.
func (s *Service) unreachable(ctx context.Context, t ticket.Ticket, a tellArgs, before ...ticket.Command) error {
	if !t.Flags.Unreachable {
		if err := s.tickets.Handle(ctx, t.Number, append(before, ticket.MarkUnreachable{})...); err != nil {
			return fmt.Errorf("feedback: mark %s: %w", t.Number, err)
		}
	}
	return s.end(ctx, a, "unreachable")
}

// send hands a message to the gateway. A repeated one is sent once, by its id.
func (s *Service) send(ctx context.Context, id string) error {
	m, err := s.message(ctx, id)
	if err != nil {
		return fmt.Errorf("feedback: message %s: %w", id, err)
	}
	if m.State != "sending" {
		return nil
	}
	t, err := s.tickets.Ticket(ctx, m.Ticket)
	if err != nil {
		return fmt.Errorf("feedback: read %s: %w", m.Ticket, err)
	}
	if !waiting(t) {
		return s.settle(ctx, receiptArgs{ID: id, Status: statusFailed, Detail: "no longer needed"})
	}
	gatewayID, err := s.o.Gateway.Send(ctx, id, t.Requester.Phone, s.o.Texts.message(t))
	if refused, ok := errors.AsType[*RefusedError](err); ok {
		s.o.Log.WarnContext(ctx, "message refused", "ticket", m.Ticket, "message", id, "status", refused.Status)
		return s.settle(ctx, receiptArgs{ID: id, Status: statusFailed, Detail: refused.Error()})
	}
	if err != nil {
		return fmt.Errorf("feedback: message %s: %w", id, err)
	}
	if !recorded(t, ticket.WaySMS, m.CreatedAt) {
		if err := s.tickets.Handle(ctx, m.Ticket, ticket.RecordAttempt{Attempt: ticket.Attempt{Way: ticket.WaySMS, At: m.CreatedAt, Result: "sent"}}); err != nil {
			return fmt.Errorf("feedback: message %s: %w", id, err)
		}
	}
	if _, err := s.pool.Exec(ctx, `UPDATE sms_messages SET state = 'accepted', gateway_id = $2, updated_at = $3
		WHERE id = $1 AND state = 'sending'`, id, gatewayID, s.o.Now()); err != nil {
		return fmt.Errorf("feedback: message %s: %w", id, err)
	}
	s.o.Log.InfoContext(ctx, "message accepted", "ticket", m.Ticket, "message", id)
	if s.o.Gateway.o.NoReceipts {
		return s.settle(ctx, receiptArgs{ID: id, Status: statusDelivered})
	}
	return nil
}
