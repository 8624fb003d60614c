package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"hotline12345/identity/identitypg"
)

// The edge's doors, tried on a whole hotline: every operation of openapi.yaml as
// everybody and as nobody, and every answer held against openapi.yaml.

// access is who may call what, written by hand: openapi.yaml says it too, and the two
// must agree. "*" is everybody signed in, "" everybody at all.
var access = map[string]string{
	"getSession": "*", "signIn": "", "signOut": "*", "getSettings": "*", "openEvents": "*",
	"openSoftphone": "agent supervisor", "getLive": "supervisor admin", "listTrunks": "supervisor admin",
	"listCalls": "agent supervisor reviewer admin", "getCall": "agent supervisor reviewer admin",
	"getPop": "agent supervisor", "getAudio": "agent supervisor reviewer", "pauseRecording": "agent supervisor", "resumeRecording": "agent supervisor",
	"forkCall": "supervisor admin", "stopFork": "supervisor admin", "placeHold": "supervisor admin", "liftHold": "supervisor admin", "getPeaks": "agent supervisor reviewer",
	"listCallbacks": "agent supervisor", "claimCallback": "agent supervisor", "closeCallback": "agent supervisor",
	"listDoNotCall": "supervisor", "addDoNotCall": "supervisor", "endDoNotCall": "supervisor",
	"doNotCallCall": "agent supervisor", "doNotCallTicket": "agent supervisor",
	"listCallLists": "agent supervisor", "addCallList": "supervisor", "saveCallList": "supervisor", "listEntries": "supervisor", "loadEntries": "supervisor",
	"nextEntry": "agent supervisor", "getEntry": "agent supervisor", "giveBackEntry": "agent supervisor", "setEntryResult": "agent supervisor",
	"listTickets": "*", "lodgeTicket": "agent supervisor", "getTicket": "*", "listTicketEvents": "*",
	"revealRequester": "agent dispatcher agency followUp supervisor", "runCommand": "agent dispatcher agency followUp supervisor",
	"listCategories": "*", "listAgencies": "*", "listRegions": "*", "suggestAgencies": "*", "getDeadline": "*",
	"listRoutingQueues": "supervisor admin", "saveQueue": "supervisor admin", "removeQueue": "supervisor admin",
	"listSkills": "supervisor admin", "saveSkills": "supervisor admin", "listAbilities": "supervisor admin", "saveAbility": "supervisor admin",
	"supervise": "supervisor admin", "stopSupervising": "supervisor admin", "takeOver": "supervisor admin", "releaseCall": "supervisor admin",
	"setAgentStatus": "supervisor admin", "listDirectory": "agent supervisor", "listDirectoryEntries": "supervisor admin",
	"saveDirectoryEntry": "supervisor admin", "removeDirectoryEntry": "supervisor admin",
	"listMarks": "supervisor admin", "addMark": "supervisor admin", "approveMark": "supervisor admin", "endMark": "supervisor admin",
	"markCall":     "agent supervisor",
	"getEmergency": "*", "declareEmergency": "supervisor admin", "endEmergency": "supervisor admin",
	"listLanguageKeys": "supervisor admin", "saveLanguageKeys": "supervisor admin",
	"listQueues": "agent supervisor reviewer admin", "listAgents": "agent supervisor", "listAccess": "reviewer admin", "takeReceipts": "",
	"getIntervals": "supervisor admin", "getIntervalsTable": "supervisor admin", "listAgentDays": "supervisor admin", "getTimeline": "supervisor admin",
	"listBadRatings": "supervisor", "closeBadRating": "supervisor",
	"listWebhooks": "admin", "addWebhook": "admin", "saveWebhook": "admin", "removeWebhook": "admin", "renewWebhook": "admin", "pingWebhook": "admin", "openFeed": "admin",
	"listTokens": "admin", "addToken": "admin", "revokeToken": "admin",
	"listPhones": "admin", "addPhone": "admin", "savePhone": "admin", "resetPhone": "admin", "removePhone": "admin",
}

// logins by role.
var logins = map[string]string{
	"agent": "agent1", "dispatcher": "dispatcher", "agency": "agency1", "followUp": "followup", "supervisor": "supervisor",
	"reviewer": "reviewer", "admin": "admin",
}

// person is somebody with a cookie and the token that changes need.
type person struct {
	t    *testing.T
	h    *hotline
	jar  []*http.Cookie
	csrf string
}

