package ticketpg

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/ticket"
)

// Actions of access_log rows that this package writes; the subject is the ticket's
// number, or the call for a screen pop.
const (
	ActionReveal  = "ticket.requester" // name and number shown in full
	ActionPop     = "ticket.pop"       // open tickets of a caller listed
	ActionPrefill = "ticket.prefill"   // what is known of a caller put into the form
	ActionSearch  = "ticket.search"    // tickets looked for by a telephone number; the subject is the number, masked
)

// Reveal shows the requester in full to whose work needs it (ticket.MayReveal). The row in
// access_log is written in the same transaction: no read without it. purpose goes into
// the row. Errors: CodeNotFound, those of ticket.MayReveal.
func (s *Store) Reveal(ctx context.Context, by ticket.Actor, number, purpose string) (ticket.Requester, error) {
	var requester ticket.Requester
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		t, _, err := s.load(ctx, tx, number, "")
		if err != nil {
			return err
		}
		if !ticket.CanSee(t, by) {
			return notFound(number)
		}
		if err := ticket.MayReveal(t, by); err != nil {
			return err
		}
		requester = t.Requester
		return s.logAccess(ctx, tx, by, ActionReveal, number, purpose)
	})
	if err != nil {
		return ticket.Requester{}, wrap(err, "reveal "+number)
	}
	return requester, nil
}

// logAccess writes who read what (Art. 31). Rows are kept apart from tickets.
func (s *Store) logAccess(ctx context.Context, db executor, by ticket.Actor, action, subject, detail string) error {
	_, err := db.Exec(ctx, `INSERT INTO access_log (at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5)`,
		s.now(), by.ID, action, subject, detail)
	if err != nil {
		return fmt.Errorf("ticketpg: access log: %w", err)
	}
	return nil
}

// OpenTicket is a line of the screen pop.
type OpenTicket struct {
	Number   string       `json:"number"`
	Title    string       `json:"title"`
	State    ticket.State `json:"state"`
	Category string       `json:"category"`
	LodgedAt time.Time    `json:"lodgedAt"`
	Due      *time.Time   `json:"due,omitempty"` // the earliest of its open assignments
}

// Known is what earlier tickets tell of a caller, to fill the form with (Art. 17: never ask
// for what is already held). The number itself is not part of it.
type Known struct {
	Name     string `json:"name"`
	Gender   string `json:"gender,omitempty"`
	Language string `json:"language,omitempty"`
	Address  string `json:"address,omitempty"`
}

// Pop is what the agent sees of a caller's tickets before answering.
type Pop struct {
	OpenTickets []OpenTicket `json:"openTickets"`
	Requester   *Known       `json:"requester,omitempty"` // nil: not known
}

// maxPop bounds the open tickets of a screen pop.
const maxPop = 10

// Pop finds a caller's open tickets, newest first, and what her last ticket says of her. A
// number withheld, or one unknown, gives an empty pop. The read is logged under the
// call's id. A confidential ticket, or a tip-off, is listed but gives no name: the phone
// may be a shared one.
func (s *Store) Pop(ctx context.Context, by ticket.Actor, call, phone string) (Pop, error) {
	pop := Pop{OpenTickets: []OpenTicket{}}
	hash := s.keys.HashPhone(phone)
	if hash == nil {
		return pop, nil
	}
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT number, doc->>'title', state, category, lodged_at,
				(SELECT min(due) FROM assignments WHERE ticket = number AND state IN ('toSign', 'inHandling', 'replyInReview'))
			FROM tickets WHERE phone_hash = $1 AND state <> 'closed' ORDER BY number DESC LIMIT $2`, hash, maxPop)
		if err != nil {
			return err
		}
		if pop.OpenTickets, err = pgx.CollectRows(rows, pgx.RowToStructByPos[OpenTicket]); err != nil {
			return err
		}
		if pop.Requester, err = s.lastKnown(ctx, tx, hash); err != nil {
			return err
		}
		if len(pop.OpenTickets) > 0 {
			if err := s.logAccess(ctx, tx, by, ActionPop, call, ""); err != nil {
				return err
			}
		}
		if pop.Requester != nil {
			return s.logAccess(ctx, tx, by, ActionPrefill, call, "")
		}
		return nil
	})
	if err != nil {
		return Pop{}, wrap(err, "pop of call "+call)
	}
	return pop, nil
}

// lastKnown opens the requester of the newest ticket of a number.
func (s *Store) lastKnown(ctx context.Context, tx pgx.Tx, hash []byte) (*Known, error) {
	rows, err := tx.Query(ctx, `SELECT number, doc, requester FROM tickets
		WHERE phone_hash = $1 AND NOT confidential AND kind <> 'tipOff' ORDER BY number DESC LIMIT 1`, hash)
	if err != nil {
		return nil, err
	}
	var known *Known
	var number string
	var doc, sealed []byte
	_, err = pgx.ForEachRow(rows, []any{&number, &doc, &sealed}, func() error {
		t, err := s.restore(number, doc, sealed)
		known = &Known{Name: t.Requester.Name, Gender: t.Requester.Gender, Language: t.Requester.Language, Address: t.Address}
		return err
	})
	return known, err
}

// HistoryEvent is an event as a page shows it.
type HistoryEvent struct {
	Seq   int         `json:"seq"`
	At    time.Time   `json:"at"`
	Actor string      `json:"actor"` // name; empty for an agency when it is not its own
	Role  ticket.Role `json:"role"`
	Type  string      `json:"type"`
	Data  ticket.Fact `json:"data,omitempty"` // without the requester
	Hash  string      `json:"hash"`           // hexadecimal
}

// History lists a ticket's events in order. An agency sees what it did itself in full, of the
// rest only that it happened: names and texts of others are not its business.
func (s *Store) History(ctx context.Context, by ticket.Actor, number string) ([]HistoryEvent, error) {
	t, _, err := s.load(ctx, s.pool, number, "")
	if err != nil {
		return nil, err
	}
	if !ticket.CanSee(t, by) {
		return nil, notFound(number)
	}
	stored, err := s.events(ctx, s.pool, []string{number})
	if err != nil {
		return nil, err
	}
	history := make([]HistoryEvent, 0, len(stored))
	for _, row := range stored {
		ev, err := s.restoreEvent(row)
		if err != nil {
			return nil, err
		}
		if lodged, ok := ev.Fact.(ticket.Lodged); ok {
			lodged.Requester = ticket.Requester{}
			ev.Fact = lodged
		}
		h := HistoryEvent{Seq: row.seq, At: ev.At, Role: ev.By.Role, Type: row.kind, Hash: fmt.Sprintf("%x", row.hash)}
		if by.Role != ticket.RoleAgency || ev.By.Agency == by.Agency {
			h.Actor, h.Data = ev.By.Name, ev.Fact
		}
		history = append(history, h)
	}
	return history, nil
}
