package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
	"hotline12345/callcenter/sipua"
	"hotline12345/configs"
	"hotline12345/media"
	"hotline12345/media/speech"
	"hotline12345/privacy"
)

// telephony joins what a call is made of: prompts, sound, lines, and the engine that
// moves them.
type telephony struct {
	node     string
	prompts  *prompts
	media    *media.Server
	lines    *sipua.UA
	engine   *engine.Engine
	recorded func(ctx context.Context, since time.Time) (map[string]bool, error)
}

// telephonyOptions is what comes from elsewhere.
type telephonyOptions struct {
	config    configs.Config
	demo      bool
	keys      *privacy.Keys
	prompts   *prompts
	journal   engine.Journal
	recorded  func(ctx context.Context, since time.Time) (map[string]bool, error) // paths in the index
	acd       engine.ACD
	onOutcome func(context.Context, callcenter.CallID, string, int, callcenter.Outcome, callcenter.EndReason) error
	onPause   func(context.Context, callcenter.CallID, callcenter.LogPause) error
	known     func(ctx context.Context, number string) (callcenter.CallerKnown, error)
	maxWait   func(callcenter.QueueID) int
	onWatch   func(context.Context, callcenter.CallID, callcenter.LogWatch) error
	ways      engine.Ways
	onPlace   func(context.Context, callcenter.CallID, callcenter.KeepPlace, time.Time) error
	onEntry   func(ctx context.Context, entry string, call callcenter.CallID, answered bool, reason callcenter.EndReason, at time.Time) error
	book      func(ctx context.Context, task string) (bool, error)
	events    *events
	forks     engine.Forks // nil: off
	onFork    func(context.Context, callcenter.CallID, engine.LogFork) error
	phones    *deskPhones
	log       *slog.Logger
}

// newTelephony opens the ports; nothing is answered before start.
func newTelephony(o telephonyOptions) (_ *telephony, err error) {
	t := &telephony{node: o.config.Node, prompts: o.prompts, recorded: o.recorded}
	if t.media, err = newMedia(o); err != nil {
		return nil, portFault("sound", err, "HOTLINE_ICE_UDP_ADDR")
	}
	if t.lines, err = newLines(o); err != nil {
		return nil, errors.Join(portFault("lines", err, "HOTLINE_SIP_ADDR"), t.media.Stop())
	}
	t.engine, err = engine.New(engine.Options{
		Node: o.config.Node, Trunk: t.lines, Media: t.media, ACD: o.acd, Journal: o.journal, Logger: o.log,
		Limits: limitsOf(o.config.Calls), ResultLimits: resultLimits(o.config.Calls),
		WrapUp: o.config.Calls.WrapUp, MaxCalls: o.config.Calls.Max, SystemShare: o.config.Calls.SystemShare,
		OnOutcome: o.onOutcome, CutRecordings: t.cutRecordings, Known: o.known, MaxWait: o.maxWait, Ways: o.ways,
		OnWatch: o.onWatch, OnPlace: o.onPlace, OnPause: o.onPause, Book: o.book, OnEntry: o.onEntry, Forks: o.forks, OnFork: o.onFork,
		HideMonitor: !o.config.Calls.MonitorVisible,
		Phones:      t.lines, SeatWrapUp: o.config.Phones.WrapUp, SeatRest: o.config.Phones.Rest, ShowCaller: shownCaller(o.config.Phones),
		OnCall: o.events.call, OnAgent: o.events.agent, OnRecording: o.events.recording,
	})
	if err != nil {
		return nil, errors.Join(err, t.lines.Close(context.Background()), t.media.Stop())
	}
	t.media.SetSink(t.engine)
	return t, nil
}

