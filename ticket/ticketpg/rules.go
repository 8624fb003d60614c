package ticketpg

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/ticket"
)

// rulesAge bounds how long a node works by rules that were changed elsewhere, if the
// notice of the change was lost.
const rulesAge = time.Minute

// rulesCache holds the last rules read.
type rulesCache struct {
	mu       sync.Mutex
	rules    ticket.Rules
	loadedAt time.Time
	stale    bool
}

func (c *rulesCache) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stale = true
}

// Rules are the data that ticket.Decide needs, at most a minute old. The maps and
// slices in them are shared: read only.
func (s *Store) Rules(ctx context.Context) (ticket.Rules, error) {
	c := &s.rules
	c.mu.Lock()
	defer c.mu.Unlock() // one reader asks, the others wait for its answer
	if !c.stale && !c.loadedAt.IsZero() && time.Since(c.loadedAt) < rulesAge {
		return c.rules, nil
	}
	rules, err := s.readRules(ctx)
	if err != nil {
		return ticket.Rules{}, fmt.Errorf("ticketpg: rules: %w", err)
	}
	c.rules, c.loadedAt, c.stale = rules, time.Now(), false
	return rules, nil
}

// readRules reads everything from one snapshot.
func (s *Store) readRules(ctx context.Context) (ticket.Rules, error) {
	rules := ticket.Rules{Categories: map[string][]string{}, Agencies: map[string]string{}, SignLimit: map[ticket.Urgency]ticket.Limit{}}
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `SELECT agency_review, max_redo, max_text FROM ticket_settings`).
			Scan(&rules.AgencyReview, &rules.MaxRedo, &rules.MaxText)
		if err != nil {
			return fmt.Errorf("settings (are the seeds imported?): %w", err)
		}
		if err := readNames(ctx, tx, &rules); err != nil {
			return err
		}
		if err := readLimits(ctx, tx, &rules); err != nil {
			return err
		}
		rules.Calendar, err = readCalendar(ctx, tx)
		return err
	})
	return rules, err
}

func readNames(ctx context.Context, q querier, rules *ticket.Rules) error {
	var code, name string
	rows, err := q.Query(ctx, `SELECT code, name FROM agencies`)
	if err != nil {
		return err
	}
	if _, err := pgx.ForEachRow(rows, []any{&code, &name}, func() error { rules.Agencies[code] = name; return nil }); err != nil {
		return err
	}
	var path []string
	if rows, err = q.Query(ctx, `SELECT code, path FROM categories WHERE level = 3`); err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, []any{&code, &path}, func() error {
		rules.Categories[code] = path
		path = nil
		return nil
	})
	return err
}

func readLimits(ctx context.Context, q querier, rules *ticket.Rules) error {
	rows, err := q.Query(ctx, `SELECT id, purpose, region, kind, urgency, category, value, unit,
		CASE WHEN valid_from = '-infinity' THEN 'epoch' ELSE valid_from END, valid_to FROM limit_rules`)
	if err != nil {
		return err
	}
	var r ticket.LimitRule
	var purpose string
	_, err = pgx.ForEachRow(rows, []any{&r.ID, &purpose, &r.Region, &r.Kind, &r.Urgency, &r.Category, &r.Value, &r.Unit, &r.ValidFrom, &r.ValidTo}, func() error {
		if purpose == "signing" {
			rules.SignLimit[r.Urgency] = ticket.Limit{Value: r.Value, Unit: r.Unit, Rule: r.ID}
		} else {
			rules.Limits = append(rules.Limits, r)
		}
		r.ValidTo = nil
		return nil
	})
	return err
}

