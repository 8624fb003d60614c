package sipua

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

const (
	maxWrites  = 256 // messages that wait for one connection
	writeLimit = 10 * time.Second
)

var (
	errSlowPeer   = errors.New("peer reads too slowly")
	errConnClosed = errors.New("connection closed")
	errTooMany    = errors.New("too many connections")
)

// tcpConn is one stream, accepted or dialled, plain or TLS. Its writer owns the sending
// side.
type tcpConn struct {
	t         *transports
	transport string
	remote    netip.AddrPort
	who       party // TLS that we dial
	pool      *pool // that counts it; of transports.mu
	out       chan outMessage
	done      chan struct{}
	once      sync.Once

	conn net.Conn // read and written; of the goroutines that serve
	mu   sync.Mutex
	raw  net.Conn // under conn; nil until dialled
}

func (c *tcpConn) key() connKey { return connKey{c.transport, c.remote} }

type outMessage struct {
	data   []byte
	failed func(error)
}

// streamParser needs Content-Length to find the end of a message; nothing else is
// parsed, as for datagrams.
var streamParser = sip.NewParser(sip.WithHeadersParsers(sip.HeadersParser{
	"content-length": sip.DefaultHeadersParser()["content-length"],
	"l":              sip.DefaultHeadersParser()["l"],
}))

func (t *transports) accept(l *net.TCPListener, transport string) {
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors, most likely
			t.opt.Log.Error("sip: accept", "transport", transport, "error", err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		remote := localAddrPort(conn.RemoteAddr())
		if !t.gate.admit(remote.Addr()) {
			_ = conn.Close()
			continue
		}
		c := &tcpConn{t: t, transport: transport, remote: remote, conn: conn, raw: conn}
		if transport == transportTLS {
			c.conn = tls.Server(conn, t.serverTLS())
		}
		if !t.addConn(c) {
			_ = conn.Close()
			continue
		}
		go c.serve()
	}
}

// addConn registers a connection unless there are too many, and counts the goroutine
// that the caller is about to start: under the lock, so that close misses none.
func (t *transports) addConn(c *tcpConn) bool {
	c.out, c.done = make(chan outMessage, maxWrites), make(chan struct{})
	pool := t.poolOf(c.remote.Addr())
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || !pool.add(c.remote.Addr()) {
		return false
	}
	c.pool = pool
	t.conns[c.key()] = c
	t.running.Add(1)
	return true
}

func (t *transports) dropConn(c *tcpConn) {
	if t.forgetConn(c) {
		t.lost(c.key())
	}
}

func (t *transports) forgetConn(c *tcpConn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conns[c.key()] != c {
		return false
	}
	delete(t.conns, c.key())
	c.pool.drop(c.remote.Addr())
	return true
}

// sendStream uses the connection to that address, or makes one. One that is open has
// shown who it is, or was made by a peer that we know.
func (t *transports) sendStream(to destination, data []byte, failed func(error)) {
	t.mu.Lock()
	c := t.conns[connKey{to.transport, to.addr}]
	t.mu.Unlock()
	if c != nil && c.write(data, failed) {
		return
	}
	c = &tcpConn{t: t, transport: to.transport, remote: to.addr, who: to.who}
	if !t.addConn(c) {
		failed(errTooMany)
		return
	}
	c.write(data, failed)
	go c.dial()
}

// connected says whether a connection to that address is open.
func (t *transports) connected(to connKey) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.conns[to] != nil
}

// serve reads and writes until the end.
func (c *tcpConn) serve() {
	defer c.t.running.Done()
	if err := c.shakeHands(); err != nil {
		c.t.opt.Log.Info("sip: no TLS", "peer", c.remote.Addr().String(), "error", err)
		c.end(fmt.Errorf("TLS: %w", err))
		return
	}
	var writer sync.WaitGroup
	writer.Go(c.writeAll)
	c.read()
	writer.Wait()
}

