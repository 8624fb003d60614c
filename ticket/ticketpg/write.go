package ticketpg

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"hotline12345/ticket"
)

// writer carries one ticket through one transaction.
type writer struct {
	store  *Store
	tx     pgx.Tx
	ticket ticket.Ticket
	head   []byte // hash of the last event; nil before the first
	batch  pgx.Batch
}

// run decides the commands in order and writes the outcome in one round trip.
func (w *writer) run(ctx context.Context, by ticket.Actor, rules ticket.Rules, cmds []ticket.Command) error {
	now := w.store.now()
	fresh := w.ticket.Version == 0
	var events []storedEvent
	for _, cmd := range cmds {
		decided, err := ticket.Decide(w.ticket, cmd, by, rules, now)
		if err != nil {
			return err
		}
		for _, ev := range decided {
			w.ticket = ticket.Evolve(w.ticket, ev)
			stored, err := w.chain(ev)
			if err != nil {
				return err
			}
			events = append(events, stored)
		}
	}
	if len(events) == 0 {
		return nil
	}
	if err := w.queueRow(fresh); err != nil {
		return err
	}
	w.queueAssignments()
	for _, ev := range events {
		w.queueEvent(ev)
	}
	if err := w.queueNotice(); err != nil {
		return err
	}
	if err := w.tx.SendBatch(ctx, &w.batch).Close(); err != nil {
		return fmt.Errorf("ticketpg: write %s: %w", w.ticket.Number, err)
	}
	return nil
}

// queueRow writes the ticket's row. Lodging alone sets what never changes later.
func (w *writer) queueRow(fresh bool) error {
	t := w.ticket
	doc, err := docOf(t)
	if err != nil {
		return err
	}
	changing := []any{
		t.Number, t.Version, t.State, toldAt(t), t.ClosedAt, t.Solved, t.FirstRating, t.FinalRating,
		t.Redone, t.Flags.Overdue, t.Flags.Unreachable, t.Flags.Overseen, doc, w.head, w.store.sealHead(t, w.head),
	}
	if !fresh {
		w.batch.Queue(`UPDATE tickets SET version = $2, state = $3, told_at = $4, closed_at = $5, solved = $6,
			first_rating = $7, final_rating = $8, redone = $9, overdue = $10, unreachable = $11, overseen = $12,
			doc = $13, head = $14, seal = $15 WHERE number = $1`, changing...)
		return nil
	}
	sealed, err := w.store.sealRequester(t.Number, t.Requester)
	if err != nil {
		return err
	}
	text := searchText(t)
	w.batch.Queue(`INSERT INTO tickets (number, version, state, told_at, closed_at, solved, first_rating, final_rating,
			redone, overdue, unreachable, overseen, doc, head, seal,
			kind, urgency, category, region, confidential, lodged_by, lodged_at, call, requester, phone_hash, search_text, search)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
			$16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)`,
		append(changing, t.Kind, t.Urgency, t.Category, t.Region, t.Confidential, t.LodgedBy, t.LodgedAt, t.Call,
			sealed, w.store.keys.HashPhone(t.Requester.Phone), text, bigrams(text))...)
	return nil
}

func toldAt(t ticket.Ticket) any {
	if t.Told == nil {
		return nil
	}
	return t.Told.At
}

func (w *writer) queueAssignments() {
	for _, a := range w.ticket.Assignments {
		w.batch.Queue(`INSERT INTO assignments
				(id, ticket, agency, lead, state, dispatched_at, sign_by, due, signed_at, replied_at, overdue_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
			ON CONFLICT (id) DO UPDATE SET state = excluded.state, signed_at = excluded.signed_at,
				replied_at = excluded.replied_at, overdue_at = excluded.overdue_at`,
			a.ID, w.ticket.Number, a.Agency, a.Lead, a.State, a.DispatchedAt, a.SignBy, a.Due, a.SignedAt, a.RepliedAt, a.OverdueAt)
	}
}

func (w *writer) queueEvent(ev storedEvent) {
	w.batch.Queue(`INSERT INTO ticket_events (ticket, seq, at, actor, type, data, sealed, prev_hash, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		ev.ticket, ev.seq, ev.at, ev.actor, ev.kind, ev.data, ev.sealed, ev.prev, ev.hash)
	w.batch.Queue(`INSERT INTO ticket_outbox (ticket, seq, type, state, at) VALUES ($1, $2, $3, $4, $5)`,
		ev.ticket, ev.seq, ev.kind, w.ticket.State, ev.at)
}

// queueNotice wakes the listeners when the transaction commits.
func (w *writer) queueNotice() error {
	change := Change{Number: w.ticket.Number, State: w.ticket.State, Version: w.ticket.Version, LodgedBy: w.ticket.LodgedBy, Agencies: []string{}}
	for _, a := range w.ticket.Assignments {
		if !slices.Contains(change.Agencies, a.Agency) {
			change.Agencies = append(change.Agencies, a.Agency)
		}
	}
	payload, err := json.Marshal(change)
	if err != nil {
		return fmt.Errorf("ticketpg: notice of %s: %w", change.Number, err)
	}
	w.batch.Queue(`SELECT pg_notify($1, $2)`, changesChannel, string(payload))
	return nil
}
