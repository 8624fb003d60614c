package sipua

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

const patience = 60 * time.Second // ends a hang, decides nothing

const (
	theirSDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
	ourSDP   = "v=0\r\no=- 2 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 5000 RTP/AVP 8 101\r\n"
)

// fakeEngine is the TrunkSink of the tests.
type fakeEngine struct {
	arrivals  chan engine.Inbound
	events    chan callcenter.Event
	reoffers  chan string
	confirmed chan string

	mu      sync.Mutex
	arrive  func(in engine.Inbound) error
	reoffer func(offer string) ([]byte, error)
}

func newFakeEngine() *fakeEngine {
	return &fakeEngine{
		arrivals: make(chan engine.Inbound, 1024), events: make(chan callcenter.Event, 1024),
		reoffers: make(chan string, 64), confirmed: make(chan string, 64),
	}
}

func (f *fakeEngine) onArrival(do func(engine.Inbound) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.arrive = do
}

func (f *fakeEngine) onReoffer(do func(string) ([]byte, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reoffer = do
}

func (f *fakeEngine) Arrived(in engine.Inbound) error {
	f.mu.Lock()
	do := f.arrive
	f.mu.Unlock()
	// What was done with the call is done when the test hears of it.
	defer func() { f.arrivals <- in }()
	if do != nil {
		return do(in)
	}
	return nil
}

func (f *fakeEngine) Reoffer(_ callcenter.LegID, offer []byte) ([]byte, error) {
	f.mu.Lock()
	do := f.reoffer
	f.mu.Unlock()
	f.reoffers <- string(offer)
	if do != nil {
		return do(string(offer))
	}
	return []byte(ourSDP), nil
}

func (f *fakeEngine) Confirmed(_ callcenter.LegID, sdp []byte)      { f.confirmed <- string(sdp) }
func (f *fakeEngine) Event(_ callcenter.LegID, ev callcenter.Event) { f.events <- ev }
func (f *fakeEngine) arrived(t *testing.T) engine.Inbound           { return take(t, f.arrivals, "a call") }

func (f *fakeEngine) event(t *testing.T, what string) callcenter.Event {
	return take(t, f.events, what)
}

func (f *fakeEngine) quiet(t *testing.T) {
	t.Helper()
	select {
	case ev := <-f.events:
		t.Errorf("event nobody asked for: %#v", ev)
	case in := <-f.arrivals:
		t.Errorf("call nobody asked for: %+v", in)
	default:
	}
}

func take[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

// bench is a UA with its fake engine.
type bench struct {
	t    *testing.T
	ua   *UA
	eng  *fakeEngine
	addr string // host:port, UDP and TCP
}

var loopback = netip.MustParsePrefix("127.0.0.0/8")

func newBench(t *testing.T, change func(*Options)) *bench {
	t.Helper()
	return openBench(t, change, false)
}

// openBench may lose a tenth of the datagrams.
func openBench(t *testing.T, change func(*Options), loss bool) *bench {
	t.Helper()
	opt := Options{
		UDP: "127.0.0.1:0", TCP: "127.0.0.1:0",
		Trunks: []Trunk{{Name: "carrier", Peers: []netip.Prefix{loopback}}},
		Log:    slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&opt)
	}
	ua, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	if loss {
		ua.net.udp = &lossy{packetConn: ua.net.udp, r: rand.New(rand.NewPCG(1, 2))}
	}
	b := &bench{t: t, ua: ua, eng: newFakeEngine()}
	udp, tcp := ua.Addrs()
	b.addr = udp.String()
	if !udp.IsValid() {
		b.addr = tcp.String()
	}
	ua.Start(b.eng)
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // transactions may run on for 32 s; the tests look at them while they matter
		_ = ua.Close(ctx)
	})
	return b
}

// fast makes 64*T1 little more than a second, for tests that wait for it.
func fast(o *Options) {
	o.T1, o.T2, o.T4 = 20*time.Millisecond, 80*time.Millisecond, 80*time.Millisecond
}

// phone is a SIP user agent of the tests: it sends what it is told to the letter.
type phone struct {
	t      *testing.T
	b      *bench
	pc     *net.UDPConn
	addr   string
	callID string
	tag    string // ours
	to     string // value of To, with the server's tag once known
	cseq   int
	branch string // of the last request made by request()
	last   int    // its CSeq
	newest string // REGISTER, as sent
	extra  []string
}

var phones struct {
	sync.Mutex
	n int
}

func newPhone(b *bench) *phone {
	b.t.Helper()
	here := net.IPv4(127, 0, 0, 1)
	if strings.HasPrefix(b.addr, "[") {
		here = net.IPv6loopback
	}
	pc, err := net.ListenUDP("udp", &net.UDPAddr{IP: here})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = pc.Close() })
	phones.Lock()
	phones.n++
	n := phones.n
	phones.Unlock()
	return &phone{
		t: b.t, b: b, pc: pc, addr: pc.LocalAddr().String(),
		callID: fmt.Sprintf("call-%d@test", n), tag: fmt.Sprintf("tag%d", n), to: "<sip:12345@" + b.addr + ">",
	}
}

