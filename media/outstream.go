package media

import "time"

const (
	// maxDropout and maxDisorder are how far a source's sequence may jump ahead or
	// back before it is taken for one that started anew (RFC 3550 appendix A.1).
	maxDropout  = 3000
	maxDisorder = 64
)

// outStream makes one continuous stream of what an end is sent from many sources:
// a bridge, a prompt, music, again a bridge. Within a source gaps and disorder
// pass through; where the source changes, or starts anew, the sequence goes on by
// one and the timestamp by the time that has passed (RFC 3550: a receiver sees one
// sender that was silent).
//
// No sequence number is ever sent twice: SRTP would use a nonce twice, which gives
// AES-GCM's key away (RFC 7714 section 9.1).
type outStream struct {
	ssrc      uint32
	sequence  uint16 // highest sent
	timestamp uint32 // of that packet
	at        time.Time
	sent      uint64 // bit n: sequence-n was sent

	source    uint64 // of the packets sent last, 0: none
	sender    uint32 // the source's SSRC
	seqOffset uint16
	tsOffset  uint32
	strayed   bool
	stray     uint16 // the source's number that would follow one out of range
}

// rewrite puts a packet of a source into the stream; false: it must not be sent.
func (o *outStream) rewrite(p *packet, source uint64, now time.Time) bool {
	ahead := int16(p.sequence + o.seqOffset - o.sequence) //nolint:gosec // serial arithmetic (RFC 1982)
	anew := source != o.source || p.ssrc != o.sender
	if !anew && (ahead > maxDropout || ahead <= -maxDisorder) {
		// One packet from afar is an error; two in a row are a sender that started anew.
		anew = o.strayed && p.sequence == o.stray
		o.strayed, o.stray = true, p.sequence+1
		if !anew {
			return false
		}
	}
	if anew {
		o.source, o.sender, o.strayed = source, p.ssrc, false
		o.seqOffset = o.sequence + 1 - p.sequence
		o.tsOffset = o.timestamp + o.elapsed(now) - p.timestamp
		p.marker = true
		ahead = 1
	}
	if !o.take(ahead) {
		return false
	}
	p.sequence += o.seqOffset
	p.timestamp += o.tsOffset
	p.ssrc = o.ssrc
	if ahead > 0 {
		o.timestamp, o.at = p.timestamp, now
	}
	return true
}

// take marks the number that is so far ahead of the highest as sent; false: it was.
func (o *outStream) take(ahead int16) bool {
	if ahead > 0 {
		o.sent = o.sent<<uint(ahead) | 1 // a shift past its width leaves nothing
		o.sequence += uint16(ahead)
		return true
	}
	bit := uint64(1) << uint(-ahead)
	if o.sent&bit != 0 {
		return false
	}
	o.sent |= bit
	return true
}

// beginEvent moves the stream to the start of a key press; the sound that follows
// is placed by the time from there, so that the event has its room.
func (o *outStream) beginEvent(now time.Time) {
	o.timestamp += o.elapsed(now)
	o.at = now
}

// nextEvent numbers one packet of a key press; sound after it is a new source.
func (o *outStream) nextEvent() {
	o.take(1)
	o.source = 0
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
