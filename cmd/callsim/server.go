package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is the hotline under test, a child process with its own data.
type server struct {
	binary string
	dir    string
	env    []string
	http   string // http://localhost:PORT
	ops    string
	sip    *net.UDPAddr
	cmd    *exec.Cmd
	exited chan struct{}

	clients map[string]*client // of agents who are signed in
}

// freePorts gives n different ports; all are held until the last is known.
func freePorts(n int) (ports []int, err error) {
	for range n {
		l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer func() { _ = l.Close() }()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// newServer prepares a server with its data in a new temporary directory.
func newServer(binary string, env ...string) (*server, error) {
	absolute, err := filepath.Abs(binary)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(absolute); err != nil {
		return nil, fmt.Errorf("the server under test is not built (run: make build): %w", err)
	}
	dir, err := os.MkdirTemp("", "callsim-")
	if err != nil {
		return nil, err
	}
	// The private Postgres runs as another user when we are root: it must pass here.
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // names in it are guarded by the server's own modes
		return nil, err
	}
	ports, err := freePorts(4)
	if err != nil {
		return nil, err
	}
	s := &server{
		binary: absolute,
		dir:    dir,
		http:   "http://localhost:" + strconv.Itoa(ports[0]),
		ops:    "http://127.0.0.1:" + strconv.Itoa(ports[1]),
		sip:    &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: ports[2]},
	}
	s.env = append(os.Environ(),
		"HOTLINE_DATA_DIR="+filepath.Join(dir, "data"),
		"HOTLINE_HTTP_ADDR=127.0.0.1:"+strconv.Itoa(ports[0]),
		"HOTLINE_OPS_ADDR=127.0.0.1:"+strconv.Itoa(ports[1]),
		"HOTLINE_SIP_ADDR=127.0.0.1:"+strconv.Itoa(ports[2]),
		"HOTLINE_ICE_UDP_ADDR=127.0.0.1:"+strconv.Itoa(ports[3]),
		"HOTLINE_RTP_PORTS=20000-29999",
	)
	s.env = append(s.env, env...)
	return s, nil
}

// start runs the server until it says that it is ready.
func (s *server) start(ctx context.Context) error {
	log, err := os.OpenFile(filepath.Join(s.dir, "hotline.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	s.cmd = exec.Command(s.binary, "serve", "--demo") //nolint:gosec,noctx // the binary is the user's flag; stop ends it
	s.cmd.Env, s.cmd.Stdout, s.cmd.Stderr = s.env, log, log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", s.binary, err)
	}
	s.exited = make(chan struct{})
	go func() { _ = s.cmd.Wait(); close(s.exited) }()
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	defer cancel()
	for {
		if s.ready(ctx) {
			return nil
		}
		select {
		case <-s.exited:
			return fmt.Errorf("the server ended before it was ready:\n%s", s.lastLog())
		case <-ctx.Done():
			return fmt.Errorf("the server is not ready: %w\n%s", ctx.Err(), s.lastLog())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (s *server) ready(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.ops+"/readyz", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode == http.StatusOK
}

func (s *server) lastLog() string {
	text, err := os.ReadFile(filepath.Join(s.dir, "hotline.log"))
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-3000):])
}

// stop ends the server in order and removes its data.
func (s *server) stop() error {
	err := s.end(syscall.SIGTERM)
	return errors.Join(err, os.RemoveAll(s.dir))
}

// kill ends it as a crash would.
func (s *server) kill() error { return s.end(syscall.SIGKILL) }

func (s *server) end(sig syscall.Signal) error {
	if s.cmd == nil || s.cmd.Process == nil {
		return nil
	}
	if err := s.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-s.exited:
		return nil
	case <-time.After(time.Minute):
		return errors.Join(errors.New("the server did not end within a minute"), s.cmd.Process.Kill())
	}
}

// settle waits until the server has done what it does once in its life, as speaking its
// prompts: a synthesiser does that, so that the children count too.
func (s *server) settle(ctx context.Context) error {
	const (
		look = 500 * time.Millisecond
		idle = 20 * time.Millisecond // of CPU in that time
	)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	before, err := s.cpuOfAll()
	for err == nil {
		select {
		case <-time.After(look):
		case <-ctx.Done():
			return fmt.Errorf("the server is never idle: %w", ctx.Err())
		}
		var now time.Duration
		if now, err = s.cpuOfAll(); now-before <= idle {
			break
		}
		before = now
	}
	return err
}

// memory is what the server's Go has in use, in kB: all that it took of the system but
// what it could give back. The process's RSS tells more of sign-ins long past.
func (s *server) memory(ctx context.Context) (float64, error) {
	m, err := s.metrics(ctx, "go_memstats_sys_bytes", "go_memstats_heap_idle_bytes")
	if err != nil {
		return 0, err
	}
	return (m[0] - m[1]) / 1000, nil
}

// metrics are the values of figures without labels that the server tells its operators,
// in the order of names.
func (s *server) metrics(ctx context.Context, names ...string) ([]float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.ops+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	told := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, " ")
		if n, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil {
			told[name] = n
		}
	}
	values := make([]float64, len(names))
	for i, name := range names {
		value, ok := told[name]
		if !ok {
			return nil, fmt.Errorf("the server does not tell %s", name)
		}
		values[i] = value
	}
	return values, nil
}

// cpu is the user and system time of the server process alone.
func (s *server) cpu() (time.Duration, error) {
	return processCPU(s.cmd.Process.Pid, userTime, systemTime)
}

// cpuOfAll is that with the time of the children that have ended.
func (s *server) cpuOfAll() (time.Duration, error) {
	return processCPU(s.cmd.Process.Pid, userTime, systemTime, childrenUserTime, childrenSystemTime)
}

// Fields of /proc/PID/stat, counted from the process's state, in clock ticks of 10 ms.
const (
	userTime = 11 + iota
	systemTime
	childrenUserTime // of those that ended
	childrenSystemTime
)

// processCPU adds up times of a process.
func processCPU(pid int, times ...int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+2:]))
	var ticks int
	for _, at := range times {
		if at >= len(fields) {
			return 0, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
		}
		n, err := strconv.Atoi(fields[at])
		if err != nil {
			return 0, fmt.Errorf("/proc/%d/stat: %w", pid, err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}
