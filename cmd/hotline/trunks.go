package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hotline12345/callcenter/sipua"
	"hotline12345/web"
)

// trunksWeb is the lines as the edge asks for them.
type trunksWeb struct {
	node   string
	trunks func() []sipua.TrunkState
}

var _ web.Trunks = trunksWeb{}

func (t trunksWeb) Trunks() (node string, trunks []web.Trunk) {
	now := time.Now()
	return t.node, convert(t.trunks(), func(s sipua.TrunkState) web.Trunk {
		out := web.Trunk{Name: s.Name, Up: s.Up, Registers: s.Registers, In: s.In, Out: s.Out, PassedOn: s.PassedOn}
		if until := s.Bound.UTC(); now.Before(until) {
			out.RegisteredUntil = &until
		}
		if f := s.Failure; !f.At.IsZero() {
			out.Failure = &web.TrunkFailure{At: f.At.UTC(), What: string(f.What), Code: f.Code}
		}
		return out
	})
}

// trunkFigures are the metrics of the lines, one of each for every trunk.
type trunkFigures struct {
	trunks              func() []sipua.TrunkState
	up, in, out, passed *prometheus.Desc
}

func newTrunkFigures(trunks func() []sipua.TrunkState) *trunkFigures {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("hotline_trunk_"+name, help, []string{"trunk"}, nil)
	}
	return &trunkFigures{
		trunks: trunks,
		up:     desc("up", "1 while calls out may go by the trunk."),
		in:     desc("calls_in", "Calls that came by the trunk."),
		out:    desc("calls_out", "Calls that go out by the trunk."),
		passed: desc("passed_on_total", "Calls out that the trunk failed and another one was asked for."),
	}
}

// Describe implements prometheus.Collector.
func (f *trunkFigures) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{f.up, f.in, f.out, f.passed} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (f *trunkFigures) Collect(out chan<- prometheus.Metric) {
	for _, t := range f.trunks() {
		up := 0.0
		if t.Up {
			up = 1
		}
		out <- prometheus.MustNewConstMetric(f.up, prometheus.GaugeValue, up, t.Name)
		out <- prometheus.MustNewConstMetric(f.in, prometheus.GaugeValue, float64(t.In), t.Name)
		out <- prometheus.MustNewConstMetric(f.out, prometheus.GaugeValue, float64(t.Out), t.Name)
		out <- prometheus.MustNewConstMetric(f.passed, prometheus.CounterValue, float64(t.PassedOn), t.Name)
	}
}
