package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestAKillDuringTheFirstStartLeavesNoInitdb stops initdb in its tracks and kills its
// owner: the kernel ends it, and a successor makes the cluster anew.
func TestAKillDuringTheFirstStartLeavesNoInitdb(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var")
	owner := exec.Command(os.Args[0])
	owner.Env = append(os.Environ(), helperVar+"="+dir)
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	initdb := awaitProcess(t, "initdb\x00-D\x00"+filepath.Join(dir, "pg", "data.new")+"\x00")
	if err := syscall.Kill(initdb, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := owner.Wait(); err == nil {
		t.Error("the owner ended well: it was not killed")
	}
	awaitGone(t, initdb)
	pg, err := StartPostgres(t.Context(), PostgresOptions{Dir: filepath.Join(dir, "pg")})
	if err != nil {
		t.Fatal(err)
	}
	if err := pg.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// awaitProcess waits for a process whose command line has the text.
func awaitProcess(t *testing.T, text string) int {
	t.Helper()
	for deadline := time.Now().Add(hang); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		files, err := filepath.Glob("/proc/[0-9]*/cmdline")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			line, err := os.ReadFile(file)
			if err != nil || !strings.Contains(string(line), text) {
				continue
			}
			var pid int
			if _, err := fmt.Sscanf(file, "/proc/%d/cmdline", &pid); err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
	t.Fatalf("no process has %q", text)
	return 0
}

// TestAStrangersNumberInTheLockFile: a killed server's number is another process of
// the same user by now, as after a container's restart. PostgreSQL alone refuses.
func TestAStrangersNumberInTheLockFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pg")
	first, err := StartPostgres(t.Context(), PostgresOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	as, err := chooseUser(dir)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := startChild("stranger", exec.Command("sleep", "3600"), as, syscall.SIGKILL, filepath.Join(dir, "stranger.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stranger.stop(context.Background(), 0, syscall.SIGKILL); err != nil {
			t.Error(err)
		}
	})
	for _, stale := range []string{filepath.Join(dir, "data", "postmaster.pid"), filepath.Join(dir, ".s.PGSQL.5432.lock")} {
		text := fmt.Sprintf("%d\n%s\n", stranger.process.Pid, filepath.Join(dir, "data"))
		if err := os.WriteFile(stale, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if as.other {
			if err := os.Chown(stale, as.uid, as.gid); err != nil {
				t.Fatal(err)
			}
		}
	}
	second, err := StartPostgres(t.Context(), PostgresOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if gone(stranger.process.Pid) {
		t.Error("the stranger was ended")
	}
	if _, err := os.Stat(filepath.Join(dir, "postgres.log.1")); err != nil {
		t.Errorf("the first run's words are gone: %v", err)
	}
}

// TestAStartThatIsGivenUp ends the making of a cluster with its context.
func TestAStartThatIsGivenUp(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pg")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := StartPostgres(ctx, PostgresOptions{Dir: dir})
		ended <- err
	}()
	initdb := awaitProcess(t, "initdb\x00-D\x00"+filepath.Join(dir, "data.new")+"\x00")
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
	if !gone(initdb) {
		t.Error("initdb goes on")
	}
}