func (h *hotline) as(t *testing.T, login string) *person {
	t.Helper()
	p := &person{t: t, h: h}
	resp, body := p.send(http.MethodPost, "/session", fmt.Sprintf(`{"login":%q,"password":%q}`, login, identitypg.DemoPassword))
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s gets %d %s", login, resp.StatusCode, body)
	}
	p.jar = resp.Cookies()
	var session struct {
		CSRF string `json:"csrf"`
	}
	if err := json.Unmarshal(body, &session); err != nil {
		t.Fatal(err)
	}
	p.csrf = session.CSRF
	return p
}

func (p *person) send(method, path, body string, change ...func(*http.Request)) (*http.Response, []byte) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), hang)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, p.h.run.HTTP+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, c := range p.jar {
		req.AddCookie(c)
	}
	if p.csrf != "" {
		req.Header.Set("X-CSRF-Token", p.csrf)
	}
	for _, f := range change {
		f(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp, text
}

func codeOfAnswer(body []byte) string {
	var refusal struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &refusal) != nil || (refusal.Code != "" && refusal.Message == "") {
		return ""
	}
	return refusal.Code
}

// operation is one of openapi.yaml with a request that gets past its description.
type operation struct {
	id, method, path, url, body string
	spec                        *openapi3.T
	item                        *openapi3.PathItem
	op                          *openapi3.Operation
}

func operations(t *testing.T) []operation {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("..", "..", "web", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	spec, err := openapi3.NewLoader().LoadFromData(source)
	if err != nil {
		t.Fatal(err)
	}
	const lodge = `{"kind":"complaint","urgency":"ordinary","channel":"phone","category":"010301","title":"路灯不亮","content":"三盏路灯不亮","requester":{"phone":"13800001000"},"then":{"type":"submit"}}`
	bodies := map[string]string{
		"signIn": `{"login":"nobody","password":"Wrong-12345"}`, "lodgeTicket": lodge, "runCommand": `{"version":0,"assignment":"x"}`,
		"closeCallback": `{"note":"已回电"}`, "placeHold": `{"reason":"投诉核查"}`, "forkCall": `{"reason":"质检"}`,
		"saveQueue": `{"id":"01890000-0000-7000-8000-000000000000","name":"夜间","skills":[],"priority":0,"maxWait":600,"languages":[],"topics":[],` +
			`"strategy":"longest-idle","lastAgent":0,"rings":[]}`,
		"saveSkills": `{"items":[{"id":"general","name":"综合业务"}]}`, "saveAbility": `{"queues":[],"skills":[]}`,
		"supervise": `{"mode":"whisper"}`, "releaseCall": `{"requeue":true}`, "setAgentStatus": `{"status":"break"}`,
		"saveDirectoryEntry": `{"id":"01890000-0000-7000-8000-000000000000","kind":"hotline","name":"乌鲁木齐 12345","agency":"","number":"099112345"}`,
		"takeReceipts":       `{"receipts":[{"id":"x","status":"delivered"}]}`,
		"saveLanguageKeys":   `{"items":[{"language":"ug","key":"2"},{"language":"kk","key":"3"}]}`,
		"declareEmergency":   fmt.Sprintf(`{"reason":"演练","until":%q}`, time.Now().Add(time.Hour).Format(time.RFC3339)),
		"addMark":            fmt.Sprintf(`{"number":"13800001000","kind":"green","group":"old","priority":300,"until":%q}`, time.Now().Add(time.Hour).Format(time.RFC3339)),
		"approveMark":        `{"priority":-60,"until":"2026-03-02T12:00:00+08:00"}`, "markCall": `{"kind":"green","group":"old"}`,
		"addWebhook":     `{"url":"https://example.com/hook","events":["call.ended"],"enabled":true}`,
		"saveWebhook":    `{"url":"https://example.com/hook","events":["call.ended"],"enabled":true}`,
		"closeBadRating": `{"note":"已致歉"}`,
		"addToken":       fmt.Sprintf(`{"name":"大屏","until":%q}`, time.Now().Add(time.Hour).Format(time.RFC3339)),
		"addDoNotCall":   fmt.Sprintf(`{"number":"13800001000","reason":"asked","until":%q}`, time.Now().Add(time.Hour).Format(time.RFC3339)),
		"doNotCallCall":  `{"reason":"asked"}`, "doNotCallTicket": `{"reason":"asked","text":true}`,
		"addCallList": `{"name":"回访","kind":"followUp"}`, "saveCallList": `{"name":"回访","state":"open"}`,
		"loadEntries": `{"csv":"号码,姓名\n13800001000,张某"}`, "nextEntry": `{}`, "setEntryResult": `{"result":"reached"}`,
		"addPhone":  `{"user":"desk1","account":"nobody","digest":"md5","srtp":false,"seat":false}`,
		"savePhone": `{"digest":"both","srtp":true,"seat":true,"enabled":true}`,
	}
	queries := map[string]string{
		"getIntervals":      "?from=2026-03-01T16:00:00Z&to=2026-03-02T16:00:00Z",
		"getIntervalsTable": "?from=2026-03-01T16:00:00Z&to=2026-03-02T16:00:00Z&step=1h",
		"listAgentDays":     "?day=2026-03-02", "getTimeline": "?day=2026-03-02",
		"listTickets": "?box=mine", "suggestAgencies": "?category=010301", "getDeadline": "?kind=complaint&urgency=ordinary&category=010301",
	}
	values := strings.NewReplacer("{call}", "01890000-0000-7000-8000-000000000000", "{segment}", "1", "{id}", "01890000-0000-7000-8000-000000000000",
		"{number}", "20200101-000001", "{command}", "sign",
		"{account}", "nobody", "{agent}", "nobody", "{user}", "nobody")
	var list []operation
	for path, item := range spec.Paths.Map() {
		for method, op := range item.Operations() {
			list = append(list, operation{
				id: op.OperationID, method: method, path: path, url: values.Replace(path) + queries[op.OperationID], body: bodies[op.OperationID],
				spec: spec, item: item, op: op,
			})
		}
	}
	slices.SortFunc(list, func(a, b operation) int { return strings.Compare(a.id, b.id) })
	if len(list) != len(access) {
		t.Fatalf("openapi.yaml has %d operations, the table here %d", len(list), len(access))
	}
	return list
}

// check holds an answer against openapi.yaml.
func (o operation) check(t *testing.T, who string, resp *http.Response, body []byte) {
	t.Helper()
	err := openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: resp.Request, Route: &routers.Route{Spec: o.spec, Path: o.path, PathItem: o.item, Method: o.method, Operation: o.op},
		},
		Status: resp.StatusCode, Header: resp.Header, Body: io.NopCloser(bytes.NewReader(body)),
	})
	if err != nil {
		t.Errorf("%s as %s: %d %.300s: %v", o.id, who, resp.StatusCode, body, err)
	}
}

