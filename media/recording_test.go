package media

import (
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestCrashKeepsTheRecording: what a killed process leaves is found, closed and
// readable to its last whole chunk.
func TestCrashKeepsTheRecording(t *testing.T) {
	dir := t.TempDir()
	s, _ := newServer(t, func(o *Options) { o.RecordingsDir = dir })
	a, b := newPhone(t), newPhone(t)
	a.join(s, "a")
	b.join(s, "b")
	if err := s.StartRecording(Recording{Call: "call", Segment: 2, Left: "a", Others: []string{"b"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.StartRecording(Recording{Call: "call", Segment: 2, Left: "a", Others: []string{"b"}}); err == nil {
		t.Fatal("one segment recorded twice")
	}
	stop := make(chan struct{})
	var speaker sync.WaitGroup
	speaker.Go(func() { a.speak(440, stop) })
	part := ""
	until(t, "a second is written", func() bool {
		files, err := filepath.Glob(filepath.Join(dir, "*/*/*/*"+partSuffix))
		if err != nil || len(files) != 1 {
			return false
		}
		part = files[0]
		info, err := os.Stat(part)
		return err == nil && info.Size() > chunkBytes
	})
	close(stop)
	speaker.Wait()
	torn, err := os.ReadFile(part) // the disk as the crash leaves it, with half a chunk
	if err != nil {
		t.Fatal(err)
	}
	crashed := t.TempDir()
	rel, err := filepath.Rel(dir, part)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(filepath.Join(crashed, rel)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(crashed, rel), append(torn, 0, 0, 9), 0o600); err != nil {
		t.Fatal(err)
	}
	after, _ := newServer(t, func(o *Options) { o.RecordingsDir = crashed })
	cuts, err := after.CutRecordings(func(string) bool { return false })
	if err != nil || len(cuts) != 1 {
		t.Fatalf("%v %v", cuts, err)
	}
	cut := cuts[0]
	if cut.Call != "call" || cut.Segment != 2 || cut.Complete || cut.Duration < time.Second {
		t.Fatalf("%+v", cut)
	}
	p, err := after.OpenRecording(cut.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if wav, err := io.ReadAll(p); err != nil || int64(len(wav)) != p.Size() {
		t.Fatalf("%d bytes: %v", len(wav), err)
	}
	for known, want := range map[bool]int{false: 1, true: 0} {
		again, err := after.CutRecordings(func(rel string) bool { return known && rel == cut.Path })
		if err != nil || len(again) != want {
			t.Fatalf("a second look, indexed %v: %v %v", known, again, err)
		}
	}
}

func TestRecordingsStayInTheirDirectory(t *testing.T) {
	s, _ := newServer(t, nil)
	for _, path := range []string{"../x", "/etc/passwd", ""} {
		if _, err := s.OpenRecording(path); err == nil {
			t.Errorf("opened %q", path)
		}
	}
	a, b := newPhone(t), newPhone(t)
	a.join(s, "a")
	b.join(s, "b")
	if err := s.StartRecording(Recording{Call: "../x", Segment: 1, Left: "a", Others: []string{"b"}}); err == nil {
		t.Error("recorded outside")
	}
	if _, err := s.StopRecording("x", 1); err == nil {
		t.Error("stopped what never began")
	}
}

// TestABrokenDiskEndsTheRecordingAlone: the call goes on, the fault is told once and
// at the end, and nothing piles up.
func TestABrokenDiskEndsTheRecordingAlone(t *testing.T) {
	s, _ := newServer(t, nil)
	a, b := newPhone(t), newPhone(t)
	a.join(s, "a")
	b.join(s, "b")
	if err := s.StartRecording(Recording{Call: "call", Segment: 1, Left: "a", Others: []string{"b"}}); err != nil {
		t.Fatal(err)
	}
	s.mu.RLock()
	r := s.recorders[recorderID{"call", 1}]
	s.mu.RUnlock()
	if err := r.file.Close(); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Minute)
	_ = r.flush(later, &recordRoom{}) // the server's own loop may have found it first
	if r.failed == nil {
		t.Fatal("a closed file was written")
	}
	if err := r.flush(later.Add(time.Minute), &recordRoom{}); err != nil {
		t.Fatalf("told twice: %v", err)
	}
	if len(r.window) != 0 || !r.isClosed() {
		t.Fatalf("%d bytes are kept", len(r.window))
	}
	if _, err := s.StopRecording("call", 1); err == nil {
		t.Fatal("the end of a broken recording looks sound")
	}
}
