package sipua

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	transportUDP = "udp"
	transportTCP = "tcp"
	transportTLS = "tls"
	defaultPort  = 5060
	securePort   = 5061 // of sips and TLS (RFC 3261 section 19.1.2)
	// maxUDPRequest is where a request must go by TCP instead (RFC 3261 section
	// 18.1.1); answers stay on UDP whatever their size.
	maxUDPRequest = 1300
)

// stream says whether the transport delivers by itself, in order.
func stream(transport string) bool { return transport != transportUDP }

// portOf is the port of a URI or Via that names none.
func portOf(transport string) uint16 {
	if transport == transportTLS {
		return securePort
	}
	return defaultPort
}

// destination is where a message goes.
type destination struct {
	transport string
	addr      netip.AddrPort
	who       party // that TLS must find there
}

// source is where a message came from, and the way back.
type source struct {
	transport string
	addr      netip.AddrPort
	conn      *tcpConn // nil for UDP
}

// connKey names a connection: the same address may be the far end of two listeners.
type connKey struct {
	transport string
	addr      netip.AddrPort
}

var errNoTransport = errors.New("no listener for this transport")

// packetConn is what is used of a UDP socket.
type packetConn interface {
	ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error)
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
	Close() error
}

// transports owns the sockets. handle is called with each datagram or stream message
// in the order of arrival per socket; it must not block.
type transports struct {
	opt    *Options
	gate   *gate
	handle func(m *message, err error, from source)

	udp     packetConn
	tcp     *net.TCPListener
	tls     *net.TCPListener
	udpAddr netip.AddrPort
	tcpAddr netip.AddrPort
	tlsAddr netip.AddrPort

	mu      sync.Mutex
	conns   map[connKey]*tcpConn      // by remote address
	peers   *pool                     // of conns
	guests  *pool                     // of conns: those of strangers
	locals  map[netip.Addr]netip.Addr // our address as a peer sees it
	closed  bool
	running sync.WaitGroup

	lost func(connKey) // a connection has ended
}

func newTransports(opt *Options, g *gate, handle func(*message, error, source)) *transports {
	return &transports{
		opt: opt, gate: g, handle: handle,
		conns:  map[connKey]*tcpConn{},
		peers:  newPool(maxConns, maxConnsPerHost, 128),
		guests: newPool(maxGuests, maxGuestsPerHost, 64),
		locals: map[netip.Addr]netip.Addr{},
		lost:   func(connKey) {},
	}
}

// portTries bounds the search for a port that is free for UDP and TCP alike.
const portTries = 50

// listen opens the sockets; nothing is read before serve. Port 0 for both gives one
// free port for both, as peers expect.
func (t *transports) listen() error {
	for try := 1; ; try++ {
		err := t.listenOnce()
		if err == nil {
			return nil
		}
		anyPort := t.udp != nil && strings.HasSuffix(t.opt.UDP, ":0")
		_ = t.closeListeners()
		if !anyPort || try == portTries || !errors.Is(err, syscall.EADDRINUSE) {
			return err
		}
	}
}

func (t *transports) listenOnce() (err error) {
	if t.opt.UDP != "" {
		addr, err := net.ResolveUDPAddr(transportUDP, t.opt.UDP)
		if err != nil {
			return fmt.Errorf("SIP UDP address %q: %w", t.opt.UDP, err)
		}
		socket, err := net.ListenUDP(transportUDP, addr)
		if err != nil {
			return fmt.Errorf("listen for SIP on UDP %s: %w", t.opt.UDP, err)
		}
		_ = socket.SetReadBuffer(4 << 20) // a burst of INVITEs; the kernel may give less
		t.udp, t.udpAddr = socket, localAddrPort(socket.LocalAddr())
	}
	if t.opt.TCP != "" {
		if t.tcp, err = listenStream(t.opt.TCP, int(t.udpAddr.Port())); err != nil {
			return fmt.Errorf("listen for SIP on TCP %s: %w", t.opt.TCP, err)
		}
		t.tcpAddr = localAddrPort(t.tcp.Addr())
	}
	if t.opt.TLS != "" {
		if t.tls, err = listenStream(t.opt.TLS, 0); err != nil {
			return fmt.Errorf("listen for SIP on TLS %s: %w", t.opt.TLS, err)
		}
		t.tlsAddr = localAddrPort(t.tls.Addr())
	}
	return nil
}

// listenStream takes port in place of 0.
func listenStream(text string, port int) (*net.TCPListener, error) {
	addr, err := net.ResolveTCPAddr(transportTCP, text)
	if err != nil {
		return nil, err
	}
	if addr.Port == 0 {
		addr.Port = port
	}
	return net.ListenTCP(transportTCP, addr)
}

// closeListeners closes what is open and forgets it.
func (t *transports) closeListeners() error {
	var errs []error
	if t.udp != nil {
		errs = append(errs, t.udp.Close())
	}
	for _, l := range []*net.TCPListener{t.tcp, t.tls} {
		if l != nil {
			errs = append(errs, l.Close())
		}
	}
	return errors.Join(errs...)
}

