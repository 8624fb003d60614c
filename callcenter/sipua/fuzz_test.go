package sipua

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

// ledger checks what the engine is told: an arrival first, one end at most, nothing after.
type ledger struct {
	t  *testing.T
	ua *UA

	mu      sync.Mutex
	state   map[callcenter.LegID]string
	answers int
}

func (l *ledger) Arrived(in engine.Inbound) error {
	l.mu.Lock()
	if l.state[in.Leg] != "" {
		l.t.Errorf("leg %s arrived twice", in.Leg)
	}
	l.state[in.Leg] = "up"
	l.mu.Unlock()
	if in.From != "" && !dialable(in.From) {
		l.t.Errorf("from %q is no number", in.From)
	}
	switch {
	case strings.Contains(in.Dialog.RemoteTarget, "refuse"):
		l.mu.Lock()
		l.state[in.Leg] = "ended"
		l.mu.Unlock()
		return engine.StatusError{Code: 486}
	case !strings.Contains(in.Dialog.RemoteTarget, "wait"):
		_ = l.ua.Answer(in.Leg, []byte(ourSDP))
	}
	return nil
}

func (l *ledger) Reoffer(callcenter.LegID, []byte) ([]byte, error) { return []byte(ourSDP), nil }
func (l *ledger) Confirmed(callcenter.LegID, []byte)               {}

func (l *ledger) Event(leg callcenter.LegID, ev callcenter.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state[leg] != "up" {
		l.t.Errorf("%T for a leg that is %q", ev, l.state[leg])
	}
	switch ev.(type) {
	case callcenter.LegEnded, callcenter.LegFailed:
		l.state[leg] = "ended"
	case callcenter.LegAnswered:
		if l.answers++; l.answers > 1 {
			l.t.Error("answered twice")
		}
	default: // may come in any number while the leg is up
	}
}

// FuzzReceive feeds sequences of messages, as from one peer, to a whole UA; TAG in them
// stands for the To tag that our answers carried last, so that dialogs are reached.
func FuzzReceive(f *testing.F) {
	message := func(method string, cseq int, to, body string) string {
		return fmt.Sprintf("%s sip:12345@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK%s%d\r\nMax-Forwards: 70\r\nFrom: <sip:13800001000@h>;tag=f\r\n"+
			"To: <sip:12345@h>%s\r\nCall-ID: c\r\nCSeq: %d %s\r\nContact: <sip:x@127.0.0.1>\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
			method, strings.NewReplacer("CANCEL", "INVITE", "ACK", "A").Replace(method), cseq, to, cseq, method, len(body), body)
	}
	invite, tagged := message("INVITE", 1, "", theirSDP), ";tag=TAG"
	for _, seed := range [][]string{
		{invite, message("ACK", 1, tagged, ""), message("BYE", 2, tagged, "")},
		{invite, message("INVITE", 2, tagged, theirSDP), message("ACK", 1, tagged, ""), message("ACK", 2, tagged, ""), message("BYE", 3, tagged, "")},
		{strings.Replace(invite, "<sip:x@", "<sip:wait@", 1), message("CANCEL", 1, "", ""), message("BYE", 2, tagged, "")},
		{strings.Replace(invite, "<sip:x@", "<sip:refuse@", 1), invite},
		{message("INVITE", 1, "", ""), message("ACK", 1, tagged, theirSDP), strings.Replace(message("INFO", 2, tagged, "Signal=5"), "/sdp", "/dtmf-relay", 1)},
		{strings.Replace(invite, "Contact", "Supported: timer\r\nSession-Expires: 90;refresher=uas\r\nContact", 1), message("ACK", 1, tagged, ""), message("UPDATE", 2, tagged, theirSDP), message("UPDATE", 3, tagged, "")},
		{strings.Replace(strings.Replace(invite, "<sip:x@", "<sip:wait@", 1), "Contact", "Require: 100rel\r\nContact", 1), strings.Replace(message("PRACK", 2, tagged, ""), "Contact", "RAck: 1 1 INVITE\r\nContact", 1)},
		{message("OPTIONS", 1, "", ""), message("REFER", 2, tagged, ""), "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h\r\n\r\n"},
	} {
		f.Add([]byte(strings.Join(seed, "\x00")))
	}
	for name := range torture {
		f.Add(load(f, "torture", name))
	}
	var l *ledger
	opt := Options{UDP: "127.0.0.1:0", Trunks: []Trunk{{Name: "a", Peers: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}}}, Log: discard}
	opt.T1, opt.T2, opt.T4, opt.MaxDialogs = time.Millisecond, time.Millisecond, time.Millisecond, 1e6
	ua, err := New(opt) // never started: its socket only sends
	if err != nil {
		f.Fatal(err)
	}
	n := 0
	f.Fuzz(func(t *testing.T, data []byte) {
		l = &ledger{t: t, ua: ua, state: map[callcenter.LegID]string{}}
		ua.sink = l
		conn := &tcpConn{t: ua.net, out: make(chan outMessage, maxWrites), done: make(chan struct{})}
		from := source{transport: transportUDP, addr: netip.MustParseAddrPort("192.0.2.1:5060"), conn: conn}
		n++
		tag := "none"
		for i, raw := range bytes.Split(data, []byte{0}) {
			if i == 8 {
				break
			}
			m, err := parseDatagram(bytes.ReplaceAll(raw, []byte("TAG"), []byte(tag)))
			if m == nil {
				continue
			}
			m.callID = fmt.Sprintf("%d-%s", n, m.callID) // each input has its own calls
			from.transport = transportTCP
			ua.receive(m, err, from)
			settle(ua, m.callID)
			tag = drainTag(t, conn, tag)
		}
		endAll(ua, l)
	})
}

