// Package archive keeps finished recordings for as long as they must be kept. A
// recording is made on the node's own disk (package media), which is its home when no
// store is configured, and only the spool when one is:
//
//	made on disk ──index row──► spooled ──sent, verified──► stored ──kept long enough──► purged
//	                              │  ▲                         (the index row stays)
//	                              └──┘ the store is down: tried again, later and later
//
// What is wrong with one recording (its file is gone, is not what was recorded, cannot be
// removed) keeps no other: it is passed over, told once, and counted until it is right.
// What is wrong with the store keeps them all, so a look ends after a few such faults.
//
// A file leaves the spool only after the store has acknowledged it with its SHA-256 and
// the index says so: a store that is down, or a crash in between, costs disk space and no
// recording. What lies in the store is what lay on disk, chunks encrypted by package media:
// the store sees no sound. A recording under legal hold is not purged.
//
// Archive knows files and keys, and nothing of calls: the index is its user's.
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
	// Put returns nil once the store has the whole body, with that SHA-256, and an error
	// that wraps ErrTooLarge when it takes none of that size.
	Put(ctx context.Context, key string, body io.ReadSeeker, size int64, sha256 []byte) error
	// Open returns an error that wraps fs.ErrNotExist when there is no such key.
	Open(ctx context.Context, key string) (Object, error)
	// Delete of a key that is not there does nothing.
	Delete(ctx context.Context, key string) error
}

// ErrTooLarge: the store works, and does not take this recording.
var ErrTooLarge = errors.New("the store takes no recording of its size")

// errNoStore: what it would not erase stays in the store, and must not be called purged.
var errNoStore = errors.New("it lies in a store, and no store is configured (s3.endpoint): name the store again, and it is purged there")

// Item is a finished recording in the index.
type Item struct {
	ID     string // the index's own name for it
	Path   string // relative to the spool, and the key in the store; with slashes
	Bytes  int64
	SHA256 string // hex, of the file
	Stored bool   // the store has it
}

// Index is the list of recordings (callcenter/callpg).
type Index interface {
	// Spooled are recordings of this node that are not stored, the oldest first,
	// from after on (an ID, "" for the first ones).
	Spooled(ctx context.Context, after string, limit int) ([]Item, error)
	// MarkStored says that the store has it.
	MarkStored(ctx context.Context, id string, at time.Time) error
	// Expired are recordings begun before then that are not purged and not held,
	// of this node's disk or of the store, from after on like Spooled.
	Expired(ctx context.Context, before time.Time, after string, limit int) ([]Item, error)
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
	broken  atomic.Int64    // see Broken
	known   map[string]bool // recordings whose own fault was told, of the last look
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
			a.o.Logger.Error("recordings can be neither archived nor purged and stay where they are", "error", err,
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

// Look sends what is in the spool and purges what has expired, once. The error joins what
// is wrong with the store and the index; what is wrong with a recording is counted and
// logged.
func (a *Archive) Look(ctx context.Context) error {
	var errs []error
	own := map[string]error{}
	if a.o.Store != nil {
		errs = append(errs, a.send(ctx, own))
	}
	if a.o.Keep > 0 {
		errs = append(errs, a.purge(ctx, time.Now().UTC().Add(-a.o.Keep), own))
	}
	a.alarm(own)
	return errors.Join(errs...)
}

// Spool is what waits for the store, as of the last look.
func (a *Archive) Spool() (files, bytes int64) { return a.files.Load(), a.waiting.Load() }

// Broken counts the recordings that can be neither sent nor purged for a fault of their
// own, as of the last look.
func (a *Archive) Broken() int64 { return a.broken.Load() }

// maxFaults in one look mean that the store is down. So many are named in one alarm, too.
const maxFaults = 5

// itemFault is wrong with one recording, and says nothing of the store.
type itemFault struct{ error }

func (f itemFault) Unwrap() error { return f.error }

// alarm tells of the recordings that are broken since this look.
func (a *Archive) alarm(own map[string]error) {
	a.broken.Store(int64(len(own)))
	known := make(map[string]bool, len(own))
	var errs []error
	fresh := 0
	for id, err := range own {
		known[id] = true
		if a.known[id] {
			continue
		}
		if fresh++; fresh <= maxFaults {
			errs = append(errs, err)
		}
	}
	a.known = known
	if fresh > 0 {
		a.o.Logger.Error("recordings are broken: each has to be looked at", "error", errors.Join(errs...), "new", fresh, "in_all", len(own))
	}
}

func (a *Archive) send(ctx context.Context, own map[string]error) error {
	var errs []error
	var files, size int64
	defer func() { a.files.Store(files); a.waiting.Store(size) }()
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
				err = fmt.Errorf("archive: %s: %w", item.Path, err)
				if _, its := errors.AsType[itemFault](err); its {
					own[item.ID] = err
				} else {
					errs = append(errs, err)
				}
			}
			files++
			size += item.Bytes
		}
		if len(items) < batch {
			return errors.Join(errs...)
		}
	}
}

