package ticket

import (
	"slices"
	"time"
)

// Evolve is the ticket after an event that Decide gave. It shares no memory with t
// that it changes.
func Evolve(t Ticket, ev Event) Ticket {
	t.Version++
	t.Assignments = slices.Clone(t.Assignments)
	switch f := ev.Fact.(type) {
	case Lodged:
		t = lodged(t, f, ev)
	case Submitted:
		t.State = StateToDispatch
	case Answered:
		t.State, t.Answer = StateFollowUp, f.Text
	case Refused:
		t.State, t.Answer = StateRefused, f.Reason+"\n"+f.RightDoor
	case Dispatched:
		t.State = StateAssigned
		t.Assignments = append(t.Assignments, f.Assignments...)
	case Signed:
		t.change(f.Assignment, func(a *Assignment) { a.State, a.SignedAt = InHandling, &ev.At })
	case ReplyGiven:
		t.change(f.Assignment, func(a *Assignment) {
			a.State, a.Reply, a.RepliedAt = ReplyInReview, &f.Reply, &ev.At
			if !f.InReview {
				a.State = Replied
			}
		})
		t.result()
	case ReplyApproved:
		t.change(f.Assignment, func(a *Assignment) { a.State = Replied })
		t.result()
	case ReplyRejected:
		t.change(f.Assignment, func(a *Assignment) { a.State, a.Reply, a.RepliedAt = InHandling, nil, nil })
	case Attempted:
		t.Attempts = append(slices.Clone(t.Attempts), f.Attempt)
	case CallerTold:
		t.Told = &Told{Way: f.Way, At: ev.At, By: ev.By.ID}
		t.Flags.Unreachable = false
		t.Flags.NotReached = f.Way == WaySMS && len(t.Attempts) > 0
	case FollowedUp:
		t = followedUp(t, f)
	case Reworked:
		t = reworked(t, f)
	case Closed:
		t.State, t.ClosedAt, t.CloseReason = StateClosed, &ev.At, f.Reason
	case WentOverdue:
		t.Flags.Overdue = true
		t.change(f.Assignment, func(a *Assignment) { a.OverdueAt = &ev.At })
	case BecameUnreachable:
		t.Flags.Unreachable = true
	}
	return t
}

func lodged(t Ticket, f Lodged, ev Event) Ticket {
	return Ticket{
		Number: f.Number, Version: t.Version, State: StateDraft,
		Kind: f.Kind, Urgency: f.Urgency, Channel: f.Channel,
		Category: f.Category, CategoryPath: f.CategoryPath,
		Region: f.Region, Address: f.Address, Title: f.Title, Content: f.Content,
		Confidential: f.Confidential, FollowUpWanted: f.FollowUpWanted,
		Requester: f.Requester, Call: f.Call,
		LodgedBy: ev.By.ID, LodgedAt: ev.At,
		Assignments: []Assignment{}, Attempts: []Attempt{},
	}
}

func followedUp(t Ticket, f FollowedUp) Ticket {
	if f.Solved != nil {
		t.Solved = f.Solved
	}
	if f.Rating != 0 {
		t.FinalRating = f.Rating
		if t.FirstRating == 0 {
			t.FirstRating = f.Rating // kept for good: satisfaction is not to be chased
		}
	}
	return t
}

// reworked resets the delivery: the new result is told anew.
func reworked(t Ticket, f Reworked) Ticket {
	for i := range t.Assignments {
		t.Assignments[i].State = Superseded
	}
	t.Assignments = append(t.Assignments, f.Assignments...)
	t.State = StateAssigned
	if len(f.Assignments) == 0 {
		t.State = StateToDispatch
	}
	t.Redone++
	t.Told, t.Attempts, t.Answer, t.Solved = nil, []Attempt{}, "", nil
	t.Flags.NotReached, t.Flags.Unreachable = false, false
	t.Flags.Overseen = t.Flags.Overseen || f.Overseen
	return t
}

// result moves the ticket to follow-up once every agency has replied; the caller
// hears the lead agency's text.
func (t *Ticket) result() {
	for _, a := range t.Assignments {
		if a.Open() {
			return
		}
	}
	t.State = StateFollowUp
	for _, a := range t.Assignments {
		if a.State == Replied && a.Lead {
			t.Answer = a.Reply.PublicText
		}
	}
}

// change applies f to one assignment.
func (t *Ticket) change(id string, f func(*Assignment)) {
	for i := range t.Assignments {
		if t.Assignments[i].ID == id {
			f(&t.Assignments[i])
		}
	}
}

// Open tells whether the agency still has to act.
func (a Assignment) Open() bool {
	return a.State == ToSign || a.State == InHandling || a.State == ReplyInReview
}

// Late tells whether the assignment is open past its deadline.
func (a Assignment) Late(now time.Time) bool { return a.Open() && now.After(a.Due) }

// assignment returns a copy of one assignment.
func (t Ticket) assignment(id string) (Assignment, bool) {
	for _, a := range t.Assignments {
		if a.ID == id {
			return a, true
		}
	}
	return Assignment{}, false
}
