package engine

import (
	"context"
	"time"

	"hotline12345/callcenter"
	"hotline12345/media"
	"hotline12345/routing"
)

// Trunk is the SIP side as the engine needs it (callcenter/sipua). Every method
// returns at once; what follows comes back through TrunkSink.
type Trunk interface {
	// Dial sends INVITE for an outgoing leg with our SDP offer.
	Dial(ctx context.Context, leg callcenter.LegID, to string, offer []byte) error
	// Answer sends 200 OK to an incoming leg; repeated until ACK (RFC 3261 13.3.1.4).
	Answer(leg callcenter.LegID, sdp []byte) error
	// Progress sends 183 with our answer to an incoming leg, so that it hears us before it
	// is answered; the INVITE must have held an offer.
	Progress(leg callcenter.LegID, sdp []byte) error
	// HangUp sends BYE or CANCEL, whatever the leg's state asks for.
	HangUp(leg callcenter.LegID) error
	// Abort sends BYE for a dialog of an earlier life of this node.
	Abort(ctx context.Context, d callcenter.Dialog) error
}

// Inbound is an INVITE outside a dialog from an allowed peer.
type Inbound struct {
	Leg    callcenter.LegID
	From   string // normalised number, "" when withheld
	To     string
	Trunk  string
	Offer  []byte // SDP; empty: late offer
	Dialog callcenter.Dialog
}

// TrunkSink is what the SIP side tells the engine; the engine implements it.
type TrunkSink interface {
	// Arrived returns an error with a SIP status (StatusError) to refuse.
	Arrived(in Inbound) error
	// Reoffer answers a re-INVITE; offer empty means "make an offer".
	Reoffer(leg callcenter.LegID, offer []byte) (answer []byte, err error)
	// Confirmed: the ACK of a late offer's or re-INVITE's answer carried SDP.
	Confirmed(leg callcenter.LegID, sdp []byte)
	// Event passes LegRinging, LegAnswered, LegFailed, LegEnded, KeyPressed (SIP INFO).
	// For LegAnswered of an outgoing leg Dialog.RemoteSDP is the answer; LegRinging may
	// come again, with other sound before it.
	Event(leg callcenter.LegID, ev callcenter.Event)
}

// StatusError refuses an INVITE with a SIP status.
type StatusError struct {
	Code   int
	Reason string
}

func (e StatusError) Error() string { return e.Reason }

// Media is package media as the engine needs it (*media.Server).
type Media interface {
	OpenTrunkLeg(leg string, offer []byte) (answer []byte, err error)
	OfferTrunkLeg(leg string) (offer []byte, err error)
	// OfferSealedLeg offers encrypted sound alone.
	OfferSealedLeg(leg string) (offer []byte, err error)
	AcceptAnswer(leg string, answer []byte) error
	// Reoffer answers a re-INVITE's SDP; held says whether the far end stopped listening or sending.
	Reoffer(leg string, offer []byte) (answer []byte, held bool, err error)
	CloseLeg(leg string)

	OpenTransport(agent, offer string) (answer string, err error)
	CloseTransport(agent string)
	AttachAgent(leg, agent string) error

	Play(leg string, p media.Play) error
	StopPlay(leg string)
	SendKeys(leg, keys string) error
	// Listen tells Spoke, once, if the leg speaks for that long without a pause within so much of now.
	Listen(leg string, speech, within time.Duration)
	Bridge(a, b string) error
	Unbridge(a, b string)
	Hear(leg string, sources ...string) error
	Mute(leg string, muted bool)
	StartRecording(r media.Recording) error
	PauseRecording(call string, segment int, paused bool) error
	StopRecording(call string, segment int) (media.RecordingInfo, error)
	ForkRecording(call string, segment int, open func(start time.Time) media.Fork) error
	Stats(leg string) (media.LegStats, bool)
}

// ACD is the shared queue (routing/acd). Methods return at once and retry inside.
type ACD interface {
	Enqueue(w routing.Waiting)
	Dequeue(call string)
	// SetAgent posts the presence of an agent of this node; Ready false takes it out of matching.
	SetAgent(a routing.Agent)
	RemoveAgent(agent string)
	// Release ends the reservation of agent for call.
	Release(agent, call string)
}

// ACDSink is what the shared queue tells the node that owns the call.
type ACDSink interface {
	// Reserved: exactly one winner for what was enqueued as key. The engine must
	// offer it or Release it.
	Reserved(key, agent, offer string)
	Position(key string, at routing.Place)
	// Overflow: the condition of a target of that queue holds, see routing.Queue.Targets.
	Overflow(key, queue string, step int)
}

// Journal is Postgres (callcenter/callpg). Append is called in order per call
// by one writer goroutine of the engine, in batches, as WriteRecord and WriteRecording
// are: of a batch all is written, or nothing.
type Journal interface {
	Append(ctx context.Context, rows []JournalRow) error
	WriteRecord(ctx context.Context, records ...callcenter.CallRecord) error
	WriteCallback(ctx context.Context, call callcenter.CallID, number string, reason callcenter.EndReason, queue callcenter.QueueID, at time.Time) error
	CloseCallback(ctx context.Context, id string, talked bool, at time.Time) error
	WriteRecording(ctx context.Context, rows ...RecordingRow) error
	// WriteAgentTimes writes stretches of agents' shifts that are over.
	WriteAgentTimes(ctx context.Context, times []AgentTime) error
	// RecordedMS is how long each call's recordings with the caller are together, as written.
	RecordedMS(ctx context.Context, calls ...callcenter.CallID) (map[callcenter.CallID]int64, error)
	// Open lists the calls of this node that have journal rows and no record.
	Open(ctx context.Context, node string) ([]JournalRow, error)
}

// JournalRow is one event of one call.
type JournalRow struct {
	Node  string
	Call  callcenter.CallID
	Seq   int
	At    time.Time
	Event callcenter.Event
}

// RecordingRow indexes one recording segment.
type RecordingRow struct {
	Node      string // whose disk it was made on
	Call      callcenter.CallID
	Segment   int
	Kind      callcenter.SegmentKind
	Path      string // relative to the recordings directory
	StartedAt time.Time
	Millis    int64
	Bytes     int64
	SHA256    string
	Complete  bool // false: cut by a crash, readable to its last whole second
	Gaps      []Gap
}

// Gap is a stretch of a segment that is silence since the recording was paused, in ms
// from the segment's start.
type Gap struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// gapsOf places spans of time in a segment; one that was not ended goes on to its end.
func gapsOf(spans []callcenter.Span, start time.Time, millis int64) []Gap {
	gaps := make([]Gap, 0, len(spans))
	for _, s := range spans {
		g := Gap{From: max(0, s.From.Sub(start).Milliseconds()), To: millis}
		if !s.Until.IsZero() {
			g.To = min(millis, s.Until.Sub(start).Milliseconds())
		}
		if g.From < g.To {
			gaps = append(gaps, g)
		}
	}
	return gaps
}

// AgentProfile is what the engine needs to know of an account that signs in.
type AgentProfile struct {
	ID        callcenter.AgentID
	Name      string
	Number    string // work number shown to the caller, 工号
	Queues    []string
	Skills    []routing.Skill
	Languages []string
	Talked    time.Duration // today, before this shift
	Calls     int           // likewise
}
