package configs

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// masterBytes is the length of the master key (package privacy).
const masterBytes = 32

var nodeName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,30}$`)

// validation collects what does not fit; it says where each key got its value.
type validation struct {
	source string
	lines  map[string]place
	faults Faults
}

func validate(c Config, source string, lines map[string]place) Faults {
	v := &validation{source: source, lines: lines}
	v.check(strings.TrimSpace(c.DataDir) != "", "data_dir", "is empty", "name a directory, for example var")
	v.check(nodeName.MatchString(c.Node), "node", "is not a name", "use small letters, digits and -, at most 31")
	v.check(c.MasterKey == "" || validMaster(c.MasterKey), "master_key", "is not a key", fmt.Sprintf("give %d random bytes in base64: openssl rand -base64 %d", masterBytes, masterBytes))
	v.listeners(c)
	v.url("database.url", c.Database.URL, "postgres", "postgresql")
	v.url("redis.url", c.Redis.URL, "redis", "rediss", "unix")
	v.trunks(c.SIP.Trunks)
	for i, a := range c.ICE.Advertise {
		_, err := netip.ParseAddr(a)
		v.check(err == nil, fmt.Sprintf("ice.advertise[%d]", i), fmt.Sprintf("%q is not an IP address", a), "write an address, not a name")
	}
	v.calls(c.Calls)
	v.between("speech.speed", c.Speech.Speed, 80, 400)
	v.between("telling.attempts", c.Telling.Attempts, 1, 10)
	v.span("telling.retry_min", c.Telling.RetryMin, time.Second, 7*24*time.Hour)
	v.sms(c.SMS)
	v.span("passwords.session_idle", c.Passwords.SessionIdle, time.Minute, 7*24*time.Hour)
	v.span("passwords.session_max", c.Passwords.SessionMax, c.Passwords.SessionIdle, 30*24*time.Hour)
	v.between("demo.agents", c.Demo.Agents, 1, 2000)
	var level slog.Level
	v.check(level.UnmarshalText([]byte(c.Log.Level)) == nil, "log.level", fmt.Sprintf("%q is not a level", c.Log.Level), "write debug, info, warn or error")
	return v.faults
}

func (v *validation) check(ok bool, key, problem, remedy string) {
	if ok {
		return
	}
	fault := Fault{Source: v.source, Key: key, Problem: problem, Remedy: remedy}
	if at, known := v.lines[key]; known {
		fault.Source, fault.Line = at.source, at.line
	} else if parent, _, entry := strings.Cut(key, "["); entry {
		at := v.lines[parent]
		if at.source != "" {
			fault.Source, fault.Line = at.source, at.line
		}
	}
	v.faults = append(v.faults, fault)
}

func (v *validation) between(key string, n, low, high int) {
	v.check(n >= low && n <= high, key, fmt.Sprintf("%d is out of range", n), fmt.Sprintf("give %d to %d", low, high))
}

func (v *validation) span(key string, d, low, high time.Duration) {
	v.check(d >= low && d <= high, key, fmt.Sprintf("%v is out of range", d), fmt.Sprintf("give %v to %v", low, high))
}

func (v *validation) url(key, text string, schemes ...string) {
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	// The value may hold a password: it is not repeated.
	v.check(err == nil && slices.Contains(schemes, u.Scheme), key, "is not an address of this kind", "begin it with "+schemes[0]+"://")
}

func (v *validation) listeners(c Config) {
	for _, l := range []struct{ key, addr string }{
		{"http.addr", c.HTTP.Addr},
		{"https.addr", c.HTTPS.Addr},
		{"ops.addr", c.Ops.Addr},
		{"sip.addr", c.SIP.Addr},
		{"ice.udp_addr", c.ICE.UDPAddr},
	} {
		v.check(validListen(l.addr), l.key, fmt.Sprintf("%q is not an address to listen on", l.addr), "write host:port or :port, for example 127.0.0.1:8080")
	}
	v.check((c.HTTPS.Cert == "") == (c.HTTPS.Key == ""), "https.cert", "https.cert and https.key belong together", "give both files, or none")
	v.file("https.cert", c.HTTPS.Cert)
	v.file("https.key", c.HTTPS.Key)
	v.file("postgres.bin_dir", c.Postgres.BinDir)
}

func (v *validation) file(key, path string) {
	if path == "" {
		return
	}
	_, err := os.Stat(path)
	v.check(err == nil, key, path+" cannot be read", "name what is there and what the hotline's user may read")
}

func validListen(addr string) bool {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return false
	}
	if host == "" || host == "localhost" {
		return true
	}
	_, err = netip.ParseAddr(host)
	return err == nil
}

func validMaster(text string) bool {
	key, err := base64.StdEncoding.DecodeString(text)
	return err == nil && len(key) == masterBytes
}

func (v *validation) trunks(trunks []Trunk) {
	seen := map[string]bool{}
	for i, t := range trunks {
		key := fmt.Sprintf("sip.trunks[%d]", i)
		v.check(nodeName.MatchString(t.Name), key+".name", fmt.Sprintf("%q is not a name", t.Name), "use small letters, digits and -")
		v.check(!seen[t.Name], key+".name", fmt.Sprintf("%q is there twice", t.Name), "give each trunk its own name")
		seen[t.Name] = true
		v.check(len(t.Peers) > 0 || t.User != "", key, "lets nobody in", "give peers (addresses) or user and password")
		v.check((t.User == "") == (t.Password == ""), key+".user", "user and password belong together", "give both, or none")
		for j, p := range t.Peers {
			_, err := ParsePeer(p)
			v.check(err == nil, fmt.Sprintf("%s.peers[%d]", key, j), fmt.Sprintf("%q is not an address", p), "write 192.0.2.1 or 192.0.2.0/24")
		}
		v.check(t.Transport == "" || t.Transport == "udp" || t.Transport == "tcp", key+".transport", fmt.Sprintf("%q is not a transport", t.Transport), "write udp or tcp")
		v.check(t.MaxCalls >= 0, key+".max_calls", "is negative", "give 0 for no own limit")
	}
}

// ParsePeer reads an address or a prefix of addresses.
func ParsePeer(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		return netip.ParsePrefix(text)
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(addr, addr.BitLen()), nil
}

func (v *validation) calls(c Calls) {
	v.between("calls.max", c.Max, 1, 100_000)
	v.between("calls.key_tries", c.KeyTries, 1, 10)
	v.span("calls.offer_timeout", c.OfferTimeout, time.Second, 5*time.Minute)
	v.span("calls.max_wait", c.MaxWait, time.Second, 4*time.Hour)
	v.span("calls.agent_lost", c.AgentLost, time.Second, 10*time.Minute)
	v.span("calls.dial_timeout", c.DialTimeout, time.Second, 3*time.Minute)
	v.span("calls.key_timeout", c.KeyTimeout, time.Second, time.Minute)
	v.span("calls.max_length", c.MaxLength, time.Minute, 24*time.Hour)
	v.span("calls.wrap_up", c.WrapUp, time.Second, time.Hour)
}

func (v *validation) sms(s SMS) {
	v.url("sms.url", s.URL, "https", "http")
	v.check(s.URL == "" || (s.KeyID != "" && s.Secret != ""), "sms.key_id", "the gateway needs sms.key_id and sms.secret", "give the ones the gateway gave you")
	v.span("sms.timeout", s.Timeout, time.Second, time.Minute)
	v.between("sms.tries", s.Tries, 1, 25)
}
