package softphone

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

const patience = 60 * time.Second // ends a hang, decides nothing

// fakeDesk records calls as text and answers as told.
type fakeDesk struct {
	calls    chan string
	detached chan engine.DeskSink

	mu   sync.Mutex
	sink engine.DeskSink
	view engine.DeskView
	err  error
	hold chan struct{} // Hold waits for it when not nil
}

func newFakeDesk() *fakeDesk {
	return &fakeDesk{
		calls: make(chan string, 4096), detached: make(chan engine.DeskSink, 16),
		view: engine.DeskView{Agent: "a1", Name: "agent one", Status: engine.StatusAvailable, State: engine.StateIdle},
	}
}

func (f *fakeDesk) note(format string, args ...any) error {
	f.calls <- fmt.Sprintf(format, args...)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

func (f *fakeDesk) StartShift(p engine.AgentProfile, sink engine.DeskSink) (engine.DeskView, error) {
	f.mu.Lock()
	old := f.sink
	f.sink = sink
	f.mu.Unlock()
	if old != nil {
		old.Replaced()
	}
	return f.view, f.note("start %s", p.ID)
}
func (f *fakeDesk) Detach(_ callcenter.AgentID, s engine.DeskSink) { f.detached <- s }
func (f *fakeDesk) EndShift(a callcenter.AgentID) error            { return f.note("endShift %s", a) }

func (f *fakeDesk) Negotiate(a callcenter.AgentID, sdp string) (string, error) {
	return "answer to " + sdp, f.note("negotiate %s %s", a, sdp)
}

func (f *fakeDesk) UsePhone(a callcenter.AgentID, use bool) error {
	return f.note("phone %s %v", a, use)
}

func (f *fakeDesk) SetStatus(a callcenter.AgentID, s engine.AgentStatus, reason string) error {
	return f.note("status %s %s %s", a, s, reason)
}

func (f *fakeDesk) Accept(a callcenter.AgentID, o string) error { return f.note("accept %s %s", a, o) }

func (f *fakeDesk) Decline(a callcenter.AgentID, o string) error {
	return f.note("decline %s %s", a, o)
}

func (f *fakeDesk) Hold(a callcenter.AgentID) error {
	err := f.note("hold %s", a)
	if f.hold != nil {
		<-f.hold
	}
	return err
}
func (f *fakeDesk) Resume(a callcenter.AgentID) error { return f.note("resume %s", a) }
func (f *fakeDesk) HangUp(a callcenter.AgentID) error { return f.note("hangUp %s", a) }
func (f *fakeDesk) Mute(a callcenter.AgentID, m bool) error {
	return f.note("mute %s %v", a, m)
}

func (f *fakeDesk) SendKeys(a callcenter.AgentID, k string) error { return f.note("keys %s %s", a, k) }

func (f *fakeDesk) Transfer(a callcenter.AgentID, t callcenter.Target) error {
	return f.note("transfer %s %s %s", a, t.Kind, t.ID)
}

func (f *fakeDesk) Consult(a callcenter.AgentID, t callcenter.Target) error {
	return f.note("consult %s %s %s", a, t.Kind, t.ID)
}
func (f *fakeDesk) Swap(a callcenter.AgentID) error           { return f.note("swap %s", a) }
func (f *fakeDesk) Conference(a callcenter.AgentID) error     { return f.note("conference %s", a) }
func (f *fakeDesk) Complete(a callcenter.AgentID) error       { return f.note("complete %s", a) }
func (f *fakeDesk) CancelConsult(a callcenter.AgentID) error  { return f.note("cancel %s", a) }
func (f *fakeDesk) PauseRecording(a callcenter.AgentID) error { return f.note("pause %s", a) }

func (f *fakeDesk) ResumeRecording(a callcenter.AgentID) error { return f.note("record %s", a) }

func (f *fakeDesk) EndWrapUp(a callcenter.AgentID) error { return f.note("endWrapUp %s", a) }
func (f *fakeDesk) DialOut(a callcenter.AgentID, d engine.Dial) (callcenter.CallID, error) {
	return "c1", f.note("dial %s %s %s%s%s%s", a, d.To, d.Callback, d.Entry, d.Ticket, d.About)
}

func (f *fakeDesk) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *fakeDesk) push(v engine.DeskView) {
	f.mu.Lock()
	sink := f.sink
	f.mu.Unlock()
	sink.Push(v)
}

func (f *fakeDesk) wantCall(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-f.calls:
		if got != want {
			t.Fatalf("engine heard %q, want %q", got, want)
		}
	case <-time.After(patience):
		t.Fatalf("engine never heard %q", want)
	}
}

