package main

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
)

// answerer is the network beyond the hotline's trunk: it takes whatever call the hotline
// makes, with a socket of its own for the sound of each, found by the number called.
type answerer struct {
	sip *net.UDPConn

	mu    sync.Mutex
	calls map[string]*answered // by Call-ID
	fresh chan *answered       // newest first calls, in order
}

// answered is one call that was taken.
type answered struct {
	number string
	rtp    *net.UDPConn
	remote *net.UDPAddr // where the server wants RTP
	reply  string
}

func newAnswerer() (*answerer, error) {
	sip, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	a := &answerer{sip: sip, calls: map[string]*answered{}, fresh: make(chan *answered, 1024)}
	go a.read()
	return a, nil
}

func (a *answerer) address() string { return a.sip.LocalAddr().String() }

func (a *answerer) close() {
	_ = a.sip.Close()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range a.calls {
		_ = c.rtp.Close()
	}
}

func (a *answerer) read() {
	buf := make([]byte, 8192)
	for {
		n, from, err := a.sip.ReadFromUDP(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			a.handle(string(buf[:n]), from)
		}
	}
}

// handle answers every request with 200; responses and ACK need nothing.
func (a *answerer) handle(message string, from *net.UDPAddr) {
	head, body, _ := strings.Cut(message, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	method, rest, _ := strings.Cut(lines[0], " ")
	if method == "SIP/2.0" || method == "ACK" {
		return
	}
	reply := a.ok(lines, "")
	if method == "INVITE" {
		c, err := a.take(lines, rest, body)
		if err != nil {
			return // the server repeats it, and then gives up
		}
		reply = c.reply
	}
	_, _ = a.sip.WriteToUDP([]byte(reply), from)
}

// take makes the call of an INVITE; a repeated one gets the same answer.
func (a *answerer) take(lines []string, uri, body string) (*answered, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := header(lines, "Call-ID")
	if c := a.calls[id]; c != nil {
		return c, nil
	}
	rtp, err := soundSocket()
	if err != nil {
		return nil, err
	}
	number, _, _ := strings.Cut(strings.TrimPrefix(uri, "sip:"), "@")
	c := &answered{number: number, rtp: rtp, remote: rtpAddress(body)}
	c.reply = a.ok(lines, soundOffer(rtp))
	a.calls[id] = c
	a.fresh <- c
	return c, nil
}

func (a *answerer) ok(lines []string, body string) string {
	var b strings.Builder
	b.WriteString("SIP/2.0 200 OK\r\n")
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(name) {
		case "to":
			if !strings.Contains(value, "tag=") {
				line += ";tag=far"
			}
			b.WriteString(line + "\r\n")
		case "via", "from", "call-id", "cseq", "record-route":
			b.WriteString(line + "\r\n")
		}
	}
	fmt.Fprintf(&b, "Contact: <sip:far@%s>\r\n", a.address())
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.String()
}
