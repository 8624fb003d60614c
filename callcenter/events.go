package callcenter

import "time"

// Event is something that happened to a call. Every event is journalled, so
// every field must survive JSON.
//
//sumtype:decl
type Event interface{ event() }

type (
	// CallArrived starts an inbound call. The engine has already made the
	// media leg; Dialog.LocalSDP is our answer.
	CallArrived struct {
		Call     CallID  `json:"call"`
		Leg      LegID   `json:"leg"`
		From     string  `json:"from"` // normalised number, "" when withheld
		To       string  `json:"to"`
		Trunk    string  `json:"trunk"`
		Queue    QueueID `json:"queue"`
		Language string  `json:"language"`
		Dialog   Dialog  `json:"dialog"`
		Limits   Limits  `json:"limits"`
		Way      Way     `json:"way,omitzero"` // from the queue, if it is closed

		Choices   []Choice  `json:"choices,omitempty"` // of a language
		Emergency Emergency `json:"emergency,omitzero"`
	}
	// DialRequested starts an outbound call by an agent.
	DialRequested struct {
		Call     CallID  `json:"call"`
		Leg      LegID   `json:"leg"`      // the person's leg
		AgentLeg LegID   `json:"agentLeg"` // the agent's leg
		Agent    AgentID `json:"agent"`
		To       string  `json:"to"`
		Queue    QueueID `json:"queue"`              // where a failed transfer goes
		Callback string  `json:"callback,omitempty"` // callback task id
		Entry    string  `json:"entry,omitempty"`    // of a call list
		Ticket   string  `json:"ticket,omitempty"`   // that it is about
		Limits   Limits  `json:"limits"`
	}
	// CallbackDue starts a callback that keeps its place (callback.go).
	CallbackDue struct {
		Call        CallID    `json:"call"`
		Leg         LegID     `json:"leg"` // the person's, when he is called
		Task        string    `json:"task"`
		To          string    `json:"to"`
		Queue       QueueID   `json:"queue"`
		Since       time.Time `json:"since"` // he began to wait
		Language    string    `json:"language,omitempty"`
		Priority    int       `json:"priority,omitempty"`
		CallerFirst bool      `json:"callerFirst,omitempty"`
		Limits      Limits    `json:"limits"`
	}
	// CallbackBooked answers BookCallback: the callback is this call's to make, or an agent
	// took it from the list first.
	CallbackBooked struct {
		Won bool `json:"won"`
	}
	// ResultRequested starts a result call.
	ResultRequested struct {
		Call   CallID `json:"call"`
		Leg    LegID  `json:"leg"`
		To     string `json:"to"`
		Script Script `json:"script"`
		Limits Limits `json:"limits"`
	}

	// LegRinging: somebody whom we dialled is called. Sound may come before the answer
	// (early media): what the network says, or its own ringing.
	LegRinging struct {
		Leg LegID  `json:"leg"`
		SDP string `json:"sdp,omitempty"` // of that sound, an answer to our offer; "": it only rings
	}
	LegAnswered struct {
		Leg    LegID  `json:"leg"`
		Dialog Dialog `json:"dialog"`
	}
	// LegFailed: an outgoing leg ended before it was answered.
	LegFailed struct {
		Leg    LegID     `json:"leg"`
		Code   int       `json:"code"` // SIP status, 0 when there was none
		Reason EndReason `json:"reason"`
	}
	// LegEnded: an established leg ended (BYE), or an incoming one was cancelled.
	LegEnded struct {
		Leg    LegID     `json:"leg"`
		Reason EndReason `json:"reason"`
	}
	// LegHold: the far end's re-INVITE put us on hold, or took us back.
	LegHold struct {
		Leg    LegID  `json:"leg"`
		OnHold bool   `json:"onHold"`
		Dialog Dialog `json:"dialog"`
	}
	KeyPressed struct {
		Leg LegID  `json:"leg"`
		Key string `json:"key"` // "0".."9", "*", "#"
	}
	// PlayDone: the play with this id ended by itself (not stopped).
	PlayDone struct {
		Leg LegID  `json:"leg"`
		ID  string `json:"id"`
	}
	// PlayFailed: the play with this id, or a part of it, cannot be heard.
	PlayFailed struct {
		Leg LegID  `json:"leg"`
		ID  string `json:"id"`
	}
	// MediaLost: no RTP for the leg's limit.
	MediaLost struct {
		Leg LegID `json:"leg"`
	}
	// Spoke: the far end of a leg that is listened to (Listen) spoke on for longer than a
	// person does who picks up.
	Spoke struct {
		Leg LegID `json:"leg"`
	}
	TimerFired struct {
		Timer Timer `json:"timer"`
	}

	// PositionChanged: 1-based place in the queue. Sent only when it improves.
	PositionChanged struct {
		Position int `json:"position"`
		Seconds  int `json:"seconds,omitempty"` // the estimated wait; 0: none that is credible
	}
	// Overflowed: the condition of a target of the queue holds.
	Overflowed struct {
		Queue QueueID `json:"queue"`
		Step  int     `json:"step"` // the target's place
		Way   Way     `json:"way"`
	}
	// CallerKnown: what is kept about the number that calls has been read. Points of a
	// call's score (routing.MaxPriority bounds them), and who talked with him last.
	CallerKnown struct {
		Priority int     `json:"priority,omitempty"`
		Last     AgentID `json:"last,omitempty"`

		Green      string `json:"green,omitempty"`      // group of the green channel (Art. 40)
		Repeat     int    `json:"repeat,omitempty"`     // calls of late, if they are many
		Harassment bool   `json:"harassment,omitempty"` // marked so, and approved
	}
	// AgentReserved: the ACD's one atomic winner.
	AgentReserved struct {
		Agent AgentID `json:"agent"`
		Leg   LegID   `json:"leg"`
		Offer string  `json:"offer"`
		Seek  LegID   `json:"seek,omitempty"` // the consultation he was sought for
	}
	// AgentAccepted: the agent pressed answer on that offer, or lifted his desk phone.
	AgentAccepted struct {
		Agent  AgentID `json:"agent"`
		Offer  string  `json:"offer"`
		Dialog Dialog  `json:"dialog,omitzero"` // of his desk phone
	}
	// AgentRefused: declined, went away, or cannot be reached.
	AgentRefused struct {
		Agent  AgentID `json:"agent"`
		Offer  string  `json:"offer"`
		Reason string  `json:"reason"` // "declined", "offline", "busy", "no-answer", "phone-busy"
	}
	AgentLost struct {
		Agent AgentID `json:"agent"`
	}
	AgentBack struct {
		Agent AgentID `json:"agent"`
	}

	HoldRequested struct {
		Agent AgentID `json:"agent"`
	}
	ResumeRequested struct {
		Agent AgentID `json:"agent"`
	}
	KeysRequested struct { // send DTMF to the far side
		Agent AgentID `json:"agent"`
		Keys  string  `json:"keys"`
	}
	TransferRequested struct {
		Agent  AgentID `json:"agent"`
		Target Target  `json:"target"`
		Leg    LegID   `json:"leg"` // id for the new leg, when one is made
	}
	HangUpRequested struct {
		Agent AgentID `json:"agent"`
	}

	// ConsultRequested: the agent asks a second party while the caller waits.
	ConsultRequested struct {
		Agent  AgentID `json:"agent"`
		Target Target  `json:"target"`
		Leg    LegID   `json:"leg"` // id of the consultation, and of the leg to an outside number
	}
	// SwapRequested: from the second party to the caller, or back.
	SwapRequested struct {
		Agent AgentID `json:"agent"`
	}
	// ConferenceRequested joins caller, agent and second party (三方通话).
	ConferenceRequested struct {
		Agent AgentID `json:"agent"`
	}
	// CompleteRequested: the agent leaves, caller and second party go on.
	CompleteRequested struct {
		Agent AgentID `json:"agent"`
	}
	// CancelRequested: the second party leaves, agent and caller go on.
	CancelRequested struct {
		Agent AgentID `json:"agent"`
	}

	// SuperviseRequested brings a supervisor into the call, or changes her mode.
	SuperviseRequested struct {
		Supervisor AgentID `json:"supervisor"`
		Leg        LegID   `json:"leg"`
		Mode       Mode    `json:"mode"`
	}
	// TakeOverRequested: the supervisor talks on, the agent is released.
	TakeOverRequested struct {
		Supervisor AgentID `json:"supervisor"`
		Leg        LegID   `json:"leg"`
	}
	// ReleaseRequested: a supervisor ends the call (强拆), or gives the person to
	// the next agent ahead of everybody.
	ReleaseRequested struct {
		Supervisor AgentID `json:"supervisor"`
		Requeue    bool    `json:"requeue,omitempty"`
	}
	// RecordingPauseRequested keeps what is said out of the recording, until
	// RecordingResumeRequested, or for Limits.PauseSeconds.
	RecordingPauseRequested struct {
		By         AgentID `json:"by"`
		Supervisor bool    `json:"supervisor,omitempty"` // he is one, in the call or not
	}
	RecordingResumeRequested struct {
		By         AgentID `json:"by"`
		Supervisor bool    `json:"supervisor,omitempty"`
	}
	// EndRequested: the system ends the call (shutdown, node lost, overload).
	EndRequested struct {
		Reason EndReason `json:"reason"`
	}
)

