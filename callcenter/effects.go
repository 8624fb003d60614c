package callcenter

import "time"

// Effect is something the engine must do. Results come back as events.
//
//sumtype:decl
type Effect interface{ effect() }

type (
	AnswerLeg struct{ Leg LegID } // 200 OK with the leg's local SDP
	// ProgressLeg lets the caller hear us before the call is answered, and paid for:
	// 183 with the leg's local SDP.
	ProgressLeg struct{ Leg LegID }
	HangUpLeg   struct {
		Leg    LegID
		Reason EndReason
	}
	// DialLeg starts an outgoing SIP leg to a number.
	DialLeg struct {
		Leg LegID
		To  string
	}
	// AttachAgent joins the agent's shift transport to the call as a leg.
	AttachAgent struct {
		Leg   LegID
		Agent AgentID
	}
	DetachAgent struct {
		Leg   LegID
		Agent AgentID
	}
	// Play replaces what the leg hears. Sources play in order; Loop starts over.
	Play struct {
		Leg     LegID
		ID      string
		Sources []string // prompt names of package media, or "file:PATH"
		Loop    bool
	}
	StopPlay struct{ Leg LegID }
	// Listen notices whether the far end, just now answered, speaks on like a machine (Spoke).
	Listen   struct{ Leg LegID }
	SendKeys struct {
		Leg  LegID
		Keys string
	}
	// Bridge lets two legs hear each other and nothing else.
	Bridge   struct{ A, B LegID }
	Unbridge struct{ A, B LegID }
	// Hear is what a leg hears from now on: the sum of what the sources say; at
	// most 4, without any it hears nothing.
	Hear struct {
		Leg     LegID
		Sources []LegID
	}
	// StartRecording starts a segment.
	StartRecording struct {
		Segment int
		Tape
		Paused bool // it begins with what must not be on it
	}
	StopRecording struct {
		Segment int
		Gaps    []Span // paused
	}
	// PauseRecording keeps what is said out of the segment, or takes it in again.
	PauseRecording struct {
		Segment int
		Paused  bool
	}

	Enqueue struct {
		Queue  QueueID
		Front  bool    // back to the front (unanswered offer, lost agent)
		Only   AgentID // transfer to this agent alone
		Avoid  AgentID // the agent that did not answer
		Since  time.Time
		Langs  []string
		Number string

		Priority int     // points of its score
		Last     AgentID // who talked with the caller last

		Entered time.Time // this queue; zero: at Since
		Step    int       // targets of the queue that were taken
		Stays   bool      // has no targets
		Held    bool      // keeps a place, and is offered to nobody
	}
	// Rank changes how a call stands that waits already.
	Rank struct {
		Priority int
		Last     AgentID
	}
	Dequeue struct{}
	// Seek looks for the agent to be asked: a second entry of the call in the
	// shared queue, until he is reserved or StopSeeking.
	Seek struct {
		ID LegID // of the consultation
		Enqueue
	}
	StopSeeking struct{ ID LegID }
	// OfferAgent puts the call on the agent's screen and rings.
	OfferAgent struct {
		Agent AgentID
		Offer string
		Until time.Time
	}
	WithdrawOffer struct {
		Agent  AgentID
		Offer  string
		Reason string // "no-answer", "caller-gone", "declined", "ended"
	}
	// ReleaseAgent ends the agent's part. NotReady != "" sets Break with that
	// reason; WrapUp starts the wrap-up timer; else the agent is idle again. Why
	// is what his page says of it, when it is not the end of the call.
	ReleaseAgent struct {
		Agent    AgentID
		WrapUp   bool
		NotReady string
		Why      EndReason
	}
	SetTimer struct {
		Timer Timer
		At    time.Time
	}
	CancelTimer struct{ Timer Timer }
	// WriteCallback makes a callback task (漏接回拨).
	WriteCallback struct {
		Number string
		Reason EndReason
		Queue  QueueID
	}
	// KeepPlace follows WriteCallback: the task keeps the place that the caller had.
	KeepPlace struct {
		Queue    QueueID
		Since    time.Time
		Language string
		Priority int
	}
	// BookCallback asks whether the task is still free, before its person is called: from
	// then on no agent can take it. The answer is CallbackBooked.
	BookCallback struct{ ID string }
	// CloseCallback closes the task an outbound call was made for.
	CloseCallback struct {
		ID     string
		Talked bool
	}
	// CloseEntry says that the call to somebody of a list is over.
	CloseEntry struct {
		ID       string
		Answered bool
		Reason   EndReason
	}
	// LogWatch is a stretch of a supervisor's watching, for the access log.
	LogWatch struct {
		Watch
		Until time.Time
	}
	// LogPause is a pause of the recording that is over, for the access log.
	LogPause struct {
		Pause
		Ended     time.Time
		Why       PauseEnd
		ResumedBy AgentID // "": by itself
	}
	// WriteRecord writes the call record; always the last effect of a call.
	WriteRecord struct{ Record CallRecord }
	// ReportOutcome hands the result call's outcome to ticket/feedback.
	ReportOutcome struct {
		Ticket  string
		Attempt int
		Outcome Outcome
		Reason  EndReason
	}
)

func (AnswerLeg) effect()      {}
func (ProgressLeg) effect()    {}
func (HangUpLeg) effect()      {}
func (DialLeg) effect()        {}
func (AttachAgent) effect()    {}
func (DetachAgent) effect()    {}
func (Play) effect()           {}
func (StopPlay) effect()       {}
func (Listen) effect()         {}
func (SendKeys) effect()       {}
func (Bridge) effect()         {}
func (Unbridge) effect()       {}
func (StartRecording) effect() {}
func (StopRecording) effect()  {}
func (Enqueue) effect()        {}
func (Dequeue) effect()        {}
func (Rank) effect()           {}
func (OfferAgent) effect()     {}
func (WithdrawOffer) effect()  {}
func (ReleaseAgent) effect()   {}
func (SetTimer) effect()       {}
func (CancelTimer) effect()    {}
func (WriteCallback) effect()  {}
func (BookCallback) effect()   {}
func (CloseCallback) effect()  {}
func (CloseEntry) effect()     {}
func (KeepPlace) effect()      {}
func (WriteRecord) effect()    {}
func (ReportOutcome) effect()  {}
func (Hear) effect()           {}
func (Seek) effect()           {}
func (StopSeeking) effect()    {}
func (LogWatch) effect()       {}
func (PauseRecording) effect() {}
func (LogPause) effect()       {}
