package callpg

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
)

func TestDirectory(t *testing.T) {
	s, pool := newStore(t)
	expert := DirectoryEntry{ID: "food", Kind: "expert", Name: "食品安全专家", Agency: "SCJG", Number: "02887654321"}
	urumqi := DirectoryEntry{ID: "urumqi", Kind: "hotline", Name: "乌鲁木齐 12345", Number: "099112345"}
	for _, e := range []DirectoryEntry{urumqi, {ID: "food", Kind: "other", Name: "x", Number: "110"}, expert} {
		ok(t, s.SaveDirectoryEntry(t.Context(), e))
	}
	if got := must[[]DirectoryEntry](t)(s.Directory(t.Context())); !slices.Equal(got, []DirectoryEntry{expert, urumqi}) {
		t.Errorf("directory %+v", got)
	}
	if got := must[DirectoryEntry](t)(s.DirectoryEntry(t.Context(), "food")); got != expert {
		t.Errorf("entry %+v", got)
	}
	var sealed []byte
	if err := pool.QueryRow(t.Context(), `SELECT number_enc FROM directory WHERE id = 'food'`).Scan(&sealed); err != nil || bytes.Contains(sealed, []byte(expert.Number)) {
		t.Errorf("the number is kept open: %v", err)
	}
	ok(t, s.RemoveDirectoryEntry(t.Context(), "food"))
	for name, err := range map[string]error{
		"remove": s.RemoveDirectoryEntry(t.Context(), "food"),
		"read":   func() error { _, err := s.DirectoryEntry(t.Context(), "food"); return err }(),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s what is gone: %v", name, err)
		}
	}
	_, err := pool.Exec(t.Context(), fmt.Sprintf(`INSERT INTO directory SELECT 'n' || n, 'other', 'n', '', '' FROM generate_series(1, %d) n`, maxDirectory-1))
	ok(t, err)
	ok(t, s.SaveDirectoryEntry(t.Context(), urumqi)) // a change needs no room
	if err := s.SaveDirectoryEntry(t.Context(), expert); !errors.Is(err, ErrFull) {
		t.Errorf("one too many: %v", err)
	}
}
