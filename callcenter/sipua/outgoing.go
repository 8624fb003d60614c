package sipua

import (
	"net"
	"slices"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

// outgoing is our INVITE on the way to a dialog.
type outgoing struct {
	route     route
	others    []route // to try when this one fails
	own       string  // our URI towards the trunk
	to        destination
	tx        *clientTx
	auth      []header
	tries     int // of digest
	ringing   bool
	rseq      map[string]uint32 // by To tag: the newest reliable provisional answer
	early     early
	cancelled bool
	sign      *time.Timer     // nothing at all came back
	acks      map[string]sent // by To tag of the 2xx: the ACK, repeated with it
	shown     engine.Shown    // of a call to a phone: who calls
}

type sent struct {
	to  destination
	raw []byte // nil until the address is known
}

// maxAuthTries: once with credentials, once more when the nonce was stale.
const maxAuthTries = 2

// dial starts on the call's goroutine.
func (l *leg) dial(c *call) {
	l.c = c
	c.legs = append(c.legs, l)
	l.tryRoute()
}

// tryRoute calls by the trunk that the leg has claimed.
func (l *leg) tryRoute() {
	r := l.out.route
	if r.phone != nil {
		l.callPhone()
		return
	}
	l.c.resolve(r.host, r.port, r.transport, func(to destination, err error) {
		if l.state != legDialing {
			return
		}
		if l.out.cancelled {
			l.close()
			return
		}
		t := &l.ua.opt.Trunks[l.trunk]
		if err != nil {
			l.ua.opt.Log.Warn("sip: trunk not found", "trunk", t.Name, "error", err)
			l.ua.failed(l.trunk, FailedCall, 0)
			l.giveUp(0, callcenter.EndUnreachable)
			return
		}
		to.who = t.who(r.host)
		l.out.to = to
		l.peer, l.transport = to.addr, to.transport
		l.ua.gate.expect(to.addr.Addr(), l.trunk)
		l.out.own = t.address(l.ua, to)
		l.localURI = t.from(l.out.own)
		l.remoteURI = "<" + r.uri + ">"
		l.remoteTarget = r.uri
		l.sendInvite()
		l.awaitSign()
	})
}

// callPhone calls a registered phone where it registered from.
func (l *leg) callPhone() {
	if l.out.cancelled {
		l.close()
		return
	}
	r := l.out.route
	to := r.phone.at
	l.out.to, l.peer, l.transport = to, to.addr, to.transport
	host, _, _ := net.SplitHostPort(l.ua.net.localFor(to))
	l.localURI = shownAs(l.out.shown, bracketed(host))
	l.remoteURI, l.remoteTarget, l.routeSet = "<"+r.uri+">", r.uri, r.phone.path
	l.secure = secure(r.uri)
	l.sendInvite()
	l.awaitSign()
}

// awaitSign asks the next way when nothing at all comes back from this one. A desk phone
// that says nothing is gone, and nobody waits for it until the INVITE times out.
func (l *leg) awaitSign() {
	if len(l.out.others) == 0 && l.out.route.phone == nil {
		return
	}
	tx := l.out.tx
	l.out.sign = l.c.after(l.ua.opt.FirstSign, func() {
		if l.state == legDialing && !l.out.cancelled && l.out.tx == tx && !tx.heard && tx.state == txProceeding {
			l.ua.failed(l.trunk, FailedCall, 0)
			l.ua.heard(l.trunk, false)
			l.unreachable()
			if !l.next() && l.out.route.phone != nil {
				l.ua.sink.Event(l.id, callcenter.LegFailed{Leg: l.id, Reason: callcenter.EndUnreachable})
				l.cancelDial() // what it may still answer is ended
			}
		}
	})
}

// unreachable: nobody is where the phone registered from.
func (l *leg) unreachable() {
	if b := l.out.route.phone; b != nil {
		l.ua.opt.Log.Warn("sip: a desk phone does not answer and counts as gone", "account", b.account.User, "agent", b.account.Agent)
		l.ua.phones.remove(b)
	}
}

func bracketed(host string) string {
	if slices.Contains([]byte(host), ':') {
		return "[" + host + "]"
	}
	return host
}

func (l *leg) sendInvite() {
	l.localCSeq++
	headers := []header{l.contact(), {"Allow", allowed}, {"Supported", supported}}
	headers = append(headers, l.sessionHeaders("")...)
	headers = append(headers, l.ua.opt.Trunks[l.trunk].identity(l.out.own)...)
	r := &outRequest{
		method: "INVITE", uri: l.out.route.uri, to: l.out.to, local: l.ua.net.localFor(l.out.to), branch: newBranch(),
		from: l.localURI + ";tag=" + l.localTag, toValue: l.remoteURI, callID: l.callID, cseq: l.localCSeq, routes: slices.Clone(l.routeSet),
		headers: append(headers, l.out.auth...),
		body:    []byte(l.localSDP),
	}
	l.out.tx = l.c.request(r, l.onAnswer)
}

// giveUp tries the next trunk before the engine hears of a failure.
func (l *leg) giveUp(code int, reason callcenter.EndReason) {
	if !l.out.cancelled && !l.out.ringing && len(l.out.others) > 0 && l.next() {
		return
	}
	l.fail(code, reason)
}

// next goes on with another trunk; false when there is none with room. The INVITE that
// it leaves behind may still be answered: then it is ended like a fork too many.
func (l *leg) next() bool {
	failed := l.trunk
	if l.ua.claim(l) != nil {
		return false
	}
	l.ua.passOn(failed)
	stopTimer(l.out.sign)
	trunks := l.ua.opt.Trunks
	l.ua.opt.Log.Warn("sip: another trunk is asked", "leg", l.id, "trunk", trunks[failed].Name, "next", trunks[l.trunk].Name)
	if tx := l.out.tx; tx != nil {
		left, out := *l, *l.out
		out.cancelled, out.acks = true, map[string]sent{}
		left.state, left.out = legOver, &out
		tx.on = left.onAnswer
		l.out.tx = nil
	}
	l.localTag, l.out.auth, l.out.tries, l.out.rseq, l.out.early = newToken(8), nil, 0, nil, early{}
	l.tryRoute()
	return true
}

// onAnswer takes each answer to our INVITE.
func (l *leg) onAnswer(res *message) {
	switch {
	case res.code < 200:
		l.onProvisional(res)
	case res.code < 300:
		l.on2xx(res)
	case l.state != legDialing:
	case (res.code == 401 || res.code == 407) && !l.out.cancelled && l.authorize(res):
		l.sendInvite()
	case res.code == 422 && !l.out.cancelled && l.raise(res):
		l.sendInvite()
	case res.vias != nil && elsewhere(res.code):
		if l.out.route.phone == nil {
			l.ua.failed(l.trunk, FailedCall, res.code)
			l.ua.rest(l.trunk, restOf(res))
		} else if res.code == 408 {
			l.unreachable()
		}
		l.giveUp(res.code, failure(res.code))
	case res.vias != nil:
		l.fail(res.code, failure(res.code))
	case l.out.ringing: // made by the transaction: it only ever rang
		l.fail(0, callcenter.EndNoAnswer)
	default: // or nobody was there
		l.ua.failed(l.trunk, FailedCall, 0)
		l.ua.heard(l.trunk, false)
		l.unreachable()
		l.giveUp(0, callcenter.EndUnreachable)
	}
}

// restOf is how long a 503 asks to be left alone.
func restOf(res *message) time.Duration {
	if res.code != 503 {
		return 0
	}
	return retryAfter(res)
}

func (l *leg) onProvisional(res *message) {
	if l.out.cancelled {
		l.out.tx.cancel()
		return
	}
	if !l.acknowledge(res) {
		return
	}
	if res.code == 100 || l.state != legDialing {
		return
	}
	sdp := l.out.early.take(res)
	if sdp != "" || !l.out.ringing {
		l.out.ringing = true
		l.ua.sink.Event(l.id, callcenter.LegRinging{Leg: l.id, SDP: sdp})
	}
}

func (l *leg) authorize(res *message) bool {
	h, stale, ok := l.ua.opt.Trunks[l.trunk].authorize(res, "INVITE", l.out.route.uri)
	if !ok || l.out.tries >= maxAuthTries || l.out.tries > 0 && !stale {
		return false
	}
	l.out.tries++
	l.out.auth = []header{h}
	return true
}

// on2xx makes the dialog of the first answer. An answer that comes again gets its ACK
// again; a second phone that picked up gets ACK and BYE (section 13.2.2.4).
func (l *leg) on2xx(res *message) {
	tag := res.to.tag()
	if ack, known := l.out.acks[tag]; known {
		if ack.raw != nil {
			l.ua.net.send(ack.to, ack.raw, func(error) {})
		}
		return
	}
	if len(l.out.acks) >= maxForks {
		return
	}
	l.out.acks[tag] = sent{} // until the ACK's address is known
	if l.state != legDialing {
		fork := *l
		fork.state, fork.out = legOver, l.out
		fork.establish(res)
		fork.ack(tag)
		fork.sendBye()
		return
	}
	l.state = legUp
	l.establish(res)
	l.ack(tag)
	if l.out.cancelled { // our CANCEL crossed it
		l.close()
		l.sendBye()
		return
	}
	sdp, refusal := sdpOf(res)
	if sdp == nil {
		sdp = l.out.early.of(tag) // said before (RFC 3262 section 5)
	}
	if sdp == nil || refusal.code != 0 {
		l.close()
		l.sendBye()
		l.ua.sink.Event(l.id, callcenter.LegFailed{Leg: l.id, Code: 488, Reason: callcenter.EndMediaRefused})
		return
	}
	l.remoteSDP = string(sdp)
	l.agreed(res)
	l.ua.sink.Event(l.id, callcenter.LegAnswered{Leg: l.id, Dialog: l.dialog()})
}

// maxForks bounds the phones that may pick up one call.
const maxForks = 8

// establish takes the dialog's facts from a 2xx (section 12.1.2).
func (l *leg) establish(res *message) {
	l.remoteTag = res.to.tag()
	l.remoteURI = res.to.plain()
	l.routeSet = res.list("record-route")
	slices.Reverse(l.routeSet)
	l.refreshTarget(res)
	l.updates = res.lists("allow", "UPDATE")
}

// ack acknowledges a 2xx: a request of its own, with the INVITE's number and
// credentials.
func (l *leg) ack(tag string) {
	r := l.inDialog("ACK", l.out.tx.req.cseq)
	r.headers = l.out.auth
	out := l.out
	l.launch(r, func() {
		a := sent{r.to, r.render()}
		out.acks[tag] = a
		l.ua.net.send(a.to, a.raw, func(error) {})
	})
}

// cancelDial hangs up before anybody answered.
func (l *leg) cancelDial() {
	if l.out == nil || l.out.cancelled {
		return
	}
	l.out.cancelled = true
	if l.out.tx == nil {
		return // dial will see it
	}
	l.out.tx.cancel()
}

// fail ends an outgoing leg that was not answered. The engine hears it unless it gave
// up itself. Code 0: no answer of the network's.
func (l *leg) fail(code int, reason callcenter.EndReason) {
	told := l.out.cancelled
	l.close()
	if !told {
		l.ua.opt.Log.Info("sip: call not answered", "leg", l.id, "status", code)
		l.ua.sink.Event(l.id, callcenter.LegFailed{Leg: l.id, Code: code, Reason: reason})
	}
}

// failure sorts a status of a failed call (RFC 3261 section 21) for people.
func failure(code int) callcenter.EndReason {
	switch code {
	case 486, 600:
		return callcenter.EndBusy
	case 403, 603, 433, 607:
		return callcenter.EndRejected
	case 408, 480, 487:
		return callcenter.EndNoAnswer
	case 488, 606, 415:
		return callcenter.EndMediaRefused
	default:
		return callcenter.EndUnreachable
	}
}