func (f *fakeDesk) wantDetach(t *testing.T) {
	t.Helper()
	select {
	case <-f.detached:
	case <-time.After(patience):
		t.Fatal("the page was never detached")
	}
}

// page is a browser's end of the socket.
type page struct {
	t    *testing.T
	conn *websocket.Conn
	n    int
}

type message struct {
	Type  string
	ID    string
	OK    bool
	SDP   string
	Now   time.Time
	Error *problem
	Desk  engine.DeskView
}

func startServer(t *testing.T, desk Desk, opt Options) (*Handler, string) {
	t.Helper()
	opt.Log = slog.New(slog.DiscardHandler)
	h := New(desk, opt)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.Serve(w, r, engine.AgentProfile{ID: "a1", Name: "agent one"})
	}))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := h.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		srv.Close()
	})
	return h, srv.URL
}

func connect(t *testing.T, url string) *page {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &page{t: t, conn: conn}
}

func (p *page) send(text string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.conn.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *page) receive() (message, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, raw, err := p.conn.Read(ctx)
	if err != nil {
		return message{}, err
	}
	var m message
	return m, json.Unmarshal(raw, &m)
}

// until reads to the first message of a type.
func (p *page) until(kind string) message {
	p.t.Helper()
	for {
		m, err := p.receive()
		if err != nil {
			p.t.Fatalf("waiting for %q: %v", kind, err)
		}
		if m.Type == kind {
			return m
		}
	}
}

// ask sends a command and returns its reply; rest is the JSON after id and type.
func (p *page) ask(kind, rest string) message {
	p.t.Helper()
	p.n++
	id := fmt.Sprint(p.n)
	p.send(fmt.Sprintf(`{"id":%q,"type":%q%s}`, id, kind, rest))
	m := p.until("reply")
	if m.ID != id {
		p.t.Fatalf("reply to %q, want to %q", m.ID, id)
	}
	return m
}

func started(t *testing.T, f *fakeDesk, url string) *page {
	t.Helper()
	p := connect(t, url)
	if m := p.ask("start", ""); !m.OK {
		t.Fatalf("start refused: %+v", m.Error)
	}
	f.wantCall(t, "start a1")
	p.until("desk")
	return p
}

func TestEachCommandReachesTheEngine(t *testing.T) {
	f := newFakeDesk()
	_, url := startServer(t, f, Options{})
	p := started(t, f, url)
	for _, c := range []struct{ kind, rest, want string }{
		{"negotiate", `,"sdp":"v=0"`, "negotiate a1 v=0"},
		{"status", `,"status":"available"`, "status a1 available "},
		{"status", `,"status":"break","reason":"meal"`, "status a1 break meal"},
		{"accept", `,"offer":"o1"`, "accept a1 o1"},
		{"decline", `,"offer":"o1"`, "decline a1 o1"},
		{"hold", "", "hold a1"},
		{"resume", "", "resume a1"},
		{"mute", `,"muted":true`, "mute a1 true"},
		{"mute", `,"muted":false`, "mute a1 false"},
		{"keys", `,"keys":"12*#"`, "keys a1 12*#"},
		{"transfer", `,"target":{"kind":"agent","id":"a2"}`, "transfer a1 agent a2"},
		{"transfer", `,"target":{"kind":"queue","id":"main"}`, "transfer a1 queue main"},
		{"transfer", `,"target":{"kind":"outside","id":"02887654321"}`, "transfer a1 outside 02887654321"},
		{"transfer", `,"target":{"kind":"directory","id":"food"}`, "transfer a1 directory food"},
		{"consult", `,"target":{"kind":"agent","id":"a2"}`, "consult a1 agent a2"},
		{"consult", `,"target":{"kind":"queue","id":"main"}`, "consult a1 queue main"},
		{"consult", `,"target":{"kind":"outside","id":"02887654321"}`, "consult a1 outside 02887654321"},
		{"swap", "", "swap a1"},
		{"conference", "", "conference a1"},
		{"complete", "", "complete a1"},
		{"cancel", "", "cancel a1"},
		{"hangUp", "", "hangUp a1"},
		{"endWrapUp", "", "endWrapUp a1"},
		{"pauseRecording", "", "pause a1"},
		{"resumeRecording", "", "record a1"},
		{"dial", `,"number":"13800001000"`, "dial a1 13800001000 "},
		{"dial", `,"callback":"cb1"`, "dial a1  cb1"},
		{"dial", `,"entry":"e1"`, "dial a1  e1"},
		{"dial", `,"ticket":"20260302-000001"`, "dial a1  20260302-000001"},
		{"dial", `,"number":"12320","call":"c9"`, "dial a1 12320 c9"},
		{"endShift", "", "endShift a1"},
	} {
		m := p.ask(c.kind, c.rest)
		if !m.OK || m.Error != nil {
			t.Errorf("%s: refused %+v", c.kind, m.Error)
		}
		if want := "answer to v=0"; c.kind == "negotiate" && m.SDP != want {
			t.Errorf("negotiate answered %q, want %q", m.SDP, want)
		}
		f.wantCall(t, c.want)
	}
	if m := p.ask("devices", `,"microphone":"headset","speaker":"headset"`); !m.OK {
		t.Errorf("devices: refused %+v", m.Error)
	}
}

