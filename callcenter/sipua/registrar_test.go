package sipua

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/icholy/digest"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

// desks are the phone accounts of the tests, and what was told of their phones.
type desks struct {
	mu       sync.Mutex
	accounts map[string]PhoneAccount
	changes  chan string // "agent1 up"
}

const phonePassword = "a-long-enough-secret"

func account(user string, d PhoneDigest) PhoneAccount {
	a := PhoneAccount{User: user, Agent: callcenter.AgentID("id-" + user), Digest: d}
	a.MD5, a.SHA256 = PhoneSecrets(user, phonePassword)
	return a
}

// deskBench takes desk phones from anywhere; its trunk's peers are elsewhere.
func deskBench(t *testing.T, change func(*Options)) (*bench, *desks) {
	t.Helper()
	d := &desks{accounts: map[string]PhoneAccount{}, changes: make(chan string, 64)}
	for user, kind := range map[string]PhoneDigest{"agent1": DigestMD5, "agent2": DigestBoth, "agent3": DigestSHA256} {
		d.accounts[user] = account(user, kind)
	}
	b := newBench(t, func(o *Options) {
		o.GuestRate = 1000
		o.Trunks[0].Peers = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		o.Phones = &Phones{
			Account: func(user string) (PhoneAccount, bool) {
				d.mu.Lock()
				defer d.mu.Unlock()
				a, ok := d.accounts[user]
				return a, ok
			},
			Changed: func(agent callcenter.AgentID, up bool) {
				d.changes <- fmt.Sprintf("%s %v", agent, up)
			},
			MinExpires: time.Second,
		}
		if change != nil {
			change(o)
		}
	})
	return b, d
}

func (d *desks) changed(t *testing.T, want string) {
	t.Helper()
	if got := take(t, d.changes, want); got != want {
		t.Errorf("told %q, want %q", got, want)
	}
}

// register sends a REGISTER of this phone as user.
func (p *phone) register(user, contact string, headers ...string) *message {
	p.t.Helper()
	p.cseq++
	p.last = p.cseq
	p.branch = fmt.Sprintf("z9hG4bK-%s-REGISTER-%d", p.tag, p.cseq)
	lines := []string{
		"REGISTER sip:" + p.b.addr + " SIP/2.0",
		"Via: SIP/2.0/UDP " + p.addr + ";rport;branch=" + p.branch,
		"Max-Forwards: 70",
		"From: <sip:" + user + "@" + p.b.addr + ">;tag=" + p.tag,
		"To: <sip:" + user + "@" + p.b.addr + ">",
		"Call-ID: " + p.callID,
		fmt.Sprintf("CSeq: %d REGISTER", p.cseq),
	}
	if contact != "" {
		lines = append(lines, "Contact: "+contact)
	}
	lines = append(lines, headers...)
	p.newest = strings.Join(append(lines, "Content-Length: 0", "", ""), "\r\n")
	p.send(p.newest)
	for {
		if m := p.receive(); m.method == "" && m.cseqFor == "REGISTER" && int(m.cseq) == p.last {
			return m
		}
	}
}

// proof is an Authorization for the challenge of that algorithm.
func (p *phone) proof(m *message, algorithm, user, password string, count int) string {
	p.t.Helper()
	for _, v := range m.values("www-authenticate") {
		c, err := digest.ParseChallenge(v)
		if err != nil || c.Algorithm != algorithm {
			continue
		}
		cred, err := digest.Digest(c, digest.Options{
			Method: "REGISTER", URI: "sip:" + p.b.addr, Count: count, Cnonce: "c", Username: user, Password: password,
		})
		if err != nil {
			p.t.Fatal(err)
		}
		return "Authorization: " + cred.String()
	}
	p.t.Fatalf("no challenge with %s in %+v", algorithm, m.headers)
	return ""
}

// bound registers and gives the 200.
func (p *phone) bound(user, contact string, headers ...string) *message {
	p.t.Helper()
	m := p.register(user, contact, headers...)
	if m.code != 401 {
		p.t.Fatalf("REGISTER answered %d %s", m.code, m.reason)
	}
	c, err := digest.ParseChallenge(m.get("www-authenticate"))
	if err != nil {
		p.t.Fatal(err)
	}
	return p.register(user, contact, append(headers, p.proof(m, c.Algorithm, user, phonePassword, 1))...)
}

func (p *phone) here(user string) string { return "<sip:" + user + "@" + p.addr + ">" }

