package fork

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
	"hotline12345/callcenter/reach"
)

// Options of a Service. Zero values get the default in brackets.
type Options struct {
	URL      string         // of the consumer
	Token    string         // it is shown
	Queues   []string       // whose calls are sent without anybody asking; "*": all
	Encoding Encoding       // [linear16]
	Allow    []netip.Prefix // private networks that may be reached
	Roots    *x509.CertPool // of the consumer's certificate [the system's]
	Max      int            // calls at once [200]
	Buffer   time.Duration  // of sound that waits for the consumer, per call [5 s]
	Log      *slog.Logger
}

func (o *Options) defaults() {
	if o.Encoding == "" {
		o.Encoding = Linear16
	}
	if o.Max == 0 {
		o.Max = 200
	}
	if o.Buffer == 0 {
		o.Buffer = 5 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
}

// Figures are counted since the start, but for Open and Connected.
type Figures struct {
	Open      int64 // calls that are sent now
	Connected int64 // of these, those that have a connection
	Opened    int64
	Refused   int64 // for want of room (Max)
	Broken    int64 // connections that failed or could not be made
	DroppedMS int64 // sound that the consumer did not take
}

// Service sends calls to one consumer. Safe for concurrent use.
type Service struct {
	o      Options
	client *http.Client

	open, connected, opened, refused, broken, dropped atomic.Int64

	mu      sync.Mutex // guards what follows
	streams map[*stream]bool
	stopped bool
	running sync.WaitGroup // one for each stream
}

var _ engine.Forks = (*Service)(nil)

// New makes a service; an address that must not be sent to is an error.
func New(o Options) (*Service, error) {
	o.defaults()
	if err := checkURL(o.URL, o.Allow); err != nil {
		return nil, err
	}
	transport := &http.Transport{
		DialContext: reach.Dialer(strings.HasPrefix(o.URL, "wss:"), o.Allow, dialLimit).DialContext, TLSHandshakeTimeout: dialLimit, MaxResponseHeaderBytes: 16 << 10,
		TLSClientConfig: &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
	}
	return &Service{
		o: o, streams: map[*stream]bool{},
		client: &http.Client{
			Transport: transport,
			// A redirect would lead elsewhere than the configuration says.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// checkURL: wss; ws only where private addresses are allowed, as in a network of one's own.
func checkURL(text string, allow []netip.Prefix) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		return errors.New("fork: the address is not one of a WebSocket: write it like wss://host/path, without a user")
	case u.Scheme != "wss" && (u.Scheme != "ws" || len(allow) == 0):
		return errors.New("fork: the address must begin with wss://; ws:// is for private networks that are allowed")
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return nil //nolint:nilerr // a name: where it leads is seen when it is connected to
	}
	if err := reach.Check(addr, u.Scheme == "wss", allow); err != nil {
		return fmt.Errorf("fork: %s: %w", addr, err)
	}
	return nil
}

// Wants says whether the calls of a queue are sent without anybody asking.
func (s *Service) Wants(queue callcenter.QueueID) bool {
	return slices.Contains(s.o.Queues, "*") || slices.Contains(s.o.Queues, string(queue))
}

// Open begins to send a call; false: there is no room. It does not wait.
func (s *Service) Open(c callcenter.Call) (engine.Fork, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped || len(s.streams) >= s.o.Max {
		s.refused.Add(1)
		return nil, false
	}
	ctx, cancel := context.WithCancel(context.Background())
	f := &stream{
		s: s, log: s.o.Log.With("call", string(c.ID)), cancel: cancel, wake: make(chan struct{}, 1),
		start: startMessage{
			Type: "start", Version: version, Call: c.ID, Kind: c.Kind, Queue: c.Queue, Language: c.Language, Encoding: s.o.Encoding, Rate: sampleRate,
		},
	}
	s.streams[f] = true
	s.open.Add(1)
	s.opened.Add(1)
	s.running.Go(func() {
		defer s.forget(f)
		f.run(ctx)
	})
	return f, true
}

func (s *Service) forget(f *stream) {
	f.finish()
	s.open.Add(-1)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.streams, f)
}

// Figures for the metrics.
func (s *Service) Figures() Figures {
	return Figures{
		Open: s.open.Load(), Connected: s.connected.Load(), Opened: s.opened.Load(), Refused: s.refused.Load(), Broken: s.broken.Load(),
		DroppedMS: s.dropped.Load(),
	}
}

// Stop ends every stream; what waits is sent as far as ctx allows.
func (s *Service) Stop(ctx context.Context) {
	s.mu.Lock()
	s.stopped = true
	list := make([]*stream, 0, len(s.streams))
	for f := range s.streams {
		list = append(list, f)
	}
	s.mu.Unlock()
	for _, f := range list {
		f.Close("shutdown")
	}
	stop := context.AfterFunc(ctx, func() {
		for _, f := range list {
			f.cancel()
		}
	})
	defer stop()
	s.running.Wait()
	s.client.CloseIdleConnections()
}
