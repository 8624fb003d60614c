// Package configs is the hotline's configuration: typed, with a default for every
// key, read strictly from one YAML file and from the environment.
//
//	Defaults --> file (hotline.yaml) --> environment (HOTLINE_…) --> Validate
//	             unknown key, value of the wrong kind or unit,       what belongs
//	             doubled key, missing file: a Fault                  together
//
// A key's variable is its path in capitals: sip.addr is HOTLINE_SIP_ADDR. A Fault
// names the file and line (or the variable), what is wrong and what to do; all
// faults of a file are reported at once.
//
// The example hotline.yaml, the spoken texts in prompts/ and the data in seeds/ lie
// beside it.
package configs

import "time"

// Config is the whole configuration. The tag is the key's name; the comment in
// hotline.yaml explains each.
type Config struct {
	DataDir   string    `yaml:"data_dir"`
	Node      string    `yaml:"node"`
	Region    string    `yaml:"region"`
	MasterKey string    `yaml:"master_key"`
	HTTP      HTTP      `yaml:"http"`
	HTTPS     HTTPS     `yaml:"https"`
	Ops       Ops       `yaml:"ops"`
	Database  Database  `yaml:"database"`
	Redis     Redis     `yaml:"redis"`
	Postgres  Postgres  `yaml:"postgres"`
	SIP       SIP       `yaml:"sip"`
	Phones    Phones    `yaml:"phones"`
	RTP       RTP       `yaml:"rtp"`
	ICE       ICE       `yaml:"ice"`
	Media     Media     `yaml:"media"`
	Calls     Calls     `yaml:"calls"`
	Reports   Reports   `yaml:"reports"`
	Webhooks  Webhooks  `yaml:"webhooks"`
	Fork      Fork      `yaml:"fork"`
	Archive   Archive   `yaml:"archive"`
	S3        S3        `yaml:"s3"`
	Speech    Speech    `yaml:"speech"`
	Telling   Telling   `yaml:"telling"`
	SMS       SMS       `yaml:"sms"`
	Passwords Passwords `yaml:"passwords"`
	Demo      Demo      `yaml:"demo"`
	Log       Log       `yaml:"log"`
}

// HTTP is the plain listener.
type HTTP struct {
	Addr string `yaml:"addr"`
}

// HTTPS is on when both files are named.
type HTTPS struct {
	Addr string `yaml:"addr"`
	Cert string `yaml:"cert"` // PEM file
	Key  string `yaml:"key"`  // PEM file
}

// On says whether there is a certificate.
func (h HTTPS) On() bool { return h.Cert != "" }

// Ops is the listener for operators: metrics, health, profiles.
type Ops struct {
	Addr string `yaml:"addr"`
}

// Database is an operator's own PostgreSQL; empty: a private one is started.
type Database struct {
	URL string `yaml:"url"`
}

// Redis is an operator's own Redis; empty: a private one is started.
type Redis struct {
	URL string `yaml:"url"`
}

// Postgres says where the private PostgreSQL's programs are.
type Postgres struct {
	BinDir string `yaml:"bin_dir"`
}

// SIP is the telephone side.
type SIP struct {
	Addr      string  `yaml:"addr"`      // UDP and TCP
	Advertise string  `yaml:"advertise"` // host that trunks reach us at
	TLS       SIPTLS  `yaml:"tls"`
	Trunks    []Trunk `yaml:"trunks"`
}

// SIPTLS is the telephone side over TLS; empty address: off.
type SIPTLS struct {
	Addr string `yaml:"addr"`
	Cert string `yaml:"cert"` // PEM file, read again when it changes
	Key  string `yaml:"key"`  // PEM file
}

