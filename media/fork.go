package media

import (
	"fmt"
	"time"
)

// Fork gets a copy of what a recording segment holds, while it is spoken. Calls must not
// block: those who talk wait meanwhile.
type Fork interface {
	// Sound is stereo A-law as in Recording, from the sample at of the segment on (8 kHz);
	// it is the callee's until it returns. Stretches come in order, without gaps or
	// overlaps, the last one before StopRecording returns.
	Sound(at int, stereo []byte)
}

// forkEvery is how long a stretch of a fork is. It is given out after lateness, as what is
// written: who recognises speech loses more by a word with a hole than by a moment.
const forkEvery = 100 * time.Millisecond

// forkTap is a fork of a recorder, whose lock guards it.
type forkTap struct {
	to Fork
	at int // frame that comes next
}

// ForkRecording gives what is said from now on in a segment that is being recorded to a
// fork too, which open makes, told when the segment began. A fork takes the place of the
// one before.
//
// The fork is fed from the recorder's window, not from the packets: it costs the threads
// that move packets nothing, and has what the recording has, silence for a pause among it.
func (s *Server) ForkRecording(call string, segment int, open func(start time.Time) Fork) error {
	id := recorderID{call, segment}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.recorders[id]
	if r == nil {
		return fmt.Errorf("media: segment %d of %s is not being recorded", segment, call)
	}
	s.forks[id] = r
	to := open(r.start)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fork = &forkTap{to: to, at: max(r.base, r.clock(time.Now()))}
	return nil
}

// feed gives the fork what the window has up to a frame. The lock is held.
func (r *recorder) feed(until int) {
	if r.fork == nil || until <= r.fork.at {
		return
	}
	from := r.fork.at
	r.fork.at = until
	for len(r.window) < 2*(until-r.base) {
		r.window = append(r.window, silenceALaw)
	}
	r.fork.to.Sound(from, r.window[2*(from-r.base):2*(until-r.base)])
}

// feedNow gives the fork the stretches that are due.
func (r *recorder) feedNow(now time.Time) {
	const stretch = int(forkEvery * 8 / time.Millisecond)
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.fork != nil && !r.closed && r.fork.at+stretch <= r.clock(now.Add(-lateness)) {
		r.feed(r.fork.at + stretch)
	}
}

// forkLoop feeds the forks.
func (s *Server) forkLoop() {
	ticker := time.NewTicker(forkEvery)
	defer ticker.Stop()
	var list []*recorder
	for {
		select {
		case <-s.stop:
			return
		case now := <-ticker.C:
			clear(list)
			list = list[:0]
			s.mu.RLock()
			for _, r := range s.forks {
				list = append(list, r)
			}
			s.mu.RUnlock()
			for _, r := range list {
				r.feedNow(now)
			}
		}
	}
}
