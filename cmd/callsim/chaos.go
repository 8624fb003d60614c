package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	chaosCalls   = 10
	chaosTickets = 100
	chaosTalk    = 6 * time.Second // sound before the kill
	// A recording may miss what was not yet written: chunks are one second long.
	chaosCut = 2250 * time.Millisecond
)

// chaosLocal kills the server (SIGKILL) while ten calls talk and a hundred
// tickets are being lodged, starts it again on the same data, and looks for
// everything that was acknowledged: each ticket, each call's record, each
// recording up to its last second; and for agents that cannot work.
func chaosLocal(ctx context.Context, binary string) (err error) {
	s, err := newServer(binary, "HOTLINE_CALLS_NOTICE=false", fmt.Sprintf("HOTLINE_DEMO_AGENTS=%d", chaosCalls+1))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.start(ctx); err != nil {
		return err
	}
	lines, calls, err := openChaosCalls(ctx, s)
	if err != nil {
		return err
	}
	if _, err := pump(ctx, lines, chaosTalk, 1); err != nil {
		return err
	}
	written, err := writeUntilKilled(ctx, s)
	if err != nil {
		return err
	}
	for _, l := range lines {
		go l.close()
	}
	if err := s.start(ctx); err != nil {
		return fmt.Errorf("start after the kill: %w", err)
	}
	var r report
	r.plain("tickets_acknowledged", float64(len(written)), "")
	if err := lookForTickets(ctx, s, &r, written); err != nil {
		return err
	}
	if err := lookForCalls(ctx, s, &r, calls); err != nil {
		return err
	}
	if err := lookForAgents(ctx, s, &r); err != nil {
		return err
	}
	return r.verdict()
}

func openChaosCalls(ctx context.Context, s *server) (lines []line, calls []string, err error) {
	lines, err = openLines(ctx, s, nil, chaosCalls)
	if err != nil {
		return lines, nil, err
	}
	supervisor, err := signIn(ctx, s.http, "supervisor")
	if err != nil {
		return lines, nil, err
	}
	var live struct {
		Talking []struct {
			Call string `json:"call"`
		} `json:"talking"`
	}
	if err := supervisor.do(ctx, http.MethodGet, "/live", nil, &live); err != nil {
		return lines, nil, err
	}
	for _, call := range live.Talking {
		calls = append(calls, call.Call)
	}
	if len(calls) != chaosCalls {
		return lines, nil, fmt.Errorf("%d calls talk, %d were opened", len(calls), chaosCalls)
	}
	return lines, calls, nil
}

// writeUntilKilled lodges tickets from four clients and kills the server when
// half are acknowledged, with others on their way. It returns the acknowledged.
func writeUntilKilled(ctx context.Context, s *server) ([]string, error) {
	c, err := signIn(ctx, s.http, fmt.Sprintf("agent%d", chaosCalls+1))
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	var numbers []string
	var left atomic.Int64
	left.Store(chaosTickets)
	half := make(chan struct{})
	halfOnce := sync.OnceFunc(func() { close(half) })
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for left.Add(-1) >= 0 {
				number, err := lodge(ctx, c)
				if err != nil {
					return // the server is gone: not acknowledged
				}
				mu.Lock()
				numbers = append(numbers, number)
				if len(numbers) >= chaosTickets/2 {
					halfOnce()
				}
				mu.Unlock()
			}
		})
	}
	ended := make(chan struct{})
	go func() { writers.Wait(); close(ended) }()
	select {
	case <-half:
	case <-ended:
		return nil, fmt.Errorf("only %d tickets could be lodged before any kill", len(numbers))
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := s.kill(); err != nil {
		return nil, err
	}
	<-ended
	return numbers, nil
}

func lodge(ctx context.Context, c *client) (string, error) {
	var ticket struct {
		Number string `json:"number"`
	}
	err := c.do(ctx, http.MethodPost, "/tickets", map[string]any{
		"kind": "complaint", "urgency": "ordinary", "channel": "phone", "category": "010301",
		"region": "", "address": "幸福路 12 号", "title": "路灯不亮", "content": "路灯一周不亮。",
		"confidential": false, "followUpWanted": true,
		"requester": map[string]any{"name": "", "phone": "13900000000"},
		"then":      map[string]any{"type": "submit"},
	}, &ticket)
	return ticket.Number, err
}

func lookForTickets(ctx context.Context, s *server, r *report, numbers []string) error {
	c, err := signIn(ctx, s.http, "supervisor")
	if err != nil {
		return err
	}
	missing := 0
	for _, number := range numbers {
		if err := c.do(ctx, http.MethodGet, "/tickets/"+number, nil, nil); err != nil {
			fmt.Println(err)
			missing++
		}
	}
	r.atMost("tickets_missing", float64(missing), 0, "")
	return nil
}

func lookForCalls(ctx context.Context, s *server, r *report, calls []string) error {
	c, err := signIn(ctx, s.http, "supervisor")
	if err != nil {
		return err
	}
	records, recordings, cut := 0, 0, time.Duration(0)
	for _, call := range calls {
		var record struct {
			Reason     string `json:"reason"`
			Recordings []struct {
				Millis int64 `json:"ms"`
			} `json:"recordings"`
		}
		if err := c.do(ctx, http.MethodGet, "/calls/"+call, nil, &record); err != nil {
			fmt.Println(err)
			records++
			continue
		}
		var have time.Duration
		for _, segment := range record.Recordings {
			have += time.Duration(segment.Millis) * time.Millisecond
		}
		if len(record.Recordings) == 0 {
			recordings++
		}
		cut = max(cut, chaosTalk-have)
	}
	r.atMost("call_records_missing", float64(records), 0, "")
	r.atMost("recordings_missing", float64(recordings), 0, "")
	r.atMost("recording_cut", cut.Seconds(), chaosCut.Seconds(), "s")
	return nil
}

// lookForAgents signs each agent in again: nobody may be left in a call that
// is no more, and everybody must be able to go available.
func lookForAgents(ctx context.Context, s *server, r *report) error {
	stuck := 0
	for n := range chaosCalls {
		err := func() error {
			ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
			defer cancel()
			a, err := openAgent(ctx, s.http, fmt.Sprintf("agent%d", n+1))
			if err != nil {
				return err
			}
			defer func() { _ = a.close() }()
			sound, err := negotiate(ctx, a)
			if err != nil {
				return err
			}
			defer sound.close()
			if err := a.ready(ctx); err != nil {
				return err
			}
			_, err = a.until(ctx, "an idle agent", func(d desk) bool { return d.State == "idle" && d.Call == nil })
			return err
		}()
		if err != nil {
			fmt.Println(err)
			stuck++
		}
	}
	r.atMost("agents_stuck", float64(stuck), 0, "")
	return nil
}
