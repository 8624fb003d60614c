package identity

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"
)

// tokenBytes of randomness are more than anybody can guess.
const tokenBytes = 32

// NewToken makes the token of a new session: 256 random bits, 43 characters.
func NewToken() string {
	token := make([]byte, tokenBytes)
	rand.Read(token)
	return base64.RawURLEncoding.EncodeToString(token)
}

// TokenHash is what the store keeps of a token; nil for what cannot be one.
func TokenHash(token string) []byte {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != tokenBytes {
		return nil
	}
	sum := sha256.Sum256(raw)
	return sum[:]
}

// CSRF is the token that every change must carry besides the cookie. Another site can
// make a browser send the cookie, but can read neither.
func CSRF(token string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("csrf"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// MatchCSRF compares in constant time.
func MatchCSRF(token, csrf string) bool {
	return hmac.Equal([]byte(CSRF(token)), []byte(csrf))
}

// SessionPolicy says how long a session lives.
type SessionPolicy struct {
	Idle time.Duration // without a request
	Max  time.Duration // since signing in
}

// DefaultSessionPolicy covers a shift with its hand-over.
var DefaultSessionPolicy = SessionPolicy{Idle: 12 * time.Hour, Max: 24 * time.Hour}

// Alive tells whether a session of these times still counts.
func (p SessionPolicy) Alive(createdAt, seenAt, now time.Time) bool {
	return now.Before(createdAt.Add(p.Max)) && now.Before(seenAt.Add(p.Idle))
}
