package media

import (
	"errors"
	"net"
	"net/netip"
	"time"
)

// carrier moves packets between sockets and legs, and gives each leg its tick. Both
// kinds have the same inside: legs, streams and their rules are in their own files.
//
//   - goroutines: one for each socket. Least delay, any system.
//   - shards: a thread for many legs that wakes at each tick and moves packets in
//     batches. Less CPU, Linux only (shard_linux.go).
type carrier interface {
	// trunkSocket takes over the socket of a new trunk leg.
	trunkSocket(conn *net.UDPConn) (socket, error)
	// browserSocket takes over the one socket of all browsers.
	browserSocket(m *muxConn, conn *net.UDPConn) (browserSocket, error)
	// add begins to read a leg's socket and to tick the leg; Server.mu is held.
	add(l *leg)
	// remove ends that, and closes the leg's socket.
	remove(l *leg)
	// start runs in goroutines of Server.loops until Server.stop is closed.
	start()
	// close frees what start would have freed in the end, if it was never called.
	close()
}

// socket is where a trunk leg's packets are sent from.
type socket interface {
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
	Close() error
}

// browserSocket is what muxConn gives to pion/ice.
type browserSocket interface {
	socket
	ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error)
	SetDeadline(t time.Time) error
	SetReadDeadline(t time.Time) error
	SetWriteDeadline(t time.Time) error
}

// moment is when a packet is handled, and where what it makes for browsers is put.
type moment struct {
	now     time.Time
	arrived time.Time // at the socket; now for what we make ourselves
	out     outbox    // nil: packets are sent one by one
}

// at is a moment without an outbox.
func at(now time.Time) moment { return moment{now: now, arrived: now} }

// maxAge is how long a packet may have waited for us and still be passed on. What has
// waited longer would only make the hearer's buffer grow.
const maxAge = 100 * time.Millisecond

func (m moment) stale() bool { return m.now.Sub(m.arrived) > maxAge }

// outbox collects what goes out of the browsers' socket together.
type outbox interface {
	// room is an empty slice for the next packet, with the capacity for any.
	room() []byte
	// put takes the n bytes that were written to room.
	put(n int, to netip.AddrPort)
}

// goroutines is the carrier with a goroutine for each socket.
type goroutines struct{ s *Server }

func (goroutines) trunkSocket(conn *net.UDPConn) (socket, error) { return conn, nil }

func (goroutines) browserSocket(_ *muxConn, conn *net.UDPConn) (browserSocket, error) {
	return conn, nil
}

func (g goroutines) add(l *leg) {
	if l.trunk != nil {
		g.s.readers.Go(func() { l.read(l.trunk.socket.(*net.UDPConn)) }) // ours, from trunkSocket
	}
}

func (goroutines) remove(l *leg) {
	if l.trunk != nil {
		_ = l.trunk.socket.Close() // ends read
	}
}

func (goroutines) close() {}

func (g goroutines) start() { g.s.loops.Go(g.tickLoop) }

// read ends when the socket is closed.
func (l *leg) read(conn *net.UDPConn) {
	buf := make([]byte, maxPacket)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // an ICMP error of an earlier packet
		}
		l.datagram(buf[:n], from, at(time.Now()))
	}
}

// tickLoop sends what plays. It follows the clock, not the ticker: a late pass
// catches up on what is due, up to a fifth of a second.
func (g goroutines) tickLoop() {
	ticker := time.NewTicker(frameTime)
	defer ticker.Stop()
	next := time.Now()
	for {
		select {
		case <-g.s.stop:
			return
		case now := <-ticker.C:
			if now.Sub(next) > maxCatchUp {
				next = now.Add(-frameTime)
			}
			for !next.After(now) {
				g.tick(next)
				next = next.Add(frameTime)
			}
		}
	}
}

const maxCatchUp = 10 * frameTime

// tick sends one frame to every leg that is played to. What has ended is told
// after the registry is free, so that a sink may call back.
func (g goroutines) tick(now time.Time) {
	type end struct{ leg, id string }
	var ends []end
	g.s.mu.RLock()
	for _, l := range g.s.legs {
		if !l.plays.Load() {
			continue
		}
		if id, ended := l.tick(at(now)); ended {
			ends = append(ends, end{l.id, id})
		}
	}
	g.s.mu.RUnlock()
	for _, e := range ends {
		g.s.sink.PlayDone(e.leg, e.id)
	}
}
