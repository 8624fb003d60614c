package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline12345/deploy/s3test"
)

// list is an index in memory.
type list struct {
	items  []Item
	begun  map[string]time.Time
	stored map[string]bool
	purged map[string]bool
	held   map[string]bool
	fault  error // of MarkStored
}

func newList() *list {
	return &list{begun: map[string]time.Time{}, stored: map[string]bool{}, purged: map[string]bool{}, held: map[string]bool{}}
}

func (l *list) Spooled(_ context.Context, after string, limit int) ([]Item, error) {
	var out []Item
	for _, item := range l.items {
		if item.ID > after && !l.stored[item.ID] && !l.purged[item.ID] && len(out) < limit {
			out = append(out, item)
		}
	}
	return out, nil
}

func (l *list) MarkStored(_ context.Context, id string, _ time.Time) error {
	if l.fault == nil {
		l.stored[id] = true
	}
	return l.fault
}

func (l *list) Expired(_ context.Context, before time.Time, after string, limit int) ([]Item, error) {
	var out []Item
	for _, item := range l.items {
		item.Stored = l.stored[item.ID]
		if item.ID > after && l.begun[item.ID].Before(before) && !l.purged[item.ID] && !l.held[item.ID] && len(out) < limit {
			out = append(out, item)
		}
	}
	return out, nil
}

func (l *list) Purge(_ context.Context, id string, _ time.Time, erase func() error) (bool, error) {
	if l.held[id] {
		return false, nil
	}
	err := erase()
	l.purged[id] = err == nil
	return err == nil, err
}

// record puts a file of n bytes into the directory and the index.
func (l *list) record(t *testing.T, dir string, n int) Item {
	t.Helper()
	text := bytes.Repeat([]byte{byte(len(l.items) + 1)}, n)
	sum := sha256.Sum256(text)
	item := Item{
		ID: fmt.Sprintf("%06d", len(l.items)), Path: fmt.Sprintf("2026/11/25/call%d-1.rec", len(l.items)), Bytes: int64(n), SHA256: hex.EncodeToString(sum[:]),
	}
	path := filepath.Join(dir, filepath.FromSlash(item.Path))
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, text, 0o600)); err != nil {
		t.Fatal(err)
	}
	l.items = append(l.items, item)
	l.begun[item.ID] = time.Now()
	return item
}

func onDisk(dir string, item Item) bool {
	_, err := os.Stat(filepath.Join(dir, filepath.FromSlash(item.Path)))
	return err == nil
}

