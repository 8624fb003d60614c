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
	file     File
	sealer   chunkSealer
	whole    int   // chunks of a second
	tail     int64 // bytes of sound in the one after them, -1: there is none
	frames   int
	start    time.Time
	complete bool // the last chunk is there

	at     int64
	loaded int // number of the chunk in sound, -1: none
	sound  []byte
}

// File is a recording as it was written, wherever it lies.
type File interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// OpenFile opens a recording that lies elsewhere; it closes the file in the end, also
// when it is none.
func (s *Server) OpenFile(file File) (*Playback, error) {
	p := &Playback{file: file, loaded: -1}
	if err := p.index(s.o.RecordingKey); err != nil {
		return nil, errors.Join(fmt.Errorf("media: recording: %w", err), file.Close())
	}
	return p, nil
}

// diskFile is a recording in the recordings directory.
type diskFile struct {
	*os.File
	size int64
}

func (f diskFile) Size() int64 { return f.size }

// OpenRecording opens a recording by its path in the recordings directory. A cut file is
// readable to its last whole chunk.
func (s *Server) OpenRecording(rel string) (*Playback, error) {
	if !filepath.IsLocal(rel) {
		return nil, fmt.Errorf("media: recording path %q leaves its directory", rel)
	}
	file, err := os.Open(s.recordingPath(rel))
	if err != nil {
		return nil, fmt.Errorf("media: recording: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("media: recording: %w", err), file.Close())
	}
	p, err := s.OpenFile(diskFile{file, info.Size()})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", rel, err)
	}
	return p, nil
}

// index works out where the chunks are: all but the last hold a second. Nothing but the
// header and the end is read, since the file may lie far away.
func (p *Playback) index(key []byte) error {
	header := make([]byte, headerSize)
	if _, err := p.file.ReadAt(header, 0); err != nil {
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
	overhead := int64(p.sealer.aead.Overhead())
	sound := p.file.Size() - int64(headerSize)
	p.whole = int(sound / p.stride())
	p.frames = p.whole * chunkFrames
	if p.tail = sound%p.stride() - lengthSize - overhead; p.tail >= 0 && p.ends(p.whole) {
		p.frames += int(p.tail) / 2
	} else { // cut: what was begun last is not there
		p.tail = -1
	}
	_, err = p.read(p.chunks()-1, true)
	p.complete = err == nil
	return nil
}

// stride is from one whole chunk to the next.
func (p *Playback) stride() int64 { return lengthSize + chunkBytes + int64(p.sealer.aead.Overhead()) }

// chunk is where the n-th is: its length, then size bytes.
func (p *Playback) chunk(n int) (offset int64, size int) {
	size = chunkBytes
	if n == p.whole {
		size = int(p.tail)
	}
	return int64(headerSize) + int64(n)*p.stride(), size + p.sealer.aead.Overhead()
}

func (p *Playback) chunks() int {
	if p.tail < 0 {
		return p.whole
	}
	return p.whole + 1
}

// ends says whether the last chunk, number n, is as long as the file is.
func (p *Playback) ends(n int) bool {
	var length [lengthSize]byte
	offset, size := p.chunk(n)
	_, err := p.file.ReadAt(length[:], offset)
	return err == nil && int64(binary.BigEndian.Uint32(length[:])) == int64(size)
}

func (p *Playback) read(n int, last bool) ([]byte, error) {
	if n < 0 {
		return nil, io.ErrUnexpectedEOF
	}
	offset, size := p.chunk(n)
	sealed := make([]byte, size)
	if got, err := p.file.ReadAt(sealed, offset+lengthSize); got < size {
		return nil, err
	}
	return p.sealer.open(uint64(n), sealed, last)
}

// load decrypts the chunk that holds the frame; the newest stays in memory.
func (p *Playback) load(frame int) error {
	n := frame / chunkFrames
	if n == p.loaded {
		return nil
	}
	sound, err := p.read(n, p.complete && n == p.chunks()-1)
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
	codes := p.sound[2*(frame-p.loaded*chunkFrames):]
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
	size, err = io.Copy(h, io.NewSectionReader(p.file, 0, p.file.Size()))
	return hex.EncodeToString(h.Sum(nil)), size, err
}
