//go:build linux && (amd64 || arm64)

package media

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestThreadsOfSoundAreUrgent, where the system grants it, and they alone: none is left for
// others to run on.
func TestThreadsOfSoundAreUrgent(t *testing.T) {
	granted := make(chan bool)
	go func() {
		runtime.LockOSThread()
		ok := urgent() == nil
		if err := calm(); err != nil {
			t.Error(err)
		}
		runtime.UnlockOSThread()
		granted <- ok
	}()
	want := 0
	if <-granted {
		want = 2
	}
	until(t, "no thread is urgent before", func() bool { return urgentThreads(t) == 0 })
	s, _ := newSilentServer(t, func(o *Options) { o.Tick, o.Shards = 5*time.Millisecond, 2 })
	s.Start()
	until(t, "the threads are urgent", func() bool { return urgentThreads(t) == want })
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	until(t, "no thread is urgent after", func() bool { return urgentThreads(t) == 0 })
}

// urgentThreads counts the threads of this process with a real-time policy (proc(5),
// field 41 of stat: 2 is SCHED_RR).
func urgentThreads(t *testing.T) int {
	t.Helper()
	files, err := filepath.Glob("/proc/self/task/*/stat")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+2:]))
		if fields[41-3] == "2" {
			n++
		}
	}
	return n
}
