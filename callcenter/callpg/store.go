package callpg

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
	"hotline12345/privacy"
)

var (
	// ErrNotFound: no such row, or none of this kind any more.
	ErrNotFound = errors.New("callpg: not found")
	// ErrPurged: a recording whose time was over; only its row is left.
	ErrPurged = errors.New("callpg: purged")
	// ErrNumber: not a number that calls could come from.
	ErrNumber = errors.New("callpg: not a telephone number")
	// ErrCursor: a cursor that no page of this list gave.
	ErrCursor = errors.New("callpg: not a cursor of this list")
)

// Store is safe for concurrent use.
type Store struct {
	pool *pgxpool.Pool
	keys *privacy.Keys
}

var _ engine.Journal = (*Store)(nil)

// New makes a store on a migrated database.
func New(pool *pgxpool.Pool, keys *privacy.Keys) *Store { return &Store{pool: pool, keys: keys} }

// maxPage is the most rows of a page; a limit of 0 or above it means that many.
const maxPage = 100

func pageSize(limit int) int {
	if limit <= 0 || limit > maxPage {
		return maxPage
	}
	return limit
}

// sealNumber gives the sealed number and its hash; both nil when withheld.
func (s *Store) sealNumber(number, place string) (sealed, hash []byte) {
	if number == "" {
		return nil, nil
	}
	return s.keys.Seal([]byte(number), place), s.keys.HashPhone(number)
}

func (s *Store) openNumber(sealed []byte, place string) (string, error) {
	if sealed == nil {
		return "", nil
	}
	plain, err := s.keys.Open(sealed, place)
	if err != nil {
		return "", fmt.Errorf("number of %s: %w", place, err)
	}
	return string(plain), nil
}

// Places that sealed values are bound to.
func placeOfEvent(call callcenter.CallID, seq int) string {
	return fmt.Sprintf("call:%s:%d", call, seq)
}
func placeOfRecord(call callcenter.CallID) string { return "call:" + string(call) }
func placeOfCallback(id string) string            { return "callback:" + id }
func placeOfMark(id string) string                { return "mark:" + id }
func placeOfContact(call callcenter.CallID, n int) string {
	return fmt.Sprintf("contact:%s:%d", call, n)
}

// cursor is where a page ended: the sort key in µs since 1970 and the id.
type cursor struct {
	At int64  `json:"t"`
	ID string `json:"i"`
}

func (c cursor) encode() string {
	data, _ := json.Marshal(c) // an int and a string always have a JSON form
	return base64.RawURLEncoding.EncodeToString(data)
}

// decodeCursor gives nil for the first page.
func decodeCursor(after string) (*cursor, error) {
	if after == "" {
		return nil, nil //nolint:nilnil // nil is the first page
	}
	data, err := base64.RawURLEncoding.DecodeString(after)
	if err != nil {
		return nil, ErrCursor
	}
	var c cursor
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, ErrCursor
	}
	return &c, nil
}

// notifySQL tells listeners of a topic, when the transaction commits.
const notifySQL = `SELECT pg_notify($1, $2)`

func changed(ctx context.Context, tx pgx.Tx, topic Topic) error {
	_, err := tx.Exec(ctx, notifySQL, channel, string(topic))
	return err
}
