package sipua

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"hotline12345/callcenter"
)

// binding is one way to an account's phone, until it expires or is taken back. It is not
// changed: a refresh is another one.
type binding struct {
	PhoneBinding
	account PhoneAccount
	callID  string
	cseq    uint32
	device  string   // instance and reg-id (RFC 5626 section 4.1); "": none
	path    []string // Route of what goes to it (RFC 3327)
	at      destination
	heard   time.Time // the newest REGISTER
	timer   *time.Timer
}

// is says whether another one stands for the same way.
func (b *binding) is(other *binding) bool {
	if b.device != "" || other.device != "" {
		return b.device == other.device
	}
	return sameURI(b.Contact, other.Contact)
}

// bindings are the phones that are registered on this node. They are in memory only:
// phones register again, after a restart within MaxExpires.
type bindings struct {
	opt *Phones
	now func() time.Time

	mu     sync.Mutex
	byUser map[string][]*binding
	users  map[callcenter.AgentID]string // with a binding
	hosts  map[netip.Addr]int            // that phones are at: known to the gate
	count  int
	closed bool
}

func newBindings(opt *Phones, now func() time.Time) *bindings {
	return &bindings{opt: opt, now: now, byUser: map[string][]*binding{}, users: map[callcenter.AgentID]string{}, hosts: map[netip.Addr]int{}}
}

// at says whether a registered phone is at the address.
func (s *bindings) at(host netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hosts[host] > 0
}

// of gives the ways to an account, the best first.
func (s *bindings) of(user string) []*binding {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.Clone(s.byUser[user])
	byPreference(list)
	return list
}

// ofAgent gives the ways to an agent's phone, the best first.
func (s *bindings) ofAgent(agent callcenter.AgentID) []*binding {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.Clone(s.byUser[s.users[agent]])
	byPreference(list)
	return list
}

// answers of an update.
type updated int

const (
	updateDone  updated = iota
	updateStale         // a REGISTER that came before has said something newer
	updateFull
)

// update takes what one REGISTER says, all of it or nothing (RFC 3261 section 10.3): a
// way with Expires in the past is taken back.
func (s *bindings) update(account PhoneAccount, ways []*binding) updated {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return updateFull
	}
	list := s.byUser[account.User]
	fresh := 0
	for _, w := range ways {
		i := slices.IndexFunc(list, w.is)
		switch {
		case i >= 0 && list[i].callID == w.callID && list[i].cseq >= w.cseq:
			return updateStale
		case i < 0 && w.live():
			fresh++
		}
	}
	if s.count+fresh > s.opt.MaxBindings {
		return updateFull
	}
	for _, w := range ways {
		if i := slices.IndexFunc(list, w.is); i >= 0 {
			w.Since = list[i].Since
			s.forget(list[i])
			list = slices.Delete(list, i, i+1)
		}
		if w.live() {
			list = append(list, s.keep(w))
		}
	}
	for len(list) > s.opt.MaxContacts { // a phone that was moved leaves its old place behind
		s.forget(list[0])
		list = list[1:]
	}
	s.put(account, list)
	return updateDone
}

func (b *binding) live() bool { return b.Expires.After(b.heard) }

// keep counts a way and lets it expire. The lock is held.
func (s *bindings) keep(b *binding) *binding {
	s.count++
	s.hosts[b.at.addr.Addr()]++
	b.timer = time.AfterFunc(b.Expires.Sub(b.heard), func() { s.remove(b) })
	return b
}

// forget is its opposite.
func (s *bindings) forget(b *binding) {
	b.timer.Stop()
	s.count--
	if host := b.at.addr.Addr(); s.hosts[host] == 1 {
		delete(s.hosts, host)
	} else {
		s.hosts[host]--
	}
}

// put tells of the first way and of the last. The lock is held, so that they are heard of
// in the order in which they were.
func (s *bindings) put(account PhoneAccount, list []*binding) {
	was := len(s.byUser[account.User]) > 0
	if len(list) == 0 {
		delete(s.byUser, account.User)
		delete(s.users, account.Agent)
	} else {
		s.byUser[account.User] = list // the one heard of for longest first
		s.users[account.Agent] = account.User
	}
	if up := len(list) > 0; up != was && !s.closed {
		s.opt.Changed(account.Agent, up)
	}
}

// remove takes one way out, unless a newer one stands for it already.
func (s *bindings) remove(b *binding) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.byUser[b.account.User]
	if i := slices.Index(list, b); i >= 0 {
		s.forget(b)
		s.put(b.account, slices.Delete(slices.Clone(list), i, i+1))
	}
}

// removeAll takes every way to an account out.
func (s *bindings) removeAll(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.byUser[user]
	if len(list) == 0 {
		return
	}
	for _, b := range list {
		s.forget(b)
	}
	s.put(list[0].account, nil)
}

// lostFlow takes out the ways by a connection that has ended (RFC 5626 section 5.3).
func (s *bindings) lostFlow(key connKey) {
	s.mu.Lock()
	var lost []*binding
	if s.hosts[key.addr.Addr()] > 0 {
		for _, list := range s.byUser {
			for _, b := range list {
				if b.at.transport == key.transport && b.at.addr == key.addr {
					lost = append(lost, b)
				}
			}
		}
	}
	s.mu.Unlock()
	for _, b := range lost {
		s.remove(b)
	}
}

// close stops every timer; nothing is told any more.
func (s *bindings) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, list := range s.byUser {
		for _, b := range list {
			b.timer.Stop()
		}
	}
}