func (a *Archive) sendOne(ctx context.Context, item Item) error {
	path, err := a.path(item.Path)
	if err != nil {
		return itemFault{err}
	}
	sum, err := hex.DecodeString(item.SHA256)
	if err != nil || len(sum) != sha256.Size {
		return itemFault{fmt.Errorf("the index has no SHA-256 for it: %q", item.SHA256)}
	}
	file, err := os.Open(path) //nolint:gosec // a.path keeps it inside
	if errors.Is(err, fs.ErrNotExist) {
		return a.sentBefore(ctx, item)
	}
	if err != nil {
		return itemFault{err}
	}
	defer func() { _ = file.Close() }() // was only read
	if err := a.o.Store.Put(ctx, item.Path, file, item.Bytes, sum); err != nil {
		return blame(err, file, item, sum)
	}
	if err := a.o.Index.MarkStored(ctx, item.ID, time.Now().UTC()); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return itemFault{err}
	}
	return nil
}

// blame says whose fault it is that the store did not take a file: the file's own when it
// is not what the index says, whatever the store has answered.
func blame(refused error, file *os.File, item Item, sum []byte) error {
	if errors.Is(refused, ErrTooLarge) {
		return itemFault{refused}
	}
	hash := sha256.New()
	size, err := io.Copy(hash, io.NewSectionReader(file, 0, item.Bytes+1))
	switch {
	case err != nil:
		return itemFault{errors.Join(err, refused)}
	case size != item.Bytes || !bytes.Equal(hash.Sum(nil), sum):
		return itemFault{fmt.Errorf("it is not what was recorded, its size or its SHA-256 is another: %w", refused)}
	}
	return refused
}

// sentBefore: the file is gone, but the index does not know that it was stored. That is
// right only if the store has it.
func (a *Archive) sentBefore(ctx context.Context, item Item) error {
	object, err := a.o.Store.Open(ctx, item.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return itemFault{fmt.Errorf("it is neither on disk nor in the store: %w", err)}
	}
	if err != nil {
		return fmt.Errorf("it is not on disk, and the store does not say whether it has it: %w", err)
	}
	size := object.Size()
	if err := object.Close(); err != nil {
		return err
	}
	if size != item.Bytes {
		return itemFault{fmt.Errorf("the store has %d bytes of its %d, and it is not on disk", size, item.Bytes)}
	}
	return a.o.Index.MarkStored(ctx, item.ID, time.Now().UTC())
}

func (a *Archive) purge(ctx context.Context, before time.Time, own map[string]error) error {
	var errs []error
	for after := ""; ; {
		items, err := a.o.Index.Expired(ctx, before, after, batch)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		for _, item := range items {
			after = item.ID
			if item.Stored && a.o.Store == nil {
				own[item.ID] = fmt.Errorf("archive: purge %s: %w", item.Path, errNoStore)
				continue
			}
			erased, err := a.o.Index.Purge(ctx, item.ID, time.Now().UTC(), func() error { return a.erase(ctx, item) })
			if erased {
				a.o.Logger.Info("a recording is purged: its time is over", "recording", item.ID)
			}
			if err == nil {
				continue
			}
			err = fmt.Errorf("archive: purge %s: %w", item.Path, err)
			if _, its := errors.AsType[itemFault](err); its {
				own[item.ID] = err
			} else if errs = append(errs, err); len(errs) == maxFaults {
				return errors.Join(errs...)
			}
		}
		if len(items) < batch {
			return errors.Join(errs...)
		}
	}
}

func (a *Archive) erase(ctx context.Context, item Item) error {
	path, err := a.path(item.Path)
	if err != nil {
		return itemFault{err}
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return itemFault{err}
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
