package sipua

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Limits of one message. A datagram cannot be longer than 64 KiB.
const (
	maxMessageBytes = 64 << 10
	maxBodyBytes    = 16 << 10 // an SDP of a trunk is 0.3..2 KiB
	maxHeaders      = 200
)

// message is one SIP request or response. Header values are kept as they came, so that
// a response repeats Via, From, To and Call-ID to the letter (RFC 3261 section 8.2.6.2).
type message struct {
	method  string // of the request; "" for a response
	uri     string // Request-URI as sent
	code    int    // status of a response
	reason  string
	headers []header
	body    []byte

	via     via      // the topmost
	vias    []string // every Via value, topmost first
	callID  string
	from    address
	to      address
	cseq    uint32
	cseqFor string // method in CSeq
}

// header is one header line; name is lower case and in its long form.
type header struct{ name, value string }

// compactNames are the one-letter forms (RFC 3261 section 7.3.3 and the IANA registry).
var compactNames = map[string]string{
	"a": "accept-contact", "b": "referred-by", "c": "content-type", "e": "content-encoding",
	"f": "from", "i": "call-id", "k": "supported", "l": "content-length", "m": "contact",
	"o": "event", "r": "refer-to", "s": "subject", "t": "to", "u": "allow-events", "v": "via", "x": "session-expires",
}

// singleHeaders may stand once (RFC 3261 section 7.3.1); two of them have no meaning.
var singleHeaders = []string{"call-id", "from", "to", "cseq", "max-forwards", "content-length", "content-type"}

// parseError is a message that is wrong. Code 0: nobody can be told, stay silent.
type parseError struct {
	code int
	text string
}

func (e parseError) Error() string { return e.text }

// rawParser splits start line and header lines and leaves every value alone: sipgo's
// own typed headers lose spelling (and with it the letter-exact echo).
var rawParser = sip.NewParser(sip.WithHeadersParsers(sip.HeadersParser{}))

// parseDatagram reads one message that fills a datagram. With an error the message is
// not nil when enough of it could be read to answer.
func parseDatagram(data []byte) (*message, error) {
	// Headers only: with the body, sipgo puts a Content-Length of its own in place of
	// the one that came.
	raw, n, err := rawParser.ParseHeaders(data, false)
	if raw != nil {
		return fromSIP(raw, bytes.Clone(data[n:]), err)
	}
	// sipgo gives up at a Request-URI that it cannot read; the sender is owed a 400 or
	// 416, so the rest is read with another in its place.
	line, rest, _ := bytes.Cut(data, []byte("\r\n"))
	part := strings.Split(string(line), " ")
	if len(part) != 3 || part[0] == "" || part[1] == "" || !strings.HasPrefix(part[2], "SIP/") {
		return nil, parseError{0, "no start line"}
	}
	standIn := append([]byte(part[0]+" sip:x "+part[2]+"\r\n"), rest...)
	if raw, n, err = rawParser.ParseHeaders(standIn, false); raw == nil {
		return nil, parseError{0, "no start line"}
	}
	m, err := fromSIP(raw, bytes.Clone(standIn[n:]), err)
	if m != nil && m.method != "" {
		m.uri = part[1]
	}
	if strings.ContainsAny(part[1], "\r\n") {
		return nil, parseError{0, "line end in the start line"}
	}
	return m, err
}

// fromSIP turns what sipgo's parser found into a message; err is the parser's.
func fromSIP(raw sip.Message, body []byte, err error) (*message, error) {
	if raw == nil {
		return nil, parseError{0, "no start line"}
	}
	m := &message{body: body}
	version := ""
	switch raw := raw.(type) {
	case *sip.Request:
		m.method, m.uri, version = string(raw.Method), raw.Recipient.String(), raw.SipVersion
		m.take(raw.Headers())
	case *sip.Response:
		m.code, m.reason, version = raw.StatusCode, raw.Reason, raw.SipVersion
		m.take(raw.Headers())
	}
	if bad := m.checkBytes(); bad != nil {
		return nil, bad
	}
	essential := m.readEssentials()
	if len(m.vias) == 0 || m.via.host == "" {
		return nil, parseError{0, "no usable Via"}
	}
	switch {
	case err != nil:
		return m, parseError{400, "Malformed Message"}
	case m.method == "" && (m.code < 100 || m.code > 699):
		return nil, parseError{0, "status out of range"}
	case !strings.EqualFold(version, "SIP/2.0"):
		return m, parseError{505, "Version Not Supported"}
	case essential != nil:
		return m, essential
	}
	return m, m.cutBody()
}

func (m *message) take(headers []sip.Header) {
	m.headers = make([]header, 0, len(headers))
	for _, h := range headers {
		name := strings.ToLower(h.Name())
		if long, ok := compactNames[name]; ok {
			name = long
		}
		m.headers = append(m.headers, header{name, h.Value()})
	}
}

