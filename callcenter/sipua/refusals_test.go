package sipua

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/icholy/digest"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

// request with the phone's own facts, changed by replacements.
func changed(text string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(text) }

func TestRefusalsOutsideADialog(t *testing.T) {
	b := newBench(t, nil)
	for _, c := range []struct {
		name, method string
		code         int
		body         string
		headers      []string
		replace      []string
		want         string // header and a part of its value
	}{
		{name: "options", method: "OPTIONS", code: 200, want: "allow:INVITE"},
		{name: "options past many hops", method: "OPTIONS", code: 200, replace: []string{"Max-Forwards: 70", "Max-Forwards: 0"}},
		{name: "register", method: "REGISTER", code: 405, want: "allow:INVITE"},
		{name: "refer", method: "REFER", code: 405},
		{name: "notify", method: "NOTIFY", code: 481},
		{name: "message", method: "MESSAGE", code: 405},
		{name: "bye", method: "BYE", code: 481},
		{name: "info", method: "INFO", code: 481},
		{name: "cancel", method: "CANCEL", code: 481},
		{name: "unknown", method: "DANCE", code: 501},
		{name: "to a dialog that is not", method: "INVITE", code: 481, body: theirSDP, replace: []string{"To: <sip:12345@" + b.addr + ">", "To: <sip:12345@x>;tag=9"}},
		{name: "hops used up", method: "INVITE", code: 483, body: theirSDP, replace: []string{"Max-Forwards: 70", "Max-Forwards: 0"}},
		{name: "hops nonsense", method: "INVITE", code: 400, body: theirSDP, replace: []string{"Max-Forwards: 70", "Max-Forwards: many"}},
		{name: "require", method: "INVITE", code: 420, body: theirSDP, headers: []string{"Require: 100rel, replaces, timer"}, want: "unsupported:replaces"},
		{name: "type", method: "INVITE", code: 415, body: "x", headers: []string{"Content-Type: text/plain"}, want: "accept:application/sdp"},
		{name: "encoding", method: "INVITE", code: 415, body: theirSDP, headers: []string{"Content-Encoding: gzip"}, want: "accept-encoding:identity"},
		{name: "disposition", method: "INVITE", code: 415, body: theirSDP, headers: []string{"Content-Disposition: render"}},
		{name: "accept", method: "INVITE", code: 406, body: theirSDP, headers: []string{"Accept: text/html"}},
		{name: "no contact", method: "INVITE", code: 400, body: theirSDP, replace: []string{"Contact:", "X-Contact:"}},
		{name: "two contacts", method: "INVITE", code: 400, body: theirSDP, headers: []string{"Contact: <sip:b@c>"}},
		{name: "scheme", method: "INVITE", code: 416, body: theirSDP, replace: []string{"INVITE sip:", "INVITE mailto:"}},
		{name: "sips", method: "INVITE", code: 416, body: theirSDP, replace: []string{"INVITE sip:", "INVITE sips:"}},
		{name: "headers in the URI", method: "INVITE", code: 400, body: theirSDP, replace: []string{" SIP/2.0\r\n", "?Route=x SIP/2.0\r\n"}},
		{name: "version", method: "INVITE", code: 505, body: theirSDP, replace: []string{" SIP/2.0\r\n", " SIP/7.0\r\n"}},
		{name: "body cut", method: "INVITE", code: 400, body: theirSDP, replace: []string{"Content-Length: ", "Content-Length: 9"}},
		{name: "length nonsense", method: "INVITE", code: 400, body: theirSDP, replace: []string{"Content-Length: ", "Content-Length: -"}},
		{name: "two lengths", method: "INVITE", code: 400, body: theirSDP, headers: []string{"l: 5"}},
		{name: "body too big", method: "INVITE", code: 413, body: strings.Repeat("a=x\r\n", 4000)},
		{name: "method mismatch", method: "INVITE", code: 400, body: theirSDP, replace: []string{"1 INVITE\r\n", "1 OPTIONS\r\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPhone(b)
			p.t = t
			text := changed(p.request(c.method, 0, c.body, c.headers...), c.replace...)
			p.send(text)
			m := p.receive()
			if m.code != c.code {
				t.Fatalf("answered %d %s, want %d", m.code, m.reason, c.code)
			}
			if name, part, _ := strings.Cut(c.want, ":"); !strings.Contains(m.get(name), part) {
				t.Errorf("%s: %q", name, m.get(name))
			}
			if m.to.tag() == "" {
				t.Error("no To tag")
			}
			p.send(text) // stateless answers are the same each time
			if again := p.receive(); again.code != m.code || again.to.tag() != m.to.tag() {
				t.Errorf("the second time %d, tag %q then %q", again.code, m.to.tag(), again.to.tag())
			}
		})
	}
	b.eng.quiet(t)
}

