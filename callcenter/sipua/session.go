package sipua

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"hotline12345/callcenter"
)

// Session timers (RFC 4028): one side asks now and then, by UPDATE or re-INVITE,
// whether the other is still there. A call whose refreshes stop is ended, so that a
// lost BYE does not keep a line for hours.

const (
	// minSession is the shortest interval that may be asked of us (section 4).
	minSession = 90 * time.Second
	maxSession = 24 * time.Hour
	maxRaises  = 5
	// refreshAgain is the pause after a refresh that was refused for reasons of its own.
	refreshAgain = 10 * time.Second
)

// session is the timer of an established dialog.
type session struct {
	interval time.Duration // 0: none
	ours     bool          // we refresh
	floor    time.Duration // the other side's Min-SE, learned from a 422
	raised   int           // 422s
	round    int           // counts intervals
	refresh  *time.Timer
	expiry   *time.Timer
	pending  *clientTx // our refresh is under way
}

func (s *session) stop() {
	stopTimer(s.refresh)
	stopTimer(s.expiry)
}

// sessionExpires reads the header: the interval, and who refreshes ("" when open).
func sessionExpires(m *message) (d time.Duration, refresher string, ok bool) {
	v, rest, _ := strings.Cut(m.get("session-expires"), ";")
	d, ok = deltaSeconds(v)
	if !ok || d == 0 {
		return 0, "", false
	}
	p, err := parseParams(";" + rest)
	if rest != "" && err == nil {
		refresher, _ = p.get("refresher")
	}
	return min(d, maxSession), strings.ToLower(refresher), true
}

