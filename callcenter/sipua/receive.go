package sipua

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"slices"
	"strings"

	"hotline12345/callcenter/engine"
)

// knownMethods exist, whether or not we serve them: 405 for these, 501 for others.
var knownMethods = []string{
	"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "REGISTER", "SUBSCRIBE", "NOTIFY", "REFER", "MESSAGE", "PRACK", "UPDATE", "PUBLISH",
}

// receive takes each message in the order it came.
func (u *UA) receive(m *message, err error, from source) {
	var fault parseError
	switch {
	case m == nil:
		return
	case errors.As(err, &fault):
		if m.method != "" && m.method != "ACK" && fault.code != 0 {
			u.refuse(m, from, answer{code: fault.code, reason: fault.text})
		}
		return
	case m.method == "":
		if len(m.vias) == 1 { // an answer for somebody else goes nowhere (section 18.1.2)
			u.dispatch(m.callID, false, true, func(c *call) { c.onResponse(m) })
		}
		return
	}
	if u.dispatch(m.callID, false, true, func(c *call) { c.onRequest(m, from) }) {
		return
	}
	u.fresh(m, from)
}

// fresh is a request for a Call-ID we know nothing of. All but a good INVITE are
// answered without keeping anything (RFC 3261 section 8.2.7).
func (u *UA) fresh(m *message, from source) {
	if m.method == "ACK" {
		return
	}
	if m.to.tag() != "" || m.method == "CANCEL" {
		u.refuse(m, from, answer{code: 481})
		return
	}
	if m.method == "REGISTER" {
		u.onRegister(m, from)
		return
	}
	if m.method != "INVITE" {
		u.refuse(m, from, u.outside(m))
		return
	}
	trunk, a := u.screen(m, from)
	if a.code != 0 {
		u.refuse(m, from, a)
		return
	}
	if !u.dispatch(m.callID, true, true, func(c *call) { c.onNewInvite(m, from, trunk) }) {
		u.refuse(m, from, overloaded())
	}
}

func overloaded() answer {
	return answer{code: 503, headers: []header{{"Retry-After", "10"}}}
}

// refuse answers without a transaction; a request that comes again gets the same.
func (u *UA) refuse(m *message, from source, a answer) {
	u.net.reply(from, m.via, renderResponse(m, from, u.statelessTag(m), a))
}

// capabilities are what OPTIONS asks for.
func capabilities() []header {
	return []header{{"Allow", allowed}, {"Supported", supported}, {"Accept", "application/sdp, application/dtmf-relay"}}
}

// outside answers a request outside any dialog that is not INVITE.
func (u *UA) outside(m *message) answer {
	if !slices.Contains(knownMethods, m.method) { // the method is looked at first (section 8.2.1)
		return otherMethod(m)
	}
	if a := general(m); a.code != 0 {
		return a
	}
	return otherMethod(m)
}

// otherMethod answers what no dialog takes.
func otherMethod(m *message) answer {
	switch {
	case m.method == "OPTIONS":
		return answer{code: 200, headers: capabilities()}
	case m.method == "BYE", m.method == "INFO", m.method == "PRACK", m.method == "UPDATE":
		return answer{code: 481} // they only mean something in a dialog, or to a reliable 18x
	case m.method == "NOTIFY":
		return answer{code: 481} // we subscribed to nothing (RFC 6665 section 4.1.3)
	case slices.Contains(knownMethods, m.method):
		return answer{code: 405, headers: []header{{"Allow", allowed}}}
	default:
		return answer{code: 501, headers: []header{{"Allow", allowed}}}
	}
}

// general are the checks of RFC 3261 section 8.2 for any request. Code 0: all is well.
func general(m *message) answer {
	uri, err := sipURI(m.uri)
	if err != nil && !strings.HasPrefix(strings.ToLower(m.uri), "tel:") {
		scheme, _, _ := strings.Cut(strings.ToLower(m.uri), ":")
		if scheme == "sip" || scheme == "sips" || strings.ContainsAny(m.uri, "<> ") {
			return answer{code: 400, reason: "Bad Request-URI"}
		}
		return answer{code: 416}
	}
	if len(uri.Headers) > 0 { // header fields have no place here (section 19.1.1)
		return answer{code: 400, reason: "Bad Request-URI"}
	}
	required := slices.DeleteFunc(m.list("require"), func(tag string) bool {
		tag = strings.ToLower(tag)
		return tag == "timer" || tag == "100rel" || tag == "path" && m.method == "REGISTER" // put there by who adds Path (RFC 3327)
	})
	if len(required) > 0 {
		return answer{code: 420, headers: []header{{"Unsupported", strings.Join(required, ", ")}}}
	}
	return answer{}
}

