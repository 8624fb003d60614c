package sipua

import (
	"cmp"
	"crypto/md5" //nolint:gosec // what digest was made of; an account may forbid it
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/icholy/digest"
)

// Digest of desk phones (RFC 7616, RFC 8760): against the hashes that are kept, with the
// algorithms that the account allows, the nonces of auth.go, and a limit on guessing.

const (
	algorithmMD5    = "MD5"
	algorithmSHA256 = "SHA-256"
)

// algorithms of the account, the best first.
func (p PhoneAccount) algorithms() []string {
	switch p.Digest {
	case DigestSHA256:
		return []string{algorithmSHA256}
	case DigestBoth:
		return []string{algorithmSHA256, algorithmMD5}
	case DigestMD5:
	}
	return []string{algorithmMD5}
}

// secret is A1 of an algorithm; "": the account does not allow it.
func (p PhoneAccount) secret(algorithm string) string {
	for _, allowed := range p.algorithms() {
		if strings.EqualFold(allowed, algorithm) {
			if allowed == algorithmMD5 {
				return p.MD5
			}
			return p.SHA256
		}
	}
	return ""
}

// PhoneSecrets are both hashes of an account's password, as PhoneAccount keeps them.
func PhoneSecrets(user, password string) (md5hex, sha256hex string) {
	a1 := user + ":" + Realm + ":" + password
	return hashed(algorithmMD5, a1), hashed(algorithmSHA256, a1)
}

func hashed(algorithm, text string) string {
	if strings.EqualFold(algorithm, algorithmSHA256) {
		h := sha256.Sum256([]byte(text))
		return hex.EncodeToString(h[:])
	}
	h := md5.Sum([]byte(text)) //nolint:gosec // see above
	return hex.EncodeToString(h[:])
}

// admitPhone finds the account that a request proves to be of; the answer refuses.
func (u *UA) admitPhone(m *message, from source) (PhoneAccount, answer) {
	host := from.addr.Addr()
	if wait := u.tries.blocked(host, u.opt.Now()); wait > 0 {
		return PhoneAccount{}, answer{code: 403, reason: "Too Many Attempts", headers: []header{{"Retry-After", seconds(wait)}}}
	}
	stale, guessed := false, false
	for _, v := range m.values("authorization") {
		cred, err := digest.ParseCredentials(v)
		if err != nil || cred.Realm != realm {
			continue
		}
		account, ok := u.opt.Phones.Account(cred.Username)
		if !proves(m, cred, account) || !ok {
			guessed = true
			continue
		}
		if u.auth.fresh(cred.Nonce, cred.Nc) {
			return account, answer{}
		}
		stale = true
	}
	if guessed {
		u.tries.failed(host, u.opt.Now())
	}
	account, _ := u.opt.Phones.Account(userOf(m.to.uri))
	return PhoneAccount{}, u.auth.challengeFor(account, stale)
}

// proves recomputes the response; of an account that there is not, too, so that the time
// it takes tells nothing.
func proves(m *message, cred *digest.Credentials, account PhoneAccount) bool {
	algorithm := cmp.Or(cred.Algorithm, algorithmMD5)
	if cred.QOP != "auth" || cred.Nc <= 0 || cred.Cnonce == "" || cred.Userhash || !sameURI(cred.URI, m.uri) {
		return false
	}
	a1 := account.secret(algorithm)
	want := hashed(algorithm, fmt.Sprintf("%s:%s:%08x:%s:%s:%s", a1, cred.Nonce, cred.Nc, cred.Cnonce, cred.QOP, hashed(algorithm, m.method+":"+cred.URI)))
	return subtle.ConstantTimeCompare([]byte(strings.ToLower(cred.Response)), []byte(want)) == 1 && a1 != ""
}

// challengeFor asks for a digest of each algorithm that the account allows (RFC 8760
// section 2.4: the best first).
func (a *authenticator) challengeFor(account PhoneAccount, stale bool) answer {
	nonce := a.newNonce(a.opt.Now())
	out := answer{code: 401}
	for _, algorithm := range account.algorithms() {
		c := digest.Challenge{Realm: realm, Nonce: nonce, Algorithm: algorithm, QOP: []string{"auth"}, Stale: stale}
		out.headers = append(out.headers, header{"WWW-Authenticate", c.String()})
	}
	return out
}

// userOf is the user part of a SIP URI; "" when there is none.
func userOf(uri string) string {
	u, err := sipURI(uri)
	if err != nil {
		return ""
	}
	return u.User
}

// tries counts wrong passwords by address.
type tries struct {
	limit  int
	window time.Duration

	mu sync.Mutex
	of map[netip.Addr]guesses
}

type guesses struct {
	n     int
	since time.Time
}

const maxTriers = 4096 // addresses; beyond them the oldest are forgotten together

func newTries(p *Phones) *tries {
	return &tries{limit: p.Tries, window: p.TryWindow, of: map[netip.Addr]guesses{}}
}

func (t *tries) failed(host netip.Addr, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.of[host]
	if now.Sub(g.since) > t.window {
		g = guesses{since: now}
	}
	if len(t.of) >= maxTriers {
		for other, was := range t.of {
			if now.Sub(was.since) > t.window {
				delete(t.of, other)
			}
		}
		if len(t.of) >= maxTriers {
			clear(t.of)
		}
	}
	g.n++
	t.of[host] = g
}

// blocked is how long the address must wait; 0: it need not.
func (t *tries) blocked(host netip.Addr, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	g, ok := t.of[host]
	if !ok || g.n < t.limit {
		return 0
	}
	return max(0, t.window-now.Sub(g.since))
}
