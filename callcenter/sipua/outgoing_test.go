package sipua

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/icholy/digest"

	"hotline12345/callcenter"
)

// dialBench has a trunk whose provider is a phone of the test.
func dialBench(t *testing.T, change func(*Options)) (*bench, *phone) {
	t.Helper()
	// The provider's port is not known before the UA's, so its socket comes first.
	provider := newPhone(&bench{t: t, addr: "127.0.0.1:9"})
	b := newBench(t, func(o *Options) {
		o.Trunks[0].Outbound = provider.addr
		o.Trunks[0].User, o.Trunks[0].Password = "hotline", "secret"
		if change != nil {
			change(o)
		}
	})
	provider.b = b
	return b, provider
}

func dial(t *testing.T, b *bench) callcenter.LegID {
	t.Helper()
	const leg = "leg-1"
	if err := b.ua.Dial(t.Context(), leg, "13800001000", []byte(ourSDP)); err != nil {
		t.Fatal(err)
	}
	return leg
}

func isFailed(t *testing.T, ev callcenter.Event, leg callcenter.LegID, code int, reason callcenter.EndReason) {
	t.Helper()
	if want := (callcenter.LegFailed{Leg: leg, Code: code, Reason: reason}); ev != callcenter.Event(want) {
		t.Errorf("event %#v, want %#v", ev, want)
	}
}

func TestDial(t *testing.T) {
	b, p := dialBench(t, nil)
	leg := dial(t, b)
	invite := p.incoming("INVITE")
	if invite.uri != "sip:13800001000@"+p.addr || string(invite.body) != ourSDP ||
		!strings.HasPrefix(invite.get("from"), "<sip:12345@127.0.0.1>;tag=") || invite.get("max-forwards") == "" {
		t.Errorf("INVITE %s %+v", invite.uri, invite.headers)
	}
	p.reply(invite, 100, "Trying", "", "")
	for range 12 { // more provisional answers than some stacks bear
		p.reply(invite, 183, "Progress", "t", theirSDP)
	}
	if ev := b.eng.event(t, "ringing"); ev != callcenter.Event(callcenter.LegRinging{Leg: leg, SDP: theirSDP}) {
		t.Errorf("event %#v", ev)
	}
	p.reply(invite, 200, "OK", "t", theirSDP, "Record-Route: <sip:"+p.addr+";lr;b>, <sip:"+p.addr+";lr;a>")
	ack := p.incoming("ACK")
	if ack.uri != "sip:callee@"+p.addr || ack.cseq != invite.cseq || ack.to.tag() != "t" || ack.via.branch == invite.via.branch ||
		len(ack.list("route")) != 2 || !strings.Contains(ack.list("route")[0], ";a") {
		t.Errorf("ACK %s %+v", ack.uri, ack.headers)
	}
	answered, ok := b.eng.event(t, "the answer").(callcenter.LegAnswered)
	d := answered.Dialog
	if !ok || d.RemoteSDP != theirSDP || d.LocalSDP != ourSDP || d.RemoteTag != "t" || d.RemoteTarget != "sip:callee@"+p.addr ||
		d.LocalCSeq != 1 || d.Codec != "PCMA" || len(d.RouteSet) != 2 {
		t.Errorf("answered %#v", answered)
	}
	p.reply(invite, 180, "Ringing", "t", "")  // late
	p.reply(invite, 200, "OK", "t", theirSDP) // our ACK got lost
	if again := p.incoming("ACK"); again.via.branch != ack.via.branch || again.cseq != ack.cseq {
		t.Errorf("second ACK %+v", again.headers)
	}
	_ = b.ua.HangUp(leg)
	bye := p.incoming("BYE")
	if bye.cseq != 2 || bye.to.tag() != "t" {
		t.Errorf("BYE %+v", bye.headers)
	}
	p.reply(bye, 200, "OK", "", "")
	b.eng.quiet(t)
}

func TestDialFarEndHangsUp(t *testing.T) {
	b, p := dialBench(t, nil)
	leg := dial(t, b)
	invite := p.incoming("INVITE")
	p.reply(invite, 200, "OK", "t", theirSDP) // no 180 before it
	p.incoming("ACK")
	if _, ok := b.eng.event(t, "the answer").(callcenter.LegAnswered); !ok {
		t.Fatal("200 without 180 was not taken")
	}
	// The far end's requests: its own CSeq, From and To the other way round.
	p.callID, p.tag, p.to = invite.callID, "t", invite.get("from")
	p.send(p.request("INVITE", 0, theirSDP))
	take(t, b.eng.reoffers, "the far end's re-INVITE")
	p.response("INVITE", 200)
	p.send(p.request("ACK", p.cseq, ""))
	p.send(p.request("BYE", 0, ""))
	p.response("BYE", 200)
	isEnded(t, b.eng.event(t, "the end"), leg, callcenter.EndCallerHangUp)
}

