package sipua

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// Digest (RFC 3261 section 22 with RFC 7616; our own requests also RFC 8760). Nonces carry their own time
// and seal, so a challenge costs no memory; what is kept is the highest count used with
// each nonce that was good, against replay.

const (
	realm     = "hotline12345"
	maxNonces = 4096
)

// algorithms that we answer a challenge with, in the order we prefer them.
var algorithms = []string{"SHA-256", "MD5"}

// challengeWith is the one algorithm that every phone and gateway has. RFC 8760 lets us
// offer SHA-256 beside it, but many (Debian's baresip and sipp among them) give up the
// call when they see a challenge that they do not know.
const challengeWith = "MD5"

type authenticator struct {
	opt    *Options
	secret [32]byte

	mu   sync.Mutex
	used map[string]usedNonce
}

type usedNonce struct {
	count int
	at    time.Time
}

func newAuthenticator(opt *Options) *authenticator {
	a := &authenticator{opt: opt, used: map[string]usedNonce{}}
	_, _ = rand.Read(a.secret[:])
	return a
}

// admit picks the trunk of an INVITE from an address that no trunk lists: the one whose
// user it proves to be.
func (a *authenticator) admit(m *message) (trunk int, refusal answer) {
	var candidates []int
	for i := range a.opt.Trunks {
		if t := &a.opt.Trunks[i]; len(t.Peers) == 0 && !t.phones {
			candidates = append(candidates, i)
		}
	}
	if len(candidates) == 0 {
		return 0, answer{code: 403}
	}
	stale := false
	for _, v := range m.values("authorization") {
		cred, err := digest.ParseCredentials(v)
		if err != nil {
			continue
		}
		for _, i := range candidates {
			t := &a.opt.Trunks[i]
			if subtle.ConstantTimeCompare([]byte(cred.Username), []byte(t.User)) != 1 || !matches(m, cred, t) {
				continue
			}
			if a.fresh(cred.Nonce, cred.Nc) {
				return i, answer{}
			}
			stale = true // the password is right, the nonce is not
		}
	}
	return 0, a.challenge(stale)
}

// matches recomputes the response.
func matches(m *message, cred *digest.Credentials, t *Trunk) bool {
	if !strings.EqualFold(cmp.Or(cred.Algorithm, challengeWith), challengeWith) || cred.Realm != realm || cred.QOP != "auth" || cred.Nc <= 0 || cred.Cnonce == "" || cred.Userhash || !sameURI(cred.URI, m.uri) {
		return false
	}
	want, err := digest.Digest(
		&digest.Challenge{Realm: realm, Nonce: cred.Nonce, Algorithm: cred.Algorithm, QOP: []string{"auth"}},
		digest.Options{Method: m.method, URI: cred.URI, Count: cred.Nc, Cnonce: cred.Cnonce, Username: t.User, Password: t.Password},
	)
	return err == nil && subtle.ConstantTimeCompare([]byte(strings.ToLower(cred.Response)), []byte(want.Response)) == 1
}

// sameURI compares as far as our parser tells URIs apart: some phones write a parameter
// twice in the Request-URI.
func sameURI(a, b string) bool {
	var x, y sip.Uri
	return a == b || sip.ParseUri(a, &x) == nil && sip.ParseUri(b, &y) == nil && x.String() == y.String()
}

func (a *authenticator) challenge(stale bool) answer {
	c := digest.Challenge{Realm: realm, Nonce: a.newNonce(a.opt.Now()), Algorithm: challengeWith, QOP: []string{"auth"}, Stale: stale}
	return answer{code: 401, headers: []header{{"WWW-Authenticate", c.String()}}}
}

// newNonce: 8 bytes of time, 8 random, 16 of seal.
func (a *authenticator) newNonce(now time.Time) string {
	var b [32]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixNano()))
	_, _ = rand.Read(b[8:16])
	copy(b[16:], a.seal(b[:16]))
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func (a *authenticator) seal(b []byte) []byte {
	h := hmac.New(sha256.New, a.secret[:])
	h.Write(b)
	return h.Sum(nil)[:16]
}

// fresh: the nonce is ours, young, and its count was not used before.
func (a *authenticator) fresh(nonce string, count int) bool {
	b, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(b) != 32 || !hmac.Equal(b[16:], a.seal(b[:16])) {
		return false
	}
	now := a.opt.Now()
	made := time.Unix(0, int64(binary.BigEndian.Uint64(b[:8]))) //nolint:gosec // sealed by us: a clock's reading
	if age := now.Sub(made); age < 0 || age > a.opt.NonceLife {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if count <= a.used[nonce].count {
		return false
	}
	if len(a.used) >= maxNonces {
		for n, u := range a.used {
			if now.Sub(u.at) > a.opt.NonceLife {
				delete(a.used, n)
			}
		}
		if len(a.used) >= maxNonces {
			return false // as if stale: they ask again when others have aged
		}
	}
	a.used[nonce] = usedNonce{count, now}
	return true
}

// authorize answers a 401 or 407 for a request of ours. ok is false without a password
// or a challenge that we can meet.
func (t *Trunk) authorize(res *message, method, uri string) (h header, stale, ok bool) {
	if t.User == "" {
		return header{}, false, false
	}
	name, reply := "www-authenticate", "Authorization"
	if res.code == 407 {
		name, reply = "proxy-authenticate", "Proxy-Authorization"
	}
	for _, wanted := range algorithms {
		for _, v := range res.values(name) {
			c, err := digest.ParseChallenge(v)
			if err != nil || !strings.EqualFold(cmp.Or(c.Algorithm, "MD5"), wanted) {
				continue
			}
			for i := range c.QOP {
				c.QOP[i] = strings.TrimSpace(c.QOP[i])
			}
			if len(c.QOP) > 0 && !c.SupportsQOP("auth") {
				continue // auth-int alone
			}
			cred, err := digest.Digest(c, digest.Options{Method: method, URI: uri, Username: t.User, Password: t.Password})
			if err == nil {
				return header{reply, cred.String()}, c.Stale, true
			}
		}
	}
	return header{}, false, false
}
