package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/media"
	"hotline12345/routing"
)

// The world around the engine in memory. The real trunk, media, queue and
// Postgres have tests of their own, and meet the engine in the journey.

type fakeTrunk struct {
	mu         sync.Mutex
	sink       TrunkSink
	hungUp     map[callcenter.LegID]bool
	answered   map[callcenter.LegID]bool
	progressed map[callcenter.LegID]bool
	cannot     bool // answer
	aborted    []callcenter.Dialog
	dials      chan callcenter.LegID
}

func (f *fakeTrunk) Dial(_ context.Context, leg callcenter.LegID, to string, offer []byte) error {
	if to == "nowhere" || len(offer) == 0 {
		return errors.New("no route")
	}
	f.dials <- leg
	return nil
}

func (f *fakeTrunk) Answer(leg callcenter.LegID, _ []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cannot {
		return errors.New("no such leg")
	}
	f.answered[leg] = true
	return nil
}

func (f *fakeTrunk) Progress(leg callcenter.LegID, _ []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.progressed[leg] = true
	return nil
}

func (f *fakeTrunk) HangUp(leg callcenter.LegID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hungUp[leg] = true
	return nil
}

func (f *fakeTrunk) Abort(_ context.Context, d callcenter.Dialog) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.aborted = append(f.aborted, d)
	return nil
}

type fakeMedia struct {
	mu       sync.Mutex
	bridged  map[string]string
	hears    map[string][]string
	taped    []media.Recording
	paused   []bool // as the recording was told
	forked   []int  // segments
	playing  map[string]media.Play
	attached map[string]string
	closed   map[string]bool
	broken   map[string]bool // sources that cannot be played
}

func (f *fakeMedia) OpenTrunkLeg(string, []byte) ([]byte, error) { return []byte("answer"), nil }
func (f *fakeMedia) OfferTrunkLeg(string) ([]byte, error)        { return []byte("offer"), nil }
func (f *fakeMedia) OfferSealedLeg(string) ([]byte, error)       { return []byte("sealed"), nil }

func (f *fakeMedia) AcceptAnswer(_ string, answer []byte) error {
	if string(answer) == "no sound" {
		return errors.New("no sound")
	}
	return nil
}

func (f *fakeMedia) Reoffer(string, []byte) ([]byte, bool, error) { return []byte("answer"), true, nil }
func (f *fakeMedia) OpenTransport(_, _ string) (string, error)    { return "answer", nil }
func (f *fakeMedia) CloseTransport(string)                        {}
func (f *fakeMedia) SendKeys(string, string) error                { return nil }
func (f *fakeMedia) Listen(string, time.Duration, time.Duration)  {}
func (f *fakeMedia) Mute(string, bool)                            {}
func (f *fakeMedia) Stats(string) (media.LegStats, bool)          { return media.LegStats{}, false }
func (f *fakeMedia) StopRecording(string, int) (media.RecordingInfo, error) {
	return media.RecordingInfo{Path: "x", Duration: time.Second, Complete: true}, nil
}

func (f *fakeMedia) PauseRecording(_ string, _ int, paused bool) error {
	f.with(func() { f.paused = append(f.paused, paused) })
	return nil
}

func (f *fakeMedia) StartRecording(r media.Recording) error {
	f.with(func() { f.taped = append(f.taped, r) })
	return nil
}

func (f *fakeMedia) ForkRecording(_ string, segment int, open func(time.Time) media.Fork) error {
	f.with(func() { f.forked = append(f.forked, segment) })
	open(time.Now())
	return nil
}

func (f *fakeMedia) with(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}
func (f *fakeMedia) CloseLeg(leg string) { f.with(func() { f.closed[leg] = true }) }
func (f *fakeMedia) AttachAgent(leg, agent string) error {
	f.with(func() { f.attached[leg] = agent })
	return nil
}

func (f *fakeMedia) Play(leg string, p media.Play) error {
	var err error
	f.with(func() {
		f.playing[leg] = p
		delete(f.hears, leg)
		for _, source := range p.Sources {
			if f.broken[source] {
				err = errors.New("no such prompt")
			}
		}
	})
	return err
}
func (f *fakeMedia) StopPlay(leg string) { f.with(func() { delete(f.playing, leg) }) }
func (f *fakeMedia) Bridge(a, b string) error {
	f.with(func() {
		f.bridged[a], f.bridged[b] = b, a
		f.hears[a], f.hears[b] = []string{b}, []string{a}
	})
	return nil
}

func (f *fakeMedia) Hear(leg string, sources ...string) error {
	f.with(func() {
		delete(f.bridged, leg)
		delete(f.playing, leg)
		f.hears[leg] = sources
	})
	return nil
}

