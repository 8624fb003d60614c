package sipua

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// registerBench has a trunk that registers with a phone of the test; its peers' addresses
// are elsewhere.
func registerBench(t *testing.T, change func(*Options)) (*bench, *phone) {
	t.Helper()
	return dialBench(t, func(o *Options) {
		o.Trunks[0].Peers = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		o.Trunks[0].Register = time.Hour
		o.RegisterAgain = 20 * time.Millisecond
		if change != nil {
			change(o)
		}
	})
}

// grants answers a REGISTER with what is bound now: another contact too.
func (p *phone) grants(m *message, expires string) {
	p.t.Helper()
	p.reply(m, 200, "OK", "r", "", "Contact: <sip:other@192.0.2.7>;expires=7, "+m.get("contact")+";expires="+expires)
}

// takesCalls waits for the UA to say that the trunk takes calls, or does not.
func (b *bench) takesCalls(want bool) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); (b.ua.CanDial("13800001000") == nil) != want; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("takes calls: want %v", want)
		}
	}
}

func TestRegister(t *testing.T) {
	b, p := registerBench(t, nil)
	m := p.incoming("REGISTER")
	if err := b.ua.CanDial("13800001000"); err == nil {
		t.Error("a trunk that is not registered takes calls")
	}
	if m.uri != "sip:"+p.addr || !strings.HasPrefix(m.get("from"), "<sip:hotline@127.0.0.1>;tag=") || m.get("to") != "<sip:hotline@127.0.0.1>" ||
		m.get("contact") != "<sip:12345@"+b.addr+">" || m.get("expires") != "3600" {
		t.Errorf("REGISTER %s %+v", m.uri, m.headers)
	}
	p.reply(m, 401, "Unauthorized", "r", "", `WWW-Authenticate: Digest realm="carrier", nonce="n1", algorithm=SHA-256, qop="auth"`,
		`WWW-Authenticate: Digest realm="carrier", nonce="n1", algorithm=MD5, qop="auth"`)
	again := p.incoming("REGISTER")
	if again.callID != m.callID || again.cseq != m.cseq+1 || !strings.Contains(again.get("authorization"), "SHA-256") {
		t.Errorf("again %+v", again.headers)
	}
	p.grants(again, "2")
	b.takesCalls(true)
	refresh := p.incoming("REGISTER") // before the two seconds are over
	if refresh.callID != m.callID || refresh.cseq != m.cseq+2 {
		t.Errorf("refresh %+v", refresh.headers)
	}
	p.grants(refresh, "3600")
	// Calls come from where we have registered.
	caller := *p
	caller.callID, caller.to = "in-1", "<sip:12345@"+b.addr+">"
	caller.send(caller.request("INVITE", 0, theirSDP))
	if in := b.eng.arrived(t); in.Trunk != "carrier" || in.From != "13800001000" {
		t.Errorf("came as %+v", in)
	}
	caller.send(caller.request("CANCEL", 1, ""))
	b.eng.event(t, "the end")
	// The end takes the binding back.
	done := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		done <- b.ua.Close(ctx)
	}()
	last := p.incoming("REGISTER")
	if last.get("expires") != "0" {
		t.Errorf("at the end %+v", last.headers)
	}
	p.reply(last, 200, "OK", "r", "")
	if err := take(t, done, "the end"); err != nil {
		t.Error(err)
	}
}

// What the registrar refuses is asked again, later each time; too brief a time is raised.
func TestRegisterAgain(t *testing.T) {
	b, p := registerBench(t, nil)
	for i, say := range []struct {
		code    int
		headers []string
	}{{403, nil}, {503, nil}, {200, []string{"Expires: 0"}}, {423, []string{"Min-Expires: 7200"}}} {
		m := p.incoming("REGISTER")
		if m.get("expires") != "3600" {
			t.Errorf("%d: %+v", i, m.headers)
		}
		p.reply(m, say.code, "Said", "r", "", say.headers...)
	}
	m := p.incoming("REGISTER")
	if m.get("expires") != "7200" {
		t.Errorf("after 423: %+v", m.headers)
	}
	p.reply(m, 423, "Said", "r", "", "Min-Expires: 7201") // and so on, for ever
	if m = p.incoming("REGISTER"); m.get("expires") != "14400" {
		t.Errorf("after another 423: %+v", m.headers)
	}
	p.grants(m, "7200")
	b.takesCalls(true)
}

// A binding that nobody renews ends, and the trunk with it.
func TestRegistrationLost(t *testing.T) {
	b, p := registerBench(t, nil)
	p.grants(p.incoming("REGISTER"), "1")
	b.takesCalls(true)
	p.reply(p.incoming("REGISTER"), 500, "Down", "r", "")
	b.takesCalls(false)
	p.grants(p.incoming("REGISTER"), "3600")
	b.takesCalls(true)
}

// A registrar that is gone holds up no stop.
func TestStopWithoutRegistrar(t *testing.T) {
	b, p := registerBench(t, fast)
	p.grants(p.incoming("REGISTER"), "3600")
	b.takesCalls(true)
	b.settled(t)
	if last := p.incoming("REGISTER"); last.get("expires") != "0" {
		t.Errorf("at the end %+v", last.headers)
	}
}

func TestRegisterNeedsWhereAndWho(t *testing.T) {
	for i, tr := range []Trunk{
		{Register: time.Minute, Outbound: "192.0.2.1"},
		{Register: time.Minute, User: "u", Password: "p"},
		{Register: time.Millisecond, Outbound: "192.0.2.1", User: "u", Password: "p"},
	} {
		tr.Name, tr.Peers = fmt.Sprint("t", i), []netip.Prefix{loopback}
		if _, err := New(Options{UDP: "127.0.0.1:0", Trunks: []Trunk{tr}}); err == nil || !strings.Contains(err.Error(), "registers for") {
			t.Errorf("%d: %v", i, err)
		}
	}
}
