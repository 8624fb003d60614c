package web

import (
	"context"
	"io"
	"net/http"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/report"
	"hotline12345/identity"
	"hotline12345/routing"
	"hotline12345/ticket"
)

// What the edge needs of the rest. Errors that a person should understand have a
// method ErrorCode() string with a code of the catalogue (messages.go).

// Accounts are people and their sessions.
type Accounts interface {
	// SignIn checks a password and opens a session; address is the client's.
	SignIn(ctx context.Context, login, password, address string) (a identity.Account, token string, err error)
	// Authenticate finds the account of a session.
	Authenticate(ctx context.Context, token string) (identity.Account, error)
	SignOut(ctx context.Context, token string) error
	// Find gives accounts by id; unknown ids are left out.
	Find(ctx context.Context, ids []string) (map[string]identity.Account, error)
}

// Tokens let other systems read events. Secrets are told once.
type Tokens interface {
	Tokens(ctx context.Context) ([]identity.Token, error)
	AddToken(ctx context.Context, t identity.Token) (added identity.Token, secret string, err error)
	RevokeToken(ctx context.Context, id, by string) error
	// UseToken finds whose token it is; identity.CodeNotSignedIn: nobody's.
	UseToken(ctx context.Context, secret string) (identity.Token, error)
}

// AccessEntry says who read what of whom.
type AccessEntry struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"` // account id when written, name when listed
	Action  string    `json:"action"`
	Subject string    `json:"subject"`
	Detail  string    `json:"detail,omitempty"`
}

// AccessLog is append-only.
type AccessLog interface {
	LogAccess(ctx context.Context, e AccessEntry) error
	// ListAccess gives entries with smaller ids than before (0: the newest), newest first.
	ListAccess(ctx context.Context, before int64, limit int) ([]AccessEntry, error)
}

// Page of a keyset list.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// TicketQuery asks for a page of a work list.
type TicketQuery struct {
	Box     string
	After   string
	Limit   int // 0: the store's
	Q       string
	State   ticket.State
	Agency  string
	Overdue bool
}

// Named is a code with its name.
type Named struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// Category of tickets, level 1 to 3.
type Category struct {
	Code  string   `json:"code"`
	Name  string   `json:"name"`
	Level int      `json:"level"`
	Path  []string `json:"path"`
}

