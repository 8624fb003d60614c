package media

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// events is a Sink that keeps what it is told.
type events struct {
	keys   chan string
	done   chan string
	lost   chan string
	states chan bool
}

func newEvents() *events {
	return &events{keys: make(chan string, 100), done: make(chan string, 100), lost: make(chan string, 100), states: make(chan bool, 100)}
}
func (e *events) Key(_ string, key string)         { e.keys <- key }
func (e *events) PlayDone(_ string, id string)     { e.done <- id }
func (e *events) MediaLost(leg string)             { e.lost <- leg }
func (e *events) TransportState(_ string, up bool) { e.states <- up }

func next[T any](t *testing.T, what string, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(time.Minute):
		t.Fatalf("not in time: %s", what)
		panic("unreachable")
	}
}

func newServer(t *testing.T, change func(*Options)) (*Server, *events) {
	t.Helper()
	o := Options{
		ListenIP: netip.MustParseAddr("127.0.0.1"), RTPPortMin: 20000, RTPPortMax: 60000, ICEAddr: "127.0.0.1:0",
		RecordingsDir: t.TempDir(), RecordingKey: []byte(strings.Repeat("k", 32)),
		Prompts: func(name string) ([]byte, error) {
			switch name {
			case "music":
				return tone(600, 8000), nil
			case "short":
				return tone(700, 8*40+80), nil
			}
			return nil, fmt.Errorf("no prompt %q", name)
		},
	}
	if change != nil {
		change(&o)
	}
	e := newEvents()
	s, err := New(o, e)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s, e
}

// phone is a far end with one socket.
type phone struct {
	t    *testing.T
	conn *net.UDPConn
	to   *net.UDPAddr

	mu       sync.Mutex
	sound    []byte
	packets  []packet
	sequence uint16
	stamp    uint32
}

func newPhone(t *testing.T) *phone {
	t.Helper()
	p := &phone{t: t, conn: listen(t), sequence: 65530, stamp: 4294967000} // both wrap soon
	go p.read()
	return p
}

func listen(t *testing.T) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func (p *phone) read() {
	buf := make([]byte, maxPacket)
	for {
		n, err := p.conn.Read(buf)
		if err != nil {
			return
		}
		got, err := parseRTP(buf[:n])
		if err != nil {
			p.t.Error(err)
			continue
		}
		got.payload = append([]byte(nil), got.payload...)
		p.mu.Lock()
		p.packets = append(p.packets, got)
		if got.payloadType == payloadPCMA {
			p.sound = append(p.sound, got.payload...)
		}
		p.mu.Unlock()
	}
}

func (p *phone) address() netip.AddrPort {
	a := p.conn.LocalAddr().(*net.UDPAddr).AddrPort()
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

func (p *phone) offer(codecs string) []byte {
	return fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP %s 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n",
		p.conn.LocalAddr().(*net.UDPAddr).Port, codecs)
}

// join opens a leg for the phone.
func (p *phone) join(s *Server, leg string) {
	p.t.Helper()
	answer, err := s.OpenTrunkLeg(leg, p.offer("8 0"))
	if err != nil {
		p.t.Fatal(err)
	}
	session, err := parseTrunkSDP(answer)
	if err != nil {
		p.t.Fatal(err)
	}
	p.to = net.UDPAddrFromAddrPort(session.remote)
}

func (p *phone) send(payloadType uint8, payload []byte, stamp uint32) {
	p.t.Helper()
	b := make([]byte, rtpHeaderSize, maxPacket)
	writeHeader(b, packet{payloadType: payloadType, sequence: p.sequence, timestamp: stamp, ssrc: 77})
	p.sequence++
	if _, err := p.conn.WriteToUDP(append(b, payload...), p.to); err != nil {
		p.t.Error(err)
	}
}

// speak sends a tone in real time until stop is closed.
func (p *phone) speak(hz float64, stop <-chan struct{}) {
	sound := tone(hz, 8000)
	ticker := time.NewTicker(frameTime)
	defer ticker.Stop()
	for at := 0; ; at = (at + frameSamples) % len(sound) {
		select {
		case <-stop:
			return
		case <-ticker.C:
			p.send(payloadPCMA, sound[at:at+frameSamples], p.stamp)
			p.stamp += frameSamples
		}
	}
}

