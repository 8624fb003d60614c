package sipua

import (
	"net/url"
	"slices"
	"strings"
)

// Numbers are kept as people in the city dial them: mobile 13800001000, landline with
// its area code 02887654321, service number 12345; foreign ones as +4930123456.

const (
	maxNumberDigits = 20
	minLandline     = 9 // digits of area code without 0, and number
)

// anonymousUsers are what networks put where a number is withheld (RFC 3323, RFC 3325
// and common practice).
var anonymousUsers = []string{"anonymous", "unavailable", "restricted", "private", "unknown", "withheld"}

// callerNumber is who calls, normalised; "" when withheld or not a number. The network
// vouches for P-Asserted-Identity (RFC 3325); From is what the phone claims. A caller
// who asks for privacy stays unknown, whatever the network asserts.
func callerNumber(m *message, rules []NumberRule) string {
	for _, v := range m.values("privacy") {
		for token := range strings.SplitSeq(v, ";") {
			if t := strings.ToLower(strings.TrimSpace(token)); t == "id" || t == "user" || t == "header" {
				return ""
			}
		}
	}
	for _, v := range m.list("p-asserted-identity") {
		if a, err := parseAddress(v); err == nil {
			if n := numberIn(a.uri, rules); n != "" {
				return n
			}
		}
	}
	return numberIn(m.from.uri, rules)
}

// numberOfURI normalises the number in a tel: or sip: URI.
func numberOfURI(uri string) string { return numberIn(uri, nil) }

// numberIn normalises after the trunk's rules have taken away what only it puts there.
func numberIn(uri string, rules []NumberRule) string {
	scheme, rest, ok := strings.Cut(uri, ":")
	if !ok {
		return ""
	}
	switch strings.ToLower(scheme) {
	case "tel":
	case "sip", "sips":
		user, _, found := strings.Cut(rest, "@")
		if !found {
			return "" // a host alone
		}
		rest, _, _ = strings.Cut(user, ":") // a password is no part of the number
	default:
		return ""
	}
	number, extra, _ := strings.Cut(rest, ";")
	number, err := url.PathUnescape(number)
	if err != nil || slices.Contains(anonymousUsers, strings.ToLower(number)) {
		return ""
	}
	// tel:13800001000;phone-context=+86 (RFC 3966 section 5.1.5)
	for p := range strings.SplitSeq(extra, ";") {
		name, value, _ := strings.Cut(p, "=")
		if strings.EqualFold(name, "phone-context") && strings.HasPrefix(value, "+") && !strings.HasPrefix(number, "+") {
			number = value + number
		}
	}
	number, _ = rewrite(rules, plainDigits(number))
	return normaliseNumber(number)
}

// plainDigits leaves out visual separators (RFC 3966 section 5.1.1).
func plainDigits(raw string) string { return separators.Replace(raw) }

var separators = strings.NewReplacer("-", "", ".", "", "(", "", ")", "", " ", "")

// normaliseNumber returns "" for what is not a telephone number.
func normaliseNumber(raw string) string {
	n := plainDigits(raw)
	plus := strings.HasPrefix(n, "+")
	n = strings.TrimPrefix(n, "+")
	if n == "" || len(n) > maxNumberDigits || strings.Trim(n, "0123456789") != "" {
		return ""
	}
	if !plus && strings.HasPrefix(n, "00") && len(n) > 8 { // international prefix
		n, plus = n[2:], true
	}
	switch {
	case plus && strings.HasPrefix(n, "86"):
		return national(n[2:])
	case plus:
		return "+" + n
	case strings.HasPrefix(n, "86") && isMobile(n[2:]): // some trunks leave the + out
		return n[2:]
	default:
		return n
	}
}

// national puts a number that came after +86 into the form dialled in the country.
func national(n string) string {
	switch {
	case n == "":
		return ""
	case isMobile(n), strings.HasPrefix(n, "0"), len(n) < minLandline:
		return n // mobile, already with 0, or a service number
	case len(n) == 10 && (strings.HasPrefix(n, "400") || strings.HasPrefix(n, "800")):
		return n
	default:
		return "0" + n
	}
}

func isMobile(n string) bool {
	return len(n) == 11 && n[0] == '1' && n[1] >= '3'
}

// dialable says whether to can be called: digits, with + in front at most.
func dialable(to string) bool {
	digits := strings.TrimPrefix(to, "+")
	return digits != "" && len(digits) <= maxNumberDigits && strings.Trim(digits, "0123456789") == ""
}
