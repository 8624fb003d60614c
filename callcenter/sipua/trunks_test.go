package sipua

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hotline12345/callcenter"
)

// pairBench has two trunks for calls out; the first is preferred.
func pairBench(t *testing.T, change func(*Options)) (b *bench, first, second *phone) {
	t.Helper()
	first, second = newPhone(&bench{t: t, addr: "127.0.0.1:9"}), newPhone(&bench{t: t, addr: "127.0.0.1:9"})
	b = newBench(t, func(o *Options) {
		o.Trunks = []Trunk{
			{Name: "reserve", Peers: []netip.Prefix{loopback}, Outbound: second.addr, Priority: 2},
			{Name: "main", Peers: []netip.Prefix{loopback}, Outbound: first.addr, Priority: 1},
		}
		if change != nil {
			change(o)
		}
	})
	first.b, second.b = b, b
	return b, first, second
}

func state(t *testing.T, b *bench, name string) TrunkState {
	t.Helper()
	for _, s := range b.ua.Trunks() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no trunk %s", name)
	return TrunkState{}
}

func TestFailOverByCode(t *testing.T) {
	for code, next := range map[int]bool{
		503: true, 500: true, 408: true, 502: true, 401: true,
		486: false, 603: false, 404: false, 480: false, 501: false, 302: false,
	} {
		b, first, second := pairBench(t, nil)
		leg := dial(t, b)
		invite := first.incoming("INVITE")
		first.reply(invite, code, "No", "t", "")
		first.incoming("ACK")
		if !next {
			ev, ok := b.eng.event(t, "the failure").(callcenter.LegFailed)
			if !ok || ev.Leg != leg || ev.Code != code {
				t.Errorf("%d: %#v", code, ev)
			}
			continue
		}
		again := second.incoming("INVITE")
		if again.from.tag() == invite.from.tag() || again.cseq != invite.cseq+1 {
			t.Errorf("%d: the second INVITE is no new one: %+v", code, again.headers)
		}
		if s := state(t, b, "main"); s.Out != 0 || s.PassedOn != 1 || s.Failure.What != FailedCall || s.Failure.Code != code || s.Failure.At.IsZero() {
			t.Errorf("%d: main %+v", code, s)
		}
		second.reply(again, 503, "No", "t", "")
		second.incoming("ACK")
		isFailed(t, b.eng.event(t, "the failure"), leg, 503, callcenter.EndUnreachable)
		if s := state(t, b, "reserve"); s.Out != 0 {
			t.Errorf("%d: reserve %+v", code, s)
		}
	}
}

// A phone that rings is not given up for another trunk.
func TestNoFailOverAfterRinging(t *testing.T) {
	b, first, _ := pairBench(t, nil)
	leg := dial(t, b)
	invite := first.incoming("INVITE")
	first.reply(invite, 180, "Ringing", "t", "")
	b.eng.event(t, "ringing")
	first.reply(invite, 500, "No", "t", "")
	first.incoming("ACK")
	isFailed(t, b.eng.event(t, "the failure"), leg, 500, callcenter.EndUnreachable)
}

// A trunk that says nothing loses the call to the next one; when it wakes up after all,
// what it connected is ended.
func TestFailOverFromSilence(t *testing.T) {
	b, first, second := pairBench(t, func(o *Options) { o.FirstSign = 50 * time.Millisecond })
	dial(t, b)
	invite := first.incoming("INVITE")
	second.reply(second.incoming("INVITE"), 200, "OK", "t", theirSDP)
	second.incoming("ACK")
	if _, ok := b.eng.event(t, "the answer").(callcenter.LegAnswered); !ok {
		t.Fatal("not answered by the second trunk")
	}
	first.reply(invite, 180, "Ringing", "late", "")
	first.reply(first.incoming("CANCEL"), 200, "OK", "late", "")
	first.reply(invite, 200, "OK", "late", theirSDP)
	first.incoming("ACK")
	if bye := first.incoming("BYE"); bye.to.tag() != "late" || bye.from.tag() != invite.from.tag() {
		t.Errorf("BYE %+v", bye.headers)
	}
	b.eng.quiet(t)
}

