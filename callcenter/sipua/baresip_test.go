package sipua

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

// startBaresip runs a phone that answers by itself; dial is whom it calls, "" nobody. It
// listens on port by UDP and TCP, and on the one after it by TLS.
func startBaresip(t *testing.T, a *authority, port int, dial string) {
	t.Helper()
	startBaresipAs(t, a, port, dial, fmt.Sprintf("<sip:12345@127.0.0.1:%d;transport=tls>;regint=0;answermode=auto;audio_codecs=PCMA/8000/1\n", port))
}

func startBaresipAs(t *testing.T, a *authority, port int, dial, account string) {
	t.Helper()
	program, err := exec.LookPath("baresip")
	if err != nil {
		t.Fatal("baresip is missing: install the Debian package baresip")
	}
	dir := t.TempDir()
	leaf := a.leaf("127.0.0.1")
	key, err := x509.MarshalPKCS8PrivateKey(leaf.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	pair := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Certificate[0]}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	for name, text := range map[string]string{
		"cert.pem": string(pair),
		"ca.pem":   string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})),
		"accounts": account,
		"contacts": "",
		"config": fmt.Sprintf("net_interface 127.0.0.1\nsip_listen 127.0.0.1:%d\nsip_certificate %s\nsip_cafile %s\n"+
			"audio_source aubridge,a%d\naudio_player aubridge,b%d\naudio_alert aubridge,c%d\nausrc_srate 8000\nauplay_srate 8000\nausrc_channels 1\nauplay_channels 1\n"+
			"module_path /usr/lib/baresip/modules\nmodule g711.so\nmodule aubridge.so\nmodule_tmp account.so\nmodule_app menu.so\n",
			port, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "ca.pem"), port, port, port),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"-4", "-f", dir}
	if dial != "" {
		args = append(args, "-e", "/dial "+dial)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	var out syncBuffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &out, &out, 5*time.Second
	cmd.Env = append(os.Environ(), "LOGNAME=root") // without one it does not start
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("baresip says:\n%s", tail(out.bytes(), 3000))
		}
	})
}

// Another implementation of SIP over TLS: baresip calls us and is called.
func TestBaresipOverTLS(t *testing.T) {
	a := newAuthority(t)
	t.Run("calls", func(t *testing.T) {
		b := secureBench(t, a)
		b.eng.onArrival(func(in engine.Inbound) error { return b.ua.Answer(in.Leg, []byte(ourSDP)) })
		port := tlsPort(t)
		startBaresip(t, a, port, "sip:12345@"+b.ua.AddrTLS().String()+";transport=tls")
		in := b.eng.arrived(t)
		if in.Dialog.Transport != "tls" {
			t.Errorf("came by %s", in.Dialog.Transport)
		}
		acknowledged := func(l *leg) bool { return l.state == legUp && l.unacked == nil }
		for deadline := time.Now().Add(patience); !b.asks(in.Leg, acknowledged); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("no ACK")
			}
		}
		_ = b.ua.HangUp(in.Leg)
		b.settled(t)
	})
	t.Run("is called", func(t *testing.T) {
		port := tlsPort(t)
		far := net.JoinHostPort("127.0.0.1", fmt.Sprint(port+1))
		startBaresip(t, a, port, "")
		listens(t, far)
		b := newBench(t, func(o *Options) {
			o.Trunks[0].Outbound, o.Trunks[0].Transport, o.Trunks[0].Roots = far, "tls", a.pool()
		})
		if err := b.ua.Dial(t.Context(), "leg-1", "12345", []byte(ourSDP)); err != nil {
			t.Fatal(err)
		}
		for {
			switch ev := b.eng.event(t, "the answer").(type) {
			case callcenter.LegRinging:
			case callcenter.LegAnswered:
				_ = b.ua.HangUp("leg-1")
				b.settled(t)
				return
			default:
				t.Fatalf("event %#v", ev)
			}
		}
	})
}

// settled waits until nothing of ours waits for an answer.
func (b *bench) settled(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := b.ua.Close(ctx); err != nil {
		t.Error(err)
	}
}

// tlsPort finds two free ports, one after the other.
func tlsPort(t *testing.T) int {
	t.Helper()
	for range portTries {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		next, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port+1))
		_ = l.Close()
		if err == nil {
			_ = next.Close()
			return port
		}
	}
	t.Fatal("no two free ports")
	return 0
}

func listens(t *testing.T, addr string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		if c, err := net.Dial("tcp", addr); err == nil {
			_ = c.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("nobody listens on %s", addr)
		}
	}
}
