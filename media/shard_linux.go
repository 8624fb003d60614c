//go:build linux && (amd64 || arm64)

package media

import (
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// shards is the carrier with a few threads, each for many legs. A thread sleeps for a
// tick, then makes a pass:
//
//	legs that came and went ──► browsers' socket, in batches ──► trunk sockets that have
//	something ──► what plays and is due ──► packets for browsers, in batches
//
// Only the membership of legs belongs to a shard, and changes by its queue. Whom a leg
// hears is guarded by the leg's own mutex: a thread that has a packet for a leg of
// another shard sends it itself, from that leg's socket.
//
// A thread that was held up finds everything in the sockets' buffers. It reads all of
// it, so that figures, keys and recordings are whole, but passes on only what is
// younger than maxAge.
type shards struct {
	s    *Server
	list []*shard
}

const (
	maxShards = 256
	// idleSleep is the tick of a shard without legs.
	idleSleep = frameTime
	// maxPassed bounds the datagrams that wait for pion/ice.
	maxPassed = 512
)

func newCarrier(s *Server) (carrier, error) {
	if s.o.Tick == 0 {
		return goroutines{s}, nil
	}
	c := &shards{s: s}
	for range s.o.Shards {
		poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
		if err != nil {
			c.close()
			return nil, fmt.Errorf("media: epoll: %w", err)
		}
		c.list = append(c.list, &shard{s: s, poll: poll})
	}
	return c, nil
}

func (c *shards) trunkSocket(conn *net.UDPConn) (socket, error) { return newRawSocket(conn) }

// browserSocket: the first shard reads it, all send from it.
func (c *shards) browserSocket(m *muxConn, conn *net.UDPConn) (browserSocket, error) {
	raw, err := newRawSocket(conn)
	if err != nil {
		return nil, err
	}
	shared := &sharedSocket{rawSocket: raw, passed: make(chan passedOn, maxPassed), done: make(chan struct{})}
	c.list[0].mux, c.list[0].shared = m, shared
	for _, sh := range c.list {
		sh.in, sh.out = newInbox(), newSendBox()
		sh.out.socket = raw
	}
	return shared, nil
}

// of is the shard of a leg.
func (c *shards) of(l *leg) *shard { return c.list[l.name%uint64(len(c.list))] }

func (c *shards) add(l *leg) { c.of(l).change(change{leg: l}) }

func (c *shards) remove(l *leg) {
	if !c.of(l).change(change{leg: l, gone: true}) && l.trunk != nil {
		_ = l.trunk.socket.Close() // nobody reads it
	}
}

func (c *shards) start() {
	for _, sh := range c.list {
		sh.mu.Lock()
		sh.runs = true
		sh.mu.Unlock()
		c.s.loops.Go(sh.loop)
	}
}

// close is after every thread has ended.
func (c *shards) close() {
	for _, sh := range c.list {
		sh.unpoll()
	}
}

// shard is one thread and its legs.
type shard struct {
	s      *Server
	poll   int // epoll descriptor, -1: closed
	mux    *muxConn
	shared *sharedSocket // the first shard's

	mu      sync.Mutex // guards what follows
	changes []change   // at most two for each leg
	runs    bool

	// Of the thread.
	in     *inbox
	out    *sendBox
	events [256]unix.EpollEvent
	trunks []*leg // by descriptor
	ticked []tickedLeg
}

// change is a leg that came or went.
type change struct {
	leg  *leg
	gone bool
}

type tickedLeg struct {
	leg *leg
	due time.Time // of the next frame, zero: nothing has played
}

// change queues a change for the next pass; false: there will be none.
func (sh *shard) change(c change) bool {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if !sh.runs && c.gone {
		sh.changes = slices.DeleteFunc(sh.changes, func(came change) bool { return came.leg == c.leg })
		return false
	}
	sh.changes = append(sh.changes, c)
	return true
}

func (sh *shard) loop() {
	runtime.LockOSThread()
	defer sh.leaveThread()
	if err := urgent(); err != nil {
		sh.s.log.Info("threads of sound have no priority", "error", err)
	}
	defer sh.end()
	next := time.Now()
	for {
		select {
		case <-sh.s.stop:
			return
		default:
		}
		now := time.Now()
		sh.pass(now)
		tick := sh.s.o.Tick
		if len(sh.ticked) == 0 && (sh.mux == nil || len(*sh.mux.peers.Load()) == 0) {
			tick = idleSleep
		}
		if next = next.Add(tick); next.Before(now) {
			next = now // held up: the next pass follows at once
		}
		if wait := time.Until(next); wait > 0 {
			sleep := unix.NsecToTimespec(int64(wait))
			_ = unix.Nanosleep(&sleep, nil) // a signal that ends it early does no harm
		}
	}
}

// leaveThread gives the thread back as it was; one that cannot be ends with its goroutine.
func (sh *shard) leaveThread() {
	if err := calm(); err != nil {
		sh.s.log.Warn("a thread of sound stays urgent", "error", err)
		return
	}
	runtime.UnlockOSThread()
}

// end takes the last changes, so that sockets are closed.
func (sh *shard) end() {
	sh.apply()
	sh.mu.Lock()
	sh.runs = false
	sh.mu.Unlock()
	sh.apply()
	sh.unpoll()
}

func (sh *shard) unpoll() {
	if sh.poll >= 0 {
		_ = unix.Close(sh.poll)
		sh.poll = -1
	}
}

func (sh *shard) pass(now time.Time) {
	sh.apply()
	if sh.shared != nil {
		sh.readBrowsers(now)
	}
	n, err := unix.EpollWait(sh.poll, sh.events[:], 0)
	for err == nil && n > 0 {
		for _, e := range sh.events[:n] {
			sh.readTrunk(e.Fd, now)
		}
		if n < len(sh.events) {
			break
		}
		n, err = unix.EpollWait(sh.poll, sh.events[:], 0)
	}
	sh.frames(now)
	sh.out.flush()
}

// apply takes legs in and out.
func (sh *shard) apply() {
	sh.mu.Lock()
	changes := sh.changes
	sh.changes = nil
	sh.mu.Unlock()
	for _, c := range changes {
		if c.gone {
			sh.drop(c.leg)
			continue
		}
		sh.ticked = append(sh.ticked, tickedLeg{leg: c.leg})
		if c.leg.trunk == nil {
			continue
		}
		fd := c.leg.trunk.socket.(*rawSocket).fd // ours, from trunkSocket
		for len(sh.trunks) <= fd {
			sh.trunks = append(sh.trunks, nil)
		}
		sh.trunks[fd] = c.leg
		event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)} //nolint:gosec // a descriptor
		if err := unix.EpollCtl(sh.poll, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
			sh.s.log.Error("a leg cannot be heard", "leg", c.leg.id, "error", err)
		}
	}
}

