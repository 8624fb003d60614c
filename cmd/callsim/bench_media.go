package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// benchMedia holds calls of each kind and measures the server's CPU per call-minute, its
// memory per call, the delay that sound gains between mouth and ear, and what was lost.
// A plain relay (a goroutine and a socket per leg, no SRTP, no recording) carries as many
// calls in the same run, from the same generator: the difference is what SRTP, recording
// and call control cost.
func benchMedia(ctx context.Context, binary, list, profiles string) error {
	rows, err := rowsNamed(list)
	if err != nil {
		return err
	}
	var r report
	var relay mediaFigures
	for _, row := range rows {
		if row.relay || relay.sent == 0 {
			if relay, err = measureRelay(ctx, row.calls, row.seconds); err != nil {
				return fmt.Errorf("plain relay: %w", err)
			}
			relay.print(&r, fmt.Sprintf("relay_%d", row.calls))
		}
		got, err := measureRow(ctx, binary, profiles, row)
		if err != nil {
			return fmt.Errorf("%s: %w", row.name, err)
		}
		got.judge(&r, row)
	}
	return r.verdict()
}

func (f mediaFigures) print(r *report, name string) {
	r.plain(name+" cpu_per_call_minute", f.cpuPerCallMinute, "s")
	r.plain(name+" delay_p50", f.delayP50, "ms")
	r.plain(name+" delay_p99", f.delayP99, "ms")
}

func (f mediaFigures) judge(r *report, row mediaRow) {
	r.plain(row.name+" calls", float64(row.calls), "")
	r.atMost(row.name+" cpu_per_call_minute", f.cpuPerCallMinute, row.cpu, "s")
	if row.memory > 0 {
		r.atMost(row.name+" memory_per_call", f.memoryPerCall, row.memory, "kB")
	}
	if f.delayP99 > 0 {
		r.plain(row.name+" delay_p50", f.delayP50, "ms")
		r.atMost(row.name+" delay_p99", f.delayP99, 7, "ms")
	}
	r.plain(row.name+" packets", float64(f.sent), "")
	missing := float64(max(0, f.sent-f.received))
	if row.name == "waiting" { // the music's packets are not ours to name: those at both ends of the time may be missed
		r.atMost(row.name+" music_missing", 100*missing/float64(f.sent), 1, "%")
		return
	}
	r.atMost(row.name+" packets_lost", missing, 0, "")
}

// line is one call under measurement: two ends that send and receive stamps.
type line struct {
	sendA, sendB func(payload []byte) error // sendB nil: nobody is there
	gotA, gotB   <-chan rtpStamp            // what arrives at end A, at end B
	music        bool                       // end A hears music: it is counted, and has no stamps
	close        func()
}

// mediaFigures of one run.
type mediaFigures struct {
	cpuPerCallMinute   float64
	memoryPerCall      float64 // kB
	delayP50, delayP99 float64 // ms
	sent, received     int     // of the packets that should arrive
}

// measure sends 50 packets a second from both ends of every line and collects
// what arrives at the other. One goroutine sends for all lines, spread evenly
// over the 20 ms, so that the generator adds no bursts of its own.
func measure(ctx context.Context, lines []line, seconds int, cpu func() (time.Duration, error)) (mediaFigures, error) {
	stop := make(chan struct{})
	collected := make([]collector, 2*len(lines))
	var readers sync.WaitGroup
	for i, l := range lines {
		for j, ch := range []<-chan rtpStamp{l.gotA, l.gotB} {
			collected[2*i+j].music = l.music
			readers.Go(func() { collected[2*i+j].run(ch, stop) })
		}
	}
	// Sockets, jitter and caches settle; these packets carry sequence 0 and are not counted.
	if _, err := pump(ctx, lines, 2*time.Second, 0); err != nil {
		return mediaFigures{}, err
	}
	before, err := cpu()
	if err != nil {
		return mediaFigures{}, err
	}
	from := time.Now()
	for i := range collected {
		collected[i].counts.Store(true)
	}
	sent, err := pump(ctx, lines, time.Duration(seconds)*time.Second, 1)
	if err != nil {
		return mediaFigures{}, err
	}
	took := time.Since(from)
	for i := range collected {
		collected[i].counts.Store(false)
	}
	after, err := cpu()
	if err != nil {
		return mediaFigures{}, err
	}
	// What is still on its way arrives; more silence than any delay means that nothing is.
	settle := time.NewTimer(time.Second)
	<-settle.C
	close(stop)
	readers.Wait()
	var delays []float64
	f := mediaFigures{sent: sent}
	for i := range collected {
		delays = append(delays, collected[i].delays...)
		f.received += len(collected[i].seen) + int(collected[i].heard.Load())
	}
	f.cpuPerCallMinute = (after - before).Seconds() / (float64(len(lines)) * took.Minutes())
	f.delayP50, f.delayP99 = percentile(delays, 0.5), percentile(delays, 0.99)
	return f, nil
}

type collector struct {
	delays []float64
	seen   map[uint32]bool
	music  bool
	counts atomic.Bool  // music is heard within the time that is measured
	heard  atomic.Int64 // of it
}

func (c *collector) run(ch <-chan rtpStamp, stop <-chan struct{}) {
	c.seen = map[uint32]bool{}
	for {
		select {
		case s := <-ch:
			if c.music {
				if c.counts.Load() {
					c.heard.Add(1)
				}
				continue
			}
			if s.sequence > 0 && !c.seen[s.sequence] {
				c.seen[s.sequence] = true
				c.delays = append(c.delays, millis(s.at.Sub(s.sent)))
			}
		case <-stop:
			return
		}
	}
}

// pump sends for d; first is the first sequence number, 0: all packets carry 0.
func pump(ctx context.Context, lines []line, d time.Duration, first uint32) (sent int, err error) {
	payload := make([]byte, payloadSize)
	start := time.Now()
	ticks := int(d / (20 * time.Millisecond))
	gap := 20 * time.Millisecond / time.Duration(len(lines))
	for tick := range ticks {
		sequence := uint32(0)
		if first > 0 {
			sequence = first + uint32(tick)
		}
		for i, l := range lines {
			due := start.Add(time.Duration(tick)*20*time.Millisecond + time.Duration(i)*gap)
			if wait := time.Until(due); wait > 200*time.Microsecond {
				select {
				case <-time.After(wait):
				case <-ctx.Done():
					return sent, ctx.Err()
				}
			}
			writeStamp(payload, sequence, time.Now())
			if err := l.sendA(payload); err != nil {
				return sent, err
			}
			sent++
			if l.sendB == nil {
				continue
			}
			writeStamp(payload, sequence, time.Now())
			if err := l.sendB(payload); err != nil {
				return sent, err
			}
			sent++
		}
	}
	return sent, nil
}