func localAddrPort(a net.Addr) netip.AddrPort {
	ap, _ := netip.ParseAddrPort(a.String())
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

func (t *transports) serve() {
	if t.udp != nil {
		t.running.Go(t.readUDP)
	}
	if t.tcp != nil {
		t.running.Go(func() { t.accept(t.tcp, transportTCP) })
	}
	if t.tls != nil {
		t.running.Go(func() { t.accept(t.tls, transportTLS) })
	}
}

// close ends all sockets and waits for their readers.
func (t *transports) close() error {
	t.mu.Lock()
	t.closed = true
	conns := make([]*tcpConn, 0, len(t.conns))
	for _, c := range t.conns {
		conns = append(conns, c)
	}
	t.mu.Unlock()
	err := t.closeListeners()
	for _, c := range conns {
		c.close()
	}
	t.running.Wait()
	return err
}

func (t *transports) readUDP() {
	buf := make([]byte, maxMessageBytes)
	for {
		n, addr, err := t.udp.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// An ICMP error of an earlier send; the socket lives on. The pause keeps a
			// lasting fault from burning the processor.
			t.opt.Log.Warn("sip: UDP read", "error", err)
			time.Sleep(10 * time.Millisecond)
			continue
		}
		from := source{transport: transportUDP, addr: netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())}
		if !t.gate.admit(from.addr.Addr()) || keepAlive(buf[:n]) {
			continue
		}
		m, err := parseDatagram(buf[:n]) // keeps nothing of buf
		t.handle(m, err, from)
	}
}

// keepAlive: CRLF, or the NULs some gateways send.
func keepAlive(b []byte) bool {
	for _, c := range b {
		if c != '\r' && c != '\n' && c != 0 && c != ' ' {
			return false
		}
	}
	return true
}

// send passes bytes on. It never blocks; failed is called later, at most once, when
// the message could not leave (only a stream can tell).
func (t *transports) send(to destination, data []byte, failed func(error)) {
	if stream(to.transport) {
		t.sendStream(to, data, failed)
		return
	}
	if t.udp == nil {
		failed(errNoTransport)
		return
	}
	if _, err := t.udp.WriteToUDPAddrPort(data, to.addr); err != nil {
		failed(fmt.Errorf("send by UDP: %w", err))
	}
}

// reply sends a response to where the request came from (RFC 3261 section 18.2.2, RFC
// 3581 section 4).
func (t *transports) reply(from source, v via, data []byte) {
	lost := func(err error) { t.opt.Log.Info("sip: response not sent", "error", err) }
	port := uint16(v.port) //nolint:gosec // parsed as 16 bits
	if port == 0 {
		port = portOf(from.transport)
	}
	told := netip.AddrPortFrom(from.addr.Addr(), port)
	switch _, symmetric := v.params.get("rport"); {
	case from.conn != nil && from.conn.write(data, lost):
	case stream(from.transport):
		t.sendStream(destination{from.transport, told, t.opt.whoIs(-1, from.addr.Addr(), v.host)}, data, lost)
	case symmetric:
		t.send(destination{transport: transportUDP, addr: from.addr}, data, lost)
	default:
		t.send(destination{transport: transportUDP, addr: told}, data, lost)
	}
}

// localFor is our host:port in Via and Contact of what goes to a peer.
func (t *transports) localFor(to destination) string {
	listener := t.udpAddr
	switch {
	case to.transport == transportTLS && t.tls != nil:
		listener = t.tlsAddr
	case to.transport == transportTCP && t.tcp != nil: // calls out need none; a callee that calls back does
		listener = t.tcpAddr
	}
	if t.opt.Advertise != "" {
		return net.JoinHostPort(t.opt.Advertise, strconv.Itoa(int(listener.Port())))
	}
	host := listener.Addr()
	if host.IsUnspecified() || !host.IsValid() {
		host = t.localAddr(to.addr.Addr())
	}
	return hostPort(netip.AddrPortFrom(host, listener.Port()))
}

// contact is a URI of ours that a peer reaches by the transport of to.
func (t *transports) contact(user string, to destination) string {
	uri := "sip:" + user + "@" + t.localFor(to)
	if stream(to.transport) {
		uri += ";transport=" + to.transport
	}
	return uri
}

const maxLocals = 1024

// localAddr asks the routing table which of our addresses faces the peer.
func (t *transports) localAddr(peer netip.Addr) netip.Addr {
	t.mu.Lock()
	defer t.mu.Unlock()
	if a, ok := t.locals[peer]; ok {
		return a
	}
	a := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	// A connected UDP socket sends nothing; it only picks the route.
	c, err := net.DialUDP(transportUDP, nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(peer, defaultPort)))
	if err == nil {
		a = localAddrPort(c.LocalAddr()).Addr()
		_ = c.Close()
	}
	if len(t.locals) >= maxLocals {
		clear(t.locals)
	}
	t.locals[peer] = a
	return a
}
