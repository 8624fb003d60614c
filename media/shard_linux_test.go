//go:build linux && (amd64 || arm64)

package media

import (
	"net"
	"os"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// newShard gives the only shard of a server that is not started: the test makes its
// passes.
func newShard(t *testing.T) (*Server, *shard) {
	t.Helper()
	s, _ := newSilentServer(t, func(o *Options) { o.Tick, o.Shards = 5*time.Millisecond, 1 })
	return s, s.carrier.(*shards).list[0]
}

func (p *phone) sendMany(n int) {
	for range n {
		p.send(payloadPCMA, make([]byte, frameSamples), p.stamp)
		p.stamp += frameSamples
	}
}

// TestALatePassDropsWhatIsStale: after a hold-up everything is read and counted, and
// only what is young is passed on.
func TestALatePassDropsWhatIsStale(t *testing.T) {
	s, sh := newShard(t)
	a, b := newPhone(t), newPhone(t)
	a.join(s, "a")
	b.join(s, "b")
	if err := s.Bridge("a", "b"); err != nil {
		t.Fatal(err)
	}
	a.sendMany(50)
	sh.pass(time.Now().Add(2 * maxAge))
	stats, _ := s.Stats("a")
	passed, _ := s.Stats("b")
	if stats.In.Packets != 50 || passed.Out.Packets != 0 {
		t.Fatalf("%d of 50 stale packets were read, %d passed on", stats.In.Packets, passed.Out.Packets)
	}
	a.sendMany(3)
	sh.pass(time.Now())
	if passed, _ = s.Stats("b"); passed.Out.Packets != 3 {
		t.Fatalf("%d of 3 young packets were passed on", passed.Out.Packets)
	}
	a.sendMany(200) // a flood, which must not hold up the others
	sh.pass(time.Now())
	if stats, _ = s.Stats("a"); stats.In.Packets != 53+maxReads*trunkDepth {
		t.Fatalf("%d packets of a flood were read in a pass", stats.In.Packets-53)
	}
}

// TestAPassDoesNotAllocate: a packet each way between a trunk and a browser, recorded,
// and a frame of music.
func TestAPassDoesNotAllocate(t *testing.T) {
	s, sh := newShard(t)
	a, c := &phone{t: t, conn: listen(t)}, &phone{t: t, conn: listen(t)}
	a.join(s, "person")
	c.join(s, "waiting")
	page := &phone{t: t, conn: listen(t), to: net.UDPAddrFromAddrPort(s.mux.primary)}
	_, their := connected(t, s, page, "person")
	if err := s.Play("waiting", Play{ID: "1", Sources: []string{"music"}, Loop: true}); err != nil {
		t.Fatal(err)
	}
	plain, sealed := make([]byte, rtpHeaderSize+frameSamples), make([]byte, 0, maxPacket)
	sequence, header := uint16(0), rtp.Header{}
	to := a.to.AddrPort()
	measure(t, "a pass", func() {
		sequence++
		writeHeader(plain, packet{payloadType: payloadPCMA, sequence: sequence, timestamp: uint32(sequence) * 8, ssrc: 9})
		if _, err := a.conn.WriteToUDPAddrPort(plain, to); err != nil {
			t.Fatal(err)
		}
		text, err := their.EncryptRTP(sealed, plain, &header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := page.conn.WriteToUDPAddrPort(text, s.mux.primary); err != nil {
			t.Fatal(err)
		}
		sh.pass(time.Now())
	})
	for _, leg := range []string{"person", "agent leg"} {
		if stats, _ := s.Stats(leg); stats.In.Packets < 1000 || stats.Out.Packets < 1000 {
			t.Errorf("%s: %+v", leg, stats)
		}
	}
	if stats, _ := s.Stats("waiting"); stats.Out.Packets == 0 {
		t.Error("no music")
	}
}

// TestNothingIsLeftOpen: by a server that was never started, and by one that could not
// have its port.
func TestNothingIsLeftOpen(t *testing.T) {
	taken := listen(t)
	open := func() int {
		files, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	options := Options{
		ICEAddr: "127.0.0.1:0", Tick: 5 * time.Millisecond, Shards: 4, Prompts: func(string) ([]byte, error) { return nil, nil },
		RecordingsDir: t.TempDir(), RecordingKey: make([]byte, 32),
	}
	before := 0
	for round := range 20 {
		s, err := New(options, newEvents())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		options := options
		options.ICEAddr = taken.LocalAddr().String()
		if _, err := New(options, newEvents()); err == nil {
			t.Fatal("a port was had twice")
		}
		if round == 0 {
			before = open() // what a process opens once
		}
	}
	if after := open(); after > before+4 {
		t.Errorf("%d descriptors are open, %d before", after, before)
	}
}

// TestALegThatNeverWasRead: one that is closed before the threads run leaves nothing.
func TestALegThatNeverWasRead(t *testing.T) {
	s, sh := newShard(t)
	a := newPhone(t)
	a.join(s, "a")
	l, err := s.leg("a")
	if err != nil {
		t.Fatal(err)
	}
	s.CloseLeg("a")
	if !l.trunk.socket.(*rawSocket).closed || len(sh.changes) != 0 {
		t.Fatal("its socket is open, or it would still be read")
	}
}
