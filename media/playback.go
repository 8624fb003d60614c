package media

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

const (
	wavHeaderSize = 44
	pcmFrame      = 4 // two channels of 16 bits
)

// Playback reads a recording as a WAV file: 16-bit PCM, stereo, 8 kHz (browsers do
// not play A-law). It is an io.ReadSeeker, so that http.ServeContent gives ranges.
type Playback struct {
	file     *os.File
	sealer   chunkSealer
	chunks   []chunkAt
	frames   int
	start    time.Time
	complete bool // the last chunk is there

	at     int64
	loaded int // number of the chunk in sound, -1: none
	sound  []byte
}

// chunkAt is where a chunk is in the file, and which frames it holds.
type chunkAt struct {
	offset int64
	size   int
	frame  int
}

// OpenRecording opens a recording by its path in the index. A cut file is
// readable to its last whole chunk.
func (s *Server) OpenRecording(rel string) (*Playback, error) {
	if !filepath.IsLocal(rel) {
		return nil, fmt.Errorf("media: recording path %q leaves its directory", rel)
	}
	file, err := os.Open(s.recordingPath(rel))
	if err != nil {
		return nil, fmt.Errorf("media: recording: %w", err)
	}
	p := &Playback{file: file, loaded: -1}
	if err := p.index(s.o.RecordingKey); err != nil {
		return nil, errors.Join(fmt.Errorf("media: recording %s: %w", rel, err), file.Close())
	}
	return p, nil
}

// index finds the chunks.
func (p *Playback) index(key []byte) error {
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(p.file, header); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	if string(header[:len(recordingMagic)]) != recordingMagic {
		return errors.New("not a recording")
	}
	p.start = time.UnixMilli(int64(binary.BigEndian.Uint64(header[headerSize-8:]))).UTC() //nolint:gosec // written by us
	var err error
	if p.sealer, err = newSealer(key, header); err != nil {
		return err
	}
	info, err := p.file.Stat()
	if err != nil {
		return err
	}
	offset, overhead := int64(headerSize), p.sealer.aead.Overhead()
	for {
		var length [4]byte
		if _, err := p.file.ReadAt(length[:], offset); err != nil {
			break // the end, or cut here
		}
		size := int(binary.BigEndian.Uint32(length[:]))
		if size < overhead || size > chunkBytes+overhead || offset+4+int64(size) > info.Size() {
			break
		}
		p.chunks = append(p.chunks, chunkAt{offset: offset + 4, size: size, frame: p.frames})
		p.frames += (size - overhead) / 2
		offset += 4 + int64(size)
	}
	if n := len(p.chunks); n > 0 {
		_, err := p.read(n-1, true)
		p.complete = err == nil
	}
	return nil
}

func (p *Playback) read(n int, last bool) ([]byte, error) {
	c := p.chunks[n]
	sealed := make([]byte, c.size)
	if _, err := p.file.ReadAt(sealed, c.offset); err != nil {
		return nil, err
	}
	return p.sealer.open(uint64(n), sealed, last) //nolint:gosec // an index
}

// load decrypts the chunk that holds the frame; the newest stays in memory.
func (p *Playback) load(frame int) error {
	n := min(frame/chunkFrames, len(p.chunks)-1) // every chunk but the last is a second
	for n > 0 && p.chunks[n].frame > frame {
		n--
	}
	if n == p.loaded {
		return nil
	}
	sound, err := p.read(n, p.complete && n == len(p.chunks)-1)
	if err != nil {
		return fmt.Errorf("media: chunk %d of a recording: %w", n, err)
	}
	p.loaded, p.sound = n, sound
	return nil
}

// Duration of the recording.
func (p *Playback) Duration() time.Duration { return time.Duration(p.frames) * time.Millisecond / 8 }

// Size of the WAV file in bytes.
func (p *Playback) Size() int64 { return wavHeaderSize + int64(p.frames)*pcmFrame }

// Read implements io.Reader over the WAV file.
func (p *Playback) Read(b []byte) (int, error) {
	if p.at >= p.Size() {
		return 0, io.EOF
	}
	if p.at < wavHeaderSize {
		n := copy(b, p.header()[p.at:])
		p.at += int64(n)
		return n, nil
	}
	frame := int(p.at-wavHeaderSize) / pcmFrame
	if err := p.load(frame); err != nil {
		return 0, err
	}
	skip := int(p.at-wavHeaderSize) % pcmFrame
	codes := p.sound[2*(frame-p.chunks[p.loaded].frame):]
	n := 0
	for _, code := range codes {
		var pcm [2]byte
		binary.LittleEndian.PutUint16(pcm[:], uint16(ExpandALaw(code))) //nolint:gosec // two's complement is meant
		for _, octet := range pcm {
			if skip > 0 {
				skip--
				continue
			}
			if n == len(b) {
				p.at += int64(n)
				return n, nil
			}
			b[n] = octet
			n++
		}
	}
	p.at += int64(n)
	return n, nil
}

// Seek implements io.Seeker.
func (p *Playback) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += p.at
	case io.SeekEnd:
		offset += p.Size()
	}
	if offset < 0 {
		return 0, errors.New("media: seek before the start")
	}
	p.at = offset
	return offset, nil
}

// Close closes the file.
func (p *Playback) Close() error { return p.file.Close() }

func (p *Playback) header() []byte {
	const rate = 8000
	data := uint32(p.frames) * pcmFrame //nolint:gosec // a call's length
	h := append(make([]byte, 0, wavHeaderSize), "RIFF"...)
	h = binary.LittleEndian.AppendUint32(h, data+wavHeaderSize-8)
	h = append(h, "WAVEfmt "...)
	h = binary.LittleEndian.AppendUint32(h, 16)
	h = binary.LittleEndian.AppendUint16(h, 1) // PCM
	h = binary.LittleEndian.AppendUint16(h, 2)
	h = binary.LittleEndian.AppendUint32(h, rate)
	h = binary.LittleEndian.AppendUint32(h, rate*pcmFrame)
	h = binary.LittleEndian.AppendUint16(h, pcmFrame)
	h = binary.LittleEndian.AppendUint16(h, 16)
	h = append(h, "data"...)
	return binary.LittleEndian.AppendUint32(h, data)
}

// Peaks are the loudest samples of at most n equal parts, 0 to 1, for a waveform.
func (p *Playback) Peaks(n int) (left, right []float32, err error) {
	n = min(n, p.frames)
	if n <= 0 {
		return []float32{}, []float32{}, nil
	}
	left, right = make([]float32, n), make([]float32, n)
	for frame := 0; frame < p.frames; {
		if err := p.load(frame); err != nil {
			return nil, nil, err
		}
		for i := 0; i+1 < len(p.sound); i += 2 {
			part := frame * n / p.frames
			left[part] = max(left[part], loudness(p.sound[i]))
			right[part] = max(right[part], loudness(p.sound[i+1]))
			frame++
		}
		if len(p.sound) == 0 {
			break
		}
	}
	return left, right, nil
}

func loudness(code byte) float32 {
	v := float32(ExpandALaw(code)) / 32768
	if v < 0 {
		return -v
	}
	return v
}

// digest hashes the file as it lies on disk.
func (p *Playback) digest() (sum string, size int64, err error) {
	h := sha256.New()
	size, err = io.Copy(h, io.NewSectionReader(p.file, 0, 1<<62))
	return hex.EncodeToString(h.Sum(nil)), size, err
}
