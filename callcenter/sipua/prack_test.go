package sipua

import (
	"strings"
	"testing"
	"time"

	"hotline12345/callcenter"
)

func TestReliableRinging(t *testing.T) {
	b := newBench(t, func(o *Options) { o.RingAfter = 1 })
	p := newPhone(b)
	p.send(p.request("INVITE", 0, theirSDP, "Require: 100rel"))
	in := b.eng.arrived(t)
	ringing := p.response("INVITE", 180)
	if ringing.get("require") != "100rel" || ringing.get("rseq") == "" || ringing.get("contact") == "" {
		t.Errorf("180 %+v", ringing.headers)
	}
	again := p.response("INVITE", 180) // until it is acknowledged
	if again.get("rseq") != ringing.get("rseq") {
		t.Errorf("RSeq %s, then %s", ringing.get("rseq"), again.get("rseq"))
	}
	for _, rack := range []string{"1 1 INVITE", ringing.get("rseq") + " 2 INVITE", ringing.get("rseq"), ""} {
		p.send(p.request("PRACK", 0, "", "RAck: "+rack))
		p.response("PRACK", 481)
	}
	p.send(p.request("PRACK", 0, "", "RAck: "+ringing.get("rseq")+" 1 INVITE"))
	p.response("PRACK", 200)
	p.send(p.request("PRACK", 0, "", "RAck: "+ringing.get("rseq")+" 1 INVITE"))
	p.response("PRACK", 481) // a second one for the same
	_ = b.ua.Answer(in.Leg, []byte(ourSDP))
	p.last = 1
	p.response("INVITE", 200)
	p.send(p.request("ACK", 1, ""))
	p.send(p.request("BYE", 0, ""))
	p.response("BYE", 200)
}

func TestReliableRingingNeverAcknowledged(t *testing.T) {
	b := newBench(t, func(o *Options) { fast(o); o.RingAfter = 1 })
	p := newPhone(b)
	p.send(p.request("INVITE", 0, theirSDP, "Require: 100rel"))
	in := b.eng.arrived(t)
	p.response("INVITE", 504)
	isEnded(t, b.eng.event(t, "the end"), in.Leg, callcenter.EndUnreachable)
}

// 100rel and no offer: our 180 would have to hold one (RFC 3262 section 5).
func TestReliableRingingWithoutOffer(t *testing.T) {
	b := newBench(t, func(o *Options) { o.RingAfter = 1 })
	p := newPhone(b)
	p.send(p.request("INVITE", 0, "", "Require: 100rel"))
	in := b.eng.arrived(t)
	p.synced()
	_ = b.ua.Answer(in.Leg, []byte(ourSDP))
	p.last = 1
	for {
		if m := p.receive(); m.code == 180 {
			t.Fatal("180 without the offer that it must have")
		} else if m.code == 200 && m.cseqFor == "INVITE" {
			break
		}
	}
}

func TestWeAcknowledgeProvisionals(t *testing.T) {
	b, p := dialBench(t, nil)
	leg := dial(t, b)
	invite := p.incoming("INVITE")
	if !invite.lists("supported", "100rel") {
		t.Error("100rel is not offered")
	}
	rel := func(n string) []string {
		return []string{"Require: 100rel", "RSeq: " + n, "Record-Route: <sip:" + p.addr + ";lr>"}
	}
	p.reply(invite, 180, "Ringing", "a", "", rel("7")...)
	prack := p.incoming("PRACK")
	if prack.get("rack") != "7 1 INVITE" || prack.to.tag() != "a" || prack.cseq != 2 || prack.uri != "sip:callee@"+p.addr || prack.get("route") == "" {
		t.Errorf("PRACK %s %+v", prack.uri, prack.headers)
	}
	p.reply(prack, 200, "OK", "", "")
	p.reply(invite, 180, "Ringing", "a", "", rel("7")...)        // a copy: already acknowledged
	p.reply(invite, 183, "Progress", "a", theirSDP, rel("9")...) // 8 is missing
	p.reply(invite, 180, "Ringing", "b", "", rel("40")...)       // another phone
	if prack = p.incoming("PRACK"); prack.get("rack") != "40 1 INVITE" || prack.to.tag() != "b" {
		t.Errorf("PRACK %+v", prack.headers)
	}
	p.reply(prack, 200, "OK", "", "")
	p.reply(invite, 183, "Progress", "a", theirSDP, rel("8")...)
	if prack = p.incoming("PRACK"); prack.get("rack") != "8 1 INVITE" {
		t.Errorf("PRACK %+v", prack.headers)
	}
	p.reply(prack, 200, "OK", "", "")
	p.reply(invite, 200, "OK", "b", theirSDP)
	if ack := p.incoming("ACK"); ack.cseq != invite.cseq || ack.to.tag() != "b" {
		t.Errorf("ACK %+v", ack.headers)
	}
	b.eng.event(t, "ringing")
	b.eng.event(t, "sound before the answer")
	b.eng.event(t, "the answer")
	_ = b.ua.HangUp(leg)
	if bye := p.incoming("BYE"); bye.cseq <= prack.cseq || bye.to.tag() != "b" {
		t.Errorf("BYE %+v", bye.headers)
	}
	b.eng.quiet(t)
}

