package sipua

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// param is one ";name=value"; name in lower case, value as it stands (with quotes).
type param struct{ name, value string }

type params []param

func (p params) get(name string) (string, bool) {
	for _, e := range p {
		if e.name == name {
			return e.value, true
		}
	}
	return "", false
}

// address is a name-addr or addr-spec with its header parameters (RFC 3261 section 25.1).
type address struct {
	display string // as it stands, with quotes
	uri     string
	params  params
}

func (a address) tag() string {
	tag, _ := a.params.get("tag")
	return tag
}

// via is one Via element.
type via struct {
	transport string // upper case
	host      string // without brackets
	port      int    // 0: none given
	branch    string
	params    params
}

var errSyntax = errors.New("syntax")

// parseAddress reads From, To, one Contact, one Record-Route. A quote or bracket left
// open is an error; so is a display name that is neither quoted nor of tokens.
func parseAddress(v string) (address, error) {
	v = strings.TrimSpace(v)
	open := indexOutside(v, '<')
	if open == -2 || v == "" {
		return address{}, errSyntax
	}
	if open < 0 {
		uri, rest := v, ""
		if i := strings.IndexByte(v, ';'); i >= 0 { // without <> every ; belongs to the header
			uri, rest = v[:i], v[i:]
		}
		p, err := parseParams(rest)
		return address{uri: strings.TrimSpace(uri), params: p}, firstError(err, checkURIChars(strings.TrimSpace(uri)))
	}
	end := strings.IndexByte(v[open:], '>')
	if end < 0 {
		return address{}, errSyntax
	}
	a := address{display: strings.TrimSpace(v[:open]), uri: v[open+1 : open+end]}
	if !strings.HasPrefix(a.display, `"`) && strings.ContainsAny(a.display, `",;:<>@()[]\/?={}`) {
		return address{}, errSyntax
	}
	var err error
	a.params, err = parseParams(v[open+end+1:])
	return a, firstError(err, checkURIChars(a.uri))
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func checkURIChars(uri string) error {
	if uri == "" || strings.ContainsAny(uri, " \t<>\"") {
		return errSyntax
	}
	return nil
}

// parseParams reads ";a=b;c": empty names are an error, empty values are not.
func parseParams(s string) (params, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return nil, nil
	}
	if s[0] != ';' {
		return nil, errSyntax
	}
	parts, ok := splitOutside(s[1:], ';')
	if !ok || len(parts) > maxHeaders {
		return nil, errSyntax
	}
	out := make(params, 0, len(parts))
	for _, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "" || strings.ContainsAny(name, " \t\",<>") {
			return nil, errSyntax
		}
		out = append(out, param{name, strings.TrimSpace(value)})
	}
	return out, nil
}

// parseVia reads "SIP / 2.0 / UDP host:port ;params" (RFC 3261 section 20.42).
func parseVia(v string) (via, error) {
	name, rest, ok1 := strings.Cut(v, "/")
	version, rest, ok2 := strings.Cut(rest, "/")
	if !ok1 || !ok2 || !strings.EqualFold(strings.TrimSpace(name), "SIP") || strings.TrimSpace(version) != "2.0" {
		return via{}, errSyntax
	}
	rest = strings.TrimSpace(rest)
	i := strings.IndexAny(rest, " \t")
	if i < 0 {
		return via{}, errSyntax
	}
	out := via{transport: strings.ToUpper(rest[:i])}
	if strings.ContainsAny(out.transport, ";,:<>\"/@") {
		return via{}, errSyntax
	}
	sentBy, tail := rest[i:], ""
	if j := strings.IndexByte(sentBy, ';'); j >= 0 {
		sentBy, tail = sentBy[:j], sentBy[j:]
	}
	var err error
	if out.host, out.port, err = splitHostPort(strings.TrimSpace(sentBy)); err != nil {
		return via{}, err
	}
	out.params, err = parseParams(tail)
	out.branch, _ = out.params.get("branch")
	return out, err
}

// splitHostPort reads host, host:port, [v6], [v6]:port; spaces around the colon are
// legal (RFC 3261 section 25.1, COLON). Port 0 when none is given.
func splitHostPort(s string) (host string, port int, err error) {
	tail := ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", 0, errSyntax
		}
		host, tail = s[1:end], strings.TrimSpace(s[end+1:])
	} else if i := strings.IndexByte(s, ':'); i >= 0 {
		host, tail = strings.TrimSpace(s[:i]), s[i:]
	} else {
		host = s
	}
	if host == "" || strings.ContainsAny(host, " \t,\"<>@") {
		return "", 0, errSyntax
	}
	if tail == "" {
		return host, 0, nil
	}
	n, err := strconv.ParseUint(strings.TrimSpace(strings.TrimPrefix(tail, ":")), 10, 16)
	if tail[0] != ':' || err != nil || n == 0 {
		return "", 0, errSyntax
	}
	return host, int(n), nil
}

// splitList splits at commas outside quotes and angle brackets.
func splitList(v string) []string {
	parts, _ := splitOutside(v, ',')
	return parts
}

// splitOutside splits at sep outside quotes and angle brackets; ok is false when one
// of those was left open.
func splitOutside(v string, sep byte) (parts []string, ok bool) {
	quoted, angle, start := false, false, 0
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case c == sep && !angle:
			parts = append(parts, v[start:i])
			start = i + 1
		}
	}
	return append(parts, v[start:]), !quoted && !angle
}

// indexOutside finds c outside quotes; -1: not there, -2: a quote was left open.
func indexOutside(v string, c byte) int {
	quoted := false
	for i := 0; i < len(v); i++ {
		switch {
		case quoted && v[i] == '\\':
			i++
		case v[i] == '"':
			quoted = !quoted
		case !quoted && v[i] == c:
			return i
		}
	}
	if quoted {
		return -2
	}
	return -1
}

// sipURI parses a sip: or sips: URI with a host; anything else is an error.
func sipURI(s string) (sip.Uri, error) {
	var u sip.Uri
	if err := sip.ParseUri(s, &u); err != nil {
		return u, err
	}
	if u.Scheme != "sip" && u.Scheme != "sips" || u.Wildcard || u.Port < 0 || u.Port > 65535 {
		return u, errSyntax
	}
	host := strings.Trim(u.Host, "[]")
	if host == "" || strings.ContainsAny(host, " \t<>\"@,/") {
		return u, errSyntax
	}
	return u, nil
}

// uriParam finds a URI parameter whatever its case.
func uriParam(u sip.Uri, name string) (string, bool) {
	for _, p := range u.UriParams {
		if strings.EqualFold(p.K, name) {
			return p.V, true
		}
	}
	return "", false
}

// hostPort renders an address for a URI or a Via.
func hostPort(a netip.AddrPort) string {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port()).String()
}
