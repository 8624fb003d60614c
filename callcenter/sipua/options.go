package sipua

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Options of a UA. A zero value means the default in brackets.
type Options struct {
	UDP string // listen address, host:port [none]
	TCP string // listen address, host:port; port 0 with UDP set: the UDP port [none]
	TLS string // listen address of SIP over TLS, host:port [none]
	// Certificate is ours, asked for each handshake so that it can be renewed.
	Certificate func() (*tls.Certificate, error)
	// Advertise is the host that peers reach us at, for machines behind NAT [the local
	// address that the peer's packets arrive at].
	Advertise string
	Trunks    []Trunk
	// Demo lets a number without outbound trunk be called back at the Contact it last
	// called from, so that one softphone on the desk is enough to try everything.
	Demo bool
	// Phones are the desk phones that may register [none: no registrar].
	Phones *Phones

	// MaxDialogs bounds the Call-IDs remembered, all trunks. One that is over stays for
	// 64*T1 = 32 s to answer repetitions, so 400 calls per second need 13,000 [30000].
	MaxDialogs int
	PeerRate   float64 // messages per second from one known address [10000]
	GuestRate  float64 // messages per second from one unknown address (digest trunks) [20]

	T1, T2, T4 time.Duration // RFC 3261 section 17 [500 ms, 4 s, 5 s]
	SetupLimit time.Duration // an INVITE that nobody finishes is ended after this [3 min]
	RingAfter  time.Duration // an INVITE that is not answered gets 180 after this [1 s]
	NonceLife  time.Duration // of a digest challenge [60 s]
	IdleTCP    time.Duration // a silent TCP connection is closed after this [1 h]
	DialTCP    time.Duration // a TCP connection is made within this [3 s]
	// Session is the interval of session timers (RFC 4028) that we ask for, MinSession the
	// shortest that may be asked of us [30 min, 90 s].
	Session, MinSession time.Duration
	RegisterAgain       time.Duration // the first pause after a REGISTER that failed [15 s]
	FirstSign           time.Duration // an INVITE without any answer goes to the next trunk after this [4 s]
	Log                 *slog.Logger  // [slog.Default]
	Now                 func() time.Time
	ReportEvery         time.Duration // refused strangers are logged as a sum, at most this often [1 min]
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
	Transport string // of Outbound: "udp", "tcp" or "tls" ["udp"]
	// By TLS, the name that the other side's certificate must have [the host of Outbound],
	// and the authorities it may come from [the system's].
	TLSName  string
	Roots    *x509.CertPool
	FromUser string // our number in From ["12345"]
	MaxCalls int    // in and out together [no limit but MaxDialogs]
	MaxIn    int    // calls in [no limit but MaxCalls]
	MaxOut   int    // calls out [no limit but MaxCalls]
	Rate     int    // calls out that may begin in a second [no limit]
	Priority int    // calls out try the trunk with the lowest first
	// Numbers put a number called into the form that this trunk dials; one that none of
	// them fits goes by another trunk. Callers do it for the numbers that call, before
	// anything else reads them [as they are].
	Numbers, Callers []NumberRule
	// Identity says who we are beside From: IdentityAsserted in a network that trusts us
	// (RFC 3325 section 9.1), IdentityPreferred where the provider asserts it (section 9.2).
	Identity Identity
	// Anonymous keeps our number from the person called (RFC 3323 section 4.1).
	Anonymous bool
	// Register is for how long we register with Outbound at a time, as User; 0: never.
	Register time.Duration
	// Ping is how often OPTIONS asks whether the other side is there; 0: never. After
	// Misses without an answer no call goes out until there is one [3].
	Ping   time.Duration
	Misses int

	phones bool // the line of the desk phones
}

// Identity is the header that carries our number besides From.
type Identity string

// The kinds of identity; "" is none.
const (
	IdentityAsserted  Identity = "asserted"
	IdentityPreferred Identity = "preferred"
)

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
	setDuration(&o.RingAfter, time.Second)
	setDuration(&o.NonceLife, time.Minute)
	setDuration(&o.IdleTCP, time.Hour)
	setDuration(&o.DialTCP, 3*time.Second)
	setDuration(&o.ReportEvery, time.Minute)
	setDuration(&o.Session, 30*time.Minute)
	setDuration(&o.MinSession, minSession)
	setDuration(&o.FirstSign, 4*time.Second)
	setDuration(&o.RegisterAgain, 15*time.Second)
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Phones != nil {
		o.Phones.setDefaults()
	}
	for i := range o.Trunks {
		t := &o.Trunks[i]
		if t.FromUser == "" {
			t.FromUser = defaultFromUser
		}
		if t.Transport == "" {
			t.Transport = transportUDP
		}
		setInt(&t.Misses, 3)
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
	if o.UDP == "" && o.TCP == "" && o.TLS == "" {
		return errors.New("no SIP address to listen on: set UDP, TCP or TLS")
	}
	if o.TLS != "" && o.Certificate == nil {
		return errors.New("TLS needs a certificate: set Certificate")
	}
	if p := o.Phones; p != nil && (p.Account == nil || p.MinExpires > p.MaxExpires) {
		return errors.New("phones need Account, and MinExpires that is not above MaxExpires")
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
	if !slices.Contains([]string{transportUDP, transportTCP, transportTLS}, t.Transport) {
		return fmt.Errorf("transport %q: use udp, tcp or tls", t.Transport)
	}
	if t.Outbound != "" {
		if _, _, err := splitHostPort(t.Outbound); err != nil {
			return fmt.Errorf("outbound %q is not host or host:port", t.Outbound)
		}
	}
	if t.Register != 0 && (t.Register < time.Second || t.Register > maxRegister || t.Outbound == "" || t.User == "") {
		return errors.New("registers for 1 s to 24 h, with outbound, user and password")
	}
	if !dialable(t.FromUser) {
		return fmt.Errorf("from user %q is not a number", t.FromUser)
	}
	if t.MaxCalls < 0 || t.MaxIn < 0 || t.MaxOut < 0 || t.Rate < 0 {
		return errors.New("a negative number of calls")
	}
	if t.Identity != "" && t.Identity != IdentityAsserted && t.Identity != IdentityPreferred {
		return fmt.Errorf("identity %q: use asserted, preferred or none", t.Identity)
	}
	if len(t.Numbers)+len(t.Callers) > maxRules {
		return fmt.Errorf("more than %d number rules", maxRules)
	}
	for _, r := range slices.Concat(t.Numbers, t.Callers) {
		if err := r.validate(); err != nil {
			return err
		}
	}
	return nil
}