// TestRegistrar: each account is challenged with what it allows, its phone's ways are
// listed, told of, expire and are taken back.
func TestRegistrar(t *testing.T) {
	b, d := deskBench(t, nil)
	for user, want := range map[string]string{"agent1": "MD5", "agent2": "SHA-256 MD5", "agent3": "SHA-256", "nobody": "MD5"} {
		p := newPhone(b)
		m := p.register(user, p.here(user))
		var got []string
		for _, v := range m.values("www-authenticate") {
			c, err := digest.ParseChallenge(v)
			if err != nil || c.Realm != Realm || !c.SupportsQOP("auth") {
				t.Errorf("%s: challenge %s, %v", user, v, err)
				continue
			}
			got = append(got, c.Algorithm)
		}
		if m.code != 401 || strings.Join(got, " ") != want {
			t.Errorf("%s: %d with %v, want %s", user, m.code, got, want)
		}
		if user == "nobody" {
			continue
		}
		for i, algorithm := range got {
			if m := p.register(user, p.here(user), p.proof(m, algorithm, user, phonePassword, i+1), "User-Agent: Test"); m.code != 200 || len(m.list("contact")) != 1 {
				t.Errorf("%s with %s: %d %s", user, algorithm, m.code, m.reason)
			}
		}
		d.changed(t, "id-"+user+" true")
	}
	if list := b.ua.PhoneBindings("agent3"); len(list) != 1 || list[0].Agent != "Test" || list[0].Transport != "udp" {
		t.Errorf("bindings %+v", list)
	}
	p := newPhone(b)
	m := p.bound("agent1", p.here("agent1")+";q=0.5;expires=3600, <sip:agent1@192.0.2.9>", "Expires: 1")
	if m.code != 200 || len(m.list("contact")) != 3 || !strings.Contains(m.list("contact")[2], "q=0.5;expires=600") {
		t.Errorf("%d %+v", m.code, m.headers)
	}
	m = p.bound("agent1", "")
	if m.code != 200 || len(m.list("contact")) < 2 { // only asks
		t.Errorf("%d %+v", m.code, m.headers)
	}
	if m = p.bound("agent1", p.here("agent1")+";expires=0"); m.code != 200 {
		t.Errorf("%d %s", m.code, m.reason)
	}
	if m = p.bound("agent1", "*", "Expires: 0"); m.code != 200 || len(m.list("contact")) != 0 {
		t.Errorf("%d %+v", m.code, m.headers)
	}
	d.changed(t, "id-agent1 false")
	if m = p.bound("agent1", p.here("agent1"), "Expires: 1"); m.code != 200 {
		t.Errorf("%d %s", m.code, m.reason)
	}
	d.changed(t, "id-agent1 true")
	d.changed(t, "id-agent1 false") // by itself
	b.ua.DropPhone("agent2")
	d.changed(t, "id-agent2 false")
}

// TestRegistrarRefuses what is wrong, and tells what is right.
func TestRegistrarRefuses(t *testing.T) {
	b, _ := deskBench(t, func(o *Options) { o.Phones.MinExpires, o.Phones.MaxContacts = time.Minute, 2 })
	p := newPhone(b)
	for name, c := range map[string]struct {
		contact, expires string
		code             int
	}{
		"too brief":            {p.here("agent1"), "30", 423},
		"all but not at once":  {"*", "3600", 400},
		"all and one":          {"*, " + p.here("agent1"), "0", 400},
		"no URI":               {"<tel:123>", "3600", 400},
		"a URI with headers":   {"<sip:a@192.0.2.1?Route=x>", "3600", 400},
		"a q that is none":     {p.here("agent1") + ";q=7", "3600", 400},
		"expires that is none": {p.here("agent1"), "soon", 200},
	} {
		if m := p.bound("agent1", c.contact, "Expires: "+c.expires); m.code != c.code || (c.code == 423 && m.get("min-expires") != "60") {
			t.Errorf("%s: %d %s", name, m.code, m.reason)
		}
	}
	// Another one's account, a proof that is used twice, one for another nonce.
	m := p.register("agent2", p.here("agent2"))
	if m = p.register("agent2", p.here("agent2"), p.proof(m, "MD5", "agent1", phonePassword, 1)); m.code != 403 {
		t.Errorf("registered for another account: %d", m.code)
	}
	m = p.register("agent1", p.here("agent1"))
	proof := p.proof(m, "MD5", "agent1", phonePassword, 1)
	if m = p.register("agent1", p.here("agent1"), proof); m.code != 200 {
		t.Fatalf("%d %s", m.code, m.reason)
	}
	p.send(p.newest) // once more: it was lost on the way back
	if m = p.receive(); m.code != 200 {
		t.Errorf("the same again: %d", m.code)
	}
	if m = p.register("agent1", p.here("agent1"), proof); m.code != 401 || !strings.Contains(m.get("www-authenticate"), "stale=true") {
		t.Errorf("a proof used twice: %d %s", m.code, m.get("www-authenticate"))
	}
	if m = p.register("agent1", p.here("agent1"), p.proof(m, "MD5", "agent1", phonePassword, 1), "Require: gruu"); m.code != 420 {
		t.Errorf("an extension that we lack: %d", m.code)
	}
	// The newest places count.
	for _, host := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"} {
		if m = p.bound("agent1", "<sip:agent1@"+host+">"); len(m.list("contact")) > 2 {
			t.Errorf("%d places", len(m.list("contact")))
		}
	}
	if list := b.ua.PhoneBindings("agent1"); list[0].Contact != "sip:agent1@192.0.2.3" {
		t.Errorf("first is %+v", list[0])
	}
}

