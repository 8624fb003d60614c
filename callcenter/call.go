package callcenter

import "time"

type (
	// CallID names one call; unique over all nodes and time (UUIDv7).
	CallID string
	// LegID names one leg; unique over all nodes and time (UUIDv7).
	LegID string
	// AgentID is the account id of the person who answers.
	AgentID string
	// QueueID is the stable key of a queue, for example "main".
	QueueID string
)

// Kind says why a call exists.
type Kind string

const (
	KindInbound  Kind = "inbound"  // a person dialled 12345
	KindOutbound Kind = "outbound" // an agent calls a person (missed-call callback)
	KindResult   Kind = "result"   // the system tells a caller the result of a ticket
)

// State is where the call stands; the package comment has the diagram.
type State string

const (
	StateNew       State = ""
	StateGreeting  State = "greeting"  // answered, the opening notice plays
	StateQueued    State = "queued"    // music, waiting for an agent
	StateOffered   State = "offered"   // one agent is rung, the caller still waits
	StateTalking   State = "talking"   // caller and agent (or third party) are bridged
	StateHeld      State = "held"      // the agent put the caller on hold: music
	StateAgentLost State = "agentLost" // the agent's page is gone: music, waiting for its return
	StateDialing   State = "dialing"   // an outgoing leg rings (outbound, result, transfer outside)

	StateConsulting State = "consulting" // the agent calls or asks a second party; the caller hears music
	StateSwapped    State = "swapped"    // the agent is with the caller, the second party hears music
	StateConference State = "conference" // caller, agent and second party hear each other

	StateGoodbye   State = "goodbye"   // a last prompt plays, then the call ends
	StateTelling   State = "telling"   // result call: the result is read out
	StateSolved    State = "askSolved" // result call: "solved?" 1 yes, 2 no
	StateSatisfied State = "askSatisfied"
	StateSurvey    State = "survey" // the agent has hung up, the person is asked to rate the talk
	StateEnded     State = "ended"
)

// LegRole says whose leg it is.
type LegRole string

const (
	RoleCaller LegRole = "caller" // the person outside (also the person called by a result call)
	RoleAgent  LegRole = "agent"  // rides on the agent's shift transport
	RoleThird  LegRole = "third"  // an outside number that the caller was handed to

	RoleConsulted  LegRole = "consulted"  // whom the agent asks: another agent, or an outside number
	RoleSupervisor LegRole = "supervisor" // rides on the supervisor's shift transport
)

// Leg is one party of a call. SIP facts are what a recovering node needs to
// send an in-dialog request (RFC 3261 section 12).
type Leg struct {
	ID         LegID      `json:"id"`
	Role       LegRole    `json:"role"`
	Agent      AgentID    `json:"agent,omitempty"`
	Number     string     `json:"number,omitempty"`
	Trunk      string     `json:"trunk,omitempty"`
	Dialog     Dialog     `json:"dialog,omitzero"`
	CreatedAt  time.Time  `json:"createdAt"`
	AnsweredAt *time.Time `json:"answeredAt,omitempty"`
	EndedAt    *time.Time `json:"endedAt,omitempty"`
	OnHold     bool       `json:"onHold,omitempty"` // the far end put us on hold
	Early      bool       `json:"early,omitempty"`  // sound comes before the answer
}

// Dialog are the facts of a SIP dialog.
type Dialog struct {
	SIPCallID    string   `json:"sipCallId,omitempty"`
	LocalTag     string   `json:"localTag,omitempty"`
	RemoteTag    string   `json:"remoteTag,omitempty"`
	LocalURI     string   `json:"localUri,omitempty"`
	RemoteURI    string   `json:"remoteUri,omitempty"`
	RemoteTarget string   `json:"remoteTarget,omitempty"`
	RouteSet     []string `json:"routeSet,omitempty"`
	LocalCSeq    uint32   `json:"localCSeq,omitempty"`
	RemoteCSeq   uint32   `json:"remoteCSeq,omitempty"`
	Transport    string   `json:"transport,omitempty"`
	Codec        string   `json:"codec,omitempty"` // "PCMA", "PCMU" or "G722"
	LocalSDP     string   `json:"localSdp,omitempty"`
	RemoteSDP    string   `json:"remoteSdp,omitempty"`
}

