package ticket

import (
	"cmp"
	"strings"
	"time"
)

// MatchLimit picks the handling limit for a ticket of this kind, urgency, category
// and region at a time. Of the rules that match, in this order: one that
// names the urgency (a danger to life is not slowed by its category), the longest
// category prefix, the longest region prefix, one that names the kind, the
// newest. Error: CodeNoLimitRule.
func MatchLimit(rules []LimitRule, kind Kind, urgency Urgency, category, region string, now time.Time) (Limit, error) {
	var best *LimitRule
	for i := range rules {
		r := &rules[i]
		if r.matches(kind, urgency, category, region, now) && (best == nil || r.compare(best) > 0) {
			best = r
		}
	}
	if best == nil {
		return Limit{}, &Error{Code: CodeNoLimitRule, Detail: strings.Join([]string{string(kind), string(urgency), category, region}, " ")}
	}
	return Limit{Value: best.Value, Unit: best.Unit, Rule: best.ID}, nil
}

func (r *LimitRule) matches(kind Kind, urgency Urgency, category, region string, now time.Time) bool {
	return (r.Kind == "" || r.Kind == kind) &&
		(r.Urgency == "" || r.Urgency == urgency) &&
		strings.HasPrefix(category, r.Category) &&
		strings.HasPrefix(region, r.Region) &&
		!now.Before(r.ValidFrom) && (r.ValidTo == nil || now.Before(*r.ValidTo))
}

// compare is positive when r goes before other.
func (r *LimitRule) compare(other *LimitRule) int {
	return cmp.Or(
		cmp.Compare(min(len(r.Urgency), 1), min(len(other.Urgency), 1)),
		cmp.Compare(len(r.Category), len(other.Category)),
		cmp.Compare(len(r.Region), len(other.Region)),
		cmp.Compare(min(len(r.Kind), 1), min(len(other.Kind), 1)),
		r.ValidFrom.Compare(other.ValidFrom),
		strings.Compare(r.ID, other.ID),
	)
}

// Deadline is when an agency would have to reply if the ticket were dispatched now,
// with the explanation for the screen.
func Deadline(r Rules, kind Kind, urgency Urgency, category, region string, now time.Time) (time.Time, Explanation, error) {
	limit, err := MatchLimit(r.Limits, kind, urgency, category, region, now)
	if err != nil {
		return time.Time{}, Explanation{}, err
	}
	return r.Calendar.In(region).Due(now, limit)
}

// clock starts an assignment: both of its deadlines, the one to sign not after the other.
func (r Rules) clock(t Ticket, a Assignment, now time.Time) (Assignment, error) {
	due, why, err := Deadline(r, t.Kind, t.Urgency, t.Category, t.Region, now)
	if err != nil {
		return Assignment{}, err
	}
	sign, ok := r.SignLimit[t.Urgency]
	if !ok {
		return Assignment{}, &Error{Code: CodeNoLimitRule, Detail: "to sign, " + string(t.Urgency)}
	}
	signBy, _, err := r.Calendar.In(t.Region).Due(now, sign)
	if err != nil {
		return Assignment{}, err
	}
	if signBy.After(due) { // a limit by category may be shorter than the urgency's time to sign
		signBy = due
	}
	a.State, a.DispatchedAt = ToSign, now
	a.Due, a.Why, a.Limit, a.SignBy = due, why, why.Limit, signBy
	return a, nil
}
