//go:build linux && (amd64 || arm64)

package media

import (
	"bytes"
	"net"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
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
	if stats.PacketsIn != 50 || passed.PacketsOut != 0 {
		t.Fatalf("%d of 50 stale packets were read, %d passed on", stats.PacketsIn, passed.PacketsOut)
	}
	a.sendMany(3)
	sh.pass(time.Now())
	if passed, _ = s.Stats("b"); passed.PacketsOut != 3 {
		t.Fatalf("%d of 3 young packets were passed on", passed.PacketsOut)
	}
	a.sendMany(200) // a flood, which must not hold up the others
	sh.pass(time.Now())
	if stats, _ = s.Stats("a"); stats.PacketsIn != 53+maxReads*trunkDepth {
		t.Fatalf("%d packets of a flood were read in a pass", stats.PacketsIn-53)
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
	key, salt := bytes.Repeat([]byte{1}, 16), bytes.Repeat([]byte{2}, 12)
	context := func() *srtp.Context {
		c, err := srtp.CreateContext(key, salt, srtp.ProtectionProfileAeadAes128Gcm, srtp.SRTPReplayProtection(64))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	tr := &transport{s: s, agent: "agent", encrypt: context(), decrypt: context()}
	tr.moved(page.address())
	tr.ready.Store(true)
	agent := newLeg(s, "agent leg")
	agent.transport = tr
	tr.leg.Store(agent)
	if err := s.add(agent); err != nil {
		t.Fatal(err)
	}
	if err := s.Bridge("person", "agent leg"); err != nil {
		t.Fatal(err)
	}
	if err := s.StartRecording(Recording{Call: "call", Segment: 1, Left: "person", Others: []string{"agent leg"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Play("waiting", Play{ID: "1", Sources: []string{"music"}, Loop: true}); err != nil {
		t.Fatal(err)
	}
	their, plain, sealed := context(), make([]byte, rtpHeaderSize+frameSamples), make([]byte, 0, maxPacket)
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
		if stats, _ := s.Stats(leg); stats.PacketsIn < 1000 || stats.PacketsOut < 1000 {
			t.Errorf("%s: %+v", leg, stats)
		}
	}
	if stats, _ := s.Stats("waiting"); stats.PacketsOut == 0 {
		t.Error("no music")
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
