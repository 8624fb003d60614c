package callpg

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/callcenter"
	"hotline12345/routing"
)

// A callback whose queue calls by itself (routing.Callback) keeps the place of its caller:
//
//	kept ──due──► taken by a node, for a lease ──booked: he is called──► closed
//	  ▲                                             │ not reached
//	  └─── after a pause ───────────────────────────┴── no pause left ──► on the list, as any other
//
// An agent may take it from the list at any time but while it is booked.

// Place is a callback that is a node's to make.
type Place struct {
	ID          string
	Number      string
	Queue       callcenter.QueueID
	Since       time.Time
	Language    string
	Priority    int
	CallerFirst bool
}

// KeepPlace lets the task of a call keep its place, if its queue calls by itself.
func (s *Store) KeepPlace(ctx context.Context, call callcenter.CallID, p callcenter.KeepPlace, at time.Time) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE callbacks c SET mode = q.callback ->> 'mode', since = $2, language = $3, priority = $4, due_at = $5,
				again = ARRAY(SELECT jsonb_array_elements(q.callback -> 'again')::text::int)
			FROM queues q WHERE c.call_id = $1 AND c.mode IS NULL AND c.closed_at IS NULL AND q.id = $6 AND q.callback ->> 'mode' <> $7`,
			call, p.Since, p.Language, p.Priority, at, p.Queue, routing.CallbackList)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		return changed(ctx, tx, TopicCallbacks)
	})
	if err != nil {
		return fmt.Errorf("callpg: place of the callback of call %s: %w", call, err)
	}
	return nil
}

// justDue is how long a first call may be late at any hour: who left his number in the
// evening, before an outage, is not woken at its end.
const justDue = time.Hour

// maxPlaces bounds what a node takes at once.
const maxPlaces = 100

// TakePlaces gives the node callbacks that are due and nobody's, who has waited longest
// first; they are its own until the lease ends. Without again, as at night, only those that
// were never tried and have just become due.
func (s *Store) TakePlaces(ctx context.Context, node string, again bool, now time.Time, lease time.Duration) ([]Place, error) {
	places, err := list(ctx, s.pool, func(row pgx.CollectableRow) (Place, error) {
		var p Place
		var sealed []byte
		var mode routing.CallbackMode
		if err := row.Scan(&p.ID, &sealed, &p.Queue, &p.Since, &p.Language, &p.Priority, &mode); err != nil {
			return p, err
		}
		number, err := s.openNumber(sealed, placeOfCallback(p.ID))
		p.Number, p.Since, p.CallerFirst = number, p.Since.UTC(), mode == routing.CallbackCallerFirst
		return p, err
	}, `UPDATE callbacks SET taken_by = $1, taken_until = $3::timestamptz + $4, booked = false
		WHERE id IN (SELECT id FROM callbacks WHERE due_at <= $3 AND closed_at IS NULL AND claimed_by IS NULL
			AND (taken_until IS NULL OR taken_until <= $3) AND (tries = 0 AND due_at > $3::timestamptz - $6::interval OR $2) ORDER BY since, id LIMIT $5 FOR UPDATE SKIP LOCKED)
		RETURNING id, number_enc, queue, since, language, priority, mode`, node, again, now, lease, maxPlaces, justDue)
	return places, err
}

// HoldPlaces renews the lease of callbacks the node is about to make; those left out are
// an agent's, or closed.
func (s *Store) HoldPlaces(ctx context.Context, node string, ids []string, now time.Time, lease time.Duration) ([]string, error) {
	return list(ctx, s.pool, pgx.RowTo[string], `UPDATE callbacks SET taken_until = $3::timestamptz + $4
		WHERE id = ANY($2) AND taken_by = $1 AND closed_at IS NULL AND claimed_by IS NULL RETURNING id`, node, ids, now, lease)
}

// BookPlace lets the node call the person: from then on no agent can take the task. False:
// one has, or it is another node's by now.
func (s *Store) BookPlace(ctx context.Context, node, id string, now time.Time, lease time.Duration) (bool, error) {
	tag, err := s.pool.Exec(ctx, `UPDATE callbacks SET booked = true, taken_until = $3::timestamptz + $4
		WHERE id = $2 AND taken_by = $1 AND closed_at IS NULL AND claimed_by IS NULL`, node, id, now, lease)
	if err != nil {
		return false, fmt.Errorf("callpg: book callback %s: %w", id, err)
	}
	return tag.RowsAffected() == 1, nil
}
