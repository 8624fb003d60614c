package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// station is many SIP phones behind one UDP socket: people who call, and desk phones that
// have registered. It costs little for each call, so that a server may be measured beside
// it; see caller for one phone with a socket of its own.
type station struct {
	conn   *net.UDPConn
	server *net.UDPAddr
	me     string           // our host:port
	rung   func(*telephone) // an INVITE came: accept or refuse it; nil: nobody is called here

	repeats atomic.Int64 // messages sent again, by us or to us

	mu    sync.Mutex
	calls map[string]*telephone
	asked map[string]chan string // REGISTERs without an answer yet, by Call-ID
}

// telephone is one end of one call.
type telephone struct {
	st     *station
	id     string // Call-ID
	number string // whose phone it is
	local  string // From or To of ours, with its tag
	remote string
	via    []string // of the INVITE that we answer, and its CSeq
	rtp    *net.UDPConn
	other  string // the number at the other end, of a call that came
	times

	// Guarded by st.mu.
	target string
	to     *net.UDPAddr // where the server wants RTP
	cseq   int
	branch string // of the INVITE
	final  string // our answer to INVITE, until the ACK
	open   string // method of our request that has no answer yet
	status int    // of a refusal
	over   bool

	answered, connected, ended chan struct{}
}

// times of a call, at our end: INVITE, its answer, the ACK of a call that came, the end.
type times struct{ invited, picked, talks, hung time.Time }

const (
	sipT1     = 500 * time.Millisecond // RFC 3261 section 17.1.1.1
	sipRepeat = 6                      // times at most
)

