package sipua

import (
	"net"
	"strconv"
	"sync"
)

// route is how a number is reached.
type route struct {
	trunk     int
	uri       string // Request-URI
	host      string
	port      int
	transport string
	phone     *binding // a registered phone's: it is called where it registered from; nil: host and port say
}

// routeTo is the trunk's way to a number, in the form that the trunk wants it; false
// when it carries no such calls.
func (t *Trunk) routeTo(index int, to string) (route, bool) {
	host, port, err := splitHostPort(t.Outbound)
	if err != nil {
		return route{}, false // for calls in only: New has checked it
	}
	number, ok := rewrite(t.Numbers, to)
	r := route{trunk: index, host: host, port: port, transport: t.Transport}
	r.uri = "sip:" + number + "@" + r.site()
	return r, ok
}

// site is the other side's host and port in a URI, with the transport it takes to get
// there.
func (r route) site() string {
	at := bracketed(r.host)
	if r.port != 0 {
		at = net.JoinHostPort(r.host, strconv.Itoa(r.port))
	}
	if stream(r.transport) {
		at += ";transport=" + r.transport
	}
	return at
}

// route is the way to the Contact that a number last called from.
func (c *contacts) route(u *UA, to string) (route, bool) {
	at, ok := c.locate(to)
	if !ok {
		return route{}, false
	}
	trunk, known := u.gate.owner(at.from.addr.Addr())
	uri, err := sipURI(at.uri)
	if !known || err != nil {
		return route{}, false
	}
	host, port, transport := nextHop(uri, at.from.transport)
	return route{trunk: trunk, uri: at.uri, host: host, port: port, transport: transport}, true
}

const maxContacts = 1000

// contacts remembers where numbers called from: a demo's stand-in for a network.
type contacts struct {
	mu    sync.Mutex
	at    map[string]contact
	order []string // oldest first
}

type contact struct {
	uri  string
	from source
}

func newContacts() *contacts { return &contacts{at: map[string]contact{}} }

func (c *contacts) put(number, uri string, from source) {
	if number == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.at[number]; !known {
		if len(c.order) >= maxContacts {
			delete(c.at, c.order[0])
			c.order = c.order[1:]
		}
		c.order = append(c.order, number)
	}
	from.conn = nil
	c.at[number] = contact{uri, from}
}

func (c *contacts) locate(number string) (contact, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.at[number]
	return at, ok
}
