package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// plan is what somebody who calls means to do.
type plan string

const (
	planGone      plan = "gone"      // hangs up during the notice
	planImpatient plan = "impatient" // hangs up while he waits
	planCallback  plan = "callback"  // leaves a callback by key
	planShort     plan = "short"     // talks, and hangs up soon
	planLong      plan = "long"      // talks long
	planPatient   plan = "patient"   // waits until the hotline hangs up
)

// plans by their share in 100 calls.
var plans = []struct {
	plan  plan
	share int
}{{planGone, 6}, {planImpatient, 10}, {planCallback, 6}, {planShort, 48}, {planLong, 12}, {planPatient, 18}}

func drawPlan(r *rand.Rand) plan {
	n := r.IntN(100)
	for _, p := range plans {
		if n -= p.share; n < 0 {
			return p.plan
		}
	}
	return planShort
}

// span draws a time from low to high seconds.
func span(r *rand.Rand, low, high float64) time.Duration {
	return time.Duration((low + r.Float64()*(high-low)) * float64(time.Second))
}

// soakCall is one call of the generator, and what it knows of its end.
type soakCall struct {
	number   string
	plan     plan
	length   time.Duration
	pressed  bool // 1, for a callback
	byCaller bool // he hung up, not the hotline
	err      error
}

// callIn is one person's call.
func callIn(ctx context.Context, s *server, r *rand.Rand, number string) (sc soakCall) {
	sc = soakCall{number: number, plan: drawPlan(r)}
	from := time.Now()
	defer func() { sc.length = time.Since(from) }()
	c, err := newCaller(number, s.sip)
	if err != nil {
		sc.err = err
		return sc
	}
	defer c.close()
	if sc.err = sc.pickedUp(ctx, c); sc.err != nil {
		return sc
	}
	speaking, quiet := context.WithCancel(ctx)
	defer quiet()
	v := newVoice(c.rtp, c.rtpRemote())
	go v.run(speaking)
	sc.live(c, v, r)
	if !isClosed(c.ended) {
		sc.byCaller = true
		sc.err = c.hangUp(context.WithoutCancel(ctx))
	}
	return sc
}

func (sc *soakCall) pickedUp(ctx context.Context, c *caller) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := c.dial(); err != nil {
		return err
	}
	return c.waitAnswer(ctx)
}

// live is the call from its answer to when the person hangs up, or the hotline has.
func (sc *soakCall) live(c *caller, v *voice, r *rand.Rand) {
	wait := func(d time.Duration) (lives bool) {
		select {
		case <-c.ended:
			return false
		case <-time.After(d):
			return true
		}
	}
	if sc.plan == planGone {
		wait(span(r, 0, 1.5))
		return
	}
	if r.IntN(10) > 0 { // the others hear the whole notice
		if !wait(span(r, 0.2, 1.5)) {
			return
		}
		key := byte('5') // says nothing
		if language := r.IntN(200); language < 2 {
			key = "23"[language]
		}
		v.press(key)
	}
	switch sc.plan {
	case planImpatient:
		wait(span(r, 0, 3))
	case planCallback:
		sc.pressed = true
		lives := wait(span(r, 0.3, 1))
		for range 20 { // until he is heard; an agent who takes the call hears it too
			if !lives {
				return
			}
			v.press('1')
			lives = wait(span(r, 1, 2))
		}
	case planShort:
		wait(span(r, 2, 12))
	case planLong:
		wait(span(r, 15, 35))
	default:
		wait(patience)
	}
}

const (
	soakMaxWait = 30 * time.Second // the server's
	patience    = 50 * time.Second // anybody's at most: more than that
)

// endings of a call in, by who hung up.
var (
	callerEnds = []string{"abandoned-early", "abandoned", "caller-hangup"}
	serverEnds = []string{"agent-hangup", "third-hangup"}
	// of a callback, which the hotline makes
	backEnds = []string{"agent-hangup", "third-hangup", "caller-hangup", "busy", "rejected", "no-answer", "unreachable", "agent-lost", "max-wait"}
)

// judge says what is wrong with the record of the call; nil: it fits.
func (sc *soakCall) judge(records []soakRecord) error {
	if sc.err != nil {
		return fmt.Errorf("%s (%s): %w", sc.number, sc.plan, sc.err)
	}
	i := slices.IndexFunc(records, func(r soakRecord) bool { return r.Kind == "inbound" })
	if i < 0 {
		return fmt.Errorf("%s (%s): no record", sc.number, sc.plan)
	}
	if slices.ContainsFunc(records[i+1:], func(r soakRecord) bool { return r.Kind == "inbound" }) {
		return fmt.Errorf("%s (%s): two records of one call", sc.number, sc.plan)
	}
	if i := slices.IndexFunc(records, func(r soakRecord) bool { return r.Kind == "outbound" && !slices.Contains(backEnds, r.Reason) }); i >= 0 {
		return fmt.Errorf("%s (%s): called back, which ended as %s", sc.number, sc.plan, records[i].Reason)
	}
	// Who hangs up may meet the other who does: see crossed.
	may := slices.Clone(serverEnds)
	if sc.byCaller {
		may = append(may, callerEnds...)
	}
	if sc.length > soakMaxWait { // he may hang up into the last words
		may = append(may, "max-wait")
	}
	if sc.pressed {
		may = append(may, "callback-left")
	}
	record := records[i]
	var err error
	switch talked := record.AnsweredAt != nil; {
	case !slices.Contains(may, record.Reason):
		err = errors.New("no such end of it is known here")
	case sc.plan == planGone && record.Reason != "abandoned-early":
		err = errors.New("it ended during the notice")
	case talked && (record.Reason == "abandoned" || record.Reason == "abandoned-early"), !talked && (record.Reason == "caller-hangup" || record.Reason == "agent-hangup"):
		err = fmt.Errorf("talked: %v", talked)
	}
	if err != nil {
		return fmt.Errorf("%s (%s): ended as %s: %w", sc.number, sc.plan, record.Reason, err)
	}
	return nil
}

// crossed says that the caller hung up, and yet the hotline had: it happens, now and then.
func (sc *soakCall) crossed(records []soakRecord) bool {
	return sc.byCaller && slices.ContainsFunc(records, func(r soakRecord) bool { return r.Kind == "inbound" && slices.Contains(serverEnds, r.Reason) })
}