// Limits are the times of this call, fixed when it starts (all from configuration).
type Limits struct {
	OfferSeconds     int `json:"offerSeconds"`     // ring an agent at most; 20
	MaxWaitSeconds   int `json:"maxWaitSeconds"`   // wait at most, then leave a callback; 600
	AgentLostSeconds int `json:"agentLostSeconds"` // wait for a lost page; 30
	DialSeconds      int `json:"dialSeconds"`      // ring an outside number; 45
	KeySeconds       int `json:"keySeconds"`       // wait for a key in a result call; 8
	MaxKeyTries      int `json:"maxKeyTries"`      // ask again at most; 3
	MaxCallSeconds   int `json:"maxCallSeconds"`   // hard end of any call; 4 h

	PauseSeconds int `json:"pauseSeconds,omitempty"` // a pause of the recording ends by itself; 120; 0: no pauses

	NoNotice    bool `json:"noNotice,omitempty"`    // no opening notice: straight to the queue
	EarlyNotice bool `json:"earlyNotice,omitempty"` // the notice is heard before the call is answered
	Survey      bool `json:"survey,omitempty"`      // the person rates the talk by a key after it
}

// Timer names a call's timers; at most one of each runs.
type Timer string

const (
	TimerMaxWait   Timer = "max-wait"
	TimerOffer     Timer = "offer"
	TimerAgentLost Timer = "agent-lost"
	TimerDial      Timer = "dial"
	TimerKeys      Timer = "keys"
	TimerPlay      Timer = "play" // a prompt whose end nobody reports
	TimerMaxCall   Timer = "max-call"
	TimerPause     Timer = "pause" // the recording goes on

	TimerConsult    Timer = "consult"     // the second party is called
	TimerSecondLost Timer = "second-lost" // the second agent's page is gone
)