type engineError string

func (e engineError) Error() string     { return "engine: " + string(e) }
func (e engineError) ErrorCode() string { return string(e) }

func TestErrorsHaveCodeAndChineseSentence(t *testing.T) {
	f := newFakeDesk()
	_, url := startServer(t, f, Options{})
	p := started(t, f, url)
	for _, c := range []struct {
		err           error
		code, message string
	}{
		{engineError("not-in-call"), "not-in-call", messages["not-in-call"]},
		{fmt.Errorf("wrapped: %w", engineError("offer-gone")), "offer-gone", messages["offer-gone"]},
		{engineError("quite-new"), "quite-new", messages[codeInternal]},
		{errors.New("pq: password=secret"), codeInternal, messages[codeInternal]},
	} {
		f.fail(c.err)
		m := p.ask("hold", "")
		if m.OK || m.Error == nil || m.Error.Code != c.code || m.Error.Message != c.message {
			t.Errorf("%v: page got %+v", c.err, m.Error)
		}
	}
}

func TestNothingBeforeStart(t *testing.T) {
	f := newFakeDesk()
	_, url := startServer(t, f, Options{})
	p := connect(t, url)
	if m := p.ask("hangUp", ""); m.OK || m.Error.Code != "not-started" {
		t.Errorf("hangUp before start: %+v", m)
	}
	p.send(`{"id":"9","type":"ping"}`)
	if m := p.until("pong"); m.ID != "9" {
		t.Errorf("pong to %q", m.ID)
	}
	if len(f.calls) != 0 {
		t.Errorf("engine heard %q", <-f.calls)
	}
}

func TestPingIsAnsweredWhileACommandRuns(t *testing.T) {
	f := newFakeDesk()
	f.hold = make(chan struct{})
	_, url := startServer(t, f, Options{})
	p := started(t, f, url)
	p.send(`{"id":"h","type":"hold"}`)
	f.wantCall(t, "hold a1")
	p.send(`{"id":"9","type":"ping"}`)
	p.until("pong")
	close(f.hold)
	if m := p.until("reply"); m.ID != "h" || !m.OK {
		t.Errorf("hold: %+v", m)
	}
}

func TestNumbersLeaveMasked(t *testing.T) {
	view := engine.DeskView{
		Offer: &engine.OfferView{ID: "o1", Number: "13812341000"},
		Call:  &engine.DeskCall{Call: "c1", Number: "02887654321"},
	}
	f := newFakeDesk()
	f.view = view
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	_, url := startServer(t, f, Options{Now: func() time.Time { return now }})
	p := connect(t, url)
	p.ask("start", "")
	m := p.until("desk")
	if got, want := [2]string{m.Desk.Offer.Number, m.Desk.Call.Number}, [2]string{"138****1000", "028****4321"}; got != want {
		t.Errorf("the page gets %v, want %v", got, want)
	}
	if !m.Now.Equal(now) {
		t.Errorf("now is %v", m.Now)
	}
	if view.Offer.Number != "13812341000" {
		t.Error("masking changed the engine's own view")
	}
	asking := engine.DeskCall{Role: engine.RoleAgent, Consult: &engine.ConsultView{Number: "02887654321"}}
	watching := asking
	watching.Role = engine.RoleSupervisor
	byName := asking
	byName.Consult = &engine.ConsultView{Number: "02887654321", Name: "expert"}
	for i, call := range []engine.DeskCall{asking, watching, byName} {
		want := []string{"02887654321", "028****4321", "028****4321"}[i]
		if got := maskDesk(engine.DeskView{Call: &call}).Call.Consult.Number; got != want {
			t.Errorf("as %s the outside number is %q, want %q", call.Role, got, want)
		}
	}
	for number, want := range map[string]string{"": "", "5": "*", "110": "**0", "12345": "***45", "1234567": "****567", "12345678": "123****5678"} {
		if got := maskNumber(number); got != want {
			t.Errorf("maskNumber(%q) = %q, want %q", number, got, want)
		}
	}
}