// TestRegistrarGuessing: an address that guesses is not listened to for a while.
func TestRegistrarGuessing(t *testing.T) {
	b, _ := deskBench(t, func(o *Options) { o.Phones.Tries = 3 })
	p := newPhone(b)
	m := p.register("agent1", p.here("agent1"))
	for i := range 3 {
		m = p.register("agent1", p.here("agent1"), p.proof(m, "MD5", "agent1", "guess", i+1))
		if m.code != 401 {
			t.Fatalf("guess %d: %d", i, m.code)
		}
	}
	if m = p.register("agent1", p.here("agent1"), p.proof(m, "MD5", "agent1", phonePassword, 1)); m.code != 403 || m.get("retry-after") == "" {
		t.Errorf("%d %+v", m.code, m.headers)
	}
}

// TestRing: a call goes to where the phone registered from, with who calls; its answer,
// its refusal and its silence come back as those of any call out.
func TestRing(t *testing.T) {
	b, d := deskBench(t, fast)
	p := newPhone(b)
	p.bound("agent1", "<sip:agent1@10.1.2.3:4444>", "Path: <sip:"+p.addr+";lr>") // behind a NAT
	d.changed(t, "id-agent1 true")
	shown := engine.Shown{Number: "13800001000", Name: `"A" 张`}
	ring := func(leg callcenter.LegID) *message {
		t.Helper()
		if err := b.ua.Ring(t.Context(), leg, "id-agent1", shown, []byte(ourSDP)); err != nil {
			t.Fatal(err)
		}
		return p.incoming("INVITE")
	}
	m := ring("l1")
	if m.uri != "sip:agent1@10.1.2.3:4444" || !strings.HasPrefix(m.get("from"), `"\"A\" 张" <sip:13800001000@127.0.0.1>;tag=`) || m.get("route") == "" {
		t.Errorf("INVITE %s %+v", m.uri, m.headers)
	}
	p.reply(m, 200, "OK", "x", theirSDP)
	if ev, ok := b.eng.event(t, "the answer").(callcenter.LegAnswered); !ok || ev.Leg != "l1" || ev.Dialog.RemoteSDP != theirSDP {
		t.Errorf("%#v", ev)
	}
	p.incoming("ACK")
	if err := b.ua.HangUp("l1"); err != nil {
		t.Fatal(err)
	}
	p.reply(p.incoming("BYE"), 200, "OK", "", "")
	m = ring("l2")
	p.reply(m, 486, "Busy Here", "y", "")
	if ev, ok := b.eng.event(t, "busy").(callcenter.LegFailed); !ok || ev.Reason != callcenter.EndBusy {
		t.Errorf("%#v", ev)
	}
	p.incoming("ACK")
	m = ring("l3")
	if err := b.ua.HangUp("l3"); err != nil { // before anything came back
		t.Fatal(err)
	}
	p.reply(m, 180, "Ringing", "z", "")
	p.reply(p.incoming("CANCEL"), 200, "OK", "", "")
	p.reply(m, 487, "Request Terminated", "z", "")
	p.incoming("ACK")
	b.eng.quiet(t)
	ring("l4") // silence: the phone counts as gone
	if ev, ok := b.eng.event(t, "its silence").(callcenter.LegFailed); !ok || ev.Reason != callcenter.EndUnreachable {
		t.Errorf("%#v", ev)
	}
	d.changed(t, "id-agent1 false")
	if err := b.ua.Ring(t.Context(), "l5", "id-agent1", shown, []byte(ourSDP)); err == nil {
		t.Error("a phone that is gone is rung")
	}
}