// newSpeaker makes the speaker with its cache and the recorded prompts.
func newSpeaker(config configs.Config, keys *privacy.Keys) (*speech.Speaker, error) {
	key, err := keys.Derive("speech")
	if err != nil {
		return nil, err
	}
	espeak := speech.Espeak{Path: config.Speech.Command, Speed: config.Speech.Speed}
	if err := espeak.Available(); err != nil {
		return nil, err
	}
	const (
		maxText = 6000 // characters: the longest result, 5000, with what stands around it
		longest = 2 * time.Minute
	)
	return speech.New(speech.Options{
		Engine: espeak, Cache: filepath.Join(config.DataDir, "prompts", "spoken"), Recorded: recordedDir(config),
		Key: key, MaxText: maxText, Timeout: longest,
	})
}

func newMedia(o telephonyOptions) (*media.Server, error) {
	key, err := o.keys.Derive("recordings")
	if err != nil {
		return nil, err
	}
	recordings := recordingsDir(o.config)
	if err := os.MkdirAll(recordings, 0o700); err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	options := media.Options{
		RTPPortMin: o.config.RTP.Ports.From, RTPPortMax: o.config.RTP.Ports.To, ICEAddr: o.config.ICE.UDPAddr,
		Tick: o.config.Media.Tick, Wideband: o.config.Media.Wideband, Prompts: o.prompts.Sound, RecordingsDir: recordings, RecordingKey: key, Logger: o.log,
	}
	if o.config.Media.SRTP == "require" {
		options.SRTP = media.SRTPRequire
	}
	for _, text := range o.config.ICE.Advertise {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return nil, fmt.Errorf("ice.advertise: %w", err)
		}
		options.ICEAdvertise = append(options.ICEAdvertise, a)
	}
	// Sound goes where signalling goes: the same host towards the trunks. A host
	// name there cannot stand in SDP's place, then media's own choice counts.
	if bind, err := netip.ParseAddrPort(o.config.SIP.Addr); err == nil {
		options.ListenIP = bind.Addr()
	}
	if advertise, err := netip.ParseAddr(o.config.SIP.Advertise); err == nil {
		options.AdvertiseIP = advertise
	}
	return media.New(options, nil)
}

// newLines opens the SIP sockets. Without trunks, calls from this machine are taken,
// and in a demo from private networks too, so that a softphone on the desk can dial.
func newLines(o telephonyOptions) (*sipua.UA, error) {
	options := sipua.Options{
		UDP: o.config.SIP.Addr, TCP: o.config.SIP.Addr, Advertise: o.config.SIP.Advertise, Demo: o.demo, Log: o.log,
	}
	if p := o.config.Phones; p.Enabled {
		options.Phones = &sipua.Phones{
			Account: o.phones.account, Changed: o.phones.changed,
			MinExpires: p.MinExpires, MaxExpires: p.MaxExpires, MaxContacts: p.MaxContacts,
		}
	}
	for _, t := range o.config.SIP.Trunks {
		trunk, err := trunkOf(t)
		if err != nil {
			return nil, fmt.Errorf("trunk %s: %w", t.Name, err)
		}
		options.Trunks = append(options.Trunks, trunk)
	}
	if secure := o.config.SIP.TLS; secure.Addr != "" {
		c, err := newCertificate(secure.Cert, secure.Key, o.log)
		if err != nil {
			return nil, fmt.Errorf("sip.tls.cert: %w", err)
		}
		options.TLS, options.Certificate = secure.Addr, c.get
	}
	if len(options.Trunks) == 0 {
		near, err := nearPeers(o.demo)
		if err != nil {
			return nil, err
		}
		options.Trunks = []sipua.Trunk{{Name: "local", Peers: near}}
	}
	return sipua.New(options)
}

// nearPeers are who may call without any trunk: this machine by all its addresses,
// since a phone on it sends from whichever it takes for its own, and the private
// networks for a demonstration.
func nearPeers(demo bool) ([]netip.Prefix, error) {
	near := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("this machine's addresses: %w", err)
	}
	for _, address := range own {
		prefix, err := netip.ParsePrefix(address.String())
		if err != nil {
			return nil, fmt.Errorf("this machine's addresses: %w", err)
		}
		near = append(near, netip.PrefixFrom(prefix.Addr(), prefix.Addr().BitLen()))
	}
	if demo {
		for _, private := range []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"} {
			near = append(near, netip.MustParsePrefix(private))
		}
	}
	return near, nil
}

