package main

import (
	"cmp"
	"context"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/callpg"
	"hotline12345/callcenter/engine"
	"hotline12345/callcenter/report"
	"hotline12345/configs"
	"hotline12345/web"
)

// reportsWeb is what was, with what goes on on this node, as the edge asks for it.
type reportsWeb struct {
	store  *callpg.Store
	engine *engine.Engine
	by     report.Thresholds
}

var _ web.Reports = reportsWeb{}

func newReportsWeb(store *callpg.Store, e *engine.Engine, c configs.Reports) reportsWeb {
	return reportsWeb{store: store, engine: e, by: report.Thresholds{Within: c.AnswerWithin, Short: c.ShortAbandon}}
}

func (r reportsWeb) Intervals(ctx context.Context, q web.ReportQuery) ([]web.ReportRow, report.Thresholds, error) {
	by := report.Thresholds{Within: cmp.Or(q.Within, r.by.Within), Short: r.by.Short}
	rows, err := r.store.Report(ctx, callpg.ReportQuery{
		Range: q.Range, Thresholds: by, Queue: callcenter.QueueID(q.Queue), Split: q.Split,
		Running: r.engine.Running(), Open: r.engine.Times(), Now: time.Now(),
	})
	return convert(rows, func(i callpg.Interval) web.ReportRow {
		return web.ReportRow{From: i.From, Queue: string(i.Queue), Counts: i.Counts}
	}), by, err
}

func (r reportsWeb) AgentDays(ctx context.Context, from, to time.Time) ([]web.AgentDay, error) {
	days, err := r.store.AgentDays(ctx, from, to, r.engine.Times(), time.Now().UTC())
	return convert(days, func(d callpg.AgentDay) web.AgentDay {
		ms := make(map[string]int64, len(d.Millis))
		for state, n := range d.Millis {
			ms[string(state)] = n
		}
		busy := d.Millis[engine.TimeTalking] + d.Millis[engine.TimeHeld] + d.Millis[engine.TimeWrapUp]
		counts := report.Counts{BusyMS: busy, OpenMS: d.Millis[engine.TimeReady] + d.Millis[engine.TimeOffered]}
		return web.AgentDay{Agent: string(d.Agent), From: d.From, To: d.To, Millis: ms, Calls: d.Calls, Occupancy: counts.Occupancy()}
	}), err
}

func (r reportsWeb) Timeline(ctx context.Context, agent string, from, to time.Time) ([]web.AgentTime, error) {
	var open *engine.AgentTime
	for _, t := range r.engine.Times() {
		if t.Agent == callcenter.AgentID(agent) {
			open = &t
		}
	}
	times, err := r.store.Timeline(ctx, callcenter.AgentID(agent), from, to, open)
	return convert(times, func(t engine.AgentTime) web.AgentTime {
		v := web.AgentTime{Shift: t.Shift, From: t.From, State: string(t.State), Reason: t.Reason, Call: string(t.Call), Queue: t.Queue}
		if !t.To.IsZero() {
			v.To = &t.To
		}
		return v
	}), err
}
