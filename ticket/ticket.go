package ticket

import "time"

// State is the workflow state (domain.md section 3); one of four independent
// axes: state, delivery, clock, flags.
type State string

const (
	StateDraft      State = "draft"      // 登记
	StateToDispatch State = "toDispatch" // 待派单
	StateAssigned   State = "assigned"   // with agencies; see Assignment.State
	StateFollowUp   State = "followUp"   // 回访: the caller is being told and asked
	StateClosed     State = "closed"     // 办结
	StateRefused    State = "refused"    // 不予受理 (ends once told)
)

// AssignmentState of one agency (承办子单).
type AssignmentState string

const (
	ToSign        AssignmentState = "toSign"        // 待签收
	InHandling    AssignmentState = "inHandling"    // 办理中
	ReplyInReview AssignmentState = "replyInReview" // 反馈待审 (agency head)
	Replied       AssignmentState = "replied"
	Superseded    AssignmentState = "superseded" // redone: a newer assignment runs
)

type Kind string

const (
	Inquiry    Kind = "inquiry"    // 咨询
	Help       Kind = "help"       // 求助
	Suggestion Kind = "suggestion" // 建议
	Complaint  Kind = "complaint"  // 投诉
	TipOff     Kind = "tipOff"     // 举报
	Praise     Kind = "praise"     // 表扬
)

type Urgency string

const (
	Ordinary Urgency = "ordinary"
	Urgent   Urgency = "urgent"   // water, power, gas, heating: 24 h
	Critical Urgency = "critical" // life and property: 2 h
)

// Requester (诉求人); encrypted at rest.
type Requester struct {
	Name     string `json:"name"`
	Gender   string `json:"gender,omitempty"` // "male", "female", ""
	Phone    string `json:"phone"`
	Contact  string `json:"contact,omitempty"` // another number or address
	Language string `json:"language,omitempty"`
}

// Ticket is a plain value; Evolve makes it from events.
type Ticket struct {
	Number         string       `json:"number"` // yyyymmdd-NNNNNN
	Version        int          `json:"version"`
	State          State        `json:"state"`
	Kind           Kind         `json:"kind"`
	Urgency        Urgency      `json:"urgency"`
	Channel        string       `json:"channel"`
	Category       string       `json:"category"` // code
	CategoryPath   []string     `json:"categoryPath"`
	Region         string       `json:"region"` // code
	Address        string       `json:"address"`
	Title          string       `json:"title"`
	Content        string       `json:"content"`
	Confidential   bool         `json:"confidential"`
	FollowUpWanted bool         `json:"followUpWanted"`
	Requester      Requester    `json:"requester"`
	Call           string       `json:"call,omitempty"` // call id it was lodged from
	LodgedBy       string       `json:"lodgedBy"`
	LodgedAt       time.Time    `json:"lodgedAt"`
	Assignments    []Assignment `json:"assignments"`
	Answer         string       `json:"answer,omitempty"` // direct answer, refusal reason and right door, or result text for the caller
	Told           *Told        `json:"told,omitempty"`
	Attempts       []Attempt    `json:"attempts"`
	Solved         *bool        `json:"solved,omitempty"`
	FirstRating    int          `json:"firstRating"` // 0 unrated, 1..5
	FinalRating    int          `json:"finalRating"`
	Redone         int          `json:"redone"`
	Flags          Flags        `json:"flags"`
	ClosedAt       *time.Time   `json:"closedAt,omitempty"`
	CloseReason    string       `json:"closeReason,omitempty"`
}

// Flags stand apart from the state.
type Flags struct {
	Overdue     bool `json:"overdue"`
	NotReached  bool `json:"notReached"`  // told by SMS after all call attempts failed
	Unreachable bool `json:"unreachable"` // neither call nor SMS got through: a person must act
	Overseen    bool `json:"overseen"`
}

// Assignment of one agency with its own state and clock.
type Assignment struct {
	ID           string          `json:"id"`
	Agency       string          `json:"agency"` // code
	AgencyName   string          `json:"agencyName"`
	Lead         bool            `json:"lead"`
	State        AssignmentState `json:"state"`
	Opinion      string          `json:"opinion,omitempty"` // dispatch opinion
	DispatchedAt time.Time       `json:"dispatchedAt"`
	SignBy       time.Time       `json:"signBy"`
	SignedAt     *time.Time      `json:"signedAt,omitempty"`
	Due          time.Time       `json:"due"`
	Limit        Limit           `json:"limit"`
	Why          Explanation     `json:"why"` // how Due was computed
	RepliedAt    *time.Time      `json:"repliedAt,omitempty"`
	Reply        *Reply          `json:"reply,omitempty"`
	OverdueAt    *time.Time      `json:"overdueAt,omitempty"`
}

// Reply of an agency; PublicText is what the caller hears.
type Reply struct {
	True       bool   `json:"true"` // the claim is true
	Solved     bool   `json:"solved"`
	WhyNot     string `json:"whyNot,omitempty"`
	Contacted  bool   `json:"contacted"`
	Done       string `json:"done"` // inner text
	PublicText string `json:"publicText"`
	By         string `json:"by"`
}

// Told: the caller has been told, how and when (Art. 46: a condition of closing).
type Told struct {
	Way string    `json:"way"` // "call", "agent", "sms", "onTheLine"
	At  time.Time `json:"at"`
	By  string    `json:"by"`
}

// Attempt to tell the caller.
type Attempt struct {
	N      int       `json:"n"`
	Way    string    `json:"way"` // "call", "sms"
	At     time.Time `json:"at"`
	Call   string    `json:"call,omitempty"`
	Result string    `json:"result"` // told, noAnswer, busy, unreachable, sent, failed
}

// Limit as data. Unit: "workingDays" or "hours".
type Limit struct {
	Value int    `json:"value"`
	Unit  string `json:"unit"`
	Rule  string `json:"rule"` // id of the limit row it came from
}

// Explanation lists each step of a deadline, as keys and values for the message catalogue.
type Explanation struct {
	From  time.Time `json:"from"`
	Limit Limit     `json:"limit"`
	Steps []Step    `json:"steps"`
	Due   time.Time `json:"due"`
}

// Step of an explanation. Code: "start", "startDayExcluded", "workingDay", "weekend",
// "holiday", "makeUpDay", "rolled", "endOfBusiness", "hours".
type Step struct {
	Code string `json:"code"`
	Date string `json:"date"`           // yyyy-mm-dd
	Note string `json:"note,omitempty"` // name of the holiday, source
	N    int    `json:"n,omitempty"`    // running count of working days
}

// Actor is who acts; from the session, never from the request body.
type Actor struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Role   Role   `json:"role"`
	Agency string `json:"agency,omitempty"` // for agency roles
}

// Role, as package identity stores it.
type Role string

const (
	RoleAgent      Role = "agent"      // 话务员
	RoleDispatcher Role = "dispatcher" // 派单员
	RoleAgency     Role = "agency"     // 承办单位
	RoleFollowUp   Role = "followUp"   // 回访员
	RoleSupervisor Role = "supervisor" // 班长
	RoleReviewer   Role = "reviewer"   // 质检
	RoleAdmin      Role = "admin"
	RoleSystem     Role = "system" // the hotline itself: sweep, result call, SMS
)
