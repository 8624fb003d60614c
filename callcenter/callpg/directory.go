package callpg

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// DirectoryEntry is an outside number that agents reach by name.
type DirectoryEntry struct {
	ID     string
	Kind   string // "expert": of an agency; "hotline": another place's 12345; "other"
	Name   string
	Agency string // code, of an expert
	Number string // as dialled
}

// maxDirectory bounds the directory: a page has it whole.
const maxDirectory = 1000

// ErrFull: the directory has as many entries as it may.
var ErrFull = errors.New("callpg: the directory is full")

func placeOfEntry(id string) string { return "directory:" + id }

// Directory lists all entries, kind by kind, by name.
func (s *Store) Directory(ctx context.Context) ([]DirectoryEntry, error) {
	return s.directory(ctx, ` ORDER BY kind, name, id`)
}

// DirectoryEntry is one of them. Error: ErrNotFound.
func (s *Store) DirectoryEntry(ctx context.Context, id string) (DirectoryEntry, error) {
	found, err := s.directory(ctx, ` WHERE id = $1`, id)
	if err != nil {
		return DirectoryEntry{}, err
	}
	if len(found) == 0 {
		return DirectoryEntry{}, fmt.Errorf("directory entry %s: %w", id, ErrNotFound)
	}
	return found[0], nil
}

func (s *Store) directory(ctx context.Context, rest string, args ...any) ([]DirectoryEntry, error) {
	return list(ctx, s.pool, func(row pgx.CollectableRow) (DirectoryEntry, error) {
		var e DirectoryEntry
		var sealed []byte
		if err := row.Scan(&e.ID, &e.Kind, &e.Name, &e.Agency, &sealed); err != nil {
			return e, err
		}
		var err error
		e.Number, err = s.openNumber(sealed, placeOfEntry(e.ID))
		return e, err
	}, `SELECT id, kind, name, agency, number_enc FROM directory`+rest, args...)
}

// SaveDirectoryEntry makes or changes an entry; it counts from the next call on. Error:
// ErrFull.
func (s *Store) SaveDirectoryEntry(ctx context.Context, e DirectoryEntry) error {
	sealed, _ := s.sealNumber(e.Number, placeOfEntry(e.ID))
	tag, err := s.pool.Exec(ctx, `INSERT INTO directory (id, kind, name, agency, number_enc)
		SELECT $1, $2, $3, $4, $5 WHERE (SELECT count(*) FROM directory WHERE id <> $1) < $6
		ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, agency = excluded.agency, number_enc = excluded.number_enc`,
		e.ID, e.Kind, e.Name, e.Agency, sealed, maxDirectory)
	if err == nil && tag.RowsAffected() == 0 {
		err = ErrFull
	}
	if err != nil {
		return fmt.Errorf("callpg: directory entry %s: %w", e.ID, err)
	}
	return nil
}

// RemoveDirectoryEntry takes an entry away. Error: ErrNotFound.
func (s *Store) RemoveDirectoryEntry(ctx context.Context, id string) error {
	tag, err := s.pool.Exec(ctx, `DELETE FROM directory WHERE id = $1`, id)
	if err == nil && tag.RowsAffected() == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("callpg: directory entry %s: %w", id, err)
	}
	return nil
}
