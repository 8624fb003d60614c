// Package seeds holds the data a hotline starts with: agencies, categories, the dispatch
// catalogue, the calendar, limits and places. They are defaults for Postgres, where
// an administrator changes them; no code depends on what they say. Package
// ticket/ticketpg reads and imports them (Import), as it does a directory of an operator's
// own files of the same names.
package seeds

import "embed"

// FS has agencies.yaml, categories.yaml, catalogue.yaml, calendar.yaml, limits.yaml and
// regions.yaml.
//
//go:embed *.yaml
var FS embed.FS