func (f *fakeMedia) Unbridge(a, b string) {
	f.with(func() {
		for _, leg := range []string{a, b} {
			delete(f.bridged, leg)
			delete(f.hears, leg)
		}
	})
}

// fakeACD is a queue in memory with the real Match.
type fakeACD struct {
	mu       sync.Mutex
	sink     ACDSink
	waiting  map[string]routing.Waiting
	agents   map[string]routing.Agent
	reserved map[string]string // agent: call
}

func (f *fakeACD) match() {
	var waiting []routing.Waiting
	for _, w := range f.waiting {
		waiting = append(waiting, w)
	}
	var agents []routing.Agent
	for _, a := range f.agents {
		a.Ready = a.Ready && f.reserved[a.ID] == ""
		agents = append(agents, a)
	}
	snapshot := routing.Snapshot{Queues: map[string]routing.Queue{"main": {ID: "main"}}, Waiting: waiting, Agents: agents}
	for _, o := range routing.Match(snapshot, time.Now()) {
		delete(f.waiting, o.Call)
		f.reserved[o.Agent] = o.Call
		go f.sink.Reserved(o.Call, o.Agent, newID())
	}
}

func (f *fakeACD) do(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
	f.match()
}

func (f *fakeACD) Enqueue(w routing.Waiting) {
	f.do(func() {
		for _, call := range f.reserved {
			if call == w.Call {
				return // it has an offer: a late re-post
			}
		}
		f.waiting[w.Call] = w
	})
}
func (f *fakeACD) Dequeue(call string)      { f.do(func() { delete(f.waiting, call) }) }
func (f *fakeACD) SetAgent(a routing.Agent) { f.do(func() { f.agents[a.ID] = a }) }
func (f *fakeACD) RemoveAgent(agent string) { f.do(func() { delete(f.agents, agent) }) }
func (f *fakeACD) Release(agent, call string) {
	f.do(func() {
		if f.reserved[agent] == call {
			delete(f.reserved, agent)
		}
	})
}

type fakeJournal struct {
	mu         sync.Mutex
	rows       map[callcenter.CallID][]JournalRow
	records    map[callcenter.CallID]callcenter.CallRecord
	recordings int
	kinds      map[int]callcenter.SegmentKind // by segment
	recorded   map[callcenter.CallID]int64    // ms
	callbacks  []callcenter.CallID
	times      []AgentTime
	fail       bool
	poison     callcenter.CallID // a row of this call is refused for what it says
}

// refusal is an error as Postgres gives it.
type refusal struct{}

func (refusal) Error() string    { return "invalid input" }
func (refusal) SQLState() string { return "22P02" }

func (f *fakeJournal) do(change func()) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail {
		return errors.New("Postgres is away")
	}
	change()
	return nil
}

func (f *fakeJournal) Append(_ context.Context, rows []JournalRow) error {
	f.mu.Lock()
	poison := f.poison
	f.mu.Unlock()
	for _, r := range rows {
		if r.Call == poison {
			return refusal{}
		}
	}
	return f.do(func() {
		for _, r := range rows {
			if want := len(f.rows[r.Call]) + 1; r.Seq != want {
				panic(fmt.Sprintf("journal of %s: row %d after row %d", r.Call, r.Seq, want-1))
			}
			f.rows[r.Call] = append(f.rows[r.Call], r)
		}
	})
}

func (f *fakeJournal) WriteRecord(_ context.Context, records ...callcenter.CallRecord) error {
	return f.do(func() {
		for _, r := range records {
			if _, twice := f.records[r.Call]; twice {
				panic("two records of " + r.Call)
			}
			f.records[r.Call] = r
		}
	})
}

func (f *fakeJournal) WriteCallback(_ context.Context, call callcenter.CallID, _ string, _ callcenter.EndReason, _ callcenter.QueueID, _ time.Time) error {
	return f.do(func() { f.callbacks = append(f.callbacks, call) })
}

func (f *fakeJournal) CloseCallback(context.Context, string, bool, time.Time) error {
	return f.do(func() {})
}

func (f *fakeJournal) RecordedMS(context.Context, ...callcenter.CallID) (map[callcenter.CallID]int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.recorded), nil
}

func (f *fakeJournal) WriteRecording(_ context.Context, rows ...RecordingRow) error {
	return f.do(func() {
		for _, r := range rows {
			f.recordings++
			f.recorded[r.Call] += r.Millis
			f.kinds[r.Segment] = r.Kind
		}
	})
}

func (f *fakeJournal) WriteAgentTimes(_ context.Context, times []AgentTime) error {
	return f.do(func() { f.times = append(f.times, times...) })
}

