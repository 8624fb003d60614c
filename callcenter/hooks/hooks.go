package hooks

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"hotline12345/callcenter/reach"
	"hotline12345/privacy"
)

// Options of a Service. Zero values get the default in brackets.
type Options struct {
	Types        []string       // of events that may be asked for
	Allow        []netip.Prefix // private networks that may be reached
	DisableAfter time.Duration  // an address that took nothing for so long is disabled [24 h]
	Timeout      time.Duration  // of one request [10 s]
	MaxWaiting   int            // jobs that wait, of all addresses, each has an equal share [100000]
	Now          func() time.Time
	Log          *slog.Logger
}

// Service keeps the webhooks and sends to them. Safe for concurrent use; several nodes
// may run it on one database, on which another River client leads and has KnowJobs.
type Service struct {
	o       Options
	pool    *pgxpool.Pool
	keys    *privacy.Keys
	river   *river.Client[pgx.Tx]
	clients map[string]*http.Client // by scheme
	feed    chan Event
	pause   func(try int) time.Duration
	lost    atomic.Int64    // events for which there was no room
	changed chan struct{}   // tells run that the webhooks are others
	open    map[string]bool // queues, of run alone: see tend
	cancel  context.CancelFunc
	loop    sync.WaitGroup

	mu     sync.Mutex // guards cached
	cached []Webhook
	read   time.Time
}

// Limits of what becomes jobs: events that wait to, events at once, and the time of it, at
// the end for all that still wait.
const (
	feedSize    = 10_000
	batchSize   = 500
	insertLimit = 10 * time.Second
)

// New makes a service on a migrated database.
func New(pool *pgxpool.Pool, keys *privacy.Keys, o Options) (*Service, error) {
	if o.DisableAfter == 0 {
		o.DisableAfter = 24 * time.Hour
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.MaxWaiting == 0 {
		o.MaxWaiting = 100_000
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Service{
		o: o, pool: pool, keys: keys, feed: make(chan Event, feedSize), pause: pauseBefore,
		changed: make(chan struct{}, 1), open: map[string]bool{},
	}
	s.clients = map[string]*http.Client{"http": newClient("http", o), "https": newClient("https", o)}
	workers := river.NewWorkers()
	river.AddWorker(workers, &sendWorker{service: s})
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		// tend adds a queue for each webhook. This one has what was to be sent before each had
		// its own; River needs one at least.
		Queues: map[string]river.QueueConfig{queueName: {MaxWorkers: perHook}}, Workers: workers,
		Logger: slog.New(quieter{o.Log.Handler()}), SoftStopTimeout: 5 * time.Second,
		// One client leads all jobs of a database: it alone begins what is periodic, and
		// discards of a process that died what it does not know. That is not this one.
		LeaderElectionDisabled: true,
	})
	if err != nil {
		return nil, fmt.Errorf("hooks: %w", err)
	}
	s.river = client
	return s, nil
}

// newClient connects for addresses of one scheme.
func newClient(scheme string, o Options) *http.Client {
	return &http.Client{
		Timeout: o.Timeout,
		// A redirect would lead elsewhere than an administrator said.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:         reach.Dialer(scheme == "https", o.Allow, o.Timeout).DialContext,
			TLSHandshakeTimeout: o.Timeout, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 16 << 10,
		},
	}
}

// Start begins to send; it returns at once. End it by Stop.
func (s *Service) Start(ctx context.Context) error {
	if err := s.river.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("hooks: start: %w", err)
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel = cancel
	s.loop.Go(func() { s.run(running) })
	return nil
}

// Stop makes jobs of what has been told so far, for which it takes insertLimit twice at
// most, and waits for the requests that run, a few seconds at most.
func (s *Service) Stop(ctx context.Context) error {
	if s.cancel != nil {
		s.cancel()
	}
	s.loop.Wait()
	s.drain(ctx)
	if err := s.river.Stop(ctx); err != nil {
		return fmt.Errorf("hooks: stop: %w", err)
	}
	return nil
}

// Tell never waits.
func (s *Service) Tell(e Event) {
	select {
	case s.feed <- e:
	default:
		if n := s.lost.Add(1); n%1000 == 1 {
			s.o.Log.Error("events are lost: they come faster than they become jobs", "lost", n)
		}
	}
}

func (s *Service) run(ctx context.Context) {
	look := time.NewTicker(fresh) // other nodes add and remove webhooks too
	defer look.Stop()
	s.tend(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.changed:
			s.tend(ctx)
		case <-look.C:
			s.tend(ctx)
		case e := <-s.feed:
			s.insert(ctx, s.batch(e))
		}
	}
}

// insert makes jobs of events that nobody has any more: a service that stops meanwhile
// lets it end.
func (s *Service) insert(ctx context.Context, events []Event) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), insertLimit)
	defer cancel()
	s.enqueue(ctx, events)
}

// drain makes jobs of the whole feed.
func (s *Service) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), insertLimit)
	defer cancel()
	for range feedSize / batchSize {
		events := s.batch(Event{})
		if len(events) == 0 {
			return
		}
		s.enqueue(ctx, events)
	}
}

// batch is a first event (without an id: none) and what else waits.
func (s *Service) batch(first Event) (events []Event) {
	if first.ID != "" {
		events = append(events, first)
	}
	for len(events) < batchSize {
		select {
		case e := <-s.feed:
			events = append(events, e)
		default:
			return events
		}
	}
	return events
}

// enqueue makes a job of each event for each address that wants it.
func (s *Service) enqueue(ctx context.Context, events []Event) {
	hooks, err := s.enabled(ctx)
	if err != nil {
		s.o.Log.Error("events are lost: the webhooks cannot be read", "lost", len(events), "error", err)
		return
	}
	if len(hooks) == 0 {
		return
	}
	waiting, err := s.waiting(ctx)
	if err != nil {
		s.o.Log.Error("events are lost: what waits cannot be read", "lost", len(events), "error", err)
		return
	}
	var jobs []river.InsertManyParams
	for _, h := range hooks {
		var wanted []river.InsertManyParams
		for _, e := range events {
			if slices.Contains(h.Events, e.Type) {
				wanted = append(wanted, river.InsertManyParams{Args: sendArgs{Hook: h.ID, Event: e}})
			}
		}
		if waiting[h.ID]+len(wanted) > s.o.MaxWaiting/len(hooks) {
			s.o.Log.Error("events are lost: too many wait for this webhook", "lost", len(wanted), "webhook", h.ID, "waiting", waiting[h.ID])
			continue
		}
		jobs = append(jobs, wanted...)
	}
	if len(jobs) == 0 {
		return
	}
	if _, err := s.river.InsertManyFast(ctx, jobs); err != nil {
		s.o.Log.Error("events are lost: they cannot be made jobs", "lost", len(jobs), "error", err)
	}
}

// fresh is how long a node goes by what it has read of the webhooks.
const fresh = 5 * time.Second

func (s *Service) enabled(ctx context.Context) ([]Webhook, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.o.Now().Sub(s.read) < fresh {
		return s.cached, nil
	}
	all, err := s.List(ctx)
	if err != nil {
		return nil, err
	}
	s.cached, s.read = slices.DeleteFunc(all, func(h Webhook) bool { return !h.Enabled }), s.o.Now()
	return s.cached, nil
}

func (s *Service) forget() {
	s.mu.Lock()
	s.read = time.Time{}
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default: // it is told already
	}
}

// quieter lets through River's warnings and errors only.
type quieter struct{ slog.Handler }

func (q quieter) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}