func TestBodiesThatAreUnderstood(t *testing.T) {
	b := newBench(t, nil)
	multi := "--x\r\nContent-Type: application/isup\r\n\r\n\x01\x02\r\n--x\r\nContent-Type: application/sdp\r\n\r\n" + theirSDP + "\r\n--x--\r\n"
	for _, c := range []struct {
		headers []string
		body    string
		offer   string
	}{
		{[]string{"Content-Type: multipart/mixed;boundary=x"}, multi, theirSDP},
		{[]string{"c: Application/SDP"}, theirSDP, theirSDP},
		{[]string{"Content-Disposition: render;handling=optional", "Content-Type: text/plain"}, "hello", ""},
	} {
		p := newPhone(b)
		text := p.request("INVITE", 0, c.body, c.headers...)
		if strings.HasPrefix(c.headers[0], "c:") {
			text = changed(text, "Content-Type: application/sdp\r\n", "")
		}
		p.send(text)
		if in := b.eng.arrived(t); string(in.Offer) != c.offer {
			t.Errorf("%q: offer %q", c.headers, in.Offer)
		}
	}
}

// The same INVITE by a second way, and our own INVITE that came back.
func TestLoops(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	invite := p.request("INVITE", 0, theirSDP)
	p.send(invite)
	b.eng.arrived(t)
	p.response("INVITE", 100)
	p.send(changed(invite, "branch=", "branch=z9hG4bKother"))
	p.response("INVITE", 482)
	b.eng.quiet(t)
}

func TestSilenceTowardsStrangers(t *testing.T) {
	b := newBench(t, func(o *Options) {
		o.Trunks = []Trunk{{Name: "carrier", Peers: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}}}
	})
	stranger := newPhone(b)
	for range 50 {
		stranger.send(stranger.request("INVITE", 0, theirSDP))
		stranger.send(stranger.request("OPTIONS", 0, ""))
	}
	// A peer's request after the strangers' is answered; theirs were not.
	peer := newPhone(b)
	pc, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	peer.pc, peer.addr = pc, pc.LocalAddr().String()
	peer.synced()
	_ = stranger.pc.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := stranger.pc.Read(make([]byte, 2000)); err == nil {
		t.Errorf("a stranger got %d bytes", n)
	}
	b.eng.quiet(t)
	conn, err := net.Dial("tcp", b.addr)
	if err == nil {
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("a stranger got bytes over TCP")
		}
		_ = conn.Close()
	}
	if len(b.ua.calls) != 0 {
		t.Error("strangers left state behind")
	}
}

func TestRateLimits(t *testing.T) {
	now := time.Unix(1e9, 0)
	g := newGate(&Options{
		Now: func() time.Time { return now }, PeerRate: 10, GuestRate: 2,
		Trunks: []Trunk{{Name: "a", Peers: []netip.Prefix{loopback}}, {Name: "b", User: "u", Password: "p"}},
		Log:    discard, ReportEvery: time.Hour,
	})
	count := func(a string) (n int) {
		for range 1000 {
			if g.admit(netip.MustParseAddr(a)) {
				n++
			}
		}
		return n
	}
	if n := count("127.0.0.1"); n != 21 {
		t.Errorf("peer: %d at once", n)
	}
	if n := count("192.0.2.1"); n != 5 {
		t.Errorf("guest: %d at once", n)
	}
	now = now.Add(time.Second)
	if n := count("127.0.0.1"); n != 10 {
		t.Errorf("peer: %d in the next second", n)
	}
	total := 0
	for i := range 255 {
		total += count(netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}).String())
	}
	if total > 2*guestsRate {
		t.Errorf("all guests together: %d", total)
	}
}

// TestWhoHasProvenHimselfIsNoStranger: a flood of strangers may keep new guests out,
// not the calls of a digest trunk's own peer.
func TestWhoHasProvenHimselfIsNoStranger(t *testing.T) {
	now := time.Unix(1e9, 0)
	b := newBench(t, func(o *Options) {
		o.Trunks = []Trunk{{Name: "branch office", User: "office", Password: "secret"}}
		o.Now = func() time.Time { return now } // no bucket fills again
		o.GuestRate = 5
	})
	p := newPhone(b)
	invite := p.request("INVITE", 0, theirSDP)
	p.send(invite)
	m := p.response("INVITE", 401)
	p.send(ackOf(p, invite))
	c, err := digest.ParseChallenge(m.get("www-authenticate"))
	if err != nil {
		t.Fatal(err)
	}
	cred, err := digest.Digest(c, digest.Options{Method: "INVITE", URI: "sip:12345@" + b.addr, Username: "office", Password: "secret", Count: 1})
	if err != nil {
		t.Fatal(err)
	}
	p.send(p.request("INVITE", 0, theirSDP, "Authorization: "+cred.String()))
	in := b.eng.arrived(t)
	if err := b.ua.Answer(in.Leg, []byte(ourSDP)); err != nil {
		t.Fatal(err)
	}
	p.response("INVITE", 200)
	for i := range 255 {
		for range 10 {
			b.ua.gate.admit(netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}))
		}
	}
	p.send(p.request("ACK", p.cseq, ""))
	for range 50 { // more than a guest may send at once
		p.synced()
	}
	p.send(p.request("BYE", 0, ""))
	p.response("BYE", 200)
	isEnded(t, b.eng.event(t, "the end"), in.Leg, callcenter.EndCallerHangUp)
}

