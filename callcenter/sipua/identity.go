package sipua

import "net"

// address is our own URI towards the other side of the trunk.
func (t *Trunk) address(u *UA, to destination) string {
	host, _, _ := net.SplitHostPort(u.net.localFor(to))
	return "sip:" + t.FromUser + "@" + bracketed(host)
}

// from is the From of calls out. A call that keeps its number back says so here too
// (RFC 3323 section 4.1.1.3).
func (t *Trunk) from(own string) string {
	if t.Anonymous {
		return `"Anonymous" <sip:anonymous@anonymous.invalid>`
	}
	return "<" + own + ">"
}

// identity are the headers that say who calls to those whom the other side trusts
// (RFC 3325 section 9), and that it should go no further than that (section 9.3).
func (t *Trunk) identity(own string) []header {
	var out []header
	switch t.Identity {
	case IdentityAsserted:
		out = append(out, header{"P-Asserted-Identity", "<" + own + ">"})
	case IdentityPreferred:
		out = append(out, header{"P-Preferred-Identity", "<" + own + ">"})
	}
	if t.Anonymous {
		out = append(out, header{"Privacy", "id"})
	}
	return out
}
