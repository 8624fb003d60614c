package ticket

import (
	"fmt"
	"slices"
	"time"
)

// Ways of telling the caller, best first.
const (
	WayOnTheLine = "onTheLine" // by the agent, in the call the ticket was lodged from
	WayCall      = "call"      // the system's own call
	WayAgent     = "agent"     // a person called
	WaySMS       = "sms"
)

// results of an Attempt.
var results = []string{"told", "noAnswer", "busy", "unreachable", "sent", "failed"}

// maxAttempts bounds the list of a ticket; the schedule of telling stops long before.
const maxAttempts = 50

// Decide turns a command of an actor into events, or refuses with an *Error. For Lodge
// the ticket is the zero value. Nothing is changed: fold the events with Evolve.
func Decide(t Ticket, cmd Command, by Actor, r Rules, now time.Time) ([]Event, error) {
	now = now.UTC().Truncate(time.Microsecond) // what Postgres keeps
	if err := permit(NameOf(cmd), t, by); err != nil {
		return nil, err
	}
	facts, err := decide(t, cmd, by, r, now)
	if err != nil {
		return nil, err
	}
	events := make([]Event, len(facts))
	for i, f := range facts {
		events[i] = Event{At: now, By: by, Fact: f}
	}
	return events, nil
}

// NameOf is a command's name.
func NameOf(cmd Command) string {
	switch cmd.(type) {
	case Lodge:
		return NameLodge
	case Submit:
		return NameSubmit
	case AnswerDirectly:
		return NameAnswer
	case Refuse:
		return NameRefuse
	case Dispatch:
		return NameDispatch
	case Sign:
		return NameSign
	case ReplyWith:
		return NameReply
	case ApproveReply:
		return NameApprove
	case RejectReply:
		return NameReject
	case RecordAttempt:
		return NameAttempt
	case RecordTold:
		return NameTold
	case FollowUp:
		return NameFollowUp
	case Close:
		return NameClose
	case MarkOverdue:
		return NameOverdue
	case MarkUnreachable:
		return NameUnreachable
	}
	return "" // permit knows no such name
}

func decide(t Ticket, cmd Command, by Actor, r Rules, now time.Time) ([]Fact, error) {
	switch c := cmd.(type) {
	case Lodge:
		return decideLodge(c, r)
	case Submit:
		return []Fact{Submitted{}}, nil
	case AnswerDirectly:
		return decideAnswer(t, c, by, r)
	case Refuse:
		return decideRefuse(t, c, by, r)
	case Dispatch:
		return decideDispatch(t, c, r, now)
	case Sign:
		return ofAgency(t, c, c.Assignment, by, Signed(c))
	case ReplyWith:
		return decideReply(t, c, by, r)
	case ApproveReply:
		return ofAgency(t, c, c.Assignment, by, ReplyApproved(c))
	case RejectReply:
		if err := checkText("reason", c.Reason, true, r.MaxText); err != nil {
			return nil, err
		}
		return ofAgency(t, c, c.Assignment, by, ReplyRejected(c))
	case RecordAttempt:
		return decideAttempt(t, c, now)
	case RecordTold:
		return decideTold(t, c, by)
	case FollowUp:
		return decideFollowUp(t, c, by, r, now)
	case Close:
		if err := checkText("reason", c.Reason, true, maxLine); err != nil {
			return nil, err
		}
		return []Fact{Closed(c)}, nil
	case MarkOverdue:
		return decideOverdue(t, c, by, now)
	case MarkUnreachable:
		return []Fact{BecameUnreachable{}}, nil
	}
	return nil, &Error{Code: CodeUnknownCommand}
}

func decideAnswer(t Ticket, c AnswerDirectly, by Actor, r Rules) ([]Fact, error) {
	if err := checkText("text", c.Text, true, r.MaxText); err != nil {
		return nil, err
	}
	facts := []Fact{Answered{Text: c.Text}}
	if c.Told {
		if err := onTheLine(t, by); err != nil {
			return nil, err
		}
		facts = append(facts, CallerTold{Way: WayOnTheLine}, Closed{Reason: CloseAnswered})
	}
	return facts, nil
}

func decideRefuse(t Ticket, c Refuse, by Actor, r Rules) ([]Fact, error) {
	if err := checkText("reason", c.Reason, true, r.MaxText); err != nil {
		return nil, err
	}
	if err := checkText("rightDoor", c.RightDoor, true, maxLine); err != nil {
		return nil, err
	}
	facts := []Fact{Refused{Reason: c.Reason, RightDoor: c.RightDoor}}
	if c.Told {
		if err := onTheLine(t, by); err != nil {
			return nil, err
		}
		facts = append(facts, CallerTold{Way: WayOnTheLine}, Closed{Reason: CloseRefused})
	}
	return facts, nil
}