// content reads the whole object in pieces that fit no block.
func content(t *testing.T, a *Archive, item Item) []byte {
	t.Helper()
	object, err := a.Open(t.Context(), item.Path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(io.NewSectionReader(object, 0, object.Size()))
	if err = errors.Join(err, object.Close()); err != nil {
		t.Fatal(err)
	}
	return text
}

func storeOf(t *testing.T, s *s3test.Store) Store {
	t.Helper()
	store, err := NewS3(S3Options{
		Endpoint: s.Endpoint(), Bucket: s3test.Bucket, Prefix: "node/", AccessKey: s3test.AccessKey, SecretKey: s3test.SecretKey,
	})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func newArchive(t *testing.T, o Options) *Archive {
	t.Helper()
	a, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestSpool: what is on disk goes to a real store, is read back from there byte for byte,
// and more than one batch goes in one look.
func TestSpool(t *testing.T) {
	dir, index := t.TempDir(), newList()
	a := newArchive(t, Options{Dir: dir, Store: storeOf(t, s3test.New(t)), Index: index})
	large := index.record(t, dir, 2*blockSize+17)
	for range batch + 5 {
		index.record(t, dir, 100)
	}
	if got := sumOf(content(t, a, large)); got != large.SHA256 {
		t.Error("not what is on disk")
	}
	if err := a.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, item := range index.items {
		if !index.stored[item.ID] || onDisk(dir, item) {
			t.Fatalf("%s: stored %v, on disk %v", item.Path, index.stored[item.ID], onDisk(dir, item))
		}
	}
	for _, item := range []Item{large, index.items[1], index.items[batch+5]} {
		if got := content(t, a, item); sumOf(got) != item.SHA256 {
			t.Errorf("%s: %d bytes come back from the store, not the recording", item.Path, len(got))
		}
	}
	if files, size := a.Spool(); files != 0 || size != 0 {
		t.Errorf("%d files, %d bytes still wait", files, size)
	}
}

// TestStoreDown: nothing leaves the disk while the store is down, and all of it goes when
// it is back.
func TestStoreDown(t *testing.T) {
	dir, index, gateway := t.TempDir(), newList(), s3test.New(t)
	a := newArchive(t, Options{Dir: dir, Store: storeOf(t, gateway), Index: index})
	gateway.Stop()
	for range 7 {
		index.record(t, dir, 1000)
	}
	if err := a.Look(t.Context()); err == nil {
		t.Fatal("a store that is down takes recordings")
	}
	if files, size := a.Spool(); files != 7 || size != 7000 {
		t.Errorf("%d files, %d bytes wait", files, size)
	}
	for _, item := range index.items {
		if !onDisk(dir, item) || index.stored[item.ID] {
			t.Errorf("%s has left the disk", item.Path)
		}
		if sumOf(content(t, a, item)) != item.SHA256 {
			t.Errorf("%s cannot be heard", item.Path)
		}
	}
	gateway.Start(t)
	if err := a.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, item := range index.items {
		if onDisk(dir, item) || sumOf(content(t, a, item)) != item.SHA256 {
			t.Errorf("%s did not go", item.Path)
		}
	}
}

// TestCrashes: between the store and the index, between the index and the disk; a file
// that was changed, and one that is nowhere.
func TestCrashes(t *testing.T) {
	dir, index := t.TempDir(), newList()
	var log bytes.Buffer
	a := newArchive(t, Options{Dir: dir, Store: storeOf(t, s3test.New(t)), Index: index, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	sent, changed, gone, last := index.record(t, dir, 10), index.record(t, dir, 11), index.record(t, dir, 12), index.record(t, dir, 13)
	index.fault = errors.New("the database is away")
	if err := a.Look(t.Context()); err == nil || !onDisk(dir, sent) {
		t.Fatalf("left the disk before the index knew it: %v", err)
	}
	index.fault = nil
	path := func(item Item) string { return filepath.Join(dir, filepath.FromSlash(item.Path)) }
	if err := errors.Join(os.Remove(path(sent)), os.WriteFile(path(changed), []byte("another one"), 0o600), os.Remove(path(gone))); err != nil {
		t.Fatal(err)
	}
	if err := a.o.Store.Delete(t.Context(), gone.Path); err != nil {
		t.Fatal(err)
	}
	if err := a.Look(t.Context()); err != nil || a.Broken() != 2 {
		t.Errorf("%d broken, and %v", a.Broken(), err)
	}
	if told := log.String(); !strings.Contains(told, gone.Path) || !strings.Contains(told, changed.Path) || strings.Contains(told, sent.Path) {
		t.Errorf("told: %s", told)
	}
	if !index.stored[sent.ID] || !index.stored[last.ID] || index.stored[changed.ID] || index.stored[gone.ID] {
		t.Errorf("stored: %v", index.stored)
	}
	if !onDisk(dir, changed) {
		t.Error("a file that the store refused has left the disk")
	}
	if _, err := a.Open(t.Context(), gone.Path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open what is nowhere: %v", err)
	}
}

// TestPurge: what is kept long enough goes from disk and store; what is held stays.
func TestPurge(t *testing.T) {
	for name, store := range map[string]Store{"disk": nil, "store": storeOf(t, s3test.New(t))} {
		t.Run(name, func(t *testing.T) {
			dir, index := t.TempDir(), newList()
			a := newArchive(t, Options{Dir: dir, Store: store, Index: index, Keep: 24 * time.Hour})
			old, held, young := index.record(t, dir, 10), index.record(t, dir, 10), index.record(t, dir, 10)
			for range batch {
				item := index.record(t, dir, 1)
				index.begun[item.ID] = time.Now().Add(-48 * time.Hour)
			}
			index.begun[old.ID], index.begun[held.ID] = time.Now().Add(-25*time.Hour), time.Now().Add(-25*time.Hour)
			index.held[held.ID] = true
			if err := a.Look(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := len(index.purged); n != batch+1 || !index.purged[old.ID] {
				t.Errorf("%d purged", n)
			}
			for _, item := range index.items {
				_, err := a.Open(t.Context(), item.Path)
				stays := slices.Contains([]string{held.ID, young.ID}, item.ID)
				if stays != (err == nil) || !stays && !errors.Is(err, fs.ErrNotExist) {
					t.Fatalf("%s: stays %v: %v", item.Path, stays, err)
				}
			}
		})
	}
}

func TestPathsStayInside(t *testing.T) {
	index := newList()
	a := newArchive(t, Options{Dir: t.TempDir(), Index: index})
	if _, err := a.Open(t.Context(), "../x"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a path that leaves the directory: %v", err)
	}
}

// TestRun: the loop sends what comes, and ends.
func TestRun(t *testing.T) {
	dir, index := t.TempDir(), newList()
	index.record(t, dir, 10)
	store := storeOf(t, s3test.New(t))
	a := newArchive(t, Options{Dir: dir, Store: signals{store, make(chan string, 1)}, Index: index, Every: time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { a.Run(ctx); close(ended) }()
	<-a.o.Store.(signals).put
	cancel()
	<-ended
}

// signals tells of each recording that is put.
type signals struct {
	Store
	put chan string
}

func (s signals) Put(ctx context.Context, key string, body io.ReadSeeker, size int64, sum []byte) error {
	defer func() { s.put <- key }()
	return s.Store.Put(ctx, key, body, size, sum)
}

func TestOptions(t *testing.T) {
	for name, o := range map[string]Options{"no directory": {Index: newList()}, "no index": {Dir: "x"}, "negative": {Dir: "x", Index: newList(), Keep: -1}} {
		if _, err := New(o); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	good := S3Options{Endpoint: "http://127.0.0.1:1", Bucket: "b", AccessKey: "a", SecretKey: "s"}
	if _, err := NewS3(good); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*S3Options){
		"no scheme": func(o *S3Options) { o.Endpoint = "127.0.0.1:1" }, "a path": func(o *S3Options) { o.Endpoint += "/bucket" },
		"no bucket": func(o *S3Options) { o.Bucket = "" }, "no key": func(o *S3Options) { o.SecretKey = "" },
	} {
		o := good
		change(&o)
		if _, err := NewS3(o); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
