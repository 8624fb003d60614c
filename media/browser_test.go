package media

import (
	"bytes"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// browser is a page's sound: pion/webrtc as the second implementation, offering
// what Chromium offers.
type browser struct {
	t     *testing.T
	conn  *webrtc.PeerConnection
	track *webrtc.TrackLocalStaticRTP

	mu      sync.Mutex
	sound   []byte
	packets []packet
}

func openBrowser(t *testing.T, s *Server, e *events, agent string) *browser {
	t.Helper()
	engine := &webrtc.MediaEngine{}
	codec := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMA, ClockRate: 8000, Channels: 1}
	for pt, c := range map[webrtc.PayloadType]webrtc.RTPCodecCapability{
		8: codec, 126: {MimeType: "audio/telephone-event", ClockRate: 8000},
		111: {MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2},
	} {
		if err := engine.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: c, PayloadType: pt}, webrtc.RTPCodecTypeAudio); err != nil {
			t.Fatal(err)
		}
	}
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	conn, err := webrtc.NewAPI(webrtc.WithMediaEngine(engine), webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, conn: conn}
	t.Cleanup(func() { conn.Close() })
	if b.track, err = webrtc.NewTrackLocalStaticRTP(codec, "audio", "agent"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.AddTrack(b.track); err != nil {
		t.Fatal(err)
	}
	conn.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { b.read(track) })
	connected := make(chan struct{}, 1)
	conn.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateConnected {
			connected <- struct{}{}
		}
	})
	b.negotiate(s, agent)
	if up := next(t, "transport", e.states); !up {
		t.Fatal("the transport failed")
	}
	next(t, "the page's end of the transport", connected)
	return b
}

func (b *browser) negotiate(s *Server, agent string) {
	b.t.Helper()
	offer, err := b.conn.CreateOffer(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(b.conn)
	if err := b.conn.SetLocalDescription(offer); err != nil {
		b.t.Fatal(err)
	}
	next(b.t, "candidates", gathered)
	answer, err := s.OpenTransport(agent, b.conn.LocalDescription().SDP)
	if err != nil {
		b.t.Fatal(err)
	}
	if !strings.Contains(answer, "telephone-event") || !strings.Contains(answer, " 8 126\r\n") {
		b.t.Fatalf("answer %s", answer)
	}
	if err := b.conn.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) read(track *webrtc.TrackRemote) {
	buf := make([]byte, maxPacket)
	for {
		n, _, err := track.Read(buf)
		if err != nil {
			return
		}
		p, err := parseRTP(buf[:n])
		if err != nil {
			b.t.Error(err)
			return
		}
		b.mu.Lock()
		b.sound = append(b.sound, p.payload...)
		b.packets = append(b.packets, packet{sequence: p.sequence, timestamp: p.timestamp, ssrc: p.ssrc})
		b.mu.Unlock()
	}
}

func (b *browser) speak(hz float64, stop <-chan struct{}) {
	sound := tone(hz, 8000)
	ticker := time.NewTicker(frameTime)
	defer ticker.Stop()
	p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 8, SSRC: 5}}
	for at := 0; ; at = (at + frameSamples) % len(sound) {
		select {
		case <-stop:
			return
		case <-ticker.C:
			p.SequenceNumber++
			p.Timestamp += frameSamples
			p.Payload = sound[at : at+frameSamples]
			if err := b.track.WriteRTP(&p); err != nil {
				return // closed
			}
		}
	}
}

func (b *browser) hears(hz float64) {
	b.t.Helper()
	until(b.t, "the browser hears its tone", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		n := len(b.sound)
		return n >= 1600 && heard(b.sound[n-1600:], hz) > 0.9
	})
}

