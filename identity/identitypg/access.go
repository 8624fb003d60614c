package identitypg

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Access says who read what of whom (Art. 31).
type Access struct {
	ID      int64
	At      time.Time
	Actor   string // account id
	Action  string
	Subject string
	Detail  string
}

// LogAccess writes an entry; nothing may be shown before it is written.
func (s *Store) LogAccess(ctx context.Context, actor, action, subject, detail string) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO access_log (at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5)`, s.o.Now(), actor, action, subject, detail)
	if err != nil {
		return fmt.Errorf("identitypg: access log: %w", err)
	}
	return nil
}

// maxAccess bounds a page of the log.
const maxAccess = 100

// ListAccess gives entries with smaller ids than before (0: the newest), newest first.
func (s *Store) ListAccess(ctx context.Context, before int64, limit int) ([]Access, error) {
	rows, err := s.pool.Query(ctx, `SELECT id, at, actor, action, subject, detail FROM access_log
		WHERE $1 = 0 OR id < $1 ORDER BY id DESC LIMIT $2`, before, min(max(limit, 1), maxAccess))
	if err != nil {
		return nil, fmt.Errorf("identitypg: access log: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Access])
	if err != nil {
		return nil, fmt.Errorf("identitypg: access log: %w", err)
	}
	return list, nil
}
