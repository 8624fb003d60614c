// Package media carries the sound: RTP of SIP trunks, SRTP of browsers, prompts,
// music, key presses and recordings. It knows legs and wires between them, and
// nothing of calls; it hides pion from everyone.
//
//	trunk leg:   own UDP port, RTP or SRTP  ─┐                 ┌─ another leg, or the sum of several
//	                                         ├─► leg ──hears───┼─ a play: prompts and music
//	agent's transport: ICE-lite, DTLS, SRTP, ┘     │           └─ nothing: silence
//	one for the shift, one UDP port for all        └─► recorder: stereo, encrypted, each second
//
// Who hears whom is a graph (Hear): a bridge is two legs that hear each other, three
// in conference hear the other two each, a supervisor who listens hears both and is
// heard by none, one who whispers is heard by the agent alone.
//
// A transport lives as long as the page; its leg comes and goes with the calls:
//
//	offer ──► opened ──ICE, DTLS──► up ──goodbye, or nothing heard for 10 s──► closed (told)
//	             └──not in 20 s──► closed (told)    └──a new offer: replaced──► closed (not told)
//
// Every leg sees one continuous RTP stream, whatever it is wired to: sequence,
// timestamp and SSRC are rewritten where the source changes (outStream). Sound is
// A-law end to end and passes without transcoding and without a jitter buffer:
// the ends have one. Only a trunk that chose mu-law is converted, at its edge.
//
// With Wideband G.722 is negotiated with trunks and pages that have it, before A-law. It
// passes as it is to who has it too, and is A-law beside that for who has not, for mixes
// and recordings, which stay at 8 kHz (g722.go): a codec of each leg's own costs less than
// re-INVITEs that make two ends agree, so none are sent for it; those that come are obeyed.
// Off by default: a page keeps its codec for a shift, and with trunks that have A-law
// alone its G.722 would have to be converted in every call. There is no Opus: the one
// maintained way is cgo, for 0.4 CPU-s and more per call-minute and leg.
//
// What is recorded can be had while it is said too, in pieces of 100 ms (fork.go).
//
// Both kinds of ends get and give reports (RTCP, reports.go): how each direction of a leg
// was, is asked for at its end (Stats).
//
// Packets are moved by a carrier: a few threads with a tick (shards), or a goroutine
// for each socket. Besides it one goroutine writes recordings, one sends reports and
// one looks for lost media. A leg's mutex guards its wiring, an end's its outgoing stream; each is held
// for a packet at most, so that any thread may send to any leg.
package media

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Options of a Server. Zero values mean the default in brackets.
type Options struct {
	ListenIP    netip.Addr // of trunk legs [0.0.0.0]
	AdvertiseIP netip.Addr // in SDP towards trunks [ListenIP, or this machine's address on the way to the far end]
	RTPPortMin  int        // of trunk legs [20000]
	RTPPortMax  int        // [40000]
	ICEAddr     string     // the one UDP port of all browsers [":7882"]
	// ICEAdvertise are further addresses a browser may reach that port at.
	ICEAdvertise  []netip.Addr
	Prompts       func(name string) ([]byte, error) // A-law at 8 kHz of a source of Play
	RecordingsDir string
	RecordingKey  []byte        // 32 bytes
	MediaLost     time.Duration // no RTP from a trunk leg [60 s]
	TransportLost time.Duration // nothing at all from a page [10 s]
	MaxLegs       int           // [4000]
	SRTP          SRTPPolicy    // towards trunks [SRTPAccept]
	Wideband      bool          // G.722 is offered and taken, see g722.go
	// Tick is how often packets are moved, in batches: less CPU for a delay of up to one
	// tick. 0, and any value on systems other than Linux: each at once, by a goroutine
	// for each socket.
	Tick   time.Duration
	Shards int // threads that move packets when there is a tick [half of the CPUs]
	Logger *slog.Logger
}

