package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"hotline12345/identity"
	"hotline12345/ticket"
)

// listen opens the events as a person and waits until the hub knows.
func (e *edge) listen(who string) *websocket.Conn {
	e.t.Helper()
	conn, _, err := e.socket(who, "/events")
	if err != nil {
		e.t.Fatalf("%s: %v", who, err)
	}
	e.until("the hub knows "+who, func() bool {
		return e.server.hub.any(func(a identity.Account) bool { return a.ID == who })
	})
	return conn
}

func (e *edge) until(what string, done func() bool) {
	e.t.Helper()
	for end := time.Now().Add(hang); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			e.t.Fatalf("not so: %s", what)
		}
	}
}

// next is the next event of a socket, held against openapi.yaml's LiveEvent.
func (e *edge) next(conn *websocket.Conn) map[string]any {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(e.t.Context(), hang)
	defer cancel()
	_, text, err := conn.Read(ctx)
	if err != nil {
		e.t.Fatal(err)
	}
	var event map[string]any
	if err := json.Unmarshal(text, &event); err != nil {
		e.t.Fatal(err)
	}
	if err := e.server.spec.Components.Schemas["LiveEvent"].Value.VisitJSON(event); err != nil {
		e.t.Errorf("%s: %v", text, err)
	}
	return event
}

// ends waits until the other side has closed the socket, and gives the status.
func (e *edge) ends(conn *websocket.Conn) websocket.StatusCode {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(e.t.Context(), hang)
	defer cancel()
	for {
		if _, _, err := conn.Read(ctx); err != nil {
			if ctx.Err() != nil {
				e.t.Fatal("the socket stays open")
			}
			return websocket.CloseStatus(err)
		}
	}
}

