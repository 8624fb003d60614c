package softphone

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

// Desk is the engine as a page uses it; see callcenter/engine. Errors may carry a
// code by a method ErrorCode() string.
type Desk interface {
	StartShift(p engine.AgentProfile, sink engine.DeskSink) (engine.DeskView, error)
	Detach(agent callcenter.AgentID, sink engine.DeskSink)
	EndShift(agent callcenter.AgentID) error
	Negotiate(agent callcenter.AgentID, sdpOffer string) (sdpAnswer string, err error)
	UsePhone(agent callcenter.AgentID, use bool) error
	SetStatus(agent callcenter.AgentID, status engine.AgentStatus, reason string) error
	Accept(agent callcenter.AgentID, offer string) error
	Decline(agent callcenter.AgentID, offer string) error
	Hold(agent callcenter.AgentID) error
	Resume(agent callcenter.AgentID) error
	HangUp(agent callcenter.AgentID) error
	Mute(agent callcenter.AgentID, muted bool) error
	SendKeys(agent callcenter.AgentID, keys string) error
	Transfer(agent callcenter.AgentID, target callcenter.Target) error
	Consult(agent callcenter.AgentID, target callcenter.Target) error
	Swap(agent callcenter.AgentID) error
	Conference(agent callcenter.AgentID) error
	Complete(agent callcenter.AgentID) error
	CancelConsult(agent callcenter.AgentID) error
	PauseRecording(agent callcenter.AgentID) error
	ResumeRecording(agent callcenter.AgentID) error
	EndWrapUp(agent callcenter.AgentID) error
	DialOut(agent callcenter.AgentID, d engine.Dial) (callcenter.CallID, error)
}

// Options of a Handler; a zero value means the default in brackets.
type Options struct {
	Silence      time.Duration // a page that says nothing for so long is lost [10 s]
	WriteTimeout time.Duration // one message takes at most this long to leave [5 s]
	// Origins allowed besides the request's own host, as host patterns: for a proxy
	// that changes the Host header.
	Origins []string
	Now     func() time.Time // [time.Now]
	Log     *slog.Logger     // [slog.Default]
}

// Handler serves the softphone socket. Make it with New.
type Handler struct {
	desk Desk
	opt  Options

	mu       sync.Mutex
	sessions map[*session]struct{}
	closed   bool
	running  sync.WaitGroup
}

// New makes a Handler in front of desk.
func New(desk Desk, opt Options) *Handler {
	if opt.Silence <= 0 {
		opt.Silence = 10 * time.Second
	}
	if opt.WriteTimeout <= 0 {
		opt.WriteTimeout = 5 * time.Second
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.Default()
	}
	return &Handler{desk: desk, opt: opt, sessions: map[*session]struct{}{}}
}

// Serve upgrades the request and serves the page until it goes away, the request's
// context ends or the handler shuts down. The caller has authenticated the request;
// profile is whom it belongs to.
func (h *Handler) Serve(w http.ResponseWriter, r *http.Request, profile engine.AgentProfile) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{OriginPatterns: h.opt.Origins})
	if err != nil {
		h.opt.Log.Info("softphone: upgrade refused", "agent", profile.ID, "error", err)
		return // Accept has answered
	}
	conn.SetReadLimit(maxMessage)
	s := newSession(h, conn, profile)
	if !h.add(s) {
		_ = conn.Close(websocket.StatusGoingAway, "shutting down")
		return
	}
	defer h.remove(s)
	s.serve(r.Context())
}

// Shutdown cuts every page off (status 1001, so that pages reconnect elsewhere) and
// waits until all are detached. Later requests are refused.
func (h *Handler) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	h.closed = true
	for s := range h.sessions {
		s.cutOff(websocket.StatusGoingAway, "shutting down")
	}
	h.mu.Unlock()
	done := make(chan struct{})
	go func() {
		h.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("softphone: pages still open: %w", ctx.Err())
	}
}

func (h *Handler) add(s *session) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.sessions[s] = struct{}{}
	h.running.Add(1)
	return true
}

func (h *Handler) remove(s *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sessions, s)
	h.running.Done()
}
