package sipua

import (
	"net/netip"
	"time"
)

// Connections of strangers have a pool of their own, so that however many come, those of
// peers, providers and registered phones, and those that we make to them, find room. They
// are counted by IPv4 address and by IPv6 network of 64 bits, as one subscriber has all
// the addresses of that (RFC 6177).
const (
	maxConns         = 1024
	maxConnsPerHost  = 64
	maxGuests        = 256
	maxGuestsPerHost = 16

	// messageLimit is how long a message may take, from its first byte to its last; for a
	// stranger's first one from the connection on, whose handshake has Options.DialTCP.
	messageLimit = 10 * time.Second
	// guestIdle is how long a stranger may go on after a message without another whole one:
	// it would cost nothing to keep places with CRLF.
	guestIdle = time.Minute
)

// pool counts connections of one kind.
type pool struct {
	max, perHost int
	bits         int // of IPv6 addresses that count as one host
	count        int
	hosts        map[netip.Prefix]int
}

func newPool(limit, perHost, bits int) *pool {
	return &pool{max: limit, perHost: perHost, bits: bits, hosts: map[netip.Prefix]int{}}
}

func (p *pool) host(a netip.Addr) netip.Prefix {
	bits := a.BitLen()
	if a.Is6() {
		bits = p.bits
	}
	return netip.PrefixFrom(a.WithZone(""), bits).Masked()
}

// add says whether there was room.
func (p *pool) add(a netip.Addr) bool {
	host := p.host(a)
	if p.count >= p.max || p.hosts[host] >= p.perHost {
		return false
	}
	p.count++
	p.hosts[host]++
	return true
}

func (p *pool) drop(a netip.Addr) {
	host := p.host(a)
	p.count--
	if p.hosts[host]--; p.hosts[host] == 0 {
		delete(p.hosts, host)
	}
}

func (t *transports) poolOf(a netip.Addr) *pool {
	if t.gate.known(a) {
		return t.peers
	}
	return t.guests
}

// settle counts a connection anew when its far end has become known, or a stranger again,
// and says whether it is one. Without room in the other pool it stays where it was.
func (t *transports) settle(c *tcpConn) (guest bool) {
	a := c.remote.Addr()
	pool := t.poolOf(a)
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.pool != pool && t.conns[c.key()] == c && pool.add(a) {
		c.pool.drop(a)
		c.pool = pool
	}
	return pool == t.guests
}

// pace is when a connection was heard of, and has to be again.
type pace struct {
	bytes time.Time // the newest of any kind; the connection before the first
	heard time.Time // the newest whole message; likewise
	spoke bool      // there was one
	begun time.Time // a message that is not whole yet; zero: none
}

func newPace(now time.Time) pace { return pace{bytes: now, heard: now} }

// part is heard when the stream ends within a message.
func (p *pace) part(now time.Time) {
	if p.begun.IsZero() {
		p.begun = now
	}
}

func (p *pace) whole(now time.Time) { p.heard, p.spoke, p.begun = now, true, time.Time{} }

// deadline of the next read. idle is what those may be silent for who are no strangers.
func (p *pace) deadline(idle time.Duration, guest bool) time.Time {
	limit := p.bytes.Add(idle)
	if guest {
		after := guestIdle
		if !p.spoke {
			after = messageLimit
		}
		limit = p.heard.Add(min(after, idle))
	}
	if begun := p.begun.Add(messageLimit); !p.begun.IsZero() && begun.Before(limit) {
		limit = begun
	}
	return limit
}
