package media

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// party is a phone with a tone of its own.
type party struct {
	*phone
	leg string
	hz  float64
}

// newParties join a server and speak until the test ends.
func newParties(t *testing.T, s *Server, legs ...string) map[string]party {
	t.Helper()
	tones := []float64{400, 700, 1100, 1500, 1900}
	parties := map[string]party{}
	stop := make(chan struct{})
	var speakers sync.WaitGroup
	for i, leg := range legs {
		p := party{newPhone(t), leg, tones[i]}
		p.join(s, leg)
		parties[leg] = p
		speakers.Go(func() { p.speak(p.hz, stop) })
	}
	t.Cleanup(func() { close(stop); speakers.Wait() })
	return parties
}

// shares are the parts of the sound's power that are the parties' tones; nobody's: silence.
func shares(codes []byte, parties map[string]party) map[string]float64 {
	shares := map[string]float64{}
	for name, p := range parties {
		shares[name] = heard(codes, p.hz)
	}
	return shares
}

// hearsOnly waits until the newest 200 ms hold each of the named parties as loud as the
// others, and nobody else.
func hearsOnly(t *testing.T, parties map[string]party, listener string, names ...string) {
	t.Helper()
	p := parties[listener]
	var last map[string]float64
	until(t, listener+" hears only "+strings.Join(names, " and "), func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		n := len(p.sound)
		if n < 1600 {
			return false
		}
		last = shares(p.sound[n-1600:], parties)
		for name, share := range last {
			least, most := 0.0, 0.02
			if slices.Contains(names, name) {
				least, most = 0.8/float64(len(names)), 1.0
			}
			if share < least || share > most {
				return false
			}
		}
		return len(names) > 0 || bytes.Count(p.sound[n-1600:], []byte{silenceALaw}) == 1600
	})
}

func hear(t *testing.T, s *Server, leg string, sources ...string) {
	t.Helper()
	if err := s.Hear(leg, sources...); err != nil {
		t.Fatal(err)
	}
}

// TestWhoHearsWhom goes through what a supervisor and an expert do to a call. In each
// state everybody hears whom he should, and never himself.
func TestWhoHearsWhom(t *testing.T) {
	s, _ := newServer(t, nil)
	p := newParties(t, s, "caller", "agent", "supervisor", "expert")
	if err := s.Bridge("caller", "agent"); err != nil {
		t.Fatal(err)
	}
	hearsOnly(t, p, "caller", "agent")
	hearsOnly(t, p, "agent", "caller")

	hear(t, s, "supervisor", "caller", "agent") // monitor
	hearsOnly(t, p, "supervisor", "caller", "agent")
	hearsOnly(t, p, "caller", "agent")
	hearsOnly(t, p, "agent", "caller")

	hear(t, s, "agent", "caller", "supervisor") // whisper
	hearsOnly(t, p, "agent", "caller", "supervisor")
	hearsOnly(t, p, "caller", "agent")

	hear(t, s, "caller", "agent", "supervisor") // barge in
	hearsOnly(t, p, "caller", "agent", "supervisor")

	s.Mute("supervisor", true)
	hearsOnly(t, p, "caller", "agent")
	s.Mute("supervisor", false)

	for _, leg := range []string{"caller", "agent", "supervisor", "expert"} { // four in conference
		var others []string
		for name := range p {
			if name != leg {
				others = append(others, name)
			}
		}
		hear(t, s, leg, others...)
	}
	for leg := range p {
		var others []string
		for name := range p {
			if name != leg {
				others = append(others, name)
			}
		}
		hearsOnly(t, p, leg, others...)
	}

	if err := s.Play("agent", Play{ID: "1", Sources: []string{"music"}, Loop: true}); err != nil {
		t.Fatal(err)
	}
	p["agent"].hears(600) // he alone
	hearsOnly(t, p, "caller", "agent", "supervisor", "expert")

	s.CloseLeg("agent") // leaves the rest
	hearsOnly(t, p, "caller", "supervisor", "expert")
	s.CloseLeg("expert")
	hearsOnly(t, p, "caller", "supervisor")
	s.CloseLeg("supervisor")
	hearsOnly(t, p, "caller")
	checkOneStream(t, p["caller"].phone)
}

// TestAHeldLegHearsNothing: the far end's hold holds in a conference too.
func TestAHeldLegHearsNothing(t *testing.T) {
	s, _ := newServer(t, nil)
	p := newParties(t, s, "a", "b", "c")
	hear(t, s, "a", "b", "c")
	hear(t, s, "b", "a", "c")
	hearsOnly(t, p, "b", "a", "c")
	hold := strings.Replace(string(p["b"].offer("8")), "sendrecv", "sendonly", 1)
	if _, held, err := s.Reoffer("b", []byte(hold)); err != nil || !held {
		t.Fatalf("%v %v", held, err)
	}
	before := packetsOf(p["b"])
	hearsOnly(t, p, "a", "b", "c") // its hold music goes on
	if sent := packetsOf(p["b"]) - before; sent > 1 {
		t.Errorf("a held leg got %d packets", sent)
	}
}