// Proposal of the dispatch catalogue.
type Proposal struct {
	Agency string `json:"agency"`
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// TicketEvent is one event of a ticket's history.
type TicketEvent struct {
	Seq   int         `json:"seq"`
	At    time.Time   `json:"at"`
	Actor string      `json:"actor"`
	Role  ticket.Role `json:"role"`
	Type  string      `json:"type"`
	Data  any         `json:"data,omitempty"`
	Hash  string      `json:"hash"`
}

// Tickets is the ticket store. Every method decides what by may see or do.
type Tickets interface {
	Lodge(ctx context.Context, by ticket.Actor, key string, l ticket.Lodge, then ticket.Command) (ticket.Ticket, error)
	Handle(ctx context.Context, by ticket.Actor, number string, version int, cmds ...ticket.Command) (ticket.Ticket, error)
	Get(ctx context.Context, by ticket.Actor, number string) (ticket.Ticket, error)
	ListTickets(ctx context.Context, by ticket.Actor, q TicketQuery) (Page[ticket.Ticket], error)
	TicketHistory(ctx context.Context, by ticket.Actor, number string) ([]TicketEvent, error)
	Reveal(ctx context.Context, by ticket.Actor, number, purpose string) (ticket.Requester, error)
	// TicketPop says what is known of a caller, and logs the read under the call's id.
	TicketPop(ctx context.Context, by ticket.Actor, call, phone string) (TicketPop, error)
	TicketsOfCall(ctx context.Context, call string) ([]string, error)
	AllCategories(ctx context.Context) ([]Category, error)
	AllAgencies(ctx context.Context) ([]Named, error)
	AllRegions(ctx context.Context) ([]Named, error)
	Propose(ctx context.Context, category, region string) ([]Proposal, error)
	Deadline(ctx context.Context, kind ticket.Kind, urgency ticket.Urgency, category, region string) (time.Time, ticket.Explanation, error)
}

// TicketPop is what tickets know of a caller.
type TicketPop struct {
	OpenTickets []OpenTicket
	Requester   *KnownRequester
}

// OpenTicket of a caller.
type OpenTicket struct {
	Number   string       `json:"number"`
	Title    string       `json:"title"`
	State    ticket.State `json:"state"`
	Category string       `json:"category"`
	LodgedAt time.Time    `json:"lodgedAt"`
	Due      *time.Time   `json:"due,omitempty"`
}

// KnownRequester fills the form.
type KnownRequester struct {
	Name     string `json:"name"`
	Gender   string `json:"gender,omitempty"`
	Language string `json:"language,omitempty"`
	Address  string `json:"address,omitempty"`
}

// CallQuery asks for a page of call records.
type CallQuery struct {
	After    string
	Limit    int
	Number   string
	Agent    string
	From, To time.Time
}

// Segment of a recording.
type Segment struct {
	Segment   int                    `json:"segment"`
	Kind      callcenter.SegmentKind `json:"kind"`
	StartedAt time.Time              `json:"startedAt"`
	Millis    int64                  `json:"ms"`
	Complete  bool                   `json:"complete"`
	// PurgedAt: since then its sound is gone, its time was over.
	PurgedAt *time.Time `json:"purgedAt,omitempty"`
	Gaps     []Gap      `json:"gaps"`
}

// Gap is a stretch of a segment that is silence, since the recording was paused; in ms
// from its start.
type Gap struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Hold keeps a call's recordings from being purged (legal hold).
type Hold struct {
	Reason string
	By     string // account id
	At     time.Time
}

// Callback is a missed call to be answered (漏接回拨).
type Callback struct {
	ID        string
	Call      string
	Number    string
	Queue     string
	Reason    callcenter.EndReason
	CreatedAt time.Time
	State     string // open, claimed, closed
	ClaimedBy string // account id
	ClosedAt  *time.Time
	Note      string
}

// Sound is an open recording: a WAV file to seek in, and its waveform.
type Sound interface {
	io.ReadSeekCloser
	Peaks(n int) (left, right []float32, err error)
	Duration() time.Duration
}

// Calls are call records, recordings and callbacks. Numbers are whole.
type Calls interface {
	ListCalls(ctx context.Context, q CallQuery) (Page[callcenter.CallRecord], error)
	CallRecord(ctx context.Context, id callcenter.CallID) (callcenter.CallRecord, error)
	EarlierCalls(ctx context.Context, number string, besides callcenter.CallID, n int) ([]callcenter.CallRecord, error)
	// LiveCall is a call of this moment.
	LiveCall(id callcenter.CallID) (callcenter.Call, bool)
	Segments(ctx context.Context, id callcenter.CallID) ([]Segment, error)
	// Contacts is the chain of an ended call.
	Contacts(ctx context.Context, id callcenter.CallID) ([]callcenter.Contact, error)
	// HoldOf is nil when the call is not held.
	HoldOf(ctx context.Context, id callcenter.CallID) (*Hold, error)
	PlaceHold(ctx context.Context, id callcenter.CallID, h Hold) error
	LiftHold(ctx context.Context, id callcenter.CallID) error
	// PauseRecording of a call of this moment, by its agent or a supervisor; until then.
	PauseRecording(id callcenter.CallID, by callcenter.AgentID, supervisor bool) (until time.Time, err error)
	ResumeRecording(id callcenter.CallID, by callcenter.AgentID, supervisor bool) error
	// ForkCall sends the sound of a call of this moment to the consumer, for a reason.
	ForkCall(id callcenter.CallID, by callcenter.AgentID, reason string) error
	StopFork(id callcenter.CallID, by callcenter.AgentID) error
	OpenSound(ctx context.Context, id callcenter.CallID, segment int) (Sound, error)
	ListCallbacks(ctx context.Context, state, after string, limit int) (Page[Callback], error)
	ClaimCallback(ctx context.Context, id string, by callcenter.AgentID) (Callback, error)
	// CloseCallback by who claimed it; anyones: whoever did.
	CloseCallback(ctx context.Context, id string, by callcenter.AgentID, anyones bool, note string) (Callback, error)
	// BadRatings are tasks: calls whose talk was rated badly.
	BadRatings(ctx context.Context, closed bool, after string, limit int) (Page[BadRating], error)
	CloseBadRating(ctx context.Context, call callcenter.CallID, by callcenter.AgentID, note string) (BadRating, error)
	Queues(ctx context.Context) ([]Queue, error)
	OnShift(ctx context.Context) ([]AgentOnShift, error)
}

// Routing is what an administrator decides about queues and who serves them. Errors that
// name a field are *routing.Fault.
type Routing interface {
	Queues(ctx context.Context) ([]routing.Queue, error)
	SaveQueue(ctx context.Context, q routing.Queue) error
	RemoveQueue(ctx context.Context, id string) error
	Skills(ctx context.Context) ([]routing.SkillName, error)
	SaveSkills(ctx context.Context, catalogue []routing.SkillName) error
	// Abilities of every account that may take calls.
	Abilities(ctx context.Context) ([]routing.Ability, error)
	SaveAbility(ctx context.Context, a routing.Ability) error
	// Emergency that was declared last, which may be over.
	Emergency(ctx context.Context) (routing.Emergency, error)
	Declare(ctx context.Context, e routing.Emergency, by string) error
	EndEmergency(ctx context.Context, by string, at time.Time) error
	// Marks of numbers, in a state; AddMark with pending has no effect until it is approved.
	Marks(ctx context.Context, state, after string, limit int) (Page[CallerMark], error)
	AddMark(ctx context.Context, m CallerMark, pending bool) (CallerMark, error)
	ApproveMark(ctx context.Context, id string, priority int, until time.Time, by string) (CallerMark, error)
	EndMark(ctx context.Context, id, by string) (CallerMark, error)
	LanguageKeys(ctx context.Context) ([]routing.LanguageKey, error)
	SaveLanguageKeys(ctx context.Context, keys []routing.LanguageKey) error
}

// BadRating is a call whose talk was rated badly, to be looked after.
type BadRating struct {
	Call     callcenter.CallID
	Rating   callcenter.Rating
	RatedAt  time.Time
	Agents   []callcenter.AgentID
	ClosedAt *time.Time
	ClosedBy callcenter.AgentID
	Note     string
}

// ReportQuery asks for figures by intervals.
type ReportQuery struct {
	report.Range
	Within time.Duration // 0: as configured
	Queue  string        // "": all
	Split  bool
}

// ReportRow is an interval of a queue, or of all.
type ReportRow struct {
	From  time.Time
	Queue string
	report.Counts
}

// AgentTime is a stretch of an agent's shift.
type AgentTime struct {
	Shift  time.Time  `json:"shift"`
	From   time.Time  `json:"from"`
	To     *time.Time `json:"to,omitempty"`
	State  string     `json:"state"`
	Reason string     `json:"reason,omitempty"`
	Call   string     `json:"call,omitempty"`
	Queue  string     `json:"queue,omitempty"`
}

// AgentDay is what an agent did on a day.
type AgentDay struct {
	Agent     string           `json:"agent"`
	Name      string           `json:"name"`
	From      time.Time        `json:"from"`
	To        time.Time        `json:"to"`
	Millis    map[string]int64 `json:"ms"` // by state
	Calls     int              `json:"calls"`
	Occupancy *float64         `json:"occupancy,omitempty"`
}

// Reports are what was, in figures.
type Reports interface {
	// Intervals with the thresholds they were counted by.
	Intervals(ctx context.Context, q ReportQuery) ([]ReportRow, report.Thresholds, error)
	// AgentDays are without names.
	AgentDays(ctx context.Context, from, to time.Time) ([]AgentDay, error)
	Timeline(ctx context.Context, agent string, from, to time.Time) ([]AgentTime, error)
}

// Webhook is an address of another system that is told of events.
type Webhook struct {
	ID           string     `json:"id"`
	URL          string     `json:"url"`
	Events       []string   `json:"events"`
	Enabled      bool       `json:"enabled"`
	CreatedAt    time.Time  `json:"createdAt"`
	FailingSince *time.Time `json:"failingSince,omitempty"`
	DisabledAt   *time.Time `json:"disabledAt,omitempty"` // by the system
	LastError    string     `json:"lastError,omitempty"`
}

// Webhooks are what other systems are told, and where. Secrets are told once.
type Webhooks interface {
	EventTypes() []string
	Webhooks(ctx context.Context) ([]Webhook, error)
	AddWebhook(ctx context.Context, h Webhook, by string) (added Webhook, secret string, err error)
	SaveWebhook(ctx context.Context, h Webhook) (Webhook, error)
	RenewWebhook(ctx context.Context, id string) (secret string, err error)
	RemoveWebhook(ctx context.Context, id string) error
	// PingWebhook sends an event to try the address.
	PingWebhook(ctx context.Context, id string) error
}

// Queue of calls.
type Queue struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// AgentOnShift may be transferred to.
type AgentOnShift struct {
	ID          string `json:"id"`
	Login       string `json:"login"`
	Name        string `json:"name"`
	Status      string `json:"status"`
	State       string `json:"state"`
	BreakReason string `json:"breakReason,omitempty"`
}

// Live is the supervisor's picture.
type Live interface {
	LiveView(ctx context.Context) (LiveView, error)
	// LiveChanges has a value whenever the calls may have changed.
	LiveChanges() (changes <-chan struct{}, cancel func())
}

// Trunk is how a line fares now.
type Trunk struct {
	Name            string        `json:"name"`
	Up              bool          `json:"up"` // takes calls out
	Registers       bool          `json:"registers"`
	RegisteredUntil *time.Time    `json:"registeredUntil,omitempty"`
	In              int           `json:"in"`
	Out             int           `json:"out"`
	PassedOn        int           `json:"passedOn"` // calls out for which another was asked
	Failure         *TrunkFailure `json:"failure,omitempty"`
}

// TrunkFailure is what went wrong with a line last.
type TrunkFailure struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`           // call, options, register
	Code int       `json:"code,omitempty"` // SIP status; 0: no answer
}

// Trunks are the lines of a node.
type Trunks interface {
	Trunks() (node string, trunks []Trunk)
}

// Directory is the outside numbers that agents reach by name. Errors are coded.
type Directory interface {
	Directory(ctx context.Context) ([]DirectoryEntry, error)
	SaveDirectoryEntry(ctx context.Context, e DirectoryEntry) error
	RemoveDirectoryEntry(ctx context.Context, id string) error
}

// DirectoryEntry is one of them.
type DirectoryEntry struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"` // expert, hotline, other
	Name   string `json:"name"`
	Agency string `json:"agency"` // code, of an expert
	Number string `json:"number"`
}