// deltaSeconds reads a number of seconds that may have parameters.
func deltaSeconds(v string) (time.Duration, bool) {
	v, _, _ = strings.Cut(v, ";")
	n, err := strconv.ParseUint(strings.TrimSpace(v), 10, 31)
	return time.Duration(n) * time.Second, err == nil
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// tooShort refuses a session that would be refreshed all the time; only a side that
// knows timers understands why (section 9).
func (u *UA) tooShort(m *message) answer {
	d, _, ok := sessionExpires(m)
	if !ok || d >= u.opt.MinSession || !m.lists("supported", "timer") {
		return answer{}
	}
	return answer{code: 422, headers: []header{{"Min-SE", seconds(u.opt.MinSession)}}}
}

// agree settles the timer for a request that we answer with 2xx, and gives the headers
// that say so (section 9, table 2).
func (l *leg) agree(m *message) []header {
	asked, refresher, ok := sessionExpires(m)
	knows := m.lists("supported", "timer") || m.lists("require", "timer")
	l.session.stop()
	l.session.interval = 0
	switch {
	case ok && asked < l.ua.opt.MinSession: // from a proxy, for a side that does not know timers
		return nil
	case ok && !knows:
		refresher = "uas"
	case ok && refresher != "uas":
		refresher = "uac"
	case !ok && knows:
		asked, refresher = l.ua.opt.Session, "uas"
		if floor, set := deltaSeconds(m.get("min-se")); set {
			asked = max(asked, min(floor, maxSession))
		}
	case !ok:
		return nil
	}
	l.startSession(asked, refresher == "uas")
	headers := []header{{"Session-Expires", seconds(asked) + ";refresher=" + refresher}}
	if knows {
		headers = append(headers, header{"Require", "timer"})
	}
	return headers
}

// agreed takes what the other side settled in its 2xx (section 7.2).
func (l *leg) agreed(res *message) {
	l.session.stop()
	l.session.interval = 0
	if d, refresher, ok := sessionExpires(res); ok {
		l.startSession(max(d, time.Second), refresher != "uas")
	}
}

// startSession begins an interval. The side that is not refreshed hangs up a little
// before its end, so that the other one still knows the dialog (section 10).
func (l *leg) startSession(d time.Duration, ours bool) {
	s := &l.session
	s.round++
	s.interval, s.ours = d, ours
	round := s.round
	s.expiry = l.c.after(d-min(32*time.Second, d/3), func() { l.expire(round) })
	if ours {
		s.refresh = l.c.after(d/2, l.refreshSession)
	}
}

func (l *leg) expire(round int) {
	if l.state != legUp || l.session.round != round || l.session.interval == 0 {
		return
	}
	l.ua.opt.Log.Warn("sip: session not refreshed", "leg", l.id)
	l.abandon()
}

// abandon ends a call whose other side is gone: the engine hears of it, and it gets a
// BYE all the same.
func (l *leg) abandon() {
	l.end(callcenter.EndUnreachable)
	l.sendBye()
}

// sessionHeaders ask for a timer in an INVITE or UPDATE of ours.
func (l *leg) sessionHeaders(refresher string) []header {
	d := max(l.ua.opt.Session, l.session.floor)
	if l.session.interval > 0 {
		d = max(l.session.interval, l.session.floor)
	}
	out := []header{{"Session-Expires", seconds(d) + refresher}}
	if l.session.floor > 0 {
		out = append(out, header{"Min-SE", seconds(l.session.floor)})
	}
	return out
}

// raise takes the Min-SE of a 422; each proxy on the way may have its own.
func (l *leg) raise(res *message) bool {
	d, ok := deltaSeconds(res.get("min-se"))
	if !ok || d <= l.session.floor || d > maxSession || l.session.raised >= maxRaises {
		return false
	}
	l.session.floor = d
	l.session.raised++
	return true
}

// refreshSession is our turn: UPDATE where the other side has it, else a re-INVITE that
// offers what is agreed already.
func (l *leg) refreshSession() {
	if l.state != legUp || l.bye || !l.session.ours {
		return
	}
	if l.unacked != nil || l.session.pending != nil || l.held != nil {
		l.session.refresh = l.c.after(time.Second, l.refreshSession)
		return
	}
	l.sendRefresh(nil)
}

func (l *leg) sendRefresh(auth []header) {
	method, body := "UPDATE", []byte(nil)
	if !l.updates {
		method, body = "INVITE", []byte(l.localSDP)
	}
	l.localCSeq++
	r := l.inDialog(method, l.localCSeq)
	r.body = body
	r.headers = append([]header{l.contact(), {"Allow", allowed}, {"Supported", supported}}, l.sessionHeaders(";refresher=uac")...)
	r.headers = append(r.headers, auth...)
	l.launch(r, func() {
		if l.state != legUp {
			return
		}
		answered := false
		l.session.pending = l.c.request(r, func(res *message) {
			if res.code < 200 {
				return
			}
			if method == "INVITE" && res.code < 300 { // each copy of it: our ACK may have got lost
				l.ackRefresh(r, auth)
			}
			if !answered {
				answered = true
				l.refreshed(res, r, auth)
			}
		})
	})
}

// ackRefresh acknowledges the 2xx of our re-INVITE.
func (l *leg) ackRefresh(invite *outRequest, auth []header) {
	r := l.inDialog("ACK", invite.cseq)
	r.headers = auth
	l.launch(r, func() { l.ua.net.send(r.to, r.render(), func(error) {}) })
}

// refreshed takes the final answer to our refresh.
func (l *leg) refreshed(res *message, r *outRequest, auth []header) {
	l.session.pending = nil
	if l.state != legUp || l.bye {
		return
	}
	switch {
	case res.code < 300:
		l.refreshTarget(res)
		if sdp, refusal := sdpOf(res); r.method == "INVITE" && sdp != nil && refusal.code == 0 && string(sdp) != l.remoteSDP {
			l.remoteSDP = string(sdp)
			l.ua.sink.Confirmed(l.id, sdp)
		}
		l.agreed(res)
	case res.code == 408, res.code == 481, res.vias == nil: // the dialog is gone (RFC 3261 section 12.2.1.2)
		l.abandon()
	case res.code == 422 && l.raise(res):
		l.sendRefresh(auth)
	case (res.code == 401 || res.code == 407) && auth == nil:
		if h, _, ok := l.ua.opt.Trunks[l.trunk].authorize(res, r.method, r.uri); ok {
			l.sendRefresh([]header{h})
		}
	case res.code == 491:
		l.session.refresh = l.c.after(l.glare(), l.refreshSession)
	case res.code == 405, res.code == 501: // UPDATE was promised and is not there
		l.updates = false
		l.sendRefresh(auth)
	default:
		l.session.refresh = l.c.after(max(refreshAgain, retryAfter(res)), l.refreshSession)
	}
}

// glare is how long to wait after a 491: who made the Call-ID waits longer (RFC 3261
// section 14.1), in steps of 10 ms.
func (l *leg) glare() time.Duration {
	if l.out != nil {
		return 2100*time.Millisecond + 10*time.Millisecond*time.Duration(rand.IntN(191)) //nolint:gosec // no secret
	}
	return 10 * time.Millisecond * time.Duration(rand.IntN(201)) //nolint:gosec // no secret
}
