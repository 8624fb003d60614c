package main

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// answerer is the network beyond the hotline's trunk: it takes whatever call the hotline
// makes, with a socket of its own for the sound of each, found by the number called.
type answerer struct {
	sip *net.UDPConn
	// person says who is called: a status of 300 or more refuses, else she hangs up after
	// the talk. nil: everybody answers, and never hangs up.
	person func() (status int, talk time.Duration)

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
	reply := a.answer("200 OK", lines, "")
	switch method {
	case "INVITE":
		c, err := a.take(lines, rest, body, from)
		if err != nil {
			return // the server repeats it, and then gives up
		}
		reply = c.reply
	case "BYE":
		a.drop(header(lines, "Call-ID"))
	}
	_, _ = a.sip.WriteToUDP([]byte(reply), from)
}

// drop forgets a call that is over.
func (a *answerer) drop(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c := a.calls[id]; c != nil {
		delete(a.calls, id)
		if c.rtp != nil {
			_ = c.rtp.Close()
		}
	}
}

// hangUpAfter says BYE when the talk is over, unless the call is then.
func (a *answerer) hangUpAfter(talk time.Duration, id, bye string, to *net.UDPAddr) {
	time.AfterFunc(talk, func() {
		a.mu.Lock()
		_, lives := a.calls[id]
		a.mu.Unlock()
		if lives {
			a.drop(id)
			_, _ = a.sip.WriteToUDP([]byte(bye), to)
		}
	})
}

// take makes the call of an INVITE; a repeated one gets the same answer.
func (a *answerer) take(lines []string, uri, body string, from *net.UDPAddr) (*answered, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := header(lines, "Call-ID")
	if c := a.calls[id]; c != nil {
		return c, nil
	}
	if a.person != nil {
		status, talk := a.person()
		if status >= 300 {
			return &answered{reply: a.answer(fmt.Sprint(status, " No"), lines, "")}, nil
		}
		a.hangUpAfter(talk, id, a.bye(lines), from)
	}
	rtp, err := soundSocket()
	if err != nil {
		return nil, err
	}
	number, _, _ := strings.Cut(strings.TrimPrefix(uri, "sip:"), "@")
	c := &answered{number: number, rtp: rtp, remote: rtpAddress(body)}
	c.reply = a.answer("200 OK", lines, soundOffer(rtp))
	a.calls[id] = c
	if a.person == nil {
		a.fresh <- c
	}
	return c, nil
}

// bye is the BYE in the dialog of an INVITE that we answer.
func (a *answerer) bye(lines []string) string {
	return fmt.Sprintf("BYE %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\nMax-Forwards: 70\r\n"+
		"From: %s;tag=far\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
		uriOf(header(lines, "Contact")), a.address(), token(), header(lines, "To"), header(lines, "From"), header(lines, "Call-ID"))
}

func (a *answerer) answer(status string, lines []string, body string) string {
	var b strings.Builder
	b.WriteString("SIP/2.0 " + status + "\r\n")
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
