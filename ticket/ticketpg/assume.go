package ticketpg

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// assumedSource is what an explanation of a deadline names for days of AssumeYears.
const assumedSource = "演示用假设：该年度放假通知尚未录入"

// AssumeYears lets a demonstration count working days in the years from first to last
// of which no notice is in the calendar: the week's pattern and the days off that have a
// fixed date (全国年节及纪念日放假办法). A hotline that serves people refuses such a
// deadline instead, until the notice is imported.
func (s *Store) AssumeYears(ctx context.Context, first, last int) error {
	if first > last || last-first > 10 {
		return fmt.Errorf("ticketpg: assume the calendar of %d to %d: not a span of years", first, last)
	}
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO calendar_days (date, region, kind, name, source)
			SELECT make_date(y, month, day), '', 'holiday', name, $3
			FROM generate_series($1::int, $2::int) y,
			     (VALUES (1, 1, '元旦'), (5, 1, '劳动节'), (5, 2, '劳动节'), (10, 1, '国庆节'), (10, 2, '国庆节'), (10, 3, '国庆节')) f(month, day, name)
			WHERE NOT EXISTS (SELECT FROM calendar_days d WHERE d.region = '' AND d.date BETWEEN make_date(y, 1, 1) AND make_date(y, 12, 31))`,
			first, last, assumedSource)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `SELECT pg_notify($1, '')`, rulesChannel)
		return err
	})
	if err != nil {
		return fmt.Errorf("ticketpg: assume the calendar of %d to %d: %w", first, last, err)
	}
	s.rules.drop()
	return nil
}
