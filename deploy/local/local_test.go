package local

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sys/unix"
)

const hang = 10 * time.Minute // ends a hang, no more

// helperVar turns the test binary into a server process that a test kills.
const helperVar = "LOCAL_TEST_SERVE_IN"

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperVar); dir != "" {
		serveUntilKilled(dir)
	}
	os.Exit(m.Run())
}

func serveUntilKilled(dir string) {
	ctx := context.Background()
	if _, err := LockDir(dir); err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	pg, err := StartPostgres(ctx, PostgresOptions{Dir: filepath.Join(dir, "pg")})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	r, err := StartRedis(ctx, RedisOptions{Dir: filepath.Join(dir, "redis")})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("ready", pg.child.process.Pid, r.child.process.Pid)
	select {}
}

// TestNothingIsLeftAfterAKill kills the owner of a private PostgreSQL and Redis
// with SIGKILL, sees both servers end, and starts a successor on the same
// directory that finds what was acknowledged.
func TestNothingIsLeftAfterAKill(t *testing.T) {
	// 0700 above the data: the servers' user must still get in when root starts them.
	dir := filepath.Join(t.TempDir(), "var")
	owner := exec.Command(os.Args[0])
	owner.Env = append(os.Environ(), helperVar+"="+dir)
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "ready ") {
		t.Fatalf("the owner said %q, %v", line, err)
	}
	var pids []int
	for _, field := range strings.Fields(line)[1:] {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	var inUse *InUseError
	if _, err := LockDir(dir); !errors.As(err, &inUse) || inUse.PID != owner.Process.Pid {
		t.Errorf("a second owner got %v, want an InUseError that names %d", err, owner.Process.Pid)
	}
	conn, err := pgx.Connect(t.Context(), (&Postgres{socket: filepath.Join(dir, "pg")}).URL())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `CREATE TABLE kept AS SELECT 7 AS n`); err != nil {
		t.Fatal(err)
	}
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := owner.Wait(); err == nil {
		t.Error("the owner ended well: it was not killed")
	}
	for _, pid := range pids {
		awaitGone(t, pid)
	}
	successor(t, dir)
}

func awaitGone(t *testing.T, pid int) {
	t.Helper()
	handle, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(handle)
	events := []unix.PollFd{{Fd: int32(handle), Events: unix.POLLIN}} // readable once it has ended
	for deadline := time.Now().Add(hang); time.Now().Before(deadline); {
		n, err := unix.Poll(events, int(time.Until(deadline).Milliseconds()))
		if n > 0 {
			return
		}
		if err != nil && !errors.Is(err, unix.EINTR) {
			t.Fatal(err)
		}
	}
	t.Fatalf("process %d is still there", pid)
}

// gone counts a zombie as ended: who reaps it is not our matter.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(after, "Z")
}

func successor(t *testing.T, dir string) {
	t.Helper()
	lock, err := LockDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	pg, err := StartPostgres(t.Context(), PostgresOptions{Dir: filepath.Join(dir, "pg")})
	if err != nil {
		t.Fatal(err)
	}
	r, err := StartRedis(t.Context(), RedisOptions{Dir: filepath.Join(dir, "redis")})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), pg.URL())
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := conn.QueryRow(t.Context(), `SELECT n FROM kept`).Scan(&n); err != nil || n != 7 {
		t.Errorf("read %d, %v; want the 7 that was acknowledged", n, err)
	}
	var fsync, locale string
	if err := conn.QueryRow(t.Context(), `SELECT current_setting('fsync'), datcollate FROM pg_database WHERE datname = current_database()`).Scan(&fsync, &locale); err != nil {
		t.Fatal(err)
	}
	if fsync != "on" || locale != "C.UTF-8" {
		t.Errorf("fsync %s, locale %s; want on, C.UTF-8", fsync, locale)
	}
	options, err := redis.ParseURL(r.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	if err := client.Ping(t.Context()).Err(); err != nil {
		t.Error(err)
	}
	checkPrivate(t, filepath.Join(dir, "pg"), filepath.Join(dir, "redis"))
	_ = client.Close()
	_ = conn.Close(t.Context())
	for _, stop := range []func(context.Context) error{pg.Stop, r.Stop} {
		if err := stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if postmasterPID(filepath.Join(dir, "pg", "data")) != 0 {
		t.Error("PostgreSQL still runs after Stop")
	}
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
}

func checkPrivate(t *testing.T, dirs ...string) {
	t.Helper()
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o700 {
			t.Errorf("%s has mode %v", dir, info.Mode().Perm())
		}
	}
}

func TestFaultsSayWhatToDo(t *testing.T) {
	dir := t.TempDir()
	t.Run("programs that are not there", func(t *testing.T) {
		_, err := StartPostgres(t.Context(), PostgresOptions{Dir: filepath.Join(dir, "pg"), BinDir: dir})
		wantText(t, err, "HOTLINE_POSTGRES_BIN_DIR")
	})
	t.Run("data of another version", func(t *testing.T) {
		data := filepath.Join(dir, "old")
		if err := os.MkdirAll(data, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte("9\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := findPostgres("", data)
		wantText(t, err, "apt-get install postgresql-9")
	})
	t.Run("a place where nothing can be written", func(t *testing.T) {
		_, err := LockDir("/proc/hotline")
		wantText(t, err, "HOTLINE_DATA_DIR")
	})
	t.Run("what initdb commonly meets", func(t *testing.T) {
		for words, remedy := range map[string]string{
			"initdb: could not look up effective user ID 12345: user does not exist": "/etc/passwd",
			"could not write block 1: No space left on device":                       "the disk is full",
		} {
			if got := initdbRemedy(words); !strings.Contains(got, remedy) {
				t.Errorf("%q: got %q, want %q in it", words, got, remedy)
			}
		}
	})
	t.Run("no Redis", func(t *testing.T) {
		t.Setenv("PATH", dir)
		_, err := StartRedis(t.Context(), RedisOptions{Dir: filepath.Join(dir, "redis")})
		wantText(t, err, "apt-get install -y redis-server")
	})
	t.Run("a server that cannot start shows its last words", func(t *testing.T) {
		_, err := StartPostgres(t.Context(), PostgresOptions{Dir: filepath.Join(dir, "pg"), Settings: map[string]string{"shared_buffers": "many"}})
		wantText(t, err, "shared_buffers")
	})
}

func wantText(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("error %v, want one with %q", err, text)
	}
}

func TestALongPathGetsAShortSocket(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("x", 100))
	short, err := socketDir(long, "redis.sock", runAs{})
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(short)
	if len(filepath.Join(short, "redis.sock")) > maxSocketPath {
		t.Errorf("%s is still too long", short)
	}
	again, err := socketDir(long, "redis.sock", runAs{})
	if err != nil || again != short {
		t.Errorf("the second time %q, %v; want %q again", again, err, short)
	}
	checkPrivate(t, short)
}
