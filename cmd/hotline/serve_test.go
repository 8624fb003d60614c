package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline12345/deploy/pgtest"
)

const hang = 10 * time.Minute // ends a hang, no more

// output is a console's writer that a test reads while it grows.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// hotline is a whole one on free ports, started as the program starts it.
type hotline struct {
	dir      string
	out, log *output
	run      runFile
	stop     func() error
}

func environment(dir string) []string {
	return []string{
		"HOTLINE_DATA_DIR=" + dir, "HOTLINE_HTTP_ADDR=127.0.0.1:0", "HOTLINE_OPS_ADDR=127.0.0.1:0",
		"HOTLINE_SIP_ADDR=127.0.0.1:0", "HOTLINE_ICE_UDP_ADDR=127.0.0.1:0",
	}
}

func start(t *testing.T, dir string, args ...string) *hotline {
	t.Helper()
	return startIn(t, dir, environment(dir), args...)
}

func startIn(t *testing.T, dir string, env []string, args ...string) *hotline {
	t.Helper()
	h := &hotline{dir: dir, out: &output{}, log: &output{}}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, append([]string{"serve"}, args...), console{out: h.out, err: h.log, env: env})
	}()
	h.stop = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-ended:
			return err
		case <-time.After(hang):
			return fmt.Errorf("it does not stop; its log:\n%s", h.log)
		}
	})
	t.Cleanup(func() {
		if err := h.stop(); err != nil {
			t.Error(err)
		}
	})
	for limit := time.After(hang); ; {
		text, err := os.ReadFile(filepath.Join(dir, "run.json"))
		if err == nil {
			if err := json.Unmarshal(text, &h.run); err != nil {
				t.Fatal(err)
			}
			return h
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("it ended before it was ready: %v\n%s", err, h.log)
		case <-limit:
			t.Fatalf("it is not ready\n%s", h.log)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (h *hotline) request(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// signIn gives the status of an attempt and the answer.
func (h *hotline) signIn(t *testing.T, login, password string) (int, string) {
	t.Helper()
	return h.request(t, http.MethodPost, h.run.HTTP+"/api/v1/session", fmt.Sprintf(`{"login":%q,"password":%q}`, login, password))
}

// TestServeFromNothing starts a hotline in an empty directory: private databases, seeds,
// the first administrator told once; a second one is refused; a restart keeps all.
func TestServeFromNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var")
	h := start(t, dir)
	told := regexp.MustCompile(`管理员 admin，密码 (\S+) `).FindStringSubmatch(h.out.String())
	if told == nil {
		t.Fatalf("the first administrator's password is not told:\n%s", h.out)
	}
	if status, body := h.signIn(t, "admin", told[1]); status != http.StatusOK || !strings.Contains(body, `"role":"admin"`) {
		t.Errorf("the first administrator gets %d %s", status, body)
	}
	for _, c := range [][2]string{
		{"/healthz", "alive"}, {"/readyz", "ready"}, {"/metrics", "hotline_calls_waiting 0"}, {"/metrics", `hotline_trunk_up{trunk="local"} 1`},
	} {
		path, want := c[0], c[1]
		if status, body := h.request(t, http.MethodGet, h.run.Ops+path, ""); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d, without %q", path, status, want)
		}
	}
	ring(t, h.run.SIP)
	for _, private := range []string{"run.json", "keys/master.key"} {
		if info, err := os.Stat(filepath.Join(dir, private)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want mode 0600", private, info.Mode(), err)
		}
	}
	second := run(t.Context(), []string{"serve"}, console{out: io.Discard, err: io.Discard, env: environment(dir)})
	if second == nil || !strings.Contains(second.Error(), "is in use by process") {
		t.Errorf("a second hotline on the same data: %v", second)
	}
	if err := h.stop(); err != nil {
		t.Fatalf("stop: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "run.json")); !os.IsNotExist(err) {
		t.Errorf("run.json is left behind: %v", err)
	}
	again := start(t, dir)
	if strings.Contains(again.out.String(), "密码") {
		t.Errorf("the second start tells a password:\n%s", again.out)
	}
	if status, _ := again.signIn(t, "admin", told[1]); status != http.StatusOK {
		t.Errorf("after the restart the administrator gets %d", status)
	}
	if err := again.stop(); err != nil {
		t.Fatal(err)
	}
	refused := run(t.Context(), []string{"serve", "--demo"}, console{out: io.Discard, err: io.Discard, env: environment(dir)})
	if refused == nil || !strings.Contains(refused.Error(), "has real accounts") {
		t.Errorf("demo accounts beside real ones: %v", refused)
	}
}

// TestOwnDatabases: who has a Postgres and a Redis gives their addresses; those are used,
// and none is started.
func TestOwnDatabases(t *testing.T) {
	pool, client := pgtest.New(t), pgtest.Redis(t)
	of := client.Options()
	redisURL := fmt.Sprintf("unix://%s?db=%d", of.Addr, of.DB)
	dir := filepath.Join(t.TempDir(), "var")
	h := startIn(t, dir, append(environment(dir), "HOTLINE_DATABASE_URL="+pgtest.URL(pool), "HOTLINE_REDIS_URL="+redisURL))
	if h.run.DatabaseURL != pgtest.URL(pool) || h.run.RedisURL != redisURL {
		t.Errorf("run.json says %+v", h.run)
	}
	var login string
	if err := pool.QueryRow(t.Context(), `SELECT login FROM accounts WHERE role = 'admin'`).Scan(&login); err != nil || login != "admin" {
		t.Errorf("the first administrator in one's own Postgres: %q, %v", login, err)
	}
	for limit := time.After(hang); ; { // the node writes itself into Redis within a round
		keys, err := client.DBSize(t.Context()).Result()
		if err != nil {
			t.Fatal(err)
		}
		if keys > 0 {
			break
		}
		select {
		case <-limit:
			t.Fatal("nothing is written into one's own Redis")
		case <-time.After(10 * time.Millisecond):
		}
	}
	if status, body := h.request(t, http.MethodGet, h.run.Ops+"/readyz", ""); status != http.StatusOK {
		t.Errorf("readyz: %d %s", status, body)
	}
	if err := h.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	for _, private := range []string{"pg", "redis"} {
		if _, err := os.Stat(filepath.Join(dir, private)); !os.IsNotExist(err) {
			t.Errorf("%s was made beside one's own: %v", private, err)
		}
	}
	if err := client.Ping(t.Context()).Err(); err != nil {
		t.Errorf("one's own Redis was stopped: %v", err)
	}
	if err := pool.Ping(t.Context()); err != nil {
		t.Errorf("one's own Postgres was stopped: %v", err)
	}
}

// ring asks for service from each of this machine's addresses: a phone on it sends from
// whichever it takes for its own.
func ring(t *testing.T, sip string) {
	t.Helper()
	own, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range own {
		prefix, err := netip.ParsePrefix(address.String())
		if err != nil {
			t.Fatal(err)
		}
		from := prefix.Addr()
		if !from.Is4() {
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), hang)
		dialer := net.Dialer{LocalAddr: net.UDPAddrFromAddrPort(netip.AddrPortFrom(from, 0))}
		phone, err := dialer.DialContext(ctx, "udp4", sip)
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		defer phone.Close()
		message := fmt.Sprintf("OPTIONS sip:12345@%[1]s SIP/2.0\r\nVia: SIP/2.0/UDP %[2]s;branch=z9hG4bK-own\r\nMax-Forwards: 70\r\n"+
			"From: <sip:phone@%[2]s>;tag=own\r\nTo: <sip:12345@%[1]s>\r\nCall-ID: own@%[2]s\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
			sip, phone.LocalAddr())
		if _, err := phone.Write([]byte(message)); err != nil {
			t.Fatal(err)
		}
		if err := phone.SetReadDeadline(time.Now().Add(hang)); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, 2048)
		if n, err := phone.Read(answer); err != nil || !strings.HasPrefix(string(answer[:n]), "SIP/2.0 200 ") {
			t.Errorf("a phone at %s gets %q, %v", from, answer[:n], err)
		}
	}
}

