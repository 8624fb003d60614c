package sipua

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// gate decides on the source address alone, before anything is parsed, so that a
// stranger costs one map look-up or prefix comparison.
type gate struct {
	opt    *Options
	guests *rate.Limiter         // all strangers together; nil: nobody takes strangers
	phones func(netip.Addr) bool // whether a registered phone is there; nil: none are

	mu       sync.Mutex
	limiters map[netip.Addr]*rate.Limiter
	// providers are addresses that Outbound names resolved to, and those that have
	// proven a digest: their in-dialog requests and their answers are expected though
	// Peers may not list them. New calls need more: a peer's address or a digest.
	providers map[netip.Addr]int
	refused   int
	lastSeen  netip.Addr
	reported  time.Time
}

const (
	maxLimiters  = 4096
	maxProviders = 256
	guestsRate   = 200 // messages per second, all unknown addresses together
)

func newGate(opt *Options) *gate {
	g := &gate{opt: opt, limiters: map[netip.Addr]*rate.Limiter{}, providers: map[netip.Addr]int{}}
	for _, t := range opt.Trunks {
		if len(t.Peers) == 0 { // the desk phones' among them
			g.guests = rate.NewLimiter(guestsRate, 2*guestsRate)
		}
	}
	return g
}

// admit says whether a message from this address is looked at.
func (g *gate) admit(source netip.Addr) bool {
	known := g.known(source)
	g.mu.Lock()
	defer g.mu.Unlock()
	if !known && g.guests == nil {
		g.refuse(source)
		return false
	}
	per := g.opt.PeerRate
	if !known {
		per = g.opt.GuestRate
	}
	l := g.limiters[source]
	if l == nil {
		if len(g.limiters) >= maxLimiters {
			clear(g.limiters) // a burst anew for each is cheaper than keeping an order
		}
		l = rate.NewLimiter(rate.Limit(per), int(2*per)+1)
		g.limiters[source] = l
	}
	now := g.opt.Now()
	if !l.AllowN(now, 1) || !known && !g.guests.AllowN(now, 1) {
		g.refuse(source)
		return false
	}
	return true
}

// known says whether the address belongs to a peer, a provider or a registered phone.
func (g *gate) known(source netip.Addr) bool {
	_, ok := g.owner(source)
	return ok || g.phones != nil && g.phones(source)
}

// byAddress is the trunk that lists this address among its peers.
func (g *gate) byAddress(source netip.Addr) (trunk int, ok bool) {
	for i := range g.opt.Trunks {
		if g.opt.Trunks[i].hasPeer(source) {
			return i, true
		}
	}
	return 0, false
}

// owner is the trunk that a dialog with this address belongs to.
func (g *gate) owner(a netip.Addr) (trunk int, ok bool) {
	if trunk, ok = g.byAddress(a); ok {
		return trunk, true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	trunk, ok = g.providers[a]
	return trunk, ok
}

// expect lets the answers and in-dialog requests of a trunk's provider in.
func (g *gate) expect(provider netip.Addr, trunk int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, ok := g.providers[provider]; !ok && len(g.providers) >= maxProviders {
		clear(g.providers) // names that resolve to ever new addresses
	}
	if was, ok := g.providers[provider]; !ok || was != trunk {
		delete(g.limiters, provider) // it had a stranger's rate
	}
	g.providers[provider] = trunk
}

// refuse counts a message that got no service; the sum is logged now and then, since
// one line for each would be the attack's second victim.
func (g *gate) refuse(source netip.Addr) {
	g.refused++
	g.lastSeen = source
	now := g.opt.Now()
	if now.Sub(g.reported) < g.opt.ReportEvery {
		return
	}
	g.opt.Log.Warn("sip: messages without service", "count", g.refused, "last", source.String())
	g.refused, g.reported = 0, now
}

func (t *Trunk) hasPeer(a netip.Addr) bool {
	for _, p := range t.Peers {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
