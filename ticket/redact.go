package ticket

import "slices"

// CanSee tells whether the actor may open the ticket at all: an agency only what was
// dispatched to it, everybody else of the hotline every ticket, as callers ask any
// agent about theirs.
func CanSee(t Ticket, by Actor) bool {
	switch by.Role {
	case RoleAgency:
		return t.involves(by.Agency)
	case RoleAgent, RoleDispatcher, RoleFollowUp, RoleSupervisor, RoleReviewer, RoleAdmin, RoleSystem:
		return true
	}
	return false
}

// MayReveal refuses with an *Error unless the actor's work needs the requester's name
// and number in full (Art. 31). An agency loses that with its assignment, and has it
// neither for a confidential ticket nor for a tip-off: whom it concerns sits there.
func MayReveal(t Ticket, by Actor) error {
	if !CanSee(t, by) {
		return &Error{Code: CodeNotYours}
	}
	switch by.Role {
	case RoleAgent:
		if t.LodgedBy != by.ID {
			return &Error{Code: CodeNotYours, Detail: "another agent's ticket"}
		}
		return nil
	case RoleDispatcher, RoleFollowUp, RoleSupervisor, RoleSystem:
		return nil
	case RoleAgency:
		open := slices.ContainsFunc(t.Assignments, func(a Assignment) bool { return a.Agency == by.Agency && a.Open() })
		if open && !t.protected() {
			return nil
		}
	case RoleReviewer, RoleAdmin: // their work needs no number
	}
	return &Error{Code: CodeForbidden, Detail: "the requester's number"}
}

// protected tickets show agencies nothing of the requester.
func (t Ticket) protected() bool { return t.Confidential || t.Kind == TipOff }

// Redact is what the actor sees: the requester masked (only the system, which
// calls people, gets name and number; others ask for them, and that is logged), and for
// an agency other agencies' opinions and replies left out. Call CanSee first. It does
// not change t.
func Redact(t Ticket, by Actor) Ticket {
	if by.Role == RoleSystem {
		return t
	}
	t.Requester.Name = maskName(t.Requester.Name)
	t.Requester.Phone = maskNumber(t.Requester.Phone)
	t.Requester.Contact = maskAll(t.Requester.Contact)
	if by.Role != RoleAgency {
		return t
	}
	if t.protected() {
		t.Requester = Requester{}
	}
	t.Call, t.LodgedBy = "", ""
	t.Assignments = slices.Clone(t.Assignments)
	for i := range t.Assignments {
		if a := &t.Assignments[i]; a.Agency != by.Agency {
			a.Opinion, a.Reply = "", nil
		}
	}
	return t
}

// maskNumber shows the ends of a long number: 138****1000.
func maskNumber(phone string) string {
	if len(phone) < 11 {
		return maskAll(phone)
	}
	return phone[:3] + "****" + phone[len(phone)-4:]
}

func maskName(name string) string {
	for _, first := range name {
		return string(first) + "**"
	}
	return ""
}

func maskAll(text string) string {
	if text == "" {
		return ""
	}
	return "***"
}
