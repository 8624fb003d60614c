package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"time"

	"github.com/coder/websocket"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"hotline12345/identity"
)

// These tests have the edge alone, with stores whose answers and faults they choose. The
// whole hotline, every route as every role, is tried in cmd/hotline.

// hang ends a test that waits in vain.
const hang = time.Minute

// people signed in; the token is the key, the account's id too.
var people = map[string]identity.Account{
	"agent":      {ID: "agent", Name: "话务员1", Role: identity.RoleAgent},
	"other":      {ID: "other", Name: "话务员2", Role: identity.RoleAgent},
	"dispatcher": {ID: "dispatcher", Name: "派单员", Role: identity.RoleDispatcher},
	"agency":     {ID: "agency", Name: "承办员1", Role: identity.RoleAgency, Agency: "CSGL"},
	"agency2":    {ID: "agency2", Name: "承办员2", Role: identity.RoleAgency, Agency: "SHUIWU"},
	"supervisor": {ID: "supervisor", Name: "班长", Role: identity.RoleSupervisor},
	"reviewer":   {ID: "reviewer", Name: "质检员", Role: identity.RoleReviewer},
	"admin":      {ID: "admin", Name: "管理员", Role: identity.RoleAdmin},
}

// fakeAccounts keeps sessions until they are ended; fault is told instead of them.
type fakeAccounts struct {
	Accounts
	mu    sync.Mutex
	ended map[string]bool
	fault error
	asked int
	until time.Time // the deadline of who asked last; zero: none
}

func (f *fakeAccounts) Authenticate(ctx context.Context, token string) (identity.Account, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	f.until, _ = ctx.Deadline()
	if f.fault != nil {
		return identity.Account{}, f.fault
	}
	if a, ok := people[token]; ok && !f.ended[token] {
		return a, nil
	}
	return identity.Account{}, &identity.Error{Code: identity.CodeNotSignedIn}
}

func (f *fakeAccounts) SignOut(_ context.Context, token string) error {
	f.end(token)
	return nil
}

func (f *fakeAccounts) end(token string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended[token] = true
}

func (f *fakeAccounts) fail(err error) (asked int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = err
	return f.asked
}

func (f *fakeAccounts) Find(_ context.Context, ids []string) (map[string]identity.Account, error) {
	found := map[string]identity.Account{}
	for _, id := range ids {
		if a, ok := people[id]; ok {
			found[id] = a
		}
	}
	return found, nil
}

// fakeAccess keeps entries; fault makes it refuse.
type fakeAccess struct {
	mu      sync.Mutex
	entries []AccessEntry
	fault   error
}

func (f *fakeAccess) LogAccess(_ context.Context, e AccessEntry) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fault == nil {
		e.ID = int64(len(f.entries) + 1)
		f.entries = append(f.entries, e)
	}
	return f.fault
}

func (f *fakeAccess) ListAccess(_ context.Context, before int64, limit int) ([]AccessEntry, error) {
	var list []AccessEntry
	for _, e := range slices.Backward(f.all()) {
		if (before == 0 || e.ID < before) && len(list) < limit {
			list = append(list, e)
		}
	}
	return list, nil
}

func (f *fakeAccess) all() []AccessEntry {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.entries)
}

// edge is a server under test.
type edge struct {
	t        *testing.T
	server   *Server
	url      string
	accounts *fakeAccounts
	access   *fakeAccess
	calls    *fakeCalls
	tickets  *fakeTickets
}

func newEdge(t *testing.T, change ...func(*Options)) *edge {
	t.Helper()
	e := &edge{
		t: t, accounts: &fakeAccounts{ended: map[string]bool{}}, access: &fakeAccess{}, calls: newFakeCalls(), tickets: &fakeTickets{},
	}
	o := Options{
		Accounts: e.accounts, Access: e.access, Calls: e.calls, Tickets: e.tickets, Live: fakeLive{},
		App: fstest.MapFS{"index.html": {Data: []byte("<title>12345</title>")}},
	}
	for _, f := range change {
		f(&o)
	}
	var err error
	if e.server, err = New(o); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(e.server)
	t.Cleanup(s.Close)
	e.url = s.URL
	return e
}

