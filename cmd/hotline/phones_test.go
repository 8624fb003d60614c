package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/icholy/digest"
)

// handset is a desk phone of the test, or a caller: it says what it is told by UDP.
type handset struct {
	t    *testing.T
	conn *net.UDPConn
	to   *net.UDPAddr
	user string
	peer string // To in a dialog
	cseq int
	seen map[string]bool // CSeq of requests that were answered: repeated ones are passed over
}

func newHandset(t *testing.T, h *hotline, user string) *handset {
	t.Helper()
	to, err := net.ResolveUDPAddr("udp", h.run.SIP)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &handset{t: t, conn: conn, to: to, user: user, seen: map[string]bool{}}
}

func (p *handset) sdp() string {
	return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n"
}

// send sends a request.
func (p *handset) send(method, uri, body string, headers ...string) {
	p.t.Helper()
	if method != "ACK" {
		p.cseq++
	}
	here := p.conn.LocalAddr().String()
	lines := append([]string{
		method + " " + uri + " SIP/2.0",
		fmt.Sprintf("Via: SIP/2.0/UDP %s;rport;branch=z9hG4bK-%s-%s-%d", here, p.user, method, p.cseq), "Max-Forwards: 70",
		fmt.Sprintf("From: <sip:%s@hotline>;tag=t", p.user), "To: " + cmp.Or(p.peer, "<"+uri+">"), "Call-ID: " + p.user + "-" + here,
		fmt.Sprintf("CSeq: %d %s", p.cseq, method), fmt.Sprintf("Contact: <sip:%s@%s>", p.user, here),
	}, headers...)
	if body != "" {
		lines = append(lines, "Content-Type: application/sdp")
	}
	p.write(strings.Join(append(lines, fmt.Sprintf("Content-Length: %d", len(body)), "", body), "\r\n"))
}

func (p *handset) write(text string) {
	p.t.Helper()
	if _, err := p.conn.WriteToUDP([]byte(text), p.to); err != nil {
		p.t.Fatal(err)
	}
}

// until gives the next message that begins so.
func (p *handset) until(start string) string {
	p.t.Helper()
	buf := make([]byte, 64<<10)
	_ = p.conn.SetReadDeadline(time.Now().Add(time.Minute))
	for {
		n, err := p.conn.Read(buf)
		if err != nil {
			p.t.Fatalf("%s: no %s: %v", p.user, start, err)
		}
		text := string(buf[:n])
		id := headerOf(text, "CSeq") + headerOf(text, "Call-ID")
		if strings.HasPrefix(text, start) && (strings.HasPrefix(start, "SIP/") || !p.seen[id]) {
			p.seen[id] = true
			return text
		}
	}
}

func headerOf(message, name string) string {
	found := regexp.MustCompile(`(?im)^` + name + `: (.*?)\r?$`).FindStringSubmatch(message)
	if found == nil {
		return ""
	}
	return found[1]
}

// answer says 200 to a request.
func (p *handset) answer(request, body string) {
	p.t.Helper()
	var b strings.Builder
	b.WriteString("SIP/2.0 200 OK\r\n")
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		value := headerOf(request, name)
		if name == "To" && !strings.Contains(value, "tag=") {
			value += ";tag=phone"
		}
		b.WriteString(name + ": " + value + "\r\n")
	}
	fmt.Fprintf(&b, "Contact: <sip:%s@%s>\r\n", p.user, p.conn.LocalAddr())
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	p.write(b.String())
}

// register gives the status of a registration with this password.
func (p *handset) register(password string) string {
	p.t.Helper()
	uri := "sip:" + p.user + "@hotline"
	p.send("REGISTER", uri, "")
	c, err := digest.ParseChallenge(headerOf(p.until("SIP/2.0 401"), "WWW-Authenticate"))
	if err != nil {
		p.t.Fatal(err)
	}
	cred, err := digest.Digest(c, digest.Options{Method: "REGISTER", URI: uri, Count: 1, Username: p.user, Password: password})
	if err != nil {
		p.t.Fatal(err)
	}
	p.send("REGISTER", uri, "", "Authorization: "+cred.String())
	return p.until("SIP/2.0 ")[8:11]
}

type listedPhone struct {
	User    string
	Account string
	Name    string
	Enabled bool
	Demo    bool
	Places  []struct{ Contact, Transport string }
}

func (p *person) phones() map[string]listedPhone {
	p.t.Helper()
	resp, body := p.send(http.MethodGet, "/phones", "")
	var list struct {
		Items     []listedPhone
		Registrar bool
	}
	if err := json.Unmarshal(body, &list); err != nil || resp.StatusCode != http.StatusOK || !list.Registrar {
		p.t.Fatalf("%d %s %v", resp.StatusCode, body, err)
	}
	found := map[string]listedPhone{}
	for _, one := range list.Items {
		found[one.User] = one
	}
	return found
}

