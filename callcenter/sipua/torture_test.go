package sipua

import (
	"encoding/hex"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// torture says what each message of RFC 4475 gets. Status 0 is silence. Where the RFC
// leaves a choice, the reason stands beside it.
var torture = map[string]int{
	// 3.1.1 valid
	"wsinv":      481, // carries a To tag: a dialog that we do not have
	"intmeth":    501,
	"esc01":      100,
	"escnull":    405, // REGISTER: we are no registrar
	"esc02":      501, // an escaped method is another method
	"lwsdisp":    200,
	"longreq":    100,
	"dblreq":     405, // the REGISTER; what follows in the datagram is not looked at
	"semiuri":    200,
	"transports": 200,
	"mpart01":    405, // MESSAGE
	"unreason":   0,   // an answer to nothing we asked
	"noreason":   0,
	// 3.1.2 invalid
	"badinv01":   400,
	"clerr":      400,
	"ncl":        400,
	"scalar02":   400,
	"scalarlg":   0, // an answer
	"quotbal":    400,
	"ltgtruri":   400,
	"lwsruri":    0, // no start line: nothing to answer by
	"lwsstart":   0,
	"trws":       0,
	"escruri":    400,
	"baddate":    100, // Date means nothing to us
	"regbadct":   405,
	"badaspec":   400,
	"baddn":      400,
	"badvers":    0, // its Via is of another protocol too
	"mismatch01": 400,
	"mismatch02": 400,
	"bigcode":    0,
	// 3.2 transactions
	"badbranch": 200,
	// 3.3 application layer
	"insuf":    400,
	"unkscm":   416,
	"novelsc":  416,
	"unksm2":   405,
	"bext01":   420,
	"invut":    415,
	"regaut01": 405,
	"multi01":  400,
	"mcl01":    400,
	"bcast":    0, // two Vias: not ours
	"zeromf":   200,
	"cparam01": 405,
	"cparam02": 405,
	"regescrt": 405,
	"sdp01":    406,
	// 3.4 backward compatibility
	"inv2543": 100,
}

var hexRun = regexp.MustCompile(`<hex>([0-9A-F]+)</hex>`)

// load reads a message in the notation of RFC 4475 section 2: lines end with CRLF, and
// bytes that cannot be printed stand in <hex>.
func load(t testing.TB, folder, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", folder, name+".sip"))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(hexRun.ReplaceAllStringFunc(strings.ReplaceAll(string(text), "\n", "\r\n"), func(run string) string {
		raw, err := hex.DecodeString(hexRun.FindStringSubmatch(run)[1])
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}))
}

// torment gives b every message of a folder, as if it had come by TCP from a peer that
// reads what is written to its connection: their Via headers name hosts that do not
// exist. Then all of them by UDP; the server lives.
func torment(t *testing.T, b *bench, folder string, want map[string]int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.sip"))
	if err != nil || len(files) != len(want) {
		t.Fatalf("%d files, %d expectations, %v", len(files), len(want), err)
	}
	for name, code := range want {
		t.Run(name, func(t *testing.T) {
			conn := &tcpConn{t: b.ua.net, out: make(chan outMessage, maxWrites), done: make(chan struct{})}
			from := source{transport: transportTCP, addr: netip.MustParseAddrPort("127.0.0.1:9"), conn: conn}
			m, err := parseDatagram(load(t, folder, name))
			b.ua.receive(m, err, from)
			if code == 0 {
				if len(conn.out) != 0 {
					t.Errorf("answered %s", (<-conn.out).data)
				}
				return
			}
			first := take(t, conn.out, "an answer")
			res, _ := parseDatagram(first.data) // it repeats what was wrong with theirs
			if res == nil {
				t.Fatalf("our own answer has no form:\n%s", first.data)
			}
			if res.code != code {
				t.Errorf("answered %d %s, want %d", res.code, res.reason, code)
			}
			for _, name := range []string{"from", "call-id", "cseq"} {
				if res.get(name) != m.get(name) {
					t.Errorf("%s came back as %q, was %q", name, res.get(name), m.get(name))
				}
			}
			if len(res.vias) != len(m.vias) {
				t.Errorf("%d Via came back of %d", len(res.vias), len(m.vias))
			}
		})
	}
	p := newPhone(b)
	for name := range want {
		p.send(string(load(t, folder, name)))
	}
	newPhone(b).synced()
}

func TestTorture(t *testing.T) {
	b := newBench(t, nil)
	torment(t, b, "torture", torture)
	for range 4 { // the four good INVITEs, once each whatever way they came
		in := b.eng.arrived(t)
		if !strings.Contains("esc01 longreq baddate inv2543", strings.SplitN(in.Dialog.SIPCallID, ".", 2)[0]) {
			t.Errorf("unexpected call %s", in.Dialog.SIPCallID)
		}
	}
	b.eng.quiet(t)
}

// torture6 says what each message of RFC 5118 gets. Content-Length is what the body has,
// which the RFC's text does not always say.
var torture6 = map[string]int{
	"ipv6-good":                     405, // REGISTER: we are no registrar
	"ipv6-bad":                      400, // an address without its brackets
	"port-ambiguous":                405,
	"port-unambiguous":              405,
	"via-received-param-with-delim": 481, // BYE to no dialog
	"via-received-param-no-delim":   200,
	"ipv6-in-sdp":                   100,
	"mult-ip-in-header":             481,
	"mult-ip-in-sdp":                100,
	"ipv4-mapped-ipv6":              100,
	"ipv6-bug-abnf-3-colons":        200, // tolerated (section 4.10)
	"ipv6-correct-abnf-2-colons":    200,
}

func TestTortureIPv6(t *testing.T) {
	b := newBench(t, nil)
	torment(t, b, "torture6", torture6)
	targets := map[string]bool{}
	for range 3 {
		targets[b.eng.arrived(t).Dialog.RemoteTarget] = true
	}
	for _, want := range []string{"sip:caller@[2001:db8::20]", "sip:caller@[2001:db8::9:1]", "sip:ted@[::ffff:192.0.2.2]"} {
		if !targets[want] {
			t.Errorf("nobody calls from %s: %v", want, targets)
		}
	}
	b.eng.quiet(t)
}
