package sipua

import (
	"strings"
	"testing"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

func TestReinvite(t *testing.T) {
	b := newBench(t, nil)
	p, moved := newPhone(b), newPhone(b)
	leg := p.call()
	hold := strings.Replace(theirSDP, "m=audio", "a=sendonly\r\nm=audio", 1)
	invite := p.request("INVITE", 0, hold)
	p.send(strings.Replace(invite, "Contact: <sip:13800001000@"+p.addr, "Contact: <sip:13800001000@"+moved.addr, 1))
	if got := take(t, b.eng.reoffers, "the re-INVITE"); got != hold {
		t.Errorf("engine heard %q", got)
	}
	p.response("INVITE", 200)
	p.send(p.request("ACK", p.cseq, ""))
	p.synced()
	_ = b.ua.HangUp(leg)
	if bye := moved.incoming("BYE"); bye.uri != "sip:13800001000@"+moved.addr {
		t.Errorf("BYE to %s: the target was not refreshed", bye.uri)
	}
}

func TestReinviteRefused(t *testing.T) {
	b := newBench(t, nil)
	b.eng.onReoffer(func(string) ([]byte, error) { return nil, engine.StatusError{Code: 488, Reason: "no codec"} })
	p := newPhone(b)
	p.call()
	invite := p.request("INVITE", 0, theirSDP)
	p.send(invite)
	p.response("INVITE", 488)
	p.send(ackOf(p, invite))
	p.synced() // the call goes on
	p.send(p.request("BYE", 0, ""))
	p.response("BYE", 200)
}

// A re-INVITE that overtakes the ACK before it waits for that ACK.
func TestReinviteOvertakesAck(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	p.answered()
	p.response("INVITE", 200)
	p.send(p.request("INVITE", 0, "v=0\r\nsecond"))
	p.response("INVITE", 100)
	if len(b.eng.reoffers) != 0 {
		t.Fatal("the re-INVITE did not wait")
	}
	p.send(p.request("INVITE", 0, "v=0\r\nthird"))
	p.response("INVITE", 500) // one may wait, not more
	p.send(p.request("ACK", 1, ""))
	if got := take(t, b.eng.reoffers, "the held re-INVITE"); got != "v=0\r\nsecond" {
		t.Errorf("engine heard %q", got)
	}
	p.last = 2
	p.response("INVITE", 200)
	p.send(p.request("ACK", 2, ""))
}

func TestLateOffer(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	p.send(p.request("INVITE", 0, ""))
	in := b.eng.arrived(t)
	if len(in.Offer) != 0 {
		t.Errorf("offer %q", in.Offer)
	}
	_ = b.ua.Answer(in.Leg, []byte(ourSDP))
	p.response("INVITE", 200)
	p.send(p.request("ACK", 1, theirSDP))
	if got := take(t, b.eng.confirmed, "the answer in the ACK"); got != theirSDP {
		t.Errorf("confirmed %q", got)
	}
	p.send(p.request("INVITE", 0, "")) // asks us for an offer again
	if got := take(t, b.eng.reoffers, "the re-INVITE"); got != "" {
		t.Errorf("reoffer %q", got)
	}
	p.response("INVITE", 200)
	p.send(p.request("ACK", p.cseq, theirSDP))
	take(t, b.eng.confirmed, "the answer in the second ACK")
}

func TestLateOfferNeverAnswered(t *testing.T) {
	b := newBench(t, nil)
	p := newPhone(b)
	p.send(p.request("INVITE", 0, ""))
	in := b.eng.arrived(t)
	_ = b.ua.Answer(in.Leg, []byte(ourSDP))
	p.response("INVITE", 200)
	p.send(p.request("ACK", 1, ""))
	p.incoming("BYE")
	isEnded(t, b.eng.event(t, "the end"), in.Leg, callcenter.EndMediaRefused)
}
