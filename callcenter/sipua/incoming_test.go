package sipua

import (
	"context"
	"strings"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

func TestBasicCall(t *testing.T) {
	b := newBench(t, func(o *Options) { o.RingAfter = 1 })
	p := newPhone(b)
	p.send(p.request("INVITE", 0, theirSDP, "P-Asserted-Identity: <tel:+8613900002000>", "Record-Route: <sip:127.0.0.1:5999;lr>"))
	in := b.eng.arrived(t)
	if in.From != "13900002000" || in.To != "12345" || in.Trunk != "carrier" || string(in.Offer) != theirSDP {
		t.Errorf("arrived %+v", in)
	}
	d := in.Dialog
	if d.SIPCallID != p.callID || d.RemoteTag != p.tag || d.LocalTag == "" || d.RemoteTarget != "sip:13800001000@"+p.addr ||
		len(d.RouteSet) != 1 || d.RemoteCSeq != 1 || d.Transport != "udp" || d.RemoteSDP != theirSDP || d.Codec != "PCMA" {
		t.Errorf("dialog %+v", d)
	}
	p.response("INVITE", 100)
	p.response("INVITE", 180)
	if err := b.ua.Answer(in.Leg, []byte(ourSDP)); err != nil {
		t.Fatal(err)
	}
	ok := p.response("INVITE", 200)
	if string(ok.body) != ourSDP || ok.to.tag() != d.LocalTag || ok.get("record-route") == "" || !strings.Contains(ok.get("contact"), b.addr) {
		t.Errorf("200 is wrong: %+v", ok.headers)
	}
	p.send(p.request("ACK", 1, ""))
	p.send(p.request("BYE", 0, ""))
	p.response("BYE", 200)
	isEnded(t, b.eng.event(t, "the end"), in.Leg, callcenter.EndCallerHangUp)
	p.send(p.request("BYE", p.cseq, "")) // its answer got lost
	p.response("BYE", 200)
	p.cseq++
	p.send(p.request("BYE", 0, ""))
	p.response("BYE", 481)
	if err := b.ua.HangUp(in.Leg); err == nil {
		t.Error("HangUp of a leg that is gone succeeded")
	}
	b.eng.quiet(t)
}

// BYE of ours: to the Contact, over the route, with our own CSeq.
func TestHangUpFollowsRouteAndTarget(t *testing.T) {
	b := newBench(t, nil)
	p, proxy := newPhone(b), newPhone(b)
	p.extra = []string{"Record-Route: <sip:" + proxy.addr + ";lr>, <sip:far.example;lr>"}
	leg := p.call()
	p.extra = nil
	p.synced()
	if err := b.ua.HangUp(leg); err != nil {
		t.Fatal(err)
	}
	bye := proxy.incoming("BYE")
	if bye.uri != "sip:13800001000@"+p.addr {
		t.Errorf("BYE to %s", bye.uri)
	}
	if r := bye.list("route"); len(r) != 2 || r[0] != "<sip:"+proxy.addr+";lr>" || r[1] != "<sip:far.example;lr>" {
		t.Errorf("routes %q", r)
	}
	if bye.to.tag() != p.tag || bye.callID != p.callID || bye.cseq != 1 {
		t.Errorf("BYE outside its dialog: %+v", bye.headers)
	}
	proxy.reply(bye, 200, "OK", "", "")
	b.eng.quiet(t)
}

func TestStrictRouter(t *testing.T) {
	b := newBench(t, nil)
	p, proxy := newPhone(b), newPhone(b)
	p.extra = []string{"Record-Route: <sip:" + proxy.addr + ">"}
	leg := p.call()
	p.extra = nil
	p.synced()
	_ = b.ua.HangUp(leg)
	bye := proxy.incoming("BYE")
	if bye.uri != "sip:"+proxy.addr || bye.get("route") != "<sip:13800001000@"+p.addr+">" {
		t.Errorf("BYE %s, route %s", bye.uri, bye.get("route"))
	}
}

func TestRetransmittedInviteArrivesOnce(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	invite := p.request("INVITE", 0, theirSDP)
	p.send(invite)
	p.send(invite)
	in := b.eng.arrived(t)
	p.send(invite)
	for range 3 { // each copy gets the newest answer
		p.response("INVITE", 100)
	}
	_ = b.ua.HangUp(in.Leg)
	p.response("INVITE", 480)
	p.send(invite)
	p.response("INVITE", 480)
	p.send(ackOf(p, invite))
	b.eng.quiet(t)
}

// ackOf acknowledges a refusal: same branch as the INVITE.
func ackOf(p *phone, invite string) string {
	ack := strings.Replace(invite, "INVITE sip:", "ACK sip:", 1)
	ack = strings.Replace(ack, " INVITE\r\n", " ACK\r\n", 1)
	head, _, _ := strings.Cut(ack, "\r\n\r\n")
	var lines []string
	for l := range strings.SplitSeq(head, "\r\n") {
		if !strings.HasPrefix(l, "Content-") {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\r\n") + "\r\nContent-Length: 0\r\n\r\n"
}

func TestEngineRefuses(t *testing.T) {
	b := newBench(t, nil)
	b.eng.onArrival(func(engine.Inbound) error { return engine.StatusError{Code: 503, Reason: "full"} })
	p := newPhone(b)
	p.send(p.request("INVITE", 0, theirSDP))
	if m := p.response("INVITE", 503); m.get("retry-after") == "" {
		t.Error("503 without Retry-After")
	}
}

func TestAnswerRepeatsUntilAck(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	in := p.answered()
	for range 3 {
		p.response("INVITE", 200)
	}
	p.send(p.request("ACK", p.cseq, ""))
	p.synced()
	_ = b.ua.HangUp(in.Leg)
	bye := p.incoming("BYE") // at once: the ACK is here
	p.reply(bye, 200, "OK", "", "")
}

// Answers are not held to the size of a request by UDP.
func TestLongAnswer(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	p.send(p.request("INVITE", 0, theirSDP))
	long := ourSDP + strings.Repeat("a=candidate:x\r\n", 300)
	_ = b.ua.Answer(b.eng.arrived(t).Leg, []byte(long))
	if ok := p.response("INVITE", 200); string(ok.body) != long {
		t.Errorf("%d bytes of %d came", len(ok.body), len(long))
	}
	p.send(p.request("ACK", 1, ""))
}

func TestLostAckEndsTheCall(t *testing.T) {
	b := newBench(t, fast)
	p := newPhone(b)
	in := p.answered()
	p.incoming("BYE")
	isEnded(t, b.eng.event(t, "the end"), in.Leg, callcenter.EndUnreachable)
}

func TestCancel(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	invite := p.request("INVITE", 0, theirSDP)
	p.send(invite)
	in := b.eng.arrived(t)
	p.send(p.request("CANCEL", p.cseq, ""))
	p.response("CANCEL", 200)
	p.response("INVITE", 487)
	p.send(ackOf(p, invite))
	isEnded(t, b.eng.event(t, "the end"), in.Leg, callcenter.EndCallerHangUp)
	if err := b.ua.Answer(in.Leg, []byte(ourSDP)); err == nil {
		t.Error("a cancelled call was answered")
	}
	b.eng.quiet(t)
}

func TestCancelCrossesAnswer(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	in := p.answered()
	to := p.to
	p.response("INVITE", 200)
	tagged := p.to
	p.to = to
	p.send(p.request("CANCEL", 1, ""))
	p.response("CANCEL", 200)
	b.eng.quiet(t) // the call is up, and stays so until its BYE
	p.to = tagged
	p.send(p.request("ACK", 1, ""))
	p.send(p.request("BYE", 0, ""))
	p.response("BYE", 200)
	isEnded(t, b.eng.event(t, "the end"), in.Leg, callcenter.EndCallerHangUp)
}

func TestByeOvertakesAck(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	in := p.answered()
	p.response("INVITE", 200)
	p.send(p.request("BYE", 0, ""))
	p.response("BYE", 200)
	isEnded(t, b.eng.event(t, "the end"), in.Leg, callcenter.EndCallerHangUp)
}

// Both hang up at the same moment: each BYE is answered, and nobody hears of it.
func TestCrossingByes(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	leg := p.call()
	p.synced()
	_ = b.ua.HangUp(leg)
	ours := p.incoming("BYE")
	p.send(p.request("BYE", 0, ""))
	p.response("BYE", 481) // for us the dialog ended with our own (RFC 3261 section 15.1.2)
	p.reply(ours, 481, "Gone", "", "")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := b.ua.Close(ctx); err != nil {
		t.Error(err)
	}
	b.eng.quiet(t)
}

func TestHangUpWaitsForAck(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	in := p.answered()
	_ = b.ua.HangUp(in.Leg)
	for range 2 { // still only the answer and its repetition
		if m := p.receive(); m.method == "BYE" {
			t.Fatal("BYE before the ACK (RFC 3261 section 15)")
		}
	}
	p.to = p.response("INVITE", 200).get("to")
	p.send(p.request("ACK", 1, ""))
	p.reply(p.incoming("BYE"), 200, "OK", "", "")
	b.eng.quiet(t)
}

func TestHangUpBeforeAnswer(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	p.send(p.request("INVITE", 0, theirSDP))
	in := b.eng.arrived(t)
	_ = b.ua.HangUp(in.Leg)
	p.response("INVITE", 480)
	b.eng.quiet(t)
}

func TestNobodyAnswers(t *testing.T) {
	b := newBench(t, func(o *Options) { o.RingAfter, o.SetupLimit = 1, 1 })
	p := newPhone(b)
	p.send(p.request("INVITE", 0, theirSDP))
	in := b.eng.arrived(t)
	p.response("INVITE", 480)
	isEnded(t, b.eng.event(t, "the end"), in.Leg, callcenter.EndNoAnswer)
}

func TestKeysByInfo(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	leg := p.call()
	for _, c := range []struct{ kind, body, key string }{
		{"application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"},
		{"application/dtmf-relay", "Signal= *\nDuration= 100", "*"},
		{"application/dtmf-relay", "Signal=11\r\n", "#"},
		{"application/dtmf", "0", "0"},
	} {
		p.send(p.request("INFO", 0, c.body, "Content-Type: "+c.kind))
		p.response("INFO", 200)
		want := callcenter.KeyPressed{Leg: leg, Key: c.key}
		if ev := b.eng.event(t, "a key"); ev != callcenter.Event(want) {
			t.Errorf("%q gave %#v", c.body, ev)
		}
		p.send(p.request("INFO", p.cseq, c.body, "Content-Type: "+c.kind)) // repeated: one key
		p.response("INFO", 200)
	}
	p.send(p.request("INFO", 0, ""))
	p.response("INFO", 200)
	p.send(p.request("INFO", 0, "<x/>", "Content-Type: application/media_control+xml"))
	p.response("INFO", 415)
	p.send(p.request("INFO", 0, "Signal=hook", "Content-Type: application/dtmf-relay"))
	p.response("INFO", 415)
	b.eng.quiet(t)
}

func TestInDialogRefusals(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	p.call()
	p.cseq = 10
	p.synced()
	for method, code := range map[string]int{"REFER": 405, "NOTIFY": 481, "UPDATE": 200, "PRACK": 481, "SUBSCRIBE": 405, "MESSAGE": 405, "DANCE": 501} {
		p.send(p.request(method, 0, ""))
		p.response(method, code)
	}
	p.send(p.request("OPTIONS", 3, "")) // older than what came before
	p.response("OPTIONS", 500)
	p.send(p.request("INVITE", 0, theirSDP, "Require: nothing"))
	p.response("INVITE", 420)
	p.send(p.request("INVITE", 0, "x", "Content-Type: text/plain"))
	p.response("INVITE", 415)
	p.to = strings.Replace(p.to, "tag=", "tag=not", 1)
	p.send(p.request("BYE", 0, ""))
	p.response("BYE", 481)
	b.eng.quiet(t)
}

// Close waits for live calls, not for the memory of past ones (64*T1 is 640 s here).
func TestCloseWaitsForCalls(t *testing.T) {
	b := newBench(t, func(o *Options) { o.T1 = 10 * time.Second })
	p := newPhone(b)
	leg := p.call()
	p.synced()
	closed := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		closed <- b.ua.Close(ctx)
	}()
	q := newPhone(b)
	for code := 200; code != 503; { // until Close has begun
		q.send(q.request("INVITE", 0, theirSDP))
		for code = 100; code < 200; {
			m := q.receive()
			if code = m.code; code == 100 {
				in := b.eng.arrived(t)
				_ = b.ua.HangUp(in.Leg)
			}
		}
	}
	_ = b.ua.HangUp(leg)
	bye := p.incoming("BYE")
	if len(closed) != 0 {
		t.Error("closed before the BYE was answered")
	}
	p.reply(bye, 200, "OK", "", "")
	if err := take(t, closed, "the end of Close"); err != nil {
		t.Error(err)
	}
}

func TestAbortOfAnEarlierLife(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	err := b.ua.Abort(t.Context(), callcenter.Dialog{
		SIPCallID: "old@life", LocalTag: "l", RemoteTag: "r", LocalURI: "<sip:12345@x>", RemoteURI: "<sip:13800001000@y>",
		RemoteTarget: "sip:13800001000@" + p.addr, LocalCSeq: 4, Transport: "udp",
	})
	if err != nil {
		t.Fatal(err)
	}
	bye := p.incoming("BYE")
	if bye.callID != "old@life" || bye.cseq != 5 || bye.from.tag() != "l" || bye.to.tag() != "r" {
		t.Errorf("BYE %+v", bye.headers)
	}
	p.reply(bye, 481, "Gone", "", "")
	if b.ua.Abort(t.Context(), callcenter.Dialog{}) == nil {
		t.Error("a dialog without facts was aborted")
	}
}

// TestAStormInACall: what a call cannot take is dropped, not answered as if there were
// no call: a 481 would make the caller's side give it up (RFC 3261 section 12.2.1.2).
func TestAStormInACall(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	_ = p.pc.SetReadBuffer(1 << 20) // for all the answers at once
	id := p.call()
	busy, free := make(chan struct{}), make(chan struct{})
	if err := b.ua.command(id, func(*leg) { close(busy); <-free }); err != nil {
		t.Fatal(err)
	}
	<-busy
	for range maxMailbox + 1 {
		p.send(p.request("OPTIONS", 0, ""))
	}
	other := newPhone(b)
	other.synced() // all of them have been read
	_ = p.pc.SetReadDeadline(time.Now().Add(time.Millisecond))
	if n, err := p.pc.Read(make([]byte, 4096)); err == nil {
		t.Fatalf("%d bytes of an answer while the call is busy", n)
	}
	close(free)
	p.send(p.request("BYE", 0, ""))
	p.response("BYE", 200)
	isEnded(t, b.eng.event(t, "the end"), id, callcenter.EndCallerHangUp)
}