func readCalendar(ctx context.Context, q querier) (ticket.Calendar, error) {
	rows, err := q.Query(ctx, `SELECT to_char(date, 'YYYY-MM-DD'), region, kind, name, source FROM calendar_days`)
	if err != nil {
		return ticket.Calendar{}, err
	}
	days, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ticket.CalendarDay])
	if err != nil {
		return ticket.Calendar{}, err
	}
	rows, err = q.Query(ctx, `SELECT region, to_char(valid_from, 'YYYY-MM-DD'), minutes FROM office_hours`)
	if err != nil {
		return ticket.Calendar{}, err
	}
	hours, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (ticket.OfficeHours, error) {
		var h ticket.OfficeHours
		var minutes []int
		err := row.Scan(&h.Region, &h.From, &minutes)
		for i := 0; i+1 < len(minutes); i += 2 {
			h.Intervals = append(h.Intervals, ticket.Interval{Start: minutes[i], End: minutes[i+1]})
		}
		return h, err
	})
	if err != nil {
		return ticket.Calendar{}, err
	}
	return ticket.NewCalendar(days, hours)
}

// Named is a code with its name.
type Named struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// Agencies in the order of lists.
func (s *Store) Agencies(ctx context.Context) ([]Named, error) {
	return s.named(ctx, `SELECT code, name FROM agencies ORDER BY position`)
}

// Regions in the order of lists.
func (s *Store) Regions(ctx context.Context) ([]Named, error) {
	return s.named(ctx, `SELECT code, name FROM regions ORDER BY position`)
}

func (s *Store) named(ctx context.Context, sql string) ([]Named, error) {
	rows, err := s.pool.Query(ctx, sql)
	if err != nil {
		return nil, fmt.Errorf("ticketpg: names: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Named])
	if err != nil {
		return nil, fmt.Errorf("ticketpg: names: %w", err)
	}
	return list, nil
}

// Category is a node of the tree, with its names from the first level down.
type Category struct {
	Code  string   `json:"code"`
	Name  string   `json:"name"`
	Level int      `json:"level"` // 1 to 3; tickets have level 3
	Path  []string `json:"path"`
}

// Categories of all levels, parents before their children.
func (s *Store) Categories(ctx context.Context) ([]Category, error) {
	rows, err := s.pool.Query(ctx, `SELECT code, path[level], level, path FROM categories ORDER BY position`)
	if err != nil {
		return nil, fmt.Errorf("ticketpg: categories: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Category])
	if err != nil {
		return nil, fmt.Errorf("ticketpg: categories: %w", err)
	}
	return list, nil
}

// Suggestion of the dispatch catalogue.
type Suggestion struct {
	Agency string `json:"agency"`
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Suggest lists the agencies the dispatch catalogue (派单目录) gives for a category in a
// region, each once, the most specific entry first.
func (s *Store) Suggest(ctx context.Context, category, region string) ([]Suggestion, error) {
	rows, err := s.pool.Query(ctx, `SELECT agency, name, reason FROM (
			SELECT DISTINCT ON (c.agency) c.agency, a.name, c.reason, length(c.category) AS fit, length(c.region) AS near, c.position
			FROM catalogue c JOIN agencies a ON a.code = c.agency
			WHERE starts_with($1, c.category) AND starts_with($2, c.region)
			ORDER BY c.agency, length(c.category) DESC, length(c.region) DESC, c.position) best
		ORDER BY fit DESC, near DESC, position LIMIT 10`, category, region)
	if err != nil {
		return nil, fmt.Errorf("ticketpg: catalogue: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Suggestion])
	if err != nil {
		return nil, fmt.Errorf("ticketpg: catalogue: %w", err)
	}
	return list, nil
}

// Deadline of a ticket dispatched now, with its explanation. Errors: CodeUnknownCategory,
// those of ticket.Deadline.
func (s *Store) Deadline(ctx context.Context, kind ticket.Kind, urgency ticket.Urgency, category, region string) (time.Time, ticket.Explanation, error) {
	rules, err := s.Rules(ctx)
	if err != nil {
		return time.Time{}, ticket.Explanation{}, err
	}
	if _, known := rules.Categories[category]; !known {
		return time.Time{}, ticket.Explanation{}, &ticket.Error{Code: ticket.CodeUnknownCategory, Field: "category"}
	}
	return ticket.Deadline(rules, kind, urgency, category, region, s.now())
}
