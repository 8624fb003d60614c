// Package reach says which addresses of other systems may be connected to. An address
// that somebody gave may point at what only this machine can reach: the connection is
// refused when the resolved address is private, unless the configuration allows it.
package reach

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// Refusals of a connection.
var (
	ErrPrivate = errors.New("reach: a private address, which the configuration does not allow")
	ErrPlain   = errors.New("reach: in the clear out of the networks that the configuration allows: TLS is needed")
)

// inner are networks that an address given by somebody must not lead to.
var inner = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("224.0.0.0/3"),
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("::ffff:0:0:0/96"), // IPv4 as RFC 2765 translates it
	netip.MustParsePrefix("2001::/32"),       // Teredo: IPv4 in it too
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"),
	netip.MustParsePrefix("fec0::/10"), // site-local, as before RFC 3879
	netip.MustParsePrefix("ff00::/8"),
}

// Check says whether a resolved address may be connected to: in the clear only in the
// allowed networks, which are one's own.
func Check(addr netip.Addr, encrypted bool, allow []netip.Prefix) error {
	switch {
	case within(addr, allow):
		return nil
	case !addr.IsValid() || within(addr, inner):
		return ErrPrivate
	case !encrypted:
		return ErrPlain
	}
	return nil
}

func within(addr netip.Addr, nets []netip.Prefix) bool {
	addr = addr.Unmap().WithZone("")
	return addr.IsValid() && slices.ContainsFunc(nets, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// Dialer looks at the address that a name was resolved to, before it is connected to.
func Dialer(encrypted bool, allow []netip.Prefix, timeout time.Duration) *net.Dialer {
	return &net.Dialer{Timeout: timeout, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("reach: %w", err)
		}
		return Check(at.Addr(), encrypted, allow)
	}}
}
