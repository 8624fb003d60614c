package media

import (
	"net"
	"net/netip"
)

// localAddresses are this machine's IPv4 addresses, loopback last.
func localAddresses() []netip.Addr {
	var others, loopback []netip.Addr
	interfaces, err := net.InterfaceAddrs()
	if err == nil {
		for _, i := range interfaces {
			prefix, err := netip.ParsePrefix(i.String())
			if err != nil || !prefix.Addr().Is4() {
				continue
			}
			if prefix.Addr().IsLoopback() {
				loopback = append(loopback, prefix.Addr())
			} else {
				others = append(others, prefix.Addr())
			}
		}
	}
	if all := append(others, loopback...); len(all) > 0 {
		return all
	}
	return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}
}

// anywhere is an address of no network (RFC 5737): the way to it is the default route.
var anywhere = netip.AddrFrom4([4]byte{192, 0, 2, 1})

// addressTowards is the address that this machine would send from to a far end;
// nothing is sent.
func addressTowards(far netip.Addr) netip.Addr {
	const discard = 9
	if !far.IsValid() || far.IsUnspecified() {
		far = anywhere
	}
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(far, discard)))
	if err != nil {
		return localAddresses()[0] // no route
	}
	local := conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
	_ = conn.Close() // was never used
	return local
}
