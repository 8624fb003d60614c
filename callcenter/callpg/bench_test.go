package callpg

import (
	"slices"
	"testing"
	"time"

	"hotline12345/callcenter/report"
)

// thirtyDays of a million calls to four queues, each with a wait and most with a talk,
// and of 200 agents who do something else every two minutes.
const thirtyDays = `
INSERT INTO call_contacts (call_id, n, kind, call_kind, queue, agent, began_at, ended_at, began, ended, talk_ms, hold_ms, segments)
SELECT 'c' || i, 1, 'wait', 'inbound', 'q' || i % 4, '', at, at + (random() * random() * 60) * interval '1 second', 'arrived',
	CASE WHEN random() < 0.93 THEN 'answered' ELSE 'left' END, 0, 0, '{}'
FROM (SELECT i, timestamptz '2026-03-01 16:00Z' + i * interval '2.592 seconds' AS at FROM generate_series(1, 1000000) AS i) AS calls;
INSERT INTO call_contacts (call_id, n, kind, call_kind, queue, agent, began_at, ended_at, began, ended, talk_ms, hold_ms, segments)
SELECT call_id, 2, 'talk', 'inbound', queue, 'a' || (random() * 200)::int, ended_at, ended_at + interval '150 seconds', 'answered', 'left', 140000, 10000, '{1}'
FROM call_contacts WHERE ended = 'answered';
INSERT INTO agent_times (account, from_at, to_at, shift, state, reason, call_id, queue, kind)
SELECT 'a' || a, at, at + interval '2 minutes', date_trunc('day', at), (ARRAY['ready', 'talking', 'wrapUp', 'break'])[1 + n % 4], '', '', 'q' || a % 4, 'inbound'
FROM generate_series(1, 200) AS a, generate_series(0, 30 * 8 * 30 - 1) AS n,
	LATERAL (SELECT timestamptz '2026-03-01 16:00Z' + (n / 240) * interval '1 day' + interval '9 hours' + (n % 240) * interval '2 minutes' AS at) AS t;
ANALYZE call_contacts, agent_times, call_records, callbacks`

// BenchmarkReports of a million calls: the day by quarters of an hour that a supervisor
// looks at, a week of them, and a month by days and queues.
func BenchmarkReports(b *testing.B) {
	s, pool := newStore(b)
	if _, err := pool.Exec(b.Context(), thirtyDays); err != nil {
		b.Fatal(err)
	}
	begin := time.Date(2026, 3, 1, 16, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		days  int
		step  report.Step
		split bool
	}{{"day by 15m", 1, report.StepQuarter, false}, {"week by 15m", 7, report.StepQuarter, false}, {"month by queue and day", 30, report.StepDay, true}} {
		b.Run(c.name, func(b *testing.B) {
			var took []time.Duration
			for n := 0; b.Loop(); n++ {
				from := begin.AddDate(0, 0, n%(31-c.days))
				span, err := report.NewRange(from, from.AddDate(0, 0, c.days), c.step)
				if err != nil {
					b.Fatal(err)
				}
				asked := time.Now()
				rows, err := s.Report(b.Context(), ReportQuery{
					Range: span, Thresholds: report.Thresholds{Within: 15 * time.Second, Short: 5 * time.Second}, Split: c.split,
				})
				took = append(took, time.Since(asked))
				if err != nil || rows[len(rows)-1].Offered == 0 {
					b.Fatalf("%d rows, %v", len(rows), err)
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}
