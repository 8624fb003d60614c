package sipua

// onUpdate takes UPDATE (RFC 3311 section 5.2): a refresh, a new target, and perhaps an
// offer, which must wait while another one is open.
func (l *leg) onUpdate(t *serverTx) {
	offer, a := sdpOf(t.req)
	if a.code == 0 {
		a = l.ua.tooShort(t.req)
	}
	switch {
	case a.code != 0:
	case l.bye:
		a = answer{code: 481}
	case offer == nil:
	case l.offering(t.req.from.tag()):
		a = answer{code: 491}
	case l.state == legIncoming && !l.settled(), l.held != nil: // theirs is not answered yet
		a = answer{code: 500, headers: []header{{"Retry-After", "3"}}}
	}
	if a.code != 0 {
		t.respond(a)
		return
	}
	var sdp []byte
	if offer != nil {
		var err error
		if sdp, err = l.ua.sink.Reoffer(l.id, offer); err != nil {
			t.respond(answer{code: statusOf(err, 488)}) // the session stays as it was
			return
		}
		l.localSDP, l.remoteSDP = string(sdp), string(offer)
		if l.state == legDialing {
			l.out.early.moved(t.req.from.tag(), string(offer))
		}
	}
	if l.state != legDialing { // before an answer there may be several
		l.refreshTarget(t.req)
	}
	headers := []header{l.contact(), {"Allow", allowed}, {"Supported", supported}}
	if l.state == legUp {
		headers = append(headers, l.agree(t.req)...)
	}
	t.respond(answer{code: 200, headers: headers, body: sdp})
}

// offering says whether an offer of ours to the side with this tag is open (RFC 3264
// section 4).
func (l *leg) offering(tag string) bool {
	pending := l.session.pending
	return l.state == legDialing && !l.out.early.settled(tag) || l.unacked != nil && l.unacked.late || pending != nil && pending.invite()
}
