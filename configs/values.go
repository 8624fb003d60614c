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

// NumberRule puts a number into another form, written "0 -> +86" or "1/11 -> 01": one
// that begins so, and has so many characters if that is said, gets the right side in
// place of the left. "*" on the left fits every number.
type NumberRule struct {
	Prefix string
	Length int // 0: any
	With   string
}

// ParseNumberRule reads the written form.
func ParseNumberRule(text string) (NumberRule, error) {
	left, right, found := strings.Cut(text, "->")
	prefix, length, counted := strings.Cut(strings.TrimSpace(left), "/")
	rule := NumberRule{Prefix: strings.TrimSpace(prefix), With: strings.TrimSpace(right)}
	var err error
	if counted {
		rule.Length, err = strconv.Atoi(strings.TrimSpace(length))
	}
	switch rule.Prefix {
	case "*":
		rule.Prefix = ""
	case "":
		found = false
	}
	if !found || err != nil || counted && (rule.Length < 1 || rule.Length > 21) || !digits(rule.Prefix) || !digits(rule.With) {
		return NumberRule{}, fmt.Errorf("%q is not a rule for numbers", text)
	}
	return rule, nil
}

// digits says whether text can be a part of a number, its front included.
func digits(text string) bool {
	rest := strings.TrimPrefix(text, "+")
	return len(rest) <= 20 && strings.Trim(rest, "0123456789*#") == ""
}

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
