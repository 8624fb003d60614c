package hooks

import (
	"errors"
	"net/netip"
	"testing"
	"time"
)

func TestSignature(t *testing.T) {
	// printf '1795600000.{}' | openssl dgst -sha256 -hmac secret
	const want = "v1=69c75c90b2f477668a90f0dc299bb036c5a40dd9c15835fa6224ea8ca8f60a7c"
	if got := Sign("secret", time.Unix(1795600000, 0), []byte("{}")); got != want {
		t.Errorf("%s", got)
	}
}

func TestPauses(t *testing.T) {
	sum := time.Duration(0)
	for try := 2; try <= maxTries; try++ {
		sum += pauseBefore(try)
	}
	if pauseBefore(2) != 15*time.Second || pauseBefore(3) != 30*time.Second || pauseBefore(maxTries) != 2*time.Hour || sum < 20*time.Hour || sum > 30*time.Hour {
		t.Errorf("%s in all", sum)
	}
}

func TestAddresses(t *testing.T) {
	own := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}
	for _, c := range []struct {
		url     string
		allowed []netip.Prefix
		code    string
	}{
		{"https://example.com/hook", nil, ""},
		{"https://example.com:8443/hook?a=b", nil, ""},
		{"http://example.com/hook", nil, "not-https"},
		{"http://10.1.0.9/hook", own, ""},
		{"http://10.2.0.9/hook", own, "private-address"},
		{"http://8.8.8.8/hook", own, "not-https"},
		{"HTTP://8.8.8.8/hook", own, "not-https"},
		{"https://8.8.8.8/hook", own, ""},
		{"http://inside.example.com/hook", own, ""}, // where that leads is seen when it is connected to
		{"https://10.2.0.9/hook", own, "private-address"},
		{"https://[::1]/hook", nil, "private-address"},
		{"ftp://example.com", own, "not-https"},
		{"https://user:secret@example.com/", nil, "bad-url"},
		{"example.com/hook", nil, "bad-url"},
		{"https://exa mple.com", nil, "bad-url"},
		{"", nil, "bad-url"},
	} {
		err := checkURL(c.url, c.allowed)
		fault, _ := errors.AsType[*Fault](err)
		if (err == nil) != (c.code == "") || (fault != nil && fault.Code != c.code) {
			t.Errorf("%q: %v, want %q", c.url, err, c.code)
		}
	}
}