func TestAPI(t *testing.T) {
	h := start(t, filepath.Join(t.TempDir(), "var"), "--demo")
	for name, f := range map[string]func(*testing.T, *hotline){
		"every route and role": testEveryRouteAndRole, "session": testSession, "bad input": testBadInput, "bad headers": testBadHeaders,
		"sockets know their origin": testSocketsKnowTheirOrigin, "who sees what": testWhoSeesWhat,
		"routing data": testRoutingData, "supervision": testSupervision,
	} {
		t.Run(name, func(t *testing.T) { f(t, h) })
	}
}

func testEveryRouteAndRole(t *testing.T, h *hotline) {
	nobody := &person{t: t, h: h}
	people := map[string]*person{}
	for role, login := range logins {
		people[role] = h.as(t, login)
	}
	for _, o := range operations(t) {
		roles, known := access[o.id]
		if !known {
			t.Errorf("%s: no rule in the table of this test", o.id)
			continue
		}
		resp, body := nobody.send(o.method, o.url, o.body)
		o.check(t, "nobody", resp, body)
		if open := roles == ""; !open && codeOfAnswer(body) != "not-signed-in" {
			t.Errorf("%s as nobody: %d %s", o.id, resp.StatusCode, body)
		}
		for role, p := range people {
			if o.id == "signOut" {
				continue // it would end the person; testSession has it
			}
			resp, body := p.send(o.method, o.url, o.body)
			if resp.StatusCode != http.StatusUpgradeRequired { // a socket asked for as a page
				o.check(t, role, resp, body)
			}
			may := roles == "" || roles == "*" || slices.Contains(strings.Fields(roles), role)
			refused := resp.StatusCode == http.StatusForbidden && codeOfAnswer(body) == "forbidden"
			if o.id == "listTickets" || o.id == "runCommand" {
				refused = refused && !may // the boxes and commands have rules of their own behind the door
			}
			if refused == may {
				t.Errorf("%s as %s: %d %.200s, may: %v", o.id, role, resp.StatusCode, body, may)
			}
			if may && resp.StatusCode >= 500 {
				t.Errorf("%s as %s: %d %s", o.id, role, resp.StatusCode, body)
			}
		}
		if o.method != http.MethodGet && roles != "" {
			p := people["supervisor"]
			resp, body := p.send(o.method, o.url, o.body, func(r *http.Request) { r.Header.Set("X-CSRF-Token", "forged") })
			if want := roles == "*" || slices.Contains(strings.Fields(roles), "supervisor"); want && codeOfAnswer(body) != "bad-csrf" {
				t.Errorf("%s with a forged token: %d %s", o.id, resp.StatusCode, body)
			}
		}
	}
}

