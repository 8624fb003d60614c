package web

import (
	"bytes"
	"context"
	"net/http"
	"testing"
)

// fakeDirectory keeps entries.
type fakeDirectory map[string]DirectoryEntry

func (f fakeDirectory) Directory(context.Context) (list []DirectoryEntry, err error) {
	for _, e := range f {
		list = append(list, e)
	}
	return list, nil
}

func (f fakeDirectory) SaveDirectoryEntry(_ context.Context, e DirectoryEntry) error {
	f[e.ID] = e
	return nil
}

func (f fakeDirectory) RemoveDirectoryEntry(_ context.Context, id string) error {
	if _, ok := f[id]; !ok {
		return Refuse(codeNotFound)
	}
	delete(f, id)
	return nil
}

func (f *fakeTickets) AllAgencies(context.Context) ([]Named, error) {
	return []Named{{Code: "SCJG", Name: "市场监管局"}}, nil
}

// TestDirectory: agents reach numbers by name and never see them; who manages it does, and is logged.
func TestDirectory(t *testing.T) {
	kept := fakeDirectory{}
	e := newEdge(t, func(o *Options) { o.Directory = kept })
	const entry = "/routing/directory/food"
	const written = `{"id":"food","kind":"expert","name":"食品安全专家","agency":"SCJG","number":"13812345678"}`
	if resp, body := e.ask("admin", http.MethodPut, entry, written); resp.StatusCode != http.StatusOK || kept["food"].Number != "13812345678" {
		t.Fatalf("%d %s, kept %+v", resp.StatusCode, body, kept)
	}
	if got := e.access.all(); len(got) != 1 || got[0].Action != "routing.directory" || got[0].Subject != "food" || bytes.Contains([]byte(got[0].Detail), []byte("13812345678")) {
		t.Errorf("logged %+v", got)
	}
	_, body := e.ask("agent", http.MethodGet, "/directory", "")
	if !bytes.Contains(body, []byte("食品安全专家")) || !bytes.Contains(body, []byte("市场监管局")) || bytes.Contains(body, []byte("12345678")) || bytes.Contains(body, []byte("5678")) {
		t.Errorf("an agent sees %s", body)
	}
	if _, body := e.ask("supervisor", http.MethodGet, "/routing/directory", ""); !bytes.Contains(body, []byte("13812345678")) {
		t.Errorf("who manages it sees %s", body)
	}
	resp, body := e.ask("agent", http.MethodPut, entry, written)
	e.refused(resp, body, http.StatusForbidden, codeForbidden)
	for name, c := range map[string]struct {
		body, code string
		status     int
	}{
		"another id":             {`{"id":"x","kind":"other","name":"x","agency":"","number":"110"}`, codeInvalid, http.StatusBadRequest},
		"an expert of nobody":    {`{"id":"food","kind":"expert","name":"x","agency":"","number":"110"}`, codeInvalid, http.StatusBadRequest},
		"an agency's hotline":    {`{"id":"food","kind":"hotline","name":"x","agency":"SCJG","number":"110"}`, codeInvalid, http.StatusBadRequest},
		"no such agency":         {`{"id":"food","kind":"expert","name":"x","agency":"NONE","number":"110"}`, "unknown-agency", http.StatusUnprocessableEntity},
		"what cannot be dialled": {`{"id":"food","kind":"other","name":"x","agency":"","number":"sip:a@b"}`, codeInvalid, http.StatusBadRequest},
	} {
		resp, body := e.ask("admin", http.MethodPut, entry, c.body)
		if resp.StatusCode != c.status || !bytes.Contains(body, []byte(`"`+c.code+`"`)) {
			t.Errorf("%s: %d %s", name, resp.StatusCode, body)
		}
	}
	if resp, body := e.ask("admin", http.MethodDelete, entry, ""); resp.StatusCode != http.StatusNoContent || len(kept) != 0 {
		t.Errorf("remove: %d %s", resp.StatusCode, body)
	}
	resp, body = e.ask("admin", http.MethodDelete, entry, "")
	e.refused(resp, body, http.StatusNotFound, codeNotFound)
}