func TestRetryAfterRests(t *testing.T) {
	b, first, second := pairBench(t, nil)
	dial(t, b)
	first.reply(first.incoming("INVITE"), 503, "Full", "t", "", "Retry-After: 120 (maintenance)")
	second.reply(second.incoming("INVITE"), 486, "Busy", "t", "")
	b.eng.event(t, "the failure")
	if state(t, b, "main").Up {
		t.Error("the trunk is used before it asked to be")
	}
	if err := b.ua.Dial(t.Context(), "leg-2", "13800001000", []byte(ourSDP)); err != nil {
		t.Fatal(err)
	}
	second.incoming("INVITE")
}

func TestOptionsHealth(t *testing.T) {
	b, first, second := pairBench(t, func(o *Options) {
		fast(o)
		o.Trunks = o.Trunks[1:]
		o.Trunks[0].Ping, o.Trunks[0].Misses = 10*time.Millisecond, 2
	})
	_ = second
	ping := first.incoming("OPTIONS")
	if ping.uri != "sip:"+first.addr || ping.get("max-forwards") == "" || ping.get("accept") != "application/sdp" {
		t.Errorf("OPTIONS %s %+v", ping.uri, ping.headers)
	}
	first.reply(ping, 404, "Who", "t", "") // a sign of life too
	until := func(up bool) {
		t.Helper()
		for state(t, b, "main").Up != up { // each round waits for a message
			m := first.receive()
			if m.method == "OPTIONS" && up {
				first.reply(m, 200, "OK", "t", "")
			}
			if m.method == "OPTIONS" && !up {
				first.reply(m, 503, "No", "t", "")
			}
		}
	}
	until(false)
	if s := state(t, b, "main"); s.Failure.What != FailedOptions || s.Failure.Code != 503 {
		t.Errorf("down: %+v", s)
	}
	err := b.ua.CanDial("13800001000")
	if !errors.Is(err, errDown) || errors.Is(err, ErrNoRoute) {
		t.Errorf("can dial: %v", err)
	}
	if err := b.ua.Dial(t.Context(), "leg-1", "13800001000", []byte(ourSDP)); !errors.Is(err, errDown) {
		t.Errorf("dialled by a trunk that is down: %v", err)
	}
	until(true)
	dial(t, b)
	first.incoming("INVITE")
}

// Whoever asks by OPTIONS and gets nothing at all counts as a miss.
func TestOptionsWithoutAnswer(t *testing.T) {
	b, first, _ := pairBench(t, func(o *Options) {
		o.T1, o.T2 = time.Millisecond, time.Millisecond
		o.Trunks = o.Trunks[1:]
		o.Trunks[0].Ping, o.Trunks[0].Misses = time.Millisecond, 2
	})
	for state(t, b, "main").Up {
		first.incoming("OPTIONS")
	}
	if s := state(t, b, "main"); s.Failure.What != FailedOptions || s.Failure.Code != 0 {
		t.Errorf("down: %+v", s)
	}
}

func TestTrunkLimits(t *testing.T) {
	b, first, second := pairBench(t, func(o *Options) {
		o.Trunks[1].MaxOut, o.Trunks[0].Rate = 1, 1
	})
	ids := []callcenter.LegID{"a", "b", "c"}
	for i, want := range []error{nil, nil, errBusyTrunk} {
		if err := b.ua.Dial(t.Context(), ids[i], "13800001000", []byte(ourSDP)); !errors.Is(err, want) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	first.incoming("INVITE")
	second.incoming("INVITE")
	if main, reserve := state(t, b, "main"), state(t, b, "reserve"); main.Out != 1 || reserve.Out != 1 {
		t.Errorf("%+v, %+v", main, reserve)
	}
}

func TestIncomingLimit(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Trunks[0].MaxIn = 1 })
	newPhone(b).call()
	p := newPhone(b)
	p.send(p.request("INVITE", 0, theirSDP))
	if m := p.response("INVITE", 503); m.get("retry-after") == "" {
		t.Error("503 without Retry-After")
	}
}

