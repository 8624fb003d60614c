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
}

// route picks the first trunk with an outbound side; in a demo without one, the Contact
// the number last called from.
func (u *UA) route(to string) (route, bool) {
	for i, t := range u.opt.Trunks {
		if t.Outbound == "" {
			continue
		}
		host, port, err := splitHostPort(t.Outbound)
		if err != nil {
			continue // New has checked it
		}
		r := route{trunk: i, host: host, port: port, transport: t.Transport}
		at := host
		if port != 0 {
			at = net.JoinHostPort(host, strconv.Itoa(port))
		}
		r.uri = "sip:" + to + "@" + at
		if t.Transport == transportTCP {
			r.uri += ";transport=tcp"
		}
		return r, true
	}
	if u.contacts == nil {
		return route{}, false
	}
	at, ok := u.contacts.locate(to)
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