func TestDigestTrunk(t *testing.T) {
	b := newBench(t, func(o *Options) {
		o.Trunks = []Trunk{{Name: "branch office", User: "office", Password: "secret"}}
	})
	p := newPhone(b)
	invite := p.request("INVITE", 0, theirSDP)
	p.send(invite)
	m := p.response("INVITE", 401)
	p.send(ackOf(p, invite))
	challenges := m.values("www-authenticate")
	if len(challenges) != 1 {
		t.Fatalf("challenges %q", challenges)
	}
	authorized := func(password string) string {
		c, err := digest.ParseChallenge(challenges[0])
		if err != nil {
			t.Fatal(err)
		}
		cred, err := digest.Digest(c, digest.Options{Method: "INVITE", URI: "sip:12345@" + b.addr, Username: "office", Password: password, Count: 1})
		if err != nil {
			t.Fatal(err)
		}
		return "Authorization: " + cred.String()
	}
	p.send(p.request("INVITE", 0, theirSDP, authorized("wrong")))
	if m := p.response("INVITE", 401); strings.Contains(m.get("www-authenticate"), "stale=true") {
		t.Error("a wrong password was called stale")
	}
	b.eng.quiet(t)
	good := authorized("secret")
	p.send(p.request("INVITE", 0, theirSDP, good))
	in := b.eng.arrived(t)
	if in.Trunk != "branch office" {
		t.Errorf("trunk %q", in.Trunk)
	}
	_ = b.ua.HangUp(in.Leg)
	p.response("INVITE", 480)
	p.send(p.request("INVITE", 0, theirSDP, good)) // replayed
	if m := p.response("INVITE", 401); !strings.Contains(m.get("www-authenticate"), "stale=true") {
		t.Error("a used nonce was not called stale")
	}
}

func TestDigestURI(t *testing.T) {
	if !sameURI("sip:1@h;transport=udp;transport=udp", "sip:1@h;transport=udp") {
		t.Error("a parameter written twice makes another URI")
	}
	if sameURI("sip:1@h", "sip:2@h") || sameURI("sip:1@h", "") {
		t.Error("two URIs are the same")
	}
}

func TestTrunkLimit(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Trunks[0].MaxCalls = 1 })
	first, second := newPhone(b), newPhone(b)
	leg := first.call()
	second.send(second.request("INVITE", 0, theirSDP))
	second.response("INVITE", 503)
	first.synced()
	_ = b.ua.HangUp(leg)
	first.reply(first.incoming("BYE"), 200, "OK", "", "")
	second.cseq++
	second.call()
}

func TestNodeLimit(t *testing.T) {
	b := newBench(t, func(o *Options) { o.MaxDialogs = 1 })
	first, second := newPhone(b), newPhone(b)
	first.call()
	second.send(second.request("INVITE", 0, theirSDP))
	second.response("INVITE", 503)
}

func TestOptionsAreChecked(t *testing.T) {
	good := Trunk{Name: "a", Peers: []netip.Prefix{loopback}}
	for part, o := range map[string]Options{
		"no SIP address": {Trunks: []Trunk{good}},
		"anybody could":  {UDP: "127.0.0.1:0", Trunks: []Trunk{{Name: "a"}}},
		"together":       {UDP: "127.0.0.1:0", Trunks: []Trunk{{Name: "a", User: "u"}}},
		"use udp, tcp":   {UDP: "127.0.0.1:0", Trunks: []Trunk{{Name: "a", Peers: good.Peers, Transport: "sctp"}}},
		"not host":       {UDP: "127.0.0.1:0", Trunks: []Trunk{{Name: "a", Peers: good.Peers, Outbound: "a b"}}},
		"there twice":    {UDP: "127.0.0.1:0", Trunks: []Trunk{good, good}},
		"has no name":    {UDP: "127.0.0.1:0", Trunks: []Trunk{{Peers: good.Peers}}},
		"not a number":   {UDP: "127.0.0.1:0", Trunks: []Trunk{{Name: "a", Peers: good.Peers, FromUser: "x"}}},
		"listen for SIP": {UDP: "192.0.2.1:5060", Trunks: []Trunk{good}},
		"TLS needs":      {TLS: "127.0.0.1:0", Trunks: []Trunk{good}},
		"SIP on TLS":     {UDP: "127.0.0.1:0", TLS: "nonsense", Certificate: shows(nil), Trunks: []Trunk{good}},
		"SIP on TCP":     {TCP: "nonsense", Trunks: []Trunk{good}},
	} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("want an error with %q, got %v", part, err)
		}
	}
}

var _ engine.TrunkSink = (*fakeEngine)(nil)