// onTheLine: only who took the ticket down in a call has the requester on the line; anybody
// else would close it without telling her (Art. 46).
func onTheLine(t Ticket, by Actor) error {
	if t.State != StateDraft || t.LodgedBy != by.ID || t.Call == "" {
		return &Error{Code: CodeNotOnTheLine}
	}
	return nil
}

// checkWay: the system's own call is what the system reports, nobody else.
func checkWay(way string, by Actor) error {
	if way == WayCall && by.Role != RoleSystem {
		return invalid("way", "only the system's own call")
	}
	return nil
}

func decideAttempt(t Ticket, c RecordAttempt, now time.Time) ([]Fact, error) {
	a := c.Attempt
	switch {
	case !slices.Contains(results, a.Result):
		return nil, invalid("attempt.result", "unknown result")
	case a.Way != WayCall && a.Way != WaySMS && a.Way != WayAgent:
		return nil, invalid("attempt.way", "unknown way")
	case len(t.Attempts) >= maxAttempts:
		return nil, invalid("attempt", fmt.Sprintf("more than %d attempts", maxAttempts))
	}
	if err := checkText("attempt.call", a.Call, false, maxLine); err != nil {
		return nil, err
	}
	a.N = len(t.Attempts) + 1
	if a.At.IsZero() {
		a.At = now
	}
	a.At = a.At.UTC().Truncate(time.Microsecond)
	return []Fact{Attempted{Attempt: a}}, nil
}

func decideTold(t Ticket, c RecordTold, by Actor) ([]Fact, error) {
	if c.Way != WayCall && c.Way != WayAgent && c.Way != WaySMS {
		return nil, invalid("way", "unknown way")
	}
	if err := checkWay(c.Way, by); err != nil {
		return nil, err
	}
	if t.Told != nil && c.Way == WaySMS {
		return nil, &Error{Code: CodeAlreadyTold}
	}
	facts := []Fact{CallerTold(c)}
	if t.State == StateRefused {
		facts = append(facts, Closed{Reason: CloseRefused}) // nothing was done that could be rated
	}
	return facts, nil
}

// decideFollowUp: the caller's word closes the ticket or has it redone.
func decideFollowUp(t Ticket, c FollowUp, by Actor, r Rules, now time.Time) ([]Fact, error) {
	switch {
	case c.Rating < 0 || c.Rating > 5:
		return nil, invalid("rating", "not between 1 and 5")
	case c.Solved == nil && c.Rating == 0:
		return nil, invalid("solved", "neither question is answered")
	case c.Way != WayCall && c.Way != WayAgent:
		return nil, invalid("way", "unknown way")
	}
	if err := checkWay(c.Way, by); err != nil {
		return nil, err
	}
	facts := []Fact{FollowedUp(c)}
	switch {
	case c.Solved != nil && !*c.Solved || c.Rating >= 4:
		facts = append(facts, rework(t, r, now))
	case c.Solved != nil:
		facts = append(facts, Closed{Reason: CloseSatisfied})
	}
	return facts, nil
}

// rework sends the ticket to its agencies again, on fresh clocks. A person has to decide
// instead when it has been redone MaxRedo times, when no agency had it, or when
// no clock can be started: what the caller said must not be lost to that.
func rework(t Ticket, r Rules, now time.Time) Reworked {
	if t.Redone >= r.MaxRedo {
		return Reworked{Overseen: true}
	}
	var fresh []Assignment
	for _, old := range t.Assignments {
		if old.State != Replied {
			continue
		}
		a, err := r.clock(t, Assignment{
			ID: subNumber(t, len(fresh)), Agency: old.Agency, AgencyName: old.AgencyName, Lead: old.Lead, Opinion: old.Opinion,
		}, now)
		if err != nil {
			return Reworked{}
		}
		fresh = append(fresh, a)
	}
	return Reworked{Assignments: fresh}
}

// subNumber is the id of the n-th assignment to be added: yyyymmdd-NNNNNN-01.
func subNumber(t Ticket, n int) string {
	return fmt.Sprintf("%s-%02d", t.Number, len(t.Assignments)+n+1)
}

func decideOverdue(t Ticket, c MarkOverdue, by Actor, now time.Time) ([]Fact, error) {
	facts, err := ofAgency(t, c, c.Assignment, by, WentOverdue(c))
	if err != nil {
		return nil, err
	}
	if a, _ := t.assignment(c.Assignment); !a.Late(now) {
		return nil, &Error{Code: CodeNotDue}
	}
	return facts, nil
}
