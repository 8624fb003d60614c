package sipua

// Sound before an answer (early media): provisional answers that carry the answer to our
// offer (RFC 3261 section 13.2.1). Each phone of a fork has a session of its own; heard is
// the one that spoke last, since in a search one after the other the earlier ones have
// given up. The 2xx decides.

// early is what came before an answer.
type early struct {
	sessions map[string]earlySession // by To tag
	heard    string                  // the tag whose sound is let in
}

type earlySession struct {
	sdp    string
	agreed bool // in a reliable answer: offer and answer are exchanged
}

// take notes the description in a provisional answer; "" when it says nothing new.
func (e *early) take(res *message) string {
	sdp, refusal := sdpOf(res)
	tag := res.to.tag()
	if len(sdp) == 0 || refusal.code != 0 || tag == "" {
		return ""
	}
	was, known := e.sessions[tag]
	switch {
	case !known && len(e.sessions) >= maxForks, known && was.agreed:
		return ""
	case e.sessions == nil:
		e.sessions = map[string]earlySession{}
	}
	e.sessions[tag] = earlySession{string(sdp), res.lists("require", "100rel")}
	if known && was.sdp == string(sdp) {
		return ""
	}
	e.heard = tag
	return string(sdp)
}

// of is what the phone with this tag said before it answered; nil: nothing.
func (e *early) of(tag string) []byte {
	if s, ok := e.sessions[tag]; ok {
		return []byte(s.sdp)
	}
	return nil
}

// settled says whether the phone with this tag may make an offer of its own before it
// answers: ours has been answered reliably, and it is the one that is heard.
func (e *early) settled(tag string) bool {
	return e.heard == tag && e.sessions[tag].agreed
}

// moved notes that the phone with this tag has changed its session.
func (e *early) moved(tag, sdp string) { e.sessions[tag] = earlySession{sdp, true} }
