package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// caller is one person's phone: the least of a SIP UA that can dial and hang
// up, one UDP socket for signalling and one for sound.
type caller struct {
	number string
	server *net.UDPAddr
	sip    *net.UDPConn
	rtp    *net.UDPConn
	callID string
	tag    string
	cseq   int

	mu        sync.Mutex
	toTag     string
	target    string
	remote    *net.UDPAddr // where the server wants RTP
	answered  chan struct{}
	ended     chan struct{}
	refused   atomic.Int64 // status of the refusal
	endOnce   sync.Once
	answerOne sync.Once
}

func newCaller(number string, server *net.UDPAddr) (*caller, error) {
	sip, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	rtp, err := soundSocket()
	if err != nil {
		return nil, errors.Join(err, sip.Close())
	}
	return &caller{number: number, server: server, sip: sip, rtp: rtp}, nil
}

func token() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return hex.EncodeToString(b)
}

// dial sends INVITE and returns when it left; see answered and ended.
func (c *caller) dial() error {
	c.callID, c.tag, c.cseq = token(), token(), 1
	c.toTag, c.remote = "", nil
	c.answered, c.ended = make(chan struct{}), make(chan struct{})
	c.endOnce, c.answerOne = sync.Once{}, sync.Once{}
	c.refused.Store(0)
	go c.read()
	return c.send(c.request("INVITE", c.cseq, "sip:12345@"+c.server.String(), c.sdp()))
}

func (c *caller) sdp() string { return soundOffer(c.rtp) }

// soundOffer describes G.711 at a socket.
func soundOffer(rtp *net.UDPConn) string {
	port := rtp.LocalAddr().(*net.UDPAddr).Port
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n", port)
}

func (c *caller) request(method string, cseq int, uri, body string) string {
	me := c.sip.LocalAddr().String()
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s SIP/2.0\r\n", method, uri)
	fmt.Fprintf(&b, "Via: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\n", me, token())
	fmt.Fprintf(&b, "Max-Forwards: 70\r\nFrom: <sip:%s@%s>;tag=%s\r\n", c.number, me, c.tag)
	to := ""
	if c.toTag != "" {
		to = ";tag=" + c.toTag
	}
	fmt.Fprintf(&b, "To: <sip:12345@%s>%s\r\n", c.server, to)
	fmt.Fprintf(&b, "Call-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:%s@%s>\r\n", c.callID, cseq, method, c.number, me)
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.String()
}

func (c *caller) send(message string) error {
	_, err := c.sip.WriteToUDP([]byte(message), c.server)
	return err
}

func (c *caller) read() {
	buf := make([]byte, 8192)
	for {
		n, _, err := c.sip.ReadFromUDP(buf)
		if err != nil {
			return
		}
		c.handle(string(buf[:n]))
		select {
		case <-c.ended:
			return
		default:
		}
	}
}

func (c *caller) handle(message string) {
	head, body, _ := strings.Cut(message, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	if header(lines, "Call-ID") != c.callID {
		return
	}
	if !strings.HasPrefix(lines[0], "SIP/2.0 ") {
		c.handleRequest(lines)
		return
	}
	status, err := strconv.Atoi(lines[0][8:11])
	if err != nil {
		return
	}
	cseq := header(lines, "CSeq")
	switch {
	case strings.HasSuffix(cseq, " BYE") && status >= 200:
		c.finish()
	case strings.HasSuffix(cseq, " INVITE") && status >= 200 && status < 300:
		c.accepted(lines, body)
	case strings.HasSuffix(cseq, " INVITE") && status >= 300:
		c.refused.Store(int64(status))
		c.finish()
	}
}

func (c *caller) accepted(lines []string, body string) {
	c.mu.Lock()
	if _, tag, ok := strings.Cut(header(lines, "To"), "tag="); ok {
		c.toTag, _, _ = strings.Cut(tag, ";")
	}
	c.target = uriOf(header(lines, "Contact"))
	c.remote = rtpAddress(body)
	c.mu.Unlock()
	_ = c.send(c.request("ACK", c.cseq, c.target, "")) // a lost ACK is repeated with the next 200
	c.answerOne.Do(func() { close(c.answered) })
}

// handleRequest answers what the server asks: BYE ends, anything else is fine.
func (c *caller) handleRequest(lines []string) {
	method, _, _ := strings.Cut(lines[0], " ")
	if method == "ACK" {
		return
	}
	var b strings.Builder
	b.WriteString("SIP/2.0 200 OK\r\n")
	for _, line := range lines[1:] {
		name, _, _ := strings.Cut(line, ":")
		switch strings.ToLower(name) {
		case "via", "from", "to", "call-id", "cseq":
			b.WriteString(line + "\r\n")
		}
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	_ = c.send(b.String())
	if method == "BYE" {
		c.finish()
	}
}

func (c *caller) finish() { c.endOnce.Do(func() { close(c.ended) }) }

// waitAnswer waits until the server took the call.
func (c *caller) waitAnswer(ctx context.Context) error {
	select {
	case <-c.answered:
		return nil
	case <-c.ended:
		return fmt.Errorf("the call was refused: %d", c.refused.Load())
	case <-ctx.Done():
		return fmt.Errorf("no answer to INVITE: %w", ctx.Err())
	}
}

// hangUp sends BYE until it is answered.
func (c *caller) hangUp(ctx context.Context) error {
	c.mu.Lock()
	target := c.target
	c.mu.Unlock()
	c.cseq++
	for range 10 {
		if err := c.send(c.request("BYE", c.cseq, target, "")); err != nil {
			return err
		}
		select {
		case <-c.ended:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("no answer to BYE: %w", ctx.Err())
		case <-time.After(500 * time.Millisecond):
		}
	}
	return errors.New("no answer to BYE")
}

func isClosed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

func (c *caller) rtpRemote() *net.UDPAddr {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.remote
}

func (c *caller) close() { _ = c.sip.Close(); _ = c.rtp.Close() }

func header(lines []string, name string) string {
	for _, line := range lines[1:] {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func uriOf(contact string) string {
	if _, rest, ok := strings.Cut(contact, "<"); ok {
		uri, _, _ := strings.Cut(rest, ">")
		return uri
	}
	uri, _, _ := strings.Cut(contact, ";")
	return uri
}

// rtpAddress reads c= and m=audio of an SDP answer.
func rtpAddress(sdp string) *net.UDPAddr {
	var ip net.IP
	var port int
	for line := range strings.Lines(sdp) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "c=IN IP4 "); ok {
			ip = net.ParseIP(rest)
		}
		if rest, ok := strings.CutPrefix(line, "m=audio "); ok {
			field, _, _ := strings.Cut(rest, " ")
			port, _ = strconv.Atoi(field)
		}
	}
	if ip == nil || port == 0 {
		return nil
	}
	return &net.UDPAddr{IP: ip, Port: port}
}
