package sipua

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// strangersWelcome are transports without sockets, of a hotline with one trunk that has
// peers and one that takes anybody with a digest.
func strangersWelcome(handle func(*message, error, source)) *transports {
	opt := &Options{
		Trunks: []Trunk{{Name: "carrier", Peers: []netip.Prefix{loopback}}, {Name: "digest", User: "u", Password: "p"}},
		Log:    slog.New(slog.DiscardHandler),
	}
	opt.setDefaults()
	return newTransports(opt, newGate(opt), handle)
}

func connFrom(t *transports, host string, port int) *tcpConn {
	return &tcpConn{t: t, transport: transportTCP, remote: netip.AddrPortFrom(netip.MustParseAddr(host), uint16(port))}
}

func TestStrangersLeaveRoom(t *testing.T) {
	tr := strangersWelcome(nil)
	// Every connection of an IPv6 network comes from another address.
	for i := range maxGuestsPerHost + 1 {
		if got := tr.addConn(connFrom(tr, fmt.Sprintf("2001:db8:1:2::%x", i+1), 5060)); got != (i < maxGuestsPerHost) {
			t.Fatalf("connection %d of one network: %v", i, got)
		}
	}
	var first *tcpConn
	for i := range maxGuests - maxGuestsPerHost {
		c := connFrom(tr, fmt.Sprintf("198.51.100.%d", i/maxGuestsPerHost), 1000+i)
		if !tr.addConn(c) {
			t.Fatalf("stranger %d is refused", i)
		}
		if first == nil {
			first = c
		}
	}
	late := connFrom(tr, "203.0.113.1", 5060)
	if tr.addConn(late) {
		t.Error("one stranger too many")
	}
	for i := range maxConnsPerHost + 1 {
		if got := tr.addConn(connFrom(tr, "127.0.0.1", 1000+i)); got != (i < maxConnsPerHost) {
			t.Errorf("a peer's connection %d: %v", i, got)
		}
	}
	// A stranger that has proven who he is leaves the strangers' pool, and one that goes.
	tr.gate.expect(first.remote.Addr(), 1)
	if tr.settle(first) || !tr.addConn(late) {
		t.Error("who is known takes a stranger's place")
	}
	tr.dropConn(late)
	if !tr.addConn(late) {
		t.Error("the place of one that has gone is not free")
	}
}

// TestPace: how long a connection stays that does this and no more.
func TestPace(t *testing.T) {
	const text = "OPTIONS sip:x@y SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\nContent-Length: 0\r\n"
	const known = "becomes known by another connection"
	type step struct {
		after time.Duration
		text  string
	}
	every := func(gap time.Duration, text string, times int) (steps []step) {
		for range times {
			steps = append(steps, step{gap, text})
		}
		return steps
	}
	trickle := func(gap time.Duration) (steps []step) {
		for _, c := range text {
			steps = append(steps, step{gap, string(c)})
		}
		return steps
	}
	for name, c := range map[string]struct {
		host  string
		steps []step
		stays time.Duration
		heard int
	}{
		"a stranger is silent":                   {"192.0.2.1", nil, messageLimit, 0},
		"a stranger keeps his place with CRLF":   {"192.0.2.1", every(3*time.Second, "\r\n", 100), messageLimit, 0},
		"a stranger trickles":                    {"192.0.2.1", trickle(3 * time.Second), messageLimit, 0},
		"a stranger trickles his second":         {"192.0.2.1", append([]step{{time.Second, text + "\r\n"}}, trickle(3*time.Second)...), 4*time.Second + messageLimit, 1},
		"a stranger says one thing, then CRLF":   {"192.0.2.1", append([]step{{time.Second, text + "\r\n"}}, every(20*time.Second, "\r\n", 9)...), time.Second + guestIdle, 1},
		"a stranger goes on":                     {"192.0.2.1", append([]step{{time.Second, text + "\r\n"}}, every(50*time.Second, text+"\r\n", 4)...), 201*time.Second + guestIdle, 5},
		"a stranger becomes known":               {"192.0.2.1", []step{{time.Second, text + "\r\n"}, {30 * time.Second, known}}, time.Second + time.Hour, 1},
		"a peer is silent":                       {"127.0.0.1", nil, time.Hour, 0},
		"a peer keeps its place with CRLF":       {"127.0.0.1", every(50*time.Minute, "\r\n", 2), 100*time.Minute + time.Hour, 0},
		"a peer trickles":                        {"127.0.0.1", append([]step{{30 * time.Minute, "O"}}, trickle(3*time.Second)...), 30*time.Minute + messageLimit, 0},
		"the end of the headers comes by itself": {"127.0.0.1", []step{{0, text}, {time.Second, "\r\n"}}, time.Second + time.Hour, 1},
		"CRLF follows in the same piece":         {"127.0.0.1", []step{{0, text + "\r\n\r\n"}}, time.Hour, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				heard := 0
				tr := strangersWelcome(func(*message, error, source) { heard++ })
				ours, theirs := net.Pipe()
				conn := connFrom(tr, c.host, 5060)
				conn.conn, conn.raw = ours, ours
				if !tr.addConn(conn) {
					t.Fatal("no room")
				}
				begin := time.Now()
				go conn.serve()
				var far sync.WaitGroup
				far.Go(func() {
					for _, s := range c.steps {
						time.Sleep(s.after)
						if s.text == known {
							tr.gate.expect(conn.remote.Addr(), 1)
							continue
						}
						if _, err := io.WriteString(theirs, s.text); err != nil {
							return // it has ended
						}
					}
				})
				tr.running.Wait()
				if got := time.Since(begin); got != c.stays || heard != c.heard {
					t.Errorf("stayed %v with %d messages; want %v with %d", got, heard, c.stays, c.heard)
				}
				_ = theirs.Close()
				far.Wait()
			})
		})
	}
}
