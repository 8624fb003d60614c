package engine

import (
	"time"

	"hotline12345/callcenter"
)

// AgentStatus is chosen by the person.
type AgentStatus string

const (
	StatusAvailable AgentStatus = "available" // 示闲
	StatusBreak     AgentStatus = "break"     // 小休, with a reason
)

// AgentState is a fact.
type AgentState string

const (
	StateIdle     AgentState = "idle"
	StateReserved AgentState = "reserved"
	StateRinging  AgentState = "ringing"
	StateTalking  AgentState = "talking"
	StateHeld     AgentState = "held"
	StateWrapUp   AgentState = "wrapUp"

	StateMonitoring AgentState = "monitoring" // a supervisor in somebody's call
)

// DeskView is everything an agent's page shows of its own shift; pushed whole
// on every change, so a page that reconnects needs nothing else.
type DeskView struct {
	Agent       callcenter.AgentID `json:"agent"`
	Name        string             `json:"name"`
	Status      AgentStatus        `json:"status"`
	BreakReason string             `json:"breakReason,omitempty"` // key, e.g. "meal", "noAnswer"
	State       AgentState         `json:"state"`
	Since       time.Time          `json:"since"` // of status+state
	Online      bool               `json:"online"`
	MediaUp     bool               `json:"mediaUp"`
	ByPhone     bool               `json:"byPhone"` // the sound is the desk phone's, not the page's
	PhoneUp     bool               `json:"phoneUp"` // a desk phone is registered
	WrapUpUntil *time.Time         `json:"wrapUpUntil,omitempty"`
	Offer       *OfferView         `json:"offer,omitempty"`
	Call        *DeskCall          `json:"call,omitempty"` // live, or the one in wrap-up
}

// OfferView is a ringing call. Number is whole here; package softphone masks it
// as the agent's role demands.
type OfferView struct {
	ID       string            `json:"id"`
	Call     callcenter.CallID `json:"call"`
	Number   string            `json:"number"`
	Queue    string            `json:"queue"`
	Since    time.Time         `json:"waitingSince"`
	Until    time.Time         `json:"until"`
	Keys     string            `json:"keys,omitempty"`     // pressed before
	Language string            `json:"language,omitempty"` // that the caller chose
	// What is known of the caller: group of the green channel (Art. 40), calls of late if
	// they are many, and whether he was marked for harassment.
	Green      string `json:"green,omitempty"`
	Repeat     int    `json:"repeat,omitempty"`
	Harassment bool   `json:"harassment,omitempty"`
	// Callback: the person is called once it is accepted, or was called back just now.
	Callback bool `json:"callback,omitempty"`
	// AskedBy is who wants to consult, by name; "": the caller waits himself.
	AskedBy string `json:"askedBy,omitempty"`
}

// Role is somebody's part in a call.
type Role string

const (
	RoleAgent      Role = "agent"      // whose call it is
	RoleConsulted  Role = "consulted"  // whom he asks
	RoleSupervisor Role = "supervisor" // who listens
)

// DeskCall is the agent's live call.
type DeskCall struct {
	Call      callcenter.CallID `json:"call"`
	Kind      callcenter.Kind   `json:"kind"`
	State     callcenter.State  `json:"state"`
	Number    string            `json:"number"`
	Queue     string            `json:"queue"`
	StartedAt time.Time         `json:"startedAt"` // of the agent's part
	HeldSince *time.Time        `json:"heldSince,omitempty"`
	Muted     bool              `json:"muted"`
	Recording bool              `json:"recording"`
	EndReason string            `json:"endReason,omitempty"` // in wrap-up
	// PausedUntil: the recording is paused, and goes on by itself then.
	PausedUntil *time.Time `json:"pausedUntil,omitempty"`

	Role  Role   `json:"role"`
	Agent string `json:"agent,omitempty"` // name of whose call it is, for the other roles
	// AgentAway: his page is lost just now, in a conference that goes on.
	AgentAway bool `json:"agentAway,omitempty"`
	// Consult is the second party, while there is one.
	Consult *ConsultView `json:"consult,omitempty"`
	// ConsultEnded is why the last one came to nothing, or left.
	ConsultEnded string `json:"consultEnded,omitempty"`
	// Supervisor is in the call too, if the agent may know.
	Supervisor *SupervisorView `json:"supervisor,omitempty"`
}

