package callpg

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/routing"
)

// What an administrator decides about routing. It is checked by package routing against
// the rest, under a lock, since each names the others; every change is told to all nodes.
// Errors that name a field are *routing.Fault.

const queueColumns = `id, name, skills, priority, max_wait, languages, topics, strategy, last_agent, rings,
	hours, closed, targets, language_wait, callback`

// Queues in the order they are shown in.
func (s *Store) Queues(ctx context.Context) ([]routing.Queue, error) {
	return list(ctx, s.pool, pgx.RowToStructByPos[routing.Queue], `SELECT `+queueColumns+` FROM queues ORDER BY position, id`)
}

// Skills is the catalogue, in the order it is shown in.
func (s *Store) Skills(ctx context.Context) ([]routing.SkillName, error) {
	return list(ctx, s.pool, pgx.RowToStructByPos[routing.SkillName], `SELECT id, name FROM skills ORDER BY position, id`)
}

// Abilities of all accounts that may take calls.
func (s *Store) Abilities(ctx context.Context) ([]routing.Ability, error) {
	return list(ctx, s.pool, pgx.RowToStructByPos[routing.Ability], `SELECT account, queues, skills, surge FROM agents ORDER BY account`)
}

type queryer interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func list[T any](ctx context.Context, q queryer, scan pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("callpg: routing data: %w", err)
	}
	items, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("callpg: routing data: %w", err)
	}
	return items, nil
}

// decide runs f alone, and tells everybody of the change.
func (s *Store) decide(ctx context.Context, what string, f func(tx pgx.Tx) error) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `LOCK TABLE queues, agents, skills IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return err
		}
		if err := f(tx); err != nil {
			return err
		}
		return changed(ctx, tx, TopicQueues)
	})
	if err != nil {
		return fmt.Errorf("callpg: %s: %w", what, err)
	}
	return nil
}

func ids(ctx context.Context, tx pgx.Tx, table string) ([]string, error) {
	return list(ctx, tx, pgx.RowTo[string], `SELECT id FROM `+pgx.Identifier{table}.Sanitize())
}

// SaveQueue makes or changes a queue; a new one is shown last.
func (s *Store) SaveQueue(ctx context.Context, q routing.Queue) error {
	q = q.Normal()
	return s.decide(ctx, "save a queue", func(tx pgx.Tx) error {
		skills, err := ids(ctx, tx, "skills")
		if err != nil {
			return err
		}
		if err := q.Check(skills); err != nil {
			return err
		}
		all, err := queuesByID(ctx, tx)
		if err != nil {
			return err
		}
		if err := routing.CheckLinks(q, all); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO queues (`+queueColumns+`, position)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, (SELECT count(*) FROM queues))
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, skills = excluded.skills, priority = excluded.priority,
				max_wait = excluded.max_wait, languages = excluded.languages, topics = excluded.topics,
				strategy = excluded.strategy, last_agent = excluded.last_agent, rings = excluded.rings,
				hours = excluded.hours, closed = excluded.closed, targets = excluded.targets, language_wait = excluded.language_wait,
				callback = excluded.callback`,
			q.ID, q.Name, q.Skills, q.Priority, q.MaxWait, q.Languages, q.Topics, q.Strategy, q.LastAgent, q.Rings,
			q.Hours, q.Closed, q.Targets, q.LanguageWait, q.Callback)
		return err
	})
}

func queuesByID(ctx context.Context, q queryer) (map[string]routing.Queue, error) {
	queues, err := list(ctx, q, pgx.RowToStructByPos[routing.Queue], `SELECT `+queueColumns+` FROM queues`)
	all := make(map[string]routing.Queue, len(queues))
	for _, q := range queues {
		all[q.ID] = q
	}
	return all, err
}

