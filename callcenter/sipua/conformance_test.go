package sipua

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

// sippCalls is how many calls each flow makes; make sip-conformance asks for more.
var sippCalls = flag.Int("sipp-calls", 3, "calls of each flow of sipp")

// conformance is a flow of testdata/flows with what the engine does and hears.
type conformance struct {
	name    string
	called  bool // we call; else sipp does
	ends    callcenter.EndReason
	code    int  // of the failure
	ordered bool // not where packets get lost: it needs one that nobody repeats, or sipp does
}

var flows = []conformance{
	{name: "late", ends: callcenter.EndCallerHangUp},
	{name: "early", ends: callcenter.EndCallerHangUp, ordered: true},
	{name: "reliable", ends: callcenter.EndCallerHangUp, ordered: true}, // sipp takes one 200 for the other
	{name: "session", ends: callcenter.EndCallerHangUp},
	{name: "keys", ends: callcenter.EndCallerHangUp},
	{name: "fax", ends: callcenter.EndCallerHangUp},
	{name: "late-bye", ends: callcenter.EndCallerHangUp},
	{name: "hung-up"},
	{name: "refused"},
	{name: "called", called: true},
	{name: "called-bye", called: true, ends: callcenter.EndCallerHangUp},
	{name: "called-busy", called: true, ends: callcenter.EndBusy, code: 486},
	{name: "called-moved", called: true, ends: callcenter.EndUnreachable, code: 302},
	{name: "called-early", called: true},
	{name: "called-late", called: true},
	{name: "called-digest", called: true},
}

// TestConformance plays every flow with sipp, in both directions, by UDP, TCP and IPv6,
// and by a UDP that loses a tenth of what we send and get.
func TestConformance(t *testing.T) {
	for _, way := range []struct{ name, transport, host string }{
		{"udp", "u1", "127.0.0.1"}, {"tcp", "t1", "127.0.0.1"}, {"ipv6", "ui", "::1"}, {"loss", "u1", "127.0.0.1"},
	} {
		for _, c := range flows {
			if way.name == "loss" && (c.ordered || c.called) {
				continue // sipp as the phone called cannot bear an ACK that is late; see TestLossBothWays
			}
			t.Run(c.name+"/"+way.name, func(t *testing.T) {
				t.Parallel()
				c.play(t, way.name == "loss", way.transport, way.host)
			})
		}
	}
}

func (c conformance) play(t *testing.T, loss bool, transport, host string) {
	port := freePort(t, host)
	b := openBench(t, func(o *Options) {
		listen := net.JoinHostPort(host, "0")
		o.UDP, o.TCP = listen, listen
		tr := &o.Trunks[0]
		tr.Peers = append(tr.Peers, loopback6)
		tr.Outbound, tr.User, tr.Password = net.JoinHostPort(host, port), "hotline", "secret"
		if transport == "t1" {
			tr.Transport = transportTCP
		}
		if c.name == "reliable" {
			o.RingAfter = time.Millisecond
		}
	}, loss)
	b.eng.onArrival(func(in engine.Inbound) error { return c.arrived(b, in) })
	b.eng.onReoffer(func(offer string) ([]byte, error) {
		if strings.Contains(offer, "m=image") {
			return nil, engine.StatusError{Code: 488, Reason: "no sound"}
		}
		return []byte(ourSDP), nil
	})
	sipp := startSIPp(t, compile(t, c.name), transport, host, port, b.addr)
	if c.called {
		listening(t, transport, port)
		for i := range *sippCalls {
			if err := b.ua.Dial(t.Context(), callcenter.LegID(fmt.Sprint("leg-", i)), "13800001000", []byte(ourSDP)); err != nil {
				t.Fatal(err)
			}
		}
	}
	heard := make(chan error, 1)
	go func() { heard <- c.hear(b) }()
	sipp.wait(t)
	if err := take(t, heard, "what the engine hears"); err != nil {
		t.Error(err)
	}
}

// arrived is what the engine does with a call.
func (c conformance) arrived(b *bench, in engine.Inbound) error {
	switch c.name {
	case "refused":
		return engine.StatusError{Code: 486, Reason: "busy"}
	case "early":
		_ = b.ua.Progress(in.Leg, []byte(ourSDP))
	case "reliable": // once its PRACK is here
		go func() {
			acked := func(l *leg) bool { return l.prov != nil && l.prov.acked }
			for deadline := time.Now().Add(patience); !b.asks(in.Leg, acked) && time.Now().Before(deadline); {
				time.Sleep(2 * time.Millisecond)
			}
			_ = b.ua.Answer(in.Leg, []byte(ourSDP))
		}()
		return nil
	}
	if err := b.ua.Answer(in.Leg, []byte(ourSDP)); err != nil {
		return err
	}
	if c.name == "hung-up" {
		return b.ua.HangUp(in.Leg)
	}
	return nil
}

