package sipua

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hotline12345/callcenter"
)

type legState int

const (
	legIncoming legState = iota // INVITE here, no final answer yet
	legDialing                  // our INVITE is out
	legUp                       // 2xx sent or received
	legOver
)

// leg is one dialog (RFC 3261 section 12) and the INVITE that makes it. Only its
// call's goroutine touches it.
type leg struct {
	id    callcenter.LegID
	ua    *UA
	c     *call
	trunk int
	state legState
	limit *time.Timer // nobody finishes the set-up

	callID       string
	localTag     string
	remoteTag    string
	localURI     string // name-addr without tag
	remoteURI    string
	remoteTarget string
	routeSet     []string
	localCSeq    uint32
	remoteCSeq   uint32
	transport    string
	secure       bool           // it began with a sips URI
	peer         netip.AddrPort // where the first message came from or went
	localSDP     string
	remoteSDP    string

	// Their INVITEs.
	invite  *serverTx // the first
	unacked *unacked  // our 2xx that waits for its ACK
	held    *serverTx // a re-INVITE that overtook the ACK before it
	bye     bool      // hang up once the ACK is here (section 15)
	// The caller demands reliable provisional answers, and ours that waits.
	reliable  bool
	prov      *provisional
	early     bool   // they have our answer and hear us
	onceHeard func() // what may not be sent before the PRACK

	updates bool // the other side takes UPDATE
	session session

	// Our INVITE; see outgoing.go.
	out *outgoing
}

// unacked is a 2xx to an INVITE, sent again until its ACK (section 13.3.1.4).
type unacked struct {
	tx       *serverTx
	late     bool // our answer held the offer; the ACK brings theirs
	interval time.Duration
	waited   time.Duration
	timer    *time.Timer
}

func newIncoming(c *call, m *message, from source, trunk int) *leg {
	l := &leg{
		id: callcenter.LegID(newLegID()), ua: c.ua, c: c, trunk: trunk, state: legIncoming,
		callID: m.callID, localTag: newToken(8), remoteTag: m.from.tag(),
		localURI: m.to.plain(), remoteURI: m.from.plain(),
		remoteCSeq: m.cseq, transport: from.transport, peer: from.addr,
		routeSet: m.list("record-route"), secure: secure(m.uri),
	}
	l.remoteTarget = m.from.uri // until a Contact says better; RFC 2543 callers send none
	l.refreshTarget(m)
	l.updates, l.reliable = m.lists("allow", "UPDATE"), m.lists("require", "100rel")
	offer, _ := sdpOf(m)
	l.remoteSDP = string(offer)
	return l
}

func newLegID() string { return uuid.Must(uuid.NewV7()).String() }

// restored is a dialog of an earlier life, just alive enough to end it.
func restored(c *call, d callcenter.Dialog) *leg {
	return &leg{
		ua: c.ua, c: c, trunk: -1, state: legOver,
		callID: d.SIPCallID, localTag: d.LocalTag, remoteTag: d.RemoteTag,
		localURI: d.LocalURI, remoteURI: d.RemoteURI, remoteTarget: d.RemoteTarget,
		routeSet: d.RouteSet, localCSeq: d.LocalCSeq, transport: d.Transport,
	}
}

// plain renders an address without its header parameters.
func (a address) plain() string {
	if a.display == "" {
		return "<" + a.uri + ">"
	}
	return a.display + " <" + a.uri + ">"
}

// refreshTarget takes the Contact of a target refresh request or its answer.
func (l *leg) refreshTarget(m *message) {
	contacts := m.list("contact")
	if len(contacts) == 0 {
		return
	}
	a, err := parseAddress(contacts[0])
	if err != nil {
		return
	}
	if _, err := sipURI(a.uri); err == nil {
		l.remoteTarget = a.uri
	}
}

func (l *leg) dialog() callcenter.Dialog {
	return callcenter.Dialog{
		SIPCallID: l.callID, LocalTag: l.localTag, RemoteTag: l.remoteTag,
		LocalURI: l.localURI, RemoteURI: l.remoteURI, RemoteTarget: l.remoteTarget,
		RouteSet: slices.Clone(l.routeSet), LocalCSeq: l.localCSeq, RemoteCSeq: l.remoteCSeq,
		Transport: l.transport, Codec: codecOf(l.remoteSDP), LocalSDP: l.localSDP, RemoteSDP: l.remoteSDP,
	}
}

// codecOf names the first codec of an answer's audio line that we speak.
func codecOf(sdp string) string {
	for line := range strings.Lines(sdp) {
		fields := strings.Fields(line)
		if len(fields) < 4 || fields[0] != "m=audio" {
			continue
		}
		for _, format := range fields[3:] {
			switch format {
			case "8":
				return "PCMA"
			case "0":
				return "PCMU"
			}
		}
		return ""
	}
	return ""
}

// contact is our Contact towards the peer of this leg.
func (l *leg) contact() header {
	user := defaultFromUser
	if l.trunk >= 0 {
		user = l.ua.opt.Trunks[l.trunk].FromUser
	}
	to := destination{transport: l.transport, addr: l.peer}
	if l.secure { // RFC 3261 section 12.1.1: what began as sips stays it
		return header{"Contact", "<sips:" + user + "@" + l.ua.net.localFor(to) + ">"}
	}
	return header{"Contact", "<" + l.ua.net.contact(user, to) + ">"}
}

