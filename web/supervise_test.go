package web

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"hotline12345/callcenter"
)

// fakeSupervision notes what is asked of the calls; the call "watched" has a supervisor.
type fakeSupervision struct {
	asked  string
	access *fakeAccess
	logged int
}

func (f *fakeSupervision) note(format string, args ...any) error {
	f.asked, f.logged = fmt.Sprintf(format, args...), len(f.access.all())
	return nil
}

func (f *fakeSupervision) Supervise(by callcenter.AgentID, call callcenter.CallID, mode callcenter.Mode) error {
	if call == "watched" {
		return &callcenter.Error{Code: callcenter.CodeWatched}
	}
	return f.note("%s %s %s", by, mode, call)
}

func (f *fakeSupervision) Leave(by callcenter.AgentID, call callcenter.CallID) error {
	return f.note("%s leaves %s", by, call)
}

func (f *fakeSupervision) TakeOver(by callcenter.AgentID, call callcenter.CallID) error {
	return f.note("%s takes %s", by, call)
}

func (f *fakeSupervision) Release(by callcenter.AgentID, call callcenter.CallID, requeue bool) error {
	return f.note("%s releases %s %v", by, call, requeue)
}

func (f *fakeSupervision) SetAgentStatus(agent callcenter.AgentID, status string) error {
	return f.note("%s is %s", agent, status)
}

// TestSupervisionIsLoggedBeforeItIsDone, and nothing is done that cannot be logged.
func TestSupervisionIsLoggedBeforeItIsDone(t *testing.T) {
	calls := &fakeSupervision{}
	e := newEdge(t, func(o *Options) { o.Supervision = calls })
	calls.access = e.access
	for _, c := range []struct{ method, path, body, asked, action, subject, detail string }{
		{http.MethodPost, "/calls/c/supervision", `{"mode":"monitor"}`, "supervisor monitor c", "call.monitor", "c", ""},
		{http.MethodPost, "/calls/c/supervision", `{"mode":"barge"}`, "supervisor barge c", "call.barge", "c", ""},
		{http.MethodPost, "/calls/c/take-over", "", "supervisor takes c", "call.takeOver", "c", ""},
		{http.MethodPost, "/calls/c/release", `{"requeue":true}`, "supervisor releases c true", "call.release", "c", "requeue"},
		{http.MethodPost, "/calls/c/release", `{"requeue":false}`, "supervisor releases c false", "call.release", "c", "end"},
		{http.MethodPut, "/agents/agent/status", `{"status":"signedOff"}`, "agent is signedOff", "agent.status", "agent", "signedOff"},
	} {
		before := len(e.access.all())
		resp, body := e.ask("supervisor", c.method, c.path, c.body)
		if resp.StatusCode != http.StatusNoContent || calls.asked != c.asked || calls.logged != before+1 {
			t.Errorf("%s: %d %s, asked %q with %d entries", c.path, resp.StatusCode, body, calls.asked, calls.logged)
		}
		if got := e.access.all()[before]; got.Actor != "supervisor" || got.Action != c.action || got.Subject != c.subject || got.Detail != c.detail {
			t.Errorf("%s: logged %+v", c.path, got)
		}
		resp, body = e.ask("agent", c.method, c.path, c.body)
		e.refused(resp, body, http.StatusForbidden, codeForbidden)
	}
	if resp, body := e.ask("supervisor", http.MethodDelete, "/calls/c/supervision", ""); resp.StatusCode != http.StatusNoContent || calls.asked != "supervisor leaves c" {
		t.Errorf("leave: %d %s, asked %q", resp.StatusCode, body, calls.asked)
	}
	resp, body := e.ask("supervisor", http.MethodPost, "/calls/watched/supervision", `{"mode":"whisper"}`)
	e.refused(resp, body, http.StatusConflict, "watched")
	for path, bad := range map[string]string{"/calls/c/supervision": `{"mode":"sing"}`, "/calls/c/release": `{}`} {
		resp, body := e.ask("supervisor", http.MethodPost, path, bad)
		e.refused(resp, body, http.StatusBadRequest, codeInvalid)
	}
	if _, body := e.ask("admin", http.MethodGet, "/access-log", ""); !bytes.Contains(body, []byte(`"话务员1"`)) {
		t.Errorf("whose status was set is not named: %s", body)
	}
	e.access.fault, calls.asked = errors.New("disk full"), ""
	resp, body = e.ask("supervisor", http.MethodPost, "/calls/c/take-over", "")
	e.refused(resp, body, http.StatusInternalServerError, codeInternal)
	if calls.asked != "" {
		t.Error("done without being logged")
	}
}
