package main

import (
	"context"
	"errors"

	"hotline12345/callcenter/callpg"
	"hotline12345/web"
)

// directoryWeb is the directory of the call store as the edge asks for it.
type directoryWeb struct{ store *callpg.Store }

var _ web.Directory = directoryWeb{}

func (d directoryWeb) Directory(ctx context.Context) ([]web.DirectoryEntry, error) {
	entries, err := d.store.Directory(ctx)
	return convert(entries, func(e callpg.DirectoryEntry) web.DirectoryEntry { return web.DirectoryEntry(e) }), err
}

func (d directoryWeb) SaveDirectoryEntry(ctx context.Context, e web.DirectoryEntry) error {
	err := d.store.SaveDirectoryEntry(ctx, callpg.DirectoryEntry(e))
	if errors.Is(err, callpg.ErrFull) {
		return web.Refuse("directory-full")
	}
	return err
}

func (d directoryWeb) RemoveDirectoryEntry(ctx context.Context, id string) error {
	return coded(d.store.RemoveDirectoryEntry(ctx, id))
}