// Supervision is what a supervisor does in calls and to agents. Errors are coded.
type Supervision interface {
	// Supervise brings her into a call, or changes what she does there.
	Supervise(by callcenter.AgentID, call callcenter.CallID, mode callcenter.Mode) error
	Leave(by callcenter.AgentID, call callcenter.CallID) error
	TakeOver(by callcenter.AgentID, call callcenter.CallID) error
	// Release ends the call, or gives the person to the next agent.
	Release(by callcenter.AgentID, call callcenter.CallID, requeue bool) error
	// SetAgentStatus makes an agent ready or not, or ends his shift (AgentSignedOff).
	SetAgentStatus(agent callcenter.AgentID, status string) error
}

// AgentSignedOff is the status that ends an agent's shift.
const AgentSignedOff = "signedOff"

// LiveView is masked before it leaves.
type LiveView struct {
	At      time.Time     `json:"at"`
	Waiting []LiveWaiting `json:"waiting"`
	Talking []LiveTalking `json:"talking"`
	Agents  []LiveAgent   `json:"agents"`
	Today   Today         `json:"today"`
	Tickets TicketFigures `json:"tickets"`
}

// LiveWaiting is a caller in a queue.
type LiveWaiting struct {
	Call   string           `json:"call"`
	Queue  string           `json:"queue"`
	Number string           `json:"number"`
	Since  time.Time        `json:"since"`
	State  callcenter.State `json:"state"`
}

