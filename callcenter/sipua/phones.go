package sipua

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

// Desk phones: accounts that register here (registrar.go), and the calls to them. A phone
// is called where its REGISTER came from, by the connection that it made, since what its
// Contact says is often of no use behind a NAT (RFC 5626, RFC 3581).

// PhoneDigest is which algorithms an account is challenged with. RFC 8760 lets a registrar
// offer several, the best first; but many phones (Debian's baresip and sipp among them)
// give up when they see one that they do not know. So it is the account that says.
type PhoneDigest string

// The kinds of PhoneDigest.
const (
	DigestMD5    PhoneDigest = "md5"
	DigestSHA256 PhoneDigest = "sha-256"
	DigestBoth   PhoneDigest = "both" // SHA-256 first
)

// PhoneAccount is what a phone registers with. It holds no password: of user, Realm and
// password both hashes (RFC 7616 section 3.4.2, A1), in lower-case hex.
type PhoneAccount struct {
	User        string
	Agent       callcenter.AgentID // whose phone it is
	MD5, SHA256 string
	Digest      PhoneDigest
}

// Phones are the desk phones that may register here. A zero value means the default in
// brackets.
type Phones struct {
	// Account finds an enabled account. It is asked for each REGISTER, so it answers from
	// memory.
	Account func(user string) (PhoneAccount, bool)
	// Changed is told that an agent's phone can be called from now on, or cannot. It must
	// not wait, nor ask the UA.
	Changed func(agent callcenter.AgentID, up bool)
	// What REGISTER may ask for: less is refused (423), more is cut [1 min, 10 min].
	MinExpires, MaxExpires time.Duration
	MaxContacts            int           // of one account; the one not heard of for longest gives way [4]
	MaxBindings            int           // of all [20000]
	Tries                  int           // with a wrong password, from one address [10]
	TryWindow              time.Duration // within this; then the address gets 403 until it is over [5 min]
}

// Realm of the digest that phones answer, a part of both hashes of a PhoneAccount.
const Realm = realm

// PhoneBinding is where an account can be reached now.
type PhoneBinding struct {
	Contact   string // URI
	Transport string // udp, tcp, tls
	Source    netip.AddrPort
	Agent     string // User-Agent, as it says
	Q         float64
	Since     time.Time
	Expires   time.Time
}

func (p *Phones) setDefaults() {
	setDuration(&p.MinExpires, time.Minute)
	setDuration(&p.MaxExpires, 10*time.Minute)
	setInt(&p.MaxContacts, 4)
	setInt(&p.MaxBindings, 20000)
	setInt(&p.Tries, 10)
	setDuration(&p.TryWindow, 5*time.Minute)
	if p.Changed == nil {
		p.Changed = func(callcenter.AgentID, bool) {}
	}
}

// phonesTrunk is the line that calls of desk phones are counted on; it is none of the
// configured ones, carries no number, and is last.
func phonesTrunk() Trunk {
	return Trunk{Name: "desk-phones", FromUser: defaultFromUser, Transport: transportUDP, Misses: 1, phones: true}
}

// PhoneBindings are where the account can be reached, in the order in which they are
// tried.
func (u *UA) PhoneBindings(user string) []PhoneBinding {
	if u.phones == nil {
		return nil
	}
	var out []PhoneBinding
	for _, b := range u.phones.of(user) {
		out = append(out, b.PhoneBinding)
	}
	return out
}

// DropPhone forgets where the account can be reached: it has another password, or none
// any more. A call that it is in goes on.
func (u *UA) DropPhone(user string) {
	if u.phones != nil {
		u.phones.removeAll(user)
	}
}

// Ring implements engine.Phones: INVITE to the agent's phone, from the caller as it may
// be shown. What becomes of it comes back as of Dial.
func (u *UA) Ring(ctx context.Context, id callcenter.LegID, agent callcenter.AgentID, from engine.Shown, offer []byte) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("sip: ring: %w", err)
	}
	routes := u.phoneRoutes(agent)
	if len(routes) == 0 {
		return fmt.Errorf("sip: ring: %w", engine.ErrNoPhone)
	}
	l := &leg{id: id, ua: u, state: legDialing, callID: newToken(16), localTag: newToken(8), localSDP: string(offer)}
	l.out = &outgoing{others: routes, acks: map[string]sent{}, shown: from}
	if err := u.claim(l); err != nil {
		return fmt.Errorf("sip: ring: %w", err)
	}
	if !u.dispatch(l.callID, true, false, l.dial) {
		u.removeLeg(l)
		return fmt.Errorf("sip: ring: %w", errTooMuch)
	}
	return nil
}

// phoneRoutes are the ways to an agent's phone: the highest q first, of equals the one
// heard of last. A way whose connection is gone is none.
func (u *UA) phoneRoutes(agent callcenter.AgentID) []route {
	if u.phones == nil {
		return nil
	}
	var out []route
	for _, b := range u.phones.ofAgent(agent) {
		if stream(b.at.transport) && !u.net.connected(connKey{b.at.transport, b.at.addr}) {
			continue
		}
		out = append(out, route{trunk: len(u.opt.Trunks) - 1, uri: b.Contact, transport: b.at.transport, phone: b})
	}
	return out
}

// shownAs is From of a call to a phone: who calls, as far as that may be shown.
func shownAs(s engine.Shown, host string) string {
	user := defaultFromUser
	if dialable(s.Number) {
		user = s.Number
	}
	uri := "<sip:" + user + "@" + host + ">"
	if s.Name == "" {
		return uri
	}
	return `"` + quoted(s.Name) + `" ` + uri
}

// quoted makes a quoted string's inside of a text (RFC 3261 section 25.1).
func quoted(s string) string {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		switch {
		case r < ' ' || r == 0x7f:
			continue
		case r == '"' || r == '\\':
			out = append(out, '\\')
		}
		out = append(out, r)
	}
	return string(out)
}

// byPreference orders ways to one account.
func byPreference(list []*binding) {
	slices.SortStableFunc(list, func(a, b *binding) int {
		return cmp.Or(cmp.Compare(b.Q, a.Q), b.heard.Compare(a.heard))
	})
}

// isPhone says whether an INVITE comes from a desk phone, by the name that it calls by.
func (u *UA) isPhone(m *message, from source) bool {
	if u.phones == nil {
		return false
	}
	user := userOf(m.from.uri)
	if _, ok := u.opt.Phones.Account(user); !ok {
		return false
	}
	host := from.addr.Addr()
	_, peer := u.gate.byAddress(host)
	return !peer || slices.ContainsFunc(u.phones.of(user), func(b *binding) bool { return b.at.addr.Addr() == host })
}
