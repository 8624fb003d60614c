package sipua

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"hotline12345/callcenter"
)

// Reliable provisional answers (RFC 3262). Towards a caller who demands them our 180 is
// sent until its PRACK; those of whom we call are acknowledged, each once and in order.

// provisional is a reliable 180 or 183 that waits for its PRACK.
type provisional struct {
	seq    uint32
	raw    []byte
	acked  bool
	waited time.Duration
	wait   time.Duration
}

// provisional sends 180 or 183 until PRACK (section 3). There is one at a time.
func (l *leg) provisional(code int, sdp []byte) {
	p := &provisional{seq: 1 + rand.Uint32N(1<<30), wait: l.ua.opt.T1} //nolint:gosec // no secret
	if l.prov != nil {
		p.seq = l.prov.seq + 1
	}
	l.invite.respond(answer{code: code, headers: []header{
		l.contact(), {"Require", "100rel"}, {"RSeq", strconv.FormatUint(uint64(p.seq), 10)}, {"Allow", allowed},
	}, body: sdp})
	p.raw = l.invite.last
	l.prov = p
	l.c.after(p.wait, func() { l.repeatProvisional(p) })
}

func (l *leg) repeatProvisional(p *provisional) {
	if p.acked || l.state != legIncoming {
		return
	}
	if p.waited += p.wait; p.waited >= 64*l.ua.opt.T1 {
		l.refuse(504)
		l.ua.sink.Event(l.id, callcenter.LegEnded{Leg: l.id, Reason: callcenter.EndUnreachable})
		return
	}
	l.ua.net.reply(l.invite.from, l.invite.req.via, p.raw)
	p.wait *= 2
	l.c.after(p.wait, func() { l.repeatProvisional(p) })
}

// unheard says whether a reliable answer of ours waits for its PRACK.
func (l *leg) unheard() bool { return l.prov != nil && !l.prov.acked }

// settled says whether offer and answer are exchanged before the call is answered, so
// that they may offer something else.
func (l *leg) settled() bool { return l.early && l.reliable && !l.unheard() }

// onPrack: the 180 or 183 arrived. It may still come after our 200.
func (l *leg) onPrack(t *serverTx) {
	seq, cseq, ok := parseRAck(t.req.get("rack"))
	p := l.prov
	if !ok || p == nil || p.acked || seq != p.seq || cseq != l.invite.req.cseq {
		t.respond(answer{code: 481})
		return
	}
	p.acked = true
	defer func() {
		if next := l.onceHeard; next != nil {
			l.onceHeard = nil
			next()
		}
	}()
	offer, a := sdpOf(t.req)
	switch {
	case a.code != 0:
		t.respond(a)
	case offer == nil:
		t.respond(answer{code: 200})
	case !l.early: // theirs in the INVITE is not answered yet
		t.respond(answer{code: 488})
	default:
		sdp, err := l.ua.sink.Reoffer(l.id, offer)
		if err != nil {
			t.respond(answer{code: statusOf(err, 488)})
			return
		}
		l.localSDP, l.remoteSDP = string(sdp), string(offer)
		t.respond(answer{code: 200, body: sdp})
	}
}

// parseRAck reads "776656 1 INVITE" (section 7.2).
func parseRAck(v string) (seq, cseq uint32, ok bool) {
	f := strings.Fields(v)
	if len(f) != 3 || f[2] != "INVITE" {
		return 0, 0, false
	}
	s, err1 := strconv.ParseUint(f[0], 10, 32)
	c, err2 := strconv.ParseUint(f[1], 10, 31)
	return uint32(s), uint32(c), err1 == nil && err2 == nil && s > 0
}

// acknowledge answers a reliable provisional answer with PRACK (section 4). False: it
// came before, or one before it did not come yet, and counts for nothing.
func (l *leg) acknowledge(res *message) bool {
	n, err := strconv.ParseUint(res.get("rseq"), 10, 32)
	tag := res.to.tag()
	if !res.lists("require", "100rel") || err != nil || n == 0 || tag == "" || res.code == 100 {
		return true
	}
	seq := uint32(n)
	last, known := l.out.rseq[tag]
	switch {
	case known && seq != last+1, !known && len(l.out.rseq) >= maxForks:
		return false
	case l.out.rseq == nil:
		l.out.rseq = map[string]uint32{}
	}
	l.out.rseq[tag] = seq
	early := *l
	early.establish(res)
	l.localCSeq++
	r := early.inDialog("PRACK", l.localCSeq)
	r.headers = append([]header{{"RAck", strings.Join([]string{strconv.FormatUint(n, 10), strconv.FormatUint(uint64(l.out.tx.req.cseq), 10), "INVITE"}, " ")}}, l.out.auth...)
	early.launch(r, func() { l.c.request(r, func(*message) {}) })
	return true
}
