package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/ticket"
)

const (
	phone  = "13800001000"
	masked = "138****1000"
)

// fakeCalls has two ended calls, "ended" of the agent and "helped", in which he asked the
// other one, and live calls: "ringing" is offered
// to the agent, "withheld" is his too, from a caller without number, "outbound" he made;
// in "asked" he is with the caller, and the other agent is rung for a consultation.
type fakeCalls struct {
	Calls
	fault  error
	query  CallQuery
	sound  *fakeSound
	closed map[string]bool // callback id, by anyones
	held   map[callcenter.CallID]Hold
}

func newFakeCalls() *fakeCalls {
	return &fakeCalls{sound: &fakeSound{Reader: bytes.NewReader([]byte("RIFF and the rest of the sound"))}, closed: map[string]bool{}, held: map[callcenter.CallID]Hold{}}
}

var began = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func ended(id string, agents ...callcenter.AgentID) callcenter.CallRecord {
	return callcenter.CallRecord{
		Call: callcenter.CallID(id), Kind: callcenter.KindInbound, From: phone, To: "12345", Queue: "main", Agents: agents,
		StartedAt: began, AnsweredAt: &began, EndedAt: began.Add(time.Minute), WaitMS: 2000, TalkMS: 58000, Segments: 1,
		Reason: callcenter.EndCallerHangUp, Rating: 4,
	}
}

func (f *fakeCalls) ListCalls(_ context.Context, q CallQuery) (Page[callcenter.CallRecord], error) {
	f.query = q
	return Page[callcenter.CallRecord]{Items: []callcenter.CallRecord{ended("ended", "agent", "other")}, Next: "more"}, f.fault
}

func (f *fakeCalls) CallRecord(_ context.Context, id callcenter.CallID) (callcenter.CallRecord, error) {
	switch id {
	case "ended":
		return ended("ended", "agent"), f.fault
	case "helped":
		return ended("helped", "agent", "other"), f.fault
	}
	return callcenter.CallRecord{}, Refuse(codeNotFound)
}

func (f *fakeCalls) LiveCall(id callcenter.CallID) (callcenter.Call, bool) {
	c := callcenter.Call{ID: id, Kind: callcenter.KindInbound, State: callcenter.StateOffered, From: phone, To: "12345", Agent: "agent"}
	switch id {
	case "ringing":
	case "withheld":
		c.From = ""
	case "asked":
		c.State, c.Second = callcenter.StateConsulting, callcenter.Second{ID: "s", Phase: callcenter.PhaseOffered, Agent: "other"}
	case "outbound":
		c.Kind, c.From, c.To = callcenter.KindOutbound, "12345", phone
	default:
		return callcenter.Call{}, false
	}
	return c, true
}

func (f *fakeCalls) EarlierCalls(_ context.Context, number string, _ callcenter.CallID, n int) (list []callcenter.CallRecord, err error) {
	for range n {
		list = append(list, ended("before", "other"))
	}
	if number != phone {
		list = nil
	}
	return list, f.fault
}

func (f *fakeCalls) Segments(_ context.Context, id callcenter.CallID) ([]Segment, error) {
	list := []Segment{{Segment: 1, Kind: callcenter.SegmentTalk, StartedAt: began, Millis: 58000, Complete: true, Gaps: []Gap{{From: 1000, To: 3000}}}}
	if id == "helped" {
		list = append(list, Segment{Segment: 2, Kind: callcenter.SegmentConsult, StartedAt: began.Add(time.Minute), Millis: 9000, Complete: true, Gaps: []Gap{}})
	}
	return list, f.fault
}