// ask sends a request as a person ("": nobody) and holds the answer against openapi.yaml.
func (e *edge) ask(who, method, path, body string, headers ...string) (*http.Response, []byte) {
	e.t.Helper()
	req, err := http.NewRequestWithContext(e.t.Context(), method, e.url+apiPrefix+path, strings.NewReader(body))
	if err != nil {
		e.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if who != "" {
		req.AddCookie(&http.Cookie{Name: sessionCookie, Value: who})
		req.Header.Set(csrfHeader, identity.CSRF(who))
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		e.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	if method != http.MethodHead {
		e.hold(resp, text)
	}
	return resp, text
}

// hold compares an answer with what openapi.yaml promises; a path that is not in it must be
// refused like one that is.
func (e *edge) hold(resp *http.Response, body []byte) {
	e.t.Helper()
	mux, described := http.NewServeMux(), map[string]*routers.Route{}
	for path, item := range e.server.spec.Paths.Map() {
		for method, op := range item.Operations() {
			pattern := method + " " + apiPrefix + path
			mux.HandleFunc(pattern, func(http.ResponseWriter, *http.Request) {})
			described[pattern] = &routers.Route{Spec: e.server.spec, Path: path, PathItem: item, Method: method, Operation: op}
		}
	}
	_, pattern := mux.Handler(resp.Request)
	route := described[pattern]
	if route == nil {
		route = described["GET "+apiPrefix+"/settings"]
	}
	err := openapi3filter.ValidateResponse(e.t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: resp.Request, Route: route},
		Status:                 resp.StatusCode, Header: resp.Header, Body: io.NopCloser(bytes.NewReader(body)),
	})
	if err != nil {
		e.t.Errorf("%s %s: %d %.300s: %v", resp.Request.Method, resp.Request.URL.Path, resp.StatusCode, body, err)
	}
}

// refused checks an answer's status and code.
func (e *edge) refused(resp *http.Response, body []byte, status int, code string) {
	e.t.Helper()
	var got struct{ Code, Message string }
	if err := json.Unmarshal(body, &got); err != nil || resp.StatusCode != status || got.Code != code || got.Message == "" {
		e.t.Errorf("%s %s: %d %.300s, want %d %s", resp.Request.Method, resp.Request.URL.Path, resp.StatusCode, body, status, code)
	}
}

// socket opens a WebSocket as a person.
func (e *edge) socket(who, path string) (*websocket.Conn, *http.Response, error) {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(e.t.Context(), hang)
	defer cancel()
	conn, resp, err := websocket.Dial(ctx, strings.Replace(e.url, "http", "ws", 1)+apiPrefix+path, &websocket.DialOptions{
		HTTPHeader: http.Header{"Cookie": {sessionCookie + "=" + who}},
	})
	if err == nil {
		e.t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, resp, err
}

func TestDoorsToNothing(t *testing.T) {
	e := newEdge(t)
	resp, body := e.ask("agent", http.MethodGet, "/nothing", "")
	e.refused(resp, body, http.StatusNotFound, codeNotFound)
	resp, body = e.ask("agent", http.MethodDelete, "/tickets", "")
	e.refused(resp, body, http.StatusMethodNotAllowed, codeNoMethod)
	if allow := resp.Header.Get("Allow"); allow != "GET, POST" {
		t.Errorf("Allow: %q", allow)
	}
	resp, body = e.ask("agent", http.MethodDelete, "/session", "", "Sec-Fetch-Site", "cross-site")
	e.refused(resp, body, http.StatusForbidden, codeOtherSite)
	if resp.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Error("a refusal has no security headers")
	}
	resp, body = e.ask("agent", http.MethodDelete, "/session", "", csrfHeader, identity.CSRF("other"))
	e.refused(resp, body, http.StatusForbidden, codeBadCSRF)
}

// TestBodiesThatAreNone: whatever is wrong with a body is the client's fault, and said.
func TestBodiesThatAreNone(t *testing.T) {
	e := newEdge(t)
	for name, c := range map[string]struct {
		kind   string
		body   io.Reader
		status int
		code   string
	}{
		"broken off":        {"application/json", iotest.ErrReader(io.ErrUnexpectedEOF), http.StatusBadRequest, codeMalformed},
		"too slow":          {"application/json", iotest.ErrReader(os.ErrDeadlineExceeded), http.StatusBadRequest, codeMalformed},
		"empty":             {"application/json", strings.NewReader(""), http.StatusBadRequest, codeMalformed},
		"half":              {"application/json", strings.NewReader(`{"login":`), http.StatusBadRequest, codeMalformed},
		"no object":         {"application/json", strings.NewReader(`["login"]`), http.StatusBadRequest, codeMalformed},
		"NUL":               {"application/json", strings.NewReader(`{"login":"a\u0000","password":"b"}`), http.StatusBadRequest, codeInvalid},
		"of another kind":   {"text/plain", strings.NewReader(`{"login":"a","password":"b"}`), http.StatusUnsupportedMediaType, codeNotJSON},
		"of an unsaid kind": {"", strings.NewReader(`{"login":"a","password":"b"}`), http.StatusUnsupportedMediaType, codeNotJSON},
		"too large":         {"application/json", strings.NewReader(strings.Repeat("x", maxBody+1)), http.StatusRequestEntityTooLarge, codeTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, apiPrefix+"/session", c.body)
			r.Header.Set("Content-Type", c.kind)
			answer := httptest.NewRecorder()
			e.server.ServeHTTP(answer, r)
			resp := answer.Result()
			resp.Request = r
			e.refused(resp, answer.Body.Bytes(), c.status, c.code)
		})
	}
}

