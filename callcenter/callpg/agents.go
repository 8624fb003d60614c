package callpg

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
	"hotline12345/routing"
)

// mainQueue is the queue of a fresh database: 综合受理, any agent with the skill
// "general".
var mainQueue = routing.Queue{
	ID: "main", Name: "综合受理", Skills: []routing.Skill{{Name: "general", Level: 1}}, MaxWait: 600,
}

// Seed makes the main queue in a database without queues.
func (s *Store) Seed(ctx context.Context) error {
	queues, err := s.Queues(ctx)
	if err != nil || len(queues) > 0 {
		return err
	}
	return s.saveQueues(ctx, []routing.Queue{mainQueue})
}

// SeedAgents lets accounts serve the main queue that have no row yet: the demo's
// agents, and every account made by a program that knows no queues.
func (s *Store) SeedAgents(ctx context.Context, accounts ...callcenter.AgentID) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO agents (account, queues, skills) SELECT a, $2, $3 FROM unnest($1::text[]) a
			ON CONFLICT (account) DO NOTHING`, accounts, []string{mainQueue.ID}, mainQueue.Skills)
		if err != nil {
			return err
		}
		return changed(ctx, tx, TopicQueues)
	})
	if err != nil {
		return fmt.Errorf("callpg: seed agents: %w", err)
	}
	return nil
}

// Queues in the order they are shown in.
func (s *Store) Queues(ctx context.Context) ([]routing.Queue, error) {
	rows, err := s.pool.Query(ctx, `SELECT id, name, skills, priority, max_wait FROM queues ORDER BY position, id`)
	if err != nil {
		return nil, fmt.Errorf("callpg: queues: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[routing.Queue])
	if err != nil {
		return nil, fmt.Errorf("callpg: queues: %w", err)
	}
	return list, nil
}

// saveQueues makes these the queues, in this order. Calls that wait in a queue that
// is no more wait until their limit.
func (s *Store) saveQueues(ctx context.Context, queues []routing.Queue) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		ids := []string{}
		for i, q := range queues {
			ids = append(ids, q.ID)
			_, err := tx.Exec(ctx, `INSERT INTO queues (id, name, skills, priority, max_wait, position) VALUES ($1, $2, $3, $4, $5, $6)
				ON CONFLICT (id) DO UPDATE SET name = excluded.name, skills = excluded.skills, priority = excluded.priority,
					max_wait = excluded.max_wait, position = excluded.position`,
				q.ID, q.Name, q.Skills, q.Priority, q.MaxWait, i)
			if err != nil {
				return fmt.Errorf("queue %s: %w", q.ID, err)
			}
		}
		if _, err := tx.Exec(ctx, `DELETE FROM queues WHERE id <> ALL ($1)`, ids); err != nil {
			return err
		}
		return changed(ctx, tx, TopicQueues)
	})
	if err != nil {
		return fmt.Errorf("callpg: save queues: %w", err)
	}
	return nil
}

// Profile completes what the account knows (ID, Name, Number, Languages) with
// queues and skills. An account without a row is offered nothing.
func (s *Store) Profile(ctx context.Context, account engine.AgentProfile) (engine.AgentProfile, error) {
	account.Queues, account.Skills = nil, nil
	err := s.pool.QueryRow(ctx, `SELECT queues, skills FROM agents WHERE account = $1`, account.ID).Scan(&account.Queues, &account.Skills)
	if err != nil && !isNone(err) {
		return engine.AgentProfile{}, fmt.Errorf("callpg: profile of %s: %w", account.ID, err)
	}
	return account, nil
}
