package identity

import (
	"fmt"
	"time"
)

// Code names a refusal.
type Code string

const (
	CodeInvalid      Code = "invalid"         // a field of an account; Field says which
	CodeBadLogin     Code = "bad-login"       // no such account, wrong password, or disabled: never told apart
	CodeTooMany      Code = "too-many-logins" // blocked for RetryAfter
	CodeNotSignedIn  Code = "not-signed-in"   // no such session, or no more
	CodeWeakPassword Code = "weak-password"   // Field says by which rule
	CodeLoginTaken   Code = "login-taken"     // another account has this login
	CodeManyTokens   Code = "too-many-tokens"
	CodeNoToken      Code = "not-found" // no such token, or no more
	CodeRealData     Code = "real-data" // demo accounts would stand beside real ones
	CodeDemoData     Code = "demo-data" // real service would open demo accounts
)

// Error is a refusal.
type Error struct {
	Code       Code
	Field      string
	RetryAfter time.Duration // of CodeTooMany
}

func (e *Error) Error() string {
	if e.Field == "" {
		return "identity: " + string(e.Code)
	}
	return fmt.Sprintf("identity: %s (%s)", e.Code, e.Field)
}

// ErrorCode is the code as the edge sends it.
func (e *Error) ErrorCode() string { return string(e.Code) }
