package ticketpg

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/jackc/pgx/v5"

	"hotline12345/ticket"
)

// seedFiles is the data of a place as its files say it; see package configs/seeds for the form.
type seedFiles struct {
	Regions    []seedNamed    `yaml:"regions"`
	Agencies   []seedNamed    `yaml:"agencies"`
	Categories []seedCategory `yaml:"categories"`
	Catalogue  []seedDispatch `yaml:"catalogue"`
	Days       []seedNotice   `yaml:"days"`
	Hours      []seedHours    `yaml:"hours"`
	Handling   []seedLimit    `yaml:"handling"`
	Signing    []seedLimit    `yaml:"signing"`
	Settings   *seedSettings  `yaml:"settings"`
}

type seedNamed struct {
	Code string `yaml:"code"`
	Name string `yaml:"name"`
}

type seedCategory struct {
	Code   string      `yaml:"code"`
	Name   string      `yaml:"name"`
	Groups []seedGroup `yaml:"groups"`
}

type seedGroup struct {
	Code  string            `yaml:"code"`
	Name  string            `yaml:"name"`
	Items map[string]string `yaml:"items"`
}

type seedDispatch struct {
	Category string `yaml:"category"`
	Region   string `yaml:"region"`
	Agency   string `yaml:"agency"`
	Reason   string `yaml:"reason"`
}

type seedNotice struct {
	Source   string `yaml:"source"`
	Region   string `yaml:"region"`
	Holidays []struct {
		Name string `yaml:"name"`
		From string `yaml:"from"`
		To   string `yaml:"to"`
	} `yaml:"holidays"`
	Worked []string `yaml:"worked"`
}

type seedHours struct {
	Region    string   `yaml:"region"`
	From      string   `yaml:"from"`
	Intervals []string `yaml:"intervals"` // "09:00-12:00"
}

type seedLimit struct {
	ID       string         `yaml:"id"`
	Region   string         `yaml:"region"`
	Kind     ticket.Kind    `yaml:"kind"`
	Urgency  ticket.Urgency `yaml:"urgency"`
	Category string         `yaml:"category"`
	Value    int            `yaml:"value"`
	Unit     string         `yaml:"unit"`
	Source   string         `yaml:"source"`
}

type seedSettings struct {
	AgencyReview bool `yaml:"agencyReview"`
	MaxRedo      int  `yaml:"maxRedo"`
	MaxText      int  `yaml:"maxText"`
}

// maxHolidayDays bounds one holiday of a notice.
const maxHolidayDays = 31

// readSeeds reads every *.yaml at the root of files. An unknown key is an error that names
// file and line.
func readSeeds(files fs.FS) (seedFiles, error) {
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return seedFiles{}, fmt.Errorf("ticketpg: seeds: %w", err)
	}
	var seeds seedFiles
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return seedFiles{}, fmt.Errorf("ticketpg: seeds: %w", err)
		}
		if err := yaml.UnmarshalWithOptions(text, &seeds, yaml.Strict()); err != nil {
			return seedFiles{}, fmt.Errorf("ticketpg: seeds: %s: %w", name, err)
		}
	}
	if len(seeds.Agencies) == 0 || len(seeds.Categories) == 0 || len(seeds.Handling) == 0 || seeds.Settings == nil {
		return seedFiles{}, fmt.Errorf("ticketpg: seeds: agencies, categories, handling limits or settings are missing in %s", strings.Join(names, ", "))
	}
	return seeds, nil
}

