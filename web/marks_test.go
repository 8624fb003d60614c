package web

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/identity"
	"hotline12345/routing"
)

func (f *fakeRouting) Marks(context.Context, string, string, int) (Page[CallerMark], error) {
	return Page[CallerMark]{Items: []CallerMark{{
		Mark: routing.Mark{Kind: routing.MarkGreen, Group: "old"}, ID: "m", Number: "13800001000", By: "agent", State: "active",
	}}}, f.fault
}

func (f *fakeRouting) AddMark(_ context.Context, m CallerMark, pending bool) (CallerMark, error) {
	m.ID, m.State = "m", map[bool]string{true: "pending", false: "active"}[pending]
	return m, f.save(m.State + " " + m.Number)
}

func (f *fakeRouting) ApproveMark(_ context.Context, id string, _ int, _ time.Time, by string) (CallerMark, error) {
	return CallerMark{Mark: routing.Mark{Kind: routing.MarkRepeat}, ID: id, ApprovedBy: by, State: "active"}, f.save("approved " + id)
}

func (f *fakeRouting) EndMark(_ context.Context, id, _ string) (CallerMark, error) {
	return CallerMark{Mark: routing.Mark{Kind: routing.MarkRepeat}, ID: id, State: "over"}, f.save("ended " + id)
}

// lineOf has one call, of one agent.
type lineOf struct {
	Calls
	agent callcenter.AgentID
}

func (l lineOf) LiveCall(id callcenter.CallID) (callcenter.Call, bool) {
	return callcenter.Call{ID: id, Kind: callcenter.KindInbound, From: "13800001000", Agent: l.agent}, true
}

func TestMarksOfCalls(t *testing.T) {
	f := &fakeRouting{}
	e := newEdge(t, func(o *Options) { o.Routing, o.Calls = f, lineOf{agent: "agent"} })
	const path = "/calls/01890000-0000-7000-8000-000000000000/mark"
	for _, c := range []struct {
		who, body string
		status    int
		saved     any
	}{
		{"agent", `{"kind":"green","group":"pregnant"}`, 201, "active 13800001000"},
		{"agent", `{"kind":"harassment","note":"不说话"}`, 201, "pending 13800001000"},
		{"supervisor", `{"kind":"repeat","note":"同一诉求"}`, 201, "pending 13800001000"},
		{"agent", `{"kind":"blocked"}`, 400, nil},
	} {
		f.saved = nil
		resp, body := e.ask(c.who, http.MethodPost, path, c.body)
		if resp.StatusCode != c.status || f.saved != c.saved || strings.Contains(string(body), "13800001000") {
			t.Errorf("%s %s: %d %s, saved %v", c.who, c.body, resp.StatusCode, body, f.saved)
		}
	}
	other := newEdge(t, func(o *Options) { o.Routing, o.Calls = f, lineOf{agent: "another"} })
	if resp, body := other.ask("agent", http.MethodPost, path, `{"kind":"green","group":"old"}`); resp.StatusCode != 404 {
		t.Errorf("another's call: %d %s", resp.StatusCode, body)
	}
	logged := e.access.all()
	if len(logged) != 3 || logged[0].Action != "mark.call" || logged[0].Actor != "agent" {
		t.Errorf("logged %+v", logged)
	}
}

func TestMarksAreManaged(t *testing.T) {
	f := &fakeRouting{}
	e := newEdge(t, func(o *Options) { o.Routing = f })
	until := time.Now().Add(time.Hour).Format(time.RFC3339)
	for _, c := range []struct {
		method, path, body, action string
		saved                      any
	}{
		{http.MethodPost, "/routing/marks", `{"number":"13800001000","kind":"green","group":"old","priority":300,"until":"` + until + `"}`, "mark.add", "active 13800001000"},
		{http.MethodPost, "/routing/marks/m/approve", `{"priority":-60,"until":"` + until + `"}`, "mark.approve", "approved m"},
		{http.MethodPost, "/routing/marks/m/end", "", "mark.end", "ended m"},
	} {
		resp, body := e.ask(string(identity.RoleSupervisor), c.method, c.path, c.body)
		logged := e.access.all()
		last := logged[len(logged)-1]
		if resp.StatusCode >= 300 || f.saved != c.saved || last.Action != c.action || strings.Contains(string(body)+last.Subject+last.Detail, "13800001000") {
			t.Errorf("%s: %d %s, saved %v, logged %+v", c.path, resp.StatusCode, body, f.saved, last)
		}
	}
	if resp, body := e.ask("supervisor", http.MethodGet, "/routing/marks?state=active", ""); resp.StatusCode != 200 || !strings.Contains(string(body), "138****1000") {
		t.Errorf("listed %d %s", resp.StatusCode, body)
	}
}
