package main

import (
	"net"
	"testing"
	"time"
)

func TestPercentile(t *testing.T) {
	values := make([]float64, 0, 100)
	for n := 100; n >= 1; n-- {
		values = append(values, float64(n))
	}
	for _, c := range []struct{ p, want float64 }{{0.5, 50}, {0.99, 99}, {1, 100}, {0.001, 1}} {
		if got := percentile(values, c.p); got != c.want {
			t.Errorf("percentile(1..100, %v) = %v, want %v", c.p, got, c.want)
		}
	}
	if got := percentile[float64](nil, 0.5); got != 0 {
		t.Errorf("percentile of nothing = %v", got)
	}
}

func TestStampSurvives(t *testing.T) {
	payload := make([]byte, payloadSize)
	sent := time.Unix(1_700_000_000, 123_456_789)
	writeStamp(payload, 77, sent)
	arrived := sent.Add(time.Millisecond)
	got, ok := readStamp(payload, arrived)
	if !ok || got.sequence != 77 || !got.sent.Equal(sent) || !got.at.Equal(arrived) {
		t.Fatalf("readStamp = %+v, %v", got, ok)
	}
	payload[0] ^= 1
	if _, ok := readStamp(payload, arrived); ok {
		t.Fatal("a payload without the mark was taken for ours")
	}
}

func TestRTPAddress(t *testing.T) {
	got := rtpAddress("v=0\r\nc=IN IP4 127.0.0.9\r\nm=audio 4002 RTP/AVP 8\r\n")
	if got == nil || got.String() != "127.0.0.9:4002" {
		t.Fatalf("rtpAddress = %v", got)
	}
	if got := rtpAddress("v=0\r\n"); got != nil {
		t.Fatalf("rtpAddress without media = %v", got)
	}
}

// TestRelayCarries measures a little traffic through the peer of the benchmark:
// a benchmark whose peer loses packets compares nothing.
func TestRelayCarries(t *testing.T) {
	a, b := relayPair(t)
	lines := []line{{sendA: plainSender(a, 1), sendB: plainSender(b, 2), gotA: stamps(a), gotB: stamps(b)}}
	f, err := measure(t.Context(), lines, 1, func() (time.Duration, error) { return 0, nil })
	if err != nil {
		t.Fatal(err)
	}
	if f.sent != 100 || f.received != f.sent {
		t.Fatalf("sent %d, received %d", f.sent, f.received)
	}
}

func relayPair(t *testing.T) (a, b *net.UDPConn) {
	t.Helper()
	local := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}
	ends := make([]*net.UDPConn, 2)
	for i := range ends {
		conn, err := net.ListenUDP("udp4", local)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		ends[i] = conn
	}
	toA, toB := make(chan *net.UDPAddr, 1), make(chan *net.UDPAddr, 1)
	go pass(ends[0], ends[1], toA, toB)
	go pass(ends[1], ends[0], toB, toA)
	dialled := make([]*net.UDPConn, 2)
	for i := range dialled {
		conn, err := net.DialUDP("udp4", nil, ends[i].LocalAddr().(*net.UDPAddr))
		if err != nil {
			t.Fatal(err)
		}
		if err := askTimes(conn); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		dialled[i] = conn
	}
	return dialled[0], dialled[1]
}

func stamps(conn *net.UDPConn) <-chan rtpStamp {
	out := make(chan rtpStamp, 1024)
	go readRTP(conn, out)
	return out
}

func wait(t *testing.T, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatalf("not %s", what)
	}
}

func socket(t *testing.T) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}
