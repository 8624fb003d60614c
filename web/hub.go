package web

import (
	"context"
	"sync"

	"hotline12345/identity"
)

const (
	clientQueue = 64 // events that wait for one client
	maxSockets  = 16 // of one session: a person's open pages
)

// client is one open socket of events.
type client struct {
	who   identity.Account
	queue chan []byte
	cut   chan struct{}
	once  sync.Once
}

func (c *client) cutOff() { c.once.Do(func() { close(c.cut) }) }

// hub knows who listens, and which sockets belong to which session.
type hub struct {
	watchers chan struct{} // somebody joined

	mu      sync.Mutex
	clients map[*client]bool
	holds   map[string]map[*context.CancelFunc]bool // by session token
}

func newHub() *hub {
	return &hub{watchers: make(chan struct{}, 1), clients: map[*client]bool{}, holds: map[string]map[*context.CancelFunc]bool{}}
}

func (h *hub) join(who identity.Account) *client {
	c := &client{who: who, queue: make(chan []byte, clientQueue), cut: make(chan struct{})}
	h.mu.Lock()
	h.clients[c] = true
	h.mu.Unlock()
	select {
	case h.watchers <- struct{}{}:
	default:
	}
	return c
}

func (h *hub) part(c *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.clients, c)
}

// publish puts one marshalled event into the queues of all who may see it.
func (h *hub) publish(text []byte, may func(identity.Account) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.clients {
		if !may(c.who) {
			continue
		}
		select {
		case c.queue <- text:
		default:
			c.cutOff()
		}
	}
}

func (h *hub) any(may func(identity.Account) bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.clients {
		if may(c.who) {
			return true
		}
	}
	return false
}

func (h *hub) cutAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.clients {
		c.cutOff()
	}
}

// hold gives a context that ends when the session is signed out; ok is false when it has
// too many sockets already.
func (h *hub) hold(ctx context.Context, token string) (held context.Context, leave func(), ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.holds[token]) >= maxSockets {
		return nil, nil, false
	}
	held, cancel := context.WithCancel(ctx)
	if h.holds[token] == nil {
		h.holds[token] = map[*context.CancelFunc]bool{}
	}
	key := &cancel
	h.holds[token][key] = true
	return held, func() {
		cancel()
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.holds[token], key)
		if len(h.holds[token]) == 0 {
			delete(h.holds, token)
		}
	}, true
}

// cut ends the sockets of a session.
func (h *hub) cut(token string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for cancel := range h.holds[token] {
		(*cancel)()
	}
}
