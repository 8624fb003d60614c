package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"hotline12345/routing"
)

// testRoutingData: what a supervisor decides is kept, refused by field, and logged.
func testRoutingData(t *testing.T, h *hotline) {
	p := h.as(t, "supervisor")
	const queue = `{"id":"enterprise","name":"企业服务","skills":[{"name":"business","level":3}],"priority":5,"maxWait":300,` +
		`"languages":["zh","ug"],"topics":["营业执照"],"strategy":"top-down","lastAgent":20,"rings":[{"after":30,"skills":[]}]}`
	put := func(path, body string, status int, field string) {
		t.Helper()
		resp, answer := p.send(http.MethodPut, path, body)
		var refusal struct{ Fields map[string]string }
		if err := json.Unmarshal(answer, &refusal); err != nil || resp.StatusCode != status || (field != "" && refusal.Fields[field] == "") {
			t.Errorf("PUT %s: %d %.300s, want %d and field %q", path, resp.StatusCode, answer, status, field)
		}
	}
	put("/routing/queues/enterprise", queue, 400, "skills.0.name")
	put("/routing/skills", `{"items":[{"id":"general","name":"综合业务"},{"id":"business","name":"企业"}]}`, 200, "")
	put("/routing/queues/enterprise", queue, 200, "")
	put("/routing/queues/other", queue, 400, "id")
	put("/routing/queues/enterprise", strings.Replace(queue, `"rings"`, `"hours":{"workday":[{"from":"09:30","to":"19:30"}]},`+
		`"closed":{"say":"请在工作日来电。","exit":{"kind":"queue","id":"main"}},"targets":[{"kind":"queue","id":"main","after":60,"ratio":1.5},`+
		`{"kind":"outside","id":"09912345","timeout":20,"after":90},{"kind":"callback","after":120}],"languageWait":60,"callback":{"mode":"agent-first","again":[300]},"rings"`, 1), 200, "")
	put("/routing/queues/enterprise", strings.Replace(queue, `"rings"`, `"targets":[{"kind":"queue","id":"enterprise","after":60}],"rings"`, 1), 400, "targets.0.id")
	put("/routing/queues/enterprise", strings.Replace(queue, `"rings"`, `"callback":{"mode":"list","again":[1]},"rings"`, 1), 400, "callback.again.0")
	put("/routing/queues/enterprise", strings.Replace(queue, `"rings"`, `"hours":{"weekend":[{"from":"12:00","to":"09:00"}]},"rings"`, 1), 400, "hours.weekend.0.from")
	put("/routing/queues/enterprise", strings.Replace(queue, `"after":30`, `"after":300`, 1), 400, "rings.0.after")
	put("/routing/queues/enterprise", strings.Replace(queue, `"maxWait":300`, `"maxWait":0`, 1), 400, "maxWait")
	put("/routing/skills", `{"items":[{"id":"general","name":"综合业务"}]}`, 400, "business")

	var agents struct {
		Items []struct {
			routing.Ability
			Login string
		}
	}
	_, body := p.send(http.MethodGet, "/routing/agents", "")
	if err := json.Unmarshal(body, &agents); err != nil || len(agents.Items) == 0 || agents.Items[0].Login == "" {
		t.Fatalf("agents: %.300s %v", body, err)
	}
	path := "/routing/agents/" + agents.Items[0].Account
	put(path, `{"queues":["main","night"],"skills":[]}`, 400, "queues.1")
	put(path, `{"queues":["main","enterprise"],"skills":[{"name":"business","level":4}]}`, 200, "")
	_, body = p.send(http.MethodGet, "/routing/agents", "")
	if err := json.Unmarshal(body, &agents); err != nil || fmt.Sprint(agents.Items[0].Queues) != "[main enterprise]" {
		t.Errorf("agents after the change: %.300s %v", body, err)
	}
	for path, want := range map[string]int{"/routing/queues/main": 400, "/routing/queues/enterprise": 204, "/routing/queues/nowhere": 404} {
		if resp, body := p.send(http.MethodDelete, path, ""); resp.StatusCode != want {
			t.Errorf("DELETE %s: %d %s, want %d", path, resp.StatusCode, body, want)
		}
	}
	put(path, `{"queues":["main"],"skills":[{"name":"general","level":1}],"surge":true}`, 200, "")
	put(path, `{"queues":["main"],"skills":[{"name":"general","level":1}]}`, 200, "")
	put("/routing/languages", `{"items":[{"language":"ug","key":"2"},{"language":"kk","key":"2"}]}`, 400, "items.1.key")
	testEmergency(t, h, put)
	put("/routing/skills", `{"items":[{"id":"general","name":"综合业务"}]}`, 200, "")
	if _, body := h.as(t, "admin").send(http.MethodGet, "/access-log", ""); !strings.Contains(string(body), "routing.queue.remove") {
		t.Errorf("not in the access log: %.300s", body)
	}
}

// testEmergency: declared by a supervisor, known to everybody, counting for calls, and over
// at a set time at the latest.
func testEmergency(t *testing.T, h *hotline, put func(path, body string, status int, field string)) {
	t.Helper()
	declared := func(until time.Duration, more string) string {
		return fmt.Sprintf(`{"reason":"暴雪","say":"暴雪应急，请按5。","key":"5","queue":"main","surge":true,"until":%q%s}`, time.Now().Add(until).Format(time.RFC3339Nano), more)
	}
	put("/routing/emergency", declared(8*24*time.Hour, ""), 400, "until")
	put("/routing/emergency", declared(time.Hour, `,"priority":4000`), 400, "priority")
	events := h.as(t, "agent1").events()
	known := func(who string, want bool) {
		t.Helper()
		if _, body := h.as(t, who).send(http.MethodGet, "/routing/emergency", ""); strings.Contains(string(body), `"active":true`) != want {
			t.Errorf("%s knows %s", who, body)
		}
	}
	put("/routing/emergency", declared(time.Hour, ""), 200, "")
	events.await(`{"type":"emergency","active":true}`)
	known("agency1", true)
	h.as(t, "admin").send(http.MethodDelete, "/routing/emergency", "")
	events.await(`{"type":"emergency","active":false}`)
	known("agent1", false)
	put("/routing/emergency", declared(1500*time.Millisecond, ""), 200, "")
	events.await(`{"type":"emergency","active":true}`)
	events.await(`{"type":"emergency","active":false}`) // by itself
	known("agent1", false)
}

// listener is a person's socket of live events.
type listener struct {
	t    *testing.T
	conn *websocket.Conn
}

func (p *person) events() listener {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), hang)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, strings.Replace(p.h.run.HTTP, "http:", "ws:", 1)+"/api/v1/events", &websocket.DialOptions{
		HTTPHeader: http.Header{"Cookie": {p.jar[0].Name + "=" + p.jar[0].Value}},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = conn.CloseNow() })
	return listener{p.t, conn}
}

func (l listener) await(want string) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), hang)
	defer cancel()
	for {
		_, text, err := l.conn.Read(ctx)
		if err != nil {
			l.t.Fatalf("no event %s: %v", want, err)
		}
		if string(text) == want {
			return
		}
	}
}