// TestDemoAndTools: demo logins of every role; check, replay and migrate on its data.
func TestDemoAndTools(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var")
	h := start(t, dir, "--demo")
	for _, login := range []string{"agent1", "agent4", "dispatcher", "agency1", "agency24", "followup", "supervisor", "reviewer", "admin"} {
		if status, body := h.signIn(t, login, "Demo-12345"); status != http.StatusOK {
			t.Errorf("%s gets %d %s", login, status, body)
		}
	}
	var beside bytes.Buffer
	if err := run(t.Context(), []string{"check"}, console{out: &beside, err: io.Discard, env: environment(dir)}); err != nil || !strings.Contains(beside.String(), "0 tickets") {
		t.Errorf("check beside a running hotline: %q, %v", &beside, err)
	}
	if status, body := h.signIn(t, "agent1", "Wrong-12345"); status != http.StatusUnauthorized || !strings.Contains(body, "bad-login") {
		t.Errorf("a wrong password gets %d %s", status, body)
	}
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		out  string // in the output
		err  string // in the error
	}{
		{[]string{"migrate"}, "newest shape", ""},
		{[]string{"check"}, "0 tickets with 0 events are as they were written", ""},
		{[]string{"replay", "no-such-call"}, "", `there is no call "no-such-call"`},
		{[]string{"replay"}, "", "takes 1 arguments, not 0"},
		{[]string{"serve", "now"}, "", "takes 0 arguments, not 1"},
		{[]string{"check", "-config", "no-such.yaml"}, "", "cannot be read"},
		{[]string{"help"}, "HOTLINE_SIP_ADDR (sip.addr) = 0.0.0.0:5060", ""},
		{[]string{"version"}, "hotline", ""},
		{[]string{"dance"}, "", `"dance" is not a command`},
		{nil, "", "which command?"},
	} {
		var out bytes.Buffer
		err := run(t.Context(), c.args, console{out: &out, err: io.Discard, env: environment(dir)})
		if !strings.Contains(out.String(), c.out) || (err == nil) != (c.err == "") || (err != nil && !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%v: printed %q, error %v", c.args, &out, err)
		}
	}
}

