package sipua

import (
	"strconv"
	"strings"
)

const (
	allowed   = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE"
	supported = "timer, 100rel"
	maxForwd  = "70"
)

// reasons are the phrases of RFC 3261 section 21 and its extensions that we send.
var reasons = map[int]string{
	100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK",
	400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
	406: "Not Acceptable", 408: "Request Timeout", 413: "Request Entity Too Large", 415: "Unsupported Media Type",
	416: "Unsupported URI Scheme", 420: "Bad Extension", 480: "Temporarily Unavailable",
	481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 483: "Too Many Hops", 486: "Busy Here",
	422: "Session Interval Too Small",
	487: "Request Terminated", 488: "Not Acceptable Here", 491: "Request Pending",
	500: "Server Internal Error", 501: "Not Implemented", 503: "Service Unavailable", 504: "Server Time-out", 505: "Version Not Supported",
	603: "Decline",
}

// answer is what a response says beyond what it repeats from the request.
type answer struct {
	code    int
	reason  string // "": the standard phrase
	headers []header
	body    []byte // SDP
}

// renderResponse builds a response to m (RFC 3261 section 8.2.6). toTag is set in To
// unless To has one already.
func renderResponse(m *message, from source, toTag string, a answer) []byte {
	var b strings.Builder
	b.Grow(1024 + len(a.body))
	reason := a.reason
	if reason == "" {
		reason = reasons[a.code]
	}
	b.WriteString("SIP/2.0 " + strconv.Itoa(a.code) + " " + reason + "\r\n")
	for i, v := range m.vias {
		if i == 0 {
			v = viaReceived(v, m.via, from)
		}
		writeHeader(&b, "Via", v)
	}
	writeHeader(&b, "From", m.get("from"))
	to := m.get("to")
	if _, tagged := m.to.params.get("tag"); !tagged && toTag != "" && a.code > 100 && to != "" {
		to += ";tag=" + toTag
	}
	writeHeader(&b, "To", to)
	writeHeader(&b, "Call-ID", m.get("call-id"))
	writeHeader(&b, "CSeq", m.get("cseq"))
	if m.method == "INVITE" && a.code > 100 && a.code < 300 {
		for _, r := range m.values("record-route") { // RFC 3261 section 12.1.1
			writeHeader(&b, "Record-Route", r)
		}
	}
	if a.code == 100 {
		writeHeader(&b, "Timestamp", m.get("timestamp"))
	}
	writeTail(&b, a.headers, a.body)
	return []byte(b.String())
}

// viaReceived adds where the request really came from (RFC 3261 section 18.2.1, RFC
// 3581 section 4).
func viaReceived(raw string, v via, from source) string {
	host := from.addr.Addr().Unmap().String()
	head, _, _ := strings.Cut(raw, ";")
	var b strings.Builder
	b.WriteString(strings.TrimSpace(head))
	rport := false
	for _, p := range v.params {
		switch {
		case p.name == "received":
			continue
		case p.name == "rport":
			rport = true
			b.WriteString(";rport=" + strconv.Itoa(int(from.addr.Port())))
		case p.value == "":
			b.WriteString(";" + p.name)
		default:
			b.WriteString(";" + p.name + "=" + p.value)
		}
	}
	if rport || v.host != host {
		b.WriteString(";received=" + host)
	}
	return b.String()
}

// outRequest is a request of ours, kept whole so that it can be sent again with other
// credentials, and cancelled or acknowledged.
type outRequest struct {
	method  string
	uri     string
	to      destination
	local   string // host:port in Via
	branch  string
	routes  []string
	from    string // with tag
	toValue string // with tag inside a dialog
	callID  string
	cseq    uint32
	headers []header
	body    []byte
}

func (r *outRequest) render() []byte {
	var b strings.Builder
	b.Grow(1024 + len(r.body))
	b.WriteString(r.method + " " + r.uri + " SIP/2.0\r\n")
	writeHeader(&b, "Via", "SIP/2.0/"+strings.ToUpper(r.to.transport)+" "+r.local+";branch="+r.branch+";rport")
	writeHeader(&b, "Max-Forwards", maxForwd)
	for _, route := range r.routes {
		writeHeader(&b, "Route", route)
	}
	writeHeader(&b, "From", r.from)
	writeHeader(&b, "To", r.toValue)
	writeHeader(&b, "Call-ID", r.callID)
	writeHeader(&b, "CSeq", strconv.FormatUint(uint64(r.cseq), 10)+" "+r.method)
	writeTail(&b, r.headers, r.body)
	return []byte(b.String())
}

func writeTail(b *strings.Builder, headers []header, body []byte) {
	for _, h := range headers {
		writeHeader(b, h.name, h.value)
	}
	if len(body) > 0 {
		writeHeader(b, "Content-Type", "application/sdp")
	}
	b.WriteString("Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n")
	b.Write(body)
}

// writeHeader leaves out what is empty: a request too broken to repeat in full.
func writeHeader(b *strings.Builder, name, value string) {
	if value != "" {
		b.WriteString(name + ": " + value + "\r\n")
	}
}
