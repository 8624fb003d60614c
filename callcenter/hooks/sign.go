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
	"strconv"
	"time"

	"hotline12345/callcenter/reach"
)

// Event is what others are told. Data has no whole telephone numbers.
type Event struct {
	ID   string    `json:"id"`
	Type string    `json:"type"`
	At   time.Time `json:"at"`
	Call string    `json:"call,omitempty"`
	// Ticket of an event of one.
	Ticket string          `json:"ticket,omitempty"`
	Seq    int             `json:"seq,omitempty"` // of the call's or the ticket's events, ascending
	Data   json.RawMessage `json:"data"`
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
	switch err := reach.Check(addr, u.Scheme == "https", allowed); {
	case errors.Is(err, reach.ErrPrivate):
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