// ConsultView is whom an agent asks.
type ConsultView struct {
	Kind  callcenter.TransferKind `json:"kind"`
	Queue string                  `json:"queue,omitempty"`
	// Name of the agent who is rung or there; of an agent who is sought, too; of an
	// outside number that was chosen by name.
	Name   string           `json:"name,omitempty"`
	Number string           `json:"number,omitempty"` // outside
	Phase  callcenter.Phase `json:"phase"`
	Away   bool             `json:"away,omitempty"` // her page is lost just now
}

// SupervisorView is who listens, and how.
type SupervisorView struct {
	Name string          `json:"name"`
	Mode callcenter.Mode `json:"mode"`
}

// Live is the supervisor's picture of this node; see Engine.Live and Subscribe.
type Live struct {
	At      time.Time     `json:"at"`
	Waiting []LiveWaiting `json:"waiting"`
	Talking []LiveCall    `json:"talking"`
	Agents  []DeskView    `json:"agents"`
}

type LiveWaiting struct {
	Call   callcenter.CallID `json:"call"`
	Queue  string            `json:"queue"`
	Number string            `json:"number"`
	Since  time.Time         `json:"since"`
	State  callcenter.State  `json:"state"`
}

type LiveCall struct {
	Call   callcenter.CallID  `json:"call"`
	Kind   callcenter.Kind    `json:"kind"`
	Agent  callcenter.AgentID `json:"agent"`
	Number string             `json:"number"`
	State  callcenter.State   `json:"state"`
	Since  time.Time          `json:"since"`

	Second     callcenter.AgentID `json:"second,omitempty"`
	Supervisor callcenter.AgentID `json:"supervisor,omitempty"`
	Mode       callcenter.Mode    `json:"mode,omitempty"`
}

// DeskSink is one connected page of an agent (package softphone). Push must not
// block: a slow page is cut off and re-attaches.
type DeskSink interface {
	Push(v DeskView)
	// Replaced: the same agent signed in elsewhere.
	Replaced()
	// SignedOff: a supervisor ended the shift.
	SignedOff()
}

// The engine's methods for agents, as package softphone uses them. Every one is
// safe for concurrent use and returns typed errors (ErrorCode).
//
//	StartShift(p AgentProfile, sink DeskSink) (DeskView, error)   // or re-attach: same shift, same call
//	Detach(agent, sink)                                           // the page's socket is gone
//	EndShift(agent) error                                         // refused while in a call
//	Negotiate(agent, sdpOffer string) (sdpAnswer string, err error)
//	UsePhone(agent, bool) error                                   // the desk phone's sound, or the page's
//	SetStatus(agent, AgentStatus, reason string) error
//	Accept(agent, offer string) error / Decline(agent, offer string) error
//	Hold / Resume / HangUp(agent) error
//	Mute(agent, bool) error
//	SendKeys(agent, keys string) error
//	Transfer(agent, callcenter.Target) error
//	PauseRecording / ResumeRecording(agent) error
//	PauseCall(call, by, supervisor bool) (until time.Time, err error)  // from anywhere, by its agent or a supervisor
//	ResumeCall(call, by, supervisor bool) error
//	ForkCall(call, supervisor, reason) / StopFork(call, supervisor) error
//	Consult(agent, callcenter.Target) error
//	Swap / Conference / Complete / CancelConsult(agent) error
//	EndWrapUp(agent) error
//	DialOut(agent, Dial) (callcenter.CallID, error)
//	Supervise(supervisor, call, callcenter.Mode) error ; TakeOver / Leave(supervisor, call) error
//	Release(supervisor, call, requeue bool) error
//	SignOff(agent) error                                          // by a supervisor
//	PhoneChanged(agent, Phone) ; StartSeat(AgentProfile)          // by the registrar, through cmd/hotline
//	PlaceResultCall(to string, s callcenter.Script) (callcenter.CallID, error)  // ticket/feedback, through cmd/hotline
//	Live() Live ; Subscribe() (<-chan struct{}, cancel func())    // a coalesced "something changed"