func (o *Options) defaults() error {
	if o.Prompts == nil || o.RecordingsDir == "" || len(o.RecordingKey) != 32 {
		return errors.New("media: prompts, a recordings directory and a key of 32 bytes are needed")
	}
	if !o.ListenIP.IsValid() {
		o.ListenIP = netip.IPv4Unspecified()
	}
	if !o.AdvertiseIP.IsValid() && !o.ListenIP.IsUnspecified() {
		o.AdvertiseIP = o.ListenIP
	}
	if o.RTPPortMin == 0 {
		o.RTPPortMin, o.RTPPortMax = 20000, 40000
	}
	if o.RTPPortMin < 1024 || o.RTPPortMax > 65535 || o.RTPPortMax-o.RTPPortMin < 2 {
		return fmt.Errorf("media: RTP ports %d-%d: want a range within 1024-65535", o.RTPPortMin, o.RTPPortMax)
	}
	if o.ICEAddr == "" {
		o.ICEAddr = ":7882"
	}
	if o.MediaLost == 0 {
		o.MediaLost = time.Minute
	}
	if o.TransportLost == 0 {
		o.TransportLost = 10 * time.Second
	}
	if o.MaxLegs == 0 {
		o.MaxLegs = 4000
	}
	if o.Tick < 0 || o.Tick > frameTime {
		return fmt.Errorf("media: a tick of %v: want at most %v", o.Tick, frameTime)
	}
	if o.Shards == 0 {
		o.Shards = max(1, runtime.NumCPU()/2)
	}
	if o.Shards < 1 || o.Shards > maxShards {
		return fmt.Errorf("media: %d shards: want 1-%d", o.Shards, maxShards)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Server carries the sound of one node.
type Server struct {
	o       Options
	sink    Sink
	log     *slog.Logger
	carrier carrier
	mux     *muxConn
	dtls    certificate
	ports   portPool
	sources atomic.Uint64 // names of the streams that legs are sent

	reportEvery time.Duration // on average

	wiring     sync.Mutex   // serialises changes of who hears whom; before mu
	mu         sync.RWMutex // guards the registries
	legs       map[string]*leg
	transports map[string]*transport
	recorders  map[recorderID]*recorder
	forks      map[recorderID]*recorder // of recorders, those that have one
	stopped    bool

	stop    chan struct{}
	loops   sync.WaitGroup // carrier, recording and watch
	readers sync.WaitGroup // of trunk legs and transports
}

// New opens the browsers' port; Start runs the server.
func New(o Options, sink Sink) (*Server, error) {
	if err := o.defaults(); err != nil {
		return nil, err
	}
	s := &Server{
		o: o, sink: sink, log: o.Logger, stop: make(chan struct{}),
		ports:       portPool{low: o.RTPPortMin, high: o.RTPPortMax},
		reportEvery: reportEvery,
		legs:        map[string]*leg{}, transports: map[string]*transport{}, recorders: map[recorderID]*recorder{}, forks: map[recorderID]*recorder{},
	}
	var err error
	if s.dtls, err = newCertificate(); err != nil {
		return nil, err
	}
	if s.carrier, err = newCarrier(s); err != nil {
		return nil, err
	}
	if s.mux, err = newMuxConn(s.carrier, o.ICEAddr, o.ICEAdvertise, o.Logger); err != nil {
		s.carrier.close()
		return nil, err
	}
	return s, nil
}

// SetSink is for a user that is made after the server; call it before Start.
func (s *Server) SetSink(sink Sink) { s.sink = sink }

// Start runs the carrier, the recording writer, the reports and the watch over lost media.
func (s *Server) Start() {
	s.carrier.start()
	s.loops.Go(s.watchLoop)
	s.loops.Go(s.recordLoop)
	s.loops.Go(s.forkLoop)
	s.loops.Go(s.reportLoop)
}

// Stop closes every leg, transport and recording, and waits until nothing more is
// told to the sink. Stopping twice does nothing.
func (s *Server) Stop() error {
	s.mu.Lock()
	if s.stopped {
		s.mu.Unlock()
		return nil
	}
	s.stopped = true
	s.mu.Unlock()
	close(s.stop)
	s.loops.Wait()
	s.mu.Lock()
	legs, transports, recorders := s.legs, s.transports, s.recorders
	s.legs, s.transports, s.recorders = map[string]*leg{}, map[string]*transport{}, map[recorderID]*recorder{}
	s.mu.Unlock()
	var errs []error
	for _, r := range recorders {
		_, err := r.close()
		errs = append(errs, err)
	}
	for _, l := range legs {
		l.close()
	}
	for _, t := range transports {
		t.close()
	}
	errs = append(errs, s.mux.close())
	s.carrier.close()
	s.readers.Wait()
	return errors.Join(errs...)
}

// ErrNoRoom is about this server, not about what was asked of it: later it may do.
var ErrNoRoom = errors.New("media: no room")

var (
	errNoLeg    = errors.New("media: no such leg")
	errTooMany  = fmt.Errorf("%w: too many legs", ErrNoRoom)
	errStopped  = errors.New("media: the server has been stopped")
	errNotTrunk = errors.New("media: not a trunk leg")
)

func (s *Server) leg(id string) (*leg, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if l := s.legs[id]; l != nil {
		return l, nil
	}
	return nil, fmt.Errorf("%w: %s", errNoLeg, id)
}

// add takes a leg in, and begins to read what a trunk sends to it.
func (s *Server) add(l *leg) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return errStopped
	}
	if len(s.legs) >= s.o.MaxLegs {
		return errTooMany
	}
	if s.legs[l.id] != nil {
		return fmt.Errorf("media: leg %s is there already", l.id)
	}
	s.legs[l.id] = l
	s.carrier.add(l)
	if l.trunk != nil && l.trunk.ownControl != nil {
		s.readers.Go(func() { l.readControl(l.trunk.ownControl) })
	}
	return nil
}

