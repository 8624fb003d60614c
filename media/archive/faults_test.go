package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hotline12345/deploy/s3test"
)

// TestBrokenRecordingsKeepNoOther from the store, however many there are; each is told once.
func TestBrokenRecordingsKeepNoOther(t *testing.T) {
	dir, index := t.TempDir(), newList()
	var log bytes.Buffer
	a := newArchive(t, Options{Dir: dir, Store: storeOf(t, s3test.New(t)), Index: index, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for range maxFaults + 1 {
		item := index.record(t, dir, 10)
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(item.Path))); err != nil {
			t.Fatal(err)
		}
	}
	good := index.record(t, dir, 10)
	for look := range 2 {
		if err := a.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if files, _ := a.Spool(); !index.stored[good.ID] || a.Broken() != maxFaults+1 || files != maxFaults+1 {
			t.Errorf("look %d: stored %v, %d broken", look, index.stored, a.Broken())
		}
		if told := strings.Count(log.String(), "recordings are broken"); told != 1 {
			t.Errorf("look %d: told %d times: %s", look, told, log.String())
		}
	}
	found := index.items[0]
	if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(found.Path)), bytes.Repeat([]byte{1}, 10), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := a.Look(t.Context()); err != nil || !index.stored[found.ID] || a.Broken() != maxFaults {
		t.Errorf("found again: %v, stored %v, %d broken", err, index.stored[found.ID], a.Broken())
	}
}

// TestPurgeGoesOn behind what cannot be removed, more than a batch of it.
func TestPurgeGoesOn(t *testing.T) {
	dir, index := t.TempDir(), newList()
	a := newArchive(t, Options{Dir: dir, Index: index, Keep: time.Hour})
	for range batch + 1 {
		item := index.record(t, dir, 1)
		index.begun[item.ID] = time.Now().Add(-2 * time.Hour)
		path := filepath.Join(dir, filepath.FromSlash(item.Path))
		if err := errors.Join(os.Remove(path), os.MkdirAll(filepath.Join(path, "full"), 0o700)); err != nil {
			t.Fatal(err)
		}
	}
	good := index.record(t, dir, 1)
	index.begun[good.ID] = time.Now().Add(-2 * time.Hour)
	if err := a.Look(t.Context()); err != nil || !index.purged[good.ID] || onDisk(dir, good) || a.Broken() != batch+1 {
		t.Errorf("%v, purged %v, %d broken", err, index.purged[good.ID], a.Broken())
	}
}

// TestPurgeWithoutTheStore: with s3.endpoint gone from the configuration, what lies there is
// not called purged; what lies on disk is purged.
func TestPurgeWithoutTheStore(t *testing.T) {
	dir, index := t.TempDir(), newList()
	stored, spooled := index.record(t, dir, 1), index.record(t, dir, 1)
	for _, item := range index.items {
		index.begun[item.ID] = time.Now().Add(-2 * time.Hour)
	}
	index.stored[stored.ID] = true
	var log bytes.Buffer
	a := newArchive(t, Options{Dir: dir, Index: index, Keep: time.Hour, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err := a.Look(t.Context()); err != nil || index.purged[stored.ID] || !index.purged[spooled.ID] || a.Broken() != 1 {
		t.Errorf("%v, purged %v, %d broken", err, index.purged, a.Broken())
	}
	if told := log.String(); !strings.Contains(told, stored.Path) || !strings.Contains(told, "s3.endpoint") {
		t.Errorf("told: %s", told)
	}
}

// faulty is a store that refuses.
type faulty struct {
	Store
	fault error
	asked int
}

func (f *faulty) Put(context.Context, string, io.ReadSeeker, int64, []byte) error {
	f.asked++
	return f.fault
}

func (f *faulty) Delete(context.Context, string) error {
	f.asked++
	return f.fault
}

// TestAStoreThatRefusesAll is left alone after a few faults; one that refuses a size is asked
// for the others.
func TestAStoreThatRefusesAll(t *testing.T) {
	dir, index := t.TempDir(), newList()
	for range maxFaults + 2 {
		index.record(t, dir, 1)
	}
	store := &faulty{fault: errors.New("no such bucket")}
	a := newArchive(t, Options{Dir: dir, Store: store, Index: index})
	if err := a.Look(t.Context()); err == nil || strings.Count(err.Error(), "no such bucket") != maxFaults || store.asked != maxFaults || a.Broken() != 0 {
		t.Errorf("asked %d times, %d broken: %v", store.asked, a.Broken(), err)
	}
	store.asked, store.fault = 0, fmt.Errorf("a proxy: %w", ErrTooLarge)
	if err := a.Look(t.Context()); err != nil || store.asked != maxFaults+2 || a.Broken() != maxFaults+2 {
		t.Errorf("sizes: asked %d times, %d broken: %v", store.asked, a.Broken(), err)
	}
	for _, item := range index.items {
		index.begun[item.ID], index.stored[item.ID] = time.Now().Add(-2*time.Hour), true
	}
	store.asked, store.fault = 0, errors.New("no such bucket")
	a = newArchive(t, Options{Dir: dir, Store: store, Index: index, Keep: time.Hour})
	if err := a.Look(t.Context()); err == nil || strings.Count(err.Error(), "no such bucket") != maxFaults || store.asked != maxFaults || index.purged[index.items[0].ID] {
		t.Errorf("purge: asked %d times: %v", store.asked, err)
	}
}

// TestSizesThatAreRefused by what stands in front of a store.
func TestSizesThatAreRefused(t *testing.T) {
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	}))
	t.Cleanup(front.Close)
	store, err := NewS3(S3Options{Endpoint: front.URL, Bucket: s3test.Bucket, AccessKey: "a", SecretKey: "s"})
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("x"))
	if err := store.Put(t.Context(), "k", strings.NewReader("x"), 1, sum[:]); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%v", err)
	}
}
