package softphone

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"hotline12345/callcenter/engine"
)

const (
	maxReplies = 64 // replies and pongs that wait to be written
	maxPending = 16 // commands that wait to be run
	// A page sends two pings a second and what a person clicks.
	commandsPerSecond = 20
	commandBurst      = 100
	// statusReplaced closes a page whose agent started elsewhere (RFC 6455 7.4.2,
	// private range): the page must not reconnect by itself.
	statusReplaced websocket.StatusCode = 4001
	// statusSignedOff closes a page whose shift a supervisor has ended.
	statusSignedOff websocket.StatusCode = 4002
)

// reply is every message that answers one of the page.
type reply struct {
	Type  string   `json:"type"` // "reply" or "pong"
	ID    string   `json:"id"`
	OK    *bool    `json:"ok,omitempty"`
	SDP   string   `json:"sdp,omitempty"`
	Error *problem `json:"error,omitempty"`
}

type deskMessage struct {
	Type string          `json:"type"` // "desk"
	Now  time.Time       `json:"now"`  // the page counts its clocks from here
	Desk engine.DeskView `json:"desk"`
}

// session is one connected page; it is the engine's DeskSink.
type session struct {
	h       *Handler
	conn    *websocket.Conn
	profile engine.AgentProfile
	log     *slog.Logger
	rate    *rate.Limiter

	replies chan reply
	work    chan command
	wake    chan struct{} // capacity 1: desk or last changed

	end  context.CancelFunc
	done <-chan struct{}

	mu     sync.Mutex
	desk   *engine.DeskView     // newest view not yet written
	pushed bool                 // the engine pushed at least once
	last   string               // "replaced" or "signedOff": the message that ends it
	code   websocket.StatusCode // why we close; the first one stays
	reason string
}

func newSession(h *Handler, conn *websocket.Conn, p engine.AgentProfile) *session {
	ctx, cancel := context.WithCancel(context.Background())
	return &session{
		h: h, conn: conn, profile: p,
		log:     h.opt.Log.With("agent", p.ID),
		rate:    rate.NewLimiter(commandsPerSecond, commandBurst),
		replies: make(chan reply, maxReplies),
		work:    make(chan command, maxPending),
		wake:    make(chan struct{}, 1),
		end:     cancel, done: ctx.Done(),
	}
}

// serve returns when the page is gone and detached.
func (s *session) serve(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { s.cutOff(websocket.StatusPolicyViolation, "signed out") })
	defer stop()

	var conn, worker sync.WaitGroup
	conn.Go(s.read)
	conn.Go(s.write)
	worker.Go(s.runCommands)
	<-s.done
	worker.Wait()
	// No goroutine of this page calls the engine any more. Closing the socket may
	// take seconds with a dead page; the caller must not wait for that. For a page
	// that never started, and for one that was replaced, Detach means nothing.
	s.h.desk.Detach(s.profile.ID, s)
	s.log.Info("softphone: page gone")
	conn.Wait()
}

// Push implements engine.DeskSink.
func (s *session) Push(v engine.DeskView) {
	s.mu.Lock()
	s.desk, s.pushed = &v, true
	s.mu.Unlock()
	s.poke()
}

// Replaced implements engine.DeskSink.
func (s *session) Replaced() { s.finish("replaced") }

// SignedOff implements engine.DeskSink.
func (s *session) SignedOff() { s.finish("signedOff") }

// finish ends the session with a message of that type; the first one counts.
func (s *session) finish(last string) {
	s.mu.Lock()
	s.last = cmp.Or(s.last, last)
	s.mu.Unlock()
	s.poke()
}

func (s *session) poke() {
	select {
	case s.wake <- struct{}{}:
	default: // the writer is already called
	}
}

// cutOff ends the session from any goroutine; the first reason wins.
func (s *session) cutOff(code websocket.StatusCode, reason string) {
	s.mu.Lock()
	if s.code == 0 {
		s.code, s.reason = code, reason
	}
	s.mu.Unlock()
	s.end()
}

