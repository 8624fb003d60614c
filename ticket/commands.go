package ticket

import "time"

// Command is what an actor asks of a ticket.
//
//sumtype:decl
type Command interface{ command() }

type (
	// Lodge 登记: makes the ticket; needs a valid category, kind, title, content,
	// and a phone unless the channel has another way to tell the caller. Number is
	// given by ticketpg; the path is the category's.
	Lodge struct {
		Number         string
		Kind           Kind
		Urgency        Urgency
		Channel        string // "phone", ...
		Category       string
		Region         string
		Address        string
		Title, Content string
		Confidential   bool
		FollowUpWanted bool
		Requester      Requester
		Call           string
	}
	// AnswerDirectly 直接办结: draft or toDispatch → closed when Told, else followUp.
	AnswerDirectly struct {
		Text string
		Told bool // the agent said it on the line: who lodged it, from a call, before submitting
	}
	// Refuse 不予受理 with the right door and reason (Art. 18).
	Refuse struct {
		Reason, RightDoor string
		Told              bool
	}
	// Submit sends a draft to dispatch.
	Submit struct{}
	// Dispatch 派单 to one lead agency (more agencies: a later issue; the shape is ready).
	Dispatch struct {
		Assignments []DispatchTo
	}
	Sign struct{ Assignment string }
	// Answer of the agency; goes to ReplyInReview, or to Replied when Rules.AgencyReview is off.
	ReplyWith struct {
		Assignment string
		Reply      Reply
	}
	ApproveReply struct{ Assignment string }
	RejectReply  struct{ Assignment, Reason string }
	// RecordAttempt of telling the caller; by the system or a follow-up agent.
	RecordAttempt struct{ Attempt Attempt }
	// RecordTold: the caller has heard or been sent the result.
	RecordTold struct{ Way string }
	// FollowUp 回访: what the caller said; nil and 0 are unanswered. Unsolved or
	// rating 4, 5 → rework; solved → closed; a rating alone is kept and waits.
	FollowUp struct {
		Solved *bool
		Rating int
		Way    string // "call", "agent"
	}
	// Close 办结 without an answer by the caller; only when told.
	Close struct{ Reason string }
	// MarkOverdue by the sweep.
	MarkOverdue struct{ Assignment string }
	// MarkUnreachable: every way failed; a person must act.
	MarkUnreachable struct{}
)

// DispatchTo is one agency of a dispatch. The assignment gets the ticket's next
// sub-number, yyyymmdd-NNNNNN-01, and the limit the rules give.
type DispatchTo struct {
	Agency  string // code
	Lead    bool
	Opinion string
}

func (Lodge) command()           {}
func (AnswerDirectly) command()  {}
func (Refuse) command()          {}
func (Submit) command()          {}
func (Dispatch) command()        {}
func (Sign) command()            {}
func (ReplyWith) command()       {}
func (ApproveReply) command()    {}
func (RejectReply) command()     {}
func (RecordAttempt) command()   {}
func (RecordTold) command()      {}
func (FollowUp) command()        {}
func (Close) command()           {}
func (MarkOverdue) command()     {}
func (MarkUnreachable) command() {}

// Rules are the data that Decide needs; loaded from Postgres by ticketpg.
type Rules struct {
	Calendar     Calendar
	Limits       []LimitRule
	SignLimit    map[Urgency]Limit
	Categories   map[string][]string // path of names by code; every category a ticket may have
	Agencies     map[string]string   // name by code
	AgencyReview bool                // an agency head approves replies; off in the seed
	MaxRedo      int                 // after that: overseen; 2
	MaxText      int                 // characters of a content or reply; 5000
}

// LimitRule gives the handling limit of what it matches; see MatchLimit. An empty
// field matches everything.
type LimitRule struct {
	ID        string
	Region    string // prefix of the code
	Kind      Kind
	Urgency   Urgency
	Category  string // prefix of the code
	Value     int
	Unit      string // UnitWorkingDays, UnitDays or UnitHours
	ValidFrom time.Time
	ValidTo   *time.Time // excluded; nil: open
}
