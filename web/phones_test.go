package web

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// fakePhoneAccounts remembers what it was asked last.
type fakePhoneAccounts struct {
	did   string
	saved PhoneAccount
}

func (f *fakePhoneAccounts) Phones(context.Context) ([]PhoneAccount, bool, error) {
	return []PhoneAccount{{User: "desk1", Digest: "md5", Places: []PhonePlace{}}}, true, nil
}

func (f *fakePhoneAccounts) AddPhone(_ context.Context, p PhoneAccount, by string) (PhoneAccount, string, error) {
	p.Places = []PhonePlace{}
	f.did, f.saved = "add by "+by, p
	if p.Account == "nobody" {
		return PhoneAccount{}, "", RefuseField("phone-bad-account", "account")
	}
	return p, "told once", nil
}

func (f *fakePhoneAccounts) SavePhone(_ context.Context, p PhoneAccount, by string) (PhoneAccount, error) {
	p.Places = []PhonePlace{}
	f.did, f.saved = "save by "+by, p
	return p, nil
}

func (f *fakePhoneAccounts) ResetPhone(_ context.Context, user, by string) (PhoneAccount, string, error) {
	f.did = "reset " + user + " by " + by
	return PhoneAccount{User: user, Digest: "md5", Places: []PhonePlace{}}, "told once", nil
}

func (f *fakePhoneAccounts) RemovePhone(_ context.Context, user string) error {
	f.did = "remove " + user
	return nil
}

const (
	phoneAdd  = `{"user":"desk1","account":"a1","digest":"sha-256","srtp":true,"seat":false}`
	phoneSave = `{"digest":"both","srtp":false,"seat":true,"enabled":true}`
)

// TestPhones: an administrator's alone, who did it is logged, a password is told where it is made.
func TestPhones(t *testing.T) {
	f := &fakePhoneAccounts{}
	e := newEdge(t, func(o *Options) { o.Phones = f })
	for _, c := range []struct {
		method, path, body string
		status             int
		did, logged        string
		told               bool
	}{
		{http.MethodPost, "/phones", phoneAdd, http.StatusCreated, "add by admin", "phone.add", true},
		{http.MethodPut, "/phones/desk1", phoneSave, http.StatusOK, "save by admin", "phone.save", false},
		{http.MethodPost, "/phones/desk1/secret", "", http.StatusOK, "reset desk1 by admin", "phone.secret", true},
		{http.MethodDelete, "/phones/desk1", "", http.StatusNoContent, "remove desk1", "phone.remove", false},
	} {
		before := len(e.access.all())
		resp, body := e.ask("admin", c.method, c.path, c.body)
		log := e.access.all()[before:]
		if resp.StatusCode != c.status || f.did != c.did || len(log) != 1 || log[0].Action != c.logged || log[0].Subject != "desk1" {
			t.Errorf("%s %s: %d %s, did %q, logged %+v", c.method, c.path, resp.StatusCode, body, f.did, log)
		}
		if told := bytes.Contains(body, []byte("told once")); told != c.told || strings.Contains(fmt.Sprint(log), "told once") {
			t.Errorf("%s %s tells %s, logs %v", c.method, c.path, body, log)
		}
		resp, body = e.ask("supervisor", c.method, c.path, c.body)
		e.refused(resp, body, http.StatusForbidden, codeForbidden)
	}
	if f.saved.User != "desk1" || !f.saved.Seat || !f.saved.Enabled || f.saved.Digest != "both" {
		t.Errorf("saved %+v", f.saved)
	}
	if resp, body := e.ask("admin", http.MethodGet, "/phones", ""); resp.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(`"registrar":true`)) {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	resp, body := e.ask("admin", http.MethodPost, "/phones", strings.Replace(phoneAdd, `"a1"`, `"nobody"`, 1))
	e.refused(resp, body, http.StatusUnprocessableEntity, "phone-bad-account")
	for _, bad := range []string{strings.Replace(phoneAdd, "desk1", "Desk 1", 1), strings.Replace(phoneAdd, "sha-256", "sha-512", 1)} {
		if resp, body := e.ask("admin", http.MethodPost, "/phones", bad); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d %s", bad, resp.StatusCode, body)
		}
	}
}
