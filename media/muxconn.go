package media

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
)

// muxConn is the one UDP socket of all browsers. It reads for pion/ice, which
// needs the STUN and DTLS datagrams, and keeps RTP and RTCP (first byte 128 to
// 191, RFC 7983) to itself: they are decrypted and passed on in this loop.
type muxConn struct {
	browserSocket
	mux     *ice.UDPMuxDefault
	primary netip.AddrPort   // what the ICE agent takes for its address
	offered []netip.AddrPort // what browsers are told

	peers atomic.Pointer[map[netip.AddrPort]*transport]
	mu    sync.Mutex      // of changes to peers
	plain [maxPacket]byte // a packet that was decrypted; of who reads media
}

func newMuxConn(c carrier, address string, advertise []netip.Addr, log *slog.Logger) (*muxConn, error) {
	bind, err := net.ResolveUDPAddr("udp4", address)
	if err != nil {
		return nil, fmt.Errorf("media: ICE address %q: %w", address, err)
	}
	conn, err := net.ListenUDP("udp4", bind)
	if err != nil {
		return nil, fmt.Errorf("media: ICE address %q: %w", address, err)
	}
	// A burst of packets must not be lost while this process is not running.
	const buffer = 4 << 20
	_ = conn.SetReadBuffer(buffer)
	_ = conn.SetWriteBuffer(buffer)
	m := &muxConn{}
	m.peers.Store(&map[netip.AddrPort]*transport{})
	port := conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	addresses := advertise
	if ip := conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(); !ip.IsUnspecified() {
		addresses = append([]netip.Addr{ip}, addresses...)
	} else {
		addresses = append(localAddresses(), addresses...)
	}
	for _, a := range addresses {
		m.offered = append(m.offered, netip.AddrPortFrom(a, port))
	}
	m.primary = m.offered[0]
	if m.browserSocket, err = c.browserSocket(m, conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	m.mux = ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: m, Logger: pionLog{log}.NewLogger("ice")})
	return m, nil
}

// LocalAddr is a real address even when the socket is bound to all of them.
func (m *muxConn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(m.primary) }

// WriteToAddrPort is part of pion/ice's AddrPortReaderWriter.
func (m *muxConn) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	return m.WriteToUDPAddrPort(b, to)
}

// ReadFromAddrPort gives pion/ice the next datagram that is not media.
func (m *muxConn) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		n, from, err := m.ReadFromUDPAddrPort(b)
		if err != nil {
			return n, from, err
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if !m.take(b[:n], from, at(time.Now())) {
			return n, from, nil
		}
	}
}

// take takes a datagram if it is media.
func (m *muxConn) take(b []byte, from netip.AddrPort, at moment) bool {
	t := (*m.peers.Load())[from]
	if t != nil {
		t.lastIn.Store(at.arrived.UnixNano())
	}
	if len(b) == 0 || b[0] < 128 || b[0] > 191 {
		return false
	}
	switch {
	case t == nil:
	case isRTCP(b):
		t.receiveControl(b, m.plain[:0], at)
	default:
		t.receive(b, m.plain[:0], at)
	}
	return true
}

// WriteTo is for callers without AddrPort, like ReadFrom.
func (m *muxConn) WriteTo(b []byte, to net.Addr) (int, error) {
	a, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, fmt.Errorf("media: %v is no UDP address", to)
	}
	return m.WriteToUDPAddrPort(b, a.AddrPort())
}

// ReadFrom is for callers without AddrPort; pion/ice uses the other one.
func (m *muxConn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := m.ReadFromAddrPort(b)
	return n, net.UDPAddrFromAddrPort(from), err
}

// set maps an address to a transport, nil: forgets it if it is old's.
func (m *muxConn) set(a netip.AddrPort, t, old *transport) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := *m.peers.Load()
	next := make(map[netip.AddrPort]*transport, len(now)+1)
	maps.Copy(next, now)
	if t != nil {
		next[a] = t
	} else if next[a] == old {
		delete(next, a)
	}
	m.peers.Store(&next)
}

func (m *muxConn) close() error {
	err := m.mux.Close()
	_ = m.Close() // the mux has closed it already
	return err
}
