package sipua

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/netip"
	"slices"
	"strings"
)

// SIP over TLS (RFC 3261 section 26.3.1). Whom we dial must show a certificate with the
// trunk's name (RFC 5922 section 7.1); who dials us is known by address or digest like on
// any other transport, and we show ours to both.

// party is who must be at the far end of a TLS connection that we make.
type party struct {
	name  string
	roots *x509.CertPool // nil: the system's authorities
}

// who is the other side of this trunk; host where nothing says it better.
func (t *Trunk) who(host string) party {
	if name, _, err := splitHostPort(t.Outbound); err == nil {
		host = name
	}
	return party{cmp.Or(t.TLSName, host), t.Roots}
}

// whoIs is who must be found at an address; trunk -1: the one that lists it, if any does.
func (o *Options) whoIs(trunk int, addr netip.Addr, host string) party {
	if trunk < 0 {
		trunk = slices.IndexFunc(o.Trunks, func(t Trunk) bool { return t.hasPeer(addr) })
	}
	if trunk < 0 {
		return party{name: host}
	}
	return o.Trunks[trunk].who(host)
}

// secure says whether a URI demands TLS.
func secure(uri string) bool { return len(uri) > 5 && strings.EqualFold(uri[:5], "sips:") }

var errNoCertificate = errors.New("no certificate")

func (t *transports) serverTLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return t.opt.certificate()
		},
	}
}

func (t *transports) clientTLS(who party) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, ServerName: who.name, RootCAs: who.roots,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			c, err := t.opt.certificate()
			if errors.Is(err, errNoCertificate) {
				return &tls.Certificate{}, nil
			}
			return c, err
		},
	}
}

func (o *Options) certificate() (*tls.Certificate, error) {
	if o.Certificate == nil {
		return nil, errNoCertificate
	}
	return o.Certificate()
}

// shakeHands makes a TLS connection usable, within the time that dialling has.
func (c *tcpConn) shakeHands() error {
	secure, ok := c.conn.(*tls.Conn)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.t.opt.DialTCP)
	defer cancel()
	return secure.HandshakeContext(ctx)
}
