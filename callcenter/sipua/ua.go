package sipua

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

var (
	// ErrNoRoute: no trunk carries calls to this number, now or later.
	ErrNoRoute = errors.New("no trunk for calls out to this number")

	errNoLeg     = errors.New("no such SIP leg")
	errDown      = errors.New("every trunk for the number is down")
	errBusyTrunk = errors.New("every line of the trunk is in use")
	errBadNumber = errors.New("not a number that can be dialled")
	errClosing   = errors.New("the SIP side is shutting down")
	errTooMuch   = errors.New("too many calls in progress")
)

// UA is the SIP side of a node; it implements engine.Trunk. Make it with New, give it
// its user with Start.
type UA struct {
	opt    Options
	gate   *gate
	net    *transports
	auth   *authenticator
	sink   engine.TrunkSink
	secret [32]byte // of tags for answers that leave no state

	mu        sync.Mutex
	calls     map[string]*call // by Call-ID
	legs      map[callcenter.LegID]*leg
	lines     []line               // by trunk
	timers    map[*time.Timer]bool // of what is no call: OPTIONS, REGISTER
	contacts  *contacts
	phones    *bindings // nil: no registrar
	tries     *tries    // with phones
	closing   bool
	busy      int           // calls that are more than a memory of one; see call.busy
	idle      chan struct{} // closed when closing and no call is busy
	idleKnown bool

	registrations []*registration // set by Start
}

var (
	_ engine.Trunk  = (*UA)(nil)
	_ engine.Phones = (*UA)(nil)
)

// New checks the options and opens the sockets, so that a port already in use is known
// at start; messages are read after Start.
func New(opt Options) (*UA, error) {
	opt.Trunks = append([]Trunk(nil), opt.Trunks...)
	if opt.Phones != nil {
		phones := *opt.Phones
		opt.Phones = &phones
	}
	opt.setDefaults()
	if err := opt.validate(); err != nil {
		return nil, fmt.Errorf("sip: %w", err)
	}
	if opt.Phones != nil {
		opt.Trunks = append(opt.Trunks, phonesTrunk())
	}
	u := &UA{
		opt:    opt,
		calls:  map[string]*call{},
		legs:   map[callcenter.LegID]*leg{},
		timers: map[*time.Timer]bool{},
		idle:   make(chan struct{}),
	}
	u.lines = newLines(u.opt.Trunks)
	if opt.Demo {
		u.contacts = newContacts()
	}
	_, _ = rand.Read(u.secret[:]) // never fails since Go 1.24
	u.gate = newGate(&u.opt)
	u.auth = newAuthenticator(&u.opt)
	u.net = newTransports(&u.opt, u.gate, u.receive)
	if p := u.opt.Phones; p != nil {
		u.phones, u.tries = newBindings(p, u.opt.Now), newTries(p)
		u.gate.phones, u.net.lost = u.phones.at, u.phones.lostFlow
	}
	if err := u.net.listen(); err != nil {
		return nil, fmt.Errorf("sip: %w", err)
	}
	return u, nil
}

// Start begins to read; sink hears everything from here on.
func (u *UA) Start(sink engine.TrunkSink) {
	u.sink = sink
	u.net.serve()
	u.watch()
	u.registerAll()
}

// Addrs are the addresses listened on; the zero value where there is no listener.
func (u *UA) Addrs() (udp, tcp netip.AddrPort) { return u.net.udpAddr, u.net.tcpAddr }

// AddrTLS is the address of SIP over TLS; the zero value without one.
func (u *UA) AddrTLS() netip.AddrPort { return u.net.tlsAddr }

// Close refuses new calls, waits until the engine has hung up the others and each BYE is
// answered (or ctx ends), and closes the sockets.
func (u *UA) Close(ctx context.Context) error {
	for _, r := range u.registrations {
		r.end()
	}
	if u.phones != nil {
		u.phones.close()
	}
	u.mu.Lock()
	if !u.closing {
		u.closing = true
		for t := range u.timers {
			t.Stop()
		}
		u.checkIdle()
	}
	u.mu.Unlock()
	var err error
	select {
	case <-u.idle:
	case <-ctx.Done():
		err = fmt.Errorf("sip: calls still open: %w", ctx.Err())
	}
	return errors.Join(err, u.net.close())
}

// dispatch posts f to the call with this Call-ID, making it when asked to. False: there
// is none, or there is no room for one more. What the network sends is dropped when the
// call has too much to do already, as if it had been lost on the way: an answer could
// only be wrong. What we owe the engine is not dropped.
func (u *UA) dispatch(callID string, create, limited bool, f func(*call)) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	c := u.calls[callID]
	if c == nil {
		if !create || len(u.calls) >= u.opt.MaxDialogs {
			return false
		}
		c = &call{ua: u, id: callID, servers: map[string]*serverTx{}, clients: map[string]*clientTx{}}
		u.calls[callID] = c
	}
	if !c.counted { // until it parks: what it has to do may be a request of ours
		c.counted = true
		u.busy++
	}
	c.enqueue(func() { f(c) }, limited)
	return true
}

