package main

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificate is a pair of PEM files that may be renewed while the hotline runs: it looks
// at them again when somebody shakes hands, at most every checkEvery. What cannot be read
// then leaves the old one in use, with a line in the log.
type certificate struct {
	cert, key string
	log       *slog.Logger
	now       func() time.Time

	mu      sync.Mutex
	pair    *tls.Certificate
	stamp   [2]fileStamp
	checked time.Time
}

// fileStamp tells a file from what stood there before.
type fileStamp struct {
	at   time.Time
	size int64
}

const checkEvery = 10 * time.Second

func newCertificate(cert, key string, log *slog.Logger) (*certificate, error) {
	c := &certificate{cert: cert, key: key, log: log, now: time.Now}
	c.checked = c.now()
	return c, c.read()
}

// get is the newest one.
func (c *certificate) get() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.checked) >= checkEvery {
		c.checked = now
		if err := c.read(); err != nil {
			c.log.Error("the renewed certificate cannot be used, the old one stays", "file", c.cert, "error", err)
		}
	}
	return c.pair, nil
}

// read loads the pair when the files are not those it has.
func (c *certificate) read() error {
	var stamp [2]fileStamp
	for i, path := range []string{c.cert, c.key} {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		stamp[i] = fileStamp{info.ModTime(), info.Size()}
	}
	if stamp == c.stamp {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return err
	}
	if c.pair != nil {
		c.log.Info("a renewed certificate is in use", "file", c.cert)
	}
	c.pair, c.stamp = &pair, stamp
	return nil
}
