package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/routing"
	"hotline12345/ticket"
)

// fakeOutbound notes what the edge asks of it.
type fakeOutbound struct {
	Outbound
	did     []string
	number  string // of the last do-not-call
	nobody  bool
	anyones bool
	fault   error
}

func (f *fakeOutbound) note(format string, args ...any) error {
	f.did = append(f.did, fmt.Sprintf(format, args...))
	return f.fault
}

func (f *fakeOutbound) DoNotCalls(_ context.Context, over bool, number, _ string, _ int) (Page[DoNotCall], error) {
	d := DoNotCall{DoNotCall: routing.DoNotCall{Reason: routing.DoNotCallAsked, Until: began}, ID: "d", Number: phone, By: "agent", At: began}
	return Page[DoNotCall]{Items: []DoNotCall{d}, Next: "more"}, f.note("list %v %s", over, number)
}

func (f *fakeOutbound) AddDoNotCall(_ context.Context, d DoNotCall) (DoNotCall, error) {
	f.number = d.Number
	d.ID, d.At = "d", began
	if d.Until.Before(time.Now().Add(time.Minute)) {
		return d, &routing.Fault{Field: "until", Why: routing.WhyRange}
	}
	return d, f.note("add %s %s%s by %s", d.Reason, d.Call, d.Ticket, d.By)
}

func (f *fakeOutbound) EndDoNotCall(_ context.Context, id, by string) error {
	return f.note("end %s by %s", id, by)
}

func theList() CallList {
	return CallList{ID: "l", Name: "回访", Kind: routing.CallFollowUp, State: "open", Plan: routing.DefaultCallPlan, By: "supervisor", At: began, Progress: ListProgress{
		Total: 2, Ended: map[routing.CallEnd]int{}, Results: map[routing.CallResult]int{},
	}}
}

func (f *fakeOutbound) Lists(_ context.Context, closed bool, _ string, _ int) (Page[CallList], error) {
	return Page[CallList]{Items: []CallList{theList()}}, f.note("lists %v", closed)
}

func (f *fakeOutbound) AddList(_ context.Context, l CallList) (CallList, error) {
	return theList(), f.note("new %s %s %d", l.Name, l.Kind, l.Plan.Attempts)
}

func (f *fakeOutbound) SaveList(_ context.Context, l CallList) (CallList, error) {
	return theList(), f.note("save %s %s", l.ID, l.State)
}

func (f *fakeOutbound) AddEntries(_ context.Context, list string, entries []routing.CallEntry, lines []int) (int, []routing.LineFault, error) {
	return len(entries), []routing.LineFault{{Line: 9, Field: "number", Why: routing.WhyTwice}}, f.note("load %s %d %v", list, len(entries), lines)
}

func theEntry() ListEntry {
	return ListEntry{
		CallEntry: routing.CallEntry{Number: phone, Name: "张某某", Ticket: "20260302-000001"}, ID: "e", List: "l", ListName: "回访", Kind: routing.CallFollowUp,
		DueAt: began, LeasedBy: "agent", LeasedTo: &began, Tries: []EntryTry{{N: 1, At: began, Call: "c1", Agent: "other", Result: routing.CallBusy}},
	}
}

func (f *fakeOutbound) Entries(_ context.Context, list string, after, limit int) ([]ListEntry, bool, error) {
	return []ListEntry{theEntry()}, true, f.note("entries %s %d %d", list, after, limit)
}

func (f *fakeOutbound) NextEntry(_ context.Context, agent callcenter.AgentID, list string) (*ListEntry, error) {
	if f.nobody {
		return nil, nil
	}
	e := theEntry()
	return &e, f.note("next %s %s", agent, list)
}

func (f *fakeOutbound) Entry(_ context.Context, id string) (ListEntry, error) {
	e := theEntry()
	e.ID = id
	if id == "others" {
		e.LeasedBy = ""
	}
	return e, nil
}

func (f *fakeOutbound) GiveBack(_ context.Context, agent callcenter.AgentID, id string) error {
	return f.note("back %s %s", agent, id)
}

func (f *fakeOutbound) SetResult(_ context.Context, by callcenter.AgentID, anyones bool, id string, r EntryResult) (ListEntry, error) {
	f.anyones = anyones
	return theEntry(), f.note("result %s %s %s", by, id, r.Result)
}

func (f *fakeTickets) Reveal(_ context.Context, by ticket.Actor, _, purpose string) (ticket.Requester, error) {
	if by.Role == ticket.RoleAgent && purpose != "doNotCall" {
		return ticket.Requester{}, &ticket.Error{Code: ticket.CodeNotYours}
	}
	return ticket.Requester{Phone: phone}, nil
}