func (f *fakeCalls) Contacts(_ context.Context, id callcenter.CallID) ([]callcenter.Contact, error) {
	talk := callcenter.Contact{
		N: 2, Kind: callcenter.ContactTalk, Queue: "main", Agent: "agent", From: began, To: began.Add(time.Minute),
		Began: callcenter.CauseAnswered, Ended: callcenter.CauseTransfer, TalkMS: 58000, Segments: []int{1},
	}
	if id == "helped" {
		asked := talk
		talk.Segments = []int{1, 2}
		asked.N, asked.Kind, asked.Agent, asked.Segments = 3, callcenter.ContactConsult, "other", []int{2}
		return []callcenter.Contact{talk, asked}, f.fault
	}
	listened, outside := talk, talk
	listened.N, listened.Kind, listened.Agent = 3, callcenter.ContactMonitor, "supervisor"
	outside.N, outside.Agent, outside.Number = 4, "", phone
	return []callcenter.Contact{talk, listened, outside}, f.fault
}

func (f *fakeCalls) HoldOf(_ context.Context, id callcenter.CallID) (*Hold, error) {
	if h, ok := f.held[id]; ok {
		return &h, f.fault
	}
	return nil, f.fault
}

func (f *fakeCalls) OnShift(context.Context) ([]AgentOnShift, error) {
	return []AgentOnShift{{ID: "supervisor", Login: "s", Name: "S", Status: "available", State: "monitoring"}}, f.fault
}

func (f *fakeCalls) PlaceHold(_ context.Context, id callcenter.CallID, h Hold) error {
	f.held[id] = h
	return f.fault
}

func (f *fakeCalls) LiftHold(_ context.Context, id callcenter.CallID) error {
	if _, ok := f.held[id]; !ok {
		return Refuse(codeNotFound)
	}
	delete(f.held, id)
	return nil
}

func (f *fakeCalls) PauseRecording(id callcenter.CallID, by callcenter.AgentID, supervisor bool) (time.Time, error) {
	if !supervisor && (id != "withheld" || by != "agent") {
		return time.Time{}, &callcenter.Error{Code: callcenter.CodeNotInCall}
	}
	return began.Add(time.Minute), f.fault
}

func (f *fakeCalls) ResumeRecording(callcenter.CallID, callcenter.AgentID, bool) error {
	return &callcenter.Error{Code: callcenter.CodeNotPaused}
}

func (f *fakeCalls) ForkCall(id callcenter.CallID, by callcenter.AgentID, reason string) error {
	if reason != "质检" || by != "supervisor" || id != "withheld" {
		return &callcenter.Error{Code: "forked"}
	}
	return nil
}

func (f *fakeCalls) StopFork(callcenter.CallID, callcenter.AgentID) error {
	return &callcenter.Error{Code: "not-forked"}
}

func (f *fakeCalls) OpenSound(_ context.Context, id callcenter.CallID, segment int) (Sound, error) {
	if segment != 1 && id != "helped" {
		return nil, Refuse(codeNotFound)
	}
	return f.sound, nil
}

func callback(id, state string) Callback {
	return Callback{ID: id, Call: "missed", Number: phone, Queue: "main", Reason: callcenter.EndAbandoned, CreatedAt: began, State: state}
}

func (f *fakeCalls) ListCallbacks(_ context.Context, state, _ string, _ int) (Page[Callback], error) {
	c := callback("1", state)
	if state != "open" {
		c.ClaimedBy = "other"
	}
	return Page[Callback]{Items: []Callback{c}}, f.fault
}

func (f *fakeCalls) ClaimCallback(_ context.Context, id string, by callcenter.AgentID) (Callback, error) {
	if id == "taken" {
		return Callback{}, Refuse("taken")
	}
	c := callback(id, "claimed")
	c.ClaimedBy = string(by)
	return c, nil
}

func (f *fakeCalls) CloseCallback(_ context.Context, id string, by callcenter.AgentID, anyones bool, note string) (Callback, error) {
	c := callback(id, "closed")
	c.ClaimedBy, c.ClosedAt, c.Note = string(by), &began, note
	f.closed[string(by)] = anyones
	return c, nil
}

func (f *fakeCalls) Queues(context.Context) ([]Queue, error) { return nil, f.fault }

// fakeSound knows whether it was closed, and what was logged when it was first read.
type fakeSound struct {
	*bytes.Reader
	access *fakeAccess
	logged int
	read   bool
	closed int
}

