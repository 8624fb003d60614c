package main

import (
	"context"
	"math"
	"net"
	"testing"
	"time"

	"github.com/pion/rtp"
)

func TestSamplesGain(t *testing.T) {
	start := time.Now()
	var s samples
	for n := range 10 { // 5 more each second, with noise that has no slope
		noise := []float64{1, -1}[(n+n/2)%2]
		s.list = append(s.list, holding{at: start.Add(time.Duration(n) * time.Second), goroutines: 100 + 5*float64(n) + noise})
	}
	gain, mean := s.gain(func(u holding) float64 { return u.goroutines })
	if math.Abs(gain-45) > 2 || math.Abs(mean-122.5) > 1 {
		t.Errorf("gain %.1f, mean %.1f", gain, mean)
	}
	if gain, _ := (&samples{}).gain(func(u holding) float64 { return u.rss }); gain != 0 {
		t.Error("nothing gains nothing")
	}
}

func TestSoakCallJudged(t *testing.T) {
	now := time.Now()
	talked, waited := soakRecord{Kind: "inbound", Reason: "caller-hangup", AnsweredAt: &now}, soakRecord{Kind: "inbound", Reason: "abandoned"}
	left := soakRecord{Kind: "inbound", Reason: "callback-left"}
	for name, c := range map[string]struct {
		call    soakCall
		records []soakRecord
		fits    bool
	}{
		"talked":               {soakCall{plan: planShort, byCaller: true}, []soakRecord{talked}, true},
		"and called back":      {soakCall{plan: planCallback, pressed: true}, []soakRecord{{Kind: "outbound", Reason: "no-answer"}, left}, true},
		"waited":               {soakCall{plan: planImpatient, byCaller: true}, []soakRecord{waited}, true},
		"no record":            {soakCall{plan: planShort, byCaller: true}, []soakRecord{{Kind: "outbound"}}, false},
		"two records":          {soakCall{plan: planShort, byCaller: true}, []soakRecord{talked, talked}, false},
		"pressed nothing":      {soakCall{plan: planShort, byCaller: true}, []soakRecord{left}, false},
		"the other hung up":    {soakCall{plan: planShort}, []soakRecord{talked}, false},
		"gone, but talked":     {soakCall{plan: planGone, byCaller: true}, []soakRecord{talked}, false},
		"hung up without talk": {soakCall{plan: planShort, byCaller: true}, []soakRecord{{Kind: "inbound", Reason: "caller-hangup"}}, false},
		"called back in vain":  {soakCall{plan: planCallback, pressed: true}, []soakRecord{{Kind: "outbound", Reason: "node-lost"}, left}, false},
		"fault":                {soakCall{plan: planShort, byCaller: true}, []soakRecord{{Kind: "inbound", Reason: "overload"}}, false},
		"generator's fault":    {soakCall{plan: planShort, byCaller: true, err: net.ErrClosed}, []soakRecord{talked}, false},
	} {
		if err := c.call.judge(c.records); (err == nil) != c.fits {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVoicePressesKeys(t *testing.T) {
	a, b := socket(t), socket(t)
	v := newVoice(a, b.LocalAddr().(*net.UDPAddr))
	v.press('#')
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go v.run(ctx)
	buf := make([]byte, 1500)
	ends, last := 0, rtp.Packet{}
	for n := range keyPackets + keyEnds + 1 {
		size, err := b.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		var p rtp.Packet
		if err := p.Unmarshal(append([]byte(nil), buf[:size]...)); err != nil {
			t.Fatal(err)
		}
		if n > 0 && p.SequenceNumber != last.SequenceNumber+1 {
			t.Errorf("packet %d: sequence %d after %d", n, p.SequenceNumber, last.SequenceNumber)
		}
		last = p
		if p.PayloadType != eventPayload {
			continue
		}
		if p.Payload[0] != 11 || (n == 0) != p.Marker {
			t.Errorf("packet %d: event %d, marker %v", n, p.Payload[0], p.Marker)
		}
		if p.Payload[1]&0x80 != 0 {
			ends++
		}
	}
	if ends != keyEnds || last.PayloadType != 8 || last.Timestamp != (keyPackets+keyEnds+1)*payloadSize {
		t.Errorf("%d ends, then type %d at %d", ends, last.PayloadType, last.Timestamp)
	}
}

// TestPersonsCalled: who is called hangs up after the talk, or refuses.
func TestPersonsCalled(t *testing.T) {
	far, err := newAnswerer()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(far.close)
	statuses := make(chan int, 2)
	statuses <- 200
	statuses <- 486
	far.person = func() (int, time.Duration) { return <-statuses, 50 * time.Millisecond }
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for _, answers := range []bool{true, false} {
		c, err := newCaller("13900000001", far.sip.LocalAddr().(*net.UDPAddr))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.close)
		if err := c.dial(); err != nil {
			t.Fatal(err)
		}
		if err := c.waitAnswer(ctx); (err == nil) != answers {
			t.Fatalf("answers %v: %v", answers, err)
		}
		wait(t, "over", c.ended)
		if want := map[bool]int64{true: 0, false: 486}[answers]; c.refused.Load() != want {
			t.Errorf("refused with %d, want %d", c.refused.Load(), want)
		}
	}
}
