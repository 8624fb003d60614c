package callcenter

import "time"

// CallRecord (话单) is what remains of a call; made by Apply at its end.
type CallRecord struct {
	Call       CallID     `json:"call"`
	Kind       Kind       `json:"kind"`
	From       string     `json:"from"`
	To         string     `json:"to"`
	Trunk      string     `json:"trunk"`
	Queue      QueueID    `json:"queue"`
	Ticket     string     `json:"ticket,omitempty"` // result calls
	Agents     []AgentID  `json:"agents"`           // everyone who talked, in order
	StartedAt  time.Time  `json:"startedAt"`
	QueuedAt   *time.Time `json:"queuedAt,omitempty"`   // nil: never waited
	OfferedAt  *time.Time `json:"offeredAt,omitempty"`  // first offer
	AnsweredAt *time.Time `json:"answeredAt,omitempty"` // first talk with a person (result call: picked up)
	EndedAt    time.Time  `json:"endedAt"`
	WaitMS     int64      `json:"waitMs"`
	TalkMS     int64      `json:"talkMs"` // bridged time
	HoldMS     int64      `json:"holdMs"`
	Offers     int        `json:"offers"`
	Transfers  int        `json:"transfers"`
	Segments   int        `json:"segments"`           // recording segments
	PausedMS   int64      `json:"pausedMs,omitempty"` // of them silence: the recording was paused
	Reason     EndReason  `json:"reason"`
	Outcome    *Outcome   `json:"outcome,omitempty"`
	Rating     Rating     `json:"rating,omitempty"` // of the talk, by key after it
	Contacts   []Contact  `json:"-"`                // the chain of who had to do with it; see Contact
	// AudioMS is how long the recordings of the talk are, as they are kept; not of Apply,
	// but of who writes the record. Nil: not known, or there was no talk.
	AudioMS *int64 `json:"audioMs,omitempty"`
	// Quality of the legs, in the order in which they ended; not of Apply either.
	Quality []LegQuality `json:"quality,omitempty"`
}

// UnrecordedToleranceMS is what talk may be longer than its recordings: segments begin
// and end some milliseconds apart from the talk.
const UnrecordedToleranceMS = 2000

// UnrecordedMS is the talk that is on no recording; 0 within the tolerance.
func (r CallRecord) UnrecordedMS() int64 {
	if r.AudioMS == nil || r.TalkMS-*r.AudioMS <= UnrecordedToleranceMS {
		return 0
	}
	return r.TalkMS - *r.AudioMS
}
