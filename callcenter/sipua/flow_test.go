package sipua

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// flow is a call as sipp plays it, a line for each step:
//
//	send METHOD CSEQ [body] [| Header: value ...]  as the caller; ACK with "same": of a refusal
//	recv CODE[?] [rseq]                            ?: it may come; rseq: remembered for RAck
//	recv METHOD [parties]                          parties: From and To are remembered for bye
//	reply CODE [body|invite] [| Header: value]     to what came last, or to the INVITE
//	bye                                            of the phone that was called
type flow struct {
	t    *testing.T
	out  strings.Builder
	last string // request that came
	step int    // messages so far
	made int    // the INVITE's
}

// bodies by name: content type and text.
var bodies = map[string][2]string{
	"sdp":   {"application/sdp", "v=0\no=- 1 1 IN IP[local_ip_type] [local_ip]\ns=-\nc=IN IP[media_ip_type] [media_ip]\nt=0 0\nm=audio [media_port] RTP/AVP 8 13 101\na=rtpmap:8 PCMA/8000\na=rtpmap:13 CN/8000\na=rtpmap:101 telephone-event/8000\n"},
	"t38":   {"application/sdp", "v=0\no=- 1 2 IN IP[local_ip_type] [local_ip]\ns=-\nc=IN IP[media_ip_type] [media_ip]\nt=0 0\nm=image [media_port] udptl t38\na=T38FaxVersion:0\n"},
	"relay": {"application/dtmf-relay", "Signal=5\nDuration=160\n"},
	"dtmf":  {"application/dtmf", "11\n"},
}

// compile turns testdata/flows/NAME.flow into a scenario of sipp; it gives the file.
func compile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "flows", name+".flow"))
	if err != nil {
		t.Fatal(err)
	}
	f := &flow{t: t}
	f.out.WriteString("<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"" + name + "\">\n")
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			f.add(line)
		}
	}
	f.out.WriteString("</scenario>\n")
	file := filepath.Join(t.TempDir(), name+".xml")
	if err := os.WriteFile(file, []byte(f.out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func (f *flow) add(line string) {
	words, headers := line, []string(nil)
	if first, rest, ok := strings.Cut(line, " | "); ok {
		words, headers = first, strings.Split(rest, " | ")
	}
	w := append(strings.Fields(words), "", "", "")
	switch w[0] {
	case "send":
		f.send(w[1], w[2], w[3], headers)
	case "recv":
		f.recv(w[1], w[2])
	case "reply":
		f.reply(w[1], w[2], headers)
	case "bye":
		f.write("BYE sip:12345@[remote_ip]:[remote_port] SIP/2.0", true, "", []string{
			"Via: SIP/2.0/[transport] [local_ip]:[local_port];rport;branch=[branch]",
			"From: [$to]", "To: [$from]", "Call-ID: [call_id]", "CSeq: 1 BYE", "Max-Forwards: 70",
		})
	default:
		f.t.Fatalf("no step: %q", line)
	}
	f.step++
}

func (f *flow) send(method, cseq, body string, headers []string) {
	branch := "[branch]"
	switch {
	case method == "INVITE":
		f.made = f.step
	case body == "same": // sipp counts back to the message whose branch it is
		branch, body = fmt.Sprintf("[branch-%d]", f.step-f.made), ""
	}
	lines := append([]string{
		"Via: SIP/2.0/[transport] [local_ip]:[local_port];rport;branch=" + branch,
		"From: <sip:13800001000@[local_ip]:[local_port]>;tag=[pid]t[call_number]",
		"To: <sip:12345@[remote_ip]:[remote_port]>[peer_tag_param]",
		"Call-ID: [call_id]", "CSeq: " + cseq + " " + method,
		"Contact: <sip:13800001000@[local_ip]:[local_port];transport=[transport]>", "Max-Forwards: 70",
	}, headers...)
	f.write(method+" sip:12345@[remote_ip]:[remote_port] SIP/2.0", method != "ACK", body, lines)
}

func (f *flow) reply(code, how string, headers []string) {
	tag := ""
	if f.last == "INVITE" || f.last == "CANCEL" { // others are of the dialog
		tag = ";tag=[pid]p[call_number]"
	}
	lines := []string{"[last_Via:]", "[last_From:]", "[last_To:]" + tag, "[last_Call-ID:]", "[last_CSeq:]"}
	if how == "invite" {
		lines = []string{"Via: [$via]", "From: [$from]", "To: [$to]" + tag, "[last_Call-ID:]", "CSeq: 1 INVITE"}
	}
	lines = append(lines, "Contact: <sip:callee@[local_ip]:[local_port];transport=[transport]>")
	final := code >= "200" && (f.last == "INVITE" || how == "invite") // sipp repeats it until the ACK
	f.write("SIP/2.0 "+code+" Said", final, how, append(lines, headers...))
}

func (f *flow) recv(what, how string) {
	what, optional := strings.CutSuffix(what, "?")
	kind := "response"
	if what[0] > '9' {
		kind, f.last = "request", what
	}
	fmt.Fprintf(&f.out, "<recv %s=%q", kind, what)
	if optional {
		f.out.WriteString(" optional=\"true\"")
	}
	remember := map[string][][2]string{"rseq": {{"RSeq:", "rseq"}}, "parties": {{"From:", "from"}, {"To:", "to"}}}[how]
	if what == "INVITE" {
		remember = [][2]string{{"Via:", "via"}, {"From:", "from"}, {"To:", "to"}}
	}
	if len(remember) == 0 {
		f.out.WriteString("/>\n")
		return
	}
	f.out.WriteString("><action>\n")
	names := make([]string, len(remember))
	for i, r := range remember {
		names[i] = r[1]
		fmt.Fprintf(&f.out, "<ereg regexp=\"[^ ].*\" search_in=\"hdr\" header=%q assign_to=%q/>\n", r[0], r[1])
	}
	f.out.WriteString("</action></recv>\n")
	fmt.Fprintf(&f.out, "<Reference variables=%q/>\n", strings.Join(names, ","))
}

func (f *flow) write(start string, repeat bool, body string, lines []string) {
	f.out.WriteString("<send")
	if repeat {
		f.out.WriteString(" retrans=\"500\"")
	}
	f.out.WriteString("><![CDATA[\n" + start + "\n" + strings.Join(lines, "\n") + "\n")
	content := bodies[body]
	if content[0] != "" {
		f.out.WriteString("Content-Type: " + content[0] + "\n")
	}
	f.out.WriteString("Content-Length: [len]\n\n" + content[1] + "]]></send>\n")
}