func TestGlare(t *testing.T) {
	b, p := dialBench(t, nil)
	dial(t, b)
	invite := p.incoming("INVITE")
	p.reply(invite, 180, "Ringing", "t", "")
	b.eng.event(t, "ringing")
	p.callID, p.tag, p.to = invite.callID, "t", invite.get("from")
	p.send(p.request("INVITE", 0, theirSDP))
	p.response("INVITE", 491)
	p.reply(invite, 200, "OK", "t", theirSDP)
	if _, ok := b.eng.event(t, "the answer").(callcenter.LegAnswered); !ok {
		t.Error("not answered after glare")
	}
}

func TestDialFailures(t *testing.T) {
	for code, reason := range map[int]callcenter.EndReason{
		486: callcenter.EndBusy, 600: callcenter.EndBusy, 603: callcenter.EndRejected, 480: callcenter.EndNoAnswer,
		404: callcenter.EndUnreachable, 503: callcenter.EndUnreachable, 302: callcenter.EndUnreachable, 488: callcenter.EndMediaRefused,
	} {
		b, p := dialBench(t, nil)
		leg := dial(t, b)
		invite := p.incoming("INVITE")
		p.reply(invite, code, "No", "t", "")
		ack := p.incoming("ACK")
		if ack.via.branch != invite.via.branch || ack.to.tag() != "t" {
			t.Errorf("%d: ACK %+v", code, ack.headers)
		}
		isFailed(t, b.eng.event(t, "the failure"), leg, code, reason)
		p.reply(invite, code, "No", "t", "") // the ACK got lost
		p.incoming("ACK")
		b.eng.quiet(t)
	}
}

func TestDialTimesOut(t *testing.T) {
	b, p := dialBench(t, fast)
	leg := dial(t, b)
	p.incoming("INVITE")
	p.incoming("INVITE") // repeated
	isFailed(t, b.eng.event(t, "the failure"), leg, 0, callcenter.EndUnreachable)
}

func TestAnswerWithoutSDP(t *testing.T) {
	b, p := dialBench(t, nil)
	leg := dial(t, b)
	p.reply(p.incoming("INVITE"), 200, "OK", "t", "")
	p.incoming("ACK")
	p.incoming("BYE")
	isFailed(t, b.eng.event(t, "the failure"), leg, 488, callcenter.EndMediaRefused)
}

func TestCancelOfOurs(t *testing.T) {
	b, p := dialBench(t, nil)
	leg := dial(t, b)
	invite := p.incoming("INVITE")
	_ = b.ua.HangUp(leg)
	p.reply(invite, 180, "Ringing", "t", "") // only now may CANCEL go out
	cancel := p.incoming("CANCEL")
	if cancel.via.branch != invite.via.branch || cancel.cseq != invite.cseq || cancel.uri != invite.uri {
		t.Errorf("CANCEL %+v", cancel.headers)
	}
	p.reply(invite, 180, "Ringing", "t", "")
	p.reply(cancel, 200, "OK", "t", "")
	p.reply(invite, 487, "Terminated", "t", "")
	p.incoming("ACK")
	b.eng.quiet(t)
}

func TestCancelCrossesTheirAnswer(t *testing.T) {
	b, p := dialBench(t, nil)
	leg := dial(t, b)
	invite := p.incoming("INVITE")
	p.reply(invite, 180, "Ringing", "t", "")
	b.eng.event(t, "ringing")
	_ = b.ua.HangUp(leg)
	cancel := p.incoming("CANCEL")
	p.reply(invite, 200, "OK", "t", theirSDP)
	p.reply(cancel, 481, "Gone", "t", "")
	p.incoming("ACK")
	p.reply(p.incoming("BYE"), 200, "OK", "", "")
	b.eng.quiet(t)
}

func TestSecondPhoneAnswersToo(t *testing.T) {
	b, p := dialBench(t, nil)
	dial(t, b)
	invite := p.incoming("INVITE")
	p.reply(invite, 200, "OK", "first", theirSDP)
	p.incoming("ACK")
	p.reply(invite, 200, "OK", "second", theirSDP)
	if ack := p.incoming("ACK"); ack.to.tag() != "second" {
		t.Errorf("ACK to %q", ack.to.tag())
	}
	if bye := p.incoming("BYE"); bye.to.tag() != "second" {
		t.Errorf("BYE to %q", bye.to.tag())
	}
	b.eng.event(t, "the answer")
	b.eng.quiet(t) // the first call lives
}

