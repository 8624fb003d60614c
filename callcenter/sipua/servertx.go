package sipua

import (
	"strconv"
	"strings"
	"time"
)

// txState is where a transaction stands (RFC 3261 section 17, RFC 6026).
type txState int

const (
	txProceeding txState = iota // request seen; perhaps provisional answers
	txCompleted                 // final answer sent or received
	txConfirmed                 // server INVITE: ACK seen
	txAccepted                  // INVITE: 2xx
	txTerminated
)

// serverTx is a request that we answer:
//
//	INVITE   proceeding --2xx--> accepted --L--> terminated
//	         proceeding --300..699--> completed --ACK--> confirmed --I--> terminated
//	                                  completed --H--> terminated (G repeats the answer)
//	others   proceeding --final--> completed --J--> terminated
type serverTx struct {
	c     *call
	key   string
	req   *message
	from  source
	toTag string
	state txState
	last  []byte // newest answer, for a repeated request
	code  int    // of the final answer
	leg   *leg   // INVITE that makes or changes a leg

	repeat   *time.Timer // G
	end      *time.Timer // H, I, J, L
	interval time.Duration
}

// branchCookie begins every branch of RFC 3261 times (section 8.1.1.7).
const branchCookie = "z9hG4bK"

// serverKey names the transaction of a request. An ACK or CANCEL has the branch of the
// INVITE it belongs to (RFC 3261 section 17.2.3); without the magic cookie the request
// is of RFC 2543 times and its fields name it.
func serverKey(m *message, method string) string {
	if len(m.via.branch) > len(branchCookie) && strings.HasPrefix(m.via.branch, branchCookie) {
		return m.via.branch + "|" + m.via.host + ":" + strconv.Itoa(m.via.port) + "|" + method
	}
	return "2543|" + m.vias[0] + "|" + m.uri + "|" + m.from.tag() + "|" + strconv.FormatUint(uint64(m.cseq), 10) + "|" + method
}

// newServerTx registers the transaction in its call.
func (c *call) newServerTx(m *message, from source, toTag string) *serverTx {
	t := &serverTx{c: c, key: serverKey(m, m.method), req: m, from: from, toTag: toTag}
	c.servers[t.key] = t
	return t
}

func (t *serverTx) invite() bool   { return t.req.method == "INVITE" }
func (t *serverTx) reliable() bool { return stream(t.from.transport) }

// respond sends an answer and moves on; a second final answer is not sent.
func (t *serverTx) respond(a answer) {
	if t.state != txProceeding {
		return
	}
	t.last = renderResponse(t.req, t.from, t.toTag, a)
	t.sendLast()
	if a.code < 200 {
		return
	}
	t.code = a.code
	opt := &t.c.ua.opt
	switch {
	case t.invite() && a.code < 300:
		t.state = txAccepted
		t.endAfter(64 * opt.T1) // L
	case t.invite():
		t.state = txCompleted
		t.endAfter(64 * opt.T1) // H
		if !t.reliable() {
			t.interval = opt.T1
			t.repeat = t.c.after(t.interval, t.onRepeat)
		}
	case t.reliable():
		t.terminate() // J is 0
	default:
		t.state = txCompleted
		t.endAfter(64 * opt.T1) // J
	}
}

func (t *serverTx) sendLast() {
	if t.last != nil {
		t.c.ua.net.reply(t.from, t.req.via, t.last)
	}
}

// onRepeat is timer G.
func (t *serverTx) onRepeat() {
	if t.state != txCompleted {
		return
	}
	t.sendLast()
	t.interval = min(2*t.interval, t.c.ua.opt.T2)
	t.repeat = t.c.after(t.interval, t.onRepeat)
}

// again: the same request came once more.
func (t *serverTx) again() {
	if t.state == txProceeding || t.state == txCompleted {
		t.sendLast()
	}
}

// acked: the ACK of a refusal came.
func (t *serverTx) acked() {
	if t.state != txCompleted || !t.invite() {
		return
	}
	stopTimer(t.repeat)
	t.state = txConfirmed
	if t.reliable() {
		t.terminate()
		return
	}
	t.endAfter(t.c.ua.opt.T4) // I
}

func (t *serverTx) endAfter(d time.Duration) {
	stopTimer(t.end)
	t.end = t.c.after(d, t.terminate)
}

func (t *serverTx) terminate() {
	t.state = txTerminated
	stopTimer(t.repeat)
	stopTimer(t.end)
	if t.c.servers[t.key] == t {
		delete(t.c.servers, t.key)
	}
}
