package ticketpg

import (
	"bytes"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"hotline12345/ticket"
)

// Fault is something that Verify found.
type Fault struct {
	Ticket string `json:"ticket"`
	Seq    int    `json:"seq,omitempty"` // of the event; 0: the ticket itself
	What   string `json:"what"`
}

// Report of Verify.
type Report struct {
	Tickets int     `json:"tickets"`
	Events  int     `json:"events"`
	Faults  []Fault `json:"faults"` // at most maxFaults
}

const (
	maxFaults  = 100
	verifyPage = 200 // tickets read at once
)

// Verify reads every ticket and its events and reports what does not fit: an event altered,
// missing, added or cut off, a row, a column or an assignment that the events do not
// make, a number without a ticket. Its error is one of reading.
func (s *Store) Verify(ctx context.Context) (Report, error) {
	v := verifier{store: s, report: Report{Faults: []Fault{}}}
	// One snapshot: tickets written meanwhile must not look torn.
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		for after := ""; ; {
			next, err := v.page(ctx, tx, after)
			if err != nil {
				return err
			}
			if next == "" {
				return v.gaps(ctx, tx)
			}
			after = next
		}
	})
	if err != nil {
		return Report{}, fmt.Errorf("ticketpg: verify: %w", err)
	}
	return v.report, nil
}

type verifier struct {
	store  *Store
	report Report
}

func (v *verifier) fault(number string, seq int, what string) {
	if len(v.report.Faults) < maxFaults {
		v.report.Faults = append(v.report.Faults, Fault{Ticket: number, Seq: seq, What: what})
	}
}

type verifyRow struct {
	Number         string
	Version        int
	Doc, Requester []byte
	Head, Seal     []byte
	State          ticket.State
}

// page checks the tickets after a number and returns the last one, "" when there are none.
func (v *verifier) page(ctx context.Context, tx pgx.Tx, after string) (string, error) {
	rows, err := tx.Query(ctx, `SELECT number, version, doc, requester, head, seal, state FROM tickets
		WHERE number > $1 ORDER BY number LIMIT $2`, after, verifyPage)
	if err != nil {
		return "", err
	}
	tickets, err := pgx.CollectRows(rows, pgx.RowToStructByPos[verifyRow])
	if err != nil || len(tickets) == 0 {
		return "", err
	}
	numbers := make([]string, len(tickets))
	for i, row := range tickets {
		numbers[i] = row.Number
	}
	events, err := v.store.events(ctx, tx, numbers)
	if err != nil {
		return "", err
	}
	byTicket := map[string][]storedEvent{}
	for _, ev := range events {
		byTicket[ev.ticket] = append(byTicket[ev.ticket], ev)
	}
	beside, err := readDerived(ctx, tx, numbers)
	if err != nil {
		return "", err
	}
	for _, row := range tickets {
		v.ticket(row, byTicket[row.Number], beside)
	}
	return numbers[len(numbers)-1], nil
}

func (v *verifier) ticket(row verifyRow, events []storedEvent, beside derived) {
	v.report.Tickets++
	v.report.Events += len(events)
	var t ticket.Ticket
	prev := []byte{}
	for i, ev := range events {
		switch {
		case ev.seq != i+1:
			v.fault(row.Number, i+1, "event is missing")
			return
		case !bytes.Equal(ev.prev, prev):
			v.fault(row.Number, ev.seq, "does not follow the event before")
			return
		case !bytes.Equal(v.store.hash(ev), ev.hash):
			v.fault(row.Number, ev.seq, "event was altered")
			return
		}
		prev = ev.hash
		fact, err := v.store.restoreEvent(ev)
		if err != nil {
			v.fault(row.Number, ev.seq, "event cannot be read: "+err.Error())
			return
		}
		t = ticket.Evolve(t, fact)
	}
	switch {
	case !bytes.Equal(v.store.sealHead(ticket.Ticket{Number: row.Number, Version: row.Version}, row.Head), row.Seal):
		v.fault(row.Number, 0, "row was altered: version and head do not match their seal")
	case row.Version != len(events) || !bytes.Equal(row.Head, prev):
		v.fault(row.Number, len(events)+1, "events are cut off at the end")
	default:
		v.row(row, t, beside)
	}
}

// row compares the ticket's row, and what is derived from it, with what the events make.
func (v *verifier) row(row verifyRow, want ticket.Ticket, beside derived) {
	got, err := v.store.restore(row.Number, row.Doc, row.Requester)
	if err != nil {
		v.fault(row.Number, 0, "row cannot be read: "+err.Error())
		return
	}
	if !alike(got, want) || row.State != want.State {
		v.fault(row.Number, 0, "row differs from its events")
		return
	}
	if err := beside.check(v.store, want); err != nil {
		v.fault(row.Number, 0, err.Error())
	}
}

// gaps finds numbers that were given and have no ticket.
func (v *verifier) gaps(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, `SELECT to_char(d.day, 'YYYYMMDD') || '-' || lpad(n::text, 6, '0')
		FROM ticket_numbers d CROSS JOIN LATERAL generate_series(1, d.last) n
		LEFT JOIN tickets t ON t.number = to_char(d.day, 'YYYYMMDD') || '-' || lpad(n::text, 6, '0')
		WHERE t.number IS NULL ORDER BY 1 LIMIT $1`, maxFaults)
	if err != nil {
		return err
	}
	missing, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, number := range missing {
		v.fault(number, 0, "ticket is missing")
	}
	return err
}

// events reads the events of tickets, in order.
func (s *Store) events(ctx context.Context, q querier, numbers []string) ([]storedEvent, error) {
	rows, err := q.Query(ctx, `SELECT ticket, seq, at, actor::text, type, data::text, sealed, prev_hash, hash
		FROM ticket_events WHERE ticket = ANY($1) ORDER BY ticket, seq`, numbers)
	if err != nil {
		return nil, fmt.Errorf("ticketpg: events: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (storedEvent, error) {
		var ev storedEvent
		var actor, data string
		err := row.Scan(&ev.ticket, &ev.seq, &ev.at, &actor, &ev.kind, &data, &ev.sealed, &ev.prev, &ev.hash)
		ev.actor, ev.data = []byte(actor), []byte(data)
		return ev, err
	})
	if err != nil {
		return nil, fmt.Errorf("ticketpg: events: %w", err)
	}
	return list, nil
}