func (sh *shard) drop(l *leg) {
	sh.ticked = slices.DeleteFunc(sh.ticked, func(t tickedLeg) bool { return t.leg == l })
	if l.trunk == nil {
		return
	}
	raw := l.trunk.socket.(*rawSocket) // ours, from trunkSocket
	if raw.fd < len(sh.trunks) && sh.trunks[raw.fd] == l {
		sh.trunks[raw.fd] = nil
	}
	_ = raw.Close() // leaves the poll by that
}

// readBrowsers moves what came from browsers, and passes on to pion what is not media.
func (sh *shard) readBrowsers(now time.Time) {
	for range maxBatches {
		n := sh.in.receive(sh.shared.fd, batchSize)
		for i := range n {
			b, from, age := sh.in.datagram(i, now)
			if !sh.mux.take(b, from, moment{now: now, arrived: now.Add(-age), out: sh.out}) {
				sh.shared.pass(b, from)
			}
		}
		if n < batchSize {
			return
		}
	}
}

const (
	// trunkDepth is how many packets are read from a trunk socket at once: one is the
	// rule.
	trunkDepth = 4
	// maxReads and maxBatches bound a pass, so that a flood of one socket does not keep
	// the others waiting: 64 packets of a trunk leg, 8192 of all browsers.
	maxReads   = 16
	maxBatches = 128
)

func (sh *shard) readTrunk(fd int32, now time.Time) {
	l := sh.trunks[fd]
	if l == nil {
		return
	}
	for range maxReads {
		n := sh.in.receive(int(fd), trunkDepth)
		for i := range n {
			b, from, age := sh.in.datagram(i, now)
			l.datagram(b, from, moment{now: now, arrived: now.Add(-age), out: sh.out})
		}
		if n < trunkDepth {
			return
		}
	}
}

// frames sends what plays and is due. A late pass catches up.
func (sh *shard) frames(now time.Time) {
	for i := range sh.ticked {
		t := &sh.ticked[i]
		if !t.leg.plays.Load() {
			t.due = time.Time{}
			continue
		}
		if now.Sub(t.due) > maxCatchUp {
			t.due = now
		}
		for ; !t.due.After(now); t.due = t.due.Add(frameTime) {
			if id, ended := t.leg.tick(moment{now: t.due, arrived: t.due, out: sh.out}); ended {
				sh.s.sink.PlayDone(t.leg.id, id)
			}
		}
	}
}

// sharedSocket is the browsers' socket as pion/ice sees it.
type sharedSocket struct {
	*rawSocket
	passed chan passedOn
	done   chan struct{}
	once   sync.Once
}

// passedOn is a datagram that the shard has read for pion/ice.
type passedOn struct {
	data []byte
	from netip.AddrPort
}

// pass is for STUN and DTLS, a few a second: both repeat what is lost when too many wait.
func (s *sharedSocket) pass(b []byte, from netip.AddrPort) {
	select {
	case s.passed <- passedOn{slices.Clone(b), from}:
	default:
	}
}

// ReadFromUDPAddrPort waits for the next datagram that is not media.
func (s *sharedSocket) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	select {
	case p := <-s.passed:
		return copy(b, p.data), p.from, nil
	case <-s.done:
		return 0, netip.AddrPort{}, net.ErrClosed
	}
}

// Close closes the socket, and ends reading.
func (s *sharedSocket) Close() error {
	s.once.Do(func() { close(s.done) })
	return s.rawSocket.Close()
}

// SetDeadline does nothing: sending never waits, and reading ends with Close.
func (s *sharedSocket) SetDeadline(time.Time) error { return nil }

// SetReadDeadline is like SetDeadline.
func (s *sharedSocket) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline is like SetDeadline.
func (s *sharedSocket) SetWriteDeadline(time.Time) error { return nil }
