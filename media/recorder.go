package media

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	dayFolder = "2006/01/02" // of a recording, by its start in UTC
	// lateness is how long a packet may be late and still find its place.
	lateness = 200 * time.Millisecond
	// windowBytes is what waits at most while all is well: the second that is not over, what
	// may be late, and the writer's round.
	windowBytes = 2 * 8 * int((time.Second+lateness+2*recordEvery)/time.Millisecond)
	// drift between RTP and the clock past which a track is placed anew.
	maxDrift = 300 * time.Millisecond
)

type recorderID struct {
	call    string
	segment int
}

// recorder writes one segment. Tracks write into a window of time; the writer
// takes whole seconds out of it.
type recorder struct {
	id    recorderID
	rel   string
	path  string
	start time.Time

	mu      sync.Mutex
	window  []byte // stereo A-law from frame number base on
	base    int
	closed  bool
	paused  bool // what is said is not kept
	resumed int  // frame of the last pause's end: what arrives late from before it is not kept
	fork    *forkTap

	writing sync.Mutex // guards what follows
	file    *os.File
	sealer  chunkSealer
	sum     hash.Hash
	bytes   int64
	failed  error
}

// track is one side of a recording.
type track struct {
	r       *recorder
	channel int
	adds    bool // others speak on the same channel

	// Of the leg's receiving goroutine, under r.mu.
	placed bool
	ssrc   uint32
	stamp  uint32 // RTP timestamp at frame
	frame  int
}

// StartRecording begins a segment of some legs; a leg is in one segment at a time.
func (s *Server) StartRecording(rec Recording) error {
	if len(rec.Others) > maxHeard {
		return fmt.Errorf("media: %d legs on a recording's right, at most %d", len(rec.Others), maxHeard)
	}
	legs := make([]*leg, 0, 1+maxHeard)
	for _, id := range append([]string{rec.Left}, rec.Others...) {
		l, err := s.leg(id)
		if err != nil {
			return err
		}
		legs = append(legs, l)
	}
	r, err := newRecorder(s, rec)
	if err != nil {
		return err
	}
	if err := s.register(r); err != nil {
		return errors.Join(err, r.file.Close(), os.Remove(r.path+partSuffix))
	}
	for i, l := range legs {
		l.wire(func() { l.rec = &track{r: r, channel: min(i, 1), adds: i > 0 && len(rec.Others) > 1} })
	}
	return nil
}

// PauseRecording keeps what is said from now on out of a segment, or takes it in
// again. Meanwhile both channels are silence, so that times in the file stay true.
func (s *Server) PauseRecording(call string, segment int, paused bool) error {
	s.mu.RLock()
	r := s.recorders[recorderID{call, segment}]
	s.mu.RUnlock()
	if r == nil {
		return fmt.Errorf("media: segment %d of %s is not being recorded", segment, call)
	}
	r.pause(paused, time.Now())
	return nil
}

func (r *recorder) pause(paused bool, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.paused && !paused {
		r.resumed = r.clock(now)
	}
	r.paused = paused
}

// clock is the frame that a moment has.
func (r *recorder) clock(now time.Time) int { return int(now.Sub(r.start) * 8 / time.Millisecond) }

func (s *Server) register(r *recorder) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return errStopped
	}
	if s.recorders[r.id] != nil {
		return fmt.Errorf("media: segment %d of %s is being recorded", r.id.segment, r.id.call)
	}
	s.recorders[r.id] = r
	return nil
}

// StopRecording ends a segment; what was said up to now is in it.
func (s *Server) StopRecording(call string, segment int) (RecordingInfo, error) {
	id := recorderID{call, segment}
	s.mu.Lock()
	r := s.recorders[id]
	delete(s.recorders, id)
	delete(s.forks, id)
	var legs []*leg
	for _, l := range s.legs {
		legs = append(legs, l)
	}
	s.mu.Unlock()
	if r == nil {
		return RecordingInfo{}, fmt.Errorf("media: segment %d of %s is not being recorded", segment, call)
	}
	for _, l := range legs {
		l.wire(func() {
			if l.rec != nil && l.rec.r == r {
				l.rec = nil
			}
		})
	}
	return r.close()
}

// newRecorder makes the file, in a folder for each day.
func newRecorder(s *Server, rec Recording) (*recorder, error) {
	if rec.Call == "" || strings.ContainsAny(rec.Call, "/\\.") || rec.Segment < 1 {
		return nil, fmt.Errorf("media: recording of call %q segment %d: not a name", rec.Call, rec.Segment)
	}
	now := time.Now().UTC()
	rel := filepath.Join(now.Format(dayFolder), fmt.Sprintf("%s-%d%s", rec.Call, rec.Segment, recordingSuffix))
	r := &recorder{
		id: recorderID{rec.Call, rec.Segment}, rel: rel, path: s.recordingPath(rel), start: now, paused: rec.Paused, sum: sha256.New(),
		window: *windows.Get().(*[]byte),
	}
	if err := os.MkdirAll(filepath.Dir(r.path), 0o700); err != nil {
		return nil, fmt.Errorf("media: recording: %w", err)
	}
	var err error
	r.file, err = os.OpenFile(r.path+partSuffix, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("media: recording: %w", err)
	}
	header := make([]byte, headerSize)
	copy(header, recordingMagic)
	_, _ = rand.Read(header[len(recordingMagic) : len(recordingMagic)+saltSize]) // never fails
	binary.BigEndian.PutUint64(header[headerSize-8:], uint64(now.UnixMilli()))
	if r.sealer, err = newSealer(s.o.RecordingKey, header); err == nil {
		err = r.put(header)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("media: recording: %w", err), r.file.Close())
	}
	return r, nil
}

