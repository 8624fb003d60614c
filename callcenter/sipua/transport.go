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
	defaultPort  = 5060
	// maxUDPRequest is where a request must go by TCP instead (RFC 3261 section
	// 18.1.1); answers stay on UDP whatever their size.
	maxUDPRequest = 1300
)

// destination is where a message goes.
type destination struct {
	transport string
	addr      netip.AddrPort
}

// source is where a message came from, and the way back.
type source struct {
	transport string
	addr      netip.AddrPort
	conn      *tcpConn // nil for UDP
}

var errNoTransport = errors.New("no listener for this transport")

// transports owns the sockets. handle is called with each datagram or stream message
// in the order of arrival per socket; it must not block.
type transports struct {
	opt    *Options
	gate   *gate
	handle func(m *message, err error, from source)

	udp     *net.UDPConn
	tcp     *net.TCPListener
	udpAddr netip.AddrPort
	tcpAddr netip.AddrPort

	mu      sync.Mutex
	conns   map[netip.AddrPort]*tcpConn // by remote address
	perHost map[netip.Addr]int
	locals  map[netip.Addr]netip.Addr // our address as a peer sees it
	closed  bool
	running sync.WaitGroup
}

func newTransports(opt *Options, g *gate, handle func(*message, error, source)) *transports {
	return &transports{
		opt: opt, gate: g, handle: handle,
		conns:   map[netip.AddrPort]*tcpConn{},
		perHost: map[netip.Addr]int{},
		locals:  map[netip.Addr]netip.Addr{},
	}
}

// portTries bounds the search for a port that is free for UDP and TCP alike.
const portTries = 50

// listen opens the sockets; nothing is read before serve. Port 0 for both gives one
// free port for both, as peers expect.
func (t *transports) listen() error {
	for try := 1; ; try++ {
		err := t.listenOnce()
		anyPort := t.udp != nil && strings.HasSuffix(t.opt.UDP, ":0")
		if err == nil || !anyPort || try == portTries || !errors.Is(err, syscall.EADDRINUSE) {
			return err
		}
	}
}

func (t *transports) listenOnce() error {
	if t.opt.UDP != "" {
		addr, err := net.ResolveUDPAddr(transportUDP, t.opt.UDP)
		if err != nil {
			return fmt.Errorf("SIP UDP address %q: %w", t.opt.UDP, err)
		}
		if t.udp, err = net.ListenUDP(transportUDP, addr); err != nil {
			return fmt.Errorf("listen for SIP on UDP %s: %w", t.opt.UDP, err)
		}
		_ = t.udp.SetReadBuffer(4 << 20) // a burst of INVITEs; the kernel may give less
		t.udpAddr = localAddrPort(t.udp.LocalAddr())
	}
	if t.opt.TCP == "" {
		return nil
	}
	addr, err := net.ResolveTCPAddr(transportTCP, t.opt.TCP)
	if err == nil {
		if addr.Port == 0 && t.udp != nil {
			addr.Port = int(t.udpAddr.Port())
		}
		t.tcp, err = net.ListenTCP(transportTCP, addr)
	}
	if err != nil {
		if t.udp != nil {
			_ = t.udp.Close()
		}
		return fmt.Errorf("listen for SIP on TCP %s: %w", t.opt.TCP, err)
	}
	t.tcpAddr = localAddrPort(t.tcp.Addr())
	return nil
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
		t.running.Go(t.acceptTCP)
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
	var errs []error
	if t.udp != nil {
		errs = append(errs, t.udp.Close())
	}
	if t.tcp != nil {
		errs = append(errs, t.tcp.Close())
	}
	for _, c := range conns {
		c.close()
	}
	t.running.Wait()
	return errors.Join(errs...)
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
// the message could not leave (only TCP can tell).
func (t *transports) send(to destination, data []byte, failed func(error)) {
	if to.transport == transportTCP {
		t.sendTCP(to.addr, data, failed)
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
	if from.transport == transportTCP {
		if from.conn != nil && from.conn.write(data, lost) {
			return
		}
		port := v.port
		if port == 0 {
			port = defaultPort
		}
		t.sendTCP(netip.AddrPortFrom(from.addr.Addr(), uint16(port)), data, lost)
		return
	}
	to := from.addr
	if _, symmetric := v.params.get("rport"); !symmetric {
		port := v.port
		if port == 0 {
			port = defaultPort
		}
		to = netip.AddrPortFrom(to.Addr(), uint16(port))
	}
	t.send(destination{transportUDP, to}, data, lost)
}

// localFor is our host:port in Via and Contact of what goes to a peer.
func (t *transports) localFor(to destination) string {
	listener := t.udpAddr
	if to.transport == transportTCP {
		listener = t.tcpAddr
		if t.tcp == nil {
			listener = t.udpAddr // calls out by TCP need no listener; a callee that calls back does
		}
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