// Of trunks with one priority the one with fewer calls is next.
func TestEqualTrunksShare(t *testing.T) {
	b, first, second := pairBench(t, func(o *Options) { o.Trunks[0].Priority = 1 })
	for _, id := range []callcenter.LegID{"a", "b"} {
		if err := b.ua.Dial(t.Context(), id, "13800001000", []byte(ourSDP)); err != nil {
			t.Fatal(err)
		}
	}
	first.incoming("INVITE")
	second.incoming("INVITE")
}

func TestNumberRules(t *testing.T) {
	b, first, second := pairBench(t, func(o *Options) {
		o.Trunks[0].Numbers = []NumberRule{{Prefix: "+", With: "00"}}
		o.Trunks[1].Numbers = []NumberRule{{Prefix: "028", With: ""}, {Prefix: "0", With: "+86"}, {Prefix: "1", Length: 11, With: "0861"}}
		o.Trunks[1].Callers = []NumberRule{{Prefix: "9", Length: 12, With: ""}}
	})
	n := 0
	for to, want := range map[string]string{"02887654321": "87654321", "01012345678": "+861012345678", "13800001000": "086" + "13800001000"} {
		n++
		if err := b.ua.Dial(t.Context(), callcenter.LegID(strings.Repeat("x", n)), to, []byte(ourSDP)); err != nil {
			t.Fatal(err)
		}
		if m := first.incoming("INVITE"); m.uri != "sip:"+want+"@"+first.addr || m.get("to") != "<"+m.uri+">" {
			t.Errorf("%s dialled as %s", to, m.uri)
		}
	}
	if err := b.ua.Dial(t.Context(), "far", "+4930123456", []byte(ourSDP)); err != nil {
		t.Fatal(err)
	}
	if m := second.incoming("INVITE"); m.uri != "sip:004930123456@"+second.addr {
		t.Errorf("dialled %s", m.uri)
	}
	if err := b.ua.CanDial("12345"); !errors.Is(err, ErrNoRoute) {
		t.Errorf("a number that no rule fits: %v", err)
	}
	in := &message{from: address{uri: "sip:913800001000@x"}}
	if got := callerNumber(in, b.ua.opt.Trunks[1].Callers); got != "13800001000" {
		t.Errorf("caller %q", got)
	}
}

func TestIdentity(t *testing.T) {
	for _, c := range []struct {
		trunk             Trunk
		asserted          string
		preferred, privat string
		from              string
	}{
		{Trunk{Identity: IdentityAsserted}, "<sip:12345@127.0.0.1>", "", "", "<sip:12345@127.0.0.1>"},
		{Trunk{Identity: IdentityPreferred, FromUser: "02812345"}, "", "<sip:02812345@127.0.0.1>", "", "<sip:02812345@127.0.0.1>"},
		{Trunk{Identity: IdentityAsserted, Anonymous: true}, "<sip:12345@127.0.0.1>", "", "id", `"Anonymous" <sip:anonymous@anonymous.invalid>`},
	} {
		b, p := dialBench(t, func(o *Options) {
			o.Trunks[0].Identity, o.Trunks[0].Anonymous = c.trunk.Identity, c.trunk.Anonymous
			o.Trunks[0].FromUser = c.trunk.FromUser
		})
		dial(t, b)
		m := p.incoming("INVITE")
		if m.get("p-asserted-identity") != c.asserted || m.get("p-preferred-identity") != c.preferred ||
			m.get("privacy") != c.privat || !strings.HasPrefix(m.get("from"), c.from+";tag=") {
			t.Errorf("%+v: %+v", c.trunk, m.headers)
		}
	}
}

func TestRetryAfterForms(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"5": 5 * time.Second, "18000;duration=3600": 5 * time.Hour, "120 (in a meeting)": 2 * time.Minute, "": 0, "soon": 0, "-1": 0,
	} {
		if got := retryAfter(&message{headers: []header{{"retry-after", text}}}); got != want {
			t.Errorf("%q is %v", text, got)
		}
	}
}
