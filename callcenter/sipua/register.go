package sipua

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Registration with a provider (RFC 3261 section 10.2): it learns where we are from
// REGISTER, and calls in come from there. Refreshed at four fifths of what it granted;
// after a refusal or silence again after a pause that doubles (RFC 5626 section 4.5).
// While there is none the trunk takes no calls out.

const (
	maxPauses   = 40 // of RegisterAgain: the longest pause, 10 min
	maxRegister = 24 * time.Hour
)

// registration is our binding at a trunk's registrar. Its Call-ID is the same all the
// time (section 10.2), so that it has one goroutine at most; only the line is shared.
type registration struct {
	u      *UA
	trunk  int
	callID string
	tag    string
	cseq   uint32
	ask    time.Duration
	fails  int
}

// registerAll begins the registrations of the trunks that want one.
func (u *UA) registerAll() {
	for i := range u.opt.Trunks {
		if t := &u.opt.Trunks[i]; t.Register > 0 {
			r := &registration{u: u, trunk: i, callID: newToken(16), tag: newToken(8), ask: t.Register}
			u.registrations = append(u.registrations, r)
			u.later(0, r.begin)
		}
	}
}

func (r *registration) begin() {
	if !r.u.dispatch(r.callID, true, false, func(c *call) { r.send(c, nil, r.ask, 0) }) {
		r.u.later(r.u.opt.RegisterAgain, r.begin)
	}
}

// end takes the binding back; Close waits for the answer.
func (r *registration) end() {
	r.u.mu.Lock()
	bound := r.u.opt.Now().Before(r.u.lines[r.trunk].bound)
	r.u.mu.Unlock()
	if bound {
		r.u.dispatch(r.callID, true, false, func(c *call) { r.send(c, nil, 0, 0) })
	}
}

// send sends one REGISTER for d; 0 takes the binding back.
func (r *registration) send(c *call, auth []header, d time.Duration, tries int) {
	t := &r.u.opt.Trunks[r.trunk]
	at, _ := t.routeTo(r.trunk, t.FromUser)
	c.resolve(at.host, at.port, at.transport, func(to destination, err error) {
		if err != nil {
			r.failed(d, nil)
			return
		}
		to.who = t.who(at.host)
		r.u.gate.expect(to.addr.Addr(), r.trunk)
		r.cseq++
		me := "<sip:" + t.User + "@" + bracketed(at.host) + ">"
		contact := r.u.net.contact(t.FromUser, to)
		req := &outRequest{
			method: "REGISTER", uri: "sip:" + at.site(), to: to, local: r.u.net.localFor(to), branch: newBranch(),
			from: me + ";tag=" + r.tag, toValue: me, callID: r.callID, cseq: r.cseq,
			headers: slices.Concat([]header{{"Contact", "<" + contact + ">"}, {"Expires", seconds(d)}, {"Allow", allowed}}, auth),
		}
		tx := c.request(req, func(res *message) {
			if res.code >= 200 {
				r.answered(c, req, res, d, tries, contact)
			}
		})
		tx.quiet = d > 0
		if d == 0 && tx.state == txProceeding { // a stop does not wait long for it
			tx.limitAfter(min(pingWait, 64*r.u.opt.T1), tx.onTimeout)
		}
	})
}

// answered takes the final answer.
func (r *registration) answered(c *call, req *outRequest, res *message, d time.Duration, tries int, contact string) {
	t := &r.u.opt.Trunks[r.trunk]
	switch {
	case res.code < 300 && d == 0:
		r.bind(time.Time{}, netip.Addr{})
	case res.code < 300:
		granted := grantedFor(res, contact, d)
		if granted < time.Second { // it says yes and keeps nothing
			r.failed(d, res)
			return
		}
		r.fails = 0
		r.bind(r.u.opt.Now().Add(granted), req.to.addr.Addr())
		r.u.later(granted*4/5, r.begin)
	case (res.code == 401 || res.code == 407) && tries < maxAuthTries:
		h, stale, ok := t.authorize(res, "REGISTER", req.uri)
		if !ok || tries > 0 && !stale {
			r.failed(d, res)
			return
		}
		r.send(c, []header{h}, d, tries+1)
	case res.code == 423 && d > 0: // too brief (section 10.2.8)
		floor, ok := deltaSeconds(res.get("min-expires"))
		if !ok || floor <= r.ask || floor > maxRegister {
			r.failed(d, res)
			return
		}
		r.ask = min(max(floor, 2*r.ask), maxRegister) // doubled, so that a floor that always rises is soon at its end
		r.send(c, nil, r.ask, 0)
	default:
		r.failed(d, res)
	}
}

// failed tries again later; the binding that there is stays until it ends.
func (r *registration) failed(d time.Duration, res *message) {
	if d == 0 {
		return
	}
	code, wait := 0, time.Duration(0)
	if res != nil {
		code, wait = res.code, min(retryAfter(res), maxRest)
	}
	r.u.failed(r.trunk, FailedRegister, answerCode(res))
	pause := r.u.opt.RegisterAgain * time.Duration(min(1<<min(r.fails, 10), maxPauses))
	pause -= time.Duration(rand.Int64N(int64(pause)/2 + 1)) //nolint:gosec // spread, no secret
	r.fails++
	r.u.opt.Log.Warn("sip: not registered", "trunk", r.u.opt.Trunks[r.trunk].Name, "status", code, "failures", r.fails)
	r.u.later(max(pause, wait), r.begin)
}

func (r *registration) bind(until time.Time, registrar netip.Addr) {
	r.u.mu.Lock()
	defer r.u.mu.Unlock()
	n := &r.u.lines[r.trunk]
	if !r.u.opt.Now().Before(n.bound) && !until.IsZero() {
		r.u.opt.Log.Info("sip: registered", "trunk", r.u.opt.Trunks[r.trunk].Name)
	}
	n.bound, n.registrar = until, registrar
}

// registeredAt is the trunk whose registrar calls from this address: it was told to.
func (u *UA) registeredAt(a netip.Addr) (trunk int, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := u.opt.Now()
	for i := range u.lines {
		if u.lines[i].registrar == a && now.Before(u.lines[i].bound) {
			return i, true
		}
	}
	return 0, false
}

// unbound says whether the trunk needs a registration and has none; UA.mu is held.
func (u *UA) unbound(trunk int, now time.Time) bool {
	return u.opt.Trunks[trunk].Register > 0 && !now.Before(u.lines[trunk].bound)
}

// grantedFor is how long the registrar keeps our binding: it may list others beside it
// (section 10.2.4).
func grantedFor(res *message, contact string, asked time.Duration) time.Duration {
	granted := asked
	if d, ok := deltaSeconds(res.get("expires")); ok {
		granted = d
	}
	for _, v := range res.list("contact") {
		a, err := parseAddress(v)
		if err != nil || !strings.EqualFold(a.uri, contact) && !sameURI(a.uri, contact) {
			continue
		}
		if text, ok := a.params.get("expires"); ok {
			if d, ok := deltaSeconds(text); ok {
				granted = d
			}
		}
	}
	return min(granted, maxRegister)
}
