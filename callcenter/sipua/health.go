package sipua

import (
	"strconv"
	"strings"
	"time"
)

// Health of a trunk: OPTIONS every Ping (RFC 3261 section 11). Any answer but 408 and
// 503 is a sign of life, even a refusal; Misses in a row without one close the trunk for
// calls out, one opens it again.

// pingWait is how long an answer may take; 64*T1 would hold a failed trunk open.
const pingWait = 4 * time.Second

// watch begins the OPTIONS of every trunk that wants them.
func (u *UA) watch() {
	for i := range u.opt.Trunks {
		if t := &u.opt.Trunks[i]; t.Outbound != "" && t.Ping > 0 {
			u.later(0, func() { u.ping(i) })
		}
	}
}

// later runs f in d unless the UA is closing.
func (u *UA) later(d time.Duration, f func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closing {
		return
	}
	var t *time.Timer
	t = time.AfterFunc(d, func() {
		u.mu.Lock()
		delete(u.timers, t)
		closing := u.closing
		u.mu.Unlock()
		if !closing {
			f()
		}
	})
	u.timers[t] = true
}

// ping sends one OPTIONS; the next one follows from its end.
func (u *UA) ping(trunk int) {
	t := &u.opt.Trunks[trunk]
	done := func(alive bool, code int) {
		if !alive {
			u.failed(trunk, FailedOptions, code)
		}
		u.heard(trunk, alive)
		u.later(t.Ping, func() { u.ping(trunk) })
	}
	id := newToken(16)
	sent := u.dispatch(id, true, false, func(c *call) {
		r, _ := t.routeTo(trunk, t.FromUser)
		c.resolve(r.host, r.port, r.transport, func(to destination, err error) {
			if err != nil {
				done(false, 0)
				return
			}
			to.who = t.who(r.host)
			u.gate.expect(to.addr.Addr(), trunk)
			req := t.request(u, c.id, to, "OPTIONS", "sip:"+r.site())
			req.headers = []header{{"Accept", "application/sdp"}}
			tx := c.background(req, func(res *message) {
				if res.code >= 200 {
					done(res.vias != nil && res.code != 408 && res.code != 503, answerCode(res))
				}
			})
			if tx.state == txProceeding {
				tx.limitAfter(min(pingWait, 64*u.opt.T1), tx.onTimeout)
			}
		})
	})
	if !sent {
		u.later(t.Ping, func() { u.ping(trunk) })
	}
}

// answerCode is the status that the other side gave; 0 when the transaction made it.
func answerCode(res *message) int {
	if res == nil || res.vias == nil {
		return 0
	}
	return res.code
}

// heard counts an answer or a miss.
func (u *UA) heard(trunk int, alive bool) {
	t := &u.opt.Trunks[trunk]
	u.mu.Lock()
	n := &u.lines[trunk]
	was := n.down
	if alive {
		n.misses, n.down = 0, false
	} else if n.misses++; n.misses >= t.Misses && t.Ping > 0 { // without OPTIONS nothing would open it again
		n.down = true
	}
	now := n.down
	u.mu.Unlock()
	switch {
	case now && !was:
		u.opt.Log.Error("sip: trunk down", "trunk", t.Name)
	case was && !now:
		u.opt.Log.Warn("sip: trunk up again", "trunk", t.Name)
	}
}

// request is one outside any dialog, from the trunk's own number to uri.
func (t *Trunk) request(u *UA, callID string, to destination, method, uri string) *outRequest {
	return &outRequest{
		method: method, uri: uri, to: to, local: u.net.localFor(to), branch: newBranch(),
		from: "<" + t.address(u, to) + ">;tag=" + newToken(8), toValue: "<" + uri + ">",
		callID: callID, cseq: 1,
	}
}

// retryAfter reads "18000;duration=3600" or "120 (I'm in a meeting)" (RFC 3261 section
// 20.33); 0 when there is none.
func retryAfter(m *message) time.Duration {
	v := m.get("retry-after")
	if i := strings.IndexAny(v, "; \t("); i >= 0 {
		v = v[:i]
	}
	n, err := strconv.ParseUint(v, 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}
