package archive

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// gateway is a real S3-compatible server (versitygw) on a directory of its own.
type gateway struct {
	binary string
	dir    string
	port   int
	cmd    *exec.Cmd
	ended  chan struct{}
	log    bytes.Buffer
}

const (
	gatewayKey    = "hotline"
	gatewaySecret = "only for this test"
	bucket        = "recordings"
)

func startGateway(t *testing.T) *gateway {
	t.Helper()
	binary, err := exec.LookPath("versitygw")
	if err != nil {
		binary, err = filepath.Abs("../../bin/versitygw") // where make need-test puts it
		if err == nil {
			_, err = os.Stat(binary)
		}
	}
	if err != nil {
		t.Fatalf("versitygw is not there; make need-test installs it: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{binary: binary, dir: t.TempDir(), port: l.Addr().(*net.TCPAddr).Port}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"data/" + bucket, "meta"} {
		if err := os.MkdirAll(filepath.Join(g.dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	g.start(t)
	t.Cleanup(g.stop)
	return g
}

// start runs it until it takes connections.
func (g *gateway) start(t *testing.T) {
	t.Helper()
	address := "127.0.0.1:" + strconv.Itoa(g.port)
	g.cmd = exec.Command(g.binary, "--port", address, "--access", gatewayKey, "--secret", gatewaySecret,
		"posix", "--sidecar", filepath.Join(g.dir, "meta"), filepath.Join(g.dir, "data"))
	g.cmd.Stdout, g.cmd.Stderr = &g.log, &g.log
	g.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := g.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	g.ended = make(chan struct{})
	go func() { _ = g.cmd.Wait(); close(g.ended) }()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-g.ended:
			t.Fatalf("versitygw ended:\n%s", &g.log)
		case <-ctx.Done():
			t.Fatalf("versitygw does not listen: %v", err)
		case <-time.After(20 * time.Millisecond): // a poll
		}
	}
}

func (g *gateway) stop() {
	_ = g.cmd.Process.Kill()
	<-g.ended
}

func (g *gateway) store(t *testing.T) Store {
	t.Helper()
	s, err := NewS3(S3Options{
		Endpoint: "http://127.0.0.1:" + strconv.Itoa(g.port), Bucket: bucket, Prefix: "node/", AccessKey: gatewayKey, SecretKey: gatewaySecret,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