func testSession(t *testing.T, h *hotline) {
	p := h.as(t, "agent1")
	if len(p.jar) != 1 || p.jar[0].Name != "hotline_session" || !p.jar[0].HttpOnly || p.jar[0].SameSite != http.SameSiteStrictMode || p.jar[0].Path != "/" {
		t.Fatalf("cookie %+v", p.jar)
	}
	resp, _ := p.send(http.MethodGet, "/session", "")
	for name, want := range map[string]string{
		"Content-Security-Policy": "frame-ancestors 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Permissions-Policy": "microphone=(self)", "Cache-Control": "no-store",
	} {
		if got := resp.Header.Get(name); !strings.Contains(got, want) {
			t.Errorf("%s: %q, without %q", name, got, want)
		}
	}
	if resp, body := p.send(http.MethodPost, "/session", fmt.Sprintf(`{"login":"agent2","password":%q}`, identitypg.DemoPassword)); resp.StatusCode != http.StatusOK {
		t.Fatalf("signed in anew: %d %s", resp.StatusCode, body)
	}
	if _, body := p.send(http.MethodGet, "/session", ""); codeOfAnswer(body) != "not-signed-in" {
		t.Errorf("the session whose cookie was overwritten lives on: %s", body)
	}
	p = h.as(t, "agent1")
	if resp, body := p.send(http.MethodDelete, "/session", "", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); resp.StatusCode != http.StatusForbidden {
		t.Errorf("a change from another site: %d %s", resp.StatusCode, body)
	}
	if resp, body := p.send(http.MethodDelete, "/session", ""); resp.StatusCode != http.StatusNoContent {
		t.Fatalf("sign out: %d %s", resp.StatusCode, body)
	}
	if _, body := p.send(http.MethodGet, "/session", ""); codeOfAnswer(body) != "not-signed-in" {
		t.Errorf("after signing out: %s", body)
	}
	nobody := &person{t: t, h: h}
	var last []byte
	for range 6 {
		_, last = nobody.send(http.MethodPost, "/session", `{"login":"agent3","password":"Wrong-12345"}`)
	}
	if codeOfAnswer(last) != "too-many-logins" {
		t.Errorf("the sixth guess: %s", last)
	}
}

func testBadInput(t *testing.T, h *hotline) {
	p := h.as(t, "agent1")
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		code               string
	}{
		"no such path":        {http.MethodGet, "/nothing", "", 404, "not-found"},
		"not JSON":            {http.MethodPost, "/tickets", `{"kind":`, 400, "malformed"},
		"nothing":             {http.MethodPost, "/session", " ", 400, "malformed"},
		"wrong type":          {http.MethodPost, "/tickets", `{"kind":7}`, 400, "invalid"},
		"unknown field":       {http.MethodPost, "/session", `{"login":"a","password":"b","admin":true}`, 400, "malformed"},
		"NUL in a search":     {http.MethodGet, "/tickets?box=mine&q=ab%00c", "", 400, "invalid"},
		"not UTF-8":           {http.MethodGet, "/catalogue?category=%ff", "", 400, "invalid"},
		"NUL in a body":       {http.MethodPost, "/callbacks/x/close", `{"note":"\u0000"}`, 400, "invalid"},
		"NUL in a login":      {http.MethodPost, "/session", `{"login":"a\u0000","password":"x"}`, 400, "invalid"},
		"a long login":        {http.MethodPost, "/session", `{"login":"` + strings.Repeat("中", 30) + `","password":"x"}`, 401, "bad-login"},
		"too large":           {http.MethodPost, "/tickets", `{"kind":"` + strings.Repeat("x", 300<<10) + `"}`, 413, "too-large"},
		"bad ticket number":   {http.MethodGet, "/tickets/..%2f..%2fetc", "", 400, "invalid"},
		"no such ticket":      {http.MethodGet, "/tickets/20200101-000001", "", 404, "not-found"},
		"no such box":         {http.MethodGet, "/tickets?box=everything", "", 400, "invalid"},
		"no such command":     {http.MethodPost, "/tickets/20200101-000001/destroy", `{"version":0}`, 400, "invalid"},
		"no such call":        {http.MethodGet, "/calls/01890000-0000-7000-8000-000000000000/recordings/1/audio", "", 404, "not-found"},
		"bad cursor":          {http.MethodGet, "/callbacks?after=%27%3B--", "", 400, "bad-cursor"},
		"somebody else's box": {http.MethodGet, "/tickets?box=toSign", "", 403, "forbidden"},
	} {
		resp, body := p.send(c.method, c.path, c.body)
		if resp.StatusCode != c.status || codeOfAnswer(body) != c.code {
			t.Errorf("%s: %d %.300s, want %d %s", name, resp.StatusCode, body, c.status, c.code)
		}
	}
}