func packetsOf(p party) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.packets)
}

// TestABridgeIsLeft: who is bridged elsewhere is no longer heard by his old partner.
func TestABridgeIsLeft(t *testing.T) {
	s, _ := newServer(t, nil)
	p := newParties(t, s, "a", "b", "c")
	for _, pair := range [][2]string{{"a", "b"}, {"a", "c"}} {
		if err := s.Bridge(pair[0], pair[1]); err != nil {
			t.Fatal(err)
		}
	}
	hearsOnly(t, p, "b")
	hearsOnly(t, p, "a", "c")
	hearsOnly(t, p, "c", "a")
	s.Unbridge("a", "c")
	hearsOnly(t, p, "a")
	hearsOnly(t, p, "c")
}

func TestWhatCannotBeHeard(t *testing.T) {
	s, _ := newServer(t, nil)
	for _, leg := range []string{"a", "b", "c", "d", "e", "f"} {
		(&phone{t: t, conn: listen(t)}).join(s, leg)
	}
	for name, sources := range map[string][]string{
		"itself": {"a"}, "a stranger": {"x"}, "one twice": {"b", "b"}, "too many": {"b", "c", "d", "e", "f"},
	} {
		if err := s.Hear("a", sources...); err == nil {
			t.Errorf("a hears %s", name)
		}
	}
	if err := s.Hear("x", "a"); err == nil {
		t.Error("a stranger hears a")
	}
	if err := s.Bridge("a", "a"); err == nil {
		t.Error("a bridge to itself")
	}
	if err := s.StartRecording(Recording{Call: "c", Segment: 1, Left: "a", Others: []string{"b", "c", "d", "e", "f"}}); err == nil {
		t.Error("five on a channel")
	}
}