func newStation(server *net.UDPAddr, rung func(*telephone)) (*station, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(conn.SetReadBuffer(4<<20), conn.SetWriteBuffer(4<<20)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &station{
		conn: conn, server: server, me: conn.LocalAddr().String(), rung: rung,
		calls: map[string]*telephone{}, asked: map[string]chan string{},
	}, nil
}

// start begins to listen; before that nobody is rung.
func (st *station) start() { go st.read() }

func (st *station) close() { _ = st.conn.Close() }

func (st *station) send(message string) {
	_, _ = st.conn.WriteToUDP([]byte(message), st.server) // what is lost is repeated
}

func (st *station) read() {
	buf := make([]byte, 64<<10)
	for {
		n, _, err := st.conn.ReadFromUDP(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		head, body, _ := strings.Cut(string(buf[:n]), "\r\n\r\n")
		st.handle(strings.Split(head, "\r\n"), body, time.Now())
	}
}

func newTelephone(st *station, id, number string, rtp *net.UDPConn) *telephone {
	return &telephone{
		st: st, id: id, number: number, rtp: rtp,
		answered: make(chan struct{}), connected: make(chan struct{}), ended: make(chan struct{}),
	}
}

// dial calls the hotline with a number as the caller's.
func (st *station) dial(number string, rtp *net.UDPConn) *telephone {
	p := newTelephone(st, token(), number, rtp)
	p.local = fmt.Sprintf("<sip:%s@%s>;tag=%s", number, st.me, token())
	p.remote = fmt.Sprintf("<sip:12345@%s>", st.server)
	p.target = "sip:12345@" + st.server.String()
	st.mu.Lock()
	defer st.mu.Unlock()
	st.calls[p.id] = p
	p.invited = time.Now()
	p.ask("INVITE", soundOffer(rtp))
	return p
}

// ask sends a request until it is answered. The lock is held.
func (p *telephone) ask(method, body string) {
	p.cseq++
	p.open, p.branch = method, token()
	p.again(p.request(method, p.cseq, p.branch, body), method, 0)
}

// again sends, and later once more if the request is still open. The lock is held.
func (p *telephone) again(message, method string, n int) {
	p.st.send(message)
	time.AfterFunc(sipT1<<n, func() {
		p.st.mu.Lock()
		defer p.st.mu.Unlock()
		if p.open != method || n == sipRepeat {
			return
		}
		p.st.repeats.Add(1)
		p.again(message, method, n+1)
	})
}

func (p *telephone) request(method string, cseq int, branch, body string) string {
	kind := ""
	if body != "" {
		kind = "Content-Type: application/sdp\r\n"
	}
	return fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\n"+
		"Call-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:%s@%s>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, p.target, p.st.me, branch, p.local, p.remote, p.id, cseq, method, p.number, p.st.me, kind, len(body), body)
}

// hangUp says BYE; ended is closed when it is answered.
func (p *telephone) hangUp() {
	p.st.mu.Lock()
	defer p.st.mu.Unlock()
	if !p.over && p.open == "" {
		p.ask("BYE", "")
	}
}

func (st *station) handle(lines []string, body string, at time.Time) {
	id := header(lines, "Call-ID")
	st.mu.Lock()
	p, ask := st.calls[id], st.asked[id]
	if ask != nil {
		delete(st.asked, id)
		st.mu.Unlock()
		ask <- strings.Join(lines, "\r\n")
		return
	}
	if text, ok := strings.CutPrefix(lines[0], "SIP/2.0 "); ok {
		if p != nil {
			p.response(text, lines, body, at)
		}
		st.mu.Unlock()
		return
	}
	method, rest, _ := strings.Cut(lines[0], " ")
	switch {
	case p != nil:
		p.asks(method, lines, at)
	case method == "INVITE" && st.rung != nil:
		p = st.rings(id, rest, lines, body, at)
		st.mu.Unlock()
		st.rung(p)
		return
	case method != "ACK": // of a call that we have forgotten, or OPTIONS
		st.send(respond("200 OK", lines, ";tag=x", ""))
	}
	st.mu.Unlock()
}

// response is an answer to our own request. The lock is held.
func (p *telephone) response(text string, lines []string, body string, at time.Time) {
	status, err := strconv.Atoi(text[:min(3, len(text))])
	_, method, _ := strings.Cut(header(lines, "CSeq"), " ")
	switch {
	case err != nil:
	case method == "BYE" && status >= 200:
		p.end(at)
	case method != "INVITE":
	case status < 200:
		p.open = "" // the server has it
	case status >= 300: // its ACK is of the same transaction (RFC 3261 section 17.1.1.3)
		p.status, p.remote = status, header(lines, "To")
		p.st.send(p.request("ACK", 1, p.branch, ""))
		p.end(at)
	case isClosed(p.answered):
		p.st.repeats.Add(1)
		p.st.send(p.request("ACK", 1, token(), ""))
	default:
		p.open, p.picked = "", at
		p.remote, p.target, p.to = header(lines, "To"), uriOf(header(lines, "Contact")), rtpAddress(body)
		p.st.send(p.request("ACK", 1, token(), ""))
		close(p.answered)
	}
}

// rings makes the end of a call that comes. The lock is held.
func (st *station) rings(id, rest string, lines []string, body string, at time.Time) *telephone {
	user, _, _ := strings.Cut(strings.TrimPrefix(rest, "sip:"), "@")
	p := newTelephone(st, id, user, nil)
	p.local, p.remote = header(lines, "To")+";tag="+token(), header(lines, "From")
	p.other, _, _ = strings.Cut(strings.TrimPrefix(uriOf(p.remote), "sip:"), "@")
	p.target, p.to, p.invited, p.via = uriOf(header(lines, "Contact")), rtpAddress(body), at, lines
	st.calls[id] = p
	return p
}

// accept lifts the phone.
func (p *telephone) accept(rtp *net.UDPConn) {
	p.st.mu.Lock()
	defer p.st.mu.Unlock()
	p.rtp, p.picked = rtp, time.Now()
	p.finally(respond("200 OK", p.via, p.tag(), fmt.Sprintf("Contact: <sip:%s@%s>\r\nContent-Type: application/sdp\r\n", p.number, p.st.me)+"\r\n"+soundOffer(rtp)), 0)
}

// refuse says that nobody takes the call.
func (p *telephone) refuse(status string) {
	p.st.mu.Lock()
	defer p.st.mu.Unlock()
	p.finally(respond(status, p.via, p.tag(), ""), 0)
	p.end(time.Now())
}

func (p *telephone) tag() string { return p.local[strings.LastIndex(p.local, ";tag="):] }

// finally sends the answer to an INVITE until the ACK. The lock is held.
func (p *telephone) finally(answer string, n int) {
	p.final = answer
	p.st.send(answer)
	time.AfterFunc(sipT1<<n, func() {
		p.st.mu.Lock()
		defer p.st.mu.Unlock()
		if p.final == "" || p.over || n == sipRepeat {
			return
		}
		p.st.repeats.Add(1)
		p.finally(answer, n+1)
	})
}

// asks is a request of the server in a call. The lock is held.
func (p *telephone) asks(method string, lines []string, at time.Time) {
	switch method {
	case "ACK":
		p.final = ""
		if !isClosed(p.connected) && !p.over {
			p.talks = at
			close(p.connected)
		}
		return
	case "INVITE":
		p.st.repeats.Add(1)
		if p.final != "" {
			p.st.send(p.final)
		}
		return
	case "CANCEL":
		p.st.send(respond("200 OK", lines, p.tag(), ""))
		if p.final == "" {
			p.finally(respond("487 Request Terminated", p.via, p.tag(), ""), 0)
			p.end(at)
		}
		return
	case "BYE":
		p.end(at)
	}
	p.st.send(respond("200 OK", lines, "", ""))
}

// end forgets the call. The lock is held.
func (p *telephone) end(at time.Time) {
	p.open = ""
	if p.over {
		return
	}
	p.over, p.hung = true, at
	close(p.ended)
	time.AfterFunc(time.Second, func() { // repeats are answered until then
		p.st.mu.Lock()
		defer p.st.mu.Unlock()
		delete(p.st.calls, p.id)
	})
}

// respond answers a request; rest are further headers, an empty line and the body, or
// nothing.
func respond(status string, lines []string, tag, rest string) string {
	var b strings.Builder
	b.WriteString("SIP/2.0 " + status + "\r\n")
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(name) {
		case "to":
			if !strings.Contains(value, "tag=") {
				line += tag
			}
			b.WriteString(line + "\r\n")
		case "via", "from", "call-id", "cseq", "record-route":
			b.WriteString(line + "\r\n")
		}
	}
	headers, body, _ := strings.Cut(rest, "\r\n\r\n")
	if headers != "" {
		b.WriteString(headers + "\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.String()
}
