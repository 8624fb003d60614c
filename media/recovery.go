package media

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Cut is a recording that a crash left, or that lacks its index row.
type Cut struct {
	Call    string
	Segment int
	RecordingInfo
}

// recent is how far back a finished recording may lack its index row: the rows wait
// in memory while the database is away.
const recent = 48 * time.Hour

// CutRecordings closes what a crash left open, up to its last whole chunk, and lists
// it together with the finished ones of the last two days that indexed does not know
// by their path. Call it before Start.
func (s *Server) CutRecordings(indexed func(rel string) bool) ([]Cut, error) {
	var cuts []Cut
	since := time.Now().UTC().Add(-recent).Format(dayFolder)
	err := filepath.WalkDir(s.o.RecordingsDir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || (err == nil && d.IsDir()) {
			return nil // nothing was ever recorded, or a folder
		}
		if err != nil {
			return err
		}
		name, part := strings.CutSuffix(path, partSuffix)
		rel, err := filepath.Rel(s.o.RecordingsDir, name)
		if err != nil {
			return err
		}
		// Years of finished recordings are passed by name alone.
		if filepath.Ext(name) != recordingSuffix || (!part && (filepath.Dir(rel) < since || indexed(rel))) {
			return nil
		}
		if info, err := d.Info(); err == nil && part && info.Size() < int64(headerSize) {
			return os.Remove(path) //nolint:gosec // our own folder; killed before anything was heard
		}
		cut, err := s.closeCut(path, name, rel)
		if err != nil {
			s.log.Error("a recording cannot be read", "path", rel, "error", err)
			return nil
		}
		cuts = append(cuts, cut)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("media: look for cut recordings: %w", err)
	}
	return cuts, nil
}

func (s *Server) closeCut(path, name, rel string) (Cut, error) {
	base := strings.TrimSuffix(filepath.Base(name), recordingSuffix)
	at := strings.LastIndexByte(base, '-')
	if at < 0 {
		return Cut{}, fmt.Errorf("media: %q is not the name of a recording", base)
	}
	segment, err := strconv.Atoi(base[at+1:])
	if err != nil {
		return Cut{}, fmt.Errorf("media: %q is not the name of a recording: %w", base, err)
	}
	from := rel
	if path != name {
		from += partSuffix
	}
	p, err := s.OpenRecording(from)
	if err != nil {
		return Cut{}, err
	}
	defer func() { _ = p.Close() }() // was only read
	if path != name {
		if err := os.Rename(path, name); err != nil {
			return Cut{}, fmt.Errorf("media: close a cut recording: %w", err)
		}
	}
	sum, size, err := p.digest()
	return Cut{Call: base[:at], Segment: segment, RecordingInfo: RecordingInfo{
		Path: rel, StartedAt: p.start, Duration: p.Duration(), Bytes: size, SHA256: sum, Complete: p.complete,
	}}, err
}
