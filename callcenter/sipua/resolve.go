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

// nextHop is where a URI points: its transport parameter, else the transport in use.
func nextHop(uri sip.Uri, transport string) (host string, port int, _ string) {
	if wanted, ok := uriParam(uri, "transport"); ok {
		switch strings.ToLower(wanted) {
		case transportUDP, transportTCP:
			transport = strings.ToLower(wanted)
		}
	}
	return strings.Trim(uri.Host, "[]"), uri.Port, transport
}

// resolve calls done on the call's goroutine: at once for an address, after a look-up
// for a name. Trunks are named by address or by a name with an A or AAAA record; NAPTR
// and SRV (RFC 3263) belong to the border controller in front.
func (c *call) resolve(host string, port int, transport string, done func(destination, error)) {
	if port == 0 {
		port = defaultPort
	}
	if port < 0 || port > math.MaxUint16 {
		done(destination{}, fmt.Errorf("port %d is not between 1 and 65535", port))
		return
	}
	if a, err := netip.ParseAddr(host); err == nil {
		done(destination{transport, netip.AddrPortFrom(a.Unmap(), uint16(port))}, nil)
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
			done(destination{transport, netip.AddrPortFrom(best.Unmap(), uint16(port))}, nil) //nolint:gosec // checked above
		})
	}()
}
