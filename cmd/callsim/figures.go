package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// errMissed is returned when a bar was missed; the figures are already printed.
var errMissed = errors.New("a bar was missed")

// report prints figures and remembers whether every bar was met.
type report struct{ missed bool }

// atMost prints a figure with an upper bar.
func (r *report) atMost(name string, value, bar float64, unit string) {
	verdict := "ok"
	if value > bar {
		verdict, r.missed = "MISSED", true
	}
	fmt.Printf("%-34s %10.3f %-12s (at most %g) %s\n", name, value, unit, bar, verdict)
}

// atLeast prints a figure with a lower bar.
func (r *report) atLeast(name string, value, bar float64, unit string) {
	verdict := "ok"
	if value < bar {
		verdict, r.missed = "MISSED", true
	}
	fmt.Printf("%-34s %10.3f %-12s (at least %g) %s\n", name, value, unit, bar, verdict)
}

// plain prints a figure without a bar, such as the peer's.
func (r *report) plain(name string, value float64, unit string) {
	fmt.Printf("%-34s %10.3f %s\n", name, value, unit)
}

func (r *report) verdict() error {
	if r.missed {
		return errMissed
	}
	return nil
}

// percentile of values, 0 < p <= 1, by nearest rank; 0 without values.
func percentile[T cmp.Ordered](values []T, p float64) T {
	var zero T
	if len(values) == 0 {
		return zero
	}
	sorted := slices.Sorted(slices.Values(values))
	i := int(p*float64(len(sorted))+0.9999999) - 1
	return sorted[clamp(i, 0, len(sorted)-1)]
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
