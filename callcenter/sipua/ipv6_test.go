package sipua

import (
	"net/netip"
	"strings"
	"testing"

	"hotline12345/callcenter"
)

var loopback6 = netip.MustParsePrefix("::1/128")

// bench6 listens on an address of IPv6.
func bench6(t *testing.T, listen string) *bench {
	t.Helper()
	return newBench(t, func(o *Options) {
		o.UDP, o.TCP = listen, listen
		o.Trunks[0].Peers = append(o.Trunks[0].Peers, loopback6)
	})
}

func TestCallOverIPv6(t *testing.T) {
	b := bench6(t, "[::1]:0")
	p := newPhone(b)
	in := p.answered()
	if in.From != "13800001000" || in.Dialog.RemoteTarget != "sip:13800001000@"+p.addr {
		t.Errorf("came as %+v", in)
	}
	ok := p.response("INVITE", 200)
	if want := "<sip:12345@" + b.addr + ">"; ok.get("contact") != want || ok.via.host != "::1" {
		t.Errorf("Contact %s, Via %s; want %s", ok.get("contact"), ok.vias[0], want)
	}
	p.send(p.request("ACK", p.cseq, ""))
	p.synced()
	_ = b.ua.HangUp(in.Leg)
	bye := p.incoming("BYE")
	if bye.uri != "sip:13800001000@"+p.addr || bye.via.host != "::1" {
		t.Errorf("BYE %s by %s", bye.uri, bye.vias[0])
	}
	p.reply(bye, 200, "OK", "", "")

	tcp := newTCPPhone(b)
	tcp.sendTCP(tcp.request("INVITE", 0, theirSDP))
	_ = b.ua.Answer(b.eng.arrived(t).Leg, []byte(ourSDP))
	if ok := tcp.until("INVITE", 200); ok.get("contact") != "<sip:12345@"+b.addr+";transport=tcp>" {
		t.Errorf("Contact %s", ok.get("contact"))
	}
}

// One socket for both families: each peer is told the address that it sees.
func TestBothFamilies(t *testing.T) {
	b := bench6(t, "[::]:0")
	_, port, _ := strings.Cut(b.addr, "]:")
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		at := *b
		at.addr = host + ":" + port
		p := newPhone(&at)
		leg := p.answered().Leg
		if ok := p.response("INVITE", 200); ok.get("contact") != "<sip:12345@"+at.addr+">" {
			t.Errorf("%s is told %s", host, ok.get("contact"))
		}
		p.send(p.request("ACK", p.cseq, ""))
		p.send(p.request("BYE", 0, ""))
		p.response("BYE", 200)
		isEnded(t, b.eng.event(t, "the end"), leg, callcenter.EndCallerHangUp)
	}
}

func TestDialOverIPv6(t *testing.T) {
	provider := newPhone(&bench{t: t, addr: "[::1]:9"})
	b := newBench(t, func(o *Options) {
		o.UDP, o.TCP = "[::1]:0", "[::1]:0"
		o.Trunks[0].Outbound, o.Trunks[0].Identity = provider.addr, IdentityAsserted
	})
	provider.b = b
	leg := dial(t, b)
	invite := provider.incoming("INVITE")
	if invite.uri != "sip:13800001000@"+provider.addr || invite.get("p-asserted-identity") != "<sip:12345@[::1]>" ||
		!strings.HasPrefix(invite.get("from"), "<sip:12345@[::1]>;tag=") || invite.via.host != "::1" {
		t.Errorf("INVITE %s %+v", invite.uri, invite.headers)
	}
	provider.reply(invite, 486, "Busy Here", "b", "")
	provider.incoming("ACK")
	isFailed(t, b.eng.event(t, "the failure"), leg, 486, callcenter.EndBusy)
}