// CloseLeg frees a leg; closing it twice does nothing.
func (s *Server) CloseLeg(id string) {
	s.wiring.Lock()
	s.mu.Lock()
	l := s.legs[id]
	delete(s.legs, id)
	s.mu.Unlock()
	if l != nil {
		l.disappear()
	}
	s.wiring.Unlock()
	if l != nil {
		l.close()
	}
}

// Mute turns what a leg says into silence, for who hears it and for the recording.
func (s *Server) Mute(id string, muted bool) {
	if l, err := s.leg(id); err == nil {
		l.muted.Store(muted)
	}
}

// Stats tells of a leg's quality.
func (s *Server) Stats(id string) (LegStats, bool) {
	l, err := s.leg(id)
	if err != nil {
		return LegStats{}, false
	}
	return l.stats(), true
}

// watchLoop looks for lost media.
func (s *Server) watchLoop() {
	ticker := time.NewTicker(min(time.Second, s.o.MediaLost))
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case now := <-ticker.C:
			s.checkLost(now)
		}
	}
}

func (s *Server) checkLost(now time.Time) {
	s.mu.RLock()
	var lost []string
	for id, l := range s.legs {
		if l.trunk != nil && l.silentFor(now) > s.o.MediaLost && !l.lost.Swap(true) {
			lost = append(lost, id)
		}
	}
	var gone []*transport
	for _, t := range s.transports {
		if t.silentFor(now) > s.o.TransportLost {
			gone = append(gone, t)
		}
	}
	s.mu.RUnlock()
	for _, id := range lost {
		s.sink.MediaLost(id)
	}
	for _, t := range gone {
		t.down("nothing comes from the page")
	}
}

func randomUint32() uint32 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return binary.BigEndian.Uint32(b[:])
}

func (s *Server) recordingPath(rel string) string { return filepath.Join(s.o.RecordingsDir, rel) }