// FuzzAnswer feeds answers to an INVITE of ours; BRANCH, ID and FROM stand for its own.
func FuzzAnswer(f *testing.F) {
	answer := func(code int, tag, body string) string {
		return fmt.Sprintf("SIP/2.0 %d X\r\nVia: SIP/2.0/UDP h;branch=BRANCH\r\nFrom: FROM\r\nTo: <sip:1@h>;tag=%s\r\nCall-ID: ID\r\nCSeq: 1 INVITE\r\n"+
			"Contact: <sip:x@127.0.0.1:9>\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", code, tag, len(body), body)
	}
	for _, seed := range [][]string{
		{answer(100, "a", ""), answer(180, "a", ""), answer(200, "a", theirSDP), answer(200, "b", theirSDP), answer(180, "a", "")},
		{strings.Replace(answer(183, "a", theirSDP), "Contact", "Require: 100rel\r\nRSeq: 1\r\nContact", 1), strings.Replace(answer(422, "a", ""), "Contact", "Min-SE: 2000\r\nContact", 1)},
		{strings.Replace(answer(200, "a", theirSDP), "Contact", "Session-Expires: 90;refresher=uas\r\nContact", 1)},
		{answer(486, "a", ""), answer(486, "a", ""), answer(200, "a", theirSDP)},
		{answer(200, "a", ""), strings.Replace(answer(200, "c", theirSDP), "Contact", "Record-Route: <sip:127.0.0.1:9;lr>\r\nContact", 1)},
		{strings.Replace(answer(401, "a", ""), "Contact", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\nContact", 1), answer(200, "a", theirSDP)},
	} {
		f.Add([]byte(strings.Join(seed, "\x00")))
	}
	opt := Options{UDP: "127.0.0.1:0", Trunks: []Trunk{{Name: "a", Peers: []netip.Prefix{loopback}, Outbound: "127.0.0.1:9", User: "u", Password: "p"}}, Log: discard}
	opt.T1, opt.T2, opt.T4, opt.MaxDialogs = time.Millisecond, time.Millisecond, time.Millisecond, 1e6
	ua, err := New(opt) // never started: its socket only sends, to the discard port
	if err != nil {
		f.Fatal(err)
	}
	n := 0
	f.Fuzz(func(t *testing.T, data []byte) {
		n++
		id := callcenter.LegID(fmt.Sprint("leg-", n))
		l := &ledger{t: t, ua: ua, state: map[callcenter.LegID]string{id: "up"}}
		ua.sink = l
		if err := ua.Dial(t.Context(), id, "13800001000", []byte(ourSDP)); err != nil {
			t.Fatal(err)
		}
		facts := make(chan *strings.Replacer, 1)
		callID := ""
		if err := ua.command(id, func(l *leg) {
			callID = l.callID
			facts <- strings.NewReplacer("BRANCH", l.out.tx.req.branch, "ID", l.callID, "FROM", l.out.tx.req.from)
		}); err != nil {
			t.Fatal(err)
		}
		own := <-facts
		from := source{transport: transportUDP, addr: netip.MustParseAddrPort("127.0.0.1:9")}
		for i, raw := range strings.Split(string(data), "\x00") {
			if i == 8 {
				break
			}
			m, err := parseDatagram([]byte(own.Replace(raw)))
			ua.receive(m, err, from)
			settle(ua, callID)
		}
		endAll(ua, l)
	})
}

// settle waits until the call has worked off its mailbox.
func settle(ua *UA, callID string) {
	done := make(chan struct{})
	if ua.dispatch(callID, false, false, func(*call) { close(done) }) {
		<-done
	}
}

// drainTag reads our answers, which must be well-formed when the request was.
func drainTag(t *testing.T, conn *tcpConn, tag string) string {
	for {
		select {
		case out := <-conn.out:
			if res, _ := parseDatagram(out.data); res == nil {
				t.Errorf("sent what cannot be read:\n%q", out.data)
			} else if v := res.to.tag(); v != "" {
				tag = v
			}
		default:
			return tag
		}
	}
}

// endAll hangs up what the input left open, so that legs do not pile up.
func endAll(ua *UA, l *ledger) {
	l.mu.Lock()
	legs := make([]callcenter.LegID, 0, len(l.state))
	for id := range l.state {
		legs = append(legs, id)
	}
	l.mu.Unlock()
	for _, id := range legs {
		done := make(chan struct{})
		err := ua.command(id, func(leg *leg) {
			leg.close()
			close(done)
		})
		if err == nil {
			<-done
		}
	}
}
