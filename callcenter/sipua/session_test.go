package sipua

import (
	"strings"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

// short lets sessions last a second or two.
func short(o *Options) { o.MinSession, o.Session = time.Second, 2*time.Second }

// answered brings an outgoing call up and makes p its far end.
func answered(t *testing.T, b *bench, p *phone, headers ...string) (callcenter.LegID, *message) {
	t.Helper()
	leg := dial(t, b)
	invite := p.incoming("INVITE")
	p.reply(invite, 200, "OK", "t", theirSDP, headers...)
	p.incoming("ACK")
	if _, ok := b.eng.event(t, "the answer").(callcenter.LegAnswered); !ok {
		t.Fatal("not answered")
	}
	p.callID, p.tag, p.to = invite.callID, "t", invite.get("from")
	return leg, invite
}

func TestSessionTimerOfCaller(t *testing.T) {
	for _, c := range []struct {
		headers []string
		want    string // Session-Expires of our 200
		require bool
	}{
		{[]string{"Supported: timer", "Session-Expires: 1800"}, "1800;refresher=uac", true},
		{[]string{"k: 100rel, timer", "x: 1800;refresher=uac"}, "1800;refresher=uac", true},
		{[]string{"Supported: timer", "Session-Expires: 600;refresher=uas"}, "600;refresher=uas", true},
		{[]string{"Session-Expires: 600;refresher=uac"}, "600;refresher=uas", false}, // a proxy's
		{[]string{"Session-Expires: 5"}, "", false},
		{[]string{"Supported: timer"}, "1800;refresher=uas", true},
		{[]string{"Supported: timer", "Min-SE: 3600"}, "3600;refresher=uas", true},
		{[]string{"Require: timer", "Session-Expires: 1e9"}, "1800;refresher=uas", true},
		{nil, "", false},
	} {
		b := newBench(t, nil)
		p := newPhone(b)
		p.send(p.request("INVITE", 0, theirSDP, c.headers...))
		_ = b.ua.Answer(b.eng.arrived(t).Leg, []byte(ourSDP))
		ok := p.response("INVITE", 200)
		if ok.get("session-expires") != c.want || (ok.get("require") == "timer") != c.require || !ok.lists("supported", "timer") {
			t.Errorf("%q: %+v", c.headers, ok.headers)
		}
	}
}

func TestSessionTooShort(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	invite := p.request("INVITE", 0, theirSDP, "Supported: timer", "Session-Expires: 30")
	p.send(invite)
	if m := p.response("INVITE", 422); m.get("min-se") != "90" {
		t.Errorf("422 %+v", m.headers)
	}
	p.send(ackOf(p, invite))
	p = newPhone(b)
	p.call()
	for _, method := range []string{"UPDATE", "INVITE"} {
		p.send(p.request(method, 0, theirSDP, "Supported: timer", "Session-Expires: 89"))
		p.response(method, 422)
	}
	b.eng.quiet(t)
}

// The caller said that it would refresh, and is gone.
func TestSessionNotRefreshed(t *testing.T) {
	b := newBench(t, short)
	p := newPhone(b)
	p.extra = []string{"Supported: timer", "Session-Expires: 1;refresher=uac"}
	leg := p.call()
	p.extra = nil
	isEnded(t, b.eng.event(t, "the end"), leg, callcenter.EndUnreachable)
	p.reply(p.incoming("BYE"), 200, "OK", "", "")
}

// Each refresh begins a new interval, whichever request brings it.
func TestSessionRefreshedByThem(t *testing.T) {
	b := newBench(t, short)
	p := newPhone(b)
	p.extra = []string{"Supported: timer", "Session-Expires: 3;refresher=uac"} // ends after two
	leg := p.call()
	begin := time.Now()
	for _, method := range []string{"UPDATE", "INVITE", "UPDATE"} {
		<-time.After(time.Second)
		p.send(p.request(method, 0, map[string]string{"INVITE": theirSDP}[method]))
		if m := p.response(method, 200); m.get("session-expires") != "3;refresher=uac" {
			t.Errorf("%s: %+v", method, m.headers)
		}
		if method == "INVITE" {
			p.send(p.request("ACK", p.cseq, ""))
		}
	}
	p.extra = nil
	isEnded(t, b.eng.event(t, "the end"), leg, callcenter.EndUnreachable)
	if time.Since(begin) < 4*time.Second {
		t.Error("ended as if nobody had refreshed")
	}
}

func TestWeRefresh(t *testing.T) {
	for _, allow := range []string{"INVITE, ACK, BYE, UPDATE", "INVITE, ACK, BYE"} {
		b := newBench(t, short)
		p := newPhone(b)
		p.extra = []string{"Supported: timer", "Allow: " + allow, "Session-Expires: 3;refresher=uas"}
		leg := p.call()
		p.extra = nil
		method, body := "UPDATE", ""
		if !strings.Contains(allow, "UPDATE") {
			method, body = "INVITE", ourSDP
		}
		for range 2 {
			m := p.incoming(method)
			if m.get("session-expires") != "3;refresher=uac" || string(m.body) != body || !m.lists("supported", "timer") || m.get("contact") == "" {
				t.Errorf("refresh %+v", m.headers)
			}
			p.reply(m, 200, "OK", "", map[string]string{"INVITE": theirSDP}[method], "Session-Expires: 3;refresher=uac")
			if method == "INVITE" {
				if ack := p.incoming("ACK"); ack.cseq != m.cseq {
					t.Errorf("ACK %+v", ack.headers)
				}
			}
		}
		p.reply(p.incoming(method), 481, "Gone", "", "")
		isEnded(t, b.eng.event(t, "the end"), leg, callcenter.EndUnreachable)
		p.incoming("BYE")
		b.eng.quiet(t)
		if len(b.eng.confirmed) != 0 {
			t.Error("the engine heard of an answer that says nothing new")
		}
	}
}

func TestRefreshMovesSound(t *testing.T) {
	b := newBench(t, short)
	p := newPhone(b)
	p.extra = []string{"Supported: timer", "Session-Expires: 1;refresher=uas"}
	p.call()
	p.extra = nil
	moved := strings.Replace(theirSDP, "4000", "4002", 1)
	p.reply(p.incoming("INVITE"), 200, "OK", "", moved)
	p.incoming("ACK")
	if got := take(t, b.eng.confirmed, "the new answer"); got != moved {
		t.Errorf("confirmed %q", got)
	}
}

func TestRefreshGlare(t *testing.T) {
	b := newBench(t, short)
	p := newPhone(b)
	p.extra = []string{"Supported: timer", "Session-Expires: 8;refresher=uas"}
	p.call()
	p.extra = nil
	first := p.incoming("INVITE") // after 4 s
	crossing := p.request("INVITE", 0, theirSDP)
	p.send(crossing)
	p.response("INVITE", 491)
	p.send(ackOf(p, crossing))
	p.send(p.request("UPDATE", 0, theirSDP))
	p.response("UPDATE", 491)
	p.send(p.request("UPDATE", 0, ""))
	p.response("UPDATE", 200)
	p.reply(first, 491, "Pending", "", "")
	p.incoming("ACK")
	begin := time.Now()
	second := p.incoming("INVITE")
	if d := time.Since(begin); second.cseq <= first.cseq || d > 2100*time.Millisecond { // the Call-ID is theirs: 0 to 2 s
		t.Errorf("again after %v, CSeq %d", d, second.cseq)
	}
}

func TestGlarePauses(t *testing.T) {
	for range 100 {
		if d := (&leg{}).glare(); d < 0 || d > 2*time.Second {
			t.Fatalf("not the owner: %v", d)
		}
		if d := (&leg{out: &outgoing{}}).glare(); d < 2100*time.Millisecond || d > 4*time.Second {
			t.Fatalf("owner: %v", d)
		}
	}
}

func TestSessionOfOurCall(t *testing.T) {
	b, p := dialBench(t, short)
	leg := dial(t, b)
	invite := p.incoming("INVITE")
	if invite.get("session-expires") != "2" || !invite.lists("supported", "timer") || !invite.lists("allow", "UPDATE") {
		t.Errorf("INVITE %+v", invite.headers)
	}
	p.reply(invite, 422, "Too Small", "t", "", "Min-SE: 3")
	p.incoming("ACK")
	invite = p.incoming("INVITE")
	if invite.get("session-expires") != "3" || invite.get("min-se") != "3" {
		t.Errorf("second INVITE %+v", invite.headers)
	}
	p.reply(invite, 200, "OK", "t", theirSDP, "Session-Expires: 3;refresher=uac", "Require: timer", "Allow: UPDATE")
	p.incoming("ACK")
	b.eng.event(t, "the answer")
	p.reply(p.incoming("UPDATE"), 405, "No", "", "") // promised, and not there
	p.reply(p.incoming("INVITE"), 200, "OK", "", theirSDP, "Session-Expires: 3;refresher=uas")
	p.incoming("ACK")
	isEnded(t, b.eng.event(t, "the end"), leg, callcenter.EndUnreachable) // theirs now, and never done
	p.incoming("BYE")
}

func TestSessionOfOurCallIsTheirs(t *testing.T) {
	b, p := dialBench(t, short)
	leg, _ := answered(t, b, p, "Session-Expires: 1;refresher=uas")
	isEnded(t, b.eng.event(t, "the end"), leg, callcenter.EndUnreachable)
	p.incoming("BYE")
}

func TestUpdate(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	p.send(p.request("INVITE", 0, theirSDP))
	in := b.eng.arrived(t)
	p.to += ";tag=" + in.Dialog.LocalTag
	p.send(p.request("UPDATE", 0, theirSDP)) // their offer is not answered yet
	if m := p.response("UPDATE", 500); m.get("retry-after") == "" {
		t.Error("500 without Retry-After")
	}
	p.send(p.request("UPDATE", 0, ""))
	p.response("UPDATE", 200)
	_ = b.ua.Answer(in.Leg, []byte(ourSDP))
	p.last = 1
	p.response("INVITE", 200)
	p.send(p.request("ACK", 1, ""))
	hold := strings.Replace(theirSDP, "m=audio", "a=sendonly\r\nm=audio", 1)
	p.send(p.request("UPDATE", 0, hold))
	if got := take(t, b.eng.reoffers, "the offer"); got != hold {
		t.Errorf("engine heard %q", got)
	}
	if m := p.response("UPDATE", 200); string(m.body) != ourSDP || m.get("contact") == "" {
		t.Errorf("200 %+v", m.headers)
	}
	b.eng.onReoffer(func(string) ([]byte, error) { return nil, engine.StatusError{Code: 488} })
	p.send(p.request("UPDATE", 0, theirSDP))
	p.response("UPDATE", 488)
	p.send(p.request("UPDATE", 0, "x", "Content-Type: text/plain"))
	p.response("UPDATE", 415)
	b.eng.quiet(t)
}

// Our offer in a 200 is open until the ACK brings the answer.
func TestUpdateWhileOurOfferIsOpen(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	p.send(p.request("INVITE", 0, ""))
	_ = b.ua.Answer(b.eng.arrived(t).Leg, []byte(ourSDP))
	p.response("INVITE", 200)
	p.send(p.request("UPDATE", 0, theirSDP))
	p.response("UPDATE", 491)
	p.send(p.request("ACK", 1, theirSDP))
	take(t, b.eng.confirmed, "the answer")
	p.send(p.request("UPDATE", 0, theirSDP))
	p.response("UPDATE", 200)
}

func FuzzSessionExpires(f *testing.F) {
	for _, s := range []string{"1800", "90;refresher=uac", "90 ; refresher = UAS;x", ";", "-1", "4294967296", "1;refresher=\"uac\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, v string) {
		d, refresher, ok := sessionExpires(&message{headers: []header{{"session-expires", v}}})
		if ok && (d < time.Second || d > maxSession) || !ok && (d != 0 || refresher != "") {
			t.Errorf("%q: %v, %q, %v", v, d, refresher, ok)
		}
	})
}