// hears waits until the newest 200 ms hold that tone alone.
func (p *phone) hears(hz float64) {
	p.t.Helper()
	until(p.t, fmt.Sprintf("the phone hears %v Hz", hz), func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		n := len(p.sound)
		return n >= 1600 && heard(p.sound[n-1600:], hz) > 0.9
	})
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	limit := time.After(time.Minute)
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-ticker.C:
		case <-limit:
			t.Fatalf("not in time: %s", what)
		}
	}
}

func TestTrunkToTrunk(t *testing.T) {
	s, e := newServer(t, nil)
	a, b := newPhone(t), newPhone(t)
	a.join(s, "a")
	b.join(s, "b")
	stop := make(chan struct{})
	var speakers sync.WaitGroup
	speakers.Go(func() { a.speak(440, stop) })
	speakers.Go(func() { b.speak(1000, stop) })
	if err := s.Play("a", Play{ID: "1", Sources: []string{"music"}, Loop: true}); err != nil {
		t.Fatal(err)
	}
	a.hears(600)
	if err := s.Bridge("a", "b"); err != nil {
		t.Fatal(err)
	}
	a.hears(1000)
	b.hears(440)
	s.Mute("b", true)
	if err := s.Play("a", Play{ID: "2", Sources: []string{"short"}}); err != nil {
		t.Fatal(err)
	}
	if id := next(t, "the prompt's end", e.done); id != "2" {
		t.Fatalf("play %s ended", id)
	}
	s.Mute("b", false)
	if err := s.Bridge("a", "b"); err != nil {
		t.Fatal(err)
	}
	a.hears(1000)
	close(stop)
	speakers.Wait()
	checkOneStream(t, a)
	if stats, ok := s.Stats("a"); !ok || stats.PacketsIn == 0 || stats.PacketsOut == 0 || stats.Lost != 0 {
		t.Fatalf("stats %+v %v", stats, ok)
	}
	s.CloseLeg("a")
	s.CloseLeg("a")
}

// checkOneStream: the phone saw one sender, whatever it was wired to.
func checkOneStream(t *testing.T, p *phone) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := 1; i < len(p.packets); i++ {
		was, is := p.packets[i-1], p.packets[i]
		if is.ssrc != was.ssrc || is.sequence != was.sequence+1 {
			t.Fatalf("packet %d: ssrc %x seq %d after %x %d", i, is.ssrc, is.sequence, was.ssrc, was.sequence)
		}
		if ahead := int32(is.timestamp - was.timestamp); ahead < frameSamples || ahead > 8000*20 {
			t.Fatalf("packet %d: timestamp goes on by %d", i, ahead)
		}
	}
}

func TestMuLawTrunk(t *testing.T) {
	s, _ := newServer(t, nil)
	a := newPhone(t)
	answer, err := s.OpenTrunkLeg("a", a.offer("0"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(answer), "RTP/AVP 0 101") {
		t.Fatalf("answer %s", answer)
	}
	if err := s.Play("a", Play{ID: "1", Sources: []string{"music"}, Loop: true}); err != nil {
		t.Fatal(err)
	}
	until(t, "mu-law music", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		if len(a.packets) < 20 {
			return false
		}
		var sound []byte
		for _, p := range a.packets {
			if p.payloadType != payloadPCMU {
				t.Fatalf("payload type %d", p.payloadType)
			}
			convert(p.payload, &muToA)
			sound = append(sound, p.payload...)
		}
		return heard(sound, 600) > 0.9
	})
}

func TestKeysIn(t *testing.T) {
	s, e := newServer(t, nil)
	a := newPhone(t)
	a.join(s, "a")
	press := func(event byte, stamp uint32, lost int) {
		for i := range 8 {
			payload := []byte{event, 10, 0, 160}
			if i >= 5 {
				payload[1] |= 0x80
			}
			if i >= lost {
				a.send(101, payload, stamp)
			}
		}
	}
	press(1, 1000, 0)
	press(1, 3000, 1) // the packet with the marker was lost
	press(11, 5000, 6)
	for _, want := range []string{"1", "1", "#"} {
		if got := next(t, "key "+want, e.keys); got != want {
			t.Fatalf("key %s, want %s", got, want)
		}
	}
	press(1, 3000, 0) // an old event, repeated late
	press(9, 7000, 0)
	if got := next(t, "key 9", e.keys); got != "9" {
		t.Fatalf("key %s: a repeated event was taken for a press", got)
	}
}

