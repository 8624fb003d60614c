package media

import (
	"sync"
	"time"
)

// reception is what comes of a leg's party: for the figures of the whole leg, and for
// reports about the sender it has now (RFC 3550 section 6.4.1 and appendix A).
type reception struct {
	mu    sync.Mutex
	began bool
	ssrc  uint32

	// Of this sender.
	first    uint32 // sequence numbers with their cycles
	highest  uint32
	received uint32
	transit  int64 // of the last packet, ns
	jitter   int64 // ns
	// Up to the last report.
	toldExpected, toldReceived uint32

	// Of the leg.
	packets   uint64
	missing   uint64
	jitterSum float64 // of the packets that have one, ns
	jitters   uint64
	jitterMax int64
}

const nsPerSample = int64(time.Second / 8000)

// count takes a packet. One that is not timed has a time stamp that does not tell when
// it was sent, as those of a key press.
func (r *reception) count(p packet, timed bool, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.packets++
	if !r.began || p.ssrc != r.ssrc {
		r.began, r.ssrc = true, p.ssrc
		r.first, r.highest, r.received = uint32(p.sequence), uint32(p.sequence), 1
		r.toldExpected, r.toldReceived, r.jitter = 0, 0, 0
		r.transit = now.UnixNano() - int64(p.timestamp)*nsPerSample
		return
	}
	r.received++
	if ahead := int16(p.sequence - uint16(r.highest)); ahead > 0 { //nolint:gosec // serial arithmetic
		r.missing += uint64(ahead - 1)
		r.highest += uint32(ahead)
	} else if ahead < 0 && r.missing > 0 {
		r.missing-- // it came late
	}
	if !timed {
		return
	}
	transit := now.UnixNano() - int64(p.timestamp)*nsPerSample
	d := transit - r.transit
	r.transit = transit
	if d < 0 {
		d = -d
	}
	if d < int64(time.Second) {
		r.jitter += (d - r.jitter) / 16
		r.jitterSum += float64(r.jitter)
		r.jitters++
		r.jitterMax = max(r.jitterMax, r.jitter)
	}
}

// block tells the sender of its stream; false: nothing has come.
func (r *reception) block() (b reportBlock, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.began {
		return reportBlock{}, false
	}
	expected := r.highest - r.first + 1
	const limit = 1<<23 - 1
	b = reportBlock{
		about: r.ssrc, highest: r.highest, jitter: uint32(r.jitter / nsPerSample), //nolint:gosec // not negative
		lost: max(min(int32(expected-r.received), limit), -limit-1), //nolint:gosec // serial arithmetic
	}
	since, came := expected-r.toldExpected, r.received-r.toldReceived
	if since > 0 && since > came {
		b.fraction = uint8(min(255, (since-came)<<8/since))
	}
	r.toldExpected, r.toldReceived = expected, r.received
	return b, true
}

// flow are the figures of the leg.
func (r *reception) flow() Flow {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := Flow{Packets: r.packets, Lost: r.missing, MaxJitterMS: float64(r.jitterMax) / 1e6}
	if r.jitters > 0 {
		f.JitterMS = r.jitterSum / float64(r.jitters) / 1e6
	}
	return f
}
