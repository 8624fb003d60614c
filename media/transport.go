package media

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
	dtlsnet "github.com/pion/dtls/v3/pkg/net"
	"github.com/pion/ice/v4"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// connectLimit bounds ICE and DTLS together.
const connectLimit = 20 * time.Second

// certificate is this process's DTLS identity; its fingerprint stands in SDP.
type certificate struct {
	tls         tls.Certificate
	fingerprint string
}

func newCertificate() (certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return certificate{}, fmt.Errorf("media: DTLS key: %w", err)
	}
	cert, err := selfsign.SelfSign(key)
	if err != nil {
		return certificate{}, fmt.Errorf("media: DTLS certificate: %w", err)
	}
	return certificate{tls: cert, fingerprint: fingerprint(cert.Certificate[0])}, nil
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}

// transport is the sound path of one agent's page for a whole shift: ICE-lite
// and DTLS set it up, then SRTP goes through muxConn. Legs of calls ride on it
// one after the other.
type transport struct {
	s      *Server
	agent  string
	events uint8 // payload type of telephone-event
	pipe         // what the page is sent
	ice    *ice.Agent
	cancel context.CancelFunc

	lastIn atomic.Int64 // UnixNano, of anything
	ready  atomic.Bool
	leg    atomic.Pointer[leg] // what rides on it now

	// Owned by muxConn's loop.
	decrypt   *srtp.Context
	decHeader rtp.Header
	plain     [maxPacket]byte

	state     sync.Mutex // guards what follows
	encrypt   *srtp.Context
	encHeader rtp.Header
	cipher    [maxPacket + 64]byte
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
	t := &transport{s: s, agent: agent, events: offer.events}
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
		offer: offer, ufrag: user, password: password, fingerprint: s.dtls.fingerprint, ssrc: t.out.ssrc, candidates: s.mux.offered,
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

// gather makes the ICE-lite agent on the shared port.
func (t *transport) gather() (user, password string, err error) {
	primary := t.s.mux.primary.Addr()
	agent, err := ice.NewAgentWithOptions(
		ice.WithICELite(true), ice.WithUDPMux(t.s.mux.mux), ice.WithIncludeLoopback(),
		ice.WithNetworkTypes([]ice.NetworkType{ice.NetworkTypeUDP4}),
		ice.WithCandidateTypes([]ice.CandidateType{ice.CandidateTypeHost}),
		ice.WithMulticastDNSMode(ice.MulticastDNSModeDisabled),
		ice.WithIPFilter(func(ip net.IP) bool { return ip.Equal(primary.AsSlice()) }),
		// Its own time-outs would close what we still hear from; see checkLost.
		ice.WithDisconnectedTimeout(0), ice.WithFailedTimeout(0),
	)
	if err != nil {
		return "", "", fmt.Errorf("media: ICE: %w", err)
	}
	gathered := make(chan struct{})
	err = errors.Join(
		agent.OnCandidate(func(c ice.Candidate) {
			if c == nil {
				close(gathered)
			}
		}),
		agent.OnSelectedCandidatePairChange(func(_, remote ice.Candidate) {
			if a, err := netip.ParseAddr(remote.Address()); err == nil {
				t.moved(netip.AddrPortFrom(a.Unmap(), uint16(remote.Port()))) //nolint:gosec // a port
			}
		}),
		agent.GatherCandidates(),
	)
	if err != nil {
		return "", "", errors.Join(fmt.Errorf("media: ICE: %w", err), agent.Close())
	}
	select {
	case <-gathered:
	case <-time.After(connectLimit):
		return "", "", errors.Join(errors.New("media: ICE found no candidate"), agent.Close())
	}
	t.ice = agent
	return agent.GetLocalUserCredentials()
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

func (t *transport) handshake(ctx context.Context, offer browserOffer) (*dtls.Conn, error) {
	path, err := t.ice.Accept(ctx, offer.ufrag, offer.password)
	if err != nil {
		return nil, fmt.Errorf("ICE: %w", err)
	}
	conn, err := dtls.ServerWithOptions(dtlsnet.PacketConnFromConn(path), path.RemoteAddr(),
		dtls.WithCertificates(t.s.dtls.tls),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80),
		dtls.WithClientAuth(dtls.RequireAnyClientCert),
		dtls.WithInsecureSkipVerifyHello(true), // ICE has shown that the address answers
		dtls.WithVerifyPeerCertificate(func(raw [][]byte, _ [][]*x509.Certificate) error {
			if len(raw) == 0 || fingerprint(raw[0]) != offer.fingerprint {
				return errors.New("media: the certificate is not the one of the offer")
			}
			return nil
		}))
	if err != nil {
		return nil, fmt.Errorf("DTLS: %w", err)
	}
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("DTLS: %w", err), conn.Close())
	}
	if err := t.keys(conn); err != nil {
		return nil, errors.Join(fmt.Errorf("SRTP: %w", err), conn.Close())
	}
	if remote, ok := path.RemoteAddr().(*net.UDPAddr); ok {
		a := remote.AddrPort()
		t.moved(netip.AddrPortFrom(a.Addr().Unmap(), a.Port()))
	}
	return conn, nil
}

// keys takes the SRTP keys out of the handshake (RFC 5764).
func (t *transport) keys(conn *dtls.Conn) error {
	state, ok := conn.ConnectionState()
	if !ok {
		return errors.New("no DTLS state")
	}
	profile, ok := conn.SelectedSRTPProtectionProfile()
	if !ok {
		return errors.New("no common protection profile")
	}
	c := srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := c.ExtractSessionKeysFromDTLS(&state, false); err != nil {
		return err
	}
	const replayWindow = 64
	decrypt, err := srtp.CreateContext(c.Keys.RemoteMasterKey, c.Keys.RemoteMasterSalt, c.Profile, srtp.SRTPReplayProtection(replayWindow))
	if err != nil {
		return err
	}
	encrypt, err := srtp.CreateContext(c.Keys.LocalMasterKey, c.Keys.LocalMasterSalt, c.Profile)
	if err != nil {
		return err
	}
	t.state.Lock()
	defer t.state.Unlock()
	if t.closed {
		return net.ErrClosed
	}
	t.decrypt, t.encrypt, t.dtls = decrypt, encrypt, conn
	return nil
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

// receive decrypts a packet of the page. Called by muxConn's loop alone, and
// only once moved has published the transport after keys.
func (t *transport) receive(b []byte, now time.Time) {
	if !t.ready.Load() {
		return
	}
	plain, err := t.decrypt.DecryptRTP(t.plain[:0], b, &t.decHeader)
	if err != nil {
		return // forged, or repeated
	}
	p, err := parseRTP(plain)
	if err != nil {
		return
	}
	if l := t.leg.Load(); l != nil {
		l.receive(p, t.events, payloadPCMA, now)
	}
}

func (t *transport) audio(p packet, source uint64, now time.Time) {
	t.pipe.audio(p, source, payloadPCMA, now, t.write)
}

func (t *transport) event(e keyPacket, now time.Time) {
	if t.events != 0 {
		t.pipe.event(e, t.events, now, t.write)
	}
}

// write encrypts and sends a packet of the leg that rides on it.
func (t *transport) write(b []byte) {
	t.state.Lock()
	defer t.state.Unlock()
	if t.closed || t.encrypt == nil {
		return
	}
	cipher, err := t.encrypt.EncryptRTP(t.cipher[:0], b, &t.encHeader)
	if err != nil {
		return
	}
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
	old := l.transport
	l.transport = t
	l.mu.Unlock()
	if old != nil && old != t {
		old.detach(l)
	}
	t.leg.Store(l)
	return nil
}