func TestKeysOut(t *testing.T) {
	s, e := newServer(t, nil)
	a, b := newPhone(t), newPhone(t)
	a.join(s, "a")
	if err := s.SendKeys("a", "5#"); err != nil {
		t.Fatal(err)
	}
	b.join(s, "b")
	forwarded := 0
	for _, want := range []string{"5", "#"} { // our own receiver reads our own sender
		until(t, "key "+want, func() bool {
			a.mu.Lock()
			defer a.mu.Unlock()
			for ; forwarded < len(a.packets); forwarded++ {
				b.send(101, a.packets[forwarded].payload, a.packets[forwarded].timestamp)
			}
			select {
			case got := <-e.keys:
				if got != want {
					t.Fatalf("key %s, want %s", got, want)
				}
				return true
			default:
				return false
			}
		})
	}
	if err := s.SendKeys("a", strings.Repeat("1", 65)); err == nil {
		t.Fatal("keys without a limit")
	}
}

// TestSilenceIsSent: between two prompts the line does not look dead.
func TestSilenceIsSent(t *testing.T) {
	s, e := newServer(t, nil)
	a := newPhone(t)
	a.join(s, "a")
	if err := s.Play("a", Play{ID: "1", Sources: []string{"short"}}); err != nil {
		t.Fatal(err)
	}
	next(t, "the prompt's end", e.done)
	until(t, "half a second of silence", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		n := len(a.sound)
		return n >= 4000 && bytes.Count(a.sound[n-4000:], []byte{silenceALaw}) == 4000
	})
	checkOneStream(t, a)
}

func TestPlayWithoutSound(t *testing.T) {
	s, e := newServer(t, nil)
	a := newPhone(t)
	a.join(s, "a")
	if err := s.Play("a", Play{ID: "1", Sources: []string{"nothing"}, Loop: true}); err == nil {
		t.Fatal("a prompt that is not there was played")
	}
	if id := next(t, "its end", e.done); id != "1" {
		t.Fatalf("play %s ended", id)
	}
}

func TestHoldByTheFarEnd(t *testing.T) {
	s, _ := newServer(t, nil)
	a := newPhone(t)
	a.join(s, "a")
	if err := s.Play("a", Play{ID: "1", Sources: []string{"music"}, Loop: true}); err != nil {
		t.Fatal(err)
	}
	a.hears(600)
	hold := strings.Replace(string(a.offer("8")), "sendrecv", "sendonly", 1)
	answer, held, err := s.Reoffer("a", []byte(hold))
	if err != nil || !held || !strings.Contains(string(answer), "a=recvonly") {
		t.Fatalf("%s %v %v", answer, held, err)
	}
	other := newPhone(t) // back, at another address
	answer, held, err = s.Reoffer("a", other.offer("8"))
	if err != nil || held || !strings.Contains(string(answer), "a=sendrecv") {
		t.Fatalf("%s %v %v", answer, held, err)
	}
	other.hears(600)
	if _, _, err := s.Reoffer("a", []byte("m=video 1 RTP/AVP 31\r\n")); err == nil {
		t.Fatal("an offer without audio was taken")
	}
}

// TestSourceIsLocked: who guesses the port after the far end has spoken is not heard.
func TestSourceIsLocked(t *testing.T) {
	s, e := newServer(t, nil)
	a, thief := newPhone(t), newPhone(t)
	a.join(s, "a")
	a.send(101, []byte{1, 10, 0, 160}, 1000)
	next(t, "the true key", e.keys)
	thief.to = a.to
	thief.send(101, []byte{2, 10, 0, 160}, 9000)
	a.send(101, []byte{3, 10, 0, 160}, 20000)
	if got := next(t, "the next true key", e.keys); got != "3" {
		t.Fatalf("a stranger pressed %s", got)
	}
}

