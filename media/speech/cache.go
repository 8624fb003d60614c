package speech

import (
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// cache is a directory of spoken files, bounded in bytes: the ones not used for the
// longest are removed. What is spoken tells of tickets and people, so that files are
// sealed with AES-256-GCM, and their names are keyed hashes of the text.
type cache struct {
	dir   string
	limit int64
	key   []byte // of names
	aead  cipher.AEAD

	mu    sync.Mutex
	bytes int64
}

const (
	spokenSuffix = ".spoken"
	tempPrefix   = "speaking-"
)

func newCache(dir string, limit int64, key []byte) (*cache, error) {
	if len(key) != 32 {
		return nil, errors.New("speech: a key of 32 bytes is needed")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("speech: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("speech: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("speech: %w", err)
	}
	c := &cache{dir: dir, limit: limit, key: key, aead: aead}
	left, err := filepath.Glob(filepath.Join(dir, tempPrefix+"*"))
	for _, path := range left { // of a process that was killed
		err = errors.Join(err, os.Remove(path))
	}
	if err != nil {
		return nil, fmt.Errorf("speech: %w", err)
	}
	return c, c.prune()
}

// path of the file of what the parts describe.
func (c *cache) path(parts ...string) string {
	h := hmac.New(sha256.New, c.key)
	h.Write([]byte(strings.Join(parts, "\x00")))
	return filepath.Join(c.dir, hex.EncodeToString(h.Sum(nil)[:16])+spokenSuffix)
}

// has says whether the file is there, and notes that it was used.
func (c *cache) has(path string) bool {
	now := time.Now()
	return os.Chtimes(path, now, now) == nil
}

// owns says whether the path is one of the cache's.
func (c *cache) owns(path string) bool {
	return filepath.Dir(path) == filepath.Clean(c.dir) && filepath.Ext(path) == spokenSuffix
}

// write makes a file whole or not at all.
func (c *cache) write(path string, plain []byte) error {
	nonce := make([]byte, c.aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails (crypto/rand)
	sealed := c.aead.Seal(nonce, nonce, plain, []byte(filepath.Base(path)))
	f, err := os.CreateTemp(c.dir, tempPrefix+"*")
	if err != nil {
		return fmt.Errorf("speech: %w", err)
	}
	_, err = f.Write(sealed)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("speech: %w", err), os.Remove(f.Name()))
	}
	c.mu.Lock()
	c.bytes += int64(len(sealed))
	full := c.bytes > c.limit
	c.mu.Unlock()
	if full {
		return c.prune()
	}
	return nil
}

func (c *cache) read(path string) ([]byte, error) {
	sealed, err := os.ReadFile(path) //nolint:gosec // owns has been asked
	if err != nil {
		return nil, fmt.Errorf("speech: %w", err)
	}
	size := c.aead.NonceSize()
	if len(sealed) < size {
		return nil, fmt.Errorf("speech: %s is cut off", path)
	}
	plain, err := c.aead.Open(nil, sealed[:size], sealed[size:], []byte(filepath.Base(path)))
	if err != nil {
		return nil, fmt.Errorf("speech: %s was made with another key, or is damaged", path)
	}
	return plain, nil
}

// prune counts what is there and removes the longest unused until nine tenths of the
// limit are left, so that it is not called for every file.
func (c *cache) prune() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return fmt.Errorf("speech: %w", err)
	}
	var files []os.FileInfo
	c.bytes = 0
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || filepath.Ext(e.Name()) != spokenSuffix {
			continue // removed meanwhile, or not ours
		}
		files = append(files, info)
		c.bytes += info.Size()
	}
	if c.bytes <= c.limit {
		return nil
	}
	slices.SortFunc(files, func(a, b os.FileInfo) int { return cmp.Compare(a.ModTime().UnixNano(), b.ModTime().UnixNano()) })
	for _, f := range files {
		if c.bytes <= c.limit/10*9 {
			break
		}
		if err := os.Remove(filepath.Join(c.dir, f.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("speech: %w", err)
		}
		c.bytes -= f.Size()
	}
	return nil
}