func (CallArrived) event()       {}
func (CallerKnown) event()       {}
func (DialRequested) event()     {}
func (ResultRequested) event()   {}
func (CallbackDue) event()       {}
func (CallbackBooked) event()    {}
func (LegRinging) event()        {}
func (LegAnswered) event()       {}
func (LegFailed) event()         {}
func (LegEnded) event()          {}
func (LegHold) event()           {}
func (KeyPressed) event()        {}
func (PlayDone) event()          {}
func (PlayFailed) event()        {}
func (MediaLost) event()         {}
func (Spoke) event()             {}
func (TimerFired) event()        {}
func (PositionChanged) event()   {}
func (Overflowed) event()        {}
func (AgentReserved) event()     {}
func (AgentAccepted) event()     {}
func (AgentRefused) event()      {}
func (AgentLost) event()         {}
func (AgentBack) event()         {}
func (HoldRequested) event()     {}
func (ResumeRequested) event()   {}
func (KeysRequested) event()     {}
func (TransferRequested) event() {}
func (HangUpRequested) event()   {}
func (EndRequested) event()      {}

func (ConsultRequested) event()    {}
func (SwapRequested) event()       {}
func (ConferenceRequested) event() {}
func (CompleteRequested) event()   {}
func (CancelRequested) event()     {}
func (SuperviseRequested) event()  {}
func (TakeOverRequested) event()   {}
func (ReleaseRequested) event()    {}

func (RecordingPauseRequested) event()  {}
func (RecordingResumeRequested) event() {}
