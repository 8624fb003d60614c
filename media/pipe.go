package media

import (
	"sync"
	"time"
)

// end is where a leg's party is reached: a trunk's socket, or the transport of an
// agent's shift, which outlives the legs that ride on it.
type end interface {
	// audio sends A-law of a source.
	audio(p packet, source uint64, at moment)
	// event sends one packet of a key press.
	event(e keyPacket, at moment)
	packets() uint64 // sent so far

	stream() uint32 // the SSRC of what is sent
	// sender tells of what was sent; sends is false when nothing was since it was asked last.
	sender(now time.Time) (info senderInfo, sends bool)
	reports() *control
	// control sends RTCP.
	control(report []byte)
}

// pipe is an end's one outgoing stream. Its numbers never go back, so it lives as
// long as its end.
type pipe struct {
	mu     sync.Mutex
	out    outStream
	quiet  time.Time // until then a key press is being sent, and no sound
	sent   uint64
	octets uint64   // of payload
	told   uint64   // of sent, in the last report
	wide   *lowBand // of A-law that is sent as G.722; nil: none was
	buf    [maxPacket]byte
}

// writer sends a packet of a pipe, or puts it into the moment's outbox.
type writer func(b []byte, out outbox)

// audio puts a packet into the stream and gives it to write, under the lock.
func (q *pipe) audio(p packet, source uint64, codec uint8, at moment, write writer) {
	if len(p.payload) > maxPacket-rtpHeaderSize {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if at.now.Before(q.quiet) || !q.out.rewrite(&p, source, at.now) {
		return
	}
	p.payloadType = codec
	n := rtpHeaderSize
	if codec == payloadG722 && p.wide != nil {
		n += copy(q.buf[rtpHeaderSize:], p.wide)
	} else {
		n += copy(q.buf[rtpHeaderSize:], p.payload)
		q.transcode(q.buf[rtpHeaderSize:n], codec)
	}
	writeHeader(q.buf[:], p)
	q.sent++
	q.octets += uint64(n - rtpHeaderSize) //nolint:gosec // not negative
	write(q.buf[:n], at.out)
}

// transcode makes what the end gets of A-law. The lock is held.
func (q *pipe) transcode(payload []byte, codec uint8) {
	switch codec {
	case payloadPCMU:
		convert(payload, &aToMu)
	case payloadG722:
		if q.wide == nil {
			band := newLowBand()
			q.wide = &band
		}
		q.wide.widen(payload)
	}
}

// event puts a telephone-event packet into the stream. All packets of an event
// carry its first timestamp (RFC 4733 section 2.3). No sound is sent while it
// lasts: a gateway would play both.
func (q *pipe) event(e keyPacket, payloadType uint8, at moment, write writer) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if e.first {
		q.out.beginEvent(at.now)
	}
	q.quiet = at.now.Add(3 * frameTime) // a leg may end before the key's last packet
	if e.last {
		q.quiet = time.Time{}
	}
	q.out.nextEvent()
	n := rtpHeaderSize + copy(q.buf[rtpHeaderSize:], e.payload[:])
	writeHeader(q.buf[:], packet{
		sequence: q.out.sequence, timestamp: q.out.timestamp, ssrc: q.out.ssrc, marker: e.first, payloadType: payloadType,
	})
	q.sent++
	q.octets += uint64(n - rtpHeaderSize) //nolint:gosec // not negative
	write(q.buf[:n], at.out)
}

func (q *pipe) packets() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.sent
}

func (q *pipe) stream() uint32 { return q.out.ssrc }

func (q *pipe) sender(now time.Time) (info senderInfo, sends bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	sends = q.sent != q.told
	q.told = q.sent
	since := max(0, now.Sub(q.out.at))
	return senderInfo{
		at: now, stamp: q.out.timestamp + uint32(since*8/time.Millisecond), //nolint:gosec // RTP time wraps
		packets: uint32(q.sent), octets: uint32(q.octets), //nolint:gosec // as RFC 3550 has them
	}, sends
}