// request renders a request of this phone's call; cseq 0 takes the next number.
func (p *phone) request(method string, cseq int, body string, headers ...string) string {
	if cseq == 0 {
		p.cseq++
		cseq = p.cseq
	}
	if method != "ACK" && method != "CANCEL" {
		p.last = cseq
		p.branch = fmt.Sprintf("z9hG4bK-%s-%s-%d", p.tag, method, cseq)
	}
	branch := p.branch
	if method == "ACK" {
		branch += "-ack"
	}
	lines := []string{
		method + " sip:12345@" + p.b.addr + " SIP/2.0",
		"Via: SIP/2.0/UDP " + p.addr + ";rport;branch=" + branch,
		"Max-Forwards: 70",
		"From: \"Test\" <sip:13800001000@" + p.addr + ">;tag=" + p.tag,
		"To: " + p.to,
		"Call-ID: " + p.callID,
		fmt.Sprintf("CSeq: %d %s", cseq, method),
	}
	if method == "INVITE" {
		lines = append(lines, "Contact: <sip:13800001000@"+p.addr+">")
	}
	lines = append(lines, headers...)
	lines = append(lines, p.extra...)
	if body != "" && !strings.Contains(strings.Join(headers, "\n"), "Content-Type") {
		lines = append(lines, "Content-Type: application/sdp")
	}
	lines = append(lines, fmt.Sprintf("Content-Length: %d", len(body)), "", body)
	return strings.Join(lines, "\r\n")
}

func (p *phone) send(text string) {
	p.t.Helper()
	to, err := net.ResolveUDPAddr("udp", p.b.addr)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.pc.WriteToUDP([]byte(text), to); err != nil {
		p.t.Fatal(err)
	}
}

// receive gives the next message.
func (p *phone) receive() *message {
	p.t.Helper()
	return p.receiveBefore(patience)
}

func (p *phone) receiveBefore(limit time.Duration) *message {
	p.t.Helper()
	buf := make([]byte, 65536)
	_ = p.pc.SetReadDeadline(time.Now().Add(limit))
	n, err := p.pc.Read(buf)
	if err != nil {
		p.t.Fatalf("nothing came: %v", err)
	}
	m, err := parseDatagram(bytes.Clone(buf[:n]))
	if err != nil {
		p.t.Fatalf("the server sent what its own parser refuses: %v\n%s", err, buf[:n])
	}
	return m
}

// response waits for that answer to the newest request; provisional ones, and what the
// server repeats to older requests, are passed over.
func (p *phone) response(method string, code int) *message {
	p.t.Helper()
	for {
		m := p.receive()
		if m.method != "" || m.cseqFor != method || int(m.cseq) != p.last {
			continue
		}
		if m.code == code {
			if tag := m.to.tag(); tag != "" && code < 300 && method == "INVITE" {
				p.to = m.get("to")
			}
			return m
		}
		if m.code >= 200 {
			p.t.Fatalf("%s answered %d %s, want %d", method, m.code, m.reason, code)
		}
	}
}

// incoming waits for a request of that method.
func (p *phone) incoming(method string) *message {
	p.t.Helper()
	for {
		if m := p.receive(); m.method == method {
			return m
		}
	}
}

// reply answers a request of the server.
func (p *phone) reply(m *message, code int, reason, toTag, body string, headers ...string) {
	p.t.Helper()
	lines := []string{fmt.Sprintf("SIP/2.0 %d %s", code, reason)}
	for _, v := range m.vias {
		lines = append(lines, "Via: "+v)
	}
	to := m.get("to")
	if toTag != "" && m.to.tag() == "" {
		to += ";tag=" + toTag
	}
	lines = append(lines, "From: "+m.get("from"), "To: "+to, "Call-ID: "+m.callID, "CSeq: "+m.get("cseq"))
	lines = append(lines, headers...)
	if m.method == "INVITE" && code < 300 {
		lines = append(lines, "Contact: <sip:callee@"+p.addr+">")
	}
	if body != "" {
		lines = append(lines, "Content-Type: application/sdp")
	}
	lines = append(lines, fmt.Sprintf("Content-Length: %d", len(body)), "", body)
	p.send(strings.Join(lines, "\r\n"))
}

// answered begins a call that the engine answers; the 200 is on its way.
func (p *phone) answered() engine.Inbound {
	p.t.Helper()
	p.send(p.request("INVITE", 0, theirSDP))
	in := p.b.eng.arrived(p.t)
	if err := p.b.ua.Answer(in.Leg, []byte(ourSDP)); err != nil {
		p.t.Fatal(err)
	}
	return in
}

// call brings a call up and returns its leg.
func (p *phone) call() callcenter.LegID {
	p.t.Helper()
	in := p.answered()
	p.response("INVITE", 200)
	p.send(p.request("ACK", p.cseq, ""))
	return in.Leg
}

// asks puts a question to a leg, on its own goroutine; false for one that is gone.
func (b *bench) asks(id callcenter.LegID, what func(*leg) bool) bool {
	says := make(chan bool, 1)
	if b.ua.command(id, func(l *leg) { says <- what(l) }) != nil {
		return false
	}
	return <-says
}

// synced returns when the server has worked off all that this phone sent before.
func (p *phone) synced() {
	p.t.Helper()
	p.send(p.request("OPTIONS", 0, ""))
	p.response("OPTIONS", 200)
}

func isEnded(t *testing.T, ev callcenter.Event, leg callcenter.LegID, reason callcenter.EndReason) {
	t.Helper()
	if want := (callcenter.LegEnded{Leg: leg, Reason: reason}); ev != callcenter.Event(want) {
		t.Errorf("event %#v, want %#v", ev, want)
	}
}

// syncBuffer is written by a process and read meanwhile.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) bytes() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.b.Bytes())
}

var discard = slog.New(slog.DiscardHandler)