// TestDeskPhones on a whole hotline: an account is made, its phone registers, is refused
// when the account is disabled or has another password; the demo's phones are seats that
// take calls without a page.
func TestDeskPhones(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "hotline.yaml")
	const config = "phones:\n  enabled: true\n  wrap_up: 0s\ncalls:\n  notice: false\ndemo:\n  phone_password: demo-phone-password\n"
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	h := start(t, filepath.Join(dir, "var"), "--demo", "--config", file)
	if !strings.Contains(h.out.String(), "demo.phone_password") {
		t.Errorf("nobody is told of the demo's phones:\n%s", h.out)
	}
	admin, supervisor := h.as(t, "admin"), h.as(t, "supervisor")
	testPhoneAccount(t, h, admin, supervisor)

	if p := admin.phones()["agent1"]; !p.Demo || p.Name == "" {
		t.Errorf("agent1's is %+v", p)
	}
	desk, caller := newHandset(t, h, "agent1"), newHandset(t, h, "13800001000")
	if status := desk.register("demo-phone-password"); status != "200" {
		t.Fatalf("a demo phone: %s", status)
	}
	caller.send("INVITE", "sip:12345@hotline", caller.sdp())
	invite := desk.until("INVITE")
	if from := headerOf(invite, "From"); !strings.HasPrefix(from, `"138****1000" <sip:12345@`) {
		t.Errorf("the phone shows %s", from)
	}
	desk.answer(invite, desk.sdp())
	desk.until("ACK")
	caller.peer = headerOf(caller.until("SIP/2.0 200"), "To")
	caller.send("ACK", "sip:12345@hotline", "")
	caller.send("BYE", "sip:12345@hotline", "")
	desk.answer(desk.until("BYE"), "")
}

func testPhoneAccount(t *testing.T, h *hotline, admin, supervisor *person) {
	t.Helper()
	var session struct{ Account struct{ ID string } }
	_, body := supervisor.send(http.MethodGet, "/session", "")
	if err := json.Unmarshal(body, &session); err != nil || session.Account.ID == "" {
		t.Fatalf("%s %v", body, err)
	}
	var made struct{ Password string }
	resp, body := admin.send(http.MethodPost, "/phones", fmt.Sprintf(`{"user":"boss","account":%q,"digest":"sha-256","srtp":false,"seat":false}`, session.Account.ID))
	if err := json.Unmarshal(body, &made); err != nil || resp.StatusCode != http.StatusCreated || len(made.Password) < 20 {
		t.Fatalf("%d %s %v", resp.StatusCode, body, err)
	}
	for want, body := range map[string]string{
		"phone-agent-taken": fmt.Sprintf(`{"user":"boss2","account":%q,"digest":"md5","srtp":false,"seat":false}`, session.Account.ID),
		"phone-bad-account": `{"user":"boss2","account":"nobody","digest":"md5","srtp":false,"seat":false}`,
	} {
		if _, got := admin.send(http.MethodPost, "/phones", body); codeOfAnswer(got) != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	desk := newHandset(t, h, "boss")
	if status := desk.register(made.Password); status != "200" {
		t.Fatalf("registering: %s", status)
	}
	if p := admin.phones()["boss"]; len(p.Places) != 1 || p.Places[0].Transport != "udp" || !p.Enabled || p.Demo {
		t.Errorf("listed as %+v", p)
	}
	old := made.Password
	if resp, body := admin.send(http.MethodPost, "/phones/boss/secret", ""); resp.StatusCode != http.StatusOK || json.Unmarshal(body, &made) != nil || made.Password == old {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	if len(admin.phones()["boss"].Places) != 0 {
		t.Error("registered by a password that is old")
	}
	if status := desk.register(made.Password); status != "200" {
		t.Errorf("with the new password: %s", status)
	}
	if status := desk.register(old); status != "401" {
		t.Errorf("with the old password: %s", status)
	}
	if resp, body := admin.send(http.MethodPut, "/phones/boss", `{"digest":"md5","srtp":false,"seat":false,"enabled":false}`); resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	if p := admin.phones()["boss"]; len(p.Places) > 0 || p.Enabled {
		t.Errorf("disabled: %+v", p)
	}
	if resp, body := admin.send(http.MethodDelete, "/phones/boss", ""); resp.StatusCode != http.StatusNoContent {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	if _, there := admin.phones()["boss"]; there {
		t.Error("a removed account is there")
	}
}
