package web

import (
	"bytes"
	"context"
	"net/http"
	"testing"

	"hotline12345/callcenter"
)

func (f *fakeCalls) BadRatings(_ context.Context, closed bool, _ string, _ int) (Page[BadRating], error) {
	b := BadRating{Call: "ended", Rating: 5, RatedAt: began, Agents: []callcenter.AgentID{"agent"}}
	if closed {
		b.ClosedAt, b.ClosedBy = &began, "supervisor"
	}
	return Page[BadRating]{Items: []BadRating{b}}, f.fault
}

func (f *fakeCalls) CloseBadRating(_ context.Context, id callcenter.CallID, by callcenter.AgentID, note string) (BadRating, error) {
	if id != "ended" {
		return BadRating{}, Refuse(codeNotFound)
	}
	return BadRating{Call: id, Rating: 5, RatedAt: began, ClosedAt: &began, ClosedBy: by, Note: note}, nil
}

// TestBadRatings: a supervisor looks after them; an agent sees neither them nor how he
// was rated.
func TestBadRatings(t *testing.T) {
	e := newEdge(t)
	for path, want := range map[string]string{"/bad-ratings": `"agentNames":["话务员1"]`, "/bad-ratings?state=closed": `"closedByName":"班长"`} {
		if resp, body := e.ask("supervisor", http.MethodGet, path, ""); resp.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(want)) {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
		resp, body := e.ask("agent", http.MethodGet, path, "")
		e.refused(resp, body, http.StatusForbidden, codeForbidden)
	}
	if resp, body := e.ask("supervisor", http.MethodPost, "/bad-ratings/ended/close", `{"note":"已致歉"}`); resp.StatusCode != http.StatusOK || !bytes.Contains(body, []byte("已致歉")) {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	resp, body := e.ask("supervisor", http.MethodPost, "/bad-ratings/other/close", `{"note":"已致歉"}`)
	e.refused(resp, body, http.StatusNotFound, codeNotFound)
	resp, body = e.ask("supervisor", http.MethodPost, "/bad-ratings/ended/close", `{"note":""}`)
	e.refused(resp, body, http.StatusBadRequest, codeInvalid)
	for who, sees := range map[string]bool{"supervisor": true, "reviewer": true, "agent": false} {
		for _, path := range []string{"/calls", "/calls/ended"} {
			if _, body := e.ask(who, http.MethodGet, path, ""); bytes.Contains(body, []byte(`"rating":4`)) != sees {
				t.Errorf("%s, %s: %s", who, path, body)
			}
		}
	}
}