// The notice is heard before the answer: 183 with our SDP.
func TestHeardBeforeTheAnswer(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	p.send(p.request("INVITE", 0, theirSDP))
	in := b.eng.arrived(t)
	_ = b.ua.Progress(in.Leg, []byte(ourSDP))
	if m := p.response("INVITE", 183); string(m.body) != ourSDP || m.get("contact") == "" {
		t.Errorf("183 %+v %q", m.headers, m.body)
	}
	_ = b.ua.Answer(in.Leg, []byte(ourSDP))
	if m := p.response("INVITE", 200); string(m.body) != ourSDP {
		t.Errorf("200 %q", m.body)
	}
	p.send(p.request("ACK", p.cseq, ""))

	refused := newPhone(b)
	refused.send(refused.request("INVITE", 0, theirSDP))
	in = b.eng.arrived(t)
	_ = b.ua.Progress(in.Leg, []byte(ourSDP))
	refused.response("INVITE", 183)
	_ = b.ua.HangUp(in.Leg)
	refused.response("INVITE", 480)
	b.eng.quiet(t)
}

// Reliably, our answer is exchanged with the PRACK: the 200 waits for that and says
// nothing again, and both may be changed meanwhile.
func TestReliablyHeardBeforeTheAnswer(t *testing.T) {
	b := newBench(t, func(o *Options) { o.RingAfter = time.Millisecond })
	p := newPhone(b)
	p.send(p.request("INVITE", 0, theirSDP, "Require: 100rel"))
	in := b.eng.arrived(t)
	ringing := p.response("INVITE", 180)
	rack := func(m *message) string { return "RAck: " + m.get("rseq") + " 1 INVITE" }
	_ = b.ua.Progress(in.Leg, []byte(ourSDP)) // waits for the PRACK of the 180
	p.send(p.request("PRACK", 2, "", rack(ringing)))
	var progress *message
	for progress == nil {
		if m := p.receive(); m.cseqFor == "INVITE" && m.code == 183 {
			progress = m
		}
	}
	if string(progress.body) != ourSDP || !progress.lists("require", "100rel") || progress.get("rseq") == ringing.get("rseq") {
		t.Errorf("183 %+v %q", progress.headers, progress.body)
	}
	_ = b.ua.Answer(in.Leg, []byte(ourSDP)) // waits for the PRACK of the 183
	p.send(p.request("UPDATE", 3, theirSDP))
	p.response("UPDATE", 500) // ours is not there yet
	p.send(p.request("PRACK", 4, theirSDP, rack(progress)))
	if m := p.response("PRACK", 200); string(m.body) != ourSDP {
		t.Errorf("PRACK answered %q", m.body)
	}
	for {
		if m := p.receive(); m.cseqFor == "INVITE" && m.code == 200 {
			if len(m.body) != 0 {
				t.Errorf("200 %q", m.body)
			}
			break
		}
	}
	p.send(p.request("ACK", 1, ""))
	p.cseq = 4
	p.synced()
	if n := len(b.eng.reoffers); n != 1 {
		t.Errorf("%d offers", n)
	}
	b.eng.quiet(t)
}

func FuzzRAck(f *testing.F) {
	for _, s := range []string{"776656 1 INVITE", "0 1 INVITE", " 1\t2  INVITE ", "1 2", "x y INVITE", "4294967296 1 INVITE"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, v string) {
		seq, cseq, ok := parseRAck(v)
		if ok && (seq == 0 || cseq >= 1<<31 || !strings.HasSuffix(strings.TrimSpace(v), "INVITE")) {
			t.Errorf("%q: %d %d", v, seq, cseq)
		}
	})
}
