package web

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"hotline12345/identity"
	"hotline12345/privacy"
)

const (
	clientQueue  = 64 // events that wait for one client
	writeTimeout = 5 * time.Second
	// liveEvery bounds how often the live picture is made, however much happens.
	liveEvery = 400 * time.Millisecond
	// liveAtLeast makes it anew even when nothing is heard: today's figures age.
	liveAtLeast = 10 * time.Second
	// sessionCheck is how often an open socket asks whether its session still is.
	sessionCheck = 30 * time.Second
)

func mask(v LiveView) LiveView {
	for i := range v.Waiting {
		v.Waiting[i].Number = privacy.MaskPhone(v.Waiting[i].Number)
	}
	for i := range v.Talking {
		v.Talking[i].Number = privacy.MaskPhone(v.Talking[i].Number)
	}
	v.Waiting, v.Talking, v.Agents = orEmpty(v.Waiting), orEmpty(v.Talking), orEmpty(v.Agents)
	return v
}

func (s *Server) getLive(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	view, err := s.o.Live.LiveView(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, mask(view))
}

// liveEvent is LiveView with its type.
type liveEvent struct {
	Type string `json:"type"`
	LiveView
}

// Run makes the live picture for those who watch it, until ctx ends.
func (s *Server) Run(ctx context.Context) {
	changes, cancel := s.o.Live.LiveChanges()
	defer cancel()
	ticker := time.NewTicker(liveAtLeast)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			s.hub.cutAll()
			return
		case <-changes:
		case <-s.hub.watchers:
		case <-ticker.C:
		}
		s.publishLive(ctx)
		pause := time.NewTimer(liveEvery)
		select {
		case <-ctx.Done():
			pause.Stop()
		case <-pause.C:
		}
	}
}

func watchesLive(a identity.Account) bool { return a.Role.May(identity.WatchLive) }

func (s *Server) publishLive(ctx context.Context) {
	if !s.hub.any(watchesLive) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	view, err := s.o.Live.LiveView(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.log.Error("the live picture cannot be made", "error", err)
		}
		return
	}
	text, err := json.Marshal(liveEvent{"live", mask(view)})
	if err != nil {
		s.log.Error("the live picture cannot be told", "error", err)
		return
	}
	s.hub.publish(text, watchesLive)
}

// openEvents is the socket of live events. The client says nothing; when it reads too
// slowly, or its session ends, it is cut off.
func (s *Server) openEvents(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return Refuse(codeNotSignedIn)
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return nil //nolint:nilerr // Accept has answered
	}
	defer conn.CloseNow() //nolint:errcheck // it is over either way
	conn.SetReadLimit(1)
	ctx, leave := s.hub.hold(r.Context(), cookie.Value)
	defer leave()
	ctx = conn.CloseRead(ctx)
	c := s.hub.join(who)
	defer s.hub.part(c)
	check := time.NewTicker(sessionCheck)
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-c.cut:
			_ = conn.Close(websocket.StatusPolicyViolation, "too slow, or told to read anew")
			return nil
		case <-check.C:
			if _, err := s.o.Accounts.Authenticate(ctx, cookie.Value); err != nil {
				_ = conn.Close(websocket.StatusPolicyViolation, codeNotSignedIn)
				return nil //nolint:nilerr // the socket's end is the answer
			}
		case text := <-c.queue:
			write, cancel := context.WithTimeout(ctx, writeTimeout)
			err := conn.Write(write, websocket.MessageText, text)
			cancel()
			if err != nil {
				return nil //nolint:nilerr // the client is gone
			}
		}
	}
}

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

// hold gives a context that ends when the session is signed out.
func (h *hub) hold(ctx context.Context, token string) (held context.Context, leave func()) {
	held, cancel := context.WithCancel(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
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
	}
}

// cut ends the sockets of a session.
func (h *hub) cut(token string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for cancel := range h.holds[token] {
		(*cancel)()
	}
}
