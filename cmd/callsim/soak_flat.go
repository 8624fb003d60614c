package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// holding is what the server holds at a moment.
type holding struct {
	at         time.Time
	goroutines float64
	rss        float64 // MB
	heap       float64 // MB in use by Go; see server.memory
	files      float64 // descriptors
}

func (s *server) holds(ctx context.Context) (u holding, err error) {
	u.at = time.Now()
	m, err := s.metrics(ctx, "go_goroutines", "go_memstats_sys_bytes", "go_memstats_heap_idle_bytes")
	if err != nil {
		return u, err
	}
	u.goroutines, u.heap = m[0], (m[1]-m[2])/1e6
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid))
	if err != nil {
		return u, err
	}
	u.files = float64(len(open))
	u.rss, err = processRSS(s.cmd.Process.Pid)
	return u, err
}

// processRSS reads VmRSS of /proc/PID/status, in MB.
func processRSS(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kB, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kB * 1024 / 1e6, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/status has no VmRSS", pid)
}

const (
	sampleAfter = 15 * time.Second
	sampleEvery = 5 * time.Second
	// What a run may gain over its length, by the line through its samples: of their mean,
	// and beside it, since the load goes up and down by chance.
	gainShare  = 0.10
	gainMemory = 16 // MB
	gainCount  = 40 // goroutines, descriptors: about those of four calls
	// What a floor at rest may have more than one before.
	restMemory = 16 // MB
	restCount  = 16
)

// samples are taken while people call.
type samples struct {
	list []holding
	err  error
}

// take samples from when the floor is busy, until ctx ends.
func (s *samples) take(ctx context.Context, server *server) {
	select {
	case <-time.After(sampleAfter):
	case <-ctx.Done():
		return
	}
	every := time.NewTicker(sampleEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		u, err := server.holds(ctx)
		if err != nil {
			if ctx.Err() == nil {
				s.err = err
			}
			return
		}
		s.list = append(s.list, u)
	}
}

// gain is what the least-squares line through the samples rises from the first to the
// last, and their mean.
func (s *samples) gain(of func(holding) float64) (gain, mean float64) {
	if len(s.list) < 2 {
		return 0, 0
	}
	from, n := s.list[0].at, float64(len(s.list))
	var t, v float64
	for _, u := range s.list {
		t += u.at.Sub(from).Seconds() / n
		v += of(u) / n
	}
	var above, below float64
	for _, u := range s.list {
		d := u.at.Sub(from).Seconds() - t
		above += d * (of(u) - v)
		below += d * d
	}
	return above / below * s.list[len(s.list)-1].at.Sub(from).Seconds(), v
}

func (s *samples) judge(r *report) {
	for _, of := range []struct {
		name, unit string
		value      func(holding) float64
		beside     float64
	}{
		{"goroutines", "", func(u holding) float64 { return u.goroutines }, gainCount},
		{"files", "", func(u holding) float64 { return u.files }, gainCount},
		{"rss", "MB", func(u holding) float64 { return u.rss }, gainMemory},
		{"heap", "MB", func(u holding) float64 { return u.heap }, gainMemory},
	} {
		gain, mean := s.gain(of.value)
		r.plain(of.name+" under_load_mean", mean, of.unit)
		r.atMost(of.name+" under_load_gain", gain, of.beside+gainShare*mean, of.unit)
	}
}

// judge compares a floor at rest with one of later.
func (u holding) judge(r *report, later holding) {
	for _, of := range []struct {
		name, unit    string
		before, after float64
		more          float64
	}{
		{"goroutines", "", u.goroutines, later.goroutines, restCount},
		{"files", "", u.files, later.files, restCount},
		{"rss", "MB", u.rss, later.rss, restMemory + gainShare*u.rss},
		{"heap", "MB", u.heap, later.heap, restMemory},
	} {
		r.plain(of.name+" at_rest_before", of.before, of.unit)
		r.atMost(of.name+" at_rest_after", of.after, of.before+of.more, of.unit)
	}
}

// rest waits until nobody calls and everybody has had a call since, and tells what the
// server then holds without its garbage: the least of some seconds.
func (w *world) rest(ctx context.Context) (holding, error) {
	if err := w.everybody(ctx); err != nil {
		return holding{}, err
	}
	w.boss.http.CloseIdleConnections()
	for _, a := range w.agents {
		a.page.client.http.CloseIdleConnections()
	}
	if _, err := w.s.held(ctx); err != nil {
		return holding{}, err
	}
	var least holding
	for n := range 10 {
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return holding{}, ctx.Err()
		}
		u, err := w.s.holds(ctx)
		if err != nil {
			return holding{}, err
		}
		if n == 0 || u.goroutines < least.goroutines {
			least.goroutines = u.goroutines
		}
		least.at, least.rss, least.heap, least.files = u.at, u.rss, u.heap, u.files
	}
	return least, nil
}