// park is called by a call that has nothing to do; true lets its goroutine end. A call
// with nothing left is forgotten. The lock order is UA, then call, as in dispatch.
func (u *UA) park(c *call) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.mailbox) > 0 {
		return false
	}
	c.running = false
	if busy := c.busy(); busy != c.counted {
		c.counted = busy
		if busy {
			u.busy++
		} else {
			u.busy--
			u.checkIdle()
		}
	}
	if c.empty() && u.calls[c.id] == c {
		delete(u.calls, c.id)
	}
	return true
}

// checkIdle is called with the lock held when closing or busy changed.
func (u *UA) checkIdle() {
	if u.closing && u.busy == 0 && !u.idleKnown {
		u.idleKnown = true
		close(u.idle)
	}
}

// command posts f to the leg's call.
func (u *UA) command(id callcenter.LegID, f func(*leg)) error {
	u.mu.Lock()
	l := u.legs[id]
	u.mu.Unlock()
	if l == nil {
		return fmt.Errorf("%w: %s", errNoLeg, id)
	}
	if !u.dispatch(l.callID, false, false, func(*call) { f(l) }) {
		return fmt.Errorf("%w: %s", errNoLeg, id)
	}
	return nil
}

// Dial implements engine.Trunk. ctx matters only until Dial returns.
func (u *UA) Dial(ctx context.Context, id callcenter.LegID, to string, offer []byte) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("sip: dial: %w", err)
	}
	if !dialable(to) {
		return fmt.Errorf("sip: dial: %w", errBadNumber)
	}
	l := &leg{id: id, ua: u, state: legDialing, callID: newToken(16), localTag: newToken(8), localSDP: string(offer)}
	l.out = &outgoing{others: u.routes(to), acks: map[string]sent{}}
	if err := u.claim(l); err != nil {
		return fmt.Errorf("sip: dial: %w", err)
	}
	if !u.dispatch(l.callID, true, false, l.dial) {
		u.removeLeg(l)
		return fmt.Errorf("sip: dial: %w", errTooMuch)
	}
	return nil
}

// Answer implements engine.Trunk.
func (u *UA) Answer(id callcenter.LegID, sdp []byte) error {
	return u.command(id, func(l *leg) { l.answer(sdp) })
}

// Progress implements engine.Trunk.
func (u *UA) Progress(id callcenter.LegID, sdp []byte) error {
	return u.command(id, func(l *leg) { l.progress(sdp) })
}

// byeOut bounds how long HangUp waits for a desk phone's BYE to leave.
const byeOut = 100 * time.Millisecond

// HangUp implements engine.Trunk. No event follows: the engine knows. A desk phone's BYE
// is out when it returns: the next call to it must not come first, and find it busy.
func (u *UA) HangUp(id callcenter.LegID) error {
	u.mu.Lock()
	l := u.legs[id]
	phone := l != nil && u.opt.Trunks[l.trunk].phones
	u.mu.Unlock()
	out := make(chan struct{})
	err := u.command(id, func(l *leg) {
		l.hangUp()
		close(out)
	})
	if err != nil || !phone {
		return err
	}
	select {
	case <-out:
	case <-time.After(byeOut):
	}
	return nil
}

// Abort implements engine.Trunk.
func (u *UA) Abort(ctx context.Context, d callcenter.Dialog) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("sip: abort: %w", err)
	}
	if d.SIPCallID == "" || d.LocalTag == "" || d.RemoteTarget == "" {
		return errors.New("sip: abort: the dialog was never established")
	}
	if !u.dispatch(d.SIPCallID, true, false, func(c *call) { restored(c, d).sendBye() }) {
		return fmt.Errorf("sip: abort: %w", errTooMuch)
	}
	return nil
}

// statelessTag is a To tag that the same request gets again, though nothing is kept
// (RFC 3261 section 8.2.7).
func (u *UA) statelessTag(m *message) string {
	h := sha256.New()
	h.Write(u.secret[:])
	h.Write([]byte(m.callID + "\x00" + m.from.tag() + "\x00" + m.get("cseq") + "\x00" + m.via.branch))
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// newToken gives n random bytes in hex.
func newToken(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

func newBranch() string { return branchCookie + newToken(12) }

// lookupLimit bounds one DNS look-up of a host in a Contact, Route or Outbound.
const lookupLimit = 3 * time.Second