func TestDigestOnOurRequests(t *testing.T) {
	for _, c := range []struct {
		code             int
		challenge, reply string
		algorithm        string
	}{
		{401, "WWW-Authenticate", "authorization", "SHA-256"},
		{407, "Proxy-Authenticate", "proxy-authorization", "MD5"},
	} {
		b, p := dialBench(t, nil)
		leg := dial(t, b)
		ch := (&digest.Challenge{Realm: "carrier", Nonce: "n1", Algorithm: c.algorithm, QOP: []string{"auth"}}).String()
		first := p.incoming("INVITE")
		p.reply(first, c.code, "Who", "x", "", c.challenge+": "+ch)
		p.incoming("ACK")
		second := p.incoming("INVITE")
		verify(t, second, second.get(c.reply), ch)
		if second.cseq != first.cseq+1 || second.callID != first.callID || second.via.branch == first.via.branch {
			t.Errorf("second INVITE %+v", second.headers)
		}
		p.reply(second, 200, "OK", "t", theirSDP)
		verify2 := p.incoming("ACK")
		if verify2.get(c.reply) == "" {
			t.Error("ACK without the credentials of its INVITE (RFC 3261 section 22.1)")
		}
		b.eng.event(t, "the answer")
		_ = b.ua.HangUp(leg)
		bye := p.incoming("BYE")
		p.reply(bye, c.code, "Who", "", "", c.challenge+": "+ch)
		again := p.incoming("BYE")
		verify(t, again, again.get(c.reply), ch)
		if again.cseq <= bye.cseq {
			t.Error("second BYE with an old CSeq")
		}
		p.reply(again, c.code, "No", "", "", c.challenge+": "+ch) // and that is the end of it
		b.eng.quiet(t)
	}
}

// verify recomputes the response with the library's own arithmetic.
func verify(t *testing.T, m *message, value, challenge string) {
	t.Helper()
	cred, err := digest.ParseCredentials(value)
	if err != nil {
		t.Fatal(err)
	}
	ch, _ := digest.ParseChallenge(challenge)
	want, err := digest.Digest(ch, digest.Options{Method: m.method, URI: m.uri, Username: "hotline", Password: "secret", Count: cred.Nc, Cnonce: cred.Cnonce})
	if err != nil || cred.Response != want.Response || cred.URI != m.uri {
		t.Errorf("credentials %q, %v", value, err)
	}
}

func TestWrongPasswordEndsTheCall(t *testing.T) {
	b, p := dialBench(t, nil)
	leg := dial(t, b)
	ch := `WWW-Authenticate: Digest realm="c", nonce="n", algorithm=MD5`
	p.reply(p.incoming("INVITE"), 401, "Who", "x", "", ch)
	p.incoming("ACK")
	p.reply(p.incoming("INVITE"), 401, "Who", "x", "", ch)
	isFailed(t, b.eng.event(t, "the failure"), leg, 401, callcenter.EndUnreachable)
}

func TestLocate(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Demo = true })
	p := newPhone(b)
	if err := b.ua.Dial(t.Context(), "leg-1", "13800001000", []byte(ourSDP)); err == nil {
		t.Fatal("dialled a number that never called")
	}
	leg := p.call()
	p.synced()
	_ = b.ua.HangUp(leg)
	p.reply(p.incoming("BYE"), 200, "OK", "", "")
	dial(t, b)
	if invite := p.incoming("INVITE"); invite.uri != "sip:13800001000@"+p.addr {
		t.Errorf("called back at %s", invite.uri)
	}
}

func TestDialRefusesAtOnce(t *testing.T) {
	b, _ := dialBench(t, func(o *Options) { o.Trunks[0].MaxCalls = 1 })
	dial(t, b)
	for to, want := range map[string]string{"13800001000": "every line", "sip:x@y": "not a number", "": "not a number"} {
		if err := b.ua.Dial(t.Context(), "leg-2", to, []byte(ourSDP)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("dial %q: %v", to, err)
		}
	}
	none := newBench(t, func(o *Options) { o.Trunks[0].Peers = []netip.Prefix{loopback} })
	if err := none.ua.Dial(t.Context(), "leg-1", "13800001000", []byte(ourSDP)); err == nil {
		t.Error("dialled without a trunk for calls out")
	}
}

func TestContactsAreBounded(t *testing.T) {
	c := newContacts()
	for i := range maxContacts + 10 {
		c.put(strings.Repeat("1", 5)+string(rune('0'+i%10))+strings.Repeat("2", i/10+1), "sip:x@127.0.0.1", source{})
	}
	if len(c.at) > maxContacts || len(c.order) != len(c.at) {
		t.Errorf("%d contacts, %d in order", len(c.at), len(c.order))
	}
}