// hear takes the events of all calls until each has had its last one.
func (c conformance) hear(b *bench) error {
	last := *sippCalls
	if c.name == "refused" || c.name == "hung-up" {
		return nil
	}
	for last > 0 {
		select {
		case ev := <-b.eng.events:
			done, err := c.event(b, ev)
			if err != nil {
				return err
			}
			if done {
				last--
			}
		case <-time.After(patience):
			return fmt.Errorf("%d calls have not come to their end", last)
		}
	}
	return nil
}

// event acts on one event and says whether the call is over with it.
func (c conformance) event(b *bench, ev callcenter.Event) (done bool, err error) {
	switch e := ev.(type) {
	case callcenter.LegRinging:
		if c.name == "called-late" {
			return true, b.ua.HangUp(e.Leg)
		}
		if c.name == "called-early" && e.SDP == "" {
			return false, fmt.Errorf("no sound before the answer: %+v", e)
		}
	case callcenter.LegAnswered:
		if c.ends == "" {
			return true, b.ua.HangUp(e.Leg)
		}
	case callcenter.LegEnded:
		if e.Reason != c.ends {
			err = fmt.Errorf("ended with %+v", e)
		}
		return true, err
	case callcenter.LegFailed:
		if e.Reason != c.ends || e.Code != c.code {
			err = fmt.Errorf("failed with %+v", e)
		}
		return true, err
	default: // keys
	}
	return false, nil
}

// sippRun is a sipp under way.
type sippRun struct {
	cmd *exec.Cmd
	out bytes.Buffer
}

func startSIPp(t *testing.T, scenario, transport, host, port, remote string) *sippRun {
	t.Helper()
	program, err := exec.LookPath("sipp")
	if err != nil {
		t.Fatal("sipp is missing: install the Debian package sip-tester")
	}
	if transport == "ui" {
		transport = "u1"
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	r := &sippRun{}
	r.cmd = exec.CommandContext(ctx, program, "-sf", scenario, "-m", fmt.Sprint(*sippCalls), "-r", "10", "-i", host, "-mi", host, "-p", port,
		"-t", transport, "-nostdin", "-timeout", "90s", "-timeout_error", "-max_retrans", "40", remote)
	r.cmd.Dir = t.TempDir()
	r.cmd.WaitDelay = 5 * time.Second
	r.cmd.Stdout, r.cmd.Stderr = &r.out, &r.out
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *sippRun) wait(t *testing.T) {
	t.Helper()
	if err := r.cmd.Wait(); err != nil {
		t.Fatalf("sipp: %v\n%s", err, tail(r.out.Bytes(), 4000))
	}
}

func tail(b []byte, n int) []byte { return b[max(0, len(b)-n):] }

// nextPort counts the ports given out, from another start in each process.
var nextPort atomic.Uint32

func init() { nextPort.Store(uint32(os.Getpid())) }

// freePort is one for UDP and TCP, below those that the system gives out by itself: what
// is free now must still be so when sipp has started.
func freePort(t *testing.T, host string) string {
	t.Helper()
	const from, count = 10000, 10000
	for range count {
		port := fmt.Sprint(from + nextPort.Add(1)%count)
		at := net.JoinHostPort(host, port)
		l, err := net.Listen("tcp", at)
		if err != nil {
			continue
		}
		p, err := net.ListenPacket("udp", at)
		_ = l.Close()
		if err != nil {
			continue
		}
		_ = p.Close()
		return port
	}
	t.Fatal("no port is free")
	return ""
}

// listening waits until sipp has its port; it is not tried, or sipp could not have it.
func listening(t *testing.T, transport, port string) {
	t.Helper()
	for deadline := time.Now().Add(patience); !bound(t, transport, port); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("sipp does not listen")
		}
	}
}

// bound says whether somebody has the port, as the kernel lists it (proc(5)).
func bound(t *testing.T, transport, port string) bool {
	t.Helper()
	kind, listens := "udp", "07"
	if transport == "t1" {
		kind, listens = "tcp", "0A"
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range []string{"", "6"} {
		table, err := os.ReadFile("/proc/net/" + kind + family)
		if err != nil {
			continue // a machine without IPv6
		}
		for line := range strings.Lines(string(table)) {
			f := strings.Fields(line)
			if len(f) > 3 && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", number)) && f[3] == listens {
				return true
			}
		}
	}
	return false
}

// lossy loses a tenth of the datagrams either way, the same ones in each run as far as
// the order of sending is the same.
type lossy struct {
	packetConn
	mu sync.Mutex
	r  *rand.Rand
}

func (l *lossy) lost() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.IntN(10) == 0
}

func (l *lossy) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		n, from, err := l.packetConn.ReadFromUDPAddrPort(b)
		if err != nil || !l.lost() {
			return n, from, err
		}
	}
}

func (l *lossy) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	if l.lost() {
		return len(b), nil
	}
	return l.packetConn.WriteToUDPAddrPort(b, to)
}
