package sipua

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

// authority signs the certificates of a test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	a.cert, a.key = a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	return a
}

func (a *authority) sign(template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber, _ = rand.Int(rand.Reader, big.NewInt(1<<62))
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key
}

// leaf is a certificate for names and addresses.
func (a *authority) leaf(names ...string) *tls.Certificate {
	a.t.Helper()
	template := &x509.Certificate{Subject: pkix.Name{CommonName: names[0]}, KeyUsage: x509.KeyUsageDigitalSignature}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	cert, key := a.sign(template)
	return &tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

func shows(c *tls.Certificate) func() (*tls.Certificate, error) {
	return func() (*tls.Certificate, error) { return c, nil }
}

// secureBench listens on TLS too, with a certificate for sip.test and 127.0.0.1.
func secureBench(t *testing.T, a *authority) *bench {
	t.Helper()
	c := a.leaf("sip.test", "127.0.0.1")
	return newBench(t, func(o *Options) { o.TLS, o.Certificate = "127.0.0.1:0", shows(c) })
}

// secureTrunk makes a UA whose trunk is far, by TLS.
func secureTrunk(t *testing.T, far *bench, change func(*Trunk)) *bench {
	t.Helper()
	return newBench(t, func(o *Options) {
		trunk := &o.Trunks[0]
		trunk.Outbound, trunk.Transport = far.ua.AddrTLS().String(), "tls"
		change(trunk)
	})
}

// Two of us, one the other's trunk by TLS: a call, its end by either side.
func TestCallOverTLS(t *testing.T) {
	a := newAuthority(t)
	far := secureBench(t, a)
	for name, change := range map[string]func(*Trunk){
		"by address": func(tr *Trunk) { tr.Roots = a.pool() },
		"by name":    func(tr *Trunk) { tr.Roots, tr.TLSName = a.pool(), "sip.test" },
	} {
		for _, end := range []string{"theirs", "ours"} {
			t.Run(name+", "+end, func(t *testing.T) {
				near := secureTrunk(t, far, change)
				leg := dial(t, near)
				in := far.eng.arrived(t)
				if in.Dialog.Transport != "tls" || !strings.Contains(in.Dialog.RemoteTarget, ";transport=tls") {
					t.Errorf("came as %+v", in.Dialog)
				}
				_ = far.ua.Answer(in.Leg, []byte(theirSDP))
				answered, ok := near.eng.event(t, "the answer").(callcenter.LegAnswered)
				if !ok || answered.Dialog.RemoteTarget != "sip:12345@"+far.ua.AddrTLS().String()+";transport=tls" {
					t.Fatalf("answered %+v", answered)
				}
				if end == "ours" {
					_ = near.ua.HangUp(leg)
					isEnded(t, far.eng.event(t, "the end"), in.Leg, callcenter.EndCallerHangUp)
				} else {
					_ = far.ua.HangUp(in.Leg)
					isEnded(t, near.eng.event(t, "the end"), leg, callcenter.EndCallerHangUp)
				}
			})
		}
	}
}

// Who cannot show the right certificate gets no call.
func TestWrongCertificate(t *testing.T) {
	a := newAuthority(t)
	far := secureBench(t, a)
	for name, change := range map[string]func(*Trunk){
		"another name":      func(tr *Trunk) { tr.Roots, tr.TLSName = a.pool(), "other.test" },
		"another authority": func(tr *Trunk) { tr.Roots = newAuthority(t).pool() },
		"not the system's":  func(*Trunk) {},
	} {
		t.Run(name, func(t *testing.T) {
			near := secureTrunk(t, far, change)
			isFailed(t, near.eng.event(t, "the failure"+string(dial(t, near))), "leg-1", 0, callcenter.EndUnreachable)
		})
	}
	far.eng.quiet(t)
}

// A certificate is renewed without a restart; who asks for ours gets it.
func TestCertificateIsAskedForEachTime(t *testing.T) {
	a := newAuthority(t)
	var now atomic.Pointer[tls.Certificate]
	now.Store(a.leaf("first.test"))
	b := newBench(t, func(o *Options) {
		o.TLS = "127.0.0.1:0"
		o.Certificate = func() (*tls.Certificate, error) { return now.Load(), nil }
	})
	for _, name := range []string{"first.test", "second.test"} {
		now.Store(a.leaf(name))
		c, err := tls.Dial("tcp", b.ua.AddrTLS().String(), &tls.Config{RootCAs: a.pool(), ServerName: name})
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{*a.leaf("127.0.0.1")}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: a.pool(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	near := newBench(t, func(o *Options) {
		ours := &tls.Certificate{}
		*ours = *a.leaf("us.test")
		ours.Leaf.ExtKeyUsage = nil
		o.TLS, o.Certificate = "127.0.0.1:0", shows(ours)
		o.Trunks[0].Outbound, o.Trunks[0].Transport, o.Trunks[0].Roots = l.Addr().String(), "tls", a.pool()
	})
	dial(t, near)
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.(*tls.Conn).HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := c.(*tls.Conn).ConnectionState().PeerCertificates[0].DNSNames[0]; got != "us.test" {
		t.Errorf("we showed %s", got)
	}
}

// A connection that never shakes hands is not held.
func TestNoHandshake(t *testing.T) {
	c := newAuthority(t).leaf("127.0.0.1")
	b := newBench(t, func(o *Options) {
		o.TLS, o.Certificate, o.DialTCP = "127.0.0.1:0", shows(c), 50*time.Millisecond
	})
	conn, err := net.Dial("tcp", b.ua.AddrTLS().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection stays open")
	}
}

// A caller who dials sips is told a sips Contact (RFC 3261 section 12.1.1), and found by TLS.
func TestSIPSContact(t *testing.T) {
	a := newAuthority(t)
	b := secureBench(t, a)
	b.eng.onArrival(func(in engine.Inbound) error { return b.ua.Answer(in.Leg, []byte(ourSDP)) })
	conn, err := tls.Dial("tcp", b.ua.AddrTLS().String(), &tls.Config{RootCAs: a.pool(), ServerName: "sip.test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	p := newTCPPhoneOn(b, conn)
	secure := strings.NewReplacer("sip:12345@"+b.addr+" SIP", "sips:12345@"+b.ua.AddrTLS().String()+" SIP", "SIP/2.0/UDP", "SIP/2.0/TLS",
		"Contact: <sip:", "Contact: <sips:")
	p.sendTCP(secure.Replace(p.request("INVITE", 0, theirSDP)))
	ok := p.until("INVITE", 200)
	if want := "<sips:12345@" + b.ua.AddrTLS().String() + ">"; ok.get("contact") != want || ok.via.transport != "TLS" {
		t.Errorf("Contact %s, Via %s, want %s", ok.get("contact"), ok.vias[0], want)
	}
	p.to = ok.get("to")
	p.sendTCP(secure.Replace(p.request("ACK", 1, "")))
	leg := b.eng.arrived(t).Leg
	_ = b.ua.HangUp(leg) // by the connection they made: nobody listens at their Contact
	if bye := p.until("BYE", 0); !strings.HasPrefix(bye.uri, "sips:") || bye.via.transport != "TLS" {
		t.Errorf("BYE %s by %s", bye.uri, bye.via.transport)
	}
}

// A second implementation of TLS: openssl's.
func TestOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Fatal("openssl is missing: install the Debian package openssl")
	}
	b := secureBench(t, newAuthority(t))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, openssl, "s_client", "-quiet", "-connect", b.ua.AddrTLS().String(), "-servername", "sip.test")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out syncBuffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = fmt.Fprintf(in, "OPTIONS sips:12345@sip.test SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bK-ssl\r\nFrom: <sips:a@sip.test>;tag=a\r\nTo: <sips:12345@sip.test>\r\nCall-ID: ssl\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n")
	for deadline := time.Now().Add(patience); !bytes.Contains(out.bytes(), []byte("SIP/2.0 200 OK")); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("openssl heard %q", out.bytes())
		}
	}
	cancel() // with -quiet it does not end with its input
	_ = cmd.Wait()
}
