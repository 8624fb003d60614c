package ticket

import "slices"

// Names of the commands, as the API and the work lists use them.
const (
	NameLodge       = "lodge"
	NameSubmit      = "submit"
	NameAnswer      = "answer"
	NameRefuse      = "refuse"
	NameDispatch    = "dispatch"
	NameSign        = "sign"
	NameReply       = "reply"
	NameApprove     = "approve"
	NameReject      = "reject"
	NameAttempt     = "attempt"
	NameTold        = "told"
	NameFollowUp    = "followUp"
	NameClose       = "close"
	NameOverdue     = "overdue"
	NameUnreachable = "unreachable"
)

// stateNone is the state of a ticket that is not lodged yet.
const stateNone State = ""

var (
	intake  = []State{StateDraft}
	pool    = []State{StateToDispatch}
	telling = []State{StateFollowUp, StateRefused}
	asking  = []State{StateFollowUp}
	held    = []State{StateAssigned}
)

// permissions: in which states which role runs which command. Everything that is
// not here is refused; Decide and Commands both read it.
var permissions = map[string]map[Role][]State{
	NameLodge:       {RoleAgent: {stateNone}, RoleSupervisor: {stateNone}},
	NameSubmit:      {RoleAgent: intake, RoleSupervisor: intake},
	NameAnswer:      {RoleAgent: intake, RoleSupervisor: {StateDraft, StateToDispatch}, RoleDispatcher: pool},
	NameRefuse:      {RoleAgent: intake, RoleSupervisor: {StateDraft, StateToDispatch}, RoleDispatcher: pool},
	NameDispatch:    {RoleDispatcher: pool, RoleSupervisor: pool},
	NameSign:        {RoleAgency: held},
	NameReply:       {RoleAgency: held},
	NameApprove:     {RoleAgency: held, RoleSupervisor: held},
	NameReject:      {RoleAgency: held, RoleSupervisor: held},
	NameAttempt:     {RoleSystem: telling, RoleFollowUp: telling},
	NameTold:        {RoleSystem: telling, RoleFollowUp: telling, RoleSupervisor: telling},
	NameFollowUp:    {RoleSystem: asking, RoleFollowUp: asking, RoleSupervisor: asking},
	NameClose:       {RoleSystem: asking, RoleFollowUp: asking, RoleSupervisor: asking},
	NameOverdue:     {RoleSystem: held},
	NameUnreachable: {RoleSystem: telling},
}

// menu is the order in which Commands offers what a person may run.
var menu = []string{
	NameSubmit, NameAnswer, NameRefuse, NameDispatch, NameSign, NameReply,
	NameApprove, NameReject, NameTold, NameFollowUp, NameClose,
}

// Commands are the names of what the actor may run on the ticket now, in the order of
// a menu; never nil.
func Commands(t Ticket, by Actor) []string {
	names := []string{}
	for _, name := range menu {
		if permit(name, t, by) != nil {
			continue
		}
		if !ofAssignment(name) || slices.ContainsFunc(t.Assignments, func(a Assignment) bool {
			return permitAssignment(name, a, by) == nil
		}) {
			names = append(names, name)
		}
	}
	return names
}

// permit checks role, state, ownership and what the command needs of the ticket.
func permit(name string, t Ticket, by Actor) error {
	states, ok := permissions[name][by.Role]
	if !ok {
		return &Error{Code: CodeForbidden, Detail: string(by.Role) + " never runs " + name}
	}
	if by.Role == RoleAgency && !t.involves(by.Agency) {
		return &Error{Code: CodeNotYours, Detail: "no assignment of this agency"}
	}
	if !slices.Contains(states, t.State) {
		return &Error{Code: CodeWrongState, Detail: name + " in state " + string(t.State)}
	}
	if by.Role == RoleAgent && t.State == StateDraft && t.LodgedBy != by.ID {
		return &Error{Code: CodeNotYours, Detail: "another agent's draft"}
	}
	told := t.Told != nil
	if !told && (name == NameFollowUp || name == NameClose) {
		return &Error{Code: CodeNotTold}
	}
	if told && (name == NameUnreachable || name == NameTold && t.Told.Way != WaySMS) {
		return &Error{Code: CodeAlreadyTold}
	}
	return nil
}

// ofAssignment tells whether a command names an assignment.
func ofAssignment(name string) bool {
	switch name {
	case NameSign, NameReply, NameApprove, NameReject, NameOverdue:
		return true
	}
	return false
}

// permitAssignment checks agency and state of the assignment a command names.
func permitAssignment(name string, a Assignment, by Actor) error {
	if by.Role == RoleAgency && a.Agency != by.Agency {
		return &Error{Code: CodeNotYours, Detail: "another agency's assignment"}
	}
	wrong := &Error{Code: CodeWrongState, Detail: name + " of an assignment " + string(a.State)}
	switch name {
	case NameSign:
		if a.State != ToSign {
			return wrong
		}
	case NameReply:
		if a.State != InHandling {
			return wrong
		}
	case NameApprove, NameReject:
		if a.State != ReplyInReview {
			return wrong
		}
		if a.Reply.By == by.ID {
			return &Error{Code: CodeSamePerson}
		}
	case NameOverdue:
		if !a.Open() || a.OverdueAt != nil {
			return wrong
		}
	}
	return nil
}

// involves tells whether an agency has, or had, an assignment of the ticket.
func (t Ticket) involves(agency string) bool {
	return agency != "" && slices.ContainsFunc(t.Assignments, func(a Assignment) bool { return a.Agency == agency })
}
