package sipua

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/time/rate"
)

// line is how a trunk fares; UA.mu guards it.
type line struct {
	in, out   int           // calls
	starts    *rate.Limiter // calls out per second; nil: no limit
	misses    int           // OPTIONS without a good answer, one after the other
	down      bool
	rests     time.Time // a 503 asked for no call before (RFC 3261 section 21.5.4)
	bound     time.Time // registered until then
	registrar netip.Addr
	passed    int // calls that it could not take and another trunk was asked for
	failure   TrunkFailure
}

// maxRest bounds what a Retry-After may ask for: nobody closes a trunk for a day by one
// header.
const maxRest = 5 * time.Minute

func newLines(trunks []Trunk) []line {
	lines := make([]line, len(trunks))
	for i, t := range trunks {
		if t.Rate > 0 {
			lines[i].starts = rate.NewLimiter(rate.Limit(t.Rate), t.Rate)
		}
	}
	return lines
}

// roomIn says whether one more call may come in; UA.mu is held.
func (u *UA) roomIn(trunk int) bool {
	t, n := &u.opt.Trunks[trunk], &u.lines[trunk]
	return !u.closing && under(n.in+n.out, t.MaxCalls) && under(n.in, t.MaxIn)
}

func under(n, limit int) bool { return limit == 0 || n < limit }

// roomOut says why no call may go out by the trunk now; nil: one may. UA.mu is held.
func (u *UA) roomOut(trunk int, now time.Time) error {
	t, n := &u.opt.Trunks[trunk], &u.lines[trunk]
	switch {
	case u.closing:
		return errClosing
	case n.down, now.Before(n.rests), u.unbound(trunk, now):
		return errDown
	case !under(n.in+n.out, t.MaxCalls), !under(n.out, t.MaxOut):
		return errBusyTrunk
	case n.starts != nil && n.starts.TokensAt(now) < 1:
		return errBusyTrunk
	}
	return nil
}

// addLeg counts an incoming leg on its trunk; errors when the trunk or the node is full.
func (u *UA) addLeg(l *leg) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.closing:
		return errClosing
	case !u.roomIn(l.trunk):
		return errBusyTrunk
	case u.legs[l.id] != nil:
		return fmt.Errorf("leg %s exists", l.id)
	}
	u.lines[l.trunk].in++
	u.legs[l.id] = l
	return nil
}

// claim puts an outgoing leg on the first of its routes that has room. The error is the
// one that another time may not give: full before down, down before no way at all.
func (u *UA) claim(l *leg) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if other := u.legs[l.id]; other != nil && other != l {
		return fmt.Errorf("leg %s exists", l.id)
	}
	now := u.opt.Now()
	err := ErrNoRoute
	for len(l.out.others) > 0 {
		r := l.out.others[0]
		l.out.others = l.out.others[1:]
		if full := u.roomOut(r.trunk, now); full != nil {
			if err != errBusyTrunk { //nolint:errorlint // our own, never wrapped here
				err = full
			}
			continue
		}
		if starts := u.lines[r.trunk].starts; starts != nil {
			starts.AllowN(now, 1)
		}
		u.lines[r.trunk].out++
		u.legs[l.id] = l
		l.trunk, l.out.route = r.trunk, r
		return nil
	}
	return err
}

// passOn takes a call off the trunk that could not carry it.
func (u *UA) passOn(trunk int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.lines[trunk].out--
	u.lines[trunk].passed++
}

func (u *UA) removeLeg(l *leg) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.legs[l.id] != l {
		return
	}
	delete(u.legs, l.id)
	if l.out != nil {
		u.lines[l.trunk].out--
	} else {
		u.lines[l.trunk].in--
	}
}

// rest closes the trunk for calls out for as long as it asked.
func (u *UA) rest(trunk int, d time.Duration) {
	if d <= 0 {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.lines[trunk].rests = u.opt.Now().Add(min(d, maxRest))
}

// routes are the ways to a number: lowest priority first, of equals the one with the
// fewest calls out.
func (u *UA) routes(to string) []route {
	var out []route
	for i := range u.opt.Trunks {
		if r, ok := u.opt.Trunks[i].routeTo(i, to); ok {
			out = append(out, r)
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	slices.SortStableFunc(out, func(a, b route) int {
		return cmp.Or(cmp.Compare(u.opt.Trunks[a.trunk].Priority, u.opt.Trunks[b.trunk].Priority),
			cmp.Compare(u.lines[a.trunk].out, u.lines[b.trunk].out))
	})
	if len(out) == 0 && u.contacts != nil {
		if r, ok := u.contacts.route(u, to); ok {
			out = append(out, r)
		}
	}
	return out
}

// CanDial says whether a call to this number could start now: nil, ErrNoRoute when no
// trunk ever carries it, another error when it may later.
func (u *UA) CanDial(to string) error {
	if !dialable(to) {
		return fmt.Errorf("sip: %w: not a number", ErrNoRoute)
	}
	routes := u.routes(to)
	u.mu.Lock()
	defer u.mu.Unlock()
	now, err := u.opt.Now(), ErrNoRoute
	for _, r := range routes {
		if err = u.roomOut(r.trunk, now); err == nil {
			return nil
		}
	}
	return fmt.Errorf("sip: %w", err)
}

// Failing is what a trunk failed at.
type Failing string

const (
	FailedCall     Failing = "call"     // one out
	FailedOptions  Failing = "options"  // asked whether it is there
	FailedRegister Failing = "register" // our registration
)

// TrunkFailure is what went wrong with a trunk last; the zero one: nothing yet.
type TrunkFailure struct {
	At   time.Time
	What Failing
	Code int // SIP status; 0: no answer, or no way there
}

// TrunkState is how a trunk fares now.
type TrunkState struct {
	Name      string
	Up        bool      // takes calls out; of a trunk for calls in only: always
	Registers bool      // with a provider
	Bound     time.Time // registered until then; past: it is not
	In, Out   int       // calls
	PassedOn  int       // calls out that another trunk was asked for instead
	Failure   TrunkFailure
}

// Trunks gives the state of every trunk, in their order.
func (u *UA) Trunks() []TrunkState {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := u.opt.Now()
	out := make([]TrunkState, 0, len(u.lines))
	for i, n := range u.lines {
		t := &u.opt.Trunks[i]
		if t.phones {
			continue
		}
		up := !n.down && !now.Before(n.rests) && !u.unbound(i, now)
		out = append(out, TrunkState{
			Name: t.Name, Up: up, Registers: t.Register > 0, Bound: n.bound, In: n.in, Out: n.out, PassedOn: n.passed, Failure: n.failure,
		})
	}
	return out
}

// failed notes what a trunk failed at, for who looks after it.
func (u *UA) failed(trunk int, what Failing, code int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.lines[trunk].failure = TrunkFailure{At: u.opt.Now(), What: what, Code: code}
}

// elsewhere says whether another trunk may do what this one answered: it is the trunk
// that failed, not the person called (RFC 3261 section 21; 408, 5xx, and a password that
// the provider does not take).
func elsewhere(code int) bool {
	switch code {
	case 401, 407, 408, 430:
		return true
	case 501, 505, 513: // what we said; others would say the same
		return false
	}
	return code >= 500 && code < 600
}
