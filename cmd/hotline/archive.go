package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/callpg"
	"hotline12345/configs"
	"hotline12345/media/archive"
)

// newArchive keeps the recordings on this node's disk, or in the configured store.
func newArchive(config configs.Config, calls *callpg.Store, log *slog.Logger) (*archive.Archive, error) {
	o := archive.Options{
		Dir: recordingsDir(config), Index: recordingIndex{calls, config.Node}, Keep: time.Duration(config.Archive.KeepDays) * 24 * time.Hour, Logger: log,
	}
	if s := config.S3; s.Endpoint != "" {
		store, err := archive.NewS3(archive.S3Options{
			Endpoint: s.Endpoint, Region: s.Region, Bucket: s.Bucket, Prefix: s.Prefix, AccessKey: s.AccessKey, SecretKey: s.SecretKey,
		})
		if err != nil {
			return nil, err
		}
		o.Store = store
	}
	return archive.New(o)
}

func recordingsDir(config configs.Config) string { return filepath.Join(config.DataDir, "recordings") }

// recordingIndex is the call store as the archive asks for it; an item's ID is CALL/SEGMENT.
type recordingIndex struct {
	calls *callpg.Store
	node  string
}

var _ archive.Index = recordingIndex{}

func itemsOf(rows []callpg.Recording, err error) ([]archive.Item, error) {
	return convert(rows, func(r callpg.Recording) archive.Item {
		return archive.Item{
			ID: fmt.Sprintf("%s/%d", r.Call, r.Segment), Path: filepath.ToSlash(r.Path), Bytes: r.Bytes, SHA256: r.SHA256, Stored: r.StoredAt != nil,
		}
	}), err
}

// segmentOf takes an item's ID apart; "" comes before all.
func segmentOf(id string) (call callcenter.CallID, segment int, err error) {
	if id == "" {
		return "", 0, nil
	}
	name, number, _ := strings.Cut(id, "/")
	segment, err = strconv.Atoi(number)
	if err != nil {
		return "", 0, fmt.Errorf("recording %q: %w", id, err)
	}
	return callcenter.CallID(name), segment, nil
}

func (i recordingIndex) Spooled(ctx context.Context, after string, limit int) ([]archive.Item, error) {
	call, segment, err := segmentOf(after)
	if err != nil {
		return nil, err
	}
	return itemsOf(i.calls.Spooled(ctx, i.node, call, segment, limit))
}

func (i recordingIndex) MarkStored(ctx context.Context, id string, at time.Time) error {
	call, segment, err := segmentOf(id)
	if err != nil {
		return err
	}
	return i.calls.MarkStored(ctx, call, segment, at)
}

func (i recordingIndex) Expired(ctx context.Context, before time.Time, after string, limit int) ([]archive.Item, error) {
	call, segment, err := segmentOf(after)
	if err != nil {
		return nil, err
	}
	return itemsOf(i.calls.Expired(ctx, i.node, before, call, segment, limit))
}

func (i recordingIndex) Purge(ctx context.Context, id string, at time.Time, erase func() error) (bool, error) {
	call, segment, err := segmentOf(id)
	if err != nil {
		return false, err
	}
	return i.calls.Purge(ctx, call, segment, at, erase)
}