// RemoveQueue takes a queue away, from its agents too. Calls that wait in it wait until
// their limit. The main queue stays: who calls in comes there; so does one that another
// queue's exit names, or an emergency of now. Error: ErrNotFound.
func (s *Store) RemoveQueue(ctx context.Context, id string, now time.Time) error {
	if id == mainQueue.ID {
		return &routing.Fault{Field: "id", Why: routing.WhyUsed}
	}
	return s.decide(ctx, "remove a queue", func(tx pgx.Tx) error {
		all, err := queuesByID(ctx, tx)
		if err != nil {
			return err
		}
		for _, q := range all {
			if q.LinkedTo(id) {
				return &routing.Fault{Field: "id", Why: routing.WhyUsed}
			}
		}
		var urgent bool
		err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM emergencies WHERE queue = $1 AND ended_at IS NULL AND until > $2)`, id, now).Scan(&urgent)
		if err != nil {
			return err
		}
		if urgent {
			return &routing.Fault{Field: "id", Why: routing.WhyUsed}
		}
		tag, err := tx.Exec(ctx, `DELETE FROM queues WHERE id = $1`, id)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return ErrNotFound
		}
		_, err = tx.Exec(ctx, `UPDATE agents SET queues = array_remove(queues, $1) WHERE queues @> ARRAY[$1]`, id)
		return err
	})
}

// LanguageKeys choose a language during the opening notice.
func (s *Store) LanguageKeys(ctx context.Context) ([]routing.LanguageKey, error) {
	return list(ctx, s.pool, pgx.RowToStructByPos[routing.LanguageKey], `SELECT language, key FROM language_keys ORDER BY position`)
}

// SaveLanguageKeys makes these the keys, in this order. The key of an emergency that is
// stays its own while it lasts.
func (s *Store) SaveLanguageKeys(ctx context.Context, keys []routing.LanguageKey, now time.Time) error {
	if err := routing.CheckLanguageKeys(keys); err != nil {
		return err
	}
	return s.decide(ctx, "save the keys of languages", func(tx pgx.Tx) error {
		urgent, err := list(ctx, tx, pgx.RowTo[string], `SELECT key FROM emergencies WHERE ended_at IS NULL AND until > $1`, now)
		if err != nil {
			return err
		}
		for i, k := range keys {
			if slices.Contains(urgent, k.Key) {
				return &routing.Fault{Field: fmt.Sprintf("items.%d.key", i), Why: routing.WhyTwice}
			}
		}
		if _, err := tx.Exec(ctx, `DELETE FROM language_keys`); err != nil {
			return err
		}
		for i, k := range keys {
			if _, err := tx.Exec(ctx, `INSERT INTO language_keys (language, key, position) VALUES ($1, $2, $3)`, k.Language, k.Key, i); err != nil {
				return err
			}
		}
		return nil
	})
}

// SaveSkills makes these the catalogue, in this order. One that a queue or an agent has
// cannot be left out.
func (s *Store) SaveSkills(ctx context.Context, catalogue []routing.SkillName) error {
	return s.decide(ctx, "save the skills", func(tx pgx.Tx) error {
		used, err := list(ctx, tx, pgx.RowTo[string], `SELECT jsonb_array_elements(skills) ->> 'name' FROM queues
			UNION SELECT jsonb_path_query(rings, '$[*].skills[*].name') #>> '{}' FROM queues
			UNION SELECT jsonb_array_elements(skills) ->> 'name' FROM agents ORDER BY 1`)
		if err != nil {
			return err
		}
		if err := routing.CheckSkills(catalogue, used); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM skills`); err != nil {
			return err
		}
		for i, entry := range catalogue {
			if _, err := tx.Exec(ctx, `INSERT INTO skills (id, name, position) VALUES ($1, $2, $3)`, entry.ID, entry.Name, i); err != nil {
				return err
			}
		}
		return nil
	})
}

// SaveAbility says what an account may be offered; it counts at once, on shift too.
// Error: ErrNotFound, when the account takes no calls.
func (s *Store) SaveAbility(ctx context.Context, a routing.Ability) error {
	return s.decide(ctx, "save an agent's skills", func(tx pgx.Tx) error {
		queues, err := ids(ctx, tx, "queues")
		if err != nil {
			return err
		}
		skills, err := ids(ctx, tx, "skills")
		if err != nil {
			return err
		}
		if err := a.Check(queues, skills); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `UPDATE agents SET queues = $2, skills = $3, surge = $4 WHERE account = $1`, a.Account, a.Queues, a.Skills, a.Surge)
		if err == nil && tag.RowsAffected() == 0 {
			err = ErrNotFound
		}
		return err
	})
}
