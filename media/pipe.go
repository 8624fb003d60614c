package media

import (
	"sync"
	"time"
)

// end is where a leg's party is reached: a trunk's socket, or the transport of an
// agent's shift, which outlives the legs that ride on it.
type end interface {
	// audio sends A-law of a source.
	audio(p packet, source uint64, now time.Time)
	// event sends one packet of a key press; first begins a new one.
	event(payload []byte, first bool, now time.Time)
	packets() uint64 // sent so far
}

// pipe is an end's one outgoing stream. Its numbers must never go back: SRTP
// would use a nonce twice (RFC 3711 section 9.1), so it lives as long as its end.
type pipe struct {
	mu   sync.Mutex
	out  outStream
	sent uint64
	buf  [maxPacket]byte
}

// audio puts a packet into the stream and gives it to write, under the lock.
func (q *pipe) audio(p packet, source uint64, codec uint8, now time.Time, write func([]byte)) {
	if len(p.payload) > maxPacket-rtpHeaderSize {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.out.rewrite(&p, source, now)
	p.payloadType = codec
	n := rtpHeaderSize + copy(q.buf[rtpHeaderSize:], p.payload)
	if codec == payloadPCMU {
		convert(q.buf[rtpHeaderSize:n], &aToMu)
	}
	writeHeader(q.buf[:], p)
	q.sent++
	write(q.buf[:n])
}

// event puts a telephone-event packet into the stream; all packets of an event
// carry its first timestamp (RFC 4733 section 2.3).
func (q *pipe) event(payload []byte, first bool, payloadType uint8, now time.Time, write func([]byte)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if first {
		q.out.timestamp += q.out.elapsed(now)
	}
	q.out.sequence++
	q.out.at, q.out.source = now, 0
	n := rtpHeaderSize + copy(q.buf[rtpHeaderSize:], payload)
	writeHeader(q.buf[:], packet{
		sequence: q.out.sequence, timestamp: q.out.timestamp, ssrc: q.out.ssrc, marker: first, payloadType: payloadType,
	})
	q.sent++
	write(q.buf[:n])
}

func (q *pipe) packets() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.sent
}
