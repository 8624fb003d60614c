package callpg

import (
	"context"
	"fmt"
	"time"

	"hotline12345/callcenter"
)

// Bounds of the service level. Answering within 15 s is what GB/T 33358 asks for;
// who hangs up within 5 s gave nobody a chance to.
const (
	inTimeMS         = 15_000
	shortAbandonedMS = 5_000
)

// ServiceLevelFormula says how Figures.ServiceLevel is worked out, to be shown beside it.
const ServiceLevelFormula = "answered ≤ 15 s ÷ (offered − abandoned < 5 s)"

// Figures of inbound calls that began in a span of time and were answered or have ended.
type Figures struct {
	Offered        int
	Answered       int // by a person
	Abandoned      int // offered and not answered, whoever ended them
	ShortAbandoned int // of the abandoned, those that waited under 5 s
	ServiceLevel   float64
	ASAMillis      int64 // average wait of the answered; 0 without any
	Unrecorded     int   // calls of any kind with more talk than recordings
}

// Figures of the calls that began at or after from and before to. Of calls that still
// run, whose records the engine has (running), the answered ones are counted; one that
// waits is counted when it was answered or has ended. The service level of no calls is 0.
func (s *Store) Figures(ctx context.Context, from, to time.Time, running []callcenter.CallRecord) (Figures, error) {
	var f Figures
	var inTime int
	var waited int64
	err := s.pool.QueryRow(ctx, `SELECT count(*) FILTER (WHERE inbound), count(answered_at) FILTER (WHERE inbound),
			count(*) FILTER (WHERE inbound AND answered_at IS NULL),
			count(*) FILTER (WHERE inbound AND answered_at IS NULL AND wait_ms < $3),
			count(*) FILTER (WHERE inbound AND answered_at IS NOT NULL AND wait_ms <= $4),
			coalesce(sum(wait_ms) FILTER (WHERE inbound AND answered_at IS NOT NULL), 0)::bigint,
			count(*) FILTER (WHERE talk_ms - audio_ms > $5)
		FROM (SELECT *, kind = 'inbound' AS inbound FROM call_records WHERE started_at >= $1 AND started_at < $2) AS calls`,
		from, to, shortAbandonedMS, inTimeMS, callcenter.UnrecordedToleranceMS).
		Scan(&f.Offered, &f.Answered, &f.Abandoned, &f.ShortAbandoned, &inTime, &waited, &f.Unrecorded)
	if err != nil {
		return Figures{}, fmt.Errorf("callpg: figures: %w", err)
	}
	for _, r := range running {
		if r.Kind != callcenter.KindInbound || r.AnsweredAt == nil || r.StartedAt.Before(from) || !r.StartedAt.Before(to) {
			continue
		}
		f.Offered++
		f.Answered++
		waited += r.WaitMS
		if r.WaitMS <= inTimeMS {
			inTime++
		}
	}
	if counted := f.Offered - f.ShortAbandoned; counted > 0 {
		f.ServiceLevel = float64(inTime) / float64(counted)
	}
	if f.Answered > 0 {
		f.ASAMillis = waited / int64(f.Answered)
	}
	return f, nil
}

// Today begins at midnight Beijing time, which is the hotline's everywhere in China.
func Today(now time.Time) (from, to time.Time) {
	beijing := time.FixedZone("CST", 8*60*60) // no summer time since 1991
	y, m, d := now.In(beijing).Date()
	from = time.Date(y, m, d, 0, 0, 0, 0, beijing)
	return from.UTC(), from.AddDate(0, 0, 1).UTC()
}
