package fork

import (
	"context"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

const hang = time.Minute

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// consumer is the other end; serve has each connection.
type consumer struct {
	*httptest.Server
	t     *testing.T
	serve func(n int, conn *websocket.Conn)

	mu      sync.Mutex
	headers []http.Header
	conns   sync.WaitGroup
}

func newConsumer(t *testing.T, serve func(n int, conn *websocket.Conn)) *consumer {
	t.Helper()
	c := &consumer{t: t, serve: serve}
	c.Server = httptest.NewTLSServer(http.HandlerFunc(c.take))
	c.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(func() {
		c.conns.Wait()
		c.Close()
	})
	return c
}

func (c *consumer) take(w http.ResponseWriter, r *http.Request) {
	c.conns.Add(1)
	defer c.conns.Done()
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{Protocol}})
	if err != nil {
		c.t.Error(err)
		return
	}
	defer conn.CloseNow()
	conn.SetReadLimit(1 << 20)
	c.mu.Lock()
	c.headers = append(c.headers, r.Header.Clone())
	n := len(c.headers)
	c.mu.Unlock()
	c.serve(n, conn)
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func (c *consumer) service(change func(*Options)) *Service {
	c.t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(c.Certificate())
	o := Options{
		URL: strings.Replace(c.URL, "https", "wss", 1) + "/calls?engine=1", Token: "secret", Allow: loopback, Roots: roots, Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	ok(c.t, err)
	c.t.Cleanup(func() { stop(c.t, s) })
	return s
}

func stop(t *testing.T, s *Service) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), hang)
	defer cancel()
	s.Stop(ctx)
	if f := s.Figures(); f.Open != 0 || f.Connected != 0 || ctx.Err() != nil {
		t.Errorf("after the end: %+v %v", f, ctx.Err())
	}
}

// heard is what a consumer was sent.
type heard struct {
	mu       sync.Mutex
	texts    []map[string]any
	tracks   [2][]int16
	next     [2]uint32 // sample that would follow
	sequence []uint32
}

// read takes messages until one fits, or the connection ends.
func (h *heard) read(conn *websocket.Conn, until func(text map[string]any) bool) error {
	for {
		kind, b, err := conn.Read(context.Background())
		if err != nil {
			return err
		}
		if kind == websocket.MessageBinary {
			h.sound(b)
			continue
		}
		var text map[string]any
		if err := json.Unmarshal(b, &text); err != nil {
			return err
		}
		h.mu.Lock()
		h.texts = append(h.texts, text)
		h.mu.Unlock()
		if until(text) {
			return nil
		}
	}
}

// sound takes linear16.
func (h *heard) sound(b []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	track := b[1]
	h.sequence = append(h.sequence, binary.BigEndian.Uint32(b[4:]))
	h.next[track] = binary.BigEndian.Uint32(b[8:]) + uint32(len(b)-headerSize)/2
	for i := headerSize; i+1 < len(b); i += 2 {
		h.tracks[track] = append(h.tracks[track], int16(binary.LittleEndian.Uint16(b[i:])))
	}
}

// types of the texts, in order.
func (h *heard) types() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []string
	for _, text := range h.texts {
		list = append(list, text["type"].(string))
	}
	return strings.Join(list, " ")
}

func typed(kind string) func(map[string]any) bool {
	return func(text map[string]any) bool { return text["type"] == kind }
}

func never(map[string]any) bool { return false }

// toTheEnd reads all, and the close.
func (h *heard) toTheEnd(t *testing.T, conn *websocket.Conn) {
	if err := h.read(conn, never); websocket.CloseStatus(err) != websocket.StatusNormalClosure {
		t.Errorf("the end: %v", err)
	}
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(hang); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

var talk = callcenter.Call{ID: "01936f4e-0000-7000-8000-000000000001", Kind: callcenter.KindInbound, Queue: "main", Language: "ug", From: "13800001000"}

func open(t *testing.T, s *Service) engine.Fork {
	t.Helper()
	f, there := s.Open(talk)
	if !there {
		t.Fatal("no room")
	}
	return f
}

var began = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func segment(n int) engine.ForkSegment {
	return engine.ForkSegment{
		Number: n, Kind: callcenter.SegmentTalk, At: began, Agent: "agent1", Left: callcenter.RoleCaller, Right: []callcenter.LegRole{callcenter.RoleAgent},
	}
}

// steadySound is stereo of so many samples: codes left and right.
func steadySound(samples int, left, right byte) []byte {
	b := make([]byte, 0, 2*samples)
	for range samples {
		b = append(b, left, right)
	}
	return b
}

// readAll is a server that reads to the end.
func readAll(h *heard) func(int, *websocket.Conn) {
	return func(_ int, conn *websocket.Conn) { _ = h.read(conn, never) }
}
