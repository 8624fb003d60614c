package sipua

import (
	"testing"
)

// TestResolveAddresses: what needs no look-up is answered at once, and a port that no
// packet can carry is an error, not another port.
func TestResolveAddresses(t *testing.T) {
	for _, row := range []struct {
		host string
		port int
		want string // empty: an error
	}{
		{"127.0.0.1", 0, "127.0.0.1:5060"},
		{"127.0.0.1", 65535, "127.0.0.1:65535"},
		{"::ffff:127.0.0.1", 5070, "127.0.0.1:5070"},
		{"2001:db8::9:1", 0, "[2001:db8::9:1]:5060"},
		{"2001:db8:::192.0.2.1", 0, "[2001:db8::c000:201]:5060"},
		{"127.0.0.1", 65536 + 5060, ""},
		{"127.0.0.1", -1, ""},
	} {
		calls := 0
		new(call).resolve(row.host, row.port, transportUDP, func(d destination, err error) {
			calls++
			if row.want == "" {
				if err == nil {
					t.Errorf("%s port %d: goes to %v", row.host, row.port, d.addr)
				}
			} else if err != nil || d.addr.String() != row.want {
				t.Errorf("%s port %d: %v, %v; want %s", row.host, row.port, d.addr, err, row.want)
			}
		})
		if calls != 1 {
			t.Errorf("%s port %d: answered %d times", row.host, row.port, calls)
		}
	}
}
