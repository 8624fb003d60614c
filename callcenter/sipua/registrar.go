package sipua

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// The registrar of desk phones (RFC 3261 section 10.3): it says where an account's phone
// is, for as long as was asked for within limits.
//
//	REGISTER ──► a phone's account? 401 with nonce ──► digest right, nonce fresh?
//	    Contact: *, Expires: 0      every way is taken back
//	    Contact: ways               each new, longer, or taken back (expires=0)
//	    none                        only asks
//	         └──► 200 with every way that there is now
//
// A challenge leaves no state; what was taken is answered again when the same REGISTER
// comes once more (a transaction), since its nonce count is used up.

// onRegister takes a REGISTER of no call that we know.
func (u *UA) onRegister(m *message, from source) {
	a := u.registered(m, from)
	if a.code != 200 || !u.dispatch(m.callID, true, true, func(c *call) { c.newServerTx(m, from, u.statelessTag(m)).respond(a) }) {
		u.refuse(m, from, a)
	}
}

// onRegister is the same for a Call-ID that we still know.
func (c *call) onRegister(m *message, from source) {
	a := c.ua.registered(m, from)
	if a.code == 200 {
		c.newServerTx(m, from, c.ua.statelessTag(m)).respond(a)
		return
	}
	c.ua.refuse(m, from, a)
}

// registered is the answer to a REGISTER.
func (u *UA) registered(m *message, from source) answer {
	if u.phones == nil {
		return u.outside(m)
	}
	if a := general(m); a.code != 0 {
		return a
	}
	account, a := u.admitPhone(m, from)
	if a.code != 0 {
		return a
	}
	if userOf(m.to.uri) != account.User { // nobody registers for somebody else
		return answer{code: 403}
	}
	if u.isClosing() {
		return overloaded()
	}
	ways, all, a := u.waysOf(m, from, account)
	switch {
	case a.code != 0:
		return a
	case all:
		u.phones.removeAll(account.User)
	default:
		switch u.phones.update(account, ways) {
		case updateStale:
			return answer{code: 500, reason: "CSeq Out Of Order"}
		case updateFull:
			return overloaded()
		case updateDone:
		}
	}
	return u.waysNow(m, account)
}

func (u *UA) isClosing() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.closing
}

// waysNow lists what is bound, for how long.
func (u *UA) waysNow(m *message, account PhoneAccount) answer {
	now := u.opt.Now()
	a := answer{code: 200, headers: []header{{"Date", now.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")}}}
	for _, b := range u.phones.of(account.User) {
		left := max(1, int(b.Expires.Sub(now).Round(time.Second)/time.Second))
		a.headers = append(a.headers, header{"Contact", "<" + b.Contact + ">;q=" + strconv.FormatFloat(b.Q, 'g', 3, 64) + ";expires=" + strconv.Itoa(left)})
	}
	for _, p := range m.values("path") {
		a.headers = append(a.headers, header{"Path", p})
	}
	return a
}

// maxWays bounds the Contacts of one REGISTER.
const maxWays = 16

// waysOf reads the Contacts; all: every one is to be taken back.
func (u *UA) waysOf(m *message, from source, account PhoneAccount) (ways []*binding, all bool, a answer) {
	contacts := m.list("contact")
	asked, given := u.opt.Phones.MaxExpires, false
	if text := m.get("expires"); text != "" {
		if asked, given = deltaSeconds(text); !given {
			asked = u.opt.Phones.MaxExpires // what cannot be read counts as not said (section 20.19)
		}
	}
	bad := answer{code: 400, reason: "Bad Contact"}
	if len(contacts) > maxWays {
		return nil, false, bad
	}
	for _, v := range contacts {
		if strings.TrimSpace(v) == "*" {
			if len(contacts) > 1 || !given || asked != 0 {
				return nil, false, bad
			}
			return nil, true, answer{}
		}
		b, refusal := u.wayOf(m, from, account, v, asked)
		if refusal.code != 0 {
			return nil, false, refusal
		}
		ways = append(ways, b)
	}
	return ways, false, answer{}
}

// wayOf reads one Contact.
func (u *UA) wayOf(m *message, from source, account PhoneAccount, contact string, asked time.Duration) (*binding, answer) {
	bad := answer{code: 400, reason: "Bad Contact"}
	c, err := parseAddress(contact)
	if err != nil {
		return nil, bad
	}
	uri, err := sipURI(c.uri)
	if err != nil || len(uri.Headers) > 0 {
		return nil, bad
	}
	if text, ok := c.params.get("expires"); ok {
		if d, ok := deltaSeconds(text); ok {
			asked = d
		}
	}
	p := u.opt.Phones
	if asked > 0 && asked < p.MinExpires {
		return nil, answer{code: 423, headers: []header{{"Min-Expires", seconds(p.MinExpires)}}}
	}
	q := 1.0
	if text, ok := c.params.get("q"); ok {
		if q, err = strconv.ParseFloat(text, 64); err != nil || !(q >= 0 && q <= 1) {
			return nil, bad
		}
	}
	now := u.opt.Now()
	b := &binding{
		account: account, callID: m.callID, cseq: m.cseq, path: m.list("path"), heard: now,
		at: destination{transport: from.transport, addr: from.addr},
	}
	instance, _ := c.params.get("+sip.instance")
	if regID, ok := c.params.get("reg-id"); ok && instance != "" {
		b.device = instance + " " + regID
	}
	// Without a NAT in between the phone may listen elsewhere than it sends from.
	host, port, transport := nextHop(uri, from.transport)
	if from.transport == transportUDP && transport == transportUDP && host == from.addr.Addr().String() && m.via.host == host {
		b.at.addr = netip.AddrPortFrom(from.addr.Addr(), cmp.Or(uint16(port), defaultPort)) //nolint:gosec // a URI's port, checked by sipURI
	}
	b.PhoneBinding = PhoneBinding{
		Contact: c.uri, Transport: b.at.transport, Source: b.at.addr, Agent: cut(m.get("user-agent"), maxAgent), Q: q,
		Since: now, Expires: now.Add(min(asked, p.MaxExpires)),
	}
	return b, answer{}
}

// maxAgent is how much of a User-Agent is kept, in bytes.
const maxAgent = 100

func cut(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	return strings.ToValidUTF8(s, "")
}