func TestFaultsOfOursAreNotTold(t *testing.T) {
	e := newEdge(t)
	e.calls.fault = errors.New("connect postgres://user:secret@db")
	resp, body := e.ask("agent", http.MethodGet, "/queues", "")
	e.refused(resp, body, http.StatusInternalServerError, codeInternal)
	if bytes.Contains(body, []byte("secret")) {
		t.Errorf("told: %s", body)
	}
	e.calls.fault = context.DeadlineExceeded
	resp, body = e.ask("agent", http.MethodGet, "/queues", "")
	e.refused(resp, body, http.StatusServiceUnavailable, codeBusy)
	e.accounts.fail(errors.New("database gone"))
	resp, body = e.ask("agent", http.MethodGet, "/session", "")
	e.refused(resp, body, http.StatusInternalServerError, codeInternal) // not "sign in again"
}

func TestBlockedSignInSaysWhen(t *testing.T) {
	e := newEdge(t, func(o *Options) { o.Accounts = blocked{} })
	resp, body := e.ask("", http.MethodPost, "/session", `{"login":"agent1","password":"x"}`)
	e.refused(resp, body, http.StatusTooManyRequests, "too-many-logins")
	if got := resp.Header.Get("Retry-After"); got != "91" {
		t.Errorf("Retry-After: %q", got)
	}
}

type blocked struct{ Accounts }

func (blocked) SignIn(context.Context, string, string, string) (identity.Account, string, error) {
	return identity.Account{}, "", &identity.Error{Code: identity.CodeTooMany, RetryAfter: 90*time.Second + time.Millisecond}
}

// TestSpecAndPermissionsMustAgree: a role too many or too few in openapi.yaml stops the start.
func TestSpecAndPermissionsMustAgree(t *testing.T) {
	for name, c := range map[string]struct {
		needs identity.Permission
		roles any
		ok    bool
	}{
		"agreed":        {identity.UsePhone, []any{"agent", "supervisor"}, true},
		"everybody":     {identity.ManageSession, []any{}, true},
		"open":          {"", nil, true},
		"too few":       {identity.UsePhone, []any{"agent"}, false},
		"too many":      {identity.UsePhone, []any{"agent", "supervisor", "admin"}, false},
		"not everybody": {identity.UsePhone, []any{}, false},
		"forgotten":     {identity.UsePhone, nil, false},
		"not open":      {"", []any{"agent"}, false},
		"no list":       {identity.UsePhone, "agent", false},
	} {
		op := &openapi3.Operation{Extensions: map[string]any{}}
		if c.roles != nil {
			op.Extensions["x-roles"] = c.roles
		}
		if err := agree(c.needs, op); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReceiptsReachTheirHandler: without session and token, with the body as it was signed.
// TestSocketsAndSoundOutlastRequests: every socket of openapi.yaml, and sound; nothing else
// has longer than requestTimeout.
func TestSocketsAndSoundOutlastRequests(t *testing.T) {
	e := newEdge(t)
	for path, item := range e.server.spec.Paths.Map() {
		for method, op := range item.Operations() {
			if e.server.operations()[op.OperationID].needs == "" {
				continue
			}
			resp, body := e.ask("stranger", method, path, "")
			e.refused(resp, body, http.StatusUnauthorized, codeNotSignedIn)
			e.accounts.mu.Lock()
			until := e.accounts.until
			e.accounts.mu.Unlock()
			lasts := op.Responses.Value("101") != nil || op.OperationID == "getAudio"
			if lasts != until.IsZero() {
				t.Errorf("%s: its context ends at %v", op.OperationID, until)
			}
		}
	}
}

func TestReceiptsReachTheirHandler(t *testing.T) {
	const sent = `{"receipts": [{"id":"1","status":"delivered"}]}`
	var got []byte
	e := newEdge(t, func(o *Options) {
		o.Receipts = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got, _ = io.ReadAll(r.Body)
			w.WriteHeader(http.StatusNoContent)
		})
	})
	if resp, body := e.ask("", http.MethodPost, "/sms/receipts", sent); resp.StatusCode != http.StatusNoContent || string(got) != sent {
		t.Errorf("%d %s, the handler got %q", resp.StatusCode, body, got)
	}
}

func TestAccessLogInPages(t *testing.T) {
	e := newEdge(t)
	for _, actor := range []string{"agent", "system", "supervisor"} {
		if err := e.access.LogAccess(t.Context(), AccessEntry{At: time.Now(), Actor: actor, Action: "recording.listen", Subject: "c"}); err != nil {
			t.Fatal(err)
		}
	}
	var seen []string
	for after := ""; ; {
		path := "/access-log?limit=2"
		if after != "" {
			path += "&after=" + after
		}
		resp, body := e.ask("reviewer", http.MethodGet, path, "")
		var page Page[accessView]
		if err := json.Unmarshal(body, &page); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%d %s %v", resp.StatusCode, body, err)
		}
		for _, entry := range page.Items {
			seen = append(seen, entry.Actor)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if !slices.Equal(seen, []string{"班长", "system", "话务员1"}) {
		t.Errorf("seen %v", seen)
	}
	resp, body := e.ask("reviewer", http.MethodGet, "/access-log?after=x", "")
	e.refused(resp, body, http.StatusBadRequest, "bad-cursor")
}
