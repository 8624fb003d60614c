package media

import (
	"encoding/binary"
	"errors"
	"time"
)

const (
	rtpHeaderSize = 12
	frameSamples  = 160 // 20 ms at 8 kHz
	frameTime     = 20 * time.Millisecond
	maxPacket     = 1500
)

var errRTP = errors.New("media: not an RTP packet")

// packet is a received RTP packet (RFC 3550 section 5.1); payload points into
// the buffer it came in.
type packet struct {
	marker      bool
	payloadType uint8
	sequence    uint16
	timestamp   uint32
	ssrc        uint32
	payload     []byte
	wide        []byte // the same sound in G.722, when it came so; payload is A-law then
}

// parseRTP reads a packet without copying.
func parseRTP(b []byte) (packet, error) {
	if len(b) < rtpHeaderSize || b[0]>>6 != 2 {
		return packet{}, errRTP
	}
	p := packet{
		marker: b[1]&0x80 != 0, payloadType: b[1] & 0x7f,
		sequence: binary.BigEndian.Uint16(b[2:]), timestamp: binary.BigEndian.Uint32(b[4:]), ssrc: binary.BigEndian.Uint32(b[8:]),
	}
	at := rtpHeaderSize + 4*int(b[0]&0x0f)
	if b[0]&0x10 != 0 { // extension
		if len(b) < at+4 {
			return packet{}, errRTP
		}
		at += 4 + 4*int(binary.BigEndian.Uint16(b[at+2:]))
	}
	end := len(b)
	if b[0]&0x20 != 0 { // padding
		end -= int(b[len(b)-1])
	}
	if at > end {
		return packet{}, errRTP
	}
	p.payload = b[at:end]
	return p, nil
}

// writeHeader writes a header without CSRC and extension into b.
func writeHeader(b []byte, p packet) {
	b[0], b[1] = 0x80, p.payloadType
	if p.marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], p.sequence)
	binary.BigEndian.PutUint32(b[4:], p.timestamp)
	binary.BigEndian.PutUint32(b[8:], p.ssrc)
}
