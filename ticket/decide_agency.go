package ticket

import "time"

// Most agencies of one dispatch, and assignments of a ticket with all its redos.
const (
	maxAgencies    = 20
	maxAssignments = 99
)

func decideDispatch(t Ticket, c Dispatch, r Rules, now time.Time) ([]Fact, error) {
	n := len(c.Assignments)
	switch {
	case n == 0 || n > maxAgencies:
		return nil, invalid("assignments", "one agency at least, 20 at most")
	case len(t.Assignments)+n > maxAssignments:
		return nil, invalid("assignments", "too many assignments on one ticket")
	}
	leads, seen := 0, map[string]bool{}
	assignments := make([]Assignment, 0, n)
	for i, to := range c.Assignments {
		name, known := r.Agencies[to.Agency]
		if !known {
			return nil, &Error{Code: CodeUnknownAgency, Field: "agency"}
		}
		if seen[to.Agency] {
			return nil, invalid("agency", "the same agency twice")
		}
		if err := checkText("opinion", to.Opinion, false, maxOpinion); err != nil {
			return nil, err
		}
		seen[to.Agency] = true
		if to.Lead {
			leads++
		}
		a, err := r.clock(t, Assignment{
			ID: subNumber(t, i), Agency: to.Agency, AgencyName: name, Lead: to.Lead, Opinion: to.Opinion,
		}, now)
		if err != nil {
			return nil, err
		}
		assignments = append(assignments, a)
	}
	if leads != 1 {
		return nil, invalid("lead", "exactly one agency leads")
	}
	return []Fact{Dispatched{Assignments: assignments}}, nil
}

func decideReply(t Ticket, c ReplyWith, by Actor, r Rules) ([]Fact, error) {
	reply := c.Reply
	if err := checkText("reply.done", reply.Done, true, r.MaxText); err != nil {
		return nil, err
	}
	if err := checkText("reply.publicText", reply.PublicText, true, r.MaxText); err != nil {
		return nil, err
	}
	// Unsolved needs its reason (Art. 19); solved has none.
	if err := checkText("reply.whyNot", reply.WhyNot, !reply.Solved, r.MaxText); err != nil {
		return nil, err
	}
	reply.By = by.ID
	return ofAgency(t, c, c.Assignment, by, ReplyGiven{Assignment: c.Assignment, Reply: reply, InReview: r.AgencyReview})
}

// ofAgency gives the fact when the named assignment exists and allows the command.
func ofAgency(t Ticket, cmd Command, id string, by Actor, f Fact) ([]Fact, error) {
	a, ok := t.assignment(id)
	if !ok {
		return nil, &Error{Code: CodeUnknownAssignment, Field: "assignment"}
	}
	if err := permitAssignment(NameOf(cmd), a, by); err != nil {
		return nil, err
	}
	return []Fact{f}, nil
}
