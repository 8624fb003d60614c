package ticket

import "time"

// Command is what an actor asks of a ticket.
//
//sumtype:decl
type Command interface{ command() }

type (
	// Lodge 登记: makes the ticket; needs a valid category, kind, title, content,
	// and a phone unless the channel has another way to tell the caller.
	Lodge struct {
		Number         string
		Kind           Kind
		Urgency        Urgency
		Channel        string // "phone", ...
		Category       string
		CategoryPath   []string
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
		Told bool // the agent said it on the line
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
	// FollowUp 回访: contacted, solved, satisfied. Solved and rating 1..3 → closed;
	// unsolved or rating 4, 5 → rework.
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

// DispatchTo is one agency of a dispatch. Limit zero: the limit the rules give.
type DispatchTo struct {
	Assignment string // new id
	Agency     string
	AgencyName string
	Lead       bool
	Opinion    string
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
	AgencyReview bool // an agency head approves replies; off in the seed
	MaxRedo      int  // after that: overseen; 2
	MaxText      int  // characters of a content or reply; 5000
}

// LimitRule gives the handling limit; the most specific match wins (region,
// kind, urgency, category prefix), ties by the newest version.
type LimitRule struct {
	ID        string
	Region    string
	Kind      Kind
	Urgency   Urgency
	Category  string // prefix of the code
	Value     int
	Unit      string
	ValidFrom time.Time
	ValidTo   *time.Time
}