// await begins the patience with an engine that has not answered yet: the caller hears
// ringing first (RFC 3261 section 13.3.1.1), and 480 in the end.
func (l *leg) await() {
	l.limit = l.c.after(l.ua.opt.RingAfter, func() {
		l.ring()
		l.limit = l.c.after(l.ua.opt.SetupLimit, func() {
			if l.state == legIncoming {
				l.refuse(480)
				l.ua.sink.Event(l.id, callcenter.LegEnded{Leg: l.id, Reason: callcenter.EndNoAnswer})
			}
		})
	})
}

func (l *leg) ring() {
	switch {
	case l.state != legIncoming, l.early:
	case l.reliable && l.remoteSDP == "":
		// Ours would have to stand in it, and the engine has none yet: that caller waits
		// in silence (RFC 3262 section 5).
	case l.reliable:
		l.provisional(180, nil)
	default:
		l.invite.respond(answer{code: 180, headers: []header{l.contact()}})
	}
}

// progress lets the caller hear us before the answer.
func (l *leg) progress(sdp []byte) {
	if l.state != legIncoming || l.early || l.remoteSDP == "" {
		return
	}
	if l.unheard() {
		l.onceHeard = func() { l.progress(sdp) }
		return
	}
	l.early, l.localSDP = true, string(sdp)
	if l.reliable {
		l.provisional(183, sdp)
		return
	}
	l.invite.respond(answer{code: 183, headers: []header{l.contact()}, body: sdp})
}

func (l *leg) answer(sdp []byte) {
	if l.state != legIncoming {
		return // cancelled meanwhile; the engine has been told
	}
	if l.early && l.reliable { // said already, and not to be said twice (RFC 6337 section 2.2)
		if l.unheard() {
			l.onceHeard = func() { l.answer(sdp) }
			return
		}
		sdp = nil
	}
	l.state = legUp
	if sdp != nil {
		l.localSDP = string(sdp)
	}
	stopTimer(l.limit)
	l.accept(l.invite, sdp)
}

// accept sends 2xx and repeats it, on every transport, until the ACK.
func (l *leg) accept(t *serverTx, sdp []byte) {
	offer, _ := sdpOf(t.req)
	headers := append([]header{l.contact(), {"Allow", allowed}, {"Supported", supported}}, l.agree(t.req)...)
	t.respond(answer{code: 200, headers: headers, body: sdp})
	u := &unacked{tx: t, late: offer == nil, interval: l.ua.opt.T1}
	l.unacked = u
	u.timer = l.c.after(u.interval, func() { l.repeat2xx(u) })
}

func (l *leg) repeat2xx(u *unacked) {
	if l.unacked != u {
		return
	}
	u.waited += u.interval
	if u.waited >= 64*l.ua.opt.T1 {
		l.ua.opt.Log.Warn("sip: no ACK for our answer", "leg", l.id)
		l.unacked = nil
		l.end(callcenter.EndUnreachable)
		l.sendBye()
		return
	}
	u.tx.sendLast()
	u.interval = min(2*u.interval, l.ua.opt.T2)
	u.timer = l.c.after(u.interval, func() { l.repeat2xx(u) })
}

// onAck takes the ACK of a 2xx.
func (l *leg) onAck(m *message) {
	u := l.unacked
	if u == nil || m.cseq != u.tx.req.cseq {
		return // of an earlier 2xx, or once more
	}
	stopTimer(u.timer)
	l.unacked = nil
	if u.late && !l.bye {
		sdp, _ := sdpOf(m)
		if sdp == nil { // we offered, they never answered (RFC 3264)
			l.end(callcenter.EndMediaRefused)
			l.sendBye()
			return
		}
		l.remoteSDP = string(sdp)
		l.ua.sink.Confirmed(l.id, sdp)
	}
	if l.bye {
		l.close()
		l.sendBye()
		return
	}
	if t := l.held; t != nil {
		l.held = nil
		if t.state == txProceeding {
			l.reoffer(t)
		}
	}
}

// refuse ends an incoming leg that was not answered.
func (l *leg) refuse(code int) {
	a := answer{code: code}
	if code == 503 {
		a = overloaded()
	}
	l.invite.respond(a)
	l.close()
}

// hangUp ends the leg in the way its state asks for.
func (l *leg) hangUp() {
	switch l.state {
	case legIncoming:
		l.refuse(480)
	case legDialing:
		l.cancelDial()
	case legUp:
		if l.unacked != nil { // no BYE before the ACK (section 15)
			l.bye = true
			return
		}
		l.close()
		l.sendBye()
	case legOver:
	}
}

// onCancelled: the caller took back this INVITE.
func (l *leg) onCancelled(t *serverTx) {
	if t == l.held {
		l.held = nil
		return
	}
	if t == l.invite && l.state == legIncoming {
		l.end(callcenter.EndCallerHangUp)
	}
}

// end closes the leg and tells the engine, unless the engine hung up itself.
func (l *leg) end(reason callcenter.EndReason) {
	silent := l.bye || l.state == legOver
	l.close()
	if !silent {
		l.ua.sink.Event(l.id, callcenter.LegEnded{Leg: l.id, Reason: reason})
	}
}

// close forgets the leg; transactions live on by themselves.
func (l *leg) close() {
	if l.state == legOver {
		return
	}
	l.state = legOver
	stopTimer(l.limit)
	l.session.stop()
	if l.out != nil {
		stopTimer(l.out.sign)
	}
	if l.unacked != nil {
		stopTimer(l.unacked.timer)
		l.unacked = nil
	}
	if l.held != nil {
		l.held.respond(answer{code: 487})
		l.held = nil
	}
	l.c.dropLeg(l)
	l.ua.removeLeg(l)
}