// testBadHeaders: what is wrong is said, whatever part of the request it is in.
func testBadHeaders(t *testing.T, h *hotline) {
	p := h.as(t, "agent1")
	for code, change := range map[string]func(*http.Request){
		"not-json": func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
		"invalid":  func(r *http.Request) { r.Header.Set("Idempotency-Key", "\xff\xfe") },
	} {
		if resp, body := p.send(http.MethodPost, "/tickets", `{"kind":"complaint"}`, change); codeOfAnswer(body) != code || resp.StatusCode >= 500 {
			t.Errorf("%d %s, want %s", resp.StatusCode, body, code)
		}
	}
}

// testSocketsKnowTheirOrigin: another site's page gets no socket with the person's cookie.
func testSocketsKnowTheirOrigin(t *testing.T, h *hotline) {
	p := h.as(t, "supervisor")
	for _, path := range []string{"/softphone", "/events"} {
		for origin, want := range map[string]bool{h.run.HTTP: true, "https://evil.example": false} {
			ctx, cancel := context.WithTimeout(t.Context(), hang)
			conn, resp, err := websocket.Dial(ctx, strings.Replace(h.run.HTTP, "http:", "ws:", 1)+"/api/v1"+path, &websocket.DialOptions{
				HTTPHeader: http.Header{"Origin": {origin}, "Cookie": {p.jar[0].Name + "=" + p.jar[0].Value}},
			})
			if (err == nil) != want {
				t.Errorf("%s from %s: %v", path, origin, err)
			}
			if err == nil {
				_ = conn.CloseNow()
			} else if resp != nil && resp.StatusCode != http.StatusForbidden {
				t.Errorf("%s from %s: %d", path, origin, resp.StatusCode)
			}
			cancel()
		}
	}
}

// testSupervision: what is refused says what is missing.
func testSupervision(t *testing.T, h *hotline) {
	p := h.as(t, "supervisor")
	for name, c := range map[string]struct{ method, path, body, code string }{
		"nobody's status":    {http.MethodPut, "/agents/nobody/status", `{"status":"break"}`, "not-on-shift"},
		"nobody's shift":     {http.MethodPut, "/agents/nobody/status", `{"status":"signedOff"}`, "not-on-shift"},
		"a call that is not": {http.MethodPost, "/calls/none/supervision", `{"mode":"monitor"}`, "not-in-call"},
		"without a desk":     {http.MethodDelete, "/calls/none/supervision", "", "no-desk"},
	} {
		if resp, body := p.send(c.method, c.path, c.body); resp.StatusCode != http.StatusConflict || codeOfAnswer(body) != c.code {
			t.Errorf("%s: %d %s, want %s", name, resp.StatusCode, body, c.code)
		}
	}
}

