package main

import (
	"net"
	"slices"
	"sync"
	"time"
)

// chorus sends silence from many sockets, 50 packets a second from each, spread evenly.
type chorus struct {
	stop chan struct{}

	mu    sync.Mutex
	slots [chorusSlots][]*singer
	next  int
}

type singer struct {
	conn *net.UDPConn
	to   *net.UDPAddr
	out  sender
}

const chorusSlots = 20 // of a millisecond

func newChorus() *chorus {
	c := &chorus{stop: make(chan struct{})}
	go c.run()
	return c
}

func (c *chorus) close() { close(c.stop) }

// join adds a socket; the function that it returns takes it away.
func (c *chorus) join(conn *net.UDPConn, to *net.UDPAddr) (leave func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &singer{conn: conn, to: to, out: sender{ssrc: uint32(c.next)}} //nolint:gosec // any number will do
	slot := &c.slots[c.next%chorusSlots]
	c.next++
	*slot = append(*slot, s)
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		*slot = slices.DeleteFunc(*slot, func(o *singer) bool { return o == s })
	})
}

func (c *chorus) run() {
	start := time.Now()
	payload := make([]byte, payloadSize)
	for i := range payload {
		payload[i] = 0xd5 // A-law
	}
	for sung := 0; ; {
		select {
		case <-c.stop:
			return
		case <-time.After(time.Until(start.Add(time.Duration(sung) * time.Millisecond))): // who is late catches up
		}
		c.mu.Lock()
		for _, s := range c.slots[sung%chorusSlots] {
			_ = sendTo(s.conn, s.to, &s.out, payload) // what is lost is lost
		}
		c.mu.Unlock()
		sung++
	}
}
