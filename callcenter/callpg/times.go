package callpg

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

// WriteAgentTimes writes stretches of agents' shifts; one that is there stays.
func (s *Store) WriteAgentTimes(ctx context.Context, times []engine.AgentTime) error {
	batch := &pgx.Batch{}
	for _, t := range times {
		batch.Queue(`INSERT INTO agent_times (account, from_at, to_at, shift, state, reason, call_id, queue, kind)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (account, from_at) DO NOTHING`,
			t.Agent, t.From, t.To, t.Shift, t.State, t.Reason, t.Call, t.Queue, t.Kind)
	}
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("callpg: agents' times: %w", err)
	}
	return nil
}

// maxStretches bounds a timeline: a day of an agent who does something else every
// quarter of a minute.
const maxStretches = 5760

// Timeline is what an agent did in a span of time, oldest first; open is what he does
// now, if he is on shift. Stretches are cut to the span; pieces of one are joined.
func (s *Store) Timeline(ctx context.Context, agent callcenter.AgentID, from, to time.Time, open *engine.AgentTime) ([]engine.AgentTime, error) {
	rows, err := s.pool.Query(ctx, `SELECT account, shift, greatest(from_at, $2), least(to_at, $3), state, reason, call_id, queue, kind FROM agent_times
		WHERE account = $1 AND from_at < $3 AND from_at > $2 - $4::interval AND to_at > $2 ORDER BY from_at LIMIT $5`,
		agent, from, to, engine.MaxStretch, maxStretches)
	if err != nil {
		return nil, fmt.Errorf("callpg: timeline of %s: %w", agent, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[engine.AgentTime])
	if err != nil {
		return nil, fmt.Errorf("callpg: timeline of %s: %w", agent, err)
	}
	var list []engine.AgentTime
	add := func(t engine.AgentTime) {
		t.Shift, t.From, t.To = t.Shift.UTC(), t.From.UTC(), t.To.UTC()
		if n := len(list); n > 0 && continues(list[n-1], t) {
			list[n-1].To = t.To
			return
		}
		list = append(list, t)
	}
	for _, row := range all {
		add(row)
	}
	if open != nil && open.From.Before(to) {
		now := *open
		if now.From.Before(from) {
			now.From = from
		}
		add(now)
	}
	return list, nil
}

// continues says whether b is the next piece of a.
func continues(a, b engine.AgentTime) bool {
	a.From, a.To, b.From, b.To = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	return a == b
}

// AgentDay is what an agent did in a span of time.
type AgentDay struct {
	Agent    callcenter.AgentID
	From, To time.Time // first and last seen
	Millis   map[engine.TimeState]int64
	Calls    int // talks
}

// AgentDays of all who were on shift in a span of time, by id; open are the stretches
// that go on at that moment.
func (s *Store) AgentDays(ctx context.Context, from, to time.Time, open []engine.AgentTime, now time.Time) ([]AgentDay, error) {
	days := map[callcenter.AgentID]*AgentDay{}
	var order []callcenter.AgentID
	add := func(t engine.AgentTime) {
		d := days[t.Agent]
		if d == nil {
			d = &AgentDay{Agent: t.Agent, From: t.From.UTC(), To: t.To.UTC(), Millis: map[engine.TimeState]int64{}}
			days[t.Agent] = d
			order = append(order, t.Agent)
		}
		if t.From.Before(d.From) {
			d.From = t.From.UTC()
		}
		if t.To.After(d.To) {
			d.To = t.To.UTC()
		}
		d.Millis[t.State] += t.To.Sub(t.From).Milliseconds()
	}
	rows, err := s.pool.Query(ctx, `SELECT account, min(greatest(from_at, $1)), max(least(to_at, $2)), state,
			(sum(extract(epoch FROM least(to_at, $2) - greatest(from_at, $1))) * 1000)::bigint FROM agent_times
		WHERE from_at < $2 AND from_at > $1 - $3::interval AND to_at > $1 GROUP BY account, state ORDER BY account, state`, from, to, engine.MaxStretch)
	if err != nil {
		return nil, fmt.Errorf("callpg: agents' days: %w", err)
	}
	var t engine.AgentTime
	var ms int64
	_, err = pgx.ForEachRow(rows, []any{&t.Agent, &t.From, &t.To, &t.State, &ms}, func() error {
		add(t)
		days[t.Agent].Millis[t.State] = ms
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("callpg: agents' days: %w", err)
	}
	for _, t := range open {
		t.To = now
		if t.To.After(to) {
			t.To = to
		}
		if t.From.Before(from) {
			t.From = from
		}
		if t.To.After(t.From) {
			add(t)
		}
	}
	if err := s.talksOf(ctx, from, to, days); err != nil {
		return nil, err
	}
	list := make([]AgentDay, len(order))
	for i, agent := range order {
		list[i] = *days[agent]
	}
	return list, nil
}

// talksOf counts the talks of each that began in the span.
func (s *Store) talksOf(ctx context.Context, from, to time.Time, days map[callcenter.AgentID]*AgentDay) error {
	rows, err := s.pool.Query(ctx, `SELECT agent, count(*) FROM call_contacts
		WHERE kind = 'talk' AND agent <> '' AND began_at >= $1 AND began_at < $2 GROUP BY agent`, from, to)
	if err != nil {
		return fmt.Errorf("callpg: agents' talks: %w", err)
	}
	var agent callcenter.AgentID
	var calls int
	_, err = pgx.ForEachRow(rows, []any{&agent, &calls}, func() error {
		if d := days[agent]; d != nil {
			d.Calls = calls
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("callpg: agents' talks: %w", err)
	}
	return nil
}
