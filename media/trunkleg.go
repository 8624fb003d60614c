package media

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// trunkEnd is the socket of a trunk leg and what the far end's SDP says.
type trunkEnd struct {
	socket socket
	local  netip.AddrPort // as advertised

	pipe
	reported   control
	ownControl *net.UDPConn // of reports; nil: they go with the sound

	state   sync.Mutex     // guards what follows
	told    netip.AddrPort // the address of the SDP
	remote  netip.AddrPort // where it really is
	source  int            // how sure we are that it is there
	session session
	agreed  bool // there is an answer
	version uint64
	sealed  *sealed      // nil: in the clear
	offered []cryptoLine // our keys in the newest offer, which may be answered twice (183 and 200)
}

// types are what the far end wants to get; ok is false before there is an
// answer, and while it holds us.
func (t *trunkEnd) types() (codec, events uint8, ok bool) {
	t.state.Lock()
	defer t.state.Unlock()
	return t.session.codec, t.session.eventType, t.agreed && !t.session.held()
}

func (t *trunkEnd) held() bool {
	t.state.Lock()
	defer t.state.Unlock()
	return !t.agreed || t.session.held() || t.session.direction == "recvonly"
}

func (t *trunkEnd) write(b []byte, _ outbox) {
	t.state.Lock()
	remote, sealed := t.remote, t.sealed
	t.state.Unlock()
	// A packet that cannot be sent is lost like any other; the far end's
	// silence is noticed by itself.
	if sealed == nil {
		_, _ = t.socket.WriteToUDPAddrPort(b, remote)
		return
	}
	sealed.seal(b, func(b []byte) { _, _ = t.socket.WriteToUDPAddrPort(b, remote) })
}

// open gives a packet as it was before it was encrypted; false: it is not the far end's.
func (t *trunkEnd) open(b []byte) ([]byte, bool) {
	t.state.Lock()
	sealed := t.sealed
	t.state.Unlock()
	if sealed == nil {
		return b, true
	}
	return sealed.open(b)
}

func (t *trunkEnd) audio(p packet, source uint64, at moment) {
	if codec, _, ok := t.types(); ok {
		t.pipe.audio(p, source, codec, at, t.write)
	}
}

func (t *trunkEnd) event(e keyPacket, at moment) {
	if _, events, ok := t.types(); ok && events != 0 {
		t.pipe.event(e, events, at, t.write)
	}
}

// How sure a source of RTP is the far end's.
const (
	sourceUnknown = iota
	sourceAny     // the first that came: behind a NAT the SDP's address is no help
	sourceHost    // the SDP's host, another port
	sourceTold    // the SDP's address
)

// accepts learns where the far end really sends from (symmetric RTP, RFC 4961): the
// first source is locked, so that nobody can take over a stream by guessing its port.
// Who guessed it before the far end spoke gives way to one that the SDP vouches for
// more.
func (t *trunkEnd) accepts(from netip.AddrPort) (events uint8, ok bool) {
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	t.state.Lock()
	defer t.state.Unlock()
	if !t.agreed {
		return 0, false
	}
	if t.source == sourceUnknown || t.remote != from {
		sure := sourceAny
		switch {
		case from == t.told:
			sure = sourceTold
		case from.Addr() == t.told.Addr():
			sure = sourceHost
		}
		if sure > t.source {
			t.source, t.remote = sure, from
		}
	}
	return t.session.eventType, t.remote == from
}

// agree takes the far end's description. Another address unlocks the source; hold by
// 0.0.0.0 (RFC 2543) does not, or a stranger could take the stream over meanwhile. It
// takes ours into use, nil: a key of its own, and returns it if the sound is encrypted.
func (t *trunkEnd) agree(s session, ours *cryptoLine) (*cryptoLine, error) {
	t.state.Lock()
	defer t.state.Unlock()
	var now *sealed
	if s.crypto != nil {
		if ours == nil {
			ours = t.keyFor(*s.crypto)
		}
		var err error
		if now, err = newSealed(*ours, *s.crypto, t.sealed); err != nil {
			return nil, err
		}
	}
	t.sealed = now
	if !s.remote.Addr().IsUnspecified() && s.remote != t.told {
		t.told, t.remote, t.source = s.remote, s.remote, sourceUnknown
	}
	t.session, t.agreed = s, true
	return ours, nil
}