// Trunk is one provider or gateway.
type Trunk struct {
	Name      string   `yaml:"name"`
	Peers     []string `yaml:"peers"` // addresses or prefixes the other side signals from
	User      string   `yaml:"user"`  // digest, instead of or besides the address
	Password  string   `yaml:"password"`
	Outbound  string   `yaml:"outbound"`  // host:port of calls out; empty: calls in only
	Transport string   `yaml:"transport"` // udp, tcp or tls
	TLSName   string   `yaml:"tls_name"`  // in the certificate it must show; empty: the host of outbound
	TLSCA     string   `yaml:"tls_ca"`    // PEM file of the authorities it may come from; empty: the system's
	FromUser  string   `yaml:"from_user"` // our number towards it
	Priority  int      `yaml:"priority"`  // calls out try the lowest first
	MaxCalls  int      `yaml:"max_calls"` // 0: no own limit
	MaxIn     int      `yaml:"max_in"`
	MaxOut    int      `yaml:"max_out"`
	MaxRate   int      `yaml:"max_rate"` // calls out that begin in a second; 0: no limit
	// Rules "prefix[/length] -> other prefix", the first that fits counts: for numbers
	// called (none fits: another trunk), and for callers' numbers.
	Numbers   []string      `yaml:"numbers"`
	Callers   []string      `yaml:"callers"`
	Identity  string        `yaml:"identity"`  // asserted, preferred or empty
	Anonymous bool          `yaml:"anonymous"` // our number is withheld
	Register  time.Duration `yaml:"register"`  // with outbound as user, for so long at a time; 0: never
	Ping      time.Duration `yaml:"ping"`      // OPTIONS this often; 0: never
	Misses    int           `yaml:"misses"`    // without answer, until it counts as down; 0: 3
}

// Phones are the agents' desk phones.
type Phones struct {
	Enabled      bool          `yaml:"enabled"` // they may register at sip.addr
	MinExpires   time.Duration `yaml:"min_expires"`
	MaxExpires   time.Duration `yaml:"max_expires"`
	MaxContacts  int           `yaml:"max_contacts"`  // places of one account
	WholeNumbers bool          `yaml:"whole_numbers"` // they show callers' numbers whole
	WrapUp       time.Duration `yaml:"wrap_up"`       // of a seat that is a phone alone; 0: none
	Rest         time.Duration `yaml:"rest"`          // such a seat that did not answer is tried again after this
}

// RTP is the sound towards the trunks.
type RTP struct {
	Ports PortRange `yaml:"ports"`
}

// Media is how sound is moved.
type Media struct {
	Tick time.Duration `yaml:"tick"` // 0: each packet at once
	SRTP string        `yaml:"srtp"` // accept or require, towards trunks and desk phones
	// Wideband: G.722 with trunks, desk phones and browsers that have it.
	Wideband bool `yaml:"wideband"`
}

// ICE is the sound towards the browsers.
type ICE struct {
	UDPAddr   string   `yaml:"udp_addr"`
	Advertise []string `yaml:"advertise"` // addresses browsers reach us at
}

// Calls are the limits of a call.
type Calls struct {
	Max          int           `yaml:"max"`
	Notice       bool          `yaml:"notice"`
	EarlyNotice  bool          `yaml:"early_notice"`
	OfferTimeout time.Duration `yaml:"offer_timeout"`
	MaxWait      time.Duration `yaml:"max_wait"`
	AgentLost    time.Duration `yaml:"agent_lost"`
	DialTimeout  time.Duration `yaml:"dial_timeout"`
	KeyTimeout   time.Duration `yaml:"key_timeout"`
	KeyTries     int           `yaml:"key_tries"`
	MaxLength    time.Duration `yaml:"max_length"`
	WrapUp       time.Duration `yaml:"wrap_up"`
	SystemShare  int           `yaml:"system_share"` // of max, in percent
	Survey       bool          `yaml:"survey"`       // the person rates the talk by a key after it
	// MonitorVisible: an agent sees that a supervisor listens to her call.
	MonitorVisible bool `yaml:"monitor_visible"`
	// RecordingPause is how long a recording is paused at most (sensitive data); 0: never.
	RecordingPause time.Duration `yaml:"recording_pause"`
}

// Reports are the thresholds of the figures.
type Reports struct {
	AnswerWithin time.Duration `yaml:"answer_within"`
	ShortAbandon time.Duration `yaml:"short_abandon"`
}

// Webhooks are other systems that are told of events.
type Webhooks struct {
	Allow        []string      `yaml:"allow"` // private networks they may be in
	DisableAfter time.Duration `yaml:"disable_after"`
}

// Fork sends calls to another system while they are spoken; empty URL: off.
type Fork struct {
	URL      string        `yaml:"url"`
	Token    string        `yaml:"token"`
	Encoding string        `yaml:"encoding"` // linear16 or pcma
	Queues   []string      `yaml:"queues"`   // whose calls are sent without asking; "*": all
	Allow    []string      `yaml:"allow"`    // private networks it may be in
	CA       string        `yaml:"ca"`       // PEM file of the authorities of its certificate; empty: the system's
	Max      int           `yaml:"max"`      // calls at once
	Buffer   time.Duration `yaml:"buffer"`   // of sound that it has not taken
}