// screen decides whether an INVITE outside a dialog may come in, and by which trunk.
func (u *UA) screen(m *message, from source) (trunk int, a answer) {
	if a = general(m); a.code != 0 {
		return 0, a
	}
	if secure(m.uri) && from.transport != transportTLS { // on such a way there is no sips (section 26.2.2)
		return 0, answer{code: 416}
	}
	if m.get("max-forwards") == "0" {
		return 0, answer{code: 483}
	}
	contacts := m.list("contact")
	if len(contacts) == 0 && !strings.HasPrefix(m.via.branch, branchCookie) {
		contacts = []string{m.from.uri} // a caller of RFC 2543 times is where he says he is
	}
	if len(contacts) != 1 {
		return 0, answer{code: 400, reason: "One Contact Needed"}
	} else if c, err := parseAddress(contacts[0]); err != nil {
		return 0, answer{code: 400, reason: "Bad Contact"}
	} else if _, err := sipURI(c.uri); err != nil {
		return 0, answer{code: 400, reason: "Bad Contact"}
	}
	if _, a = sdpOf(m); a.code != 0 {
		return 0, a
	}
	if a = u.tooShort(m); a.code != 0 {
		return 0, a
	}
	if !acceptsSDP(m) {
		return 0, answer{code: 406}
	}
	if u.isPhone(m, from) {
		return 0, answer{code: 403, reason: "Desk Phones Take Calls Only"}
	}
	trunk, known := u.gate.byAddress(from.addr.Addr())
	if !known {
		trunk, known = u.registeredAt(from.addr.Addr())
	}
	if !known {
		if trunk, a = u.auth.admit(m); a.code != 0 {
			return 0, a
		}
		// From here on strangers' floods do not drown its calls.
		u.gate.expect(from.addr.Addr(), trunk)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.roomIn(trunk) {
		return 0, overloaded()
	}
	return trunk, answer{}
}

func acceptsSDP(m *message) bool {
	if m.count("accept") == 0 {
		return true // then application/sdp is implied (RFC 3261 section 20.1)
	}
	for _, v := range m.list("accept") {
		kind, _, _ := strings.Cut(v, ";")
		switch strings.ToLower(strings.ReplaceAll(strings.TrimSpace(kind), " ", "")) {
		case "application/sdp", "application/*", "*/*":
			return true
		}
	}
	return false
}

// maxParts bounds a multipart body: SDP, and what an ISUP gateway adds.
const maxParts = 8

// sdpOf takes the session description out of a body; nil when there is none. The
// answer refuses a body that we must understand and do not.
func sdpOf(m *message) ([]byte, answer) {
	if len(m.body) == 0 {
		return nil, answer{}
	}
	refused := answer{code: 415, headers: []header{{"Accept", "application/sdp"}}}
	if e := strings.ToLower(m.get("content-encoding")); e != "" && e != "identity" {
		return nil, answer{code: 415, headers: []header{{"Accept-Encoding", "identity"}}}
	}
	if m.get("content-type") == "" {
		return nil, answer{code: 400, reason: "Content-Type Missing"}
	}
	disposition := strings.ToLower(strings.ReplaceAll(m.get("content-disposition"), " ", ""))
	if kind, rest, _ := strings.Cut(disposition, ";"); kind != "" && kind != "session" {
		if strings.Contains(rest, "handling=optional") {
			return nil, answer{}
		}
		return nil, refused
	}
	kind, p, err := mime.ParseMediaType(m.get("content-type"))
	switch {
	case err != nil:
		return nil, answer{code: 400, reason: "Bad Content-Type"}
	case kind == "application/sdp":
		return m.body, answer{}
	case strings.HasPrefix(kind, "multipart/") && p["boundary"] != "":
		if sdp := partOf(m.body, p["boundary"]); sdp != nil {
			return sdp, answer{}
		}
	}
	return nil, refused
}

// partOf finds the SDP in a multipart body (RFC 5621), as ISUP gateways send it.
func partOf(body []byte, boundary string) []byte {
	r := multipart.NewReader(bytes.NewReader(body), boundary)
	for range maxParts {
		part, err := r.NextPart()
		if err != nil {
			return nil
		}
		kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil || kind != "application/sdp" {
			continue
		}
		sdp, err := io.ReadAll(io.LimitReader(part, maxBodyBytes))
		if err != nil || len(sdp) == 0 {
			return nil
		}
		return sdp
	}
	return nil
}

// onResponse gives an answer to its request; strays are dropped (RFC 6026).
func (c *call) onResponse(m *message) {
	if t := c.clients[clientKey(m.via.branch, m.cseqFor)]; t != nil {
		t.receive(m)
	}
}

// onRequest sorts a request of a Call-ID that we know.
func (c *call) onRequest(m *message, from source) {
	switch m.method {
	case "ACK":
		c.onAck(m)
		return
	case "CANCEL":
		c.onCancel(m, from)
		return
	}
	if t := c.servers[serverKey(m, m.method)]; t != nil {
		t.again()
		return
	}
	if tag := m.to.tag(); tag != "" {
		if l := c.legByTags(tag, m.from.tag()); l != nil {
			l.onRequest(m, from)
			return
		}
		c.ua.refuse(m, from, answer{code: 481})
		return
	}
	if c.merged(m) {
		c.ua.refuse(m, from, answer{code: 482})
		return
	}
	if m.method == "REGISTER" { // a refresh, soon after the one before
		c.onRegister(m, from)
		return
	}
	if m.method != "INVITE" {
		c.ua.refuse(m, from, c.ua.outside(m))
		return
	}
	trunk, a := c.ua.screen(m, from)
	if a.code != 0 {
		c.ua.refuse(m, from, a)
		return
	}
	c.onNewInvite(m, from, trunk)
}

// merged: the same request reached us by two ways (RFC 3261 section 8.2.2.2), or our
// own came back to us.
func (c *call) merged(m *message) bool {
	for _, t := range c.servers {
		if t.req.from.tag() == m.from.tag() && t.req.cseq == m.cseq && t.req.method == m.method {
			return true
		}
	}
	for _, l := range c.legs {
		if l.localTag == m.from.tag() {
			return true
		}
	}
	return false
}

func (c *call) onAck(m *message) {
	if t := c.servers[serverKey(m, "INVITE")]; t != nil && t.state != txAccepted {
		t.acked()
		return
	}
	if l := c.legByTags(m.to.tag(), m.from.tag()); l != nil {
		l.onAck(m)
	}
}

// onCancel always answers for itself; the INVITE ends only when it was still open: a
// CANCEL that crosses our 200 changes nothing (RFC 3261 section 9.2).
func (c *call) onCancel(m *message, from source) {
	t := c.servers[serverKey(m, "INVITE")]
	if t == nil {
		c.ua.refuse(m, from, answer{code: 481})
		return
	}
	c.ua.net.reply(from, m.via, renderResponse(m, from, t.toTag, answer{code: 200}))
	if t.state != txProceeding {
		return
	}
	t.respond(answer{code: 487})
	if t.leg != nil {
		t.leg.onCancelled(t)
	}
}

// onNewInvite makes a leg and asks the engine.
func (c *call) onNewInvite(m *message, from source, trunk int) {
	if t := c.servers[serverKey(m, m.method)]; t != nil {
		t.again() // two copies raced to make the call
		return
	}
	l := newIncoming(c, m, from, trunk)
	t := c.newServerTx(m, from, l.localTag)
	t.leg, l.invite = l, t
	if err := c.ua.addLeg(l); err != nil {
		t.respond(overloaded())
		return
	}
	c.legs = append(c.legs, l)
	t.respond(answer{code: 100})
	offer, _ := sdpOf(m)
	in := engine.Inbound{
		Leg: l.id, From: callerNumber(m, c.ua.opt.Trunks[trunk].Callers), To: numberOfURI(m.uri),
		Trunk: c.ua.opt.Trunks[trunk].Name, Offer: offer, Dialog: l.dialog(),
	}
	if err := c.ua.sink.Arrived(in); err != nil {
		code := statusOf(err, 500)
		c.ua.opt.Log.Info("sip: call refused", "leg", l.id, "trunk", in.Trunk, "status", code, "error", err)
		l.refuse(code)
		return
	}
	if c.ua.contacts != nil {
		c.ua.contacts.put(in.From, l.remoteTarget, from)
	}
	l.await()
}
