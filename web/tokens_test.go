package web

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"hotline12345/identity"
)

// fakeTokens has one token, "secret", until it is revoked.
type fakeTokens struct {
	mu      sync.Mutex
	revoked bool
}

func (f *fakeTokens) Tokens(context.Context) ([]identity.Token, error) {
	return []identity.Token{{ID: "t", Name: "大屏", By: "admin", CreatedAt: began, Until: began.Add(time.Hour)}}, nil
}

func (f *fakeTokens) AddToken(_ context.Context, t identity.Token) (identity.Token, string, error) {
	t.ID, t.CreatedAt = "t", began
	return t, "secret", t.Check(time.Now())
}

func (f *fakeTokens) RevokeToken(context.Context, string, string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.revoked = true
	return nil
}

func (f *fakeTokens) UseToken(_ context.Context, secret string) (identity.Token, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if secret != "secret" || f.revoked {
		return identity.Token{}, &identity.Error{Code: identity.CodeNotSignedIn}
	}
	return identity.Token{ID: "t", Name: "大屏"}, nil
}

// TestTokens: a token opens the feed of events and nothing else, until it is revoked.
func TestTokens(t *testing.T) {
	e := newEdge(t, func(o *Options) { o.Tokens = &fakeTokens{} })
	e.server.sessionCheck = 10 * time.Millisecond
	feed := func(token string) (*websocket.Conn, error) {
		ctx, cancel := context.WithTimeout(t.Context(), hang)
		defer cancel()
		conn, _, err := websocket.Dial(ctx, strings.Replace(e.url, "http", "ws", 1)+apiPrefix+"/integration/events", &websocket.DialOptions{
			HTTPHeader: http.Header{"Authorization": {"Bearer " + token}},
		})
		return conn, err
	}
	conn, err := feed("secret")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	e.until("somebody listens", func() bool { return e.server.feed.any(func(identity.Account) bool { return true }) })
	e.server.Feed(map[string]string{"type": "ticket.closed"})
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	if _, text, err := conn.Read(ctx); err != nil || !strings.Contains(string(text), "ticket.closed") {
		t.Errorf("%s, %v", text, err)
	}
	for _, path := range []string{"/webhooks", "/session", "/api-tokens", "/calls"} {
		resp, body := e.ask("", http.MethodGet, path, "", "Authorization", "Bearer secret")
		e.refused(resp, body, http.StatusUnauthorized, codeNotSignedIn)
	}
	resp, body := e.ask("", http.MethodGet, "/integration/events", "", "Authorization", "Bearer wrong")
	e.refused(resp, body, http.StatusUnauthorized, codeNotSignedIn)

	until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	if resp, body := e.ask("admin", http.MethodPost, "/api-tokens", `{"name":"大屏","until":"`+until+`"}`); resp.StatusCode != 201 || !strings.Contains(string(body), `"secret":"secret"`) {
		t.Errorf("added: %d %s", resp.StatusCode, body)
	}
	resp, body = e.ask("admin", http.MethodPost, "/api-tokens", `{"name":"大屏","until":"2020-01-01T00:00:00Z"}`)
	e.refused(resp, body, http.StatusBadRequest, codeInvalid)
	if resp, body := e.ask("admin", http.MethodGet, "/api-tokens", ""); resp.StatusCode != 200 || strings.Contains(string(body), "secret") {
		t.Errorf("listed: %d %s", resp.StatusCode, body)
	}
	if resp, body := e.ask("admin", http.MethodDelete, "/api-tokens/t", ""); resp.StatusCode != 204 {
		t.Errorf("revoked: %d %s", resp.StatusCode, body)
	}
	if _, _, err := conn.Read(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("the feed of a revoked token lasts: %v", err)
	}
	if _, err := feed("secret"); err == nil {
		t.Error("a revoked token opens the feed")
	}
	logged := e.access.all()
	if len(logged) != 3 || logged[0].Action != "token.add" || logged[2].Action != "token.revoke" || strings.Contains(logged[0].Detail+logged[0].Subject, "secret") {
		t.Errorf("logged %+v", logged)
	}
}
