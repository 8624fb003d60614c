package callpg

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
	"hotline12345/routing"
)

// mainQueue is the queue of a fresh database: 综合受理, any agent with the skill
// "general".
var mainQueue = routing.Queue{
	ID: "main", Name: "综合受理", Skills: []routing.Skill{{Name: "general", Level: 1}}, MaxWait: 600,
	Strategy: routing.StrategyLongestIdle,
}.Normal()

// Seed makes the main queue in a database without queues.
func (s *Store) Seed(ctx context.Context) error {
	queues, err := s.Queues(ctx)
	if err != nil || len(queues) > 0 {
		return err
	}
	return s.SaveQueue(ctx, mainQueue)
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

// Profile completes what the account knows (ID, Name, Number, Languages) with queues and
// skills, and with what he did on the day of now. An account without a row is offered nothing.
func (s *Store) Profile(ctx context.Context, account engine.AgentProfile, now time.Time) (engine.AgentProfile, error) {
	var can routing.Ability
	err := s.pool.QueryRow(ctx, `SELECT queues, skills, surge FROM agents WHERE account = $1`, account.ID).Scan(&can.Queues, &can.Skills, &can.Surge)
	if err != nil && !isNone(err) {
		return engine.AgentProfile{}, fmt.Errorf("callpg: profile of %s: %w", account.ID, err)
	}
	emergency, err := s.Emergency(ctx)
	if err != nil {
		return engine.AgentProfile{}, err
	}
	can = can.At(now, emergency)
	account.Queues, account.Skills = can.Queues, can.Skills
	from, to := Today(now)
	var talked int64
	// His part alone: others of the call have talked longer, and whom they asked only with them.
	err = s.pool.QueryRow(ctx, `SELECT count(DISTINCT call_id), coalesce(sum(c.talk_ms), 0)::bigint
		FROM call_records AS r JOIN call_contacts AS c USING (call_id)
		WHERE r.started_at >= $2 AND r.started_at < $3 AND r.agents @> ARRAY[$1::text] AND c.kind = 'talk' AND c.agent = $1`,
		account.ID, from, to).Scan(&account.Calls, &talked)
	if err != nil {
		return engine.AgentProfile{}, fmt.Errorf("callpg: today's work of %s: %w", account.ID, err)
	}
	account.Talked = time.Duration(talked) * time.Millisecond
	return account, nil
}

// lastAgentDays is how long it is of use to a caller that somebody knows his matter.
const lastAgentDays = 14

// Known is what is kept of the number that calls: who talked with the caller last (not
// whom that agent asked beside him), and his marks.
func (s *Store) Known(ctx context.Context, number string, now time.Time) (callcenter.CallerKnown, error) {
	hash := s.keys.HashPhone(number)
	if hash == nil {
		return callcenter.CallerKnown{}, nil
	}
	// In one question: it is asked of every call. Of marks of a kind the highest counts
	// (somebody may be of two groups of the green channel): what two agents see in a caller
	// does not make him wait half as long.
	var known callcenter.CallerKnown
	err := s.pool.QueryRow(ctx, `SELECT
			coalesce((SELECT c.agent FROM call_records AS r JOIN call_contacts AS c USING (call_id)
				WHERE r.number_hash = $1 AND r.started_at > $2 AND c.kind = 'talk' AND c.agent <> '' AND c.talk_ms > 0
				ORDER BY r.started_at DESC, call_id DESC, c.n DESC LIMIT 1), ''),
			(SELECT count(*) FROM (SELECT FROM call_records WHERE number_hash = $1 AND started_at > $3 AND kind = 'inbound' LIMIT 1000) AS calls),
			coalesce(sum(priority), 0)::int, coalesce(max(grp), ''), coalesce(bool_or(kind = 'harassment'), false)
		FROM (SELECT kind, max(priority) AS priority, max(grp) FILTER (WHERE kind = 'green') AS grp
			FROM caller_marks WHERE number_hash = $1 AND approved_at IS NOT NULL AND ended_at IS NULL AND until > $4 GROUP BY kind) AS kinds`,
		hash, now.AddDate(0, 0, -lastAgentDays), now.AddDate(0, 0, -repeatDays), now).
		Scan(&known.Last, &known.Repeat, &known.Priority, &known.Green, &known.Harassment)
	if err != nil {
		return callcenter.CallerKnown{}, fmt.Errorf("callpg: what is kept of a caller: %w", err)
	}
	if known.Repeat < repeatCalls {
		known.Repeat = 0
	}
	return known, nil
}