func (f *fakeSound) Read(b []byte) (int, error) {
	if !f.read && f.access != nil {
		f.read, f.logged = true, len(f.access.all())
	}
	return f.Reader.Read(b)
}

func (f *fakeSound) Close() error {
	f.closed++
	_, err := f.Seek(0, io.SeekStart)
	return err
}

func (f *fakeSound) Peaks(n int) (left, right []float32, err error) {
	return make([]float32, n), []float32{0.5, 1}, nil
}

func (f *fakeSound) Duration() time.Duration { return 58 * time.Second }

// fakeTickets notes what the edge asks of it.
type fakeTickets struct {
	Tickets
	popped string
	lodged ticket.Lodge
	key    string
}

func (f *fakeTickets) TicketPop(_ context.Context, _ ticket.Actor, _, phone string) (TicketPop, error) {
	f.popped = phone
	return TicketPop{
		OpenTickets: []OpenTicket{{Number: "20260302-000001", Title: "路灯", State: ticket.StateAssigned, Category: "010301", LodgedAt: began, Due: &began}},
		Requester:   &KnownRequester{Name: "某某", Gender: "female"},
	}, nil
}

func (f *fakeTickets) TicketsOfCall(context.Context, string) ([]string, error) {
	return []string{"20260302-000001"}, nil
}

func (f *fakeTickets) Lodge(_ context.Context, by ticket.Actor, key string, l ticket.Lodge, _ ticket.Command) (ticket.Ticket, error) {
	f.lodged, f.key = l, key
	return ticket.Redact(ticket.Ticket{
		Number: "20260302-000002", Version: 1, State: ticket.StateToDispatch, Kind: l.Kind, Urgency: l.Urgency, Channel: l.Channel,
		Category: l.Category, Title: l.Title, Content: l.Content, Requester: l.Requester, Call: l.Call, LodgedBy: by.ID, LodgedAt: began,
	}, by), nil
}

type fakeLive struct{}

func (fakeLive) LiveView(context.Context) (LiveView, error) {
	return LiveView{
		At:      began,
		Waiting: []LiveWaiting{{Call: "c", Queue: "main", Number: phone, Since: began, State: callcenter.StateQueued}},
		Talking: []LiveTalking{{Call: "d", Kind: callcenter.KindInbound, Agent: "agent", Number: phone, Since: began, State: callcenter.StateTalking}},
		Today:   Today{Offered: 2, Answered: 1, ServiceLevel: ServiceLevel{Formula: "a ÷ b", Value: 0.5}},
		Tickets: TicketFigures{ByState: map[ticket.State]int{ticket.StateAssigned: 1}},
	}, nil
}

func (fakeLive) LiveChanges() (<-chan struct{}, func()) { return nil, func() {} }

func TestListeningIsLoggedBeforeAByte(t *testing.T) {
	e := newEdge(t)
	e.calls.sound.access = e.access
	const audio = "/calls/ended/recordings/1/audio"
	resp, body := e.ask("agent", http.MethodGet, audio, "")
	if resp.StatusCode != http.StatusOK || !bytes.HasPrefix(body, []byte("RIFF")) || resp.Header.Get("Content-Type") != "audio/wav" {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	if e.calls.sound.logged != 1 {
		t.Errorf("%d entries when the first byte was read", e.calls.sound.logged)
	}
	if got := e.access.all()[0]; got.Actor != "agent" || got.Action != "recording.listen" || got.Subject != "ended" || got.Detail != "segment 1" {
		t.Errorf("logged %+v", got)
	}
	resp, body = e.ask("reviewer", http.MethodGet, audio, "", "Range", "bytes=5-7")
	if resp.StatusCode != http.StatusPartialContent || string(body) != "and" || len(e.access.all()) != 2 {
		t.Errorf("a range: %d %q, %d logged", resp.StatusCode, body, len(e.access.all()))
	}
	if resp, _ := e.ask("supervisor", http.MethodGet, audio, "", "Range", "bytes=900-"); resp.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("no such range: %d", resp.StatusCode)
	}
	if resp, _ := e.ask("agent", http.MethodHead, audio, "", csrfHeader, ""); resp.StatusCode != http.StatusOK || resp.ContentLength != 30 {
		t.Errorf("HEAD: %d, %d bytes", resp.StatusCode, resp.ContentLength)
	}
	logged := len(e.access.all())
	resp, body = e.ask("other", http.MethodGet, audio, "")
	e.refused(resp, body, http.StatusNotFound, codeNotFound)
	resp, body = e.ask("admin", http.MethodGet, audio, "")
	e.refused(resp, body, http.StatusForbidden, codeForbidden)
	resp, body = e.ask("agent", http.MethodGet, "/calls/ended/recordings/2/audio", "")
	e.refused(resp, body, http.StatusNotFound, codeNotFound)
	if n := len(e.access.all()); n != logged {
		t.Errorf("%d refusals were logged as listening", n-logged)
	}
	e.access.fault = errors.New("disk full")
	resp, body = e.ask("agent", http.MethodGet, audio, "")
	e.refused(resp, body, http.StatusInternalServerError, codeInternal)
	if e.calls.sound.closed != 5 {
		t.Errorf("closed %d of 5 sounds", e.calls.sound.closed)
	}
}

