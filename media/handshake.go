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
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
	dtlsnet "github.com/pion/dtls/v3/pkg/net"
	"github.com/pion/ice/v4"
	"github.com/pion/srtp/v3"
)

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

// gather makes the ICE-lite agent on the shared port.
func (t *transport) gather() (user, password string, err error) {
	primary := t.s.mux.primary.Addr()
	agent, err := ice.NewAgentWithOptions(
		ice.WithLoggerFactory(pionLog{t.s.log}), ice.WithICELite(true), ice.WithUDPMux(t.s.mux.mux), ice.WithIncludeLoopback(),
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

// handshake runs ICE, then DTLS, and takes the keys.
func (t *transport) handshake(ctx context.Context, offer browserOffer) (*dtls.Conn, error) {
	path, err := t.ice.Accept(ctx, offer.ufrag, offer.password)
	if err != nil {
		return nil, fmt.Errorf("ICE: %w", err)
	}
	conn, err := dtls.ServerWithOptions(dtlsnet.PacketConnFromConn(path), path.RemoteAddr(),
		dtls.WithLoggerFactory(pionLog{t.s.log}),
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

// replayWindow is how many packets late one may be that is not a repeated one.
const replayWindow = 64

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
	decrypt, err := srtp.CreateContext(c.Keys.RemoteMasterKey, c.Keys.RemoteMasterSalt, c.Profile, srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow))
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
