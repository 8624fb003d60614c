package configs

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"
)

// masterBytes is the length of the master key (package privacy).
const masterBytes = 32

var (
	nodeName   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,30}$`)
	regionCode = regexp.MustCompile(`^([0-9]{2}){1,3}$`)
	hostName   = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)
)

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
	v.check(regionCode.MatchString(c.Region), "region", "is not a place", "write a GB/T 2260 code of 2, 4 or 6 digits, in quotes")
	v.check(c.MasterKey == "" || validMaster(c.MasterKey), "master_key", "is not a key", fmt.Sprintf("give %d random bytes in base64: openssl rand -base64 %d", masterBytes, masterBytes))
	v.listeners(c)
	v.ports(c)
	v.url("database.url", c.Database.URL, "postgres://user:password@host:5432/name", "postgres", "postgresql")
	v.url("redis.url", c.Redis.URL, "redis://:password@host:6379/0", "redis", "rediss", "unix")
	v.check(c.SIP.Advertise == "" || hostName.MatchString(c.SIP.Advertise) || validIP(c.SIP.Advertise), "sip.advertise",
		fmt.Sprintf("%q is neither an address nor a host name", c.SIP.Advertise), "write it without a port, for example 192.0.2.7")
	v.sipTLS(c.SIP.TLS)
	v.trunks(c.SIP)
	for i, a := range c.ICE.Advertise {
		v.check(validIP(a), fmt.Sprintf("ice.advertise[%d]", i), fmt.Sprintf("%q is not an IP address", a), "write an address, not a name")
	}
	v.span("media.tick", c.Media.Tick, 0, 20*time.Millisecond)
	v.check(c.Media.SRTP == "accept" || c.Media.SRTP == "require", "media.srtp", fmt.Sprintf("%q is not a choice", c.Media.SRTP), "write accept or require")
	v.calls(c.Calls)
	v.between("speech.speed", c.Speech.Speed, 80, 400)
	_, err := LoadPrompts(c.Speech.Language)
	v.check(err == nil, "speech.language", fmt.Sprintf("there are no texts in %q", c.Speech.Language), "write zh-CN")
	v.between("telling.attempts", c.Telling.Attempts, 1, 10)
	v.span("reports.answer_within", c.Reports.AnswerWithin, time.Second, 10*time.Minute)
	v.span("reports.short_abandon", c.Reports.ShortAbandon, 0, time.Minute)
	v.span("webhooks.disable_after", c.Webhooks.DisableAfter, time.Minute, 30*24*time.Hour)
	for _, text := range c.Webhooks.Allow {
		_, err := netip.ParsePrefix(text)
		v.check(err == nil, "webhooks.allow", fmt.Sprintf("%q is not a network", text), "give one like 10.20.0.0/16")
	}
	v.fork(c.Fork)
	v.span("telling.retry_min", c.Telling.RetryMin, time.Second, 7*24*time.Hour)
	v.sms(c.SMS)
	v.between("archive.keep_days", c.Archive.KeepDays, 0, 36_500)
	v.s3(c.S3)
	v.span("passwords.session_idle", c.Passwords.SessionIdle, time.Minute, 7*24*time.Hour)
	v.span("passwords.session_max", c.Passwords.SessionMax, c.Passwords.SessionIdle, 30*24*time.Hour)
	v.phones(c)
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
	// A key that is not written has the place of what it belongs to: the entry of the
	// list, the group.
	for path := key; path != ""; path = path[:max(0, strings.LastIndexAny(path, ".["))] {
		if at, known := v.lines[path]; known {
			fault.Source, fault.Line = at.source, at.line
			break
		}
	}
	v.faults = append(v.faults, fault)
}

// together checks two keys of which neither counts without the other; the fault has
// the place of the one that is there.
func (v *validation) together(key, value, other, otherValue, remedy string) {
	if value == "" {
		key, other = other, key
	}
	v.check((value == "") == (otherValue == ""), key, "counts with "+other+" only", remedy)
}

func (v *validation) between(key string, n, low, high int) {
	v.check(n >= low && n <= high, key, fmt.Sprintf("%d is out of range", n), fmt.Sprintf("give %d to %d", low, high))
}

func (v *validation) span(key string, d, low, high time.Duration) {
	v.check(d >= low && d <= high, key, fmt.Sprintf("%v is out of range", d), fmt.Sprintf("give %v to %v", low, high))
}

// url checks an address; example is how one is written. The value may hold a password:
// it is not repeated.
func (v *validation) url(key, text, example string, schemes ...string) {
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	ok := err == nil && slices.Contains(schemes, u.Scheme)
	if ok {
		switch key {
		case "database.url":
			_, err = pgconn.ParseConfig(text)
		case "redis.url":
			_, err = redis.ParseURL(text)
		}
		ok = err == nil && (u.Host != "" || u.Scheme == "unix" || u.RawQuery != "")
	}
	v.check(ok, key, "is not an address of this kind", "write it like "+example)
}

// phones checks the desk phones'. A password that many know is long at least.
func (v *validation) phones(c Config) {
	p := c.Phones
	v.span("phones.min_expires", p.MinExpires, 10*time.Second, time.Hour)
	v.span("phones.max_expires", p.MaxExpires, p.MinExpires, 24*time.Hour)
	v.between("phones.max_contacts", p.MaxContacts, 1, 20)
	v.span("phones.wrap_up", p.WrapUp, 0, time.Hour)
	v.span("phones.rest", p.Rest, time.Second, time.Hour)
	password := c.Demo.PhonePassword
	v.check(password == "" || p.Enabled, "demo.phone_password", "counts with phones.enabled only", "set phones.enabled, or leave it empty")
	v.check(password == "" || len(password) >= 12, "demo.phone_password", "is short", "use 12 characters at least")
}

func (v *validation) s3(c S3) {
	if c == (S3{Region: c.Region}) {
		return // off
	}
	v.url("s3.endpoint", c.Endpoint, "https://s3.example:9000", "http", "https")
	for _, k := range []struct{ key, value string }{
		{"s3.endpoint", c.Endpoint}, {"s3.bucket", c.Bucket}, {"s3.access_key", c.AccessKey}, {"s3.secret_key", c.SecretKey},
	} {
		v.check(k.value != "", k.key, "is empty", "give endpoint, bucket and both keys, or none of them")
	}
	v.check(!strings.HasPrefix(c.Prefix, "/"), "s3.prefix", "begins with /", "write it like hotline/")
}

func (v *validation) listeners(c Config) {
	for _, l := range []struct{ key, addr string }{
		{"http.addr", c.HTTP.Addr},
		{"https.addr", c.HTTPS.Addr},
		{"ops.addr", c.Ops.Addr},
		{"sip.addr", c.SIP.Addr},
		{"sip.tls.addr", c.SIP.TLS.Addr},
		{"ice.udp_addr", c.ICE.UDPAddr},
	} {
		if l.key == "sip.tls.addr" && l.addr == "" {
			continue // off
		}
		v.check(validListen(l.addr), l.key, fmt.Sprintf("%q is not an address to listen on", l.addr), "write host:port or :port, for example 127.0.0.1:8080")
	}
	v.certificate("https", c.HTTPS.Cert, c.HTTPS.Key)
	if dir := c.Postgres.BinDir; dir != "" {
		_, err := os.Stat(filepath.Join(dir, "initdb"))
		v.check(err == nil, "postgres.bin_dir", dir+" has no initdb", "name the directory of PostgreSQL's programs, for example /usr/lib/postgresql/15/bin")
	}
}

// ports finds what would take one port twice.
func (v *validation) ports(c Config) {
	type port struct{ key, addr string }
	tcp := []port{{"http.addr", c.HTTP.Addr}, {"ops.addr", c.Ops.Addr}, {"sip.addr", c.SIP.Addr}}
	if c.HTTPS.On() {
		tcp = append(tcp, port{"https.addr", c.HTTPS.Addr})
	}
	if c.SIP.TLS.Addr != "" {
		tcp = append(tcp, port{"sip.tls.addr", c.SIP.TLS.Addr})
	}
	udp := []port{{"sip.addr", c.SIP.Addr}, {"ice.udp_addr", c.ICE.UDPAddr}}
	for _, list := range [][]port{tcp, udp} {
		for i, p := range list {
			for _, earlier := range list[:i] {
				v.check(!collide(p.addr, earlier.addr), p.key, fmt.Sprintf("%q is taken by %s", p.addr, earlier.key), "give each its own port")
			}
		}
	}
}

// collide says whether two addresses to listen on exclude each other.
func collide(a, b string) bool {
	hostA, portA := splitListen(a)
	hostB, portB := splitListen(b)
	wild := func(host string) bool { return host == "" || host == "0.0.0.0" || host == "::" }
	return portA == portB && portA != 0 && (hostA == hostB || wild(hostA) || wild(hostB))
}

// splitListen reads an address to listen on; port 0 is a free one, or no port at all.
func splitListen(addr string) (host string, port int) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0
	}
	if port, err = strconv.Atoi(text); err != nil {
		return "", 0
	}
	return host, port
}

func validListen(addr string) bool {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return false
	}
	return host == "" || host == "localhost" || validIP(host)
}

func validIP(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

// validTarget: calls go out to a host that may be a name, with or without a port.
func validTarget(text string) bool {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return hostName.MatchString(text) || validIP(text)
	}
	n, err := strconv.Atoi(port)
	return err == nil && n > 0 && n <= 65535 && (hostName.MatchString(host) || validIP(host))
}

func validMaster(text string) bool {
	key, err := base64.StdEncoding.DecodeString(text)
	return err == nil && len(key) == masterBytes
}

func (v *validation) trunks(c SIP) {
	seen := map[string]bool{}
	for i, t := range c.Trunks {
		key := fmt.Sprintf("sip.trunks[%d]", i)
		v.check(nodeName.MatchString(t.Name), key+".name", fmt.Sprintf("%q is not a name", t.Name), "use small letters, digits and -")
		v.check(!seen[t.Name], key+".name", fmt.Sprintf("%q is there twice", t.Name), "give each trunk its own name")
		seen[t.Name] = true
		v.check(len(t.Peers) > 0 || t.User != "", key, "lets nobody in", "give peers (addresses) or user and password")
		v.together(key+".user", t.User, key+".password", t.Password, "give both, or none")
		for j, p := range t.Peers {
			_, err := ParsePeer(p)
			v.check(err == nil, fmt.Sprintf("%s.peers[%d]", key, j), fmt.Sprintf("%q is not an address", p), "write 192.0.2.1 or 192.0.2.0/24")
		}
		v.check(t.Outbound == "" || validTarget(t.Outbound), key+".outbound", fmt.Sprintf("%q is not a place to call", t.Outbound), "write host:port, for example 192.0.2.10:5060")
		v.check(slices.Contains([]string{"", "udp", "tcp", "tls"}, t.Transport), key+".transport", fmt.Sprintf("%q is not a transport", t.Transport), "write udp, tcp or tls")
		v.trunkTLS(key, t, c.TLS.Cert != "")
		v.check(t.Priority >= 0 && t.Priority <= 1000, key+".priority", fmt.Sprintf("%d is out of range", t.Priority), "give 0 to 1000")
		for _, limit := range []struct {
			key string
			n   int
		}{{"max_calls", t.MaxCalls}, {"max_in", t.MaxIn}, {"max_out", t.MaxOut}, {"max_rate", t.MaxRate}, {"misses", t.Misses}} {
			v.check(limit.n >= 0, key+"."+limit.key, "is negative", "give 0 for no own limit")
		}
		v.rules(key+".numbers", t.Numbers)
		v.rules(key+".callers", t.Callers)
		v.check(slices.Contains([]string{"", "asserted", "preferred"}, t.Identity), key+".identity", fmt.Sprintf("%q is not a kind of identity", t.Identity), "write asserted, preferred or nothing")
		v.check(t.Register == 0 || t.Register >= time.Minute && t.Register <= 24*time.Hour, key+".register", fmt.Sprintf("%v is out of range", t.Register), "give 1m to 24h, or 0 for never")
		v.check(t.Register == 0 || t.Outbound != "" && t.User != "", key+".register", "says neither where nor as whom", "give outbound, user and password")
		v.check(t.Ping == 0 || t.Ping >= time.Second && t.Ping <= time.Hour, key+".ping", fmt.Sprintf("%v is out of range", t.Ping), "give 1s to 1h, or 0 for never")
	}
}

func (v *validation) rules(key string, rules []string) {
	for i, text := range rules {
		_, err := ParseNumberRule(text)
		v.check(err == nil, fmt.Sprintf("%s[%d]", key, i), fmt.Sprintf("%q is not a rule for numbers", text), `write "prefix -> other prefix", for example "0 -> +86" or "1/11 -> 01"`)
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
	v.between("calls.system_share", c.SystemShare, 1, 100)
	v.between("calls.key_tries", c.KeyTries, 1, 10)
	v.span("calls.offer_timeout", c.OfferTimeout, time.Second, 5*time.Minute)
	v.span("calls.max_wait", c.MaxWait, time.Second, 4*time.Hour)
	v.span("calls.agent_lost", c.AgentLost, time.Second, 10*time.Minute)
	v.span("calls.dial_timeout", c.DialTimeout, time.Second, 3*time.Minute)
	v.span("calls.key_timeout", c.KeyTimeout, time.Second, time.Minute)
	v.span("calls.max_length", c.MaxLength, time.Minute, 24*time.Hour)
	v.span("calls.wrap_up", c.WrapUp, time.Second, time.Hour)
	if c.RecordingPause != 0 {
		v.span("calls.recording_pause", c.RecordingPause, 10*time.Second, 10*time.Minute)
	}
}

func (v *validation) fork(f Fork) {
	v.url("fork.url", f.URL, "wss://recogniser.example/calls", "wss", "ws")
	v.check(f.Encoding == "linear16" || f.Encoding == "pcma", "fork.encoding", fmt.Sprintf("%q is not an encoding", f.Encoding), "write linear16 or pcma")
	v.check(f.URL != "" || len(f.Queues) == 0, "fork.queues", "counts with fork.url only", "give the address of who gets the calls")
	v.check(f.URL == "" || f.Token != "", "fork.token", "is missing", "give a token that the consumer checks: openssl rand -base64 32")
	for _, text := range f.Allow {
		_, err := netip.ParsePrefix(text)
		v.check(err == nil, "fork.allow", fmt.Sprintf("%q is not a network", text), "give one like 10.20.0.0/16")
	}
	if f.CA != "" {
		_, err := ReadAuthorities(f.CA)
		v.check(err == nil, "fork.ca", fmt.Sprintf("cannot be read: %v", err), "give a PEM file with certificates")
	}
	v.between("fork.max", f.Max, 1, 10_000)
	v.span("fork.buffer", f.Buffer, time.Second, time.Minute)
}

func (v *validation) sms(s SMS) {
	v.url("sms.url", s.URL, "https://sms.example/send", "https", "http")
	v.check(s.URL == "" || (s.KeyID != "" && s.Secret != ""), "sms.url", "the gateway needs sms.key_id and sms.secret", "give the ones the gateway gave you")
	v.span("sms.timeout", s.Timeout, time.Second, time.Minute)
	v.between("sms.tries", s.Tries, 1, 25)
}