// EndReason says why a call or a leg ended.
type EndReason string

const (
	EndCallerHangUp   EndReason = "caller-hangup"
	EndAgentHangUp    EndReason = "agent-hangup"
	EndThirdHangUp    EndReason = "third-hangup"
	EndAbandoned      EndReason = "abandoned"       // hung up while waiting
	EndAbandonedEarly EndReason = "abandoned-early" // hung up during the greeting
	EndCallbackLeft   EndReason = "callback-left"
	EndMaxWait        EndReason = "max-wait"
	EndClosed         EndReason = "closed" // called outside the hours
	EndTaken          EndReason = "taken"  // a callback that an agent took from the list
	EndMediaLost      EndReason = "media-lost"
	EndMediaRefused   EndReason = "media-refused"
	EndNodeLost       EndReason = "node-lost"
	EndOverload       EndReason = "overload"
	EndNoAnswer       EndReason = "no-answer" // outgoing: rang, nobody picked up
	EndBusy           EndReason = "busy"
	EndRejected       EndReason = "rejected"
	EndUnreachable    EndReason = "unreachable" // outgoing: no route, 404, 5xx, timeout
	EndDone           EndReason = "done"        // result call: asked to its end
	EndNoKeys         EndReason = "no-keys"     // result call: answered, told, no answer by key
	EndAgentLost      EndReason = "agent-lost"
	EndShutdown       EndReason = "shutdown"
	EndMaxCall        EndReason = "max-call"      // the hard limit of any call
	EndPromptFailed   EndReason = "prompt-failed" // result call: the result could not be read out
	EndForced         EndReason = "forced"        // a supervisor ended it (强拆)
)

// TransferKind is where a transfer or a consultation goes.
type TransferKind string

const (
	TransferAgent   TransferKind = "agent"
	TransferQueue   TransferKind = "queue"
	TransferOutside TransferKind = "outside"
)

// Target of a transfer or a consultation: an agent id, a queue key or a number to dial.
type Target struct {
	Kind TransferKind `json:"kind"`
	ID   string       `json:"id"`
	Name string       `json:"name,omitempty"` // of an outside number that was chosen by name
}

// Rating is the level a caller chose: 1 very satisfied … 5 very dissatisfied
// (the five levels of GB/T 39735); 0 means not rated. Key 5 is level 1.
type Rating int

// Outcome of a result call.
type Outcome struct {
	Told      bool   `json:"told"`             // the whole result was read out at least once, and to a person
	Solved    *bool  `json:"solved,omitempty"` // nil: no key
	Rating    Rating `json:"rating"`
	Reachable bool   `json:"reachable"` // somebody answered
	// Machine: it may have been an answering machine, see result.go.
	Machine bool `json:"machine,omitempty"`
}

// Script is what a result call says; every entry is a media source name that
// media resolves (a prompt name, or "file:" and a path made by speech).
type Script struct {
	Ticket    string   `json:"ticket"`
	Attempt   int      `json:"attempt"`
	Tell      []string `json:"tell"`
	Solved    []string `json:"solved"`
	Satisfied []string `json:"satisfied"`
	Invalid   []string `json:"invalid"`
	Thanks    []string `json:"thanks"`
}

