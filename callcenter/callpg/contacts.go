package callpg

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"hotline12345/callcenter"
)

// queueContacts writes the chain of an ended call.
func (s *Store) queueContacts(batch *pgx.Batch, r callcenter.CallRecord) {
	for _, c := range r.Contacts {
		sealed, _ := s.sealNumber(c.Number, placeOfContact(r.Call, c.N))
		segments := c.Segments
		if segments == nil {
			segments = []int{}
		}
		batch.Queue(`INSERT INTO call_contacts (call_id, n, kind, call_kind, queue, agent, number_enc, began_at, ended_at, began, ended, talk_ms, hold_ms, segments)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (call_id, n) DO NOTHING`,
			r.Call, c.N, c.Kind, r.Kind, c.Queue, c.Agent, sealed, c.From, c.To, c.Began, c.Ended, c.TalkMS, c.HoldMS, segments)
	}
}

// Contacts is the chain of an ended call, in the order in which its parts began.
func (s *Store) Contacts(ctx context.Context, call callcenter.CallID) ([]callcenter.Contact, error) {
	rows, err := s.pool.Query(ctx, `SELECT n, kind, queue, agent, number_enc, began_at, ended_at, began, ended, talk_ms, hold_ms, segments
		FROM call_contacts WHERE call_id = $1 ORDER BY n`, call)
	if err != nil {
		return nil, fmt.Errorf("callpg: contacts of call %s: %w", call, err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (callcenter.Contact, error) {
		var c callcenter.Contact
		var sealed []byte
		err := row.Scan(&c.N, &c.Kind, &c.Queue, &c.Agent, &sealed, &c.From, &c.To, &c.Began, &c.Ended, &c.TalkMS, &c.HoldMS, &c.Segments)
		if err != nil {
			return c, err
		}
		c.From, c.To = c.From.UTC(), c.To.UTC()
		if len(c.Segments) == 0 {
			c.Segments = nil
		}
		c.Number, err = s.openNumber(sealed, placeOfContact(call, c.N))
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("callpg: contacts of call %s: %w", call, err)
	}
	return list, nil
}