// TestARecordingHoldsTheSum: the right channel has everybody but the caller, and what
// is said during a pause is in neither.
func TestARecordingHoldsTheSum(t *testing.T) {
	s, _ := newServer(t, nil)
	p := newParties(t, s, "caller", "agent", "expert")
	hearsAll := func() {
		hear(t, s, "caller", "agent", "expert")
		hearsOnly(t, p, "caller", "agent", "expert")
	}
	hearsAll()
	if err := s.StartRecording(Recording{Call: "call", Segment: 1, Left: "caller", Others: []string{"agent", "expert"}}); err != nil {
		t.Fatal(err)
	}
	said := func(packets int) {
		before := packetsOf(p["caller"])
		until(t, "some is said", func() bool { return packetsOf(p["caller"]) > before+packets })
	}
	said(30)
	if err := s.PauseRecording("call", 1, true); err != nil {
		t.Fatal(err)
	}
	from := time.Now()
	const atLeast = 600 * time.Millisecond
	said(30)
	until(t, "the pause is long enough to be seen", func() bool { return time.Since(from) > atLeast })
	paused := time.Since(from) - maxDrift
	if err := s.PauseRecording("call", 1, false); err != nil {
		t.Fatal(err)
	}
	said(30)
	info, err := s.StopRecording("call", 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.PauseRecording("call", 1, true); err == nil {
		t.Error("paused what is over")
	}
	left, right := sidesOf(t, s, info.Path)
	if len(left) < 90*frameSamples*9/10 {
		t.Errorf("%d samples: the pause took time away", len(left))
	}
	for at := 0; at+800 <= len(left); at += 400 {
		l, r := shares(left[at:at+800], p), shares(right[at:at+800], p)
		if l["agent"]+l["expert"] > 0.1 || r["caller"] > 0.1 {
			t.Fatalf("at %d: left %v, right %v", at, l, r)
		}
	}
	for _, part := range []struct{ from, to int }{{0, len(left) / 4}, {len(left) * 3 / 4, len(left)}} {
		if best := bestWindow(left[part.from:part.to], p["caller"].hz); best < 0.9 {
			t.Errorf("the caller is %.2f of the left", best)
		}
		together := 0.0
		for at := part.from; at+800 <= part.to; at += 400 {
			both := shares(right[at:at+800], p)
			together = max(together, min(both["agent"], both["expert"]))
		}
		if together < 0.4 {
			t.Errorf("the right never holds both: %.2f", together)
		}
	}
	// Packets may come in a heap on a busy machine: how long it was the clock says.
	if pause := bytes.Repeat([]byte{silenceALaw}, int(paused*8/time.Millisecond)); !bytes.Contains(left, pause) || !bytes.Contains(right, pause) {
		t.Error("the pause is not silent")
	}
	if err := s.StartRecording(Recording{Call: "call", Segment: 2, Left: "caller", Others: []string{"agent"}, Paused: true}); err != nil {
		t.Fatal(err)
	}
	said(10)
	if info, err = s.StopRecording("call", 2); err != nil {
		t.Fatal(err)
	}
	left, right = sidesOf(t, s, info.Path)
	if len(left) < 5*frameSamples || strings.Trim(string(append(left, right...)), string([]byte{silenceALaw})) != "" {
		t.Error("a segment that began paused is not silent")
	}
}

// TestWhatComesLateOutOfAPauseIsNotKept: said during the pause, received after it.
func TestWhatComesLateOutOfAPauseIsNotKept(t *testing.T) {
	s, _ := newServer(t, nil)
	r, err := newRecorder(s, Recording{Call: "call", Segment: 1, Left: "caller"})
	if err != nil {
		t.Fatal(err)
	}
	side := &track{r: r}
	sound := bytes.Repeat([]byte{0x2a}, frameSamples)
	said := func(at, later time.Duration) {
		side.write(1, uint32(at*8/time.Millisecond), sound, r.start.Add(at+later))
	}
	said(100*time.Millisecond, 0)
	r.pause(true, r.start.Add(200*time.Millisecond))
	said(300*time.Millisecond, 0)
	r.pause(false, r.start.Add(400*time.Millisecond))
	said(380*time.Millisecond, 100*time.Millisecond)
	said(400*time.Millisecond, 100*time.Millisecond)
	info, err := r.close()
	if err != nil {
		t.Fatal(err)
	}
	left, _ := sidesOf(t, s, info.Path)
	var kept []int
	for at := 0; at+frameSamples <= len(left); at += frameSamples {
		if bytes.Equal(left[at:at+frameSamples], sound) {
			kept = append(kept, at/frameSamples)
		}
	}
	if !slices.Equal(kept, []int{5, 20}) {
		t.Errorf("kept are packets %v; want the ones of 100 and 400 ms", kept)
	}
}

// sidesOf reads both channels of a recording as A-law.
func sidesOf(t *testing.T, s *Server, path string) (left, right []byte) {
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
	for at := wavHeaderSize; at < len(wav); at += pcmFrame {
		left = append(left, CompressALaw(int16(uint16(wav[at])|uint16(wav[at+1])<<8)))
		right = append(right, CompressALaw(int16(uint16(wav[at+2])|uint16(wav[at+3])<<8)))
	}
	return left, right
}

// TestTheMixersPace: jitter below a frame leaves no hole, a source that runs fast or
// in lumps does not pile up, late and repeated packets are dropped.
func TestTheMixersPace(t *testing.T) {
	m := newMixer(1, []*leg{{name: 5}, {name: 6}})
	sound := tone(500, 1<<16)
	sequence := uint16(65500)
	at := 0
	push := func(samples int) {
		m.add(packet{sequence: sequence, ssrc: 9, payload: sound[at : at+samples]}, 5)
		sequence++
		at += samples
	}
	push(frameSamples)
	if m.packet(); m.inputs[0].plays {
		t.Fatal("it did not wait for jitter")
	}
	var out []byte
	for i := range 200 { // by turns two packets and none
		if i%2 == 0 {
			push(frameSamples)
			push(frameSamples)
		}
		out = append(out, m.packet().payload...)
	}
	if !bytes.Equal(out, sound[:len(out)]) {
		t.Fatal("a single speaker is changed, or has a hole")
	}
	m.add(packet{sequence: sequence - 1, ssrc: 9, payload: sound[:frameSamples]}, 5)
	m.add(packet{sequence: sequence - 3, ssrc: 9, payload: sound[:frameSamples]}, 5)
	m.add(packet{sequence: sequence, ssrc: 9, payload: sound[:frameSamples]}, 7) // nobody's
	if n := m.inputs[0].n; n > 2*frameSamples {
		t.Fatalf("%d samples wait after repeats", n)
	}
	for range 1000 {
		if at+1400 > len(sound) {
			at = 0
		}
		push(1400) // nobody sends so much
		m.packet()
	}
	if n := m.inputs[0].n; n > mixerRoom {
		t.Fatalf("%d samples wait", n)
	}
}

// TestLoudTogether: a sum beyond the largest sample is the largest, not its opposite.
func TestLoudTogether(t *testing.T) {
	for code := range 256 {
		v := ExpandALaw(byte(code))
		if got := sumToALaw(int32(v)); got != byte(code) {
			t.Errorf("code %#x comes back as %#x", code, got)
		}
	}
	loud, low := CompressALaw(32767), CompressALaw(-32768)
	if addALaw(loud, loud) != loud || addALaw(low, low) != low || addALaw(silenceALaw, 0x12) != 0x12 {
		t.Error("sums are not bounded")
	}
}

func BenchmarkMixThree(b *testing.B) {
	m := newMixer(1, []*leg{{name: 0}, {name: 1}, {name: 2}})
	sound := tone(500, frameSamples)
	for i := range b.N {
		for from := range uint64(3) {
			m.add(packet{sequence: uint16(i), payload: sound}, from)
		}
		m.packet()
	}
}
