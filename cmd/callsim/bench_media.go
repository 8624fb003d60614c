package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// benchMedia holds calls between SIP phones and browsers, all recorded, and
// measures the server's CPU per call-minute, the delay that sound gains between
// mouth and ear, and what was lost. A plain relay (a goroutine and a socket per
// leg, no SRTP, no recording) carries the same calls in the same run, from the
// same generator: the difference is what SRTP, recording and call control cost.
func benchMedia(ctx context.Context, binary string, calls, seconds int) (err error) {
	relay, err := measureRelay(ctx, calls, seconds)
	if err != nil {
		return fmt.Errorf("plain relay: %w", err)
	}
	s, err := newServer(binary, "HOTLINE_CALLS_NOTICE=false", fmt.Sprintf("HOTLINE_DEMO_AGENTS=%d", calls))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.start(ctx); err != nil {
		return err
	}
	lines, err := openLines(ctx, s, calls)
	defer func() {
		for _, l := range lines {
			l.close()
		}
	}()
	if err != nil {
		return err
	}
	got, err := measure(ctx, lines, seconds, s.cpu)
	if err != nil {
		return err
	}
	var r report
	r.plain("calls", float64(calls), "")
	r.plain("relay_cpu_per_call_minute", relay.cpuPerCallMinute, "s")
	r.atMost("cpu_per_call_minute", got.cpuPerCallMinute, 0.20, "s")
	r.plain("times_the_relay", got.cpuPerCallMinute/relay.cpuPerCallMinute, "")
	r.plain("relay_delay_p50", relay.delayP50, "ms")
	r.plain("relay_delay_p99", relay.delayP99, "ms")
	r.plain("delay_p50", got.delayP50, "ms")
	r.atMost("delay_p99", got.delayP99, 7, "ms")
	r.plain("packets_sent", float64(got.sent), "")
	r.atMost("packets_lost", float64(got.sent-got.received), 0, "")
	return r.verdict()
}

// line is one call under measurement: two ends that send and receive stamps.
type line struct {
	sendA, sendB func(payload []byte) error
	gotA, gotB   <-chan rtpStamp // what arrives at end A, at end B
	close        func()
}

// mediaFigures of one run.
type mediaFigures struct {
	cpuPerCallMinute   float64
	delayP50, delayP99 float64 // ms
	sent, received     int
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
	sent, err := pump(ctx, lines, time.Duration(seconds)*time.Second, 1)
	if err != nil {
		return mediaFigures{}, err
	}
	took := time.Since(from)
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
		f.received += len(collected[i].seen)
	}
	f.cpuPerCallMinute = (after - before).Seconds() / (float64(len(lines)) * took.Minutes())
	f.delayP50, f.delayP99 = percentile(delays, 0.5), percentile(delays, 0.99)
	return f, nil
}

type collector struct {
	delays []float64
	seen   map[uint32]bool
}

func (c *collector) run(ch <-chan rtpStamp, stop <-chan struct{}) {
	c.seen = map[uint32]bool{}
	for {
		select {
		case s := <-ch:
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
			writeStamp(payload, sequence, time.Now())
			if err := l.sendB(payload); err != nil {
				return sent, err
			}
			sent += 2
		}
	}
	return sent, nil
}