// Seed imports the files into a database that has none yet, and leaves one alone that has:
// what an administrator changed is not to be undone by a restart.
func (s *Store) Seed(ctx context.Context, files fs.FS) error {
	var seeded bool
	if err := s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM ticket_settings)`).Scan(&seeded); err != nil {
		return fmt.Errorf("ticketpg: seeds: %w", err)
	}
	if seeded {
		return nil
	}
	return s.Import(ctx, files)
}

// Import writes the seeds into the tables: new rows are added, changed ones changed, rows
// that the files no longer have stay, since tickets may name them. Importing the same
// again changes nothing. All or nothing; other nodes reload.
func (s *Store) Import(ctx context.Context, files fs.FS) error {
	seeds, err := readSeeds(files)
	if err != nil {
		return err
	}
	days, hours, err := seeds.calendar()
	if err != nil {
		return err
	}
	if _, err := ticket.NewCalendar(days, hours); err != nil {
		return fmt.Errorf("ticketpg: seeds: %w", err)
	}
	var batch pgx.Batch
	seeds.queueNames(&batch)
	seeds.queueLimits(&batch)
	queueCalendar(&batch, days, hours)
	batch.Queue(`SELECT pg_notify($1, '')`, rulesChannel)
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		return tx.SendBatch(ctx, &batch).Close()
	})
	if err != nil {
		return fmt.Errorf("ticketpg: import seeds: %w", err)
	}
	s.rules.drop()
	return nil
}

func (d seedFiles) queueNames(batch *pgx.Batch) {
	for i, r := range d.Regions {
		batch.Queue(`INSERT INTO regions (code, name, position) VALUES ($1, $2, $3)
			ON CONFLICT (code) DO UPDATE SET name = excluded.name, position = excluded.position`, r.Code, r.Name, i+1)
	}
	for i, a := range d.Agencies {
		batch.Queue(`INSERT INTO agencies (code, name, position) VALUES ($1, $2, $3)
			ON CONFLICT (code) DO UPDATE SET name = excluded.name, position = excluded.position`, a.Code, a.Name, i+1)
	}
	position := 0
	category := func(code string, path ...string) {
		position++
		batch.Queue(`INSERT INTO categories (code, level, path, position) VALUES ($1, $2, $3, $4)
			ON CONFLICT (code) DO UPDATE SET level = excluded.level, path = excluded.path, position = excluded.position`,
			code, len(path), path, position)
	}
	for _, top := range d.Categories {
		category(top.Code, top.Name)
		for _, group := range top.Groups {
			category(group.Code, top.Name, group.Name)
			for _, code := range slices.Sorted(maps.Keys(group.Items)) {
				category(code, top.Name, group.Name, group.Items[code])
			}
		}
	}
	for i, c := range d.Catalogue {
		batch.Queue(`INSERT INTO catalogue (category, region, agency, reason, position) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (category, region, agency) DO UPDATE SET reason = excluded.reason, position = excluded.position`,
			c.Category, c.Region, c.Agency, c.Reason, i+1)
	}
}

func (d seedFiles) queueLimits(batch *pgx.Batch) {
	limit := func(purpose string, l seedLimit) {
		batch.Queue(`INSERT INTO limit_rules (id, purpose, region, kind, urgency, category, value, unit, source)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (id) DO UPDATE SET purpose = excluded.purpose, region = excluded.region, kind = excluded.kind,
				urgency = excluded.urgency, category = excluded.category, value = excluded.value, unit = excluded.unit, source = excluded.source`,
			l.ID, purpose, l.Region, l.Kind, l.Urgency, l.Category, l.Value, l.Unit, l.Source)
	}
	for _, l := range d.Handling {
		limit("handling", l)
	}
	for _, l := range d.Signing {
		limit("signing", l)
	}
	batch.Queue(`INSERT INTO ticket_settings (agency_review, max_redo, max_text) VALUES ($1, $2, $3)
		ON CONFLICT (one) DO UPDATE SET agency_review = excluded.agency_review, max_redo = excluded.max_redo, max_text = excluded.max_text`,
		d.Settings.AgencyReview, d.Settings.MaxRedo, d.Settings.MaxText)
}

func queueCalendar(batch *pgx.Batch, days []ticket.CalendarDay, hours []ticket.OfficeHours) {
	for _, day := range days {
		batch.Queue(`INSERT INTO calendar_days (date, region, kind, name, source) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (date, region) DO UPDATE SET kind = excluded.kind, name = excluded.name, source = excluded.source`,
			day.Date, day.Region, day.Kind, day.Name, day.Source)
	}
	for _, h := range hours {
		minutes := []int{}
		for _, i := range h.Intervals {
			minutes = append(minutes, i.Start, i.End)
		}
		batch.Queue(`INSERT INTO office_hours (region, valid_from, minutes) VALUES ($1, $2, $3)
			ON CONFLICT (region, valid_from) DO UPDATE SET minutes = excluded.minutes`, h.Region, h.From, minutes)
	}
}

// calendar spreads the notices out into days.
func (d seedFiles) calendar() ([]ticket.CalendarDay, []ticket.OfficeHours, error) {
	var days []ticket.CalendarDay
	for _, notice := range d.Days {
		for _, h := range notice.Holidays {
			from, errFrom := time.Parse(time.DateOnly, h.From)
			to, errTo := time.Parse(time.DateOnly, h.To)
			if errFrom != nil || errTo != nil || to.Before(from) || to.Sub(from) > maxHolidayDays*24*time.Hour {
				return nil, nil, fmt.Errorf("ticketpg: seeds: %s: %s from %q to %q is not a span of days", notice.Source, h.Name, h.From, h.To)
			}
			for day := from; !day.After(to); day = day.AddDate(0, 0, 1) {
				days = append(days, ticket.CalendarDay{
					Date: day.Format(time.DateOnly), Region: notice.Region, Kind: ticket.Holiday, Name: h.Name, Source: notice.Source,
				})
			}
		}
		for _, day := range notice.Worked {
			days = append(days, ticket.CalendarDay{Date: day, Region: notice.Region, Kind: ticket.MakeUpDay, Name: "调休上班", Source: notice.Source})
		}
	}
	var hours []ticket.OfficeHours
	for _, h := range d.Hours {
		office := ticket.OfficeHours{Region: h.Region, From: h.From}
		for _, text := range h.Intervals {
			interval, err := parseInterval(text)
			if err != nil {
				return nil, nil, fmt.Errorf("ticketpg: seeds: office hours of region %q: %w", h.Region, err)
			}
			office.Intervals = append(office.Intervals, interval)
		}
		hours = append(hours, office)
	}
	return days, hours, nil
}

// parseInterval reads "09:00-12:00"; 24:00 is the end of the day.
func parseInterval(text string) (ticket.Interval, error) {
	from, to, _ := strings.Cut(text, "-")
	start, errStart := parseMinute(from)
	end, errEnd := parseMinute(to)
	if errStart != nil || errEnd != nil {
		return ticket.Interval{}, fmt.Errorf("interval %q is not hh:mm-hh:mm", text)
	}
	return ticket.Interval{Start: start, End: end}, nil
}

func parseMinute(text string) (int, error) {
	hour, minute, _ := strings.Cut(text, ":")
	h, errHour := strconv.Atoi(hour)
	m, errMinute := strconv.Atoi(minute)
	if errHour != nil || errMinute != nil || len(text) != len("09:00") || h < 0 || m < 0 || m > 59 || h*60+m > 24*60 {
		return 0, fmt.Errorf("time %q is not hh:mm", text)
	}
	return h*60 + m, nil
}