// TestBrowserCall: phone and browser hear each other, a reload brings a new
// transport to the same leg, and the recording has each on its side.
func TestBrowserCall(t *testing.T) {
	s, e := newServer(t, nil)
	a := newPhone(t)
	a.join(s, "person")
	first := openBrowser(t, s, e, "agent")
	stop := make(chan struct{})
	var speakers sync.WaitGroup
	defer speakers.Wait()
	defer close(stop)
	speakers.Go(func() { a.speak(440, stop) })
	speakers.Go(func() { first.speak(1000, stop) })
	if err := s.AttachAgent("leg", "nobody"); err == nil {
		t.Fatal("attached an agent without a transport")
	}
	if err := s.AttachAgent("leg", "agent"); err != nil {
		t.Fatal(err)
	}
	if err := s.Bridge("person", "leg"); err != nil {
		t.Fatal(err)
	}
	if err := s.StartRecording(Recording{Call: "call", Segment: 1, Left: "person", Others: []string{"leg"}}); err != nil {
		t.Fatal(err)
	}
	a.hears(1000)
	first.hears(440)

	s.Unbridge("person", "leg")
	if err := first.conn.Close(); err != nil {
		t.Fatal(err)
	}
	if up := next(t, "the page's goodbye", e.states); up {
		t.Fatal("up again?")
	}
	second := openBrowser(t, s, e, "agent")
	speakers.Go(func() { second.speak(1000, stop) })
	if err := s.AttachAgent("leg", "agent"); err != nil {
		t.Fatal(err)
	}
	if err := s.Bridge("person", "leg"); err != nil {
		t.Fatal(err)
	}
	second.hears(440)
	a.hears(1000)
	checkRecording(t, s)

	// The next call on the same transport goes on in its stream.
	s.CloseLeg("leg")
	if err := s.AttachAgent("next", "agent"); err != nil {
		t.Fatal(err)
	}
	if err := s.Play("next", Play{ID: "1", Sources: []string{"music"}, Loop: true}); err != nil {
		t.Fatal(err)
	}
	second.hears(600)
	second.mu.Lock()
	defer second.mu.Unlock()
	for i := 1; i < len(second.packets); i++ {
		was, is := second.packets[i-1], second.packets[i]
		if is.ssrc != was.ssrc || int16(is.sequence-was.sequence) <= 0 {
			t.Fatalf("packet %d: %x %d after %x %d", i, is.ssrc, is.sequence, was.ssrc, was.sequence)
		}
	}
}

func checkRecording(t *testing.T, s *Server) {
	t.Helper()
	info, err := s.StopRecording("call", 1)
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.OpenRecording(info.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if !info.Complete || !p.complete || p.Duration() != info.Duration || info.Duration < 300*time.Millisecond {
		t.Fatalf("%+v, played %v", info, p.Duration())
	}
	wav, err := io.ReadAll(p)
	if err != nil || int64(len(wav)) != p.Size() {
		t.Fatalf("%d bytes of %d: %v", len(wav), p.Size(), err)
	}
	sides := [2][]byte{}
	for at := wavHeaderSize; at < len(wav); at += pcmFrame {
		for side := range 2 {
			v := int16(uint16(wav[at+2*side]) | uint16(wav[at+2*side+1])<<8)
			sides[side] = append(sides[side], CompressALaw(v))
		}
	}
	for side, hz := range []float64{440, 1000} {
		if best := bestWindow(sides[side], hz); best < 0.9 {
			t.Errorf("side %d: %v Hz is at most %.2f of any window", side, hz, best)
		}
		if other := bestWindow(sides[side], 1440-hz); other > 0.1 {
			t.Errorf("side %d holds the other side: %.2f", side, other)
		}
	}
	checkRanges(t, p, wav)
	left, right, err := p.Peaks(100)
	if err != nil || len(left) != 100 || maxOf(left) < 0.3 || maxOf(right) < 0.3 {
		t.Fatalf("peaks %v %v %v", left, right, err)
	}
	raw, err := os.ReadFile(s.recordingPath(info.Path))
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(raw)) != info.Bytes || bytes.Contains(raw, bytes.Repeat([]byte{silenceALaw}, 64)) {
		t.Fatal("the file is not encrypted, or not as long as told")
	}
}

func bestWindow(codes []byte, hz float64) (best float64) {
	for at := 0; at+800 <= len(codes); at += 400 {
		best = max(best, heard(codes[at:at+800], hz))
	}
	return best
}

func maxOf(values []float32) (m float32) {
	for _, v := range values {
		m = max(m, v)
	}
	return m
}

// checkRanges reads pieces from everywhere, as a player that seeks does.
func checkRanges(t *testing.T, p *Playback, wav []byte) {
	t.Helper()
	for from := int64(1); from < int64(len(wav)); from += int64(len(wav))/13 + 1 {
		if _, err := p.Seek(from, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		piece := make([]byte, 777)
		n, err := io.ReadFull(p, piece)
		if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
			t.Fatal(err)
		}
		if !bytes.Equal(piece[:n], wav[from:from+int64(n)]) {
			t.Fatalf("bytes from %d differ", from)
		}
	}
}

func TestBrowserOfferFaults(t *testing.T) {
	s, _ := newServer(t, nil)
	good := "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 " + strings.TrimSuffix(strings.Repeat("AA:", 32), ":") +
		"\r\na=ice-ufrag:user\r\na=ice-pwd:passwordpasswordpassword\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 8\r\na=mid:0\r\n"
	if _, err := s.OpenTransport("agent", good); err != nil {
		t.Fatal(err)
	}
	s.CloseTransport("agent")
	for name, bad := range map[string]string{
		"no A-law":       strings.Replace(good, " 111 8", " 111", 1),
		"no fingerprint": strings.Replace(good, "sha-256", "sha-1", 1),
		"no credentials": strings.Replace(good, "a=ice-pwd", "a=x", 1),
		"two streams":    good + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n",
		"too long":       good + strings.Repeat("a=x\r\n", maxSDP),
		"nothing":        "",
	} {
		if _, err := s.OpenTransport("agent", bad); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