func (f *fakeJournal) Open(_ context.Context, node string) (open []JournalRow, err error) {
	return open, f.do(func() {
		for call, rows := range f.rows {
			if _, has := f.records[call]; !has && rows[0].Node == node {
				open = append(open, rows...)
			}
		}
	})
}

// page is an agent's page in memory.
type page struct {
	agent    callcenter.AgentID
	views    chan DeskView
	replaced chan struct{}

	signedOff chan struct{}
}

func newPage(agent callcenter.AgentID) *page {
	return &page{agent: agent, views: make(chan DeskView, 4096), replaced: make(chan struct{}, 1), signedOff: make(chan struct{}, 1)}
}
func (p *page) Push(v DeskView) { p.views <- v }
func (p *page) Replaced()       { p.replaced <- struct{}{} }
func (p *page) SignedOff()      { p.signedOff <- struct{}{} }

// until waits for a view that fits; the limit only ends a hang.
func (p *page) until(t *testing.T, what string, fits func(DeskView) bool) DeskView {
	t.Helper()
	limit := time.After(time.Minute)
	var last DeskView
	for {
		select {
		case last = <-p.views:
			if fits(last) {
				return last
			}
		case <-limit:
			t.Fatalf("%s: no %s; last %+v", p.agent, what, last)
		}
	}
}

type world struct {
	t       *testing.T
	e       *Engine
	trunk   *fakeTrunk
	media   *fakeMedia
	acd     *fakeACD
	journal *fakeJournal
}

func newJournal() *fakeJournal {
	return &fakeJournal{rows: map[callcenter.CallID][]JournalRow{}, records: map[callcenter.CallID]callcenter.CallRecord{}, kinds: map[int]callcenter.SegmentKind{}, recorded: map[callcenter.CallID]int64{}}
}

func newWorld(t *testing.T, journal *fakeJournal, change func(*Options)) *world {
	t.Helper()
	w := &world{
		t:     t,
		trunk: &fakeTrunk{hungUp: map[callcenter.LegID]bool{}, answered: map[callcenter.LegID]bool{}, progressed: map[callcenter.LegID]bool{}, dials: make(chan callcenter.LegID, 100)},
		media: &fakeMedia{bridged: map[string]string{}, hears: map[string][]string{}, playing: map[string]media.Play{}, attached: map[string]string{}, closed: map[string]bool{}, broken: map[string]bool{}},
		acd: &fakeACD{
			waiting: map[string]routing.Waiting{}, agents: map[string]routing.Agent{}, reserved: map[string]string{},
		},
		journal: journal,
	}
	o := Options{
		Node: "n1", Trunk: w.trunk, Media: w.media, ACD: w.acd, Journal: journal, Logger: slog.New(slog.DiscardHandler),
		Limits: callcenter.Limits{
			OfferSeconds: 20, MaxWaitSeconds: 600, AgentLostSeconds: 30, DialSeconds: 45, KeySeconds: 8, MaxKeyTries: 3, MaxCallSeconds: 3600, NoNotice: true,
		},
		WrapUp: time.Hour, MaxCalls: 1000,
	}
	o.ResultLimits = o.Limits
	if change != nil {
		change(&o)
	}
	var err error
	if w.e, err = New(o); err != nil {
		t.Fatal(err)
	}
	w.trunk.sink, w.acd.sink = w.e, w.e
	if err := w.e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

// stop ends the engine and waits until everything is written.
func (w *world) stop() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := w.e.Stop(ctx); err != nil {
		w.t.Fatal(err)
	}
}

// ready signs an agent in, with sound, available.
func (w *world) ready(agent callcenter.AgentID) *page {
	w.t.Helper()
	p := newPage(agent)
	if _, err := w.e.StartShift(AgentProfile{ID: agent, Name: "name of " + string(agent), Queues: []string{"main"}}, p); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.e.Negotiate(agent, "offer"); err != nil {
		w.t.Fatal(err)
	}
	w.e.TransportState(string(agent), true)
	if err := w.e.SetStatus(agent, StatusAvailable, ""); err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) dial(number string) callcenter.LegID {
	w.t.Helper()
	leg := newLeg()
	if err := w.e.Arrived(Inbound{Leg: leg, From: number, To: "12345", Trunk: "t", Offer: []byte("sdp"), Dialog: callcenter.Dialog{RemoteTag: "x"}}); err != nil {
		w.t.Fatal(err)
	}
	return leg
}

// eventually waits for a condition that other goroutines bring about.
func (w *world) eventually(what string, holds func() bool) {
	w.t.Helper()
	changes, cancel := w.e.Subscribe()
	defer cancel()
	limit := time.After(time.Minute)
	for !holds() {
		select {
		case <-changes:
		case <-time.After(10 * time.Millisecond):
		case <-limit:
			w.t.Fatalf("not in time: %s", what)
		}
	}
}
