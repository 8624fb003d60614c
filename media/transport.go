package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// connectLimit bounds ICE and DTLS together.
const connectLimit = 20 * time.Second

// transport is the sound path of one agent's page for a whole shift: ICE-lite
// and DTLS set it up, then SRTP goes through muxConn. Legs of calls ride on it
// one after the other.
type transport struct {
	s        *Server
	agent    string
	events   uint8 // payload type of telephone-event
	wide     bool  // it takes G.722 beside A-law
	pipe           // what the page is sent
	reported control
	ice      *ice.Agent
	cancel   context.CancelFunc

	lastIn atomic.Int64 // UnixNano, of anything
	ready  atomic.Bool
	leg    atomic.Pointer[leg] // what rides on it now

	// Owned by who reads the browsers' socket.
	decrypt   *srtp.Context
	decHeader rtp.Header

	state     sync.Mutex // guards what follows
	encrypt   *srtp.Context
	encHeader rtp.Header
	cipher    []byte // room for a packet that goes by itself
	remote    netip.AddrPort
	dtls      *dtls.Conn
	closed    bool
}

// OpenTransport answers a page's offer with a new transport for the agent, and
// closes the one he had. TransportState tells when it is up, or that it failed.
func (s *Server) OpenTransport(agent, offerSDP string) (string, error) {
	offer, err := parseBrowserOffer(offerSDP)
	if err != nil {
		return "", err
	}
	t := &transport{s: s, agent: agent, events: offer.events, wide: offer.wide && s.o.Wideband}
	t.out.ssrc = randomUint32()
	t.lastIn.Store(time.Now().UnixNano())
	user, password, err := t.gather()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), connectLimit)
	t.cancel = cancel
	old, err := s.replace(t, func() { t.connect(ctx, offer) })
	if err != nil {
		cancel()
		return "", errors.Join(err, t.ice.Close())
	}
	if old != nil {
		old.close()
	}
	answer := browserAnswer{
		offer: offer, ufrag: user, password: password, fingerprint: s.dtls.fingerprint, ssrc: t.out.ssrc, candidates: s.mux.offered, wide: t.wide,
	}
	return answer.String(), nil
}

// replace makes t the agent's transport, runs it, and returns the one he had.
func (s *Server) replace(t *transport, run func()) (old *transport, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old = s.transports[t.agent]
	switch {
	case s.stopped:
		return nil, errStopped
	case old == nil && len(s.transports) >= s.o.MaxLegs:
		return nil, errTooMany
	}
	s.transports[t.agent] = t
	s.readers.Go(run)
	return old, nil
}

// isCurrent says whether t was not replaced.
func (s *Server) isCurrent(t *transport) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.transports[t.agent] == t
}

// moved follows the page to another of its addresses.
func (t *transport) moved(to netip.AddrPort) {
	t.state.Lock()
	defer t.state.Unlock()
	if t.closed || t.remote == to {
		return
	}
	if t.remote.IsValid() {
		t.s.mux.set(t.remote, nil, t)
	}
	t.remote = to
	t.s.mux.set(to, t, nil)
}

// connect runs ICE and DTLS, then waits for the page's goodbye.
func (t *transport) connect(ctx context.Context, offer browserOffer) {
	defer t.cancel()
	conn, err := t.handshake(ctx, offer)
	if err != nil {
		t.down(err.Error())
		return
	}
	if t.open() && t.s.isCurrent(t) {
		t.s.sink.TransportState(t.agent, true)
	}
	// Nothing is sent over DTLS itself: the read ends with close_notify, or with close.
	_, err = io.Copy(io.Discard, conn)
	t.down(fmt.Sprintf("the page closed it (%v)", err))
}

// open lets packets through, unless it was closed meanwhile.
func (t *transport) open() bool {
	t.state.Lock()
	defer t.state.Unlock()
	if !t.closed {
		t.lastIn.Store(time.Now().UnixNano())
		t.ready.Store(true)
	}
	return !t.closed
}

// receive decrypts a packet of the page into plain. Called by who reads the browsers'
// socket alone, and only once moved has published the transport after keys.
func (t *transport) receive(b, plain []byte, at moment) {
	if !t.ready.Load() {
		return
	}
	packet, err := t.decrypt.DecryptRTP(plain[:0], b, &t.decHeader)
	if err != nil {
		return // forged, or repeated
	}
	p, err := parseRTP(packet)
	if err != nil {
		return
	}
	if l := t.leg.Load(); l != nil {
		l.receive(p, t.events, at)
	}
}

