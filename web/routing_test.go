package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hotline12345/routing"
)

// fakeRouting keeps what was saved last.
type fakeRouting struct {
	Routing
	saved any
	fault error
}

func (f *fakeRouting) save(what any) error {
	if f.fault == nil {
		f.saved = what
	}
	return f.fault
}

func (f *fakeRouting) Queues(context.Context) ([]routing.Queue, error)     { return nil, f.fault }
func (f *fakeRouting) Skills(context.Context) ([]routing.SkillName, error) { return nil, f.fault }
func (f *fakeRouting) SaveQueue(_ context.Context, q routing.Queue) error  { return f.save(q.ID) }
func (f *fakeRouting) RemoveQueue(_ context.Context, id string) error      { return f.save("-" + id) }

func (f *fakeRouting) SaveAbility(_ context.Context, a routing.Ability) error {
	return f.save(a.Account)
}

func (f *fakeRouting) Emergency(context.Context) (routing.Emergency, error) {
	return routing.Emergency{Reason: "暴雪", Until: time.Now().Add(time.Hour)}, f.fault
}

func (f *fakeRouting) Declare(_ context.Context, e routing.Emergency, _ string) error {
	return f.save(e.Reason)
}

func (f *fakeRouting) EndEmergency(context.Context, string, time.Time) error { return f.save("over") }

func (f *fakeRouting) LanguageKeys(context.Context) ([]routing.LanguageKey, error) {
	return nil, f.fault
}

func (f *fakeRouting) SaveLanguageKeys(_ context.Context, keys []routing.LanguageKey) error {
	return f.save(keys[0].Key)
}

func (f *fakeRouting) SaveSkills(_ context.Context, catalogue []routing.SkillName) error {
	return f.save(len(catalogue))
}

func (f *fakeRouting) Abilities(context.Context) ([]routing.Ability, error) {
	return []routing.Ability{{Account: "agent", Queues: []string{"main"}, Skills: []routing.Skill{}}}, f.fault
}

const night = `{"id":"night","name":"夜间","skills":[],"priority":0,"maxWait":600,"languages":[],"topics":[],"strategy":"longest-idle","lastAgent":0,"rings":[]}`

func TestRoutingIsLoggedBeforeItIsDone(t *testing.T) {
	for action, c := range map[string]struct {
		method, path, body string
		want               any
	}{
		"routing.queue":        {http.MethodPut, "/routing/queues/night", night, "night"},
		"routing.queue.remove": {http.MethodDelete, "/routing/queues/night", "", "-night"},
		"routing.skills":       {http.MethodPut, "/routing/skills", `{"items":[]}`, 0},
		"emergency.declare":    {http.MethodPut, "/routing/emergency", `{"reason":"暴雪","until":"2026-03-02T12:00:00+08:00"}`, "暴雪"},
		"emergency.end":        {http.MethodDelete, "/routing/emergency", "", "over"},
		"routing.languages":    {http.MethodPut, "/routing/languages", `{"items":[{"language":"ug","key":"2"}]}`, "2"},
		"routing.agent":        {http.MethodPut, "/routing/agents/agent", `{"queues":["main"],"skills":[]}`, "agent"},
	} {
		f := &fakeRouting{}
		e := newEdge(t, func(o *Options) { o.Routing = f })
		if resp, body := e.ask("admin", c.method, c.path, c.body); resp.StatusCode >= 300 || f.saved != c.want {
			t.Errorf("%s: %d %s, saved %v", action, resp.StatusCode, body, f.saved)
		}
		if got := e.access.all(); len(got) != 1 || got[0].Action != action || got[0].Actor != "admin" || !json.Valid([]byte(got[0].Detail)) {
			t.Errorf("%s: logged %+v", action, got)
		}
		f.saved, e.access.fault = nil, errors.New("disk full")
		resp, body := e.ask("admin", c.method, c.path, c.body)
		e.refused(resp, body, http.StatusInternalServerError, codeInternal)
		if f.saved != nil {
			t.Errorf("%s: done without being logged", action)
		}
		e.access.fault, f.fault = nil, fmt.Errorf("callpg: %w", &routing.Fault{Field: "rings.1.after", Why: routing.WhyOrder})
		resp, body = e.ask("supervisor", c.method, c.path, c.body)
		e.refused(resp, body, http.StatusBadRequest, codeInvalid)
		if !strings.Contains(string(body), `"rings.1.after":"放宽级的等待时间`+whys[routing.WhyOrder]) {
			t.Errorf("%s: the field and remedy are not named: %s", action, body)
		}
	}
}

func TestRoutingIsRead(t *testing.T) {
	f := &fakeRouting{}
	e := newEdge(t, func(o *Options) { o.Routing = f })
	for path, want := range map[string]string{
		"/routing/queues": `{"items":[]}`, "/routing/skills": `{"items":[]}`, "/routing/languages": `{"items":[]}`,
		"/routing/agents": `{"items":[{"account":"agent","queues":["main"],"skills":[],"login":"","name":"话务员1","languages":[]}]}`,
	} {
		if resp, body := e.ask("supervisor", http.MethodGet, path, ""); resp.StatusCode != http.StatusOK || string(body) != want {
			t.Errorf("%s: %d %s, want %s", path, resp.StatusCode, body, want)
		}
	}
	resp, body := e.ask("supervisor", http.MethodPut, "/routing/queues/day", night)
	e.refused(resp, body, http.StatusBadRequest, codeInvalid)
	if f.saved != nil {
		t.Errorf("a queue under another's address was saved: %v", f.saved)
	}
}

func TestEveryWhyHasARemedy(t *testing.T) {
	for _, why := range []routing.Why{
		routing.WhyEmpty, routing.WhyLong, routing.WhyRange, routing.WhyUnknown, routing.WhyTwice, routing.WhyOrder, routing.WhyHarder, routing.WhyUsed,
		routing.WhyClock, routing.WhyLoop,
	} {
		if whys[why] == "" {
			t.Errorf("%s has no sentence", why)
		}
	}
}
