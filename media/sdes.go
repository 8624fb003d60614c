package media

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/srtp/v3"
)

// Encrypted sound of desk phones and trunks: SRTP with keys in the SDP (SDES, RFC 4568).
// Whoever reads the signalling has them, so it belongs on signalling by TLS.

// SRTPPolicy says what is done about sound in the clear towards trunks and desk phones.
type SRTPPolicy int

const (
	// SRTPAccept answers keys with keys, and the clear with the clear; it offers the clear.
	SRTPAccept SRTPPolicy = iota
	// SRTPRequire refuses the clear, and offers keys.
	SRTPRequire
)

// suite is a crypto suite of RFC 4568 section 6.2 or RFC 7714 section 14.2.
type suite struct {
	name    string
	profile srtp.ProtectionProfile
}

// suites, the best first.
var suites = []suite{
	{"AEAD_AES_256_GCM", srtp.ProtectionProfileAeadAes256Gcm},
	{"AEAD_AES_128_GCM", srtp.ProtectionProfileAeadAes128Gcm},
	{"AES_CM_128_HMAC_SHA1_80", srtp.ProtectionProfileAes128CmHmacSha1_80},
	{"AES_CM_128_HMAC_SHA1_32", srtp.ProtectionProfileAes128CmHmacSha1_32},
}

func (s suite) keySizes() (key, salt int) {
	key, _ = s.profile.KeyLen() // every profile above has both
	salt, _ = s.profile.SaltLen()
	return key, salt
}

// cryptoLine is one a=crypto: a suite, and the key and salt of who wrote it.
type cryptoLine struct {
	tag   string
	suite suite
	key   []byte // with the salt after it
}

var (
	errNoCrypto = errors.New("media: the SDP has no crypto line that we can use")
	errClear    = errors.New("media: sound in the clear is not allowed here")
)

// parseCrypto reads the value of a=crypto. What asks for more than we do (session
// parameters, a master key identifier) is not for us; the far end may offer it without.
func parseCrypto(value string) (cryptoLine, bool) {
	fields := strings.Fields(value)
	if len(fields) != 3 || len(fields[0]) > 9 || strings.Trim(fields[0], "0123456789") != "" {
		return cryptoLine{}, false
	}
	inline, ok := strings.CutPrefix(fields[2], "inline:")
	if !ok || strings.Contains(inline, ":") || strings.Contains(inline, ";") {
		return cryptoLine{}, false
	}
	text, _, _ := strings.Cut(inline, "|") // a lifetime: our calls are shorter
	for _, s := range suites {
		if s.name != fields[1] {
			continue
		}
		key, err := base64.StdEncoding.DecodeString(text)
		if err != nil { // without padding, as some write it
			key, err = base64.RawStdEncoding.DecodeString(text)
		}
		size, salt := s.keySizes()
		if err != nil || len(key) != size+salt {
			return cryptoLine{}, false
		}
		return cryptoLine{tag: fields[0], suite: s, key: key}, true
	}
	return cryptoLine{}, false
}

// bestCrypto is the best line of a stream, nil: none is of use.
func bestCrypto(m *sdp.MediaDescription) *cryptoLine {
	var best *cryptoLine
	rank := len(suites)
	for _, a := range m.Attributes {
		if a.Key != "crypto" {
			continue
		}
		line, ok := parseCrypto(a.Value)
		for i, s := range suites[:rank] {
			if ok && s == line.suite {
				best, rank = &line, i
				break
			}
		}
	}
	return best
}

func newCryptoLine(tag string, s suite) cryptoLine {
	key, salt := s.keySizes()
	line := cryptoLine{tag: tag, suite: s, key: make([]byte, key+salt)}
	_, _ = rand.Read(line.key) // never fails (crypto/rand)
	return line
}

func (c cryptoLine) String() string {
	return fmt.Sprintf("a=crypto:%s %s inline:%s\r\n", c.tag, c.suite.name, base64.StdEncoding.EncodeToString(c.key))
}

func (c cryptoLine) context(options ...srtp.ContextOption) (*srtp.Context, error) {
	size, _ := c.suite.keySizes()
	return srtp.CreateContext(c.key[:size], c.key[size:], c.suite.profile, options...)
}

// sealed is the encryption of one trunk leg, both ways.
type sealed struct {
	ours, theirs cryptoLine

	out     sync.Mutex
	encrypt *srtp.Context
	header  rtp.Header
	cipher  []byte

	in      sync.Mutex
	decrypt *srtp.Context
	clear   rtp.Header
	plain   []byte // the newest sound; of the one goroutine that reads it
}

// newSealed takes two keys into use. What stays as it was before goes on where it was: a
// key that began anew would repeat its nonces.
func newSealed(ours, theirs cryptoLine, before *sealed) (*sealed, error) {
	s := &sealed{ours: ours, theirs: theirs}
	var err error
	if before != nil && before.ours.same(ours) {
		s.encrypt = before.encrypt
	} else if s.encrypt, err = ours.context(); err != nil {
		return nil, fmt.Errorf("media: SRTP: %w", err)
	}
	if before != nil && before.theirs.same(theirs) {
		s.decrypt = before.decrypt
		return s, nil
	}
	if s.decrypt, err = theirs.context(srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow)); err != nil {
		return nil, fmt.Errorf("media: SRTP: %w", err)
	}
	return s, nil
}

func (c cryptoLine) same(other cryptoLine) bool {
	return c.suite == other.suite && bytes.Equal(c.key, other.key)
}

// seal encrypts a packet and gives it to write, which must not keep it.
func (s *sealed) seal(b []byte, write func([]byte)) {
	s.out.Lock()
	defer s.out.Unlock()
	var err error
	if isRTCP(b) {
		s.cipher, err = s.encrypt.EncryptRTCP(s.cipher[:0], b, nil)
	} else {
		s.cipher, err = s.encrypt.EncryptRTP(s.cipher[:0], b, &s.header)
	}
	if err == nil {
		write(s.cipher)
	}
}

// open decrypts a packet; sound stays as it is until the next one. False: it is forged, or
// was there before.
func (s *sealed) open(b []byte) ([]byte, bool) {
	s.in.Lock()
	defer s.in.Unlock()
	if isRTCP(b) {
		plain, err := s.decrypt.DecryptRTCP(nil, b, nil)
		return plain, err == nil
	}
	plain, err := s.decrypt.DecryptRTP(s.plain[:0], b, &s.clear)
	if err == nil {
		s.plain = plain
	}
	return plain, err == nil
}