// Archive is how long recordings are kept.
type Archive struct {
	KeepDays int `yaml:"keep_days"` // 0: for ever
}

// S3 is where recordings are kept; empty endpoint: in the data directory.
type S3 struct {
	Endpoint  string `yaml:"endpoint"`
	Region    string `yaml:"region"`
	Bucket    string `yaml:"bucket"`
	Prefix    string `yaml:"prefix"`
	AccessKey string `yaml:"access_key"`
	SecretKey string `yaml:"secret_key"`
}

// Speech makes spoken prompts.
type Speech struct {
	Command  string `yaml:"command"`
	Speed    int    `yaml:"speed"` // words per minute
	Language string `yaml:"language"`
}

// Telling is when and how often a caller is told the result.
type Telling struct {
	Hours    HourRange     `yaml:"hours"`
	Attempts int           `yaml:"attempts"`
	RetryMin time.Duration `yaml:"retry_min"`
}

// SMS is the HTTP gateway for text messages; empty URL: none.
type SMS struct {
	URL     string        `yaml:"url"`
	KeyID   string        `yaml:"key_id"`
	Secret  string        `yaml:"secret"`
	Sign    string        `yaml:"sign"` // in 【】 before each text
	Timeout time.Duration `yaml:"timeout"`
	Tries   int           `yaml:"tries"`
	// Receipts: the gateway reports deliveries; without them an accepted message counts.
	Receipts bool `yaml:"receipts"`
}

// Passwords are the rules of signing in.
type Passwords struct {
	SessionIdle time.Duration `yaml:"session_idle"`
	SessionMax  time.Duration `yaml:"session_max"`
}

// Demo is for trying things out; it counts with serve --demo only.
type Demo struct {
	Agents int `yaml:"agents"`
	// PhonePassword of a desk phone for each agent; empty: they have none.
	PhonePassword string `yaml:"phone_password"`
}

// Log is what is written to standard error.
type Log struct {
	Level string `yaml:"level"`
}

// Defaults returns the configuration of a hotline that nobody configured.
func Defaults() Config {
	return Config{
		DataDir: "var",
		Node:    "node1",
		Region:  "65",
		HTTP:    HTTP{Addr: ":8080"},
		HTTPS:   HTTPS{Addr: ":8443"},
		Ops:     Ops{Addr: "127.0.0.1:9090"},
		SIP:     SIP{Addr: "0.0.0.0:5060"},
		Phones: Phones{
			MinExpires: time.Minute, MaxExpires: 10 * time.Minute, MaxContacts: 4, WrapUp: 30 * time.Second, Rest: time.Minute,
		},
		RTP:   RTP{Ports: PortRange{From: 20000, To: 40000}},
		ICE:   ICE{UDPAddr: ":7882"},
		Media: Media{Tick: 5 * time.Millisecond, SRTP: "accept"},
		Calls: Calls{
			Max: 1000, SystemShare: 25, Notice: true, MonitorVisible: true, OfferTimeout: 20 * time.Second, MaxWait: 10 * time.Minute, AgentLost: 30 * time.Second,
			DialTimeout: 45 * time.Second, KeyTimeout: 8 * time.Second, KeyTries: 3, MaxLength: 4 * time.Hour, WrapUp: 30 * time.Second,
			RecordingPause: 2 * time.Minute,
		},
		Reports:   Reports{AnswerWithin: 15 * time.Second, ShortAbandon: 5 * time.Second},
		Webhooks:  Webhooks{DisableAfter: 24 * time.Hour},
		Fork:      Fork{Encoding: "linear16", Max: 200, Buffer: 5 * time.Second},
		Archive:   Archive{KeepDays: 1096},
		S3:        S3{Region: "us-east-1"},
		Speech:    Speech{Command: "espeak-ng", Speed: 150, Language: "zh-CN"},
		Telling:   Telling{Hours: HourRange{From: 8 * time.Hour, To: 21 * time.Hour}, Attempts: 3, RetryMin: 3 * time.Hour},
		SMS:       SMS{Sign: "12345热线", Timeout: 10 * time.Second, Tries: 8, Receipts: true},
		Passwords: Passwords{SessionIdle: 12 * time.Hour, SessionMax: 24 * time.Hour},
		Demo:      Demo{Agents: 4},
		Log:       Log{Level: "info"},
	}
}
