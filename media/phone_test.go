package media

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/srtp/v3"
)

// carriers are run one after the other: every test is a test of both.
var (
	carriers = []struct {
		name string
		tick time.Duration
	}{{"goroutines", 0}, {"shards", 5 * time.Millisecond}}
	carried int
)

func TestMain(m *testing.M) {
	for carried = range carriers {
		if code := m.Run(); code != 0 {
			fmt.Println("carried by", carriers[carried].name)
			os.Exit(code)
		}
	}
}

// events is a Sink that keeps what it is told.
type events struct {
	keys   chan string
	done   chan string
	lost   chan string
	states chan bool
	spoke  chan string
}

func newEvents() *events {
	return &events{keys: make(chan string, 100), done: make(chan string, 100), lost: make(chan string, 100), states: make(chan bool, 100), spoke: make(chan string, 100)}
}
func (e *events) Key(_ string, key string)         { e.keys <- key }
func (e *events) PlayDone(_ string, id string)     { e.done <- id }
func (e *events) MediaLost(leg string)             { e.lost <- leg }
func (e *events) Spoke(leg string)                 { e.spoke <- leg }
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
	s, e := newSilentServer(t, change)
	s.Start()
	return s, e
}

// newSilentServer plays and writes nothing by itself.
func newSilentServer(t *testing.T, change func(*Options)) (*Server, *events) {
	t.Helper()
	o := Options{
		ListenIP: netip.MustParseAddr("127.0.0.1"), RTPPortMin: 20000, RTPPortMax: 60000, ICEAddr: "127.0.0.1:0",
		Tick: carriers[carried].tick, Shards: 2,
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
	reports  func([]byte) // gets RTCP that comes with the sound
	seal     *srtp.Context
	unseal   *srtp.Context
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
		if isRTCP(buf[:n]) {
			p.mu.Lock()
			take := p.reports
			p.mu.Unlock()
			if take != nil {
				take(buf[:n])
			}
			continue
		}
		got, err := parseRTP(p.opened(buf[:n]))
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

func (p *phone) opened(b []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.unseal == nil {
		return b
	}
	plain, err := p.unseal.DecryptRTP(nil, b, nil)
	if err != nil {
		p.t.Error(err)
	}
	return plain
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
	b = append(b, payload...)
	p.mu.Lock()
	if p.seal != nil {
		var err error
		if b, err = p.seal.EncryptRTP(nil, b, nil); err != nil {
			p.t.Error(err)
		}
	}
	p.mu.Unlock()
	if _, err := p.conn.WriteToUDP(b, p.to); err != nil {
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
