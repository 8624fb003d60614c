package sipua

import (
	"time"
)

// clientTx is a request of ours:
//
//	proceeding --final--> completed --D or K--> terminated
//	proceeding --B or F--> terminated (408 to the user)
//	INVITE: proceeding --2xx--> accepted --M--> terminated; every 2xx goes to the user
//
// A refused INVITE is acknowledged here; a 2xx by its user (RFC 3261 section 13.2.2.4).
type clientTx struct {
	c     *call
	key   string
	req   *outRequest
	raw   []byte
	state txState
	heard bool // a provisional answer came
	gone  bool // CANCEL is out
	quiet bool // of no call: OPTIONS, REGISTER; nobody waits for its end
	// on gets each answer; a timeout is a 408, a transport fault a 503 (RFC 3261
	// section 8.1.3.1), both made here and so without Via.
	on func(res *message)

	repeat   *time.Timer // A, E
	limit    *time.Timer // B, F, then D, K, M
	interval time.Duration
}

func clientKey(branch, method string) string { return branch + "|" + method }

// request sends r and registers its transaction.
func (c *call) request(r *outRequest, on func(*message)) *clientTx {
	t := &clientTx{c: c, req: r, on: on, key: clientKey(r.branch, r.method)}
	c.clients[t.key] = t
	t.raw = r.render()
	if len(t.raw) > maxUDPRequest && r.to.transport == transportUDP {
		t.tryTCP()
	}
	t.send()
	opt := &c.ua.opt
	t.limit = c.after(64*opt.T1, t.onTimeout)
	if r.to.transport == transportUDP {
		t.interval = opt.T1
		t.repeat = c.after(t.interval, t.onRepeat)
	}
	return t
}

// background is a request that belongs to no call.
func (c *call) background(r *outRequest, on func(*message)) *clientTx {
	t := c.request(r, on)
	t.quiet = true
	return t
}

func (t *clientTx) invite() bool { return t.req.method == "INVITE" }

// tryTCP moves a request that is too long for a datagram to TCP; onLost goes back to
// UDP when the other side has no TCP (RFC 3261 section 18.1.1).
func (t *clientTx) tryTCP() {
	t.req.to.transport = transportTCP
	t.raw = t.req.render()
}

func (t *clientTx) send() {
	tried := t.req.to.transport
	t.c.ua.net.send(t.req.to, t.raw, func(err error) {
		t.c.post(func() { t.onLost(err, tried) })
	})
}

func (t *clientTx) onLost(err error, tried string) {
	if t.state != txProceeding {
		return
	}
	if tried == transportTCP && len(t.raw) > maxUDPRequest && !t.heard && t.repeat == nil && t.c.ua.net.udp != nil {
		t.req.to.transport = transportUDP
		t.raw = t.req.render()
		t.interval = t.c.ua.opt.T1
		t.repeat = t.c.after(t.interval, t.onRepeat)
		t.send()
		return
	}
	t.c.ua.opt.Log.Info("sip: request not sent", "method", t.req.method, "error", err)
	t.terminate()
	t.on(&message{code: 503, reason: "Transport Failed"})
}

// onRepeat is timer A or E.
func (t *clientTx) onRepeat() {
	if t.state != txProceeding || t.invite() && t.heard {
		return
	}
	t.send()
	t.interval *= 2
	if !t.invite() {
		t.interval = min(t.interval, t.c.ua.opt.T2)
		if t.heard {
			t.interval = t.c.ua.opt.T2
		}
	}
	t.repeat = t.c.after(t.interval, t.onRepeat)
}

// onTimeout is timer B or F, and ends an INVITE that only ever rang.
func (t *clientTx) onTimeout() {
	if t.state != txProceeding {
		return
	}
	if t.invite() && t.heard && !t.gone {
		t.cancel()
		return
	}
	t.terminate()
	t.on(&message{code: 408, reason: "Request Timeout"})
}

// receive takes an answer that carries our branch.
func (t *clientTx) receive(res *message) {
	switch {
	case res.code < 200:
		if t.state != txProceeding {
			return // late: the final answer implies it
		}
		if !t.heard {
			t.heard = true
			if t.invite() { // from here on the user's patience counts
				t.limitAfter(t.c.ua.opt.SetupLimit, t.onTimeout)
			}
		}
		t.on(res)
	case t.invite() && res.code < 300:
		if t.state == txProceeding {
			t.state = txAccepted
			stopTimer(t.repeat)
			t.limitAfter(64*t.c.ua.opt.T1, t.terminate) // M
		}
		if t.state == txAccepted {
			t.on(res)
		}
	default:
		t.receiveFinal(res)
	}
}

func (t *clientTx) receiveFinal(res *message) {
	if t.invite() && (t.state == txProceeding || t.state == txCompleted) {
		t.ackRefusal(res)
	}
	if t.state != txProceeding {
		return
	}
	t.state = txCompleted
	stopTimer(t.repeat)
	if stream(t.req.to.transport) {
		t.terminate()
	} else if t.invite() {
		t.limitAfter(64*t.c.ua.opt.T1, t.terminate) // D: at least 32 s
	} else {
		t.limitAfter(t.c.ua.opt.T4, t.terminate) // K
	}
	t.on(res)
}

// ackRefusal acknowledges 300..699 within the transaction (RFC 3261 section 17.1.1.3).
func (t *clientTx) ackRefusal(res *message) {
	ack := *t.req
	ack.method, ack.headers, ack.body = "ACK", nil, nil
	ack.toValue = res.get("to")
	t.c.ua.net.send(ack.to, ack.render(), func(error) {})
}

// cancel asks the other side to stop ringing, once. Before the first provisional answer
// nothing is sent: the user asks again when it comes (RFC 3261 section 9.1).
func (t *clientTx) cancel() {
	if t.state != txProceeding || !t.heard || t.gone {
		return
	}
	t.gone = true
	r := *t.req
	r.method, r.headers, r.body = "CANCEL", nil, nil
	t.c.request(&r, func(*message) {}) // the INVITE's own answer counts
	// Without a 487 in time the INVITE is over all the same.
	t.limitAfter(64*t.c.ua.opt.T1, t.onTimeout)
}

func (t *clientTx) limitAfter(d time.Duration, f func()) {
	stopTimer(t.limit)
	t.limit = t.c.after(d, f)
}

func (t *clientTx) terminate() {
	t.state = txTerminated
	stopTimer(t.repeat)
	stopTimer(t.limit)
	if t.c.clients[t.key] == t {
		delete(t.c.clients, t.key)
	}
}