// LiveTalking is a call with somebody in it.
type LiveTalking struct {
	Call   string           `json:"call"`
	Kind   callcenter.Kind  `json:"kind"`
	Agent  string           `json:"agent"`
	Number string           `json:"number"`
	Since  time.Time        `json:"since"`
	State  callcenter.State `json:"state"`

	Second     string          `json:"second,omitempty"`     // account id of the agent who is asked
	Supervisor string          `json:"supervisor,omitempty"` // account id
	Mode       callcenter.Mode `json:"mode,omitempty"`       // hers
}

// LiveAgent is somebody on shift.
type LiveAgent struct {
	Agent       string    `json:"agent"`
	Name        string    `json:"name"`
	Status      string    `json:"status"`
	BreakReason string    `json:"breakReason,omitempty"`
	State       string    `json:"state"`
	Since       time.Time `json:"since"`
	Online      bool      `json:"online"`
	MediaUp     bool      `json:"mediaUp"`
	Call        string    `json:"call,omitempty"`
}

// Today are the figures since midnight, Beijing time.
type Today struct {
	Offered        int          `json:"offered"`
	Answered       int          `json:"answered"`
	Abandoned      int          `json:"abandoned"`
	ShortAbandoned int          `json:"shortAbandoned"`
	ServiceLevel   ServiceLevel `json:"serviceLevel"`
	ASAMillis      int64        `json:"asaMs"`
	Unrecorded     int          `json:"unrecorded"` // calls with more talk than recordings
}

// ServiceLevel with the formula it was worked out by.
type ServiceLevel struct {
	Formula string  `json:"formula"`
	Value   float64 `json:"value"`
}

// TicketFigures of this moment.
type TicketFigures struct {
	ByState map[ticket.State]int `json:"byState"`
	Overdue int                  `json:"overdue"`
	ToTell  int                  `json:"toTell"`
}

// Phone serves the agents' socket (callcenter/softphone). The request's context ends
// when the session does.
type Phone interface {
	ServePhone(w http.ResponseWriter, r *http.Request, a identity.Account)
}
