package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hotline12345/identity"
)

// fakeWebhooks remembers what it was asked last.
type fakeWebhooks struct {
	did   string
	saved Webhook
}

func (f *fakeWebhooks) EventTypes() []string                        { return []string{"call.ended"} }
func (f *fakeWebhooks) Webhooks(context.Context) ([]Webhook, error) { return nil, nil }

func (f *fakeWebhooks) AddWebhook(_ context.Context, h Webhook, by string) (Webhook, string, error) {
	f.did, f.saved = "add by "+by, h
	if strings.HasPrefix(h.URL, "http:") {
		return Webhook{}, "", RefuseField("hook-not-https", "url")
	}
	h.ID, h.Enabled = "1", true
	return h, "told once", nil
}

func (f *fakeWebhooks) SaveWebhook(_ context.Context, h Webhook) (Webhook, error) {
	f.did, f.saved = "save", h
	return h, nil
}

func (f *fakeWebhooks) RenewWebhook(_ context.Context, id string) (string, error) {
	f.did = "renew " + id
	return "another", nil
}

func (f *fakeWebhooks) RemoveWebhook(_ context.Context, id string) error {
	f.did = "remove " + id
	return nil
}

func (f *fakeWebhooks) PingWebhook(_ context.Context, id string) error {
	f.did = "ping " + id
	return nil
}

const hookBody = `{"url":"https://example.com/hook?token=secret","events":["call.ended"],"enabled":true}`

func TestWebhooks(t *testing.T) {
	f := &fakeWebhooks{}
	e := newEdge(t, func(o *Options) { o.Webhooks = f })
	for _, c := range []struct {
		method, path, body string
		status             int
		did, logged        string
	}{
		{http.MethodPost, "/webhooks", hookBody, http.StatusCreated, "add by admin", "webhook.add"},
		{http.MethodPut, "/webhooks/1", hookBody, http.StatusOK, "save", "webhook.save"},
		{http.MethodPost, "/webhooks/1/secret", "", http.StatusOK, "renew 1", "webhook.secret"},
		{http.MethodPost, "/webhooks/1/ping", "", http.StatusAccepted, "ping 1", ""},
		{http.MethodDelete, "/webhooks/1", "", http.StatusNoContent, "remove 1", "webhook.remove"},
	} {
		before := len(e.access.all())
		resp, body := e.ask("admin", c.method, c.path, c.body)
		log := e.access.all()[before:]
		if resp.StatusCode != c.status || f.did != c.did || (c.logged != "") != (len(log) == 1) || (c.logged != "" && log[0].Action != c.logged) {
			t.Errorf("%s %s: %d %s, did %q, logged %+v", c.method, c.path, resp.StatusCode, body, f.did, log)
		}
		if text := fmt.Sprint(log); strings.Contains(text, "token") || (c.body != "" && !strings.Contains(text, "https://example.com/hook")) {
			t.Errorf("%s %s logs %s", c.method, c.path, text)
		}
		if told := bytes.Contains(body, []byte("told once")); told != (c.did == "add by admin") {
			t.Errorf("%s %s tells %s", c.method, c.path, body)
		}
		resp, body = e.ask("supervisor", c.method, c.path, c.body)
		e.refused(resp, body, http.StatusForbidden, codeForbidden)
	}
	if resp, body := e.ask("admin", http.MethodGet, "/webhooks", ""); resp.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(`"types":["call.ended"]`)) {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	resp, body := e.ask("admin", http.MethodPost, "/webhooks", strings.Replace(hookBody, "https", "http", 1))
	e.refused(resp, body, http.StatusBadRequest, "hook-not-https")
	if !bytes.Contains(body, []byte(`"url":`)) {
		t.Errorf("the field is not named: %s", body)
	}
}

// TestFeed: an integration hears every event; others do not come in.
func TestFeed(t *testing.T) {
	e := newEdge(t)
	conn, _, err := e.socket("admin", "/integration/events")
	if err != nil {
		t.Fatal(err)
	}
	e.until("somebody listens", func() bool { return e.server.feed.any(func(identity.Account) bool { return true }) })
	e.server.Feed(map[string]string{"type": "call.ended"})
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	_, text, err := conn.Read(ctx)
	var got map[string]string
	if err != nil || json.Unmarshal(text, &got) != nil || got["type"] != "call.ended" {
		t.Errorf("%s %v", text, err)
	}
	resp, body := e.ask("supervisor", http.MethodGet, "/integration/events", "")
	e.refused(resp, body, http.StatusForbidden, codeForbidden)
}
