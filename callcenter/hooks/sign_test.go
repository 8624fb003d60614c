package hooks

import (
	"errors"
	"net/netip"
	"strings"
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

func TestReachable(t *testing.T) {
	allowed := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}
	for text, want := range map[string]bool{
		"8.8.8.8": true, "2400:3200::1": true, "10.1.2.3": true, "::ffff:10.1.2.3": true,
		"10.2.0.1": false, "127.0.0.1": false, "::1": false, "::ffff:127.0.0.1": false, "::": false, "0.0.0.0": false, "192.168.1.1": false,
		"172.16.0.1": false, "169.254.169.254": false, "100.64.0.1": false, "fd00::1": false, "fe80::1%eth0": false, "ff02::1": false,
		"224.0.0.1": false, "255.255.255.255": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "::127.0.0.1": false,
		"fec0::1": false, "::ffff:0:10.2.0.1": false, "2001::a02:1": false, "192.88.99.1": false,
	} {
		if err := reachable(netip.MustParseAddr(text), "https", allowed); (err == nil) != want {
			t.Errorf("%s: %v", text, err)
		}
		if err := reachable(netip.MustParseAddr(text), "http", allowed); (err == nil) != strings.HasSuffix(text, "10.1.2.3") {
			t.Errorf("%s over http: %v", text, err)
		}
	}
	if reachable(netip.Addr{}, "https", allowed) == nil {
		t.Error("no address is reachable")
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
