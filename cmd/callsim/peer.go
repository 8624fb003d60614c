package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// peer is the sound of one agent's page: a WebRTC connection that offers PCMA
// as a browser does.
type peer struct {
	conn  *webrtc.PeerConnection
	track *webrtc.TrackLocalStaticRTP
	got   chan rtpStamp // what arrived; dropped when nobody reads
	came  *arrivals
	once  sync.Once
}

// rtpStamp is the send time that a test packet carries, and when it arrived.
type rtpStamp struct {
	sent, at time.Time
	sequence uint32
}

func negotiate(ctx context.Context, a *agent) (*peer, error) {
	media := &webrtc.MediaEngine{}
	codec := webrtc.RTPCodecParameters{
		RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMA, ClockRate: 8000, Channels: 1},
		PayloadType:        payloadTypePCMA,
	}
	if err := media.RegisterCodec(codec, webrtc.RTPCodecTypeAudio); err != nil {
		return nil, err
	}
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	came := &arrivals{}
	timed, err := newTimedNet(came)
	if err != nil {
		return nil, err
	}
	settings.SetNet(timed)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled) // hundreds would hear each other's questions
	conn, err := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	p := &peer{conn: conn, got: make(chan rtpStamp, 4096), came: came}
	if err := p.connect(ctx, a); err != nil {
		p.close()
		return nil, fmt.Errorf("sound of %s: %w", a.login, err)
	}
	return p, nil
}

func (p *peer) connect(ctx context.Context, a *agent) error {
	var err error
	p.track, err = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMA, ClockRate: 8000, Channels: 1}, "audio", "agent")
	if err != nil {
		return err
	}
	if _, err := p.conn.AddTrack(p.track); err != nil {
		return err
	}
	up := make(chan struct{})
	p.conn.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			p.once.Do(func() { close(up) })
		}
	})
	p.conn.OnTrack(func(t *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { p.receive(t) })
	offer, err := p.conn.CreateOffer(nil)
	if err != nil {
		return err
	}
	gathered := webrtc.GatheringCompletePromise(p.conn)
	if err := p.conn.SetLocalDescription(offer); err != nil {
		return err
	}
	select {
	case <-gathered:
	case <-ctx.Done():
		return ctx.Err()
	}
	reply, err := a.ask(ctx, "negotiate", map[string]any{"sdp": p.conn.LocalDescription().SDP})
	if err != nil {
		return err
	}
	if err := p.conn.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: reply.SDP}); err != nil {
		return err
	}
	select {
	case <-up:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *peer) receive(t *webrtc.TrackRemote) {
	buf := make([]byte, 1500)
	for {
		n, _, err := t.Read(buf)
		if err != nil {
			return
		}
		var packet rtp.Packet
		if err := packet.Unmarshal(buf[:n]); err != nil {
			continue
		}
		if stamp, ok := readStamp(packet.Payload, p.came.of(packet.SequenceNumber)); ok {
			select {
			case p.got <- stamp:
			default:
			}
		}
	}
}

func (p *peer) close() { _ = p.conn.Close() }

const (
	payloadTypePCMA = 8   // RFC 3551
	payloadSize     = 160 // 20 ms of G.711
)

const stampMagic = 0x12345a5a

// writeStamp marks a payload with a sequence number and the time; G.711 passes
// through the server unchanged, so that the marks arrive.
func writeStamp(payload []byte, sequence uint32, now time.Time) {
	binary.BigEndian.PutUint32(payload[0:], stampMagic)
	binary.BigEndian.PutUint32(payload[4:], sequence)
	binary.BigEndian.PutUint64(payload[8:], uint64(now.UnixNano()))
}

func readStamp(payload []byte, at time.Time) (rtpStamp, bool) {
	if len(payload) < 16 || binary.BigEndian.Uint32(payload) != stampMagic {
		return rtpStamp{}, false
	}
	nanos := int64(binary.BigEndian.Uint64(payload[8:])) //nolint:gosec // written by us
	return rtpStamp{sent: time.Unix(0, nanos), at: at, sequence: binary.BigEndian.Uint32(payload[4:])}, true
}