// TestWhoWasAskedHearsHisPart and no more of the call.
func TestWhoWasAskedHearsHisPart(t *testing.T) {
	e := newEdge(t)
	for who, hears := range map[string][]int{"agent": {1, 2}, "other": {2}, "supervisor": {1, 2}, "reviewer": {1, 2}} {
		_, body := e.ask(who, http.MethodGet, "/calls/helped", "")
		var call struct{ Recordings []Segment }
		if err := json.Unmarshal(body, &call); err != nil || len(call.Recordings) != len(hears) || call.Recordings[len(hears)-1].Segment != 2 {
			t.Errorf("%s is shown %+v, %v", who, call.Recordings, err)
		}
		for segment := 1; segment <= 2; segment++ {
			for _, what := range []string{"audio", "peaks"} {
				resp, body := e.ask(who, http.MethodGet, fmt.Sprintf("/calls/helped/recordings/%d/%s", segment, what), "")
				if slices.Contains(hears, segment) {
					if resp.StatusCode != http.StatusOK {
						t.Errorf("%s, %s of segment %d: %d %s", who, what, segment, resp.StatusCode, body)
					}
					continue
				}
				e.refused(resp, body, http.StatusNotFound, codeNotFound)
			}
		}
	}
}

// TestHold: who may place one does so for a reason, and it is logged before it is done.
func TestHold(t *testing.T) {
	e := newEdge(t)
	const hold = "/calls/ended/hold"
	if resp, body := e.ask("supervisor", http.MethodPut, hold, `{"reason":" 投诉核查 "}`); resp.StatusCode != http.StatusNoContent {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	if got := e.access.all(); len(got) != 1 || got[0].Actor != "supervisor" || got[0].Action != "recording.hold" || got[0].Detail != "投诉核查" {
		t.Errorf("logged %+v", got)
	}
	for who, sees := range map[string]bool{"supervisor": true, "admin": true, "agent": false, "reviewer": false} {
		if _, body := e.ask(who, http.MethodGet, "/calls/ended", ""); bytes.Contains(body, []byte("投诉核查")) != sees {
			t.Errorf("%s gets %s", who, body)
		}
	}
	for _, reason := range []string{`{}`, `{"reason":""}`, `{"reason":"  "}`, `{"reason":"` + strings.Repeat("长", 501) + `"}`} {
		resp, body := e.ask("supervisor", http.MethodPut, hold, reason)
		e.refused(resp, body, http.StatusBadRequest, codeInvalid)
	}
	resp, body := e.ask("agent", http.MethodPut, hold, `{"reason":"x"}`)
	e.refused(resp, body, http.StatusForbidden, codeForbidden)
	if resp, body := e.ask("admin", http.MethodDelete, hold, ""); resp.StatusCode != http.StatusNoContent {
		t.Errorf("lift: %d %s", resp.StatusCode, body)
	}
	resp, body = e.ask("admin", http.MethodDelete, hold, "")
	e.refused(resp, body, http.StatusNotFound, codeNotFound)
	e.access.fault = errors.New("disk full")
	resp, body = e.ask("admin", http.MethodPut, hold, `{"reason":"x"}`)
	e.refused(resp, body, http.StatusInternalServerError, codeInternal)
	if len(e.calls.held) != 0 {
		t.Error("held without being logged")
	}
}

// TestAgentsAreNotToldWhoListens by the list of whom to transfer to either.
func TestAgentsAreNotToldWhoListens(t *testing.T) {
	e := newEdge(t)
	for who, state := range map[string]string{"agent": "talking", "supervisor": "monitoring"} {
		if resp, body := e.ask(who, http.MethodGet, "/agents", ""); resp.StatusCode != http.StatusOK || !strings.Contains(string(body), `"state":"`+state+`"`) {
			t.Errorf("%s: %d %s", who, resp.StatusCode, body)
		}
	}
}

// TestChainOfACall: numbers are masked, and an agent is not told who only listened.
func TestChainOfACall(t *testing.T) {
	e := newEdge(t)
	for who, parts := range map[string]int{"supervisor": 3, "reviewer": 3, "agent": 2} {
		resp, body := e.ask(who, http.MethodGet, "/calls/ended", "")
		var got struct{ Contacts []contactView }
		if err := json.Unmarshal(body, &got); err != nil || resp.StatusCode != http.StatusOK || len(got.Contacts) != parts {
			t.Fatalf("%s: %d %s %v", who, resp.StatusCode, body, err)
		}
		if last := got.Contacts[parts-1]; last.Number != masked || got.Contacts[0].AgentName == "" || bytes.Contains(body, []byte(phone)) {
			t.Errorf("%s gets %s", who, body)
		}
	}
}

func TestPeaks(t *testing.T) {
	e := newEdge(t)
	resp, body := e.ask("agent", http.MethodGet, "/calls/ended/recordings/1/peaks", "")
	var got struct {
		Left, Right []float32
		MS          int64
	}
	if err := json.Unmarshal(body, &got); err != nil || resp.StatusCode != http.StatusOK || len(got.Left) != maxPeaks || got.MS != 58000 {
		t.Errorf("%d %.100s %v", resp.StatusCode, body, err)
	}
	if len(e.access.all()) != 0 {
		t.Error("a waveform is no listening")
	}
}

func TestPopIsForWhoIsOnTheCall(t *testing.T) {
	e := newEdge(t)
	for _, c := range []struct {
		who, call string
		status    int
		number    string
	}{
		{"agent", "ringing", http.StatusOK, phone},
		{"supervisor", "ringing", http.StatusOK, phone},
		{"agent", "outbound", http.StatusOK, phone},
		{"agent", "withheld", http.StatusOK, ""},
		{"agent", "ended", http.StatusOK, phone}, // in wrap-up
		{"agent", "asked", http.StatusOK, phone},
		{"other", "asked", http.StatusOK, phone},
		{"other", "ringing", http.StatusNotFound, ""},
		{"other", "ended", http.StatusNotFound, ""},
		{"dispatcher", "ringing", http.StatusForbidden, ""},
	} {
		e.tickets.popped = "not asked"
		before := len(e.access.all())
		resp, body := e.ask(c.who, http.MethodGet, "/calls/"+c.call+"/pop", "")
		if resp.StatusCode != c.status {
			t.Errorf("%s, %s: %d %s", c.who, c.call, resp.StatusCode, body)
		}
		if c.status != http.StatusOK {
			if e.tickets.popped != "not asked" {
				t.Errorf("%s, %s: looked up all the same", c.who, c.call)
			}
			continue
		}
		var pop struct {
			Number       string        `json:"number"`
			EarlierCalls []earlierCall `json:"earlierCalls"`
			Tickets      []string      `json:"tickets"`
		}
		if err := json.Unmarshal(body, &pop); err != nil {
			t.Fatal(err)
		}
		known := c.number != ""
		if e.tickets.popped != c.number || known != (pop.Number == masked) || bytes.Contains(body, []byte(phone)) {
			t.Errorf("%s, %s: looked up %q, shown %q", c.who, c.call, e.tickets.popped, pop.Number)
		}
		if !slices.Equal(pop.Tickets, []string{"20260302-000001"}) {
			t.Errorf("%s, %s: tickets of the call %v", c.who, c.call, pop.Tickets)
		}
		if known != (len(pop.EarlierCalls) == maxEarlier) || known != (len(e.access.all()) == before+1) {
			t.Errorf("%s, %s: %d earlier calls, %d logged", c.who, c.call, len(pop.EarlierCalls), len(e.access.all())-before)
		}
	}
}

func TestLodgeTakesTheNumberOfTheCall(t *testing.T) {
	e := newEdge(t)
	form := func(call, requester string) string {
		return fmt.Sprintf(`{"kind":"complaint","urgency":"ordinary","channel":"phone","category":"010301","title":"路灯","content":"不亮",
			"requester":{"name":"某某"%s},"call":%q,"then":{"type":"submit"}}`, requester, call)
	}
	for _, c := range []struct{ call, requester, want string }{
		{"ringing", "", phone},
		{"ringing", `,"phone":"0991-1234567"`, "0991-1234567"},
		{"withheld", "", ""},
		{"ended", "", phone},
	} {
		resp, body := e.ask("agent", http.MethodPost, "/tickets", form(c.call, c.requester), "Idempotency-Key", "k-"+c.call)
		if resp.StatusCode != http.StatusCreated || e.tickets.lodged.Requester.Phone != c.want || e.tickets.key != "k-"+c.call {
			t.Errorf("%+v: %d %.200s, lodged with %q", c, resp.StatusCode, body, e.tickets.lodged.Requester.Phone)
		}
		if bytes.Contains(body, []byte(phone)) {
			t.Errorf("%+v: the answer shows the number", c)
		}
	}
	e.tickets.lodged = ticket.Lodge{}
	resp, body := e.ask("other", http.MethodPost, "/tickets", form("ringing", ""))
	e.refused(resp, body, http.StatusNotFound, codeNotFound)
	if e.tickets.lodged.Title != "" {
		t.Error("lodged from somebody else's call")
	}
}

func TestAgentsSeeTheirOwnCalls(t *testing.T) {
	e := newEdge(t)
	for who, want := range map[string]string{"agent": "agent", "supervisor": "other", "reviewer": "other", "admin": "other"} {
		resp, body := e.ask(who, http.MethodGet, "/calls?agent=other&limit=7&from=2026-03-02T00:00:00Z", "")
		q := e.calls.query
		if resp.StatusCode != http.StatusOK || q.Agent != want || q.Limit != 7 || !q.From.Equal(began.Truncate(24*time.Hour)) {
			t.Errorf("%s: %d, asked for %+v", who, resp.StatusCode, q)
		}
		if bytes.Contains(body, []byte(phone)) || !bytes.Contains(body, []byte(masked)) || !bytes.Contains(body, []byte("话务员1、话务员2")) {
			t.Errorf("%s: %s", who, body)
		}
	}
	if len(e.access.all()) != 0 {
		t.Error("a list without a number is no search for a person")
	}
	if resp, _ := e.ask("reviewer", http.MethodGet, "/calls?number="+phone, ""); resp.StatusCode != http.StatusOK || len(e.access.all()) != 1 {
		t.Errorf("a search by number: %d, logged %+v", resp.StatusCode, e.access.all())
	}
	if resp, body := e.ask("agent", http.MethodGet, "/calls/ended", ""); resp.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(`"tickets":["20260302-000001"]`)) {
		t.Errorf("his own: %d %s", resp.StatusCode, body)
	}
	resp, body := e.ask("other", http.MethodGet, "/calls/ended", "")
	e.refused(resp, body, http.StatusNotFound, codeNotFound)
}

