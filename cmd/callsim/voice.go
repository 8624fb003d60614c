package main

import (
	"context"
	"encoding/binary"
	"net"
	"time"

	"github.com/pion/rtp"
)

// eventPayload is the payload type of keys in what we offer (RFC 4733).
const eventPayload = 101

// voice is what comes from a phone: sound, 50 packets a second, and keys in between.
type voice struct {
	conn *net.UDPConn
	to   *net.UDPAddr
	keys chan byte
}

func newVoice(conn *net.UDPConn, to *net.UDPAddr) *voice {
	return &voice{conn: conn, to: to, keys: make(chan byte, 8)}
}

// press sends a key, one of 0-9, * and #, when its turn comes.
func (v *voice) press(key byte) {
	select {
	case v.keys <- key:
	default: // nobody presses so fast
	}
}

// run speaks until ctx ends.
func (v *voice) run(ctx context.Context) {
	every := time.NewTicker(20 * time.Millisecond)
	defer every.Stop()
	out := &sender{ssrc: 1}
	payload := make([]byte, payloadSize)
	for i := range payload {
		payload[i] = 0xd5 // silence in A-law
	}
	var key byte
	held := 0 // packets of the key so far
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		if held == 0 {
			select {
			case key = <-v.keys:
			default:
				if sendTo(v.conn, v.to, out, payload) != nil {
					return // the phone is put away
				}
				continue
			}
		}
		held++
		if v.send(out, key, held) != nil {
			return
		}
		if held == keyPackets+keyEnds {
			held = 0
		}
	}
}

// A key is held for 100 ms, and its end is said three times (RFC 4733 section 2.5.1.4).
const (
	keyPackets = 5
	keyEnds    = 3
)

// send is the nth packet of a key.
func (v *voice) send(out *sender, key byte, n int) error {
	code := map[byte]byte{'*': 10, '#': 11}[key]
	if key >= '0' && key <= '9' {
		code = key - '0'
	}
	event := make([]byte, 4)
	event[0], event[1] = code, 10 // volume -10 dBm0
	if n > keyPackets {
		event[1] |= 0x80
	}
	held := min(n, keyPackets)
	binary.BigEndian.PutUint16(event[2:], uint16(held*payloadSize)) //nolint:gosec // 800 at most
	out.sequence++
	if n == 1 {
		out.stamp += payloadSize
	}
	packet := rtp.Packet{
		Header:  rtp.Header{Version: 2, Marker: n == 1, PayloadType: eventPayload, SequenceNumber: out.sequence, Timestamp: out.stamp, SSRC: out.ssrc},
		Payload: event,
	}
	if n == keyPackets+keyEnds {
		out.stamp += (keyPackets + keyEnds - 1) * payloadSize
	}
	text, err := packet.Marshal()
	if err != nil {
		return err
	}
	_, err = v.conn.WriteToUDP(text, v.to)
	return err
}
