package routing

import (
	"fmt"
	"regexp"
	"slices"
)

// LanguageKey is a key that chooses a language while the opening notice plays. The
// notice says it in that language; whoever presses none waits for the queue's.
type LanguageKey struct {
	Language string `json:"language"`
	Key      string `json:"key"`
}

// notices is the language of the notice itself, which needs no key.
const notices = "zh"

var phoneKey = regexp.MustCompile(`^[0-9*#]$`)

// CheckLanguageKeys: a key for each language, and each its own. The error is a *Fault.
func CheckLanguageKeys(keys []LanguageKey) error {
	var f faults
	f.add(len(keys) > len(Languages), "items", WhyLong)
	for i, k := range keys {
		at := fmt.Sprintf("items.%d", i)
		f.add(!slices.Contains(Languages, k.Language) || k.Language == notices, at+".language", WhyUnknown)
		f.add(!phoneKey.MatchString(k.Key), at+".key", WhyRange)
		f.add(slices.ContainsFunc(keys[:i], func(o LanguageKey) bool { return o.Language == k.Language }), at+".language", WhyTwice)
		f.add(slices.ContainsFunc(keys[:i], func(o LanguageKey) bool { return o.Key == k.Key }), at+".key", WhyTwice)
	}
	return f.first
}
