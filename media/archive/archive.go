// Package archive keeps finished recordings for as long as they must be kept. A
// recording is made on the node's own disk (package media), which is its home when no
// store is configured, and only the spool when one is:
//
//	made on disk ──index row──► spooled ──sent, verified──► stored ──kept long enough──► purged
//	                              │  ▲                         (the index row stays)
//	                              └──┘ the store is down: tried again, later and later
//
// A file leaves the spool only after the store has acknowledged it with its SHA-256 and
// the index says so: a store that is down, or a crash in between, costs disk space and no
// recording. What lies in the store is what lay on disk, chunks encrypted by package media:
// the store sees no sound. A recording under legal hold is not purged.
//
// Archive knows files and keys, and nothing of calls: the index is its user's.
package archive

import (
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
	"sync/atomic"
	"time"
)

// Object is a stored recording, read where it lies.
type Object interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Store is where recordings go in the end. Keys are the index's paths.
type Store interface {
	// Put returns nil once the store has the whole body, with that SHA-256.
	Put(ctx context.Context, key string, body io.ReadSeeker, size int64, sha256 []byte) error
	// Open returns an error that wraps fs.ErrNotExist when there is no such key.
	Open(ctx context.Context, key string) (Object, error)
	// Delete of a key that is not there does nothing.
	Delete(ctx context.Context, key string) error
}

// Item is a finished recording in the index.
type Item struct {
	ID     string // the index's own name for it
	Path   string // relative to the spool, and the key in the store; with slashes
	Bytes  int64
	SHA256 string // hex, of the file
}

// Index is the list of recordings (callcenter/callpg).
type Index interface {
	// Spooled are recordings of this node that are not stored, the oldest first,
	// from after on (an ID, "" for the first ones).
	Spooled(ctx context.Context, after string, limit int) ([]Item, error)
	// MarkStored says that the store has it.
	MarkStored(ctx context.Context, id string, at time.Time) error
	// Expired are recordings begun before then that are not purged and not held,
	// of this node's disk or of the store.
	Expired(ctx context.Context, before time.Time, limit int) ([]Item, error)
	// Purge calls erase and marks the recording purged, unless it has come under hold
	// meanwhile, which erased says.
	Purge(ctx context.Context, id string, at time.Time, erase func() error) (erased bool, err error)
}

// Options of an Archive. Zero values mean the default in brackets.
type Options struct {
	Dir    string // the recordings directory: home or spool
	Store  Store  // nil: recordings stay in Dir
	Index  Index
	Keep   time.Duration // recordings older than that are purged [never]
	Every  time.Duration // between two looks at the index [10 s]
	Logger *slog.Logger
}

// batch bounds what is asked of the index at once.
const batch = 100

// maxPause bounds how long a store that is down is left alone.
const maxPause = 2 * time.Minute

// Archive sends recordings to the store and purges them.
type Archive struct {
	o       Options
	waiting atomic.Int64 // bytes in the spool, of the last look
	files   atomic.Int64
}

