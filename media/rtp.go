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

// outStream makes one continuous stream of what a leg is sent from many
// sources: a bridge, a prompt, music, again a bridge. Within a source gaps and
// disorder pass through; where the source changes, the sequence goes on by one
// and the timestamp by the time that has passed (RFC 3550: a receiver sees one
// sender that was silent).
type outStream struct {
	ssrc      uint32
	source    uint64 // of the packets sent last
	seqOffset uint16
	tsOffset  uint32
	sequence  uint16 // highest sent
	timestamp uint32
	at        time.Time // when it was sent
}

// rewrite puts a packet of a source into the stream.
func (o *outStream) rewrite(p *packet, source uint64, now time.Time) {
	if source != o.source {
		o.seqOffset = o.sequence + 1 - p.sequence
		o.tsOffset = o.timestamp + o.elapsed(now) - p.timestamp
		o.source = source
		p.marker = true
	}
	p.sequence += o.seqOffset
	p.timestamp += o.tsOffset
	p.ssrc = o.ssrc
	if o.at.IsZero() || int16(p.sequence-o.sequence) > 0 { //nolint:gosec // serial arithmetic (RFC 1982)
		o.sequence, o.timestamp, o.at = p.sequence, p.timestamp, now
	}
}

// elapsed is how far the timestamp goes on from the packet sent last: the time
// that has passed, a frame at least.
func (o *outStream) elapsed(now time.Time) uint32 {
	d := now.Sub(o.at)
	if o.at.IsZero() || d < frameTime { // also when the tick runs behind the clock
		return frameSamples
	}
	return uint32(d / (time.Second / 8000)) //nolint:gosec // bounded by a call
}
