package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// benchOffer measures from the INVITE's departure until the offer has reached
// the agent's page over its socket, one call after the other. The opening
// notice is turned off, since its length is a matter of taste.
func benchOffer(ctx context.Context, binary string, calls int) (err error) {
	s, err := newServer(binary, "HOTLINE_CALLS_NOTICE=false")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.start(ctx); err != nil {
		return err
	}
	a, err := openAgent(ctx, s.http, "agent1")
	if err != nil {
		return err
	}
	peer, err := negotiate(ctx, a)
	if err != nil {
		return err
	}
	defer peer.close()
	if err := a.ready(ctx); err != nil {
		return err
	}
	took := make([]float64, 0, calls)
	for n := range calls {
		d, err := oneOffer(ctx, s, a, n)
		if err != nil {
			return fmt.Errorf("call %d: %w", n+1, err)
		}
		took = append(took, millis(d))
	}
	var r report
	r.plain("calls", float64(len(took)), "")
	r.atMost("invite_to_offer_p50", percentile(took, 0.50), 30, "ms")
	r.atMost("invite_to_offer_p99", percentile(took, 0.99), 150, "ms")
	r.plain("invite_to_offer_max", percentile(took, 1), "ms")
	return r.verdict()
}

func oneOffer(ctx context.Context, s *server, a *agent, n int) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	c, err := newCaller(fmt.Sprintf("139%08d", n), s.sip)
	if err != nil {
		return 0, err
	}
	defer c.close()
	from := time.Now()
	if err := c.dial(); err != nil {
		return 0, err
	}
	offered, err := a.until(ctx, "the offer", func(d desk) bool { return d.Offer != nil })
	if err != nil {
		return 0, err
	}
	if err := c.waitAnswer(ctx); err != nil {
		return 0, err
	}
	if err := c.hangUp(ctx); err != nil {
		return 0, err
	}
	_, err = a.until(ctx, "an idle agent", func(d desk) bool { return d.Offer == nil && d.State == "idle" })
	return offered.at.Sub(from), err
}
