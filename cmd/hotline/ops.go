package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hotline12345/callcenter/engine"
	"hotline12345/callcenter/sipua"
	"hotline12345/media/archive"
)

// ops is the operators' listener: metrics, health, profiles. It answers before the
// hotline is ready, and says so.
type ops struct {
	addr     net.Addr
	server   *http.Server
	ready    atomic.Bool
	check    atomic.Pointer[func(context.Context) error]
	registry *prometheus.Registry
}

const opsTimeout = 5 * time.Second

func startOps(ctx context.Context, addr string) (*ops, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, portFault("ops", err, "HOTLINE_OPS_ADDR")
	}
	o := &ops{addr: listener.Addr(), registry: prometheus.NewRegistry()}
	o.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, "alive") })
	mux.HandleFunc("GET /readyz", o.readyz)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	o.server = &http.Server{Handler: mux, ReadHeaderTimeout: opsTimeout}
	go func() { _ = o.server.Serve(listener) }() // ends by Close
	return o, nil
}

// say answers a probe; one that is gone reads nothing, and there is no one to tell.
func say(w io.Writer, word string) { _, _ = io.WriteString(w, word+"\n") }

// readyz is 200 while calls and pages are served, and Postgres and Redis answer.
func (o *ops) readyz(w http.ResponseWriter, r *http.Request) {
	if !o.ready.Load() {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), opsTimeout)
	defer cancel()
	if err := (*o.check.Load())(ctx); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	say(w, "ready")
}

func (o *ops) becomeReady(check func(context.Context) error) {
	o.check.Store(&check)
	o.ready.Store(true)
}

// watch adds the figures of the calls, the lines and the recordings.
func (o *ops) watch(e *engine.Engine, trunks func() []sipua.TrunkState, recordings *archive.Archive) {
	o.registry.MustRegister(newTrunkFigures(trunks))
	gauge := func(name, help string, value func() float64) {
		o.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "hotline", Name: name, Help: help}, value))
	}
	gauge("calls_waiting", "Callers who wait for an agent.", func() float64 { return float64(len(e.Live().Waiting)) })
	gauge("calls_talking", "Calls with people in them.", func() float64 { return float64(len(e.Live().Talking)) })
	gauge("agents_signed_in", "Agents on shift.", func() float64 { return float64(len(e.Live().Agents)) })
	gauge("recordings_spooled_files", "Recordings on disk that the store does not have yet.", func() float64 {
		files, _ := recordings.Spool()
		return float64(files)
	})
	gauge("recordings_spooled_bytes", "Their size.", func() float64 {
		_, size := recordings.Spool()
		return float64(size)
	})
	gauge("recordings_broken_files", "Recordings that can be neither sent nor purged for a fault of their own.", func() float64 {
		return float64(recordings.Broken())
	})
	o.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Namespace: "hotline", Name: "calls_unrecorded_total", Help: "Calls with more talk than their recordings have, beyond 2 s.",
	}, func() float64 { return float64(e.Unrecorded()) }))
	gauge("ledger_backlog", "Journal rows and records that wait for Postgres.", func() float64 { return float64(e.Backlog()) })
}

func (o *ops) stop(ctx context.Context) error {
	o.ready.Store(false)
	if err := o.server.Shutdown(ctx); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
