package sipua

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"testing"
	"time"

	"hotline12345/callcenter"
)

// tcpPhone is a phone whose messages go through one TCP connection.
type tcpPhone struct {
	*phone
	conn net.Conn
	r    *bufio.Reader
}

func newTCPPhone(b *bench) *tcpPhone {
	b.t.Helper()
	conn, err := net.Dial("tcp", b.addr)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = conn.Close() })
	return newTCPPhoneOn(b, conn)
}

func newTCPPhoneOn(b *bench, conn net.Conn) *tcpPhone {
	p := &tcpPhone{phone: newPhone(b), conn: conn, r: bufio.NewReader(conn)}
	p.addr = conn.LocalAddr().String()
	return p
}

func (p *tcpPhone) sendTCP(parts ...string) {
	p.t.Helper()
	for _, part := range parts {
		if _, err := io.WriteString(p.conn, strings.ReplaceAll(part, "SIP/2.0/UDP", "SIP/2.0/TCP")); err != nil {
			p.t.Fatal(err)
		}
	}
}

// next reads one message by its Content-Length.
func (p *tcpPhone) next() *message {
	p.t.Helper()
	_ = p.conn.SetReadDeadline(time.Now().Add(patience))
	return readStream(p.t, p.r)
}

func readStream(t *testing.T, r *bufio.Reader) *message {
	t.Helper()
	var text strings.Builder
	tp := textproto.NewReader(r)
	length := 0
	for {
		line, err := tp.ReadLine()
		if err != nil {
			t.Fatalf("the stream ended: %v", err)
		}
		if line == "" && text.Len() == 0 {
			continue
		}
		text.WriteString(line + "\r\n")
		if v, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			if length, err = strconv.Atoi(v); err != nil {
				t.Fatal(err)
			}
		}
		if line == "" {
			break
		}
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(r, body); err != nil {
		t.Fatal(err)
	}
	m, err := parseDatagram([]byte(text.String() + string(body)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (p *tcpPhone) until(method string, code int) *message {
	p.t.Helper()
	for {
		if m := p.next(); m.cseqFor == method && m.code == code && (code != 0 || m.method == method) {
			return m
		}
	}
}

func TestCallOverTCP(t *testing.T) {
	b := newBench(t, nil)
	p := newTCPPhone(b)
	invite := p.request("INVITE", 0, theirSDP)
	p.sendTCP("\r\n\r\n", invite[:7], invite[7:200], invite[200:]) // keep-alive, then pieces
	in := b.eng.arrived(t)
	if in.Dialog.Transport != "tcp" {
		t.Errorf("dialog %+v", in.Dialog)
	}
	_ = b.ua.Answer(in.Leg, []byte(ourSDP))
	ok := p.until("INVITE", 200)
	if !strings.Contains(ok.get("contact"), "transport=tcp") {
		t.Errorf("contact %s", ok.get("contact"))
	}
	p.to = ok.get("to")
	p.sendTCP(p.request("ACK", 1, "") + p.request("INFO", 0, "5", "Content-Type: application/dtmf")) // two in one piece
	p.until("INFO", 200)
	b.eng.event(t, "the key")
	_ = b.ua.HangUp(in.Leg)
	bye := p.until("BYE", 0)
	if bye.via.transport != "TCP" {
		t.Errorf("BYE by %s", bye.via.transport)
	}
	b.eng.quiet(t)
}

func TestGarbageEndsAConnection(t *testing.T) {
	b := newBench(t, nil)
	for name, garbage := range map[string]string{
		"noise":     "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"no length": "OPTIONS sip:x@y SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\n\r\n",
		"huge":      "OPTIONS sip:x@y SIP/2.0\r\nContent-Length: 99999999\r\n\r\n",
		"endless":   "OPTIONS sip:x@y SIP/2.0\r\nX: " + strings.Repeat("x", 2*maxMessageBytes),
	} {
		p := newTCPPhone(b)
		_, _ = io.WriteString(p.conn, garbage) // the server may close before all is written
		_ = p.conn.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.Copy(io.Discard, p.conn); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("%s: the connection stayed: %v", name, err)
		}
	}
	newPhone(b).synced()
	b.eng.quiet(t)
}

func TestConnectionLimit(t *testing.T) {
	b := newBench(t, nil)
	var conns []*tcpPhone
	for range maxConnsPerHost {
		p := newTCPPhone(b)
		p.sendTCP(p.request("OPTIONS", 0, ""))
		p.until("OPTIONS", 200)
		conns = append(conns, p)
	}
	extra := newTCPPhone(b)
	_ = extra.conn.SetReadDeadline(time.Now().Add(patience))
	if n, _ := extra.conn.Read(make([]byte, 1)); n != 0 {
		t.Error("one connection too many was served")
	}
	_ = conns[0].conn.Close()
}

// A trunk by TCP, and a request too long for a datagram.
func TestDialOverTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	for _, c := range []struct {
		name, transport, offer string
	}{{"tcp trunk", "tcp", ourSDP}, {"long offer", "udp", ourSDP + strings.Repeat("a=x\r\n", 300)}} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, func(o *Options) { o.Trunks[0].Outbound, o.Trunks[0].Transport = l.Addr().String(), c.transport })
			if err := b.ua.Dial(t.Context(), "leg-1", "13800001000", []byte(c.offer)); err != nil {
				t.Fatal(err)
			}
			conn, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			r := bufio.NewReader(conn)
			invite := readStream(t, r)
			if invite.method != "INVITE" || invite.via.transport != "TCP" || string(invite.body) != c.offer {
				t.Fatalf("got %s by %s", invite.method, invite.via.transport)
			}
			_, _ = fmt.Fprintf(conn, "SIP/2.0 486 Busy\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=b\r\nCall-ID: %s\r\nCSeq: %s\r\nContent-Length: 0\r\n\r\n",
				invite.vias[0], invite.get("from"), invite.get("to"), invite.callID, invite.get("cseq"))
			if ack := readStream(t, r); ack.method != "ACK" {
				t.Errorf("got %s", ack.method)
			}
			isFailed(t, b.eng.event(t, "the failure"), "leg-1", 486, callcenter.EndBusy)
		})
	}
}

// The provider has no TCP: a long request goes by UDP after all.
func TestLongRequestFallsBackToUDP(t *testing.T) {
	b, p := dialBench(t, nil)
	offer := ourSDP + strings.Repeat("a=x\r\n", 300)
	if err := b.ua.Dial(t.Context(), "leg-1", "13800001000", []byte(offer)); err != nil {
		t.Fatal(err)
	}
	if invite := p.incoming("INVITE"); string(invite.body) != offer || invite.via.transport != "UDP" {
		t.Errorf("INVITE by %s", invite.via.transport)
	}
}

func TestTrunkWithNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	b := newBench(t, func(o *Options) { o.Trunks[0].Outbound, o.Trunks[0].Transport = addr, "tcp" })
	leg := dial(t, b)
	isFailed(t, b.eng.event(t, "the failure"), leg, 0, callcenter.EndUnreachable)
}