// TestWhatCannotBeHadIsNamed: the error says which variable gives another one, and what
// a killed hotline left is not taken for a running one.
func TestWhatCannotBeHadIsNamed(t *testing.T) {
	taken := start(t, filepath.Join(t.TempDir(), "var"))
	dir := filepath.Join(t.TempDir(), "var")
	for _, c := range []struct{ variable, value string }{
		{"HOTLINE_OPS_ADDR", strings.TrimPrefix(taken.run.Ops, "http://")},
		{"HOTLINE_HTTP_ADDR", strings.Replace(strings.TrimPrefix(taken.run.HTTP, "http://"), "localhost", "127.0.0.1", 1)},
		{"HOTLINE_SIP_ADDR", taken.run.SIP},
		{"HOTLINE_ICE_UDP_ADDR", taken.run.SIP}, // SIP has the UDP port too
		{"HOTLINE_HTTP_ADDR", "192.0.2.1:80"},
		{"HOTLINE_DATABASE_URL", "postgres://hotline@127.0.0.1:1/hotline"},
		{"HOTLINE_REDIS_URL", "redis://127.0.0.1:1"},
		{"HOTLINE_DATA_DIR", taken.dir},
	} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "run.json"), []byte(`{"pid":1}`), 0o600); err != nil {
			t.Fatal(err)
		}
		env := append(environment(dir), c.variable+"="+c.value)
		err := run(t.Context(), []string{"serve"}, console{out: io.Discard, err: io.Discard, env: env})
		if err == nil || !strings.Contains(err.Error(), c.variable) {
			t.Errorf("%s=%s: %v", c.variable, c.value, err)
		}
		if c.variable == "HOTLINE_DATA_DIR" {
			break // the other one's run.json is none of ours
		}
		if _, err := os.Stat(filepath.Join(dir, "run.json")); !os.IsNotExist(err) {
			t.Errorf("%s: a killed hotline's run.json is still there: %v", c.variable, err)
		}
	}
	if _, err := os.Stat(filepath.Join(taken.dir, "run.json")); err != nil {
		t.Errorf("the running hotline's run.json: %v", err)
	}
}

// TestInterruptedWhileStarting: who stops the first start is told of no fault.
func TestInterruptedWhileStarting(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	dir := filepath.Join(t.TempDir(), "var")
	log := &output{}
	go func() {
		ended <- run(ctx, []string{"serve"}, console{out: io.Discard, err: log, env: environment(dir)})
	}()
	for limit := time.After(hang); ; {
		if _, err := os.Stat(filepath.Join(dir, "pg")); err == nil {
			break // the database is being made
		}
		select {
		case err := <-ended:
			t.Fatalf("it ended by itself: %v", err)
		case <-limit:
			t.Fatal("it does not begin")
		case <-time.After(time.Millisecond):
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(log.String(), "stopped before it was ready") {
		t.Errorf("its log:\n%s", log)
	}
}
