package sipua

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"
)

// Options of a UA. A zero value means the default in brackets.
type Options struct {
	UDP string // listen address, host:port [none]
	TCP string // listen address, host:port; port 0 with UDP set: the UDP port [none]
	// Advertise is the host that peers reach us at, for machines behind NAT [the local
	// address that the peer's packets arrive at].
	Advertise string
	Trunks    []Trunk
	// Demo lets a number without outbound trunk be called back at the Contact it last
	// called from, so that one softphone on the desk is enough to try everything.
	Demo bool

	// MaxDialogs bounds the Call-IDs remembered, all trunks. One that is over stays for
	// 64*T1 = 32 s to answer repetitions, so 400 calls per second need 13,000 [30000].
	MaxDialogs int
	PeerRate   float64 // messages per second from one known address [10000]
	GuestRate  float64 // messages per second from one unknown address (digest trunks) [20]

	T1, T2, T4  time.Duration // RFC 3261 section 17 [500 ms, 4 s, 5 s]
	SetupLimit  time.Duration // an INVITE that nobody finishes is ended after this [3 min]
	NonceLife   time.Duration // of a digest challenge [60 s]
	IdleTCP     time.Duration // a silent TCP connection is closed after this [1 h]
	DialTCP     time.Duration // a TCP connection is made within this [3 s]
	Log         *slog.Logger  // [slog.Default]
	Now         func() time.Time
	ReportEvery time.Duration // refused strangers are logged as a sum, at most this often [1 min]
}

// Trunk is one provider or gateway.
type Trunk struct {
	Name string
	// Peers are all the addresses the other side signals from; an INVITE from one of
	// them needs no digest.
	Peers []netip.Prefix
	// User and Password answer the challenges to our own requests. Without Peers they
	// are also what an INVITE must prove, from any address.
	User, Password string
	// Outbound is where INVITEs go, host or host:port; "" is a trunk for calls in only.
	Outbound  string
	Transport string // of Outbound: "udp" or "tcp" ["udp"]
	FromUser  string // our number in From ["12345"]
	MaxCalls  int    // in and out together [no limit but MaxDialogs]
}

const (
	defaultFromUser = "12345"
	maxTrunks       = 64
)

func (o *Options) setDefaults() {
	setInt(&o.MaxDialogs, 30000)
	setFloat(&o.PeerRate, 10000)
	setFloat(&o.GuestRate, 20)
	setDuration(&o.T1, 500*time.Millisecond)
	setDuration(&o.T2, 4*time.Second)
	setDuration(&o.T4, 5*time.Second)
	setDuration(&o.SetupLimit, 3*time.Minute)
	setDuration(&o.NonceLife, time.Minute)
	setDuration(&o.IdleTCP, time.Hour)
	setDuration(&o.DialTCP, 3*time.Second)
	setDuration(&o.ReportEvery, time.Minute)
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	for i := range o.Trunks {
		t := &o.Trunks[i]
		if t.FromUser == "" {
			t.FromUser = defaultFromUser
		}
		if t.Transport == "" {
			t.Transport = transportUDP
		}
	}
}

func setInt(v *int, standard int) {
	if *v <= 0 {
		*v = standard
	}
}

func setFloat(v *float64, standard float64) {
	if *v <= 0 {
		*v = standard
	}
}

func setDuration(v *time.Duration, standard time.Duration) {
	if *v <= 0 {
		*v = standard
	}
}

// validate names the trunk and what to change.
func (o *Options) validate() error {
	if o.UDP == "" && o.TCP == "" {
		return errors.New("no SIP address to listen on: set UDP or TCP")
	}
	if len(o.Trunks) > maxTrunks {
		return fmt.Errorf("%d trunks, at most %d", len(o.Trunks), maxTrunks)
	}
	names := map[string]bool{}
	for _, t := range o.Trunks {
		if err := t.validate(); err != nil {
			return fmt.Errorf("trunk %q: %w", t.Name, err)
		}
		if names[t.Name] {
			return fmt.Errorf("trunk %q is there twice: give each its own name", t.Name)
		}
		names[t.Name] = true
	}
	return nil
}

func (t *Trunk) validate() error {
	if t.Name == "" {
		return errors.New("has no name")
	}
	if len(t.Peers) == 0 && t.User == "" {
		return errors.New("has neither peers nor a digest user: anybody could call through it")
	}
	for _, p := range t.Peers {
		if !p.IsValid() {
			return errors.New("has a peer that is not an address prefix")
		}
	}
	if (t.User == "") != (t.Password == "") {
		return errors.New("needs user and password together")
	}
	if strings.ContainsAny(t.User+t.Password, "\"\\\r\n:") {
		return errors.New("user and password may not hold quotes, backslashes, colons or line ends")
	}
	if t.Transport != transportUDP && t.Transport != transportTCP {
		return fmt.Errorf("transport %q: use udp or tcp", t.Transport)
	}
	if t.Outbound != "" {
		if _, _, err := splitHostPort(t.Outbound); err != nil {
			return fmt.Errorf("outbound %q is not host or host:port", t.Outbound)
		}
	}
	if !dialable(t.FromUser) {
		return fmt.Errorf("from user %q is not a number", t.FromUser)
	}
	if t.MaxCalls < 0 {
		return errors.New("a negative number of calls")
	}
	return nil
}