// keyFor is our key in the answer to an offer: the one we have, if the suite is the same.
// The lock is held.
func (t *trunkEnd) keyFor(theirs cryptoLine) *cryptoLine {
	ours := newCryptoLine(theirs.tag, theirs.suite)
	if t.sealed != nil && t.sealed.ours.suite == theirs.suite {
		ours.key = t.sealed.ours.key
	}
	return &ours
}

// offers are our keys for an offer: the one in use, or one for each suite.
func (t *trunkEnd) offers(policy SRTPPolicy) []cryptoLine {
	t.state.Lock()
	defer t.state.Unlock()
	t.offered = nil
	switch {
	case t.sealed != nil:
		ours := t.sealed.ours
		ours.tag = "1"
		t.offered = []cryptoLine{ours}
	case policy == SRTPRequire:
		for i, s := range suites {
			t.offered = append(t.offered, newCryptoLine(strconv.Itoa(i+1), s))
		}
	}
	return t.offered
}

// chosen is our key that an answer took, by its tag; nil: the sound is in the clear.
func (t *trunkEnd) chosen(answer session) (*cryptoLine, error) {
	t.state.Lock()
	defer t.state.Unlock()
	switch {
	case answer.crypto == nil && len(t.offered) > 0:
		return nil, errClear
	case answer.crypto == nil:
		return nil, nil //nolint:nilnil // as we offered
	}
	for _, line := range t.offered {
		if line.tag == answer.crypto.tag && line.suite == answer.crypto.suite {
			return &line, nil
		}
	}
	return nil, errNoCrypto
}

func (t *trunkEnd) reports() *control { return &t.reported }

// acceptsControl: reports come from the host that the sound comes from.
func (t *trunkEnd) acceptsControl(from netip.AddrPort) bool {
	t.state.Lock()
	defer t.state.Unlock()
	return t.agreed && from.Addr().Unmap() == t.remote.Addr()
}

// control sends a report: to where the SDP says, or to the port above that of the sound
// if this comes from elsewhere (a NAT).
func (t *trunkEnd) control(report []byte) {
	t.state.Lock()
	to, agreed, sealed := t.remote, t.agreed, t.sealed
	mux := t.session.mux
	if !mux {
		to = netip.AddrPortFrom(to.Addr(), to.Port()+1)
		if t.remote == t.told && t.session.control.IsValid() {
			to = t.session.control
		}
	}
	t.state.Unlock()
	if !agreed || to.Addr().IsUnspecified() {
		return
	}
	send := func(b []byte) { _, _ = t.socket.WriteToUDPAddrPort(b, to) } // lost like any other
	if t.ownControl != nil && !mux {
		send = func(b []byte) { _, _ = t.ownControl.WriteToUDPAddrPort(b, to) }
	}
	if sealed != nil {
		sealed.seal(report, send)
		return
	}
	send(report)
}

func (t *trunkEnd) nextVersion() uint64 {
	t.state.Lock()
	defer t.state.Unlock()
	t.version++
	return t.version
}

// portPool picks even ports at random: a port is reused late and is hard to guess.
type portPool struct{ low, high int }

// With control the odd port above is taken too, for reports (RFC 3550 section 11).
func (p portPool) listen(ip netip.Addr, control bool) (sound, reports *net.UDPConn, err error) {
	even := (p.high - p.low) / 2
	for range 200 {
		port := p.low + p.low%2 + 2*rand.IntN(even) //nolint:gosec // spread, not secrecy
		sound, err = net.ListenUDP("udp", &net.UDPAddr{IP: ip.AsSlice(), Port: port})
		if err == nil && control {
			if reports, err = net.ListenUDP("udp", &net.UDPAddr{IP: ip.AsSlice(), Port: port + 1}); err != nil {
				_ = sound.Close() // nothing was sent yet
			}
		}
		if err == nil {
			return sound, reports, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return nil, nil, fmt.Errorf("media: RTP port: %w", err)
		}
	}
	return nil, nil, fmt.Errorf("%w: no free RTP port found in %d-%d", ErrNoRoom, p.low, p.high)
}

// newTrunkLeg opens the sockets; far is where the far end is, if that is known. With mux
// reports go with the sound.
func (s *Server) newTrunkLeg(id string, far netip.Addr, mux bool) (*leg, error) {
	advertise := s.o.AdvertiseIP
	if !advertise.IsValid() {
		advertise = addressTowards(far)
	}
	conn, reports, err := s.ports.listen(s.o.ListenIP, !mux)
	if err != nil {
		return nil, err
	}
	closeReports := func() error { return nil }
	if reports != nil {
		closeReports = reports.Close
	}
	port := conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	socket, err := s.carrier.trunkSocket(conn)
	if err != nil {
		return nil, errors.Join(err, conn.Close(), closeReports())
	}
	l := newLeg(s, id)
	l.trunk = &trunkEnd{socket: socket, local: netip.AddrPortFrom(advertise, port), ownControl: reports}
	l.trunk.out.ssrc = randomUint32()
	if err := s.add(l); err != nil {
		return nil, errors.Join(err, socket.Close(), closeReports())
	}
	return l, nil
}

