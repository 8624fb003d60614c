package media

import (
	"math/rand/v2"
	"testing"
	"time"
)

// passes gives a packet to the stream, numbers relative to the stream's start.
type passed struct {
	ok       bool
	sequence uint16
	stamp    uint32
	marker   bool
}

func (o *outStream) pass(source uint64, ssrc uint32, sequence uint16, stamp uint32, now time.Time) passed {
	p := packet{sequence: sequence, timestamp: stamp, ssrc: ssrc}
	ok := o.rewrite(&p, source, now)
	if !ok {
		return passed{}
	}
	return passed{true, p.sequence, p.timestamp, p.marker}
}

func TestOneStreamOfManySources(t *testing.T) {
	start := time.Unix(1000, 0)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	var o outStream
	for i, step := range []struct {
		what     string
		source   uint64
		ssrc     uint32
		sequence uint16
		stamp    uint32
		ms       int
		want     passed
	}{
		{"the first packet", 1, 9, 65535, 4294967200, 0, passed{true, 1, 160, true}},
		{"both numbers wrap", 1, 9, 0, 64, 20, passed{true, 2, 320, false}},
		{"one is lost: the gap stays", 1, 9, 2, 384, 60, passed{true, 4, 640, false}},
		{"it comes late", 1, 9, 1, 224, 61, passed{true, 3, 480, false}},
		{"and once more", 1, 9, 1, 224, 61, passed{}},
		{"the newest again", 1, 9, 2, 384, 62, passed{}},
		{"another source half a second later", 2, 8, 500, 7000, 560, passed{true, 5, 640 + 4000, true}},
		{"its late packet has the number of the first source's", 2, 8, 499, 6840, 561, passed{}},
		{"the source sends with another SSRC", 2, 7, 30, 100, 580, passed{true, 6, 640 + 4000 + 160, true}},
		{"a packet from afar", 2, 7, 9000, 200, 590, passed{}},
		{"the next in order", 2, 7, 31, 260, 600, passed{true, 7, 640 + 4000 + 320, false}},
		{"it starts anew with the same SSRC", 2, 7, 60000, 800000, 610, passed{}},
		{"and means it", 2, 7, 60001, 800160, 620, passed{true, 8, 640 + 4000 + 480, true}},
	} {
		if got := o.pass(step.source, step.ssrc, step.sequence, step.stamp, at(step.ms)); got != step.want {
			t.Fatalf("%d, %s: %+v, want %+v", i, step.what, got, step.want)
		}
	}
}

// TestNoNumberIsSentTwice throws disorder, repeats, switches and restarts at the
// stream: with SRTP a number used twice gives the key away.
func TestNoNumberIsSentTwice(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var o outStream
	now := time.Unix(1000, 0)
	used := map[int64]bool{}
	highest, passes := int64(0), 0
	next := [3]uint16{65500, 7, 30000}
	ssrc := [3]uint32{1, 2, 3}
	source := 0
	for range 300_000 {
		now = now.Add(time.Millisecond)
		switch random.IntN(200) {
		case 0:
			source = random.IntN(3)
		case 1:
			next[source] = uint16(random.UintN(65536))
		case 2:
			ssrc[source]++
		}
		sequence := next[source] - uint16(random.IntN(80)*random.IntN(2))
		if sequence == next[source] {
			next[source]++
		}
		got := o.pass(uint64(source+1), ssrc[source], sequence, 0, now)
		if !got.ok {
			continue
		}
		passes++
		index := highest + int64(int16(got.sequence-uint16(highest)))
		if used[index] {
			t.Fatalf("number %d was sent twice", index)
		}
		used[index] = true
		highest = max(highest, index)
	}
	if passes < 100_000 {
		t.Fatalf("only %d packets passed", passes)
	}
}

// TestKeysHaveTheirRoom: no sound while a key is sent, and the sound after it is
// placed as if there had been no key.
func TestKeysHaveTheirRoom(t *testing.T) {
	var q pipe
	var sent []packet
	write := func(b []byte, _ outbox) {
		p, err := parseRTP(b)
		if err != nil {
			t.Fatal(err)
		}
		sent = append(sent, p)
	}
	keys := dtmfSender{keys: "5"}
	now := time.Unix(1000, 0)
	for i := range uint16(20) {
		q.audio(packet{sequence: i, timestamp: uint32(i) * frameSamples, ssrc: 1, payload: make([]byte, frameSamples)}, 1, payloadPCMA, at(now), write)
		if i >= 5 && keys.active() {
			if e, ok := keys.next(); ok {
				q.event(e, 101, at(now), write)
			}
		}
		now = now.Add(frameTime)
	}
	var kinds string
	for i, p := range sent {
		if p.sequence != sent[0].sequence+uint16(i) {
			t.Fatalf("packet %d has number %d", i, p.sequence)
		}
		if p.payloadType == 101 {
			kinds += "k"
			if want := sent[0].timestamp + 6*frameSamples; p.timestamp != want {
				t.Errorf("key packet %d at %d, want %d", i, p.timestamp, want)
			}
		} else {
			kinds += "a"
		}
	}
	if kinds != "aaaaaakkkkkkkkaaaaaaa" {
		t.Fatalf("packets %s", kinds)
	}
	if last, want := sent[len(sent)-1].timestamp-sent[0].timestamp, uint32(20*frameSamples); last != want {
		t.Errorf("after the key the sound is at %d, want %d", last, want)
	}
}