func TestEventsReachThoseWhoMaySee(t *testing.T) {
	e := newEdge(t)
	sockets := map[string]*websocket.Conn{}
	for _, who := range []string{"agent", "agency", "agency2", "reviewer"} {
		sockets[who] = e.listen(who)
	}
	const first, second, last = "20260302-000001", "20260302-000002", "20260302-000003"
	e.server.TicketChanged(first, ticket.StateAssigned, "agent", []string{"CSGL"})
	e.server.TicketChanged(second, ticket.StateToDispatch, "agent", nil)
	e.server.CallbacksChanged()
	e.server.TicketChanged(last, ticket.StateAssigned, "agent", []string{"CSGL", "SHUIWU"}) // everybody sees it: the end
	for who, want := range map[string]string{
		"agency": first + " " + last, "agency2": last, "reviewer": first + " " + second + " " + last,
		"agent": first + " " + second + " callback " + last,
	} {
		var got []string
		for len(got) == 0 || got[len(got)-1] != last {
			if event := e.next(sockets[who]); event["type"] == "ticket" {
				got = append(got, event["number"].(string))
			} else {
				got = append(got, event["type"].(string))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s hears %v, want %s", who, got, want)
		}
	}
	if _, resp, err := e.socket("nobody", "/events"); err == nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestLiveReachesWatchersOnly(t *testing.T) {
	e := newEdge(t)
	reviewer, admin := e.listen("reviewer"), e.listen("admin")
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() { e.server.Run(ctx); close(stopped) }()
	event := e.next(admin)
	waiting := event["waiting"].([]any)
	if event["type"] != "live" || len(waiting) != 1 || waiting[0].(map[string]any)["number"] != masked {
		t.Errorf("admin hears %v", event)
	}
	e.server.TicketChanged("20260302-000001", ticket.StateToDispatch, "agent", nil)
	if event := e.next(reviewer); event["type"] != "ticket" {
		t.Errorf("reviewer hears %v first", event)
	}
	cancel()
	<-stopped
	e.ends(admin) // the node stops: nobody is left with a dead socket
	if resp, body := e.ask("admin", http.MethodGet, "/live", ""); resp.StatusCode != http.StatusOK || strings.Contains(string(body), phone) {
		t.Errorf("live: %d %s", resp.StatusCode, body)
	}
}

// TestSlowClientsAreCutOff: others do not wait for one that does not read.
func TestSlowClientsAreCutOff(t *testing.T) {
	h := newHub()
	slow, quick := h.join(people["agent"]), h.join(people["other"])
	everybody := func(identity.Account) bool { return true }
	for range clientQueue {
		h.publish([]byte("x"), everybody)
		<-quick.queue
	}
	select {
	case <-slow.cut:
		t.Fatal("cut off before its queue was full")
	default:
	}
	h.publish([]byte("x"), everybody)
	h.publish([]byte("x"), everybody) // cutting twice does no harm
	<-slow.cut
	select {
	case <-quick.cut:
		t.Fatal("who reads was cut off too")
	default:
	}
	h.part(slow)
	if h.any(func(a identity.Account) bool { return a.ID == "agent" }) {
		t.Error("who left is still there")
	}
}

func TestWhoMayHaveMissedReadsAnew(t *testing.T) {
	e := newEdge(t)
	conn := e.listen("agent")
	e.server.ChangesMissed()
	if status := e.ends(conn); status != websocket.StatusPolicyViolation {
		t.Errorf("status %d", status)
	}
}

func TestSocketsEndWithTheirSession(t *testing.T) {
	e := newEdge(t)
	e.server.sessionCheck = time.Hour // at once, not by asking
	conn, stays := e.listen("agent"), e.listen("reviewer")
	if resp, body := e.ask("agent", http.MethodDelete, "/session", ""); resp.StatusCode != http.StatusNoContent {
		t.Fatalf("sign out: %d %s", resp.StatusCode, body)
	}
	e.ends(conn)
	e.server.TicketChanged("20260302-000001", ticket.StateToDispatch, "agent", nil)
	e.next(stays)
}

// TestSocketsNoticeSessionsThatEndElsewhere: by an administrator, on another node, by time. A
// database that does not answer ends none.
func TestSocketsNoticeSessionsThatEndElsewhere(t *testing.T) {
	e := newEdge(t)
	e.server.sessionCheck = time.Millisecond
	conn := e.listen("agent")
	before := e.accounts.fail(errors.New("database gone"))
	e.until("asked again and again", func() bool { return e.accounts.fail(errors.New("database gone")) > before+3 })
	e.server.TicketChanged("20260302-000001", ticket.StateToDispatch, "agent", nil)
	e.next(conn)
	e.accounts.end("agent")
	e.accounts.fail(nil)
	e.ends(conn)
}

func TestSocketsOfASessionAreBounded(t *testing.T) {
	e := newEdge(t)
	var first *websocket.Conn
	for range maxSockets {
		conn, _, err := e.socket("agent", "/events")
		if err != nil {
			t.Fatal(err)
		}
		first = conn
	}
	if _, resp, err := e.socket("agent", "/events"); err == nil || resp.StatusCode != http.StatusTooManyRequests {
		t.Fatalf("one more: %v", err)
	}
	e.listen("other")
	if err := first.CloseNow(); err != nil {
		t.Fatal(err)
	}
	e.until("there is room again", func() bool {
		_, leave, ok := e.server.hub.hold(t.Context(), "agent")
		if ok {
			leave()
		}
		return ok
	})
}

// TestPhoneEndsWithTheSession: the agents' socket is held like the events.
func TestPhoneEndsWithTheSession(t *testing.T) {
	entered, left := make(chan identity.Account, 1), make(chan struct{})
	e := newEdge(t, func(o *Options) {
		o.Phone = phoneFunc(func(r *http.Request, a identity.Account) { entered <- a; <-r.Context().Done(); close(left) })
	})
	e.server.sessionCheck = time.Hour
	refused := make(chan error, 1)
	go func() {
		_, _, err := e.socket("agent", "/softphone") // never upgraded
		refused <- err
	}()
	if a := <-entered; a.ID != "agent" {
		t.Errorf("%+v has the phone", a)
	}
	if resp, _ := e.ask("agent", http.MethodDelete, "/session", ""); resp.StatusCode != http.StatusNoContent {
		t.Fatal(resp.StatusCode)
	}
	<-left
	if err := <-refused; err == nil {
		t.Error("a socket that nobody served")
	}
	if _, resp, err := e.socket("dispatcher", "/softphone"); err == nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("a dispatcher's phone: %v", err)
	}
}

type phoneFunc func(*http.Request, identity.Account)

func (f phoneFunc) ServePhone(w http.ResponseWriter, r *http.Request, a identity.Account) {
	f(r, a)
	w.WriteHeader(http.StatusServiceUnavailable)
}
