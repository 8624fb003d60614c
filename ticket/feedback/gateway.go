package feedback

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// The gateway's protocol, one for both directions. A message:
//
//	POST <url>
//	Content-Type: application/json
//	Idempotency-Key: 01936f4e-…          the message's id: a repeated one is sent once
//	X-Key-Id: …
//	X-Timestamp: 1795600000               seconds since 1970
//	X-Signature: hex(HMAC-SHA256(secret, method \n path \n timestamp \n hex(SHA256(body))))
//
//	{"id":"01936f4e-…","to":"13800001000","text":"…"}
//
// is answered by 2xx and {"id":"the gateway's id"}. 4xx but 408, 425 and 429 refuses the
// message for good; everything else is tried again. Receipts come to us with the
// same signature; see Receipts.
const (
	headerKey       = "X-Key-Id"
	headerTimestamp = "X-Timestamp"
	headerSignature = "X-Signature"

	maxAnswer = 64 << 10
)

// GatewayOptions say where the gateway is.
type GatewayOptions struct {
	URL     string
	KeyID   string
	Secret  string
	Timeout time.Duration // of one request [10 s]
	Tries   int           // of one message [8]
	// NoReceipts: the gateway reports no deliveries, so a message counts as
	// delivered when it was accepted.
	NoReceipts bool
}

// Gateway sends text messages over HTTP. Safe for concurrent use.
type Gateway struct {
	o      GatewayOptions
	path   string
	client *http.Client
	now    func() time.Time
}

// NewGateway checks the options.
func NewGateway(o GatewayOptions, now func() time.Time) (*Gateway, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, errors.New("feedback: the message gateway's address is not an http address")
	}
	if o.KeyID == "" || o.Secret == "" {
		return nil, errors.New("feedback: the message gateway needs a key id and a secret")
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Tries == 0 {
		o.Tries = 8
	}
	return &Gateway{o: o, path: u.EscapedPath(), now: now, client: &http.Client{
		Timeout: o.Timeout,
		// A redirect would carry a number to someone we do not know.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// RefusedError: the gateway will never take this message.
type RefusedError struct{ Status int }

func (e *RefusedError) Error() string {
	return fmt.Sprintf("the message gateway refuses: %d", e.Status)
}

// Send hands one message to the gateway and returns the gateway's id of it. The
// error is a *RefusedError when trying again is of no use. Errors hold neither number nor text.
func (g *Gateway) Send(ctx context.Context, id, to, text string) (string, error) {
	body, err := json.Marshal(struct {
		ID   string `json:"id"`
		To   string `json:"to"`
		Text string `json:"text"`
	}{id, to, text})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.o.URL, bytes.NewReader(body))
	if err != nil {
		return "", errors.New("feedback: the message gateway's address is not valid")
	}
	timestamp := strconv.FormatInt(g.now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", id)
	req.Header.Set(headerKey, g.o.KeyID)
	req.Header.Set(headerTimestamp, timestamp)
	req.Header.Set(headerSignature, sign(g.o.Secret, http.MethodPost, g.path, timestamp, body))
	resp, err := g.client.Do(req)
	if err != nil {
		return "", fmt.Errorf("the message gateway does not answer: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its limit below
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case err != nil:
		return "", fmt.Errorf("the message gateway's answer breaks off: %w", err)
	case resp.StatusCode >= 200 && resp.StatusCode < 300:
		var accepted struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(answer, &accepted); err != nil || len(accepted.ID) > 200 {
			return "", errors.New("the message gateway's answer is not what was agreed")
		}
		return accepted.ID, nil
	case final(resp.StatusCode):
		return "", &RefusedError{Status: resp.StatusCode}
	}
	return "", fmt.Errorf("the message gateway answers %d", resp.StatusCode)
}

func final(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return status >= 300 && status < 500
}

// sign is the signature of a request.
func sign(secret, method, path, timestamp string, body []byte) string {
	digest := sha256.Sum256(body)
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "%s\n%s\n%s\n%s", method, path, timestamp, hex.EncodeToString(digest[:]))
	return hex.EncodeToString(mac.Sum(nil))
}

// clockSkew is how far the timestamp of a request may be from our clock.
const clockSkew = 5 * time.Minute

// verify checks the signature and the age of a request.
func (g *Gateway) verify(r *http.Request, body []byte) bool {
	timestamp := r.Header.Get(headerTimestamp)
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || g.now().Sub(time.Unix(seconds, 0)).Abs() > clockSkew {
		return false
	}
	want := sign(g.o.Secret, r.Method, r.URL.EscapedPath(), timestamp, body)
	return r.Header.Get(headerKey) == g.o.KeyID && hmac.Equal([]byte(want), []byte(r.Header.Get(headerSignature)))
}
