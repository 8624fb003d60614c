// Package s3test gives tests a real S3-compatible store (versitygw) on a directory and a
// port of its own. make test builds the program.
package s3test

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// What every Store has.
const (
	AccessKey = "hotline"
	SecretKey = "only for tests"
	Bucket    = "recordings"
)

const startLimit = 5 * time.Minute // ends a hang, no more

// Store is one running server with one empty bucket.
type Store struct {
	binary string
	dir    string
	port   int
	cmd    *exec.Cmd
	ended  chan struct{}
	log    bytes.Buffer
}

// New starts a store that ends with the test.
func New(t *testing.T) *Store {
	t.Helper()
	s := &Store{binary: program(t), dir: t.TempDir()}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"data/" + Bucket, "meta"} {
		if err := os.MkdirAll(filepath.Join(s.dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.Start(t)
	t.Cleanup(s.Stop)
	return s
}

// program is the one on the PATH, or the one that make need-test put into bin.
func program(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("versitygw"); err == nil {
		return path
	}
	dir, err := os.Getwd() // a test's own package, below the module's root
	for ; err == nil && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		path := filepath.Join(dir, "bin", "versitygw")
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Fatalf("versitygw is missing: make test builds it (%v)", err)
	return ""
}

// Endpoint is its URL.
func (s *Store) Endpoint() string { return "http://127.0.0.1:" + strconv.Itoa(s.port) }

// Start runs it, again after Stop, until it takes connections.
func (s *Store) Start(t *testing.T) {
	t.Helper()
	address := "127.0.0.1:" + strconv.Itoa(s.port)
	s.cmd = exec.Command(s.binary, "--port", address, "--access", AccessKey, "--secret", SecretKey, //nolint:gosec,noctx // Stop ends it
		"posix", "--sidecar", filepath.Join(s.dir, "meta"), filepath.Join(s.dir, "data"))
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	s.ended = make(chan struct{})
	ended := s.ended
	go func() {
		runtime.LockOSThread() // the child would end with the thread that made it
		defer runtime.UnlockOSThread()
		err := s.cmd.Start()
		started <- err
		if err == nil {
			_ = s.cmd.Wait() // killed
		}
		close(ended)
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-s.ended:
			t.Fatalf("versitygw ended:\n%s", &s.log)
		case <-ctx.Done():
			t.Fatalf("versitygw does not listen: %v", err)
		case <-time.After(20 * time.Millisecond): // a poll
		}
	}
}

// Stop kills it; what it has stays.
func (s *Store) Stop() {
	_ = s.cmd.Process.Kill() // it may have ended
	<-s.ended
}