func trunkOf(t configs.Trunk) (_ sipua.Trunk, err error) {
	trunk := sipua.Trunk{
		Name: t.Name, User: t.User, Password: t.Password, Outbound: t.Outbound,
		Transport: t.Transport, TLSName: t.TLSName, FromUser: t.FromUser, Priority: t.Priority,
		MaxCalls: t.MaxCalls, MaxIn: t.MaxIn, MaxOut: t.MaxOut, Rate: t.MaxRate,
		Identity: sipua.Identity(t.Identity), Anonymous: t.Anonymous, Register: t.Register, Ping: t.Ping, Misses: t.Misses,
	}
	if trunk.Numbers, err = numberRules(t.Numbers); err != nil {
		return trunk, err
	}
	if trunk.Callers, err = numberRules(t.Callers); err != nil {
		return trunk, err
	}
	for _, text := range t.Peers {
		peer, err := configs.ParsePeer(text)
		if err != nil {
			return trunk, err
		}
		trunk.Peers = append(trunk.Peers, peer)
	}
	if t.TLSCA != "" {
		if trunk.Roots, err = configs.ReadAuthorities(t.TLSCA); err != nil {
			return trunk, fmt.Errorf("tls_ca: %w", err)
		}
	}
	return trunk, nil
}

func numberRules(texts []string) ([]sipua.NumberRule, error) {
	rules := make([]sipua.NumberRule, len(texts))
	for i, text := range texts {
		r, err := configs.ParseNumberRule(text)
		if err != nil {
			return nil, err
		}
		rules[i] = sipua.NumberRule(r)
	}
	return rules, nil
}

func limitsOf(c configs.Calls) callcenter.Limits {
	seconds := func(d time.Duration) int { return int(d / time.Second) }
	return callcenter.Limits{
		OfferSeconds: seconds(c.OfferTimeout), MaxWaitSeconds: seconds(c.MaxWait), AgentLostSeconds: seconds(c.AgentLost),
		DialSeconds: seconds(c.DialTimeout), KeySeconds: seconds(c.KeyTimeout), MaxKeyTries: c.KeyTries,
		MaxCallSeconds: seconds(c.MaxLength), PauseSeconds: seconds(c.RecordingPause), NoNotice: !c.Notice, Survey: c.Survey, EarlyNotice: c.EarlyNotice,
	}
}

// resultLimits: a call that a machine makes has a nearer end; the longest result,
// read out twice, fits.
func resultLimits(c configs.Calls) callcenter.Limits {
	const longest = 40 * time.Minute
	c.MaxLength = min(c.MaxLength, longest)
	return limitsOf(c)
}

// cutRecordings gives media's list of what a crash cut in the engine's words.
func (t *telephony) cutRecordings() ([]engine.RecordingRow, error) {
	const (
		limit = time.Minute
		far   = 4 * 24 * time.Hour // farther than media looks back
	)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	indexed, err := t.recorded(ctx, time.Now().Add(-far))
	if err != nil {
		return nil, err
	}
	cuts, err := t.media.CutRecordings(func(path string) bool { return indexed[path] })
	rows := make([]engine.RecordingRow, len(cuts))
	for i, c := range cuts {
		rows[i] = engine.RecordingRow{
			Node: t.node, Call: callcenter.CallID(c.Call), Segment: c.Segment, Path: c.Path, StartedAt: c.StartedAt,
			Millis: c.Duration.Milliseconds(), Bytes: c.Bytes, SHA256: c.SHA256, Complete: c.Complete,
		}
	}
	return rows, err
}
