package identity

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Token lets another system read events without a person's session: nothing else, until it
// ends or is revoked.
type Token struct {
	ID        string
	Name      string // of the system
	By        string // account id
	CreatedAt time.Time
	Until     time.Time  // not in it
	UsedAt    *time.Time // last, to the minute
}

// Bounds of tokens.
const (
	MaxTokens = 20 // at once
	MaxToken  = 2 * 365 * 24 * time.Hour

	maxTokenName = 60 // characters
)

// Check holds a token against its bounds. The error is an *Error that names the field.
func (t Token) Check(now time.Time) error {
	switch name := strings.TrimSpace(t.Name); {
	case name == "" || utf8.RuneCountInString(name) > maxTokenName:
		return &Error{Code: CodeInvalid, Field: "name"}
	case !t.Until.After(now) || t.Until.Sub(now) > MaxToken:
		return &Error{Code: CodeInvalid, Field: "until"}
	}
	return nil
}