func TestWhoIsNotCalled(t *testing.T) {
	f := &fakeOutbound{}
	e := newEdge(t, func(o *Options) { o.Outbound = f })
	until := time.Now().Add(time.Hour).Format(time.RFC3339)
	for _, c := range []struct {
		who, method, path, body, did, action string
		status                               int
	}{
		{"agent", http.MethodPost, "/calls/ringing/do-not-call", `{"reason":"asked"}`, "add asked ringing by agent", "doNotCall.call", 201},
		{"agent", http.MethodPost, "/tickets/20260302-000001/do-not-call", `{"reason":"wrongNumber","text":true}`, "add wrongNumber 20260302-000001 by agent", "doNotCall.ticket", 201},
		{"supervisor", http.MethodPost, "/do-not-call", `{"number":"` + phone + `","reason":"asked","until":"` + until + `"}`, "add asked  by supervisor", "doNotCall.add", 201},
		{"supervisor", http.MethodPost, "/do-not-call/d/end", "", "end d by supervisor", "doNotCall.end", 204},
		{"supervisor", http.MethodGet, "/do-not-call?number=" + phone, "", "list false " + phone, "doNotCall.search", 200},
	} {
		f.did = nil
		resp, body := e.ask(c.who, c.method, c.path, c.body)
		logged := e.access.all()
		if resp.StatusCode != c.status || len(f.did) != 1 || f.did[0] != c.did || len(logged) == 0 {
			t.Fatalf("%s: %d %s, did %q", c.path, resp.StatusCode, body, f.did)
		}
		last := logged[len(logged)-1]
		if last.Action != c.action || strings.Contains(string(body)+last.Subject+last.Detail, phone) {
			t.Errorf("%s: %s, logged %+v", c.path, body, last)
		}
	}
	for path, body := range map[string]string{
		"/do-not-call":                 `{"number":"` + phone + `","reason":"asked","until":"2020-01-01T00:00:00Z"}`,
		"/calls/ringing/do-not-call":   `{"reason":"boring"}`,
		"/calls/withheld/do-not-call?": `{"reason":"asked","until":"` + until + `"}`,
	} {
		if resp, answer := e.ask("supervisor", http.MethodPost, path, body); resp.StatusCode != 400 {
			t.Errorf("%s: %d %s", path, resp.StatusCode, answer)
		}
	}
}

func TestCallListsAreManaged(t *testing.T) {
	f := &fakeOutbound{}
	e := newEdge(t, func(o *Options) { o.Outbound = f })
	for _, c := range []struct{ method, path, body, did string }{
		{http.MethodGet, "/call-lists?state=closed", "", "lists true"},
		{http.MethodPost, "/call-lists", `{"name":"回访","kind":"followUp","plan":{"attempts":5}}`, "new 回访 followUp 5"},
		{http.MethodPut, "/call-lists/l", `{"name":"回访","state":"paused"}`, "save l paused"},
		{http.MethodPost, "/call-lists/l/entries", `{"entries":[{"number":"` + phone + `"}]}`, "load l 1 [1]"},
		{http.MethodPost, "/call-lists/l/entries", `{"csv":"号码,截止\n` + phone + `\n1,明天\n"}`, "load l 1 [2]"},
		{http.MethodGet, "/call-lists/l/entries?after=7&limit=2", "", "entries l 7 2"},
	} {
		f.did = nil
		resp, body := e.ask("supervisor", c.method, c.path, c.body)
		if resp.StatusCode >= 300 || len(f.did) != 1 || f.did[0] != c.did || strings.Contains(string(body), phone) || strings.Contains(string(body), "某某") {
			t.Errorf("%s: %d %s, did %q", c.path, resp.StatusCode, body, f.did)
		}
	}
	_, body := e.ask("supervisor", http.MethodPost, "/call-lists/l/entries", `{"csv":"号码,截止\n1,明天\n"}`)
	var answer struct{ Faults []lineFaultView }
	if err := json.Unmarshal(body, &answer); err != nil || len(answer.Faults) != 2 || answer.Faults[0].Line != 2 ||
		answer.Faults[0].Message != "最晚拨打时间"+whys[routing.WhyRange] || answer.Faults[1].Line != 9 {
		t.Errorf("faults %s", body)
	}
}

func TestAnAgentCallsAList(t *testing.T) {
	f := &fakeOutbound{}
	e := newEdge(t, func(o *Options) { o.Outbound = f })
	_, body := e.ask("agent", http.MethodPost, "/call-entries/next", `{"list":"l"}`)
	logged := e.access.all()
	if len(logged) != 1 || logged[0].Action != "callEntry.take" || !strings.Contains(string(body), "张某某") || strings.Contains(string(body), phone) {
		t.Errorf("taken: %s, logged %+v", body, logged)
	}
	for who, status := range map[string]int{"agent e": 200, "agent others": 404, "supervisor others": 200} {
		role, id, _ := strings.Cut(who, " ")
		if resp, body := e.ask(role, http.MethodGet, "/call-entries/"+id, ""); resp.StatusCode != status {
			t.Errorf("%s: %d %s", who, resp.StatusCode, body)
		}
	}
	if _, body := e.ask("agent", http.MethodPost, "/call-entries/e/result", `{"result":"refused","doNotCall":true}`); f.number != phone || f.anyones {
		t.Errorf("who asked not to be called: %s, %s", f.number, body)
	}
	if _, body := e.ask("supervisor", http.MethodPost, "/call-entries/e/result", `{"result":"reached"}`); !f.anyones || strings.Contains(string(body), "某某") {
		t.Errorf("by a supervisor: %s", body)
	}
	if resp, body := e.ask("agent", http.MethodPost, "/call-entries/e/result", `{"result":"unreachable"}`); resp.StatusCode != 400 {
		t.Errorf("the system's own result: %d %s", resp.StatusCode, body)
	}
	if resp, _ := e.ask("agent", http.MethodPost, "/call-entries/e/release", ""); resp.StatusCode != 204 {
		t.Errorf("given back: %d", resp.StatusCode)
	}
	f.fault = Refuse("entry-called")
	if resp, body := e.ask("agent", http.MethodPost, "/call-entries/e/release", ""); resp.StatusCode != 409 {
		t.Errorf("given back when called: %d %s", resp.StatusCode, body)
	}
	f.nobody = true
	if resp, body := e.ask("agent", http.MethodPost, "/call-entries/next", `{}`); resp.StatusCode != 200 || string(body) != "{}" {
		t.Errorf("nobody: %d %s", resp.StatusCode, body)
	}
}
