package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/pion/rtp"
)

// openLines sets up calls between phones and agents' pages: each is dialled,
// offered, answered by whoever gets the offer, and has sound both ways.
func openLines(ctx context.Context, s *server, _ *answerer, calls int) ([]line, error) {
	lines := make([]line, 0, calls)
	spoken := time.Now()
	for n := range calls {
		// A line that says nothing for a minute is hung up.
		if time.Since(spoken) > 10*time.Second {
			if _, err := pump(ctx, lines, 20*time.Millisecond, 0); err != nil {
				return lines, err
			}
			spoken = time.Now()
		}
		l, err := openLine(ctx, s, n)
		if err != nil {
			return lines, fmt.Errorf("call %d: %w", n+1, err)
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// openLine brings one more agent on shift, so that the call reaches him.
func openLine(ctx context.Context, s *server, n int) (line, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	a, err := s.page(ctx, n+1)
	if err != nil {
		return line{}, err
	}
	p, err := negotiate(ctx, a)
	if err != nil {
		return line{}, errors.Join(err, a.close())
	}
	c, err := newCaller(fmt.Sprintf("139%08d", n), s.sip)
	if err != nil {
		return line{}, err
	}
	closeAll := func() {
		hangUp, stop := context.WithTimeout(context.Background(), 10*time.Second)
		defer stop()
		_ = c.hangUp(hangUp) // the server ends next anyway
		c.close()
		p.close()
		_ = a.close()
	}
	if err := talk(ctx, a, c); err != nil {
		closeAll()
		return line{}, err
	}
	return newLine(c, p, closeAll), nil
}

// talk dials, answers the offer and waits until both are connected.
func talk(ctx context.Context, a *agent, c *caller) error {
	if err := a.ready(ctx); err != nil {
		return err
	}
	if err := c.dial(); err != nil {
		return err
	}
	offered, err := a.until(ctx, "the offer", func(d desk) bool { return d.Offer != nil })
	if err != nil {
		return err
	}
	if err := c.waitAnswer(ctx); err != nil {
		return err
	}
	if _, err := a.ask(ctx, "accept", map[string]any{"offer": offered.Offer.ID}); err != nil {
		return err
	}
	_, err = a.until(ctx, "the conversation", func(d desk) bool { return d.State == "talking" })
	return err
}

func newLine(c *caller, p *peer, closeAll func()) line {
	atPhone := make(chan rtpStamp, 4096)
	go readRTP(c.rtp, atPhone)
	phone := &sender{ssrc: 1}
	page := &sender{ssrc: 2}
	return line{
		sendA: func(payload []byte) error { return sendTo(c.rtp, c.rtpRemote(), phone, payload) },
		sendB: func(payload []byte) error { return p.track.WriteRTP(page.next(payload)) },
		gotA:  atPhone,
		gotB:  p.got,
		close: sync.OnceFunc(closeAll),
	}
}

// sender numbers the packets of one RTP stream.
type sender struct {
	ssrc     uint32
	sequence uint16
	stamp    uint32
}

func (s *sender) next(payload []byte) *rtp.Packet {
	s.sequence++
	s.stamp += payloadSize
	return &rtp.Packet{
		Header:  rtp.Header{Version: 2, PayloadType: payloadTypePCMA, SequenceNumber: s.sequence, Timestamp: s.stamp, SSRC: s.ssrc},
		Payload: payload,
	}
}

func sendTo(conn *net.UDPConn, to *net.UDPAddr, s *sender, payload []byte) error {
	text, err := s.next(payload).Marshal()
	if err != nil {
		return err
	}
	_, err = conn.WriteToUDP(text, to)
	return err
}

// countRTP tells of every packet, whatever is in it.
func countRTP(conn *net.UDPConn, out chan<- rtpStamp) {
	buf := make([]byte, 1500)
	for {
		_, _, at, err := readTimed(conn, buf)
		if err != nil {
			return
		}
		select {
		case out <- rtpStamp{at: at}:
		default:
		}
	}
}

func readRTP(conn *net.UDPConn, out chan<- rtpStamp) {
	buf := make([]byte, 1500)
	for {
		n, _, at, err := readTimed(conn, buf)
		if err != nil {
			return
		}
		if n < 12 {
			continue
		}
		if stamp, ok := readStamp(buf[12:n], at); ok {
			select {
			case out <- stamp:
			default:
			}
		}
	}
}
