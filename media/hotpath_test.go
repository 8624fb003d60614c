package media

import (
	"bytes"
	"runtime"
	"testing"
	"time"

	"github.com/pion/srtp/v3"
)

// connected is the transport of an agent who talks with a leg and is recorded, as ICE
// and DTLS would have made it; their seals what the page sends.
func connected(t *testing.T, s *Server, page *phone, with string) (tr *transport, their *srtp.Context) {
	t.Helper()
	key, salt := bytes.Repeat([]byte{1}, 16), bytes.Repeat([]byte{2}, 12)
	var contexts [3]*srtp.Context
	for i := range contexts {
		var err error
		contexts[i], err = srtp.CreateContext(key, salt, srtp.ProtectionProfileAeadAes128Gcm, srtp.SRTPReplayProtection(64))
		if err != nil {
			t.Fatal(err)
		}
	}
	tr = &transport{s: s, agent: "agent", encrypt: contexts[0], decrypt: contexts[1]}
	tr.moved(page.address())
	tr.ready.Store(true)
	agent := newLeg(s, "agent leg")
	agent.transport = tr
	tr.leg.Store(agent)
	if err := s.add(agent); err != nil {
		t.Fatal(err)
	}
	if err := s.Bridge(with, "agent leg"); err != nil {
		t.Fatal(err)
	}
	if err := s.StartRecording(Recording{Call: "call", Segment: 1, Left: with, Others: []string{"agent leg"}}); err != nil {
		t.Fatal(err)
	}
	return tr, contexts[2]
}

// TestThePathOfAPacketDoesNotAllocate measures what is run a hundred times a second
// for every call: from a trunk to a browser, back, and a frame of music.
func TestThePathOfAPacketDoesNotAllocate(t *testing.T) {
	s, _ := newSilentServer(t, nil)
	// Sockets that nobody reads: the test's own reading would be counted.
	a := &phone{t: t, conn: listen(t)}
	a.join(s, "person")
	page := &phone{t: t, conn: listen(t)}
	tr, their := connected(t, s, page, "person")
	defer s.CloseLeg("agent leg")
	person, err := s.leg("person")
	if err != nil {
		t.Fatal(err)
	}
	now, sound := time.Now(), tone(440, frameSamples)
	p := packet{payloadType: payloadPCMA, ssrc: 5, payload: sound}
	measure(t, "trunk to browser", func() {
		p.sequence++
		p.timestamp += frameSamples
		now = now.Add(time.Millisecond) // the window of the recording stays small
		person.receive(p, 101, at(now))
	})

	const packets = 3000
	sealed := make([][]byte, packets)
	plain := make([]byte, rtpHeaderSize+frameSamples)
	for i := range sealed {
		writeHeader(plain, packet{payloadType: payloadPCMA, sequence: uint16(i), timestamp: uint32(i) * frameSamples, ssrc: 9})
		if sealed[i], err = their.EncryptRTP(nil, plain, nil); err != nil {
			t.Fatal(err)
		}
	}
	i := 0
	plainRoom := make([]byte, 0, maxPacket)
	measure(t, "browser to trunk", func() {
		now = now.Add(time.Millisecond)
		tr.receive(sealed[i], plainRoom, at(now))
		i++
	})
	if err := s.Play("person", Play{ID: "1", Sources: []string{"music"}, Loop: true}); err != nil {
		t.Fatal(err)
	}
	measure(t, "music", func() { person.tick(at(now)) })
	if n := tr.leg.Load().stats().In.Packets; n < 1000 {
		t.Fatalf("only %d packets were decrypted", n)
	}
}

// measure counts what f allocates; the process has a few of its own.
func measure(t *testing.T, what string, f func()) {
	t.Helper()
	const runs = 1000
	var before, after runtime.MemStats
	f()
	runtime.ReadMemStats(&before)
	for range runs {
		f()
	}
	runtime.ReadMemStats(&after)
	if n := after.Mallocs - before.Mallocs; n > runs/5 {
		t.Errorf("%s: %d allocations in %d packets", what, n, runs)
	}
}

// TestTransportsLeaveNothing: a shift of reloads ends with as many goroutines as it
// began with.
func TestTransportsLeaveNothing(t *testing.T) {
	s, e := newServer(t, nil)
	before := runtime.NumGoroutine()
	for range 8 {
		b := openBrowser(t, s, e, "agent")
		if err := b.conn.Close(); err != nil {
			t.Fatal(err)
		}
		if up := next(t, "the page's goodbye", e.states); up {
			t.Fatal("up again?")
		}
	}
	until(t, "the goroutines end", func() bool { return runtime.NumGoroutine() <= before+2 })
	if peers := len(*s.mux.peers.Load()); peers != 0 {
		t.Fatalf("%d addresses are still mapped", peers)
	}
}

func TestAStoppedServerTakesNothing(t *testing.T) {
	s, _ := newServer(t, nil)
	a := newPhone(t)
	a.join(s, "a")
	for range 2 {
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.OpenTrunkLeg("b", a.offer("8")); err == nil {
		t.Error("a leg after the end")
	}
	if err := s.StartRecording(Recording{Call: "c", Segment: 1, Left: "a", Others: []string{"b"}}); err == nil {
		t.Error("a recording after the end")
	}
}
