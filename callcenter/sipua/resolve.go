package sipua

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// nextHop is where a URI points: its transport parameter, else the transport in use. To
// sips there is no way but TLS (RFC 3261 section 26.2.2).
func nextHop(uri sip.Uri, transport string) (host string, port int, _ string) {
	if wanted, ok := uriParam(uri, "transport"); ok {
		switch strings.ToLower(wanted) {
		case transportUDP, transportTCP, transportTLS:
			transport = strings.ToLower(wanted)
		}
	}
	if uri.IsEncrypted() {
		transport = transportTLS
	}
	return strings.Trim(uri.Host, "[]"), uri.Port, transport
}

// resolve calls done on the call's goroutine: at once for an address, after a look-up
// for a name. Trunks are named by address or by a name with an A or AAAA record; NAPTR
// and SRV (RFC 3263) belong to the border controller in front.
func (c *call) resolve(host string, port int, transport string, done func(destination, error)) {
	if port == 0 {
		port = int(portOf(transport))
	}
	if port < 0 || port > math.MaxUint16 {
		done(destination{}, fmt.Errorf("port %d is not between 1 and 65535", port))
		return
	}
	// Three colons before an IPv4 address are a slip of RFC 3261's grammar (RFC 5118
	// section 4.10).
	if a, err := netip.ParseAddr(strings.Replace(host, ":::", "::", 1)); err == nil {
		done(destination{transport: transport, addr: netip.AddrPortFrom(a.Unmap(), uint16(port)), who: party{name: host}}, nil)
		return
	}
	c.pending++
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), lookupLimit)
		defer cancel()
		addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		if err == nil && len(addrs) == 0 {
			err = errors.New("name without address")
		}
		c.post(func() {
			c.pending--
			if err != nil {
				done(destination{}, err)
				return
			}
			best := addrs[0]
			for _, a := range addrs {
				if a.Unmap().Is4() { // trunks here speak IPv4 first
					best = a
					break
				}
			}
			to := destination{transport: transport, who: party{name: host}}
			to.addr = netip.AddrPortFrom(best.Unmap(), uint16(port)) //nolint:gosec // checked above
			done(to, nil)
		})
	}()
}
