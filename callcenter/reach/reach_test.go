package reach

import (
	"net/netip"
	"strings"
	"testing"
)

func TestReachable(t *testing.T) {
	allowed := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}
	for text, want := range map[string]bool{
		"8.8.8.8": true, "2400:3200::1": true, "10.1.2.3": true, "::ffff:10.1.2.3": true,
		"10.2.0.1": false, "127.0.0.1": false, "::1": false, "::ffff:127.0.0.1": false, "::": false, "0.0.0.0": false, "192.168.1.1": false,
		"172.16.0.1": false, "169.254.169.254": false, "100.64.0.1": false, "fd00::1": false, "fe80::1%eth0": false, "ff02::1": false,
		"224.0.0.1": false, "255.255.255.255": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "::127.0.0.1": false,
		"fec0::1": false, "::ffff:0:10.2.0.1": false, "2001::a02:1": false, "192.88.99.1": false,
	} {
		if err := Check(netip.MustParseAddr(text), true, allowed); (err == nil) != want {
			t.Errorf("%s: %v", text, err)
		}
		if err := Check(netip.MustParseAddr(text), false, allowed); (err == nil) != strings.HasSuffix(text, "10.1.2.3") {
			t.Errorf("%s in the clear: %v", text, err)
		}
	}
	if Check(netip.Addr{}, true, allowed) == nil {
		t.Error("no address is reachable")
	}
}
