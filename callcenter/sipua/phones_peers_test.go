package sipua

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

// TestSIPpRegisters: another implementation's registration, by UDP and TCP.
func TestSIPpRegisters(t *testing.T) {
	sipp, err := exec.LookPath("sipp")
	if err != nil {
		t.Fatal("sipp is missing: install the Debian package sip-tester")
	}
	scenario, err := filepath.Abs(filepath.Join("testdata", "sipp", "register.xml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, transport := range []string{"u1", "t1"} {
		t.Run(transport, func(t *testing.T) {
			b, _ := deskBench(t, nil)
			ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
			defer cancel()
			cmd := exec.CommandContext(ctx, sipp, "-sf", scenario, "-m", fmt.Sprint(*sippCalls), "-r", "10", "-i", "127.0.0.1",
				"-t", transport, "-nostdin", "-timeout", "90s", "-timeout_error", "-auth_uri", b.addr, b.addr)
			cmd.Dir, cmd.WaitDelay = t.TempDir(), 5*time.Second
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Run(); err != nil {
				t.Fatalf("sipp: %v\n%s", err, tail(out.Bytes(), 4000))
			}
			if list := b.ua.PhoneBindings("agent1"); len(list) != 0 {
				t.Errorf("left behind: %+v", list)
			}
		})
	}
}

// TestBaresipIsADeskPhone: it registers, is rung where it is, answers, is hung up, and hangs
// up by going away, by each transport.
func TestBaresipIsADeskPhone(t *testing.T) {
	a := newAuthority(t)
	for _, transport := range []string{"udp", "tcp", "tls"} {
		t.Run(transport, func(t *testing.T) {
			b, d := deskBench(t, func(o *Options) {
				leaf := a.leaf("127.0.0.1")
				o.TLS, o.Certificate = "127.0.0.1:0", shows(leaf)
				o.Trunks[0].Peers = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
			})
			at := b.addr
			if transport == "tls" {
				at = b.ua.AddrTLS().String()
			}
			port := tlsPort(t)
			startBaresipAs(t, a, port, "", fmt.Sprintf("<sip:agent1@%s;transport=%s>;auth_user=agent1;auth_pass=%s;regint=60;answermode=auto;audio_codecs=PCMA/8000/1\n",
				at, transport, phonePassword))
			d.changed(t, "id-agent1 true")
			list := b.ua.PhoneBindings("agent1")
			if len(list) != 1 || list[0].Transport != transport || !strings.Contains(strings.ToLower(list[0].Agent), "baresip") {
				t.Fatalf("registered as %+v", list)
			}
			if err := b.ua.Ring(t.Context(), "leg-1", "id-agent1", engine.Shown{Number: "13800001000"}, []byte(ourSDP)); err != nil {
				t.Fatal(err)
			}
			for {
				ev := b.eng.event(t, "the answer")
				if _, rings := ev.(callcenter.LegRinging); rings {
					continue
				}
				if _, ok := ev.(callcenter.LegAnswered); !ok {
					t.Fatalf("event %#v", ev)
				}
				break
			}
			_ = b.ua.HangUp("leg-1")
			for deadline := time.Now().Add(patience); b.asks("leg-1", func(*leg) bool { return true }); time.Sleep(5 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("not hung up")
				}
			}
		})
	}
}