// dial connects, then serves.
func (c *tcpConn) dial() {
	ctx, cancel := context.WithTimeout(context.Background(), c.t.opt.DialTCP)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, transportTCP, c.remote.String())
	if err != nil {
		c.end(fmt.Errorf("connect by TCP: %w", err))
		c.t.running.Done()
		return
	}
	c.conn = conn
	if c.transport == transportTLS {
		c.conn = tls.Client(conn, c.t.clientTLS(c.who))
	}
	c.mu.Lock()
	c.raw = conn
	c.mu.Unlock()
	select {
	case <-c.done: // closed while we dialled: the first read sees it
		_ = conn.Close()
	default:
	}
	c.serve()
}

// write queues data; false when the connection is gone.
func (c *tcpConn) write(data []byte, failed func(error)) bool {
	select {
	case <-c.done:
		return false
	default:
	}
	select {
	case c.out <- outMessage{data, failed}:
		return true
	default:
		failed(errSlowPeer)
		c.close()
		return true // reported; another connection would be as slow
	}
}

func (c *tcpConn) close() {
	c.once.Do(func() { close(c.done) })
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.raw != nil { // TLS' own good-bye could wait for a peer that does not read
		_ = c.raw.Close()
	}
}

// end closes and tells those whose messages were still waiting.
func (c *tcpConn) end(err error) {
	c.close()
	c.t.dropConn(c)
	for {
		select {
		case m := <-c.out:
			m.failed(err)
		default:
			return
		}
	}
}

// writeAll is the one writer.
func (c *tcpConn) writeAll() {
	for {
		select {
		case <-c.done:
			c.end(errConnClosed)
			return
		case m := <-c.out:
			_ = c.conn.SetWriteDeadline(time.Now().Add(writeLimit))
			if _, err := c.conn.Write(m.data); err != nil {
				m.failed(fmt.Errorf("send by TCP: %w", err))
				c.end(err)
				return
			}
		}
	}
}

// read parses the stream until it ends or cannot be understood: after a framing error
// nobody knows where the next message begins (RFC 3261 section 18.3).
func (c *tcpConn) read() {
	defer func() { c.end(errConnClosed) }()
	parser := streamParser.NewSIPStream()
	defer parser.Close()
	buf := make([]byte, 16<<10)
	from := source{transport: c.transport, addr: c.remote, conn: c}
	pace := newPace(time.Now())
	for {
		until := pace.deadline(c.t.opt.IdleTCP, c.t.settle(c))
		_ = c.conn.SetReadDeadline(until)
		n, err := c.conn.Read(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) && pace.deadline(c.t.opt.IdleTCP, c.t.settle(c)).After(until) {
			continue // it has become known meanwhile
		}
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
				c.t.opt.Log.Info("sip: read", "transport", c.transport, "error", err)
			}
			return
		}
		pace.bytes = time.Now()
		if pace.begun.IsZero() && keepAlive(buf[:n]) {
			if n == 4 { // double CRLF asks for one back (RFC 5626 section 4.4.1)
				c.write([]byte("\r\n"), func(error) {})
			}
			continue
		}
		if _, err := parser.Write(buf[:n]); err != nil || !c.drain(parser, from, &pace) {
			return
		}
	}
}

// drain hands over every whole message in the parser; false ends the connection.
func (c *tcpConn) drain(parser *sip.ParserStream, from source, pace *pace) bool {
	for {
		if pace.begun.IsZero() { // CRLF between messages is none of one (RFC 3261 section 7.5)
			for rest := parser.Buffer(); rest.Len() > 0 && keepAlive(rest.Bytes()[:1]); {
				rest.Next(1)
			}
		}
		if parser.Buffer().Len() == 0 {
			return true
		}
		raw, _, err := parser.ParseNext()
		if errors.Is(err, io.ErrUnexpectedEOF) {
			pace.part(time.Now())
			return true // the rest is on its way
		}
		if !c.t.gate.admit(from.addr.Addr()) {
			return false
		}
		var body []byte
		if raw != nil {
			body = raw.Body()
		}
		m, fault := fromSIP(raw, body, err)
		c.t.handle(m, fault, from)
		if err != nil {
			return false
		}
		pace.whole(time.Now())
	}
}
