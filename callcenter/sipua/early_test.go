package sipua

import (
	"fmt"
	"strings"
	"testing"

	"hotline12345/callcenter"
)

// described is their SDP with another port, to tell sessions apart.
func described(port int) string {
	return strings.Replace(theirSDP, "audio 4000", fmt.Sprintf("audio %d", port), 1)
}

func isRinging(t *testing.T, ev callcenter.Event, leg callcenter.LegID, sdp string) {
	t.Helper()
	if want := (callcenter.LegRinging{Leg: leg, SDP: sdp}); ev != callcenter.Event(want) {
		t.Errorf("event %#v, want %#v", ev, want)
	}
}

// First it rings, then the network speaks; ringing afterwards changes nothing.
func TestEarlyMedia(t *testing.T) {
	b, p := dialBench(t, nil)
	leg := dial(t, b)
	invite := p.incoming("INVITE")
	p.reply(invite, 180, "Ringing", "a", "")
	isRinging(t, b.eng.event(t, "ringing"), leg, "")
	p.reply(invite, 183, "Session Progress", "a", described(4002))
	isRinging(t, b.eng.event(t, "the network's sound"), leg, described(4002))
	p.reply(invite, 180, "Ringing", "a", "")
	p.reply(invite, 183, "Session Progress", "a", described(4002)) // against time-outs on the way (section 13.3.1.1)
	p.reply(invite, 404, "Not Found", "a", "")
	isFailed(t, b.eng.event(t, "the end"), leg, 404, callcenter.EndUnreachable)
	b.eng.quiet(t)
}

// The answer stood in a reliable 183: the 200 need not say it again.
func TestAnswerIsTheEarlyOne(t *testing.T) {
	b, p := dialBench(t, nil)
	leg := dial(t, b)
	invite := p.incoming("INVITE")
	p.reply(invite, 183, "Session Progress", "a", described(4002), "Require: 100rel", "RSeq: 1")
	p.reply(p.incoming("PRACK"), 200, "OK", "", "")
	isRinging(t, b.eng.event(t, "the network's sound"), leg, described(4002))
	p.reply(invite, 200, "OK", "a", "")
	p.incoming("ACK")
	answered, ok := b.eng.event(t, "the answer").(callcenter.LegAnswered)
	if !ok || answered.Dialog.RemoteSDP != described(4002) {
		t.Errorf("answered %+v", answered)
	}
	b.eng.quiet(t)
}

// A search one phone after the other: the newest sound is let in, the answer decides, and
// who answers too late gets ACK and BYE.
func TestForkedEarlyMedia(t *testing.T) {
	b, p := dialBench(t, nil)
	leg := dial(t, b)
	invite := p.incoming("INVITE")
	for i := range maxForks + 2 {
		p.reply(invite, 183, "Session Progress", fmt.Sprint("phone", i), described(4000+2*i))
	}
	for i := range maxForks { // more phones than that are not listened to
		isRinging(t, b.eng.event(t, "sound"), leg, described(4000+2*i))
	}
	p.reply(invite, 200, "OK", "phone1", described(4002))
	p.incoming("ACK")
	answered, ok := b.eng.event(t, "the answer").(callcenter.LegAnswered)
	if !ok || answered.Dialog.RemoteTag != "phone1" || answered.Dialog.RemoteSDP != described(4002) {
		t.Errorf("answered %+v", answered)
	}
	p.reply(invite, 200, "OK", "phone0", described(4000))
	if ack := p.incoming("ACK"); ack.to.tag() != "phone0" {
		t.Errorf("ACK to %s", ack.to.tag())
	}
	bye := p.incoming("BYE")
	if bye.to.tag() != "phone0" {
		t.Errorf("BYE to %s", bye.to.tag())
	}
	p.reply(bye, 200, "OK", "", "")
	p.reply(invite, 183, "Session Progress", "phone2", described(4444)) // long too late
	b.eng.quiet(t)
}

// Once offer and answer are exchanged, the network may change its sound before anybody
// answers (RFC 3311 section 5.1); before that, and for another phone, offers meet ours.
func TestUpdateBeforeTheAnswer(t *testing.T) {
	b, p := dialBench(t, nil)
	leg := dial(t, b)
	invite := p.incoming("INVITE")
	update := func(tag string, cseq, want int) {
		t.Helper()
		p.send(strings.Join([]string{
			"UPDATE sip:12345@" + b.addr + " SIP/2.0",
			fmt.Sprintf("Via: SIP/2.0/UDP %s;rport;branch=z9hG4bK-u%s%d", p.addr, tag, cseq),
			"From: " + invite.get("to") + ";tag=" + tag, "To: " + invite.get("from"), "Call-ID: " + invite.callID,
			fmt.Sprintf("CSeq: %d UPDATE", cseq), "Contact: <sip:callee@" + p.addr + ">", "Content-Type: application/sdp",
			fmt.Sprintf("Content-Length: %d", len(theirSDP)), "", theirSDP,
		}, "\r\n"))
		for {
			if m := p.receive(); m.cseqFor == "UPDATE" {
				if m.code != want {
					t.Errorf("UPDATE of %s: %d, want %d", tag, m.code, want)
				}
				return
			}
		}
	}
	p.reply(invite, 183, "Session Progress", "a", described(4002))
	isRinging(t, b.eng.event(t, "sound"), leg, described(4002))
	update("a", 1, 491) // an unreliable answer may be lost: it settles nothing
	p.reply(invite, 183, "Session Progress", "a", described(4002), "Require: 100rel", "RSeq: 1")
	p.reply(p.incoming("PRACK"), 200, "OK", "", "")
	update("a", 2, 200)
	if got := take(t, b.eng.reoffers, "the offer"); got != theirSDP {
		t.Errorf("offer %q", got)
	}
	update("b", 1, 491)
	p.reply(invite, 200, "OK", "a", "")
	p.incoming("ACK")
	if ev, ok := b.eng.event(t, "the answer").(callcenter.LegAnswered); !ok || ev.Dialog.RemoteSDP != theirSDP {
		t.Errorf("answered %+v", ev)
	}
	b.eng.quiet(t)
}