func TestCallbacks(t *testing.T) {
	e := newEdge(t)
	for _, state := range []string{"", "open", "claimed", "closed"} {
		resp, body := e.ask("agent", http.MethodGet, "/callbacks"+strings.TrimSuffix("?state="+state, "?state="), "")
		claimed := strings.Contains(string(body), `"claimedByName":"话务员2"`)
		if resp.StatusCode != http.StatusOK || claimed != slices.Contains([]string{"claimed", "closed"}, state) || !bytes.Contains(body, []byte(masked)) {
			t.Errorf("%q: %d %s", state, resp.StatusCode, body)
		}
	}
	if resp, body := e.ask("agent", http.MethodPost, "/callbacks/1/claim", ""); resp.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(`"claimedBy":"agent"`)) {
		t.Errorf("claim: %d %s", resp.StatusCode, body)
	}
	resp, body := e.ask("agent", http.MethodPost, "/callbacks/taken/claim", "")
	e.refused(resp, body, http.StatusConflict, "taken")
	for _, who := range []string{"agent", "supervisor"} {
		if resp, body := e.ask(who, http.MethodPost, "/callbacks/1/close", `{"note":"已回电"}`); resp.StatusCode != http.StatusOK {
			t.Errorf("close: %d %s", resp.StatusCode, body)
		}
	}
	if e.calls.closed["agent"] || !e.calls.closed["supervisor"] {
		t.Errorf("whose tasks they close: %v", e.calls.closed)
	}
	resp, body = e.ask("agent", http.MethodPost, "/callbacks/1/close", `{"note":""}`)
	e.refused(resp, body, http.StatusBadRequest, codeInvalid)
}