// read takes messages until the page is gone. The writer's closing of the socket wakes
// it; a context would cut the socket before the close frame is out.
func (s *session) read() {
	defer s.end()
	started := false
	for {
		message, err := s.next()
		if err != nil {
			return
		}
		if !s.rate.Allow() {
			s.cutOff(websocket.StatusPolicyViolation, "too many messages")
			return
		}
		c, env, err := decode(message)
		if err != nil {
			s.log.Info("softphone: command refused", "type", env.Type, "error", err)
			s.answer(env.ID, "", err)
			continue
		}
		switch c := c.(type) {
		case *pingCommand:
			s.queue(reply{Type: "pong", ID: c.ID})
			continue
		case *devicesCommand:
			s.log.Info("softphone: devices", "microphone", c.Microphone, "speaker", c.Speaker)
			s.answer(c.ID, "", nil)
			continue
		case *startCommand:
			started = true
		}
		if !started {
			s.answer(env.ID, "", Error{Code: "not-started"})
			continue
		}
		select {
		case s.work <- c:
		default:
			s.answer(env.ID, "", Error{Code: "too-many-commands"})
		}
	}
}

// next reads one text message, waiting Silence at most.
func (s *session) next() ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.h.opt.Silence)
	defer cancel()
	kind, message, err := s.conn.Read(ctx)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			s.log.Info("softphone: page silent", "for", s.h.opt.Silence)
		}
		return nil, err
	}
	if kind != websocket.MessageText {
		s.cutOff(websocket.StatusUnsupportedData, "text only")
		return nil, errors.New("binary message")
	}
	return message, nil
}

// runCommands is the worker: commands in order, one at a time.
func (s *session) runCommands() {
	for {
		select {
		case <-s.done:
			return
		case c := <-s.work:
			s.runOne(c)
		}
	}
}

func (s *session) runOne(c command) {
	id := c.meta().ID
	if _, ok := c.(*startCommand); !ok {
		sdp, err := c.run(s.h.desk, s.profile.ID)
		s.answer(id, sdp, err)
		return
	}
	view, err := s.h.desk.StartShift(s.profile, s)
	s.answer(id, "", err)
	if err != nil {
		return
	}
	s.mu.Lock()
	if !s.pushed { // a view that was pushed meanwhile is newer
		s.desk = &view
	}
	s.mu.Unlock()
	s.poke()
}

func (s *session) answer(id, sdp string, err error) {
	ok := err == nil
	r := reply{Type: "reply", ID: id, OK: &ok, SDP: sdp}
	if err != nil {
		p := explain(err)
		r.Error, r.SDP = &p, ""
		if p.Code == codeInternal {
			s.log.Error("softphone: command failed", "error", err)
		}
	}
	s.queue(r)
}

func (s *session) queue(r reply) {
	select {
	case s.replies <- r:
	default:
		s.cutOff(websocket.StatusPolicyViolation, "too slow")
	}
}

// write alone writes, and closes the socket at the end, which wakes the reader.
func (s *session) write() {
	defer s.closeConn()
	for {
		select {
		case <-s.done:
			return
		case r := <-s.replies:
			if !s.send(r) {
				return
			}
		case <-s.wake:
			if !s.flush() {
				return
			}
		}
	}
}

// flush writes what replies wait, then the newest desk: a reply stands before the
// view that its command led to.
func (s *session) flush() bool {
	for {
		select {
		case r := <-s.replies:
			if !s.send(r) {
				return false
			}
			continue
		default:
		}
		break
	}
	s.mu.Lock()
	view, last := s.desk, s.last
	s.desk = nil
	s.mu.Unlock()
	switch last {
	case "replaced":
		s.send(reply{Type: last})
		s.cutOff(statusReplaced, "started elsewhere")
		return false
	case "signedOff":
		s.send(reply{Type: last})
		s.cutOff(statusSignedOff, "signed off")
		return false
	}
	if view == nil {
		return true
	}
	return s.send(deskMessage{Type: "desk", Now: s.h.opt.Now().UTC(), Desk: maskDesk(*view)})
}

func (s *session) send(v any) bool {
	message, err := json.Marshal(v)
	if err != nil {
		s.log.Error("softphone: message not encodable", "error", err)
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.h.opt.WriteTimeout)
	defer cancel()
	if err := s.conn.Write(ctx, websocket.MessageText, message); err != nil {
		s.log.Info("softphone: page cut off", "error", err)
		return false
	}
	return true
}

func (s *session) closeConn() {
	s.end()
	s.mu.Lock()
	code, reason := s.code, s.reason
	s.mu.Unlock()
	if code == 0 {
		_ = s.conn.CloseNow()
		return
	}
	_ = s.conn.Close(code, reason)
}
