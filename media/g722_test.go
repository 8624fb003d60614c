package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// vector reads a file of testdata/g722, which SpanDSP 0.0.6 (libspandsp2, as baresip uses
// it) has made: a sweep at 8 kHz with its code and what that is decoded to, and the code of
// 440 and 5,200 Hz at 16 kHz with what its lower sub-band is decoded to.
func vector(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "g722", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func linearOf(b []byte) []int16 {
	list := make([]int16, 0, len(b)/2)
	for i := 0; i < len(b); i += 2 {
		list = append(list, int16(binary.LittleEndian.Uint16(b[i:])))
	}
	return list
}

func encodeAll(samples []int16) []byte {
	l := newLowBand()
	codes := make([]byte, len(samples))
	for i, v := range samples {
		codes[i] = l.encode(v)
	}
	return codes
}

func decodeAll(codes []byte) []int16 {
	l := newLowBand()
	samples := make([]int16, len(codes))
	for i, code := range codes {
		samples[i] = l.decode(code)
	}
	return samples
}

// TestG722IsAsOthersHaveIt, bit for bit.
func TestG722IsAsOthersHaveIt(t *testing.T) {
	if got := encodeAll(linearOf(vector(t, "narrow.pcm"))); !bytes.Equal(got, vector(t, "narrow.g722")) {
		t.Error("another code")
	}
	for _, name := range []string{"narrow", "wide"} {
		if got := decodeAll(vector(t, name+".g722")); !slices.Equal(got, linearOf(vector(t, name+".decoded"))) {
			t.Errorf("%s is decoded otherwise", name)
		}
	}
}

// TestG722Noise: what coding adds is far below the sound, and no worse through A-law than
// A-law is by itself (38 dB, ITU-T G.712).
func TestG722Noise(t *testing.T) {
	for _, hz := range []float64{300, 1000, 3000} {
		samples := make([]int16, 8000)
		for i := range samples {
			samples[i] = int16(12000 * math.Sin(2*math.Pi*hz*float64(i)/8000))
		}
		var signal, noise float64
		for i, v := range decodeAll(encodeAll(samples)) {
			if i >= 800 { // it has learnt the sound
				signal += float64(samples[i]) * float64(samples[i])
				noise += float64(samples[i]-v) * float64(samples[i]-v)
			}
		}
		ratio := 10 * math.Log10(signal/noise)
		t.Logf("%v Hz: %.1f dB", hz, ratio)
		if ratio < 30 {
			t.Errorf("%v Hz: %.1f dB", hz, ratio)
		}
	}
}

// TestG722OfAnything stays within its range, whatever comes.
func TestG722OfAnything(t *testing.T) {
	l := newLowBand()
	seed := uint32(1)
	for range 100_000 {
		seed = seed*1664525 + 1013904223
		l.decode(byte(seed >> 24))
		if l.det < 32 || l.det > 32064 || l.s != saturate(l.s) {
			t.Fatalf("%+v", l)
		}
	}
	loud := []int16{-32768, 32767}
	codes := make([]int16, 0, 1000)
	for i := range 1000 {
		codes = append(codes, loud[i/3%2])
	}
	encodeAll(codes)
}

func wideband(o *Options) { o.Wideband = true }

// joinWith opens a leg that is offered some codecs, and gives the chosen one.
func (p *phone) joinWith(s *Server, leg, codecs string) uint8 {
	p.t.Helper()
	answer, err := s.OpenTrunkLeg(leg, p.offer(codecs))
	if err != nil {
		p.t.Fatal(err)
	}
	session, err := parseTrunkSDP(answer)
	if err != nil {
		p.t.Fatal(err)
	}
	p.to = net.UDPAddrFromAddrPort(session.remote)
	return session.codec
}

// speakWide sends a tone in G.722 until stop is closed, and gives what was sent.
func (p *phone) speakWide(hz float64, stop <-chan struct{}) [][]byte {
	l := newLowBand()
	ticker := time.NewTicker(frameTime)
	defer ticker.Stop()
	var sent [][]byte
	for at := 0; ; at += frameSamples {
		frame := make([]byte, frameSamples)
		for i := range frame {
			frame[i] = l.encode(int16(12000 * math.Sin(2*math.Pi*hz*float64(at+i)/8000)))
		}
		select {
		case <-stop:
			return sent
		case <-ticker.C:
			p.send(payloadG722, frame, p.stamp)
			p.stamp += frameSamples
			sent = append(sent, frame)
		}
	}
}

// hearsWide waits until the newest 200 ms are that tone in G.722.
func (p *phone) hearsWide(hz float64) {
	p.t.Helper()
	until(p.t, "a tone in G.722", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		var codes, sound []byte
		for _, got := range p.packets {
			if got.payloadType == payloadG722 {
				codes = append(codes, got.payload...)
			}
		}
		for _, v := range decodeAll(codes) {
			sound = append(sound, CompressALaw(v))
		}
		n := len(sound)
		return n >= 1600 && heard(sound[n-1600:], hz) > 0.9
	})
}

