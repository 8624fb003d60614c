package ticket

import (
	"encoding/json"
	"fmt"
	"time"
)

// Event is a fact with its time (UTC, microseconds) and actor.
type Event struct {
	At   time.Time
	By   Actor
	Fact Fact
}

// Fact is what happened.
//
//sumtype:decl
type Fact interface{ fact() }

type (
	// Lodged 登记: all that the intake form says; Requester is sealed at rest.
	Lodged struct {
		Number         string    `json:"number"`
		Kind           Kind      `json:"kind"`
		Urgency        Urgency   `json:"urgency"`
		Channel        string    `json:"channel"`
		Category       string    `json:"category"`
		CategoryPath   []string  `json:"categoryPath"`
		Region         string    `json:"region"`
		Address        string    `json:"address"`
		Title          string    `json:"title"`
		Content        string    `json:"content"`
		Confidential   bool      `json:"confidential"`
		FollowUpWanted bool      `json:"followUpWanted"`
		Requester      Requester `json:"requester"`
		Call           string    `json:"call,omitempty"`
	}
	// Submitted to dispatch.
	Submitted struct{}
	// Answered 直接办结, told or yet to be told.
	Answered struct {
		Text string `json:"text"`
	}
	// Refused 不予受理 with the right door (Art. 18).
	Refused struct {
		Reason    string `json:"reason"`
		RightDoor string `json:"rightDoor"`
	}
	// Dispatched 派单: the clocks start.
	Dispatched struct {
		Assignments []Assignment `json:"assignments"`
	}
	// Signed 签收.
	Signed struct {
		Assignment string `json:"assignment"`
	}
	// ReplyGiven 反馈; InReview when the agency's head must approve it first.
	ReplyGiven struct {
		Assignment string `json:"assignment"`
		Reply      Reply  `json:"reply"`
		InReview   bool   `json:"inReview"`
	}
	// ReplyApproved by the agency's head or the hotline.
	ReplyApproved struct {
		Assignment string `json:"assignment"`
	}
	// ReplyRejected: back to handling; the clock has run on.
	ReplyRejected struct {
		Assignment string `json:"assignment"`
		Reason     string `json:"reason"`
	}
	// Attempted to tell the caller.
	Attempted struct {
		Attempt Attempt `json:"attempt"`
	}
	// CallerTold (Art. 46).
	CallerTold struct {
		Way string `json:"way"`
	}
	// FollowedUp 回访: what the caller answered; nil and 0 are unanswered.
	FollowedUp struct {
		Solved *bool  `json:"solved,omitempty"`
		Rating int    `json:"rating"`
		Way    string `json:"way"`
	}
	// Reworked 重办: fresh assignments replace the old ones; none: back to dispatch.
	Reworked struct {
		Assignments []Assignment `json:"assignments,omitempty"`
		Overseen    bool         `json:"overseen"`
	}
	// Closed 办结. Reason: a Close… constant, or the words of the person who closed it.
	Closed struct {
		Reason string `json:"reason"`
	}
	// WentOverdue: noticed once by the sweep.
	WentOverdue struct {
		Assignment string `json:"assignment"`
	}
	// BecameUnreachable: neither call nor message got through.
	BecameUnreachable struct{}
)

// Reasons of Closed that the rules themselves give.
const (
	CloseAnswered  = "answered"  // answered and told on the line
	CloseRefused   = "refused"   // refused and told
	CloseSatisfied = "satisfied" // solved, by the caller's own word
)

func (Lodged) fact()            {}
func (Submitted) fact()         {}
func (Answered) fact()          {}
func (Refused) fact()           {}
func (Dispatched) fact()        {}
func (Signed) fact()            {}
func (ReplyGiven) fact()        {}
func (ReplyApproved) fact()     {}
func (ReplyRejected) fact()     {}
func (Attempted) fact()         {}
func (CallerTold) fact()        {}
func (FollowedUp) fact()        {}
func (Reworked) fact()          {}
func (Closed) fact()            {}
func (WentOverdue) fact()       {}
func (BecameUnreachable) fact() {}

// FactType is the stored name of a fact's type.
func FactType(f Fact) string {
	switch f.(type) {
	case Lodged:
		return "lodged"
	case Submitted:
		return "submitted"
	case Answered:
		return "answered"
	case Refused:
		return "refused"
	case Dispatched:
		return "dispatched"
	case Signed:
		return "signed"
	case ReplyGiven:
		return "replied"
	case ReplyApproved:
		return "replyApproved"
	case ReplyRejected:
		return "replyRejected"
	case Attempted:
		return "attempted"
	case CallerTold:
		return "told"
	case FollowedUp:
		return "followedUp"
	case Reworked:
		return "reworked"
	case Closed:
		return "closed"
	case WentOverdue:
		return "overdue"
	case BecameUnreachable:
		return "unreachable"
	}
	panic(fmt.Sprintf("ticket: fact %T has no name", f)) // a fact added here alone
}

// DecodeFact is the reverse of FactType and json.Marshal.
func DecodeFact(name string, data []byte) (Fact, error) {
	switch name {
	case "lodged":
		return decodeFact[Lodged](name, data)
	case "submitted":
		return decodeFact[Submitted](name, data)
	case "answered":
		return decodeFact[Answered](name, data)
	case "refused":
		return decodeFact[Refused](name, data)
	case "dispatched":
		return decodeFact[Dispatched](name, data)
	case "signed":
		return decodeFact[Signed](name, data)
	case "replied":
		return decodeFact[ReplyGiven](name, data)
	case "replyApproved":
		return decodeFact[ReplyApproved](name, data)
	case "replyRejected":
		return decodeFact[ReplyRejected](name, data)
	case "attempted":
		return decodeFact[Attempted](name, data)
	case "told":
		return decodeFact[CallerTold](name, data)
	case "followedUp":
		return decodeFact[FollowedUp](name, data)
	case "reworked":
		return decodeFact[Reworked](name, data)
	case "closed":
		return decodeFact[Closed](name, data)
	case "overdue":
		return decodeFact[WentOverdue](name, data)
	case "unreachable":
		return decodeFact[BecameUnreachable](name, data)
	}
	return nil, fmt.Errorf("ticket: unknown fact %q", name)
}

func decodeFact[F Fact](name string, data []byte) (Fact, error) {
	var f F
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("ticket: fact %s: %w", name, err)
	}
	return f, nil
}
