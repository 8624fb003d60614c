package media

import (
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Each end gets a report every five seconds or so (RFC 3550 section 6.2: spread by half,
// the first one sooner), and what it reports itself is kept as the quality of the leg.
// A trunk's reports go to and come to the port above that of the sound (section 11), or
// where the SDP says (RFC 3605), or to the same port if the far end offered that (RFC
// 5761); browsers have one port for all.
const (
	reportEvery  = 5 * time.Second
	maxReport    = 128              // bytes of ours
	maxRoundTrip = 10 * time.Second // more is a clock that was set
)

// control is what an end has told of itself and of what it gets.
type control struct {
	mu     sync.Mutex
	sentAt uint32    // of its last sender report
	heard  time.Time // when that came
	lost   int32     // of our stream, as told last
	next   time.Time // of our reports
}

// due says whether it is time for a report.
func (c *control) due(now time.Time, every time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	spread := every/2 + rand.N(every) //nolint:gosec // spread, not secrecy
	switch {
	case c.next.IsZero():
		c.next = now.Add(spread / 2)
		return false
	case now.Before(c.next):
		return false
	}
	c.next = now.Add(spread)
	return true
}

// last fills in the sender report that the block answers.
func (c *control) last(b *reportBlock, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.heard.IsZero() {
		b.lastSR, b.delay = c.sentAt, uint32(now.Sub(c.heard)*65536/time.Second) //nolint:gosec // minutes
	}
}

// take keeps what a report says; l rides on the end now, nil: nobody.
func (c *control) take(h heardReport, l *leg, now time.Time) {
	c.mu.Lock()
	if h.sender {
		c.sentAt, c.heard = h.sentAt, now
	}
	lost := h.block.lost - c.lost
	if h.about {
		c.lost = h.block.lost
	}
	c.mu.Unlock()
	if h.about && l != nil {
		l.told.take(h.block, lost, now)
	}
}

// toldQuality is how a leg's party gets what it is sent, by its own reports.
type toldQuality struct {
	mu         sync.Mutex
	reports    int
	lost       int64
	jitterSum  float64 // ms
	jitterMax  float64
	roundTrips int
	roundTrip  time.Duration // sum
}

func (q *toldQuality) take(b reportBlock, lost int32, now time.Time) {
	jitter := float64(b.jitter) / 8 // ms
	trip := time.Duration(ntpMiddle(now)-b.lastSR-b.delay) * time.Second / 65536
	q.mu.Lock()
	defer q.mu.Unlock()
	q.reports++
	q.lost += int64(lost)
	q.jitterSum += jitter
	q.jitterMax = max(q.jitterMax, jitter)
	if b.lastSR != 0 && trip < maxRoundTrip {
		q.roundTrips++
		q.roundTrip += trip
	}
}

// flow are the figures of a leg that was sent so many packets.
func (q *toldQuality) flow(packets uint64) (f Flow, roundTripMS float64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	f = Flow{Packets: packets, Reports: q.reports, MaxJitterMS: q.jitterMax}
	f.Lost = uint64(max(0, q.lost))
	if q.reports > 0 {
		f.JitterMS = q.jitterSum / float64(q.reports)
	}
	if q.roundTrips > 0 {
		roundTripMS = float64(q.roundTrip.Microseconds()) / 1000 / float64(q.roundTrips)
	}
	return f, roundTripMS
}

// reportLoop sends the reports that are due.
func (s *Server) reportLoop() {
	ticker := time.NewTicker(s.reportEvery / 10)
	defer ticker.Stop()
	var legs []*leg
	for {
		select {
		case <-s.stop:
			return
		case now := <-ticker.C:
			legs = legs[:0]
			s.mu.RLock()
			for _, l := range s.legs {
				legs = append(legs, l)
			}
			s.mu.RUnlock()
			for _, l := range legs {
				l.report(now)
			}
			clear(legs)
		}
	}
}

// report sends the leg's party a report, if one is due.
func (l *leg) report(now time.Time) {
	e := l.end()
	if e == nil || !e.reports().due(now, l.s.reportEvery) {
		return
	}
	var info *senderInfo
	var block *reportBlock
	if sent, sends := e.sender(now); sends {
		info = &sent
	}
	if b, ok := l.reception.block(); ok {
		e.reports().last(&b, now)
		block = &b
	}
	e.control(appendReport(make([]byte, 0, maxReport), e.stream(), info, block))
}

// readControl takes the reports that come to a trunk leg's own port for them, until it
// is closed.
func (l *leg) readControl(conn *net.UDPConn) {
	buf := make([]byte, maxPacket)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil { // else an ICMP error of an earlier packet
			l.controlDatagram(buf[:n], from, time.Now())
		}
	}
}

// controlDatagram takes RTCP of a trunk leg.
func (l *leg) controlDatagram(b []byte, from netip.AddrPort, now time.Time) {
	if !l.trunk.acceptsControl(from) {
		return
	}
	b, ok := l.trunk.open(b)
	if !ok {
		return
	}
	if h, err := parseRTCP(b, l.trunk.stream()); err == nil {
		l.trunk.reported.take(h, l, now)
	}
}