// TestWidebandPassesAsItIs between two that have it; a third, who has not, and the
// recording get A-law, and prompts are made G.722.
func TestWidebandPassesAsItIs(t *testing.T) {
	s, _ := newServer(t, wideband)
	a, b, c := newPhone(t), newPhone(t), newPhone(t)
	if x, y, z := a.joinWith(s, "a", "8 9 0"), b.joinWith(s, "b", "9 8"), c.joinWith(s, "c", "8"); x != payloadG722 || y != payloadG722 || z != payloadPCMA {
		t.Fatalf("agreed on %d, %d and %d", x, y, z)
	}
	if err := s.Play("a", Play{ID: "1", Sources: []string{"music"}, Loop: true}); err != nil {
		t.Fatal(err)
	}
	a.hearsWide(600)
	if err := errors.Join(s.Bridge("a", "b"), s.Hear("c", "a"), s.StartRecording(Recording{Call: "call", Segment: 1, Left: "a", Others: []string{"b"}})); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var speaker sync.WaitGroup
	var sent [][]byte
	speaker.Go(func() { sent = a.speakWide(440, stop) })
	b.hearsWide(440)
	c.hears(440)
	until(t, "a second of it", func() bool { return s.recorders[recorderID{"call", 1}].length() > 8000 })
	if stats, _ := s.Stats("a"); stats.Codec != "G722" {
		t.Errorf("codec %s", stats.Codec)
	}
	close(stop)
	speaker.Wait()
	info, err := s.StopRecording("call", 1)
	if err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	var passed [][]byte
	for _, got := range b.packets {
		if got.payloadType == payloadG722 {
			passed = append(passed, got.payload)
		}
	}
	b.mu.Unlock()
	first := slices.IndexFunc(passed, func(frame []byte) bool { return bytes.Equal(frame, sent[len(sent)/2]) })
	if first < 0 || !bytes.Equal(slices.Concat(passed[first:first+5]...), slices.Concat(sent[len(sent)/2:len(sent)/2+5]...)) {
		t.Error("it was made anew on its way")
	}
	if got := recordedTone(t, s, info.Path, 440); got < 0.7 {
		t.Errorf("recorded: %.2f", got)
	}
	s.Mute("a", true)
	stop = make(chan struct{})
	speaker.Go(func() { a.speakWide(440, stop) })
	until(t, "silence", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		last := b.packets[len(b.packets)-1]
		return last.payloadType == payloadG722 && last.payload[0]>>6 == 3 && heardWide(last.payload) < 100
	})
	close(stop)
	speaker.Wait()
}

// heardWide is how loud a frame is at most, if it is decoded by itself.
func heardWide(frame []byte) int16 {
	loudest := int16(0)
	for _, v := range decodeAll(frame) {
		loudest = max(loudest, v, -v)
	}
	return loudest
}

func (r *recorder) length() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.base + len(r.window)/2
}

// recordedTone is how much of the second half of a recording's left side holds a tone.
func recordedTone(t *testing.T, s *Server, path string, hz float64) float64 {
	t.Helper()
	p, err := s.OpenRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	wav, err := io.ReadAll(p)
	if err != nil {
		t.Fatal(err)
	}
	samples := linearOf(wav[wavHeaderSize:])
	var codes []byte
	for i := len(samples) / 4 * 2; i < len(samples); i += 2 {
		codes = append(codes, CompressALaw(samples[i]))
	}
	return mostly(codes, hz)
}