// A page that reads late gets the newest view, not all of them.
func TestDeskIsCoalesced(t *testing.T) {
	f := newFakeDesk()
	_, url := startServer(t, f, Options{})
	p := started(t, f, url)
	const pushes = 20000
	for i := range pushes {
		f.push(engine.DeskView{Agent: "a1", Name: fmt.Sprint(i + 1)})
	}
	read := 0
	for last := ""; last != fmt.Sprint(pushes); read++ {
		last = p.until("desk").Desk.Name
	}
	if read >= pushes {
		t.Errorf("all %d views were sent one by one", read)
	}
}

func TestSilentPageIsDetached(t *testing.T) {
	f := newFakeDesk()
	_, url := startServer(t, f, Options{Silence: 50 * time.Millisecond})
	p := connect(t, url)
	p.send(`{"id":"1","type":"start"}`)
	f.wantDetach(t)
}

func TestClosedPageIsDetachedOnce(t *testing.T) {
	f := newFakeDesk()
	h, url := startServer(t, f, Options{})
	p := started(t, f, url)
	_ = p.conn.CloseNow()
	f.wantDetach(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := h.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	if len(f.detached) != 0 {
		t.Error("detached twice")
	}
}

func TestSecondPageReplacesTheFirst(t *testing.T) {
	f := newFakeDesk()
	_, url := startServer(t, f, Options{})
	first := started(t, f, url)
	started(t, f, url)
	first.until("replaced")
	_, err := first.receive()
	if websocket.CloseStatus(err) != statusReplaced {
		t.Errorf("first page closed with %v", err)
	}
	f.wantDetach(t)
}

func TestSignedOffPageIsTold(t *testing.T) {
	f := newFakeDesk()
	_, url := startServer(t, f, Options{})
	p := started(t, f, url)
	f.mu.Lock()
	sink := f.sink
	f.mu.Unlock()
	sink.SignedOff()
	p.until("signedOff")
	_, err := p.receive()
	if websocket.CloseStatus(err) != statusSignedOff {
		t.Errorf("closed with %v", err)
	}
	f.wantDetach(t)
}

// A page that floods commands and reads nothing is cut off; others are not harmed.
func TestSlowPageIsCutOff(t *testing.T) {
	f := newFakeDesk()
	_, url := startServer(t, f, Options{WriteTimeout: 50 * time.Millisecond})
	started(t, f, url) // never reads again
	big := engine.DeskView{Agent: "a1", Name: strings.Repeat("x", 4<<20)}
	done := time.After(patience)
	for {
		f.push(big)
		select {
		case <-f.detached:
			return
		case <-done:
			t.Fatal("the slow page was never cut off")
		default:
		}
	}
}

func TestFloodIsCutOff(t *testing.T) {
	f := newFakeDesk()
	_, url := startServer(t, f, Options{})
	p := started(t, f, url)
	go func() {
		for {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			err := p.conn.Write(ctx, websocket.MessageText, []byte(`{"id":"1","type":"ping"}`))
			cancel()
			if err != nil {
				return
			}
		}
	}()
	for {
		if _, err := p.receive(); err != nil {
			break
		}
	}
	f.wantDetach(t)
}

func TestForeignOriginIsRefused(t *testing.T) {
	f := newFakeDesk()
	_, url := startServer(t, f, Options{})
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, resp, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"https://evil.example"}}})
	if err == nil || resp == nil || resp.StatusCode != http.StatusForbidden {
		t.Fatalf("foreign origin: %v, %v", resp, err)
	}
	_ = resp.Body.Close()
}

func TestShutdownAndSignOutEndPages(t *testing.T) {
	f := newFakeDesk()
	h, url := startServer(t, f, Options{})
	p := started(t, f, url)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- h.Shutdown(ctx) }()
	_, err := p.receive()
	if websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("closed with %v", err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	f.wantDetach(t)
	_, err = connect(t, url).receive()
	if websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("after shutdown a page was served: %v", err)
	}
}

