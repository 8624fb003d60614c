package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

const demoPassword = "Demo-12345" // the public password of serve --demo

// client is a signed-in member of staff on the public API.
type client struct {
	base string
	csrf string
	http *http.Client
}

func signIn(ctx context.Context, base, login string) (*client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c := &client{base: base + "/api/v1", http: &http.Client{Jar: jar, Timeout: time.Minute}}
	var session struct {
		CSRF string `json:"csrf"`
	}
	if err := c.do(ctx, http.MethodPost, "/session", map[string]string{"login": login, "password": demoPassword}, &session); err != nil {
		return nil, fmt.Errorf("sign in %s: %w", login, err)
	}
	c.csrf = session.CSRF
	return c, nil
}

// do sends body as JSON and reads the answer into result (nil: not wanted).
func (c *client) do(ctx context.Context, method, path string, body, result any) error {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		reader = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, reader)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-CSRF-Token", c.csrf)
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %d %s", method, path, resp.StatusCode, text)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(text, result)
}

// desk is what the page of an agent shows (the part looked at here).
type desk struct {
	Agent   string `json:"agent"` // account id
	Status  string `json:"status"`
	State   string `json:"state"`
	MediaUp bool   `json:"mediaUp"`
	Offer   *struct {
		ID   string `json:"id"`
		Call string `json:"call"`
	} `json:"offer"`
	Call *struct {
		Call    string `json:"call"`
		State   string `json:"state"`
		Role    string `json:"role"`
		Consult *struct {
			Phase string `json:"phase"`
		} `json:"consult"`
	} `json:"call"`
}

// refusal is a command that the server refused.
type refusal struct{ login, kind, code, message string }

func (r *refusal) Error() string {
	return fmt.Sprintf("%s: %s: %s %s", r.login, r.kind, r.code, r.message)
}

type deskMessage struct {
	Type  string `json:"type"`
	ID    string `json:"id"`
	OK    bool   `json:"ok"`
	SDP   string `json:"sdp"`
	Error *struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
	Desk *desk `json:"desk"`
}

// agent is one agent's page: the softphone socket and, once negotiated, sound.
type agent struct {
	login  string
	client *client
	socket *websocket.Conn
	desks  chan stampedDesk // every push, in order

	mu      sync.Mutex
	next    int
	replies map[string]chan deskMessage
	fault   error
	done    chan struct{}
}

// stampedDesk is a desk and when it reached the page.
type stampedDesk struct {
	at time.Time
	desk
}

// openAgent signs in, opens the socket and starts the shift.
func openAgent(ctx context.Context, base, login string) (*agent, error) {
	c, err := signIn(ctx, base, login)
	if err != nil {
		return nil, err
	}
	return openPage(ctx, base, login, c)
}

// openPage is the page of somebody who is signed in.
func openPage(ctx context.Context, base, login string, c *client) (*agent, error) {
	address := strings.Replace(base, "http://", "ws://", 1) + "/api/v1/softphone"
	//nolint:bodyclose // the library closes it
	socket, _, err := websocket.Dial(ctx, address, &websocket.DialOptions{
		HTTPClient: c.http,
		HTTPHeader: http.Header{"Origin": {base}},
	})
	if err != nil {
		return nil, fmt.Errorf("softphone of %s: %w", login, err)
	}
	socket.SetReadLimit(1 << 20)
	a := &agent{
		login: login, client: c, socket: socket,
		desks: make(chan stampedDesk, 256), replies: map[string]chan deskMessage{}, done: make(chan struct{}),
	}
	go a.read() //nolint:gosec // ends with the socket, not with the sign-in
	go a.ping() //nolint:gosec // likewise
	if _, err := a.ask(ctx, "start", nil); err != nil {
		return nil, err
	}
	return a, nil
}

func (a *agent) read() {
	defer close(a.done)
	for {
		_, text, err := a.socket.Read(context.Background())
		at := time.Now()
		if err != nil {
			a.mu.Lock()
			a.fault = err
			a.mu.Unlock()
			return
		}
		var m deskMessage
		if err := json.Unmarshal(text, &m); err != nil {
			continue
		}
		switch {
		case m.Type == "reply":
			a.mu.Lock()
			ch := a.replies[m.ID]
			delete(a.replies, m.ID)
			a.mu.Unlock()
			if ch != nil {
				ch <- m
			}
		case m.Type == "desk" && m.Desk != nil:
			select {
			case a.desks <- stampedDesk{at, *m.Desk}:
			default: // a reader that far behind looks at the newest only
				<-a.desks
				a.desks <- stampedDesk{at, *m.Desk}
			}
		}
	}
}

func (a *agent) ping() {
	ticker := time.NewTicker(2 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-a.done:
			return
		case <-ticker.C:
			_ = a.write(context.Background(), map[string]any{"type": "ping", "id": "ping"})
		}
	}
}

func (a *agent) write(ctx context.Context, m map[string]any) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return a.socket.Write(ctx, websocket.MessageText, text)
}

// ask sends a command and waits for its reply.
func (a *agent) ask(ctx context.Context, kind string, fields map[string]any) (deskMessage, error) {
	m := map[string]any{"type": kind}
	maps.Copy(m, fields)
	ch := make(chan deskMessage, 1)
	a.mu.Lock()
	a.next++
	id := fmt.Sprint(a.next)
	a.replies[id] = ch
	a.mu.Unlock()
	m["id"] = id
	if err := a.write(ctx, m); err != nil {
		return deskMessage{}, fmt.Errorf("%s: %s: %w", a.login, kind, err)
	}
	select {
	case reply := <-ch:
		if !reply.OK {
			r := &refusal{login: a.login, kind: kind}
			if reply.Error != nil {
				r.code, r.message = reply.Error.Code, reply.Error.Message
			}
			return reply, r
		}
		return reply, nil
	case <-a.done:
		return deskMessage{}, fmt.Errorf("%s: %s: the socket is gone: %w", a.login, kind, a.faultOf())
	case <-ctx.Done():
		return deskMessage{}, fmt.Errorf("%s: %s: %w", a.login, kind, ctx.Err())
	}
}

func (a *agent) faultOf() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.fault
}

// until waits for a desk that fits.
func (a *agent) until(ctx context.Context, what string, fits func(desk) bool) (stampedDesk, error) {
	for {
		select {
		case d := <-a.desks:
			if fits(d.desk) {
				return d, nil
			}
		case <-a.done:
			return stampedDesk{}, fmt.Errorf("%s: waiting for %s: the socket is gone: %w", a.login, what, a.faultOf())
		case <-ctx.Done():
			return stampedDesk{}, fmt.Errorf("%s: waiting for %s: %w", a.login, what, ctx.Err())
		}
	}
}

// ready has sound by now and goes available.
func (a *agent) ready(ctx context.Context) error {
	if _, err := a.until(ctx, "sound", func(d desk) bool { return d.MediaUp }); err != nil {
		return err
	}
	_, err := a.ask(ctx, "status", map[string]any{"status": "available"})
	return err
}

// lose drops the page without a word, as a closed lid does.
func (a *agent) lose() { _ = a.socket.CloseNow() }

func (a *agent) close() error {
	err := a.socket.Close(websocket.StatusNormalClosure, "")
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