// receiveControl is receive for RTCP.
func (t *transport) receiveControl(b, plain []byte, at moment) {
	if !t.ready.Load() {
		return
	}
	packet, err := t.decrypt.DecryptRTCP(plain[:0], b, nil)
	if err != nil {
		return // forged, or repeated
	}
	if h, err := parseRTCP(packet, t.stream()); err == nil {
		t.reported.take(h, t.leg.Load(), at.arrived)
	}
}

func (t *transport) reports() *control { return &t.reported }

// control sends a report.
func (t *transport) control(report []byte) {
	t.state.Lock()
	defer t.state.Unlock()
	if t.closed || t.encrypt == nil {
		return
	}
	if cipher, err := t.encrypt.EncryptRTCP(nil, report, nil); err == nil {
		_, _ = t.s.mux.WriteToUDPAddrPort(cipher, t.remote)
	}
}

// audio: a page takes both codecs of its answer at any time (RFC 3264 section 6.1), so that
// nothing has to be made wideband for it.
func (t *transport) audio(p packet, source uint64, at moment) {
	codec := uint8(payloadPCMA)
	if t.wide && p.wide != nil {
		codec = payloadG722
	}
	t.pipe.audio(p, source, codec, at, t.write)
}

func (t *transport) event(e keyPacket, at moment) {
	if t.events != 0 {
		t.pipe.event(e, t.events, at, t.write)
	}
}

// write encrypts and sends a packet of the leg that rides on it.
func (t *transport) write(b []byte, out outbox) {
	t.state.Lock()
	defer t.state.Unlock()
	if t.closed || t.encrypt == nil {
		return
	}
	if out != nil {
		if cipher, err := t.encrypt.EncryptRTP(out.room(), b, &t.encHeader); err == nil {
			out.put(len(cipher), t.remote)
		}
		return
	}
	cipher, err := t.encrypt.EncryptRTP(t.cipher[:0], b, &t.encHeader)
	if err != nil {
		return
	}
	t.cipher = cipher
	// Lost like any other packet when it cannot be sent.
	_, _ = t.s.mux.WriteToUDPAddrPort(cipher, t.remote)
}

func (t *transport) silentFor(now time.Time) time.Duration {
	if !t.ready.Load() {
		return 0 // connectLimit is for this
	}
	return now.Sub(time.Unix(0, t.lastIn.Load()))
}

// down closes the transport and tells, unless it was closed or replaced before.
func (t *transport) down(why string) {
	if !t.close() {
		return
	}
	t.s.mu.Lock()
	current := t.s.transports[t.agent] == t
	if current {
		delete(t.s.transports, t.agent)
	}
	t.s.mu.Unlock()
	if current {
		t.s.log.Info("an agent's sound is down", "agent", t.agent, "why", why)
		t.s.sink.TransportState(t.agent, false)
	}
}

// close says whether this call closed it.
func (t *transport) close() bool {
	t.state.Lock()
	if t.closed {
		t.state.Unlock()
		return false
	}
	t.closed = true
	t.ready.Store(false)
	conn, remote := t.dtls, t.remote
	t.state.Unlock()
	t.cancel()
	if remote.IsValid() {
		t.s.mux.set(remote, nil, t)
	}
	if conn != nil {
		_ = conn.Close()
	}
	_ = t.ice.Close()
	return true
}

func (t *transport) detach(l *leg) { t.leg.CompareAndSwap(l, nil) }

// CloseTransport ends an agent's transport; nothing is told.
func (s *Server) CloseTransport(agent string) {
	s.mu.Lock()
	t := s.transports[agent]
	delete(s.transports, agent)
	s.mu.Unlock()
	if t != nil {
		t.close()
	}
}

// AttachAgent lets a leg ride on the agent's transport; a leg that is there
// already (his page came back) changes to the new transport and keeps its stream.
func (s *Server) AttachAgent(id, agent string) error {
	s.mu.RLock()
	t := s.transports[agent]
	s.mu.RUnlock()
	if t == nil || !t.ready.Load() {
		return fmt.Errorf("media: agent %s has no transport", agent)
	}
	l, err := s.leg(id)
	if err != nil {
		l = newLeg(s, id)
		if err := s.add(l); err != nil {
			return err
		}
	}
	if l.trunk != nil {
		return fmt.Errorf("media: leg %s has a trunk", id)
	}
	l.mu.Lock()
	old := l.ride(t)
	l.mu.Unlock()
	if old != nil && old != t {
		old.detach(l)
	}
	t.leg.Store(l)
	return nil
}
