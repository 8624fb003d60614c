package media

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"
)

// memory is a recording that lies nowhere.
type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

// TestPlaybackOfEveryCut: a recording of two seconds and a bit, cut anywhere, is readable
// to its last whole second, and whole only when it is.
func TestPlaybackOfEveryCut(t *testing.T) {
	s, _ := newServer(t, nil)
	for _, tail := range []int{0, 2, 1000, chunkBytes - 2} {
		header := make([]byte, headerSize)
		copy(header, recordingMagic)
		binary.BigEndian.PutUint64(header[headerSize-8:], 1_700_000_000_000)
		sealer, err := newSealer(s.o.RecordingKey, header)
		if err != nil {
			t.Fatal(err)
		}
		file := bytes.Clone(header)
		ends := map[int]int{headerSize: 0} // bytes of the file: whole frames in them
		for i := range 2 {
			file = sealer.seal(file, bytes.Repeat([]byte{byte(i)}, chunkBytes), false)
			ends[len(file)] = (i + 1) * chunkFrames
		}
		file = sealer.seal(file, bytes.Repeat([]byte{9}, tail), true)
		frames := 0
		for cut := range len(file) + 1 {
			if whole, ok := ends[cut]; ok {
				frames = whole
			}
			_, boundary := ends[cut]
			if !boundary && cut != len(file) && cut != len(file)-1 && cut%509 > 1 {
				continue // decrypting at every length would take long
			}
			p, err := s.OpenFile(memory{bytes.NewReader(file[:cut])})
			if cut < headerSize {
				if err == nil {
					t.Fatalf("%d bytes of a header are a recording", cut)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			want := frames
			if cut == len(file) {
				want += tail / 2
			}
			wav, err := io.ReadAll(p)
			if p.complete != (cut == len(file)) || p.frames != want || err != nil || len(wav) != wavHeaderSize+want*pcmFrame {
				t.Fatalf("tail %d, cut at %d of %d: complete %v, %d frames, want %d; %d bytes of WAV, %v",
					tail, cut, len(file), p.complete, p.frames, want, len(wav), err)
			}
		}
	}
}
