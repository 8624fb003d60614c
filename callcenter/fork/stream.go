package fork

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"hotline12345/callcenter/engine"
	"hotline12345/media"
)

const (
	// maxWaiting bounds the messages that wait, sound and others.
	maxWaiting = 2000
	// lastWords is how long what waits is sent after the end.
	lastWords = 5 * time.Second
)

// stream is one call on its way to the consumer. The call puts messages in and never
// waits; the goroutine of run takes them out.
type stream struct {
	s      *Service
	log    *slog.Logger
	cancel context.CancelFunc
	start  startMessage
	wake   chan struct{} // has a token when there may be something to take

	mu       sync.Mutex // guards what follows
	items    []any      // text messages, and stretches
	sound    int        // bytes of the stretches
	sequence uint32
	dropped  int  // bytes that are not told yet
	lost     int  // bytes in all
	closed   bool // nothing more is put in
	ended    bool // nothing is sent any more

	// Of run.
	segment *segmentMessage // that is open at the consumer
	room    []byte
}

// Segment tells of a segment and takes its sound.
func (f *stream) Segment(s engine.ForkSegment) media.Fork {
	f.put(segmentMessage{
		Type: "segment", Segment: s.Number, Kind: s.Kind, At: s.At.UTC(), Agent: s.Agent, Left: s.Left, Right: s.Right, Paused: s.Paused,
	})
	return segmentSound{f, s.Number}
}

// Pause tells that the recording is paused, or not any more.
func (f *stream) Pause(segment int, paused bool) {
	f.put(pauseMessage{Type: "pause", Segment: segment, Paused: paused})
}

// EndSegment tells that a segment is over.
func (f *stream) EndSegment(segment int) {
	f.put(segmentEndMessage{Type: "segment-end", Segment: segment})
}

// Close ends the stream; what waits is still sent, for a while.
func (f *stream) Close(reason string) {
	f.put(stopMessage{Type: "stop", Reason: reason})
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.closed = true
		time.AfterFunc(lastWords, f.cancel)
	}
}

// Ended says whether nothing is sent any more: the consumer did not want it, or it is over.
func (f *stream) Ended() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed || f.ended
}

// finish lets go of what waits.
func (f *stream) finish() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended, f.items, f.sound = true, nil, 0
}

func (f *stream) put(message any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.add(message)
}

// add queues a message. The lock is held.
func (f *stream) add(message any) {
	if f.closed || f.ended {
		return
	}
	if len(f.items) >= maxWaiting && !f.dropOldest() {
		f.ended = true // thousands of events without sound: no call is like this
		f.cancel()
		return
	}
	f.items = append(f.items, message)
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// segmentSound is the sound of one segment.
type segmentSound struct {
	f       *stream
	segment int
}

// Sound implements media.Fork.
func (s segmentSound) Sound(at int, stereo []byte) {
	f := s.f
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || f.ended {
		return
	}
	limit := int(f.s.o.Buffer.Milliseconds()) * 2 * sampleRate / 1000
	for part := range slices.Chunk(stereo, stretchBytes) {
		for f.sound+len(part) > limit {
			f.dropOldest() // there is some, or it would be below the limit
		}
		f.add(stretch{segment: s.segment, sample: at, sequence: f.sequence, stereo: bytes.Clone(part)})
		f.sequence += 2
		f.sound += len(part)
		at += len(part) / 2
	}
}

// dropOldest makes room; false: there is no sound to drop. The lock is held.
func (f *stream) dropOldest() bool {
	i := slices.IndexFunc(f.items, func(item any) bool { _, ok := item.(stretch); return ok })
	if i < 0 {
		return false
	}
	n := len(f.items[i].(stretch).stereo)
	f.items = slices.Delete(f.items, i, i+1)
	f.sound -= n
	f.miss(n)
	return true
}

// miss counts sound that the consumer does not get. The lock is held.
func (f *stream) miss(n int) {
	f.dropped += n
	f.lost += n
	f.s.dropped.Add(int64(millis(n)))
}

// missed is miss for a stretch that could not be sent.
func (f *stream) missed(s stretch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.miss(len(s.stereo))
}

// errOver: all is sent.
var errOver = errors.New("fork: over")

// next waits for the next message. Before sound it is told what was dropped before it.
func (f *stream) next(ctx context.Context) (any, error) {
	for {
		if item, err := f.take(); item != nil || err != nil {
			return item, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-f.wake:
		}
	}
}

func (f *stream) take() (any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.ended:
		return nil, io.ErrClosedPipe
	case len(f.items) == 0 && f.closed:
		return nil, errOver
	case len(f.items) == 0:
		return nil, nil
	}
	item := f.items[0]
	if sound, ok := item.(stretch); ok {
		if n := f.dropped; n > 0 {
			f.dropped = 0
			return droppedMessage{Type: "dropped", MS: millis(n), TotalMS: millis(f.lost)}, nil
		}
		f.sound -= len(sound.stereo)
	}
	f.items[0] = nil
	f.items = f.items[1:]
	return item, nil
}
