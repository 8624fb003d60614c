package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"hotline12345/identity"
	"hotline12345/privacy"
)

const (
	writeTimeout = 5 * time.Second
	// liveEvery bounds how often the live picture is made, however much happens.
	liveEvery = 400 * time.Millisecond
	// liveAtLeast makes it anew even when nothing is heard: today's figures age.
	liveAtLeast = 10 * time.Second
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
			s.feed.cutAll()
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
	return s.serveEvents(s.hub, w, r, who)
}

func (s *Server) serveEvents(from *hub, w http.ResponseWriter, r *http.Request, who identity.Account) error {
	ctx, leave, err := s.socket(r)
	if err != nil {
		return err
	}
	defer leave()
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return nil
	}
	defer conn.CloseNow() //nolint:errcheck // it is over either way
	conn.SetReadLimit(1)
	ctx = conn.CloseRead(ctx)
	c := from.join(who)
	defer from.part(c)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-c.cut:
			_ = conn.Close(websocket.StatusPolicyViolation, "too slow, or told to read anew")
			return nil
		case text := <-c.queue:
			write, cancel := context.WithTimeout(ctx, writeTimeout)
			err := conn.Write(write, websocket.MessageText, text)
			cancel()
			if err != nil {
				return nil
			}
		}
	}
}

// socket holds a lasting connection of a session, or a token: the context ends when it is signed out
// here, and soon after it has ended elsewhere or by itself. A database that does not
// answer ends nothing: an agent may be in a call.
func (s *Server) socket(r *http.Request) (ctx context.Context, leave func(), err error) {
	key, alive, err := s.credential(r)
	if err != nil {
		return nil, nil, err
	}
	ctx, leave, ok := s.hub.hold(r.Context(), key)
	if !ok {
		return nil, nil, Refuse(codeManySockets)
	}
	go func() {
		check := time.NewTicker(s.sessionCheck)
		defer check.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-check.C:
			}
			if _, ok := errors.AsType[*identity.Error](alive(ctx)); ok {
				s.hub.cut(key)
				return
			}
		}
	}()
	return ctx, leave, nil
}
