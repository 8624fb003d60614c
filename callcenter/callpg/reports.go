package callpg

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
	"hotline12345/callcenter/report"
)

// ReportQuery asks for figures by intervals; package report says what they mean.
type ReportQuery struct {
	report.Range
	report.Thresholds
	Queue callcenter.QueueID // "": all
	Split bool               // each queue by itself, instead of their sum

	Running []callcenter.CallRecord // of calls that have not ended
	Open    []engine.AgentTime      // what agents do now
	Now     time.Time
}

// Interval of a report. Those of the sum of all queues have Queue "" and, alone, what
// is known of the agents' time (BusyMS, OpenMS).
type Interval struct {
	From  time.Time
	Queue callcenter.QueueID
	report.Counts
}

// tables of a report under way.
type sums struct {
	q  ReportQuery
	at map[callcenter.QueueID]map[int64]*report.Counts // by the beginning, µs
}

// of is where the counts of a queue and a moment are added up.
func (s *sums) of(queue callcenter.QueueID, at time.Time) *report.Counts {
	if !s.q.Split {
		queue = ""
	}
	if s.at[queue] == nil {
		s.at[queue] = map[int64]*report.Counts{}
	}
	key := at.UnixMicro()
	if s.at[queue][key] == nil {
		s.at[queue][key] = &report.Counts{}
	}
	return s.at[queue][key]
}

// Report gives every interval of the range in order; of each queue in turn when split,
// those without calls left out.
func (s *Store) Report(ctx context.Context, q ReportQuery) ([]Interval, error) {
	all := &sums{q: q, at: map[callcenter.QueueID]map[int64]*report.Counts{}}
	for _, part := range []func(context.Context, *sums) error{s.waits, s.talks, s.wrapUps, s.early, s.tasks, s.ratings, s.occupied} {
		if err := part(ctx, all); err != nil {
			return nil, fmt.Errorf("callpg: report: %w", err)
		}
	}
	all.running()
	var list []Interval
	queues := []callcenter.QueueID{""}
	if q.Split {
		queues = nil
		for queue := range all.at {
			queues = append(queues, queue)
		}
		slices.Sort(queues)
	}
	for _, queue := range queues {
		for _, start := range q.Starts() {
			i := Interval{From: start, Queue: queue}
			if !q.Split {
				i.Queue = q.Queue
			}
			if c := all.at[queue][start.UnixMicro()]; c != nil {
				i.Counts = *c
			}
			list = append(list, i)
		}
	}
	return list, nil
}

// running adds what is known of calls that have not ended: their waits and talks that are over.
func (s *sums) running() {
	for _, r := range s.q.Running {
		for _, c := range r.Contacts {
			in := r.Kind == callcenter.KindInbound && c.Ended != "" && !c.From.Before(s.q.From) && c.From.Before(s.q.To)
			if in && (s.q.Queue == "" || s.q.Queue == c.Queue) {
				s.of(c.Queue, report.Floor(c.From, s.q.Step)).Add(s.q.Of(c))
			}
		}
	}
}

// each runs a query of (interval, queue, values…) and gives every row to add.
func (s *Store) each(ctx context.Context, all *sums, sql string, values []any, add func(*report.Counts)) error {
	var at time.Time
	var queue callcenter.QueueID
	rows, err := s.pool.Query(ctx, sql, pgx.NamedArgs{
		"from": all.q.From, "to": all.q.To, "step": all.q.Step.Length(), "queue": string(all.q.Queue),
		"within": all.q.Within, "short": all.q.Short, "most": engine.MaxStretch,
	})
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, append([]any{&at, &queue}, values...), func() error {
		add(all.of(queue, at))
		return nil
	})
	return err
}

// waits of callers who came to a queue; report.Thresholds.Of says the same of one.
func (s *Store) waits(ctx context.Context, all *sums) error {
	var n report.Counts
	return s.each(ctx, all, `SELECT date_bin(@step::interval, began_at, @from), queue,
			count(*) FILTER (WHERE ended <> 'overflow'),
			count(*) FILTER (WHERE ended = 'answered'),
			count(*) FILTER (WHERE ended = 'answered' AND ended_at - began_at <= @within::interval),
			count(*) FILTER (WHERE ended NOT IN ('answered', 'overflow')),
			count(*) FILTER (WHERE ended NOT IN ('answered', 'overflow') AND ended_at - began_at <= @within::interval),
			count(*) FILTER (WHERE ended NOT IN ('answered', 'overflow') AND ended_at - began_at < @short::interval AND began <> 'overflow'),
			count(*) FILTER (WHERE ended = 'overflow'),
			coalesce(sum(floor(extract(epoch FROM ended_at - began_at) * 1000)) FILTER (WHERE ended = 'answered'), 0)::bigint
		FROM call_contacts
		WHERE kind = 'wait' AND agent = '' AND call_kind = 'inbound' AND began NOT IN ('forced', 'pageLost') AND began_at >= @from AND began_at < @to AND (@queue = '' OR queue = @queue)
		GROUP BY 1, 2`,
		[]any{&n.Offered, &n.Answered, &n.AnsweredInTime, &n.Abandoned, &n.AbandonedInTime, &n.Short, &n.Overflowed, &n.WaitMS},
		func(c *report.Counts) { c.Add(n) })
}