// TestRingSilence: a phone that gives no sign at all is given up soon; what it answers in
// the end is hung up.
func TestRingSilence(t *testing.T) {
	b, d := deskBench(t, func(o *Options) { o.FirstSign = 50 * time.Millisecond })
	p := newPhone(b)
	p.bound("agent1", p.here("agent1"))
	d.changed(t, "id-agent1 true")
	if err := b.ua.Ring(t.Context(), "l1", "id-agent1", engine.Shown{}, []byte(ourSDP)); err != nil {
		t.Fatal(err)
	}
	m := p.incoming("INVITE")
	if ev, ok := b.eng.event(t, "its silence").(callcenter.LegFailed); !ok || ev.Reason != callcenter.EndUnreachable {
		t.Errorf("%#v", ev)
	}
	d.changed(t, "id-agent1 false")
	p.reply(m, 200, "OK", "x", theirSDP)
	p.incoming("ACK")
	p.reply(p.incoming("BYE"), 200, "OK", "", "")
	b.eng.quiet(t)
}

// TestRingNext: of two places the one with the higher q is rung, then the other.
func TestRingNext(t *testing.T) {
	b, d := deskBench(t, nil)
	first, second := newPhone(b), newPhone(b)
	first.bound("agent1", first.here("agent1")+";q=0.9")
	second.bound("agent1", second.here("agent1")+";q=0.1")
	d.changed(t, "id-agent1 true")
	if err := b.ua.Ring(t.Context(), "l1", "id-agent1", engine.Shown{}, []byte(ourSDP)); err != nil {
		t.Fatal(err)
	}
	m := first.incoming("INVITE")
	if !strings.Contains(m.get("from"), "<sip:12345@") {
		t.Errorf("from %s", m.get("from"))
	}
	first.reply(m, 503, "Service Unavailable", "x", "")
	m = second.incoming("INVITE")
	second.reply(m, 200, "OK", "y", theirSDP)
	if ev, ok := b.eng.event(t, "the answer").(callcenter.LegAnswered); !ok {
		t.Errorf("%#v", ev)
	}
}

// TestPhoneCallsOut: desk phones take calls; one that calls is told so.
func TestPhoneCallsOut(t *testing.T) {
	b, _ := deskBench(t, nil)
	p := newPhone(b)
	p.bound("agent1", p.here("agent1"))
	text := strings.ReplaceAll(p.request("INVITE", 0, theirSDP), "sip:13800001000@", "sip:agent1@")
	p.send(text)
	if m := p.response("INVITE", 403); !strings.Contains(m.reason, "Desk Phones") {
		t.Errorf("%d %s", m.code, m.reason)
	}
	b.eng.quiet(t)
}

// TestRegistrarTCP: a phone is called by the connection that it made, and is gone with it.
func TestRegistrarTCP(t *testing.T) {
	b, d := deskBench(t, nil)
	c := newTCPPhone(b)
	register := func(headers ...string) string {
		return strings.Join(append([]string{
			"REGISTER sip:" + b.addr + " SIP/2.0", "Via: SIP/2.0/TCP 10.1.2.3;branch=z9hG4bK" + newToken(4), "Max-Forwards: 70",
			"From: <sip:agent3@x>;tag=1", "To: <sip:agent3@x>", "Call-ID: reg", "CSeq: " + fmt.Sprint(len(headers)+1) + " REGISTER",
			"Contact: <sip:agent3@10.1.2.3;transport=tcp>;+sip.instance=\"<urn:uuid:1>\";reg-id=1",
		}, append(headers, "Content-Length: 0", "", "")...), "\r\n")
	}
	c.sendTCP(register())
	m := c.next()
	c.sendTCP(register(c.proof(m, "SHA-256", "agent3", phonePassword, 1)))
	if m = c.next(); m.code != 200 {
		t.Fatalf("%d %s", m.code, m.reason)
	}
	d.changed(t, "id-agent3 true")
	if err := b.ua.Ring(t.Context(), "l1", "id-agent3", engine.Shown{}, []byte(ourSDP)); err != nil {
		t.Fatal(err)
	}
	if m = c.next(); m.method != "INVITE" || m.uri != "sip:agent3@10.1.2.3;transport=tcp" {
		t.Errorf("%s %s", m.method, m.uri)
	}
	_ = c.conn.Close()
	d.changed(t, "id-agent3 false")
}
