package main

import (
	"fmt"
	"log/slog"
	"net/netip"

	"github.com/prometheus/client_golang/prometheus"

	"hotline12345/callcenter/fork"
	"hotline12345/configs"
)

// newForks makes the service that sends calls to their consumer; nil: it is off.
func newForks(c configs.Fork, log *slog.Logger) (*fork.Service, error) {
	if c.URL == "" {
		return nil, nil //nolint:nilnil // that is what off is
	}
	o := fork.Options{
		URL: c.URL, Token: c.Token, Queues: c.Queues, Encoding: fork.Encoding(c.Encoding), Max: c.Max, Buffer: c.Buffer, Log: log,
	}
	for _, text := range c.Allow {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("fork.allow: %w", err)
		}
		o.Allow = append(o.Allow, p)
	}
	if c.CA != "" {
		roots, err := configs.ReadAuthorities(c.CA)
		if err != nil {
			return nil, fmt.Errorf("fork.ca: %w", err)
		}
		o.Roots = roots
	}
	s, err := fork.New(o)
	if err != nil {
		return nil, fmt.Errorf("fork.url: %w", err)
	}
	return s, nil
}

// watchForks adds the figures of what is sent.
func (o *ops) watchForks(s *fork.Service) {
	if s == nil {
		return
	}
	for name, f := range map[string]struct {
		help  string
		value func(fork.Figures) int64
	}{
		"forks_open":      {"Calls whose sound is sent to the consumer.", func(f fork.Figures) int64 { return f.Open }},
		"forks_connected": {"Of these, those that have a connection.", func(f fork.Figures) int64 { return f.Connected }},
	} {
		o.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "hotline", Name: name, Help: f.help},
			func() float64 { return float64(f.value(s.Figures())) }))
	}
	for name, f := range map[string]struct {
		help  string
		value func(fork.Figures) float64
	}{
		"forks_opened_total":               {"Calls whose sound began to be sent.", func(f fork.Figures) float64 { return float64(f.Opened) }},
		"forks_refused_total":              {"Calls that were not sent for want of room.", func(f fork.Figures) float64 { return float64(f.Refused) }},
		"fork_connections_broken_total":    {"Connections to the consumer that failed.", func(f fork.Figures) float64 { return float64(f.Broken) }},
		"fork_dropped_sound_seconds_total": {"Sound that the consumer did not take.", func(f fork.Figures) float64 { return float64(f.DroppedMS) / 1000 }},
	} {
		o.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: "hotline", Name: name, Help: f.help},
			func() float64 { return f.value(s.Figures()) }))
	}
}