// datagram takes what came to a trunk leg's socket.
func (l *leg) datagram(b []byte, from netip.AddrPort, at moment) {
	if isRTCP(b) {
		l.controlDatagram(b, from, at.arrived)
		return
	}
	b, ok := l.trunk.open(b)
	if !ok {
		return
	}
	p, err := parseRTP(b)
	if err != nil {
		return
	}
	if events, ok := l.trunk.accepts(from); ok {
		l.receive(p, events, at)
	}
}

// OpenTrunkLeg makes a leg for an INVITE and answers its offer.
func (s *Server) OpenTrunkLeg(id string, offer []byte) ([]byte, error) {
	session, err := s.trunkSession(offer)
	if err != nil {
		return nil, err
	}
	l, err := s.newTrunkLeg(id, session.remote.Addr(), session.mux)
	if err != nil {
		return nil, err
	}
	ours, err := l.trunk.agree(session, nil)
	if err != nil {
		s.CloseLeg(id)
		return nil, err
	}
	return trunkAnswer(session, l.trunk.local, l.trunk.nextVersion(), ours), nil
}

// trunkSession reads a far end's description, as far as it is allowed.
func (s *Server) trunkSession(text []byte) (session, error) {
	session, err := parseTrunkSDP(text)
	switch {
	case err != nil:
	case session.crypto == nil && s.o.SRTP == SRTPRequire:
		err = errClear
	case session.wide && s.o.Wideband:
		session.codec = payloadG722
	case session.codec == payloadG722:
		err = errNoAudio
	}
	return session, err
}

// OfferTrunkLeg makes our offer: for a number that is dialled, for an INVITE
// without one, or again for a re-INVITE without one.
func (s *Server) OfferTrunkLeg(id string) ([]byte, error) { return s.offerLeg(id, s.o.SRTP) }

// OfferSealedLeg is OfferTrunkLeg for a far end that must encrypt whatever others do: a
// desk phone whose account says so.
func (s *Server) OfferSealedLeg(id string) ([]byte, error) { return s.offerLeg(id, SRTPRequire) }

func (s *Server) offerLeg(id string, policy SRTPPolicy) ([]byte, error) {
	l, err := s.leg(id)
	if errors.Is(err, errNoLeg) {
		l, err = s.newTrunkLeg(id, netip.Addr{}, false)
	}
	if err != nil {
		return nil, err
	}
	if l.trunk == nil {
		return nil, errNotTrunk
	}
	return trunkOffer(l.trunk.local, l.trunk.nextVersion(), s.o.Wideband, l.trunk.offers(policy)), nil
}

// AcceptAnswer takes the answer to our offer.
func (s *Server) AcceptAnswer(id string, answer []byte) error {
	l, err := s.trunkLeg(id)
	if err != nil {
		return err
	}
	session, err := s.trunkSession(answer)
	if err != nil {
		return err
	}
	ours, err := l.trunk.chosen(session)
	if err != nil {
		return err
	}
	l.lastIn.Store(time.Now().UnixNano())
	l.lost.Store(false) // sound before an answer may have been lost already
	_, err = l.trunk.agree(session, ours)
	return err
}

// Reoffer answers a re-INVITE: another address, another codec, hold. A refused
// offer leaves the session as it was (RFC 3261 section 14.2).
func (s *Server) Reoffer(id string, offer []byte) (answer []byte, held bool, err error) {
	l, err := s.trunkLeg(id)
	if err != nil {
		return nil, false, err
	}
	session, err := s.trunkSession(offer)
	if err != nil {
		return nil, false, err
	}
	ours, err := l.trunk.agree(session, nil)
	if err != nil {
		return nil, false, err
	}
	l.lastIn.Store(time.Now().UnixNano())
	return trunkAnswer(session, l.trunk.local, l.trunk.nextVersion(), ours), session.held(), nil
}

func (s *Server) trunkLeg(id string) (*leg, error) {
	l, err := s.leg(id)
	if err != nil {
		return nil, err
	}
	if l.trunk == nil {
		return nil, errNotTrunk
	}
	return l, nil
}
