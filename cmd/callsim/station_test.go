package main

import (
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// stations are two that call each other.
func stations(t *testing.T, rung func(*telephone)) (callers, desks *station) {
	t.Helper()
	desks, err := newStation(nil, rung)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(desks.close)
	if callers, err = newStation(desks.conn.LocalAddr().(*net.UDPAddr), nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(callers.close)
	desks.server = callers.conn.LocalAddr().(*net.UDPAddr)
	desks.start()
	callers.start()
	return callers, desks
}

func TestStationsTalk(t *testing.T) {
	rtp := socket(t)
	rung := make(chan *telephone, 1)
	callers, desks := stations(t, func(p *telephone) { rung <- p; p.accept(rtp) })
	for _, byPhone := range []bool{false, true} {
		c := callers.dial("13900000001", rtp)
		wait(t, "answered", c.answered)
		p := <-rung
		wait(t, "connected", p.connected)
		if p.other != "13900000001" || p.number != "12345" || p.to.String() != rtp.LocalAddr().String() || c.to.String() != rtp.LocalAddr().String() {
			t.Errorf("%s is called by %s, sound to %s and %s", p.number, p.other, p.to, c.to)
		}
		if byPhone {
			p.hangUp()
		} else {
			c.hangUp()
		}
		wait(t, "over", c.ended)
		wait(t, "over at the phone", p.ended)
	}
	if n := callers.repeats.Load() + desks.repeats.Load(); n != 0 {
		t.Errorf("%d repeats", n)
	}
}

func TestStationRefuses(t *testing.T) {
	rtp := socket(t)
	callers, desks := stations(t, func(p *telephone) { p.refuse("486 Busy Here") })
	c := callers.dial("13900000001", rtp)
	wait(t, "refused", c.ended)
	if c.status != 486 || isClosed(c.answered) {
		t.Errorf("status %d", c.status)
	}
	desks.mu.Lock()
	defer desks.mu.Unlock()
	for _, p := range desks.calls {
		if p.open != "" {
			t.Errorf("asks %s", p.open)
		}
	}
}

// TestDigest is RFC 7616 section 3.9.1.
func TestDigest(t *testing.T) {
	const challenge = `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=%, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`
	for algorithm, response := range map[string]string{
		"MD5":     "8ca523f5e9506fed4657c9700eebdbec",
		"SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		got := digest(strings.Replace(challenge, "%", algorithm, 1), "Mufasa", "Circle of Life", "GET", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")
		if !strings.Contains(got, `response="`+response+`"`) || !strings.Contains(got, "algorithm="+algorithm) {
			t.Errorf("%s: %s", algorithm, got)
		}
	}
}

func TestQueueTimes(t *testing.T) {
	start := time.Now()
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	call := func(agent string, invited, answered, rung, hung int) *sipCall {
		return &sipCall{
			caller: &telephone{times: times{invited: at(invited), picked: at(answered)}},
			phone:  &telephone{number: agent, times: times{invited: at(rung), hung: at(hung)}},
		}
	}
	var f queueFigures
	f.times([]*sipCall{
		call("a", 0, 1, 3, 100),
		call("b", 2, 4, 5, 110),
		call("a", 10, 11, 102, 200),   // waited: free at 100
		call("b", 20, 21, 130, 230),   // waited: free at 110
		call("c", 30, 31, 60, 160),    // before two who had come first
		call("a", 300, 301, 302, 400), // did not wait
	})
	if !slices.Equal(f.freed, []float64{2, 20}) {
		t.Errorf("freed %v", f.freed)
	}
	if len(f.first) != 6 || f.first[0] != 2 {
		t.Errorf("first %v", f.first)
	}
	if f.disorder != 2 {
		t.Errorf("%d out of order", f.disorder)
	}
}