// New checks the options.
func New(o Options) (*Archive, error) {
	if o.Dir == "" || o.Index == nil {
		return nil, errors.New("archive: a directory and an index are needed")
	}
	if o.Keep < 0 || o.Every < 0 {
		return nil, errors.New("archive: times cannot be negative")
	}
	if o.Every == 0 {
		o.Every = 10 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Archive{o: o}, nil
}

// Run works until ctx ends.
func (a *Archive) Run(ctx context.Context) {
	pause := a.o.Every
	for {
		if err := a.Look(ctx); err != nil && ctx.Err() == nil {
			a.o.Logger.Error("recordings cannot be archived and stay on disk", "error", err,
				"files", a.files.Load(), "bytes", a.waiting.Load(), "again_in", pause)
			pause = min(2*pause, max(maxPause, a.o.Every))
		} else {
			pause = a.o.Every
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// Look sends what is in the spool and purges what has expired, once. A recording that
// cannot be sent does not keep the others; the error joins them all.
func (a *Archive) Look(ctx context.Context) error {
	var errs []error
	if a.o.Store != nil {
		errs = append(errs, a.send(ctx))
	}
	if a.o.Keep > 0 {
		errs = append(errs, a.purge(ctx, time.Now().UTC().Add(-a.o.Keep)))
	}
	return errors.Join(errs...)
}

// Spool is what waits for the store, as of the last look.
func (a *Archive) Spool() (files, bytes int64) { return a.files.Load(), a.waiting.Load() }

// maxFaults in one look mean that the store is down, not that a file is bad.
const maxFaults = 5

func (a *Archive) send(ctx context.Context) error {
	var errs []error
	var files, bytes int64
	defer func() { a.files.Store(files); a.waiting.Store(bytes) }()
	for after := ""; ; {
		items, err := a.o.Index.Spooled(ctx, after, batch)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		for _, item := range items {
			after = item.ID
			if len(errs) < maxFaults {
				if err = a.sendOne(ctx, item); err == nil {
					continue
				}
				errs = append(errs, fmt.Errorf("archive: %s: %w", item.Path, err))
			}
			files++
			bytes += item.Bytes
		}
		if len(items) < batch {
			return errors.Join(errs...)
		}
	}
}

func (a *Archive) sendOne(ctx context.Context, item Item) error {
	path, err := a.path(item.Path)
	if err != nil {
		return err
	}
	sum, err := hex.DecodeString(item.SHA256)
	if err != nil || len(sum) != sha256.Size {
		return fmt.Errorf("the index has no SHA-256 for it: %q", item.SHA256)
	}
	file, err := os.Open(path) //nolint:gosec // a.path keeps it inside
	if errors.Is(err, fs.ErrNotExist) {
		return a.sentBefore(ctx, item)
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // was only read
	if err := a.o.Store.Put(ctx, item.Path, file, item.Bytes, sum); err != nil {
		return err
	}
	if err := a.o.Index.MarkStored(ctx, item.ID, time.Now().UTC()); err != nil {
		return err
	}
	return os.Remove(path)
}

// sentBefore: the file is gone, but the index does not know that it was stored. That is
// right only if the store has it.
func (a *Archive) sentBefore(ctx context.Context, item Item) error {
	object, err := a.o.Store.Open(ctx, item.Path)
	if err != nil {
		return fmt.Errorf("it is neither on disk nor in the store: %w", err)
	}
	size := object.Size()
	if err := object.Close(); err != nil {
		return err
	}
	if size != item.Bytes {
		return fmt.Errorf("the store has %d bytes of its %d, and it is not on disk", size, item.Bytes)
	}
	return a.o.Index.MarkStored(ctx, item.ID, time.Now().UTC())
}

func (a *Archive) purge(ctx context.Context, before time.Time) error {
	for {
		items, err := a.o.Index.Expired(ctx, before, batch)
		if err != nil {
			return err
		}
		for _, item := range items {
			erased, err := a.o.Index.Purge(ctx, item.ID, time.Now().UTC(), func() error { return a.erase(ctx, item) })
			if err != nil {
				return fmt.Errorf("archive: purge %s: %w", item.Path, err)
			}
			if erased {
				a.o.Logger.Info("a recording is purged: its time is over", "recording", item.ID)
			}
		}
		if len(items) < batch {
			return nil
		}
	}
}

func (a *Archive) erase(ctx context.Context, item Item) error {
	path, err := a.path(item.Path)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if a.o.Store == nil {
		return nil
	}
	return a.o.Store.Delete(ctx, item.Path)
}

// Open gives a recording from wherever it lies. An error wraps fs.ErrNotExist when it is
// in neither place.
func (a *Archive) Open(ctx context.Context, rel string) (Object, error) {
	path, err := a.path(rel)
	if err != nil {
		return nil, err
	}
	object, err := openFile(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) || a.o.Store == nil {
		return object, err
	}
	return a.o.Store.Open(ctx, rel)
}

func (a *Archive) path(rel string) (string, error) {
	local := filepath.FromSlash(rel)
	if !filepath.IsLocal(local) {
		return "", fmt.Errorf("archive: path %q leaves its directory", rel)
	}
	return filepath.Join(a.o.Dir, local), nil
}

// fileObject is a recording on disk.
type fileObject struct {
	*os.File
	size int64
}

func openFile(path string) (Object, error) {
	file, err := os.Open(path) //nolint:gosec // a.path keeps it inside
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("archive: %w", err), file.Close())
	}
	return fileObject{file, info.Size()}, nil
}

// Size in bytes.
func (f fileObject) Size() int64 { return f.size }
