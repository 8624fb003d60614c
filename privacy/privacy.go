// Package privacy keeps callers' personal data unreadable at rest and masked
// on screens and in logs (Art. 31 of the regulation: purpose, protection).
//
// One 32-byte master key is given by the operator or made at first start. HKDF-SHA256
// (RFC 5869) derives an own key for each purpose, so that no key serves two
// algorithms:
//
//	master ─┬─ "seal"        AES-256-GCM: names, numbers, addresses in Postgres
//	        ├─ "hash"        HMAC-SHA256: telephone numbers to search by
//	        └─ Derive(name)  what others need, e.g. "recordings"
//
// A sealed value is bound to its place by associated data (for instance
// "ticket:20261125-000001"): copied into another row it does not open.
package privacy

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
)

// MasterSize is the length of a master key in bytes.
const MasterSize = 32

// sealVersion is the first byte of a sealed value; another one means another layout.
const sealVersion = 1

// ErrSealed is returned by Open for a value that was altered, cut, moved to
// another place, or sealed under another master key.
var ErrSealed = errors.New("privacy: sealed value does not open here")

// Keys holds the keys derived from one master. It is immutable and safe for
// concurrent use.
type Keys struct {
	master [MasterSize]byte
	seal   cipher.AEAD
	hash   []byte
}

// New derives the keys from a master of exactly MasterSize bytes.
func New(master []byte) (*Keys, error) {
	if len(master) != MasterSize {
		return nil, fmt.Errorf("privacy: master key has %d bytes, needs %d", len(master), MasterSize)
	}
	k := &Keys{master: [MasterSize]byte(master)}
	sealKey, err := k.Derive("seal")
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(sealKey)
	if err != nil {
		return nil, fmt.Errorf("privacy: seal key: %w", err)
	}
	// GCM with a random nonce is sound for 2^32 values under one key (NIST SP
	// 800-38D, 8.3): decades of a region's tickets.
	if k.seal, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return nil, fmt.Errorf("privacy: seal key: %w", err)
	}
	if k.hash, err = k.Derive("hash"); err != nil {
		return nil, err
	}
	return k, nil
}

// Derive returns the 32-byte key for a purpose, the same for the same master.
func (k *Keys) Derive(purpose string) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, k.master[:], nil, "hotline12345 "+purpose, 32)
	if err != nil {
		return nil, fmt.Errorf("privacy: derive %s: %w", purpose, err)
	}
	return key, nil
}

// Seal encrypts plain and binds it to place: version byte, nonce, ciphertext, tag.
func (k *Keys) Seal(plain []byte, place string) []byte {
	return k.seal.Seal([]byte{sealVersion}, nil, plain, []byte(place)) //nolint:gosec // this AEAD makes its own nonce
}

// Open returns what Seal was given, or ErrSealed.
func (k *Keys) Open(sealed []byte, place string) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return nil, ErrSealed
	}
	plain, err := k.seal.Open(nil, nil, sealed[1:], []byte(place))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// HashPhone is the keyed hash of a normalised number, 32 bytes, to find equal
// numbers without storing them readable. A number without digits has none: nil.
func (k *Keys) HashPhone(phone string) []byte {
	normal := NormalPhone(phone)
	if normal == "" {
		return nil
	}
	mac := hmac.New(sha256.New, k.hash)
	mac.Write([]byte(normal))
	return mac.Sum(nil)
}

// NewMaster makes a fresh random master key.
func NewMaster() []byte {
	master := make([]byte, MasterSize)
	// crypto/rand.Read never returns an error (Go 1.24); it ends the program instead.
	_, _ = rand.Read(master)
	return master
}
