package media

import "time"

// ear listens whether a leg speaks on without a pause, as a machine says its greeting. It
// measures time by RTP timestamps (8 kHz): what is not sent, as with voice activity
// detection, is a pause. Of the one goroutine that receives.
type ear struct {
	speech, within uint32 // samples

	started bool
	first   uint32 // timestamp of the first packet
	next    uint32 // of the packet that follows the last one
	run     uint32 // samples of the speech that goes on, its short pauses too
	quiet   uint32 // samples since it was heard last
}

const (
	earRate = 8000 // samples in a second
	// earPause ends a stretch of speech: between sentences of a greeting it is shorter.
	earPause = 800 * earRate / 1000
	// earLevel is the mean of 16-bit samples' magnitudes from which sound counts as speech,
	// some -30 dBFS: speech on a telephone line has more, its echo of what we play less.
	earLevel = 1000
	earStep  = 4 // every fourth sample is enough for a mean
)

// Listen tells Sink.Spoke, once, when the leg speaks for so long without a pause within so
// much of its next sound. A leg that is gone says nothing.
func (s *Server) Listen(id string, speech, within time.Duration) {
	if l, err := s.leg(id); err == nil {
		l.ear.Store(&ear{speech: samplesOf(speech), within: samplesOf(within)})
	}
}

func samplesOf(d time.Duration) uint32 { return uint32(d / (time.Second / earRate)) } //nolint:gosec // seconds, not days

// heed listens to a packet of the leg, A-law.
func (l *leg) heed(e *ear, p packet) {
	spoke, over := e.hear(p)
	if over {
		l.ear.CompareAndSwap(e, nil)
	}
	if spoke {
		l.s.sink.Spoke(l.id)
	}
}

// hear says whether the leg has spoken on, and whether there is nothing more to listen for.
func (e *ear) hear(p packet) (spoke, over bool) {
	n := uint32(len(p.payload)) //nolint:gosec // a packet
	if !e.started {
		e.started, e.first, e.next = true, p.timestamp, p.timestamp
	}
	if gap := p.timestamp - e.next; gap < 1<<31 { // else it came late, and counts as none
		e.quiet += gap
		e.next = p.timestamp + n
	}
	switch {
	case !loud(p.payload):
		e.quiet += n
	case e.run > 0 && e.quiet < earPause:
		e.run += e.quiet + n
		e.quiet = 0
	default:
		e.run, e.quiet = n, 0
	}
	spoke = e.run >= e.speech
	return spoke, spoke || e.next-e.first >= e.within
}

func loud(payload []byte) bool {
	sum, n := 0, 0
	for i := 0; i < len(payload); i += earStep {
		value := int(aLawToLinear[payload[i]])
		sum += max(value, -value)
		n++
	}
	return n > 0 && sum/n >= earLevel
}
