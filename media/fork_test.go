package media

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"time"
)

// tape is a fork that keeps what it gets.
type tape struct {
	mu     sync.Mutex
	start  time.Time
	from   int // of the first stretch
	sound  []byte
	broken bool // a stretch did not follow the one before
}

func (k *tape) open(start time.Time) Fork {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.start = start
	return k
}

func (k *tape) Sound(at int, stereo []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.sound) == 0 {
		k.from = at
	}
	k.broken = k.broken || at != k.from+len(k.sound)/2
	k.sound = append(k.sound, stereo...)
}

func (k *tape) length() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.sound) / 2
}

// side is one channel of stereo.
func side(stereo []byte, channel int) []byte {
	var one []byte
	for i := channel; i < len(stereo); i += 2 {
		one = append(one, stereo[i])
	}
	return one
}

// mostly is the share of stretches of 50 ms that hold that tone alone: one that is in two
// pieces, since a speaker was held up, has two phases.
func mostly(codes []byte, hz float64) float64 {
	held, all := 0, 0
	for stretch := range slices.Chunk(codes, 400) {
		all++
		if heard(stretch, hz) > 0.9 {
			held++
		}
	}
	return float64(held) / float64(all)
}

// TestForkIsTheRecording: both sides apart, and what the fork has the recording has, its
// silence for a pause too; it begins in the middle.
func TestForkIsTheRecording(t *testing.T) {
	s, _ := newServer(t, nil)
	a, b := newPhone(t), newPhone(t)
	a.join(s, "a")
	b.join(s, "b")
	stop := make(chan struct{})
	var speakers sync.WaitGroup
	speakers.Go(func() { a.speak(440, stop) })
	speakers.Go(func() { b.speak(1000, stop) })
	fork := &tape{}
	if err := s.ForkRecording("call", 1, fork.open); err == nil {
		t.Fatal("a segment that is not there was forked")
	}
	if err := s.StartRecording(Recording{Call: "call", Segment: 1, Left: "a", Others: []string{"b"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.ForkRecording("call", 1, fork.open); err != nil {
		t.Fatal(err)
	}
	const second = 8000
	until(t, "a second and more", func() bool { return fork.length() > 3*second/2 })
	pause := func(paused bool) {
		t.Helper()
		if err := s.PauseRecording("call", 1, paused); err != nil {
			t.Fatal(err)
		}
	}
	pause(true)
	from := fork.length() + second/2
	until(t, "a pause", func() bool { return fork.length() > from+second/4 })
	pause(false)
	silent := fork.from + from
	until(t, "the rest", func() bool { return fork.length() > from+3*second/2 })
	info, err := s.StopRecording("call", 1)
	if err != nil {
		t.Fatal(err)
	}
	close(stop)
	speakers.Wait()
	p, err := s.OpenRecording(info.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	wav, err := io.ReadAll(p)
	if err != nil {
		t.Fatal(err)
	}
	if fork.broken || !fork.start.Equal(info.StartedAt) {
		t.Fatalf("in order: %v, from %v, want %v", !fork.broken, fork.start, info.StartedAt)
	}
	if got := fork.from + fork.length(); got != p.frames {
		t.Errorf("the fork ends at %d, the recording at %d", got, p.frames)
	}
	recorded := make([]byte, 0, len(wav)/2)
	for i := wavHeaderSize; i+1 < len(wav); i += 2 {
		recorded = append(recorded, CompressALaw(int16(uint16(wav[i])|uint16(wav[i+1])<<8)))
	}
	late := 0
	for i, code := range recorded[2*fork.from:] {
		if fork.sound[i] != code {
			late++ // on a slow machine: in the recording alone
			if fork.sound[i] != silenceALaw {
				t.Fatalf("at %d the fork has another sound than the recording", i)
			}
		}
	}
	t.Logf("%d of %d samples came late", late, len(fork.sound))
	if l, r := mostly(side(fork.sound[:2*second], 0), 440), mostly(side(fork.sound[:2*second], 1), 1000); l < 0.7 || r < 0.7 {
		t.Errorf("left %.2f, right %.2f", l, r)
	}
	quiet := fork.sound[2*(silent-fork.from) : 2*(silent-fork.from)+second/4]
	if !bytes.Equal(quiet, bytes.Repeat([]byte{silenceALaw}, len(quiet))) {
		t.Error("the pause is heard")
	}
}

// TestForkOfAFileThatFails ends with the recording: what is not recorded is not sent.
func TestForkOfAFileThatFails(t *testing.T) {
	s, _ := newServer(t, nil)
	a, b := newPhone(t), newPhone(t)
	a.join(s, "a")
	b.join(s, "b")
	if err := s.StartRecording(Recording{Call: "call", Segment: 1, Left: "a", Others: []string{"b"}}); err != nil {
		t.Fatal(err)
	}
	fork := &tape{}
	if err := s.ForkRecording("call", 1, fork.open); err != nil {
		t.Fatal(err)
	}
	s.mu.RLock()
	r := s.recorders[recorderID{"call", 1}]
	s.mu.RUnlock()
	r.writing.Lock()
	_ = r.file.Close()
	r.writing.Unlock()
	until(t, "given up", r.isClosed)
	before := fork.length()
	r.feedNow(time.Now().Add(time.Minute))
	if fork.length() != before {
		t.Error("sent without being recorded")
	}
	if _, err := s.StopRecording("call", 1); err == nil {
		t.Error("a broken recording is whole")
	}
}

// BenchmarkRecordedPacket is what a packet of a recorded call costs the thread that moves
// it, and the loops' share of it; with a fork, and without.
func BenchmarkRecordedPacket(b *testing.B) {
	for _, forked := range []bool{false, true} {
		name := "recorded"
		if forked {
			name = "and forked"
		}
		b.Run(name, func(b *testing.B) {
			s, err := New(Options{
				ICEAddr: "127.0.0.1:0", RecordingsDir: b.TempDir(), RecordingKey: bytes.Repeat([]byte("k"), 32),
				Prompts: func(string) ([]byte, error) { return nil, io.EOF },
			}, newEvents())
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = s.Stop() }()
			one, two := newLeg(s, "one"), newLeg(s, "two")
			if err := errors.Join(s.add(one), s.add(two), s.StartRecording(Recording{Call: "call", Segment: 1, Left: "one", Others: []string{"two"}})); err != nil {
				b.Fatal(err)
			}
			r := s.recorders[recorderID{"call", 1}]
			if forked {
				if err := s.ForkRecording("call", 1, func(time.Time) Fork { return discarded{} }); err != nil {
					b.Fatal(err)
				}
			}
			p := packet{payloadType: payloadPCMA, ssrc: 5, payload: tone(440, frameSamples)}
			now, n := r.start, 0
			var room recordRoom
			for b.Loop() {
				now = now.Add(frameTime)
				p.sequence++
				p.timestamp += frameSamples
				one.receive(p, 101, at(now))
				if n++; n%5 == 0 {
					r.feedNow(now)
				}
				if n%50 == 0 {
					b.StopTimer() // the disk is not what is measured
					if err := r.flush(now, &room); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
			}
		})
	}
}

// discarded is a fork that copies, as the real one does.
type discarded struct{}

func (discarded) Sound(_ int, stereo []byte) { _ = bytes.Clone(stereo) }