// Call is the whole state of one call. It is a value: Apply never changes the
// one it was given (slices are copied before they are changed).
type Call struct {
	ID        CallID      `json:"id"`
	Kind      Kind        `json:"kind"`
	State     State       `json:"state"`
	From      string      `json:"from"`
	To        string      `json:"to"`
	Trunk     string      `json:"trunk"`
	Queue     QueueID     `json:"queue"`
	Language  string      `json:"language"`
	Limits    Limits      `json:"limits"`
	Legs      []Leg       `json:"legs"`
	Caller    LegID       `json:"caller"`          // the person's leg
	Agent     AgentID     `json:"agent,omitempty"` // offered to, or talking
	AgentLeg  LegID       `json:"agentLeg,omitempty"`
	Third     LegID       `json:"third,omitempty"`  // outside number
	Second    Second      `json:"second,omitzero"`  // whom the agent asks
	Asked     EndReason   `json:"asked,omitempty"`  // why the last consultation ended by itself
	Watch     Watch       `json:"watch,omitzero"`   // the supervisor in the call
	Offer     string      `json:"offer,omitempty"`  // the running offer
	Only      AgentID     `json:"only,omitempty"`   // a transfer waits for this agent
	Return    QueueID     `json:"return,omitempty"` // where a failed transfer goes
	Position  int         `json:"position,omitempty"`
	Promised  int         `json:"promised,omitempty"` // minutes of waiting he was told last
	Emergency Emergency   `json:"emergency,omitzero"`
	Points    int         `json:"points,omitempty"`   // of its score, for what the call is about
	Choices   []Choice    `json:"choices,omitempty"`  // of a language, in the greeting
	Way       Way         `json:"way,omitzero"`       // after the greeting
	In        QueueID     `json:"in,omitempty"`       // the queue it waited in last
	Entered   time.Time   `json:"entered,omitzero"`   // when it came there
	Step      int         `json:"step,omitempty"`     // targets of that queue that were taken
	Hops      int         `json:"hops,omitempty"`     // targets taken in all
	Trying    EndReason   `json:"trying,omitempty"`   // a target's number rings; what it ends with otherwise
	WaitUntil time.Time   `json:"waitUntil,omitzero"` // nobody waits longer
	Known     CallerKnown `json:"known,omitzero"`     // once it has been read
	Keys      string      `json:"keys,omitempty"`     // pressed while waiting, at most maxKeys
	PlayID    int         `json:"playId"`             // the newest play
	Saying    bool        `json:"saying,omitempty"`   // the newest play is a prompt that has an end
	LostIn    State       `json:"lostIn,omitempty"`   // where the call stood when the agent's page was lost
	Away      bool        `json:"away,omitempty"`     // the agent's page is gone, in a conference that goes on
	Tries     int         `json:"tries"`              // of the current question
	Outcome   Outcome     `json:"outcome,omitzero"`
	Script    Script      `json:"script,omitzero"`
	Callback  string      `json:"callback,omitempty"`
	Entry     string      `json:"entry,omitempty"` // of a call list
	Read      bool        `json:"read,omitempty"`  // result call: to its end

	CallerFirst bool `json:"callerFirst,omitempty"` // a callback that dials before an agent is sought
	Booking     bool `json:"booking,omitempty"`     // it asks whether it may

	Segment   int        `json:"segment"`             // recording segments begun
	Recording bool       `json:"recording,omitempty"` // one is open
	Tape      Tape       `json:"tape,omitzero"`       // what it holds
	Pause     Pause      `json:"pause,omitzero"`      // of the recording
	Gaps      []Span     `json:"gaps,omitempty"`      // of the open segment: what is not on it
	EndWith   EndReason  `json:"endWith,omitempty"`   // of the goodbye that plays, or the survey
	Surveyed  bool       `json:"surveyed,omitempty"`  // the person was asked to rate the talk
	Contacted int        `json:"contacted,omitempty"` // contacts begun
	Record    CallRecord `json:"record"`
	TalkFrom  *time.Time `json:"talkFrom,omitempty"`
	HoldFrom  *time.Time `json:"holdFrom,omitempty"`
}

// Number is the person's: who called, or whom we called; "" when withheld.
func (c Call) Number() string {
	if c.Kind == KindInbound {
		return c.From
	}
	return c.To
}
