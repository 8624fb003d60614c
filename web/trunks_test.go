package web

import (
	"net/http"
	"testing"
	"time"
)

type fakeTrunks []Trunk

func (f fakeTrunks) Trunks() (string, []Trunk) { return "n1", f }

func TestTrunks(t *testing.T) {
	at := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	for want, trunks := range map[string]fakeTrunks{
		`{"node":"n1","items":[]}`: nil,
		`{"node":"n1","items":[{"name":"main","up":false,"registers":true,"in":2,"out":1,"passedOn":3,` +
			`"failure":{"at":"2026-03-02T04:00:00Z","what":"register","code":403}}]}`: {
			{Name: "main", Registers: true, In: 2, Out: 1, PassedOn: 3, Failure: &TrunkFailure{At: at, What: "register", Code: 403}},
		},
		`{"node":"n1","items":[{"name":"main","up":true,"registers":true,"registeredUntil":"2026-03-02T04:00:00Z","in":0,"out":0,"passedOn":0}]}`: {
			{Name: "main", Up: true, Registers: true, RegisteredUntil: &at},
		},
	} {
		e := newEdge(t, func(o *Options) { o.Trunks = trunks })
		for who, status := range map[string]int{"admin": http.StatusOK, "supervisor": http.StatusOK, "agent": http.StatusForbidden, "reviewer": http.StatusForbidden} {
			resp, body := e.ask(who, http.MethodGet, "/trunks", "")
			if resp.StatusCode != status || (status == http.StatusOK && string(body) != want) {
				t.Errorf("%s: %d %s, want %d %s", who, resp.StatusCode, body, status, want)
			}
		}
	}
}
