package hooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Event is what others are told. Data has no whole telephone numbers.
type Event struct {
	ID   string          `json:"id"`
	Type string          `json:"type"`
	At   time.Time       `json:"at"`
	Call string          `json:"call,omitempty"`
	Seq  int             `json:"seq,omitempty"` // of the call's events, ascending
	Data json.RawMessage `json:"data"`
}

// TypePing is sent on request, to try an address.
const TypePing = "ping"

// Sign gives the value of X-Hotline-Signature.
func Sign(secret string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(strconv.FormatInt(at.Unix(), 10)))
	mac.Write([]byte("."))
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// pauseBefore a try, the first one being 2: 15 s, doubling up to 2 h.
func pauseBefore(try int) time.Duration {
	pause := 15 * time.Second
	for range try - 2 {
		if pause >= 2*time.Hour {
			return 2 * time.Hour
		}
		pause *= 2
	}
	return pause
}

// maxTries last about a day.
const maxTries = 20

// inner are networks that an address given by somebody must not lead to.
var inner = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("224.0.0.0/3"),
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("::ffff:0:0:0/96"), // IPv4 as RFC 2765 translates it
	netip.MustParsePrefix("2001::/32"),       // Teredo: IPv4 in it too
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"),
	netip.MustParsePrefix("fec0::/10"), // site-local, as before RFC 3879
	netip.MustParsePrefix("ff00::/8"),
}

var (
	errPrivate = errors.New("hooks: a private address, which the configuration does not allow")
	errPlain   = errors.New("hooks: http leads out of the networks that the configuration allows: https is needed")
)

func within(addr netip.Addr, nets []netip.Prefix) bool {
	addr = addr.Unmap().WithZone("")
	return addr.IsValid() && slices.ContainsFunc(nets, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// reachable says whether a resolved address may be connected to: over http only in the
// allowed networks, which are one's own.
func reachable(addr netip.Addr, scheme string, allowed []netip.Prefix) error {
	switch {
	case within(addr, allowed):
		return nil
	case !addr.IsValid() || within(addr, inner):
		return errPrivate
	case scheme != "https":
		return errPlain
	}
	return nil
}

// checkURL: https; http only to the allowed networks. Where a name leads is not known
// before it is connected to.
func checkURL(text string, allowed []netip.Prefix) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || len(text) > 500:
		return &Fault{Field: "url", Code: "bad-url"}
	case u.User != nil || u.Fragment != "":
		return &Fault{Field: "url", Code: "bad-url"}
	case u.Scheme != "https" && (u.Scheme != "http" || len(allowed) == 0):
		return &Fault{Field: "url", Code: "not-https"}
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return nil //nolint:nilerr // a name
	}
	switch err := reachable(addr, u.Scheme, allowed); {
	case errors.Is(err, errPrivate):
		return &Fault{Field: "url", Code: "private-address"}
	case err != nil:
		return &Fault{Field: "url", Code: "not-https"}
	}
	return nil
}

// Fault says what is wrong with a webhook that somebody wants to save.
type Fault struct {
	Field string
	Code  string // bad-url, not-https, private-address, unknown-event
}

func (f *Fault) Error() string { return fmt.Sprintf("hooks: %s: %s", f.Field, f.Code) }