func TestDecodeIsStrict(t *testing.T) {
	long := strings.Repeat("1", 100)
	for _, c := range []struct{ text, code string }{
		{``, "bad-command"},
		{`null`, "bad-command"},
		{`[]`, "bad-command"},
		{`{"type":"hold"}`, "bad-command"},
		{`{"id":7,"type":"hold"}`, "bad-command"},
		{`{"id":"` + long + `","type":"hold"}`, "bad-command"},
		{`{"id":"1","type":"hold"}{"id":"2","type":"hold"}`, "bad-command"},
		{`{"id":"1","type":"hold","more":1}`, "bad-command"},
		{`{"id":"1","type":"hold","muted":true}`, "bad-command"},
		{`{"id":"1","type":"dance"}`, "unknown-command"},
		{`{"id":"1","type":"mute"}`, "bad-command"},
		{`{"id":"1","type":"mute","muted":"yes"}`, "bad-command"},
		{`{"id":"1","type":"negotiate"}`, "bad-command"},
		{`{"id":"1","type":"negotiate","sdp":"` + strings.Repeat("a", maxSDP+1) + `"}`, "bad-command"},
		{`{"id":"1","type":"keys","keys":"1;2"}`, "bad-keys"},
		{`{"id":"1","type":"keys","keys":"` + long + `"}`, "bad-keys"},
		{`{"id":"1","type":"status","status":"break"}`, "bad-status"},
		{`{"id":"1","type":"status","status":"gone"}`, "bad-status"},
		{`{"id":"1","type":"accept"}`, "bad-command"},
		{`{"id":"1","type":"transfer","target":{"kind":"moon","id":"x"}}`, "bad-target"},
		{`{"id":"1","type":"transfer","target":{"kind":"outside","id":"sip:a@b"}}`, "bad-number"},
		{`{"id":"1","type":"consult"}`, "bad-target"},
		{`{"id":"1","type":"consult","target":{"kind":"agent","id":""}}`, "bad-target"},
		{`{"id":"1","type":"consult","target":{"kind":"outside","id":"110;phone-context=x"}}`, "bad-number"},
		{`{"id":"1","type":"consult","target":{"kind":"outside","id":"110","name":"mayor"}}`, "bad-command"},
		{`{"id":"1","type":"swap","target":{"kind":"agent","id":"a"}}`, "bad-command"},
		{`{"id":"1","type":"dial"}`, "bad-number"},
		{`{"id":"1","type":"dial","callback":"a","ticket":"b"}`, "bad-command"},
		{`{"id":"1","type":"dial","number":"+8613800001000@evil"}`, "bad-number"},
		{`{"id":"1","type":"devices","microphone":"` + strings.Repeat("m", maxLabel+1) + `"}`, "bad-command"},
	} {
		_, _, err := decode([]byte(c.text))
		var e Error
		if !errors.As(err, &e) || e.Code != c.code {
			t.Errorf("%.80s: %v, want %s", c.text, err, c.code)
		}
	}
	for _, code := range []callcenter.Code{
		callcenter.CodeNotInCall, callcenter.CodeNotTalking, callcenter.CodeNotHeld,
		callcenter.CodeBadTarget, callcenter.CodeClosed, callcenter.CodeBadKeys, callcenter.CodeOfferGone,
		callcenter.CodeNoConsult, callcenter.CodeNotAnswered, callcenter.CodeConsulting, callcenter.CodeOwnCall, callcenter.CodeWatched,
	} {
		if messages[string(code)] == "" {
			t.Errorf("no sentence for the call's own code %s", code)
		}
	}
	for code, sentence := range messages {
		if strings.TrimSpace(sentence) == "" {
			t.Errorf("no sentence for %s", code)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for kind := range commands {
		f.Add([]byte(fmt.Sprintf(`{"id":"1","type":%q,"sdp":"v=0","keys":"1","muted":true,"offer":"o"}`, kind)))
		f.Add([]byte(fmt.Sprintf(`{"id":"1","type":%q}`, kind)))
	}
	for _, kind := range []string{"transfer", "consult"} {
		f.Add([]byte(fmt.Sprintf(`{"id":"1","type":%q,"target":{"kind":"agent","id":"a"}}`, kind)))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, env, err := decode(bytes.Clone(raw))
		if err != nil {
			if p := explain(err); p.Code == "" || p.Message == "" {
				t.Errorf("no sentence for %v", err)
			}
			return
		}
		if c == nil || env.ID == "" || c.meta() != env {
			t.Errorf("accepted %q with envelope %+v", raw, env)
		}
		if again := c.check(); again != nil {
			t.Errorf("accepted %q, though %v", raw, again)
		}
	})
}