func (s *Store) talks(ctx context.Context, all *sums) error {
	var n report.Counts
	return s.each(ctx, all, `SELECT date_bin(@step::interval, began_at, @from), queue, count(*),
			count(*) FILTER (WHERE ended IN ('transfer', 'handOver')), sum(talk_ms)::bigint, sum(hold_ms)::bigint
		FROM call_contacts
		WHERE kind = 'talk' AND agent <> '' AND call_kind = 'inbound' AND began_at >= @from AND began_at < @to AND (@queue = '' OR queue = @queue)
		GROUP BY 1, 2`,
		[]any{&n.Handled, &n.Transfers, &n.TalkMS, &n.HoldMS}, func(c *report.Counts) { c.Add(n) })
}

func (s *Store) wrapUps(ctx context.Context, all *sums) error {
	var n report.Counts
	return s.each(ctx, all, `SELECT date_bin(@step::interval, from_at, @from), queue, (sum(extract(epoch FROM to_at - from_at)) * 1000)::bigint
		FROM agent_times
		WHERE state = 'wrapUp' AND kind = 'inbound' AND from_at >= @from AND from_at < @to AND (@queue = '' OR queue = @queue)
		GROUP BY 1, 2`,
		[]any{&n.WrapUpMS}, func(c *report.Counts) { c.Add(n) })
}

// early hung up before they came to a queue.
func (s *Store) early(ctx context.Context, all *sums) error {
	var n report.Counts
	return s.each(ctx, all, `SELECT date_bin(@step::interval, started_at, @from), queue, count(*) FROM call_records
		WHERE reason = 'abandoned-early' AND started_at >= @from AND started_at < @to AND (@queue = '' OR queue = @queue) GROUP BY 1, 2`,
		[]any{&n.Early}, func(c *report.Counts) { c.Add(n) })
}

// tasks to call back.
func (s *Store) tasks(ctx context.Context, all *sums) error {
	var n report.Counts
	return s.each(ctx, all, `SELECT date_bin(@step::interval, created_at, @from), queue, count(*) FROM callbacks
		WHERE created_at >= @from AND created_at < @to AND (@queue = '' OR queue = @queue) GROUP BY 1, 2`,
		[]any{&n.Callbacks}, func(c *report.Counts) { c.Add(n) })
}

// ratings of talks; they count when their call came.
func (s *Store) ratings(ctx context.Context, all *sums) error {
	var n report.Counts
	return s.each(ctx, all, `SELECT date_bin(@step::interval, started_at, @from), queue, count(*), count(*) FILTER (WHERE rating >= 4) FROM call_records
		WHERE rating > 0 AND started_at >= @from AND started_at < @to AND (@queue = '' OR queue = @queue) GROUP BY 1, 2`,
		[]any{&n.Rated, &n.BadlyRated}, func(c *report.Counts) { c.Add(n) })
}

// busy and idle say what of an agent's time counts as what; the rest is not work with
// calls.
var (
	busy = []engine.TimeState{engine.TimeTalking, engine.TimeHeld, engine.TimeWrapUp}
	idle = []engine.TimeState{engine.TimeReady, engine.TimeOffered}
)

// occupied cuts the agents' stretches at the intervals; only for the sum of all queues.
func (s *Store) occupied(ctx context.Context, all *sums) error {
	if all.q.Split || all.q.Queue != "" {
		return nil
	}
	var n report.Counts
	err := s.each(ctx, all, `SELECT at, '', (coalesce(sum(took) FILTER (WHERE state IN ('talking', 'held', 'wrapUp')), 0) * 1000)::bigint,
			(coalesce(sum(took) FILTER (WHERE state IN ('ready', 'offered')), 0) * 1000)::bigint
		FROM (SELECT state, at, extract(epoch FROM least(to_at, at + @step::interval, @to) - greatest(from_at, at)) AS took
			FROM agent_times, generate_series(date_bin(@step::interval, greatest(from_at, @from), @from), least(to_at, @to) - interval '1 microsecond', @step::interval) AS at
			WHERE from_at < @to AND from_at > @from - @most::interval AND to_at > @from) AS pieces
		GROUP BY 1`,
		[]any{&n.BusyMS, &n.OpenMS}, func(c *report.Counts) { c.Add(n) })
	if err != nil {
		return err
	}
	for _, t := range all.q.Open {
		for _, at := range all.q.Starts() {
			from, to := later(t.From, at), at.Add(all.q.Step.Length())
			if all.q.Now.Before(to) {
				to = all.q.Now
			}
			if ms := to.Sub(from).Milliseconds(); ms > 0 {
				c := all.of("", at)
				switch {
				case slices.Contains(busy, t.State):
					c.BusyMS += ms
				case slices.Contains(idle, t.State):
					c.OpenMS += ms
				}
			}
		}
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
