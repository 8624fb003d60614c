package sipua

import (
	"errors"
	"strings"
)

// NumberRule puts a number into another form: one that begins with Prefix and, when
// Length is given, has so many characters gets With in place of Prefix. An empty Prefix
// fits every number.
type NumberRule struct {
	Prefix string // digits, + in front at most
	Length int    // characters of the whole number, + counted; 0: any
	With   string
}

const maxRules = 100

func (r NumberRule) fits(number string) bool {
	return strings.HasPrefix(number, r.Prefix) && (r.Length == 0 || len(number) == r.Length)
}

func (r NumberRule) validate() error {
	for _, s := range []string{r.Prefix, r.With} {
		if digits := strings.TrimPrefix(s, "+"); len(digits) > maxNumberDigits || strings.Trim(digits, "0123456789*#") != "" {
			return errors.New("has a number rule that is not made of digits")
		}
	}
	if r.Length < 0 || r.Length > maxNumberDigits+1 {
		return errors.New("has a number rule for a length that no number has")
	}
	return nil
}

// rewrite applies the first rule that fits. ok is false when there are rules and none
// fits: this trunk does not carry such numbers.
func rewrite(rules []NumberRule, number string) (out string, ok bool) {
	for _, r := range rules {
		if r.fits(number) {
			return r.With + number[len(r.Prefix):], true
		}
	}
	return number, len(rules) == 0
}
