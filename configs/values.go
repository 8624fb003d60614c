package configs

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// PortRange is an inclusive range of UDP ports, written "20000-40000".
type PortRange struct{ From, To int }

// UnmarshalText reads the written form.
func (p *PortRange) UnmarshalText(text []byte) error {
	from, to, found := strings.Cut(string(text), "-")
	low, lowErr := strconv.Atoi(strings.TrimSpace(from))
	high, highErr := strconv.Atoi(strings.TrimSpace(to))
	if !found || lowErr != nil || highErr != nil {
		return fmt.Errorf("%q is not a range of ports: write it like 20000-40000", text)
	}
	if low < 1024 || high > 65535 || low >= high {
		return fmt.Errorf("%q: ports lie between 1024 and 65535, the smaller one first", text)
	}
	*p = PortRange{From: low, To: high}
	return nil
}

func (p PortRange) String() string { return fmt.Sprintf("%d-%d", p.From, p.To) }

// HourRange is a part of the day by Beijing time, written "08:00-21:00"; To is excluded.
type HourRange struct{ From, To time.Duration }

// UnmarshalText reads the written form.
func (h *HourRange) UnmarshalText(text []byte) error {
	from, to, found := strings.Cut(string(text), "-")
	low, lowErr := timeOfDay(from)
	high, highErr := timeOfDay(to)
	if !found || lowErr != nil || highErr != nil || low >= high {
		return fmt.Errorf("%q is not a part of the day: write it like 08:00-21:00", text)
	}
	*h = HourRange{From: low, To: high}
	return nil
}

func (h HourRange) String() string {
	clock := func(d time.Duration) string {
		return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
	}
	return clock(h.From) + "-" + clock(h.To)
}

func timeOfDay(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	if text == "24:00" {
		return 24 * time.Hour, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, err
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}
