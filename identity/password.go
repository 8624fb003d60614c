package identity

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Cost of argon2id (RFC 9106; OWASP's second choice): about 25 ms and 19 MiB a password.
const (
	argonTime    = 2
	argonMemory  = 19 * 1024 // KiB
	argonThreads = 1
	argonSalt    = 16 // bytes
	argonKey     = 32 // bytes
)

// Lengths of a password.
const (
	minPassword = 10  // characters
	maxPassword = 200 // bytes
)

// CheckPassword holds a new password to the rules: 10 characters or more, three of lower
// case, upper case, digits and others (GB/T 22239-2019 asks for complexity), and not the
// login in it. Error: CodeWeakPassword with the rule as Field: length, classes, login.
func CheckPassword(password, login string) error {
	if utf8.RuneCountInString(password) < minPassword || len(password) > maxPassword || !utf8.ValidString(password) {
		return &Error{Code: CodeWeakPassword, Field: "length"}
	}
	var lower, upper, digit, other int
	for _, r := range password {
		switch {
		case unicode.IsLower(r):
			lower = 1
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			other = 1
		}
	}
	if lower+upper+digit+other < 3 {
		return &Error{Code: CodeWeakPassword, Field: "classes"}
	}
	if login != "" && strings.Contains(strings.ToLower(password), strings.ToLower(login)) {
		return &Error{Code: CodeWeakPassword, Field: "login"}
	}
	return nil
}

// HashPassword gives the argon2id hash with a fresh salt in the PHC string format:
// $argon2id$v=19$m=19456,t=2,p=1$salt$key.
func HashPassword(password string) string {
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

var errBadHash = errors.New("identity: not a password hash of ours")

// MatchPassword tells whether the password has this hash, in constant time. The costs are read
// from the hash and bounded, so that a row from elsewhere cannot stop the service.
// An error says that the hash itself is broken.
func MatchPassword(hash, password string) (bool, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return false, errBadHash
	}
	var memory, time uint32
	var threads uint8
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads); n != 3 || err != nil {
		return false, errBadHash
	}
	if memory == 0 || memory > 4*argonMemory || time == 0 || time > 4*argonTime || threads == 0 || threads > 4 {
		return false, errBadHash
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil || len(salt) < 8 {
		return false, errBadHash
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) < 16 || len(want) > 64 {
		return false, errBadHash
	}
	got := argon2.IDKey([]byte(password), salt, time, memory, threads, uint32(len(want))) //nolint:gosec // at most 64
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// NewPassword makes a random password that keeps the rules: 5 groups of 4 characters
// without those that look alike, 98 bits.
func NewPassword() string {
	const letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789" // without l, o, I, O, 0, 1
	const most = 256 - 256%len(letters)                                        // above it, a byte would favour the first letters
	for {
		var b strings.Builder
		for b.Len() < 24 {
			if b.Len()%5 == 4 {
				b.WriteByte('-')
				continue
			}
			var one [1]byte
			rand.Read(one[:])
			if int(one[0]) < most {
				b.WriteByte(letters[int(one[0])%len(letters)])
			}
		}
		if CheckPassword(b.String(), "") == nil {
			return b.String()
		}
	}
}