func TestMediaLost(t *testing.T) {
	s, e := newServer(t, func(o *Options) { o.MediaLost = 50 * time.Millisecond })
	a := newPhone(t)
	a.join(s, "a")
	if leg := next(t, "loss", e.lost); leg != "a" {
		t.Fatalf("leg %s", leg)
	}
}

// TestTheAnswerNamesTheWayBack: on a machine with many addresses the far end is told
// the one that its network reaches.
func TestTheAnswerNamesTheWayBack(t *testing.T) {
	s, _ := newServer(t, func(o *Options) { o.ListenIP = netip.IPv4Unspecified() })
	a := newPhone(t)
	a.join(s, "a")
	if !a.to.IP.IsLoopback() {
		t.Errorf("a phone on this machine is told %v", a.to.IP)
	}
	offer, err := s.OfferTrunkLeg("b")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := parseTrunkSDP(offer); err != nil || got.remote.Addr().IsUnspecified() {
		t.Errorf("our offer names %v: %v", got.remote, err)
	}
}

func TestLateOffer(t *testing.T) {
	s, _ := newServer(t, nil)
	a := newPhone(t)
	offer, err := s.OfferTrunkLeg("a")
	if err != nil || !strings.Contains(string(offer), "RTP/AVP 8 0 101") {
		t.Fatalf("%s %v", offer, err)
	}
	if err := s.AcceptAnswer("a", a.offer("8")); err != nil {
		t.Fatal(err)
	}
	if err := s.Play("a", Play{ID: "1", Sources: []string{"music"}, Loop: true}); err != nil {
		t.Fatal(err)
	}
	a.hears(600)
	if _, err := s.OfferTrunkLeg("a"); err != nil {
		t.Fatalf("a re-INVITE without offer: %v", err)
	}
}

// TestABrokenDiskEndsTheRecordingAlone: the call goes on, the fault is told once and
// at the end, and nothing piles up.
func TestABrokenDiskEndsTheRecordingAlone(t *testing.T) {
	s, _ := newServer(t, nil)
	a, b := newPhone(t), newPhone(t)
	a.join(s, "a")
	b.join(s, "b")
	if err := s.StartRecording(Recording{Call: "call", Segment: 1, Left: "a", Right: "b"}); err != nil {
		t.Fatal(err)
	}
	s.mu.RLock()
	r := s.recorders[recorderID{"call", 1}]
	s.mu.RUnlock()
	if err := r.file.Close(); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Minute)
	_ = r.flush(later) // the server's own loop may have found it first
	if r.failed == nil {
		t.Fatal("a closed file was written")
	}
	if err := r.flush(later.Add(time.Minute)); err != nil {
		t.Fatalf("told twice: %v", err)
	}
	if len(r.window) != 0 || !r.isClosed() {
		t.Fatalf("%d bytes are kept", len(r.window))
	}
	if _, err := s.StopRecording("call", 1); err == nil {
		t.Fatal("the end of a broken recording looks sound")
	}
}

func FuzzParseTrunkSDP(f *testing.F) {
	f.Add([]byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=inactive\r\n"))
	f.Add([]byte("v=0\r\no=- 1 1 IN IP6 ::1\r\ns=-\r\nt=0 0\r\nm=video 1 RTP/AVP 31\r\nm=audio 9 RTP/AVP 0\r\nc=IN IP6 ::1/127\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := parseTrunkSDP(text)
		if err != nil {
			return
		}
		answer := trunkAnswer(s, netip.MustParseAddrPort("127.0.0.1:4000"), 1)
		got, err := parseTrunkSDP(answer)
		if err != nil || got.codec != s.codec || len(got.medias) != len(s.medias) {
			t.Fatalf("our own answer: %v\n%s", err, answer)
		}
	})
}

func FuzzRTP(f *testing.F) {
	f.Add([]byte{0x80, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xd5})
	f.Add([]byte{0xb0, 101, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parseRTP(b)
		if err != nil {
			return
		}
		if len(p.payload) > len(b)-rtpHeaderSize {
			t.Fatal("a payload longer than its packet")
		}
		var d dtmfReceiver
		first, second := d.receive(p), d.receive(p)
		if second != "" {
			t.Fatalf("one packet pressed %q and %q", first, second)
		}
	})
}
