package sipua

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

// TestSIPp runs the scenarios of testdata/sipp, a second implementation's view of us.
func TestSIPp(t *testing.T) {
	sipp, err := exec.LookPath("sipp")
	if err != nil {
		t.Fatal("sipp is missing: install the Debian package sip-tester")
	}
	for _, c := range []struct {
		name, transport string
		calls           int
		noAnswer        bool
		end             callcenter.EndReason
		reoffers        int
		args            []string
	}{
		{name: "basic", calls: 20, end: callcenter.EndCallerHangUp},
		{name: "basic", transport: "t1", calls: 20, end: callcenter.EndCallerHangUp},
		{name: "cancel", calls: 5, noAnswer: true, end: callcenter.EndCallerHangUp},
		{name: "hold", calls: 5, end: callcenter.EndCallerHangUp, reoffers: 10},
		{name: "lossy", calls: 20, end: callcenter.EndCallerHangUp, args: []string{"-lost", "15", "-max_retrans", "40"}},
		{name: "digest", calls: 5, end: callcenter.EndCallerHangUp},
		{name: "digest", transport: "t1", calls: 5, end: callcenter.EndCallerHangUp},
		{name: "lost-ack", calls: 1, end: callcenter.EndUnreachable},
	} {
		t.Run(c.name+c.transport, func(t *testing.T) {
			b := newBench(t, func(o *Options) {
				switch c.name {
				case "digest":
					o.Trunks = []Trunk{{Name: "branch office", User: "office", Password: "secret"}}
					o.GuestRate = guestsRate // ten calls a second, all from here
				case "lost-ack":
					fast(o)
				case "lossy":
					o.T2 = 250 * time.Millisecond // with the full 64*T1, for a machine that is busy
				}
			})
			b.eng.onArrival(func(in engine.Inbound) error {
				if !c.noAnswer {
					_ = b.ua.Answer(in.Leg, []byte(ourSDP))
				}
				return nil
			})
			transport := c.transport
			if transport == "" {
				transport = "u1"
			}
			ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
			defer cancel()
			scenario, err := filepath.Abs(filepath.Join("testdata", "sipp", c.name+".xml"))
			if err != nil {
				t.Fatal(err)
			}
			args := append([]string{
				"-sf", scenario, "-m", fmt.Sprint(c.calls), "-r", "10", "-i", "127.0.0.1",
				"-t", transport, "-nostdin", "-timeout", "90s", "-timeout_error",
			}, c.args...)
			if c.name == "digest" { // sipp would name the host alone
				args = append(args, "-auth_uri", "12345@"+b.addr)
			}
			cmd := exec.CommandContext(ctx, sipp, append(args, b.addr)...)
			cmd.Dir = t.TempDir()
			cmd.WaitDelay = 5 * time.Second
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Run(); err != nil {
				t.Fatalf("sipp: %v\n%s", err, tail(out.Bytes(), 4000))
			}
			for range c.calls {
				b.eng.arrived(t)
				ended, ok := b.eng.event(t, "the end of a call").(callcenter.LegEnded)
				if !ok || ended.Reason != c.end {
					t.Errorf("ended with %+v", ended)
				}
			}
			b.eng.quiet(t)
			if len(b.eng.reoffers) != c.reoffers {
				t.Errorf("%d re-INVITEs reached the engine", len(b.eng.reoffers))
			}
		})
	}
}