// testWhoSeesWhat: a ticket through its first steps, as those see it who may and
// those who may not.
func testWhoSeesWhat(t *testing.T, h *hotline) {
	agent, other, dispatcher, mine, theirs := h.as(t, "agent1"), h.as(t, "agent2"), h.as(t, "dispatcher"), h.as(t, "agency1"), h.as(t, "agency2")
	const phone = "13800001000"
	resp, body := agent.send(http.MethodPost, "/tickets", `{"kind":"complaint","urgency":"ordinary","channel":"phone","category":"010301",
		"title":"路灯不亮","content":"三盏路灯不亮","requester":{"name":"某某","phone":"`+phone+`"},"then":{"type":"submit"}}`,
		func(r *http.Request) { r.Header.Set("Idempotency-Key", "k1") })
	if resp.StatusCode != http.StatusCreated || bytes.Contains(body, []byte(phone)) {
		t.Fatalf("lodged: %d %s", resp.StatusCode, body)
	}
	var ticket struct {
		Number      string `json:"number"`
		State       string `json:"state"`
		Assignments []struct {
			ID string `json:"id"`
		} `json:"assignments"`
	}
	if err := json.Unmarshal(body, &ticket); err != nil {
		t.Fatal(err)
	}
	path := "/tickets/" + ticket.Number
	// Callers ask any agent about theirs; name and number stay masked, and closed to him.
	for who, p := range map[string]*person{"the agent": agent, "another agent": other, "the dispatcher": dispatcher} {
		resp, body := p.send(http.MethodGet, path, "")
		if resp.StatusCode != http.StatusOK || bytes.Contains(body, []byte(phone)) || bytes.Contains(body, []byte("某某")) {
			t.Errorf("%s: %d %.300s", who, resp.StatusCode, body)
		}
	}
	if _, body := other.send(http.MethodGet, path+"/requester", ""); codeOfAnswer(body) != "not-yours" {
		t.Errorf("another agent reveals the number: %s", body)
	}
	if _, body := mine.send(http.MethodGet, path, ""); codeOfAnswer(body) != "not-found" {
		t.Errorf("an agency sees it before it is dispatched: %.200s", body)
	}
	if resp, body := agent.send(http.MethodPost, path+"/dispatch", `{"version":0,"agency":"x"}`); resp.StatusCode < 400 {
		t.Errorf("an agent dispatches: %d %s", resp.StatusCode, body)
	}
	// "Told on the line" would close it without telling anybody.
	if _, body := dispatcher.send(http.MethodPost, path+"/answer", `{"version":0,"text":"已答复","told":true}`); codeOfAnswer(body) != "not-on-the-line" {
		t.Errorf("a dispatcher closes it as told: %s", body)
	}
	_, body = dispatcher.send(http.MethodGet, "/catalogue?category=010301", "")
	var catalogue struct {
		Items []struct {
			Agency string `json:"agency"`
		} `json:"items"`
	}
	if err := json.Unmarshal(body, &catalogue); err != nil || len(catalogue.Items) == 0 {
		t.Fatalf("catalogue: %s %v", body, err)
	}
	resp, body = dispatcher.send(http.MethodPost, path+"/dispatch", fmt.Sprintf(`{"version":0,"agency":%q,"opinion":"请尽快修复"}`, catalogue.Items[0].Agency))
	if err := json.Unmarshal(body, &ticket); err != nil || resp.StatusCode != http.StatusOK || len(ticket.Assignments) != 1 {
		t.Fatalf("dispatched: %d %s", resp.StatusCode, body)
	}
	if resp, _ := mine.send(http.MethodGet, path, ""); resp.StatusCode != http.StatusOK {
		t.Errorf("the agency does not see its ticket: %d", resp.StatusCode)
	}
	for _, what := range []string{"", "/events"} {
		if _, body := theirs.send(http.MethodGet, path+what, ""); codeOfAnswer(body) != "not-found" {
			t.Errorf("another agency sees %q: %.200s", what, body)
		}
	}
	sign := fmt.Sprintf(`{"version":0,"assignment":%q}`, ticket.Assignments[0].ID)
	if resp, body := theirs.send(http.MethodPost, path+"/sign", sign); resp.StatusCode < 400 {
		t.Errorf("another agency signs: %d %s", resp.StatusCode, body)
	}
	if resp, body := mine.send(http.MethodPost, path+"/sign", sign); resp.StatusCode != http.StatusOK {
		t.Errorf("sign: %d %s", resp.StatusCode, body)
	}
	if resp, body := dispatcher.send(http.MethodPost, path+"/close", `{"version":0,"reason":"done"}`); resp.StatusCode < 400 {
		t.Errorf("closed without telling: %d %s", resp.StatusCode, body)
	}
	if resp, body := agent.send(http.MethodGet, path+"/requester", ""); resp.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(phone)) {
		t.Errorf("reveal: %d %s", resp.StatusCode, body)
	}
	_, body = h.as(t, "reviewer").send(http.MethodGet, "/access-log", "")
	if !bytes.Contains(body, []byte(ticket.Number)) {
		t.Errorf("the reveal is not in the access log: %s", body)
	}
	if log := h.log.String(); strings.Contains(log, phone) || strings.Contains(log, "某某") {
		t.Error("the log holds personal data")
	}
}