// TestClientAddress: who has a network of IPv6 addresses is one client.
func TestClientAddress(t *testing.T) {
	for from, want := range map[string]string{
		"192.0.2.7:4711": "192.0.2.7", "[::ffff:192.0.2.7]:4711": "192.0.2.7",
		"[2001:db8:1:2:3:4:5:6]:4711": "2001:db8:1:2::/64", "[2001:db8:1:2::9]:4711": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:4711": "fe80::/64", "pipe": "pipe",
	} {
		if got := clientAddress(&http.Request{RemoteAddr: from}); got != want {
			t.Errorf("%s: %s, want %s", from, got, want)
		}
	}
}

func TestPauseOfARecording(t *testing.T) {
	e := newEdge(t)
	for _, who := range []string{"agent", "supervisor"} {
		if resp, body := e.ask(who, http.MethodPost, "/calls/withheld/recording-pause", ""); resp.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(`"until":"2026-03-02T09:01:00Z"`)) {
			t.Errorf("%s: %d %s", who, resp.StatusCode, body)
		}
	}
	resp, body := e.ask("other", http.MethodPost, "/calls/withheld/recording-pause", "")
	e.refused(resp, body, http.StatusConflict, "not-in-call")
	resp, body = e.ask("supervisor", http.MethodDelete, "/calls/withheld/recording-pause", "")
	e.refused(resp, body, http.StatusConflict, "recording-not-paused")
}

func TestForkOfACall(t *testing.T) {
	e := newEdge(t)
	if resp, body := e.ask("supervisor", http.MethodPost, "/calls/withheld/fork", `{"reason":" 质检 "}`); resp.StatusCode != http.StatusNoContent {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	resp, body := e.ask("supervisor", http.MethodPost, "/calls/withheld/fork", `{"reason":"  "}`)
	e.refused(resp, body, http.StatusBadRequest, codeInvalid)
	resp, body = e.ask("supervisor", http.MethodPost, "/calls/withheld/fork", `{"reason":"再来"}`)
	e.refused(resp, body, http.StatusConflict, "forked")
	resp, body = e.ask("supervisor", http.MethodDelete, "/calls/withheld/fork", "")
	e.refused(resp, body, http.StatusConflict, "not-forked")
	resp, body = e.ask("agent", http.MethodDelete, "/calls/withheld/fork", "")
	e.refused(resp, body, http.StatusForbidden, "forbidden")
}
