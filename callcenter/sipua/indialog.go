package sipua

import (
	"errors"
	"mime"
	"slices"
	"strings"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

// onRequest takes a request inside this dialog.
func (l *leg) onRequest(m *message, from source) {
	t := l.c.newServerTx(m, from, l.localTag)
	if l.state != legDialing { // before an answer each phone that rings has its own count
		if m.cseq <= l.remoteCSeq && l.remoteCSeq != 0 { // out of order (RFC 3261 section 12.2.2)
			t.respond(answer{code: 500, reason: "CSeq Out Of Order"})
			return
		}
		l.remoteCSeq = m.cseq
		if l.remoteTag == "" {
			l.remoteTag = m.from.tag()
		}
	}
	if m.method != "BYE" {
		if a := general(m); a.code != 0 {
			t.respond(a)
			return
		}
	}
	switch m.method {
	case "BYE":
		l.onBye(t)
	case "INVITE":
		l.onReinvite(t)
	case "INFO":
		l.onInfo(t)
	case "UPDATE":
		l.onUpdate(t)
	case "PRACK":
		l.onPrack(t)
	default:
		t.respond(otherMethod(m))
	}
}

// onBye: it may come before the ACK, and even before our answer.
func (l *leg) onBye(t *serverTx) {
	if l.state == legDialing {
		t.respond(answer{code: 481}) // the callee has no dialog to end yet
		return
	}
	t.respond(answer{code: 200})
	if l.state == legIncoming {
		l.invite.respond(answer{code: 487})
	}
	l.end(callcenter.EndCallerHangUp)
}

// onReinvite waits for the ACK before it, which it may have overtaken.
func (l *leg) onReinvite(t *serverTx) {
	t.leg = l
	switch {
	case l.state == legDialing, l.session.pending != nil && l.session.pending.invite(): // glare (section 14.2)
		t.respond(answer{code: 491})
	case l.state == legIncoming, l.held != nil: // two at once (section 14.2)
		t.respond(answer{code: 500, headers: []header{{"Retry-After", "3"}}})
	case l.bye:
		t.respond(answer{code: 487})
	case l.unacked != nil:
		l.held = t
		t.respond(answer{code: 100})
	default:
		t.respond(answer{code: 100})
		l.reoffer(t)
	}
}

// reoffer lets the engine answer a re-INVITE; without SDP the engine makes an offer.
func (l *leg) reoffer(t *serverTx) {
	offer, a := sdpOf(t.req)
	if a.code == 0 {
		a = l.ua.tooShort(t.req)
	}
	if a.code != 0 {
		t.respond(a)
		return
	}
	sdp, err := l.ua.sink.Reoffer(l.id, offer)
	if err != nil {
		t.respond(answer{code: statusOf(err, 488)}) // the session stays as it was (section 14.2)
		return
	}
	l.refreshTarget(t.req)
	l.localSDP = string(sdp)
	if offer != nil {
		l.remoteSDP = string(offer)
	}
	l.accept(t, sdp)
}

// statusOf is the status that the engine's error names, or another.
func statusOf(err error, other int) int {
	var status engine.StatusError
	if errors.As(err, &status) && status.Code >= 400 && status.Code <= 699 {
		return status.Code
	}
	return other
}

// onInfo takes keys (the dtmf-relay form that gateways use). An empty INFO is a sign of
// life.
func (l *leg) onInfo(t *serverTx) {
	m := t.req
	if len(m.body) == 0 {
		t.respond(answer{code: 200})
		return
	}
	kind, _, err := mime.ParseMediaType(m.get("content-type"))
	key := ""
	switch {
	case err != nil:
	case kind == "application/dtmf-relay":
		key = relayKey(string(m.body))
	case kind == "application/dtmf":
		key = keyName(strings.TrimSpace(string(m.body)))
	}
	if key == "" {
		t.respond(answer{code: 415, headers: []header{{"Accept", "application/dtmf-relay, application/dtmf"}}})
		return
	}
	t.respond(answer{code: 200})
	l.ua.sink.Event(l.id, callcenter.KeyPressed{Leg: l.id, Key: key})
}

// relayKey reads "Signal=5" out of a dtmf-relay body.
func relayKey(body string) string {
	for line := range strings.Lines(body) {
		name, value, ok := strings.Cut(line, "=")
		if ok && strings.EqualFold(strings.TrimSpace(name), "signal") {
			return keyName(strings.TrimSpace(value))
		}
	}
	return ""
}

// keyName turns a signal into the key's name; "" for what no telephone has.
func keyName(signal string) string {
	switch signal {
	case "10":
		return "*"
	case "11":
		return "#"
	}
	if len(signal) == 1 && strings.Contains("0123456789*#", signal) {
		return signal
	}
	return ""
}

// inDialog builds a request within the dialog (section 12.2.1.1).
func (l *leg) inDialog(method string, cseq uint32) *outRequest {
	r := &outRequest{
		method: method, uri: l.remoteTarget, branch: newBranch(),
		from: l.localURI + ";tag=" + l.localTag, toValue: l.remoteURI,
		callID: l.callID, cseq: cseq, routes: slices.Clone(l.routeSet),
	}
	if l.remoteTag != "" {
		r.toValue += ";tag=" + l.remoteTag
	}
	if len(r.routes) == 0 {
		return r
	}
	first, err := parseAddress(r.routes[0])
	if err != nil {
		return r
	}
	if uri, err := sipURI(first.uri); err == nil {
		if _, loose := uriParam(uri, "lr"); !loose { // a strict router of RFC 2543
			r.uri = first.uri
			r.routes = append(r.routes[1:], "<"+l.remoteTarget+">")
		}
	}
	return r
}

// nextHopOf is the URI a request goes to: the first route, else the target.
func (l *leg) nextHopOf(r *outRequest) string {
	if len(l.routeSet) > 0 {
		if first, err := parseAddress(l.routeSet[0]); err == nil {
			return first.uri
		}
	}
	return r.uri
}

// launch finds the address for r and hands it to send, at once for an address literal.
func (l *leg) launch(r *outRequest, send func()) {
	transport := l.transport
	if transport == "" {
		transport = transportUDP
	}
	toPeer := func() {
		r.to = destination{transport, l.peer, l.ua.opt.whoIs(l.trunk, l.peer.Addr(), l.peer.Addr().String())}
		r.local = l.ua.net.localFor(r.to)
		send()
	}
	if l.out != nil && l.out.route.phone != nil && len(l.routeSet) == 0 { // its Contact may be behind a NAT
		toPeer()
		return
	}
	uri, err := sipURI(l.nextHopOf(r))
	if err != nil {
		if l.peer.IsValid() { // a target we cannot reach by name: back to where it came from
			toPeer()
		}
		return
	}
	host, port, transport := nextHop(uri, transport)
	l.c.resolve(host, port, transport, func(to destination, err error) {
		if err != nil {
			if l.peer.IsValid() {
				toPeer()
			}
			return
		}
		if stream(to.transport) && to.addr.Addr() == l.peer.Addr() && l.ua.net.connected(connKey{to.transport, l.peer}) {
			to.addr = l.peer // the connection they made; their listener may be out of reach
		}
		to.who = l.ua.opt.whoIs(l.trunk, to.addr.Addr(), host)
		r.to = to
		r.local = l.ua.net.localFor(to)
		send()
	})
}

// sendBye ends the dialog on the wire. Whatever comes back, it is over; only a demand
// for digest is met, once.
func (l *leg) sendBye() {
	l.localCSeq++
	l.sendByeWith(nil)
}

func (l *leg) sendByeWith(auth []header) {
	r := l.inDialog("BYE", l.localCSeq)
	r.headers = auth
	l.launch(r, func() {
		l.c.request(r, func(res *message) {
			if auth != nil || res.code != 401 && res.code != 407 {
				return
			}
			trunk, ok := l.trunk, true
			if trunk < 0 {
				trunk, ok = l.ua.gate.owner(r.to.addr.Addr())
			}
			if !ok {
				return
			}
			if h, _, ok := l.ua.opt.Trunks[trunk].authorize(res, "BYE", r.uri); ok {
				l.localCSeq++
				l.sendByeWith([]header{h})
			}
		})
	})
}