// windows are those of recordings that have ended: a call that is handed on has a segment
// after the other, and the garbage of each would be as large as all else it leaves.
var windows = sync.Pool{New: func() any { w := make([]byte, 0, windowBytes); return &w }}

// letGo gives the window back once nothing can be written any more.
func (r *recorder) letGo() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w := r.window[:0]; cap(w) == windowBytes {
		windows.Put(&w)
	}
	r.window = nil
}

func (r *recorder) put(b []byte) error {
	n, err := r.file.Write(b)
	r.bytes += int64(n)
	r.sum.Write(b[:n])
	return err
}

// write places what a leg said: the first packet by the clock, the next ones by
// their RTP timestamps, and anew when the two drift apart.
func (t *track) write(ssrc, stamp uint32, payload []byte, now time.Time) {
	r := t.r
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	clock := r.clock(now)
	frame := t.frame + int(int32(stamp-t.stamp)) //nolint:gosec // serial arithmetic
	drift := int(maxDrift * 8 / time.Millisecond)
	if t.adds && t.placed && ssrc == t.ssrc && int32(stamp-t.stamp) <= 0 { //nolint:gosec // serial arithmetic
		return // a packet that came twice would be twice as loud
	}
	if !t.placed || ssrc != t.ssrc || frame-clock > drift || clock-frame > drift {
		frame = clock
		t.placed, t.ssrc = true, ssrc
	}
	t.stamp, t.frame = stamp, frame
	if !r.paused && frame >= r.resumed {
		r.set(t.channel, frame, payload, t.adds)
	}
}

// set puts samples into the window; what is too old or too far ahead is dropped.
func (r *recorder) set(channel, frame int, payload []byte, add bool) {
	const ahead = 5 * chunkFrames
	from := frame - r.base
	if from < 0 {
		if -from >= len(payload) {
			return
		}
		payload = payload[-from:]
		from = 0
	}
	if from > ahead {
		return
	}
	for len(r.window) < 2*(from+len(payload)) {
		r.window = append(r.window, silenceALaw)
	}
	for i, code := range payload {
		at := &r.window[2*(from+i)+channel]
		if add {
			code = addALaw(*at, code)
		}
		*at = code
	}
}

// due takes the whole seconds that can get no more packets, with silence where
// nobody spoke. It appends them to room.
func (r *recorder) due(room []byte, now time.Time, all bool) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	until := int((now.Sub(r.start) - lateness) * 8 / time.Millisecond)
	if all {
		r.closed = true
		until = max(int(now.Sub(r.start)*8/time.Millisecond), r.base+len(r.window)/2)
	} else {
		until -= until % chunkFrames
	}
	r.feed(until)
	n := 2 * (until - r.base)
	if n <= 0 {
		return room
	}
	for len(r.window) < n {
		r.window = append(r.window, silenceALaw)
	}
	out := append(room, r.window[:n]...)
	r.window = append(r.window[:0], r.window[n:]...)
	r.base = until
	return out
}

// flush writes the seconds that are due. A file that cannot be written is given up;
// that is told once, and again by close.
func (r *recorder) flush(now time.Time, room *recordRoom) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	if r.isClosed() || r.failed != nil {
		return nil
	}
	room.sound = r.due(room.sound[:0], now, false)
	for sound := room.sound; len(sound) > 0 && r.failed == nil; {
		n := min(chunkBytes, len(sound))
		room.sealed = r.sealer.seal(room.sealed[:0], sound[:n], false)
		r.failed = r.put(room.sealed)
		sound = sound[n:]
	}
	if r.failed != nil {
		r.due(nil, now, true) // nothing more is kept for it
	}
	return r.failed
}

func (r *recorder) close() (RecordingInfo, error) {
	now := time.Now()
	r.writing.Lock()
	defer r.writing.Unlock()
	defer r.letGo()
	var sound []byte
	if r.failed == nil {
		sound = r.due(nil, now, true)
	}
	for len(sound) >= chunkBytes && r.failed == nil {
		r.failed = r.put(r.sealer.seal(nil, sound[:chunkBytes], false))
		sound = sound[chunkBytes:]
	}
	if r.failed == nil {
		r.failed = r.put(r.sealer.seal(nil, sound, true))
	}
	err := errors.Join(r.failed, r.file.Sync(), r.file.Close())
	if err == nil {
		err = os.Rename(r.path+partSuffix, r.path)
	}
	if err != nil {
		return RecordingInfo{}, fmt.Errorf("media: recording %s: %w", r.rel, err)
	}
	return RecordingInfo{
		Path: r.rel, StartedAt: r.start, Duration: time.Duration(r.base) * time.Millisecond / 8,
		Bytes: r.bytes, SHA256: hex.EncodeToString(r.sum.Sum(nil)), Complete: true,
	}, nil
}

func (r *recorder) isClosed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

// recordRoom is what the writer of all recordings needs for one of them.
type recordRoom struct{ sound, sealed []byte }

// recordEvery is how often the writer looks for whole seconds: what waits longer in a
// recorder's window is memory of every call.
const recordEvery = 250 * time.Millisecond

// recordLoop writes the whole seconds of every recording.
func (s *Server) recordLoop() {
	ticker := time.NewTicker(recordEvery)
	defer ticker.Stop()
	var room recordRoom
	var list []*recorder
	for {
		select {
		case <-s.stop:
			return
		case now := <-ticker.C:
			clear(list)
			list = list[:0]
			s.mu.RLock()
			for _, r := range s.recorders {
				list = append(list, r)
			}
			s.mu.RUnlock()
			for _, r := range list {
				if err := r.flush(now, &room); err != nil {
					s.log.Error("a recording cannot be written", "call", r.id.call, "segment", r.id.segment, "error", err)
				}
			}
		}
	}
}
