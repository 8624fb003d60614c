package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"hotline12345/identity"
)

func TestPages(t *testing.T) {
	script := strings.Repeat("let hotline = 12345;\n", 200)
	e := newEdge(t, func(o *Options) {
		o.App = fstest.MapFS{
			"index.html": {Data: []byte("<title>12345</title>")}, "assets/app-1a2b.js": {Data: []byte(script)},
			".keep": {}, ".vite/manifest.json": {Data: []byte("{}")},
		}
	})
	for _, c := range []struct {
		method, path string
		status       int
		cache        string
	}{
		{http.MethodGet, "/", http.StatusOK, "no-cache"},
		{http.MethodGet, "/tickets/20260302-000001", http.StatusOK, "no-cache"}, // a page of the app's router
		{http.MethodGet, "/assets/app-1a2b.js", http.StatusOK, "public, max-age=31536000, immutable"},
		{http.MethodHead, "/assets/app-1a2b.js", http.StatusOK, "public, max-age=31536000, immutable"},
		{http.MethodGet, "/assets/app-old.js", http.StatusNotFound, ""},
		{http.MethodGet, "/.keep", http.StatusNotFound, ""},
		{http.MethodGet, "/.vite/manifest.json", http.StatusNotFound, ""},
		{http.MethodGet, "/..%2f..%2fetc/passwd.txt", http.StatusNotFound, ""},
		{http.MethodPost, "/", http.StatusMethodNotAllowed, ""},
	} {
		resp, body := fetch(t, c.method, e.url+c.path)
		if resp.StatusCode != c.status || resp.Header.Get("Cache-Control") != c.cache {
			t.Errorf("%s %s: %d, cached %q: %.80s", c.method, c.path, resp.StatusCode, resp.Header.Get("Cache-Control"), body)
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": "script-src 'self';", "X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if !strings.Contains(resp.Header.Get(name), want) {
				t.Errorf("%s %s: %s is %q", c.method, c.path, name, resp.Header.Get(name))
			}
		}
	}
	for range 2 { // the second time from what was packed
		resp, body := fetch(t, http.MethodGet, e.url+"/assets/app-1a2b.js")
		if resp.Header.Get("Content-Encoding") != "gzip" || len(body) >= len(script)/4 {
			t.Fatalf("%d bytes, %q", len(body), resp.Header.Get("Content-Encoding"))
		}
		unpacked, err := gzip.NewReader(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(unpacked); err != nil || string(text) != script {
			t.Fatalf("unpacked %d bytes, %v", len(text), err)
		}
	}
}

func TestPagesNotBuilt(t *testing.T) {
	e := newEdge(t, func(o *Options) { o.App = fstest.MapFS{".keep": {}} })
	if resp, body := fetch(t, http.MethodGet, e.url+"/"); resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "make build") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

func TestSecureCookieAndHeaderOnTLS(t *testing.T) {
	e := newEdge(t)
	s := httptest.NewTLSServer(e.server)
	defer s.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, s.URL+apiPrefix+"/session", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: sessionCookie, Value: "agent"})
	req.Header.Set(csrfHeader, identity.CSRF("agent"))
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	c := resp.Cookies()
	if resp.StatusCode != http.StatusNoContent || len(c) != 1 || !c[0].Secure || !c[0].HttpOnly || c[0].MaxAge >= 0 {
		t.Errorf("%d, cookies %+v", resp.StatusCode, c)
	}
	if resp.Header.Get("Strict-Transport-Security") == "" {
		t.Error("nothing keeps the browser on TLS")
	}
}

// fetch asks like a browser, and leaves what is packed packed.
func fetch(t *testing.T, method, url string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip, br")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}
