package media

import "time"

// Play says what a leg hears until the next Play, StopPlay, Hear or Bridge.
type Play struct {
	ID      string
	Sources []string // prompt names ("notice", "music", "ringback", "position:3") or "file:" + path of an 8 kHz mono WAV
	Loop    bool
}

// Recording is one stereo A-law segment of what the legs say: the left channel holds
// Left (the caller), the right one the sum of Others.
type Recording struct {
	Call    string
	Segment int
	Left    string   // leg id
	Others  []string // leg ids, at most 4
	Paused  bool     // from the start; see PauseRecording
}

// RecordingInfo describes a closed segment.
type RecordingInfo struct {
	Path      string // relative to the recordings directory
	StartedAt time.Time
	Duration  time.Duration
	Bytes     int64
	SHA256    string
	Complete  bool
}

// LegStats is the quality of one leg's media: In from its party, Out to it, as it told
// by RTCP.
type LegStats struct {
	Codec       string
	In, Out     Flow
	RoundTripMS float64 // mean; 0: it told nothing
	LastIn      time.Time
}

// Flow is one direction of a leg.
type Flow struct {
	Packets, Lost         uint64
	JitterMS, MaxJitterMS float64 // the mean and the most of RFC 3550's jitter
	MOS                   float64 // 1 to 4.5, estimated (quality.go); 0: not known
	Reports               int     // of Out, that it was told by
}

// Sink is what media tells its user; calls must not block.
type Sink interface {
	Key(leg string, key string)
	PlayDone(leg, id string)
	// MediaLost: no RTP for the configured time.
	MediaLost(leg string)
	// Spoke: a leg spoke on, see Server.Listen.
	Spoke(leg string)
	// TransportState: the agent's ICE/DTLS transport came up or was lost.
	TransportState(agent string, up bool)
}