// checkBytes refuses line ends inside a value: what we repeat would become a header of
// our own. Other control characters may stand in quoted strings (RFC 3261 section 25.1).
func (m *message) checkBytes() error {
	if len(m.headers) > maxHeaders {
		return parseError{0, "too many headers"}
	}
	clean := func(s string) bool {
		return strings.IndexFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) < 0
	}
	for _, h := range m.headers {
		if h.name == "" || strings.ContainsAny(h.name, " \t\"<>@,;\\") || !clean(h.name) || strings.ContainsAny(h.value, "\r\n") {
			return parseError{0, "line end in a header, or a bad name"}
		}
	}
	if !clean(m.method) || !clean(m.uri) || !clean(m.reason) {
		return parseError{0, "control character in the start line"}
	}
	return nil
}

// readEssentials fills the fields that every message needs (RFC 3261 section 8.1.1).
// It reads as many as it can, and returns the first fault.
func (m *message) readEssentials() error {
	var fault error
	bad := func(format string, args ...any) {
		if fault == nil {
			fault = parseError{400, fmt.Sprintf(format, args...)}
		}
	}
	for _, name := range singleHeaders {
		if n := m.count(name); n > 1 {
			bad("More Than One %s", name)
		}
	}
	for _, v := range m.values("via") {
		for _, element := range splitList(v) {
			if element = strings.TrimSpace(element); element != "" {
				m.vias = append(m.vias, element)
			}
		}
	}
	if len(m.vias) > 0 {
		var err error
		if m.via, err = parseVia(m.vias[0]); err != nil {
			bad("Bad Via")
		}
	}
	var err error
	if m.callID = m.get("call-id"); m.callID == "" || strings.ContainsAny(m.callID, " \t") {
		bad("Bad Call-ID")
	}
	if m.from, err = parseAddress(m.get("from")); err != nil {
		bad("Bad From")
	}
	if m.to, err = parseAddress(m.get("to")); err != nil {
		bad("Bad To")
	}
	if m.cseq, m.cseqFor, err = parseCSeq(m.get("cseq")); err != nil {
		bad("Bad CSeq")
	} else if m.method != "" {
		if !strings.EqualFold(m.cseqFor, m.method) {
			bad("CSeq Method Does Not Match")
		}
		m.method = m.cseqFor // sipgo has put the start line's into upper case
	}
	if v := m.get("max-forwards"); v != "" {
		if n, err := strconv.ParseUint(v, 10, 32); err != nil || n > 255 {
			bad("Bad Max-Forwards")
		}
	}
	return fault
}

// cutBody applies Content-Length to a datagram: bytes beyond it are not part of the
// message, too few are an error (RFC 3261 section 18.3).
func (m *message) cutBody() error {
	if m.count("content-length") == 0 {
		return nil
	}
	n, err := strconv.ParseUint(m.get("content-length"), 10, 31)
	if err != nil || int(n) > len(m.body) {
		return parseError{400, "Bad Content-Length"}
	}
	m.body = m.body[:n]
	if len(m.body) > maxBodyBytes {
		return parseError{413, "Request Entity Too Large"}
	}
	return nil
}

func (m *message) get(name string) string {
	for _, h := range m.headers {
		if h.name == name {
			return h.value
		}
	}
	return ""
}

func (m *message) values(name string) []string {
	var out []string
	for _, h := range m.headers {
		if h.name == name {
			out = append(out, h.value)
		}
	}
	return out
}

// list gives the elements of a header that may be a comma list over several lines.
func (m *message) list(name string) []string {
	var out []string
	for _, v := range m.values(name) {
		for _, e := range splitList(v) {
			if e = strings.TrimSpace(e); e != "" {
				out = append(out, e)
			}
		}
	}
	return out
}

// lists says whether a header of option tags or methods has this one.
func (m *message) lists(name, token string) bool {
	for _, h := range m.headers {
		if h.name != name {
			continue
		}
		for e := range strings.SplitSeq(h.value, ",") {
			if strings.EqualFold(strings.TrimSpace(e), token) {
				return true
			}
		}
	}
	return false
}

func (m *message) count(name string) int {
	n := 0
	for _, h := range m.headers {
		if h.name == name {
			n++
		}
	}
	return n
}

func parseCSeq(v string) (uint32, string, error) {
	number, method, ok := strings.Cut(strings.TrimSpace(v), " ")
	if !ok {
		number, method, ok = strings.Cut(strings.TrimSpace(v), "\t")
	}
	n, err := strconv.ParseUint(number, 10, 31) // below 2**31, RFC 3261 section 8.1.1.5
	if method = strings.TrimSpace(method); !ok || err != nil || method == "" {
		return 0, "", errors.New("bad CSeq")
	}
	return uint32(n), method, nil
}