// TestWidebandIsNegotiated: before A-law where both have it; a re-INVITE may end it.
func TestWidebandIsNegotiated(t *testing.T) {
	off, _ := newServer(t, nil)
	a := newPhone(t)
	if got := a.joinWith(off, "a", "9 8"); got != payloadPCMA {
		t.Errorf("though it is off: %d", got)
	}
	if _, err := off.OpenTrunkLeg("b", a.offer("9")); !errors.Is(err, errNoAudio) {
		t.Errorf("nothing else, though it is off: %v", err)
	}
	s, _ := newServer(t, wideband)
	if _, err := s.OpenTrunkLeg("c", a.offer("9")); err != nil {
		t.Errorf("nothing else: %v", err)
	}
	offer, err := s.OfferTrunkLeg("d")
	if err != nil || !strings.Contains(string(offer), "RTP/AVP 9 8 0 101\r\n") || !strings.Contains(string(offer), "a=rtpmap:9 G722/8000\r\n") {
		t.Fatalf("%s %v", offer, err)
	}
	for _, c := range []struct{ codecs, want string }{{"8", "PCMA"}, {"9", "G722"}, {"0", "PCMU"}, {"9 8", "G722"}} {
		if err := s.AcceptAnswer("d", a.offer(c.codecs)); err != nil {
			t.Fatal(err)
		}
		if stats, _ := s.Stats("d"); stats.Codec != c.want {
			t.Errorf("answer %s: %s", c.codecs, stats.Codec)
		}
	}
	for codecs, want := range map[string]string{"8 0": "RTP/AVP 8 101", "8 9": "RTP/AVP 9 101"} {
		if answer, _, err := s.Reoffer("d", a.offer(codecs)); err != nil || !strings.Contains(string(answer), want) {
			t.Errorf("re-INVITE with %s: %s %v", codecs, answer, err)
		}
	}
}

const widePage = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 " +
	"00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00\r\na=mid:0\r\n" +
	"m=audio 9 UDP/TLS/RTP/SAVPF 111 9 0 8 126\r\na=rtpmap:126 telephone-event/8000\r\n"

// TestWidebandPage: it may send both, and gets what came in G.722 as it is.
func TestWidebandPage(t *testing.T) {
	for on, want := range map[bool]string{true: "SAVPF 9 8 126\r\n", false: "SAVPF 8 126\r\n"} {
		s, _ := newServer(t, func(o *Options) { o.Wideband = on })
		answer, err := s.OpenTransport("agent", widePage)
		if err != nil || !strings.Contains(answer, want) || strings.Contains(answer, "a=rtpmap:9 G722/8000\r\n") != on {
			t.Errorf("%v: %s %v", on, answer, err)
		}
	}
	s, _ := newSilentServer(t, wideband)
	a := &phone{t: t, conn: listen(t)}
	a.joinWith(s, "person", "9")
	page := newPhone(t)
	tr, their := connected(t, s, page, "person")
	page.mu.Lock()
	page.unseal = their
	page.mu.Unlock()
	defer s.CloseLeg("agent leg")
	tr.wide = true
	person, err := s.leg("person")
	if err != nil {
		t.Fatal(err)
	}
	frame := encodeAll(linearOf(vector(t, "narrow.pcm"))[:frameSamples])
	person.receive(packet{payloadType: payloadG722, sequence: 1, timestamp: 160, ssrc: 5, payload: slices.Clone(frame)}, 101, at(time.Now()))
	person.receive(packet{payloadType: payloadPCMA, sequence: 2, timestamp: 320, ssrc: 5, payload: tone(440, frameSamples)}, 101, at(time.Now()))
	until(t, "both", func() bool {
		page.mu.Lock()
		defer page.mu.Unlock()
		return len(page.packets) == 2
	})
	page.mu.Lock()
	defer page.mu.Unlock()
	if one, two := page.packets[0], page.packets[1]; one.payloadType != payloadG722 || !bytes.Equal(one.payload, frame) || two.payloadType != payloadPCMA ||
		two.sequence != one.sequence+1 || two.timestamp != one.timestamp+frameSamples {
		t.Errorf("%+v %+v", one, two)
	}
}

// BenchmarkG722 is a packet in each direction.
func BenchmarkG722(b *testing.B) {
	codes := encodeAll(make([]int16, frameSamples))
	sound := tone(440, frameSamples)
	n := &narrower{band: newLowBand()}
	l := newLowBand()
	b.Run("to A-law", func(b *testing.B) {
		for b.Loop() {
			n.narrow(packet{payload: codes})
		}
	})
	payload := make([]byte, frameSamples)
	b.Run("from A-law", func(b *testing.B) {
		for b.Loop() {
			copy(payload, sound)
			l.widen(payload)
		}
	})
}
