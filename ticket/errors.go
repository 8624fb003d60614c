package ticket

// Code names what is wrong, for message catalogues and HTTP statuses.
type Code string

const (
	CodeInvalid           Code = "invalid"            // a field is missing, too long or not one of its values; Field says which
	CodeUnknownCommand    Code = "unknown-command"    // no such command
	CodeForbidden         Code = "forbidden"          // this role never runs that command
	CodeNotYours          Code = "not-yours"          // another agent's draft, another agency's assignment
	CodeWrongState        Code = "wrong-state"        // not in this state of the ticket or assignment
	CodeNotTold           Code = "not-told"           // the caller has not been told yet (Art. 46)
	CodeAlreadyTold       Code = "already-told"       // told before, in a way at least as good
	CodeNotOnTheLine      Code = "not-on-the-line"    // told on the line by somebody who has no line to the caller
	CodeSamePerson        Code = "same-person"        // who wrote a reply does not approve it
	CodeNotDue            Code = "not-due"            // the deadline has not passed
	CodeUnknownCategory   Code = "unknown-category"   // no such category
	CodeUnknownAgency     Code = "unknown-agency"     // no such agency
	CodeUnknownAssignment Code = "unknown-assignment" // no such assignment on this ticket
	CodeNoLimitRule       Code = "no-limit-rule"      // no rule gives a limit for this ticket
	CodeNoCalendar        Code = "no-calendar"        // the deadline needs a year without calendar data
)

// Error is a refusal with its code.
type Error struct {
	Code   Code
	Field  string // of CodeInvalid
	Detail string // English, for logs; holds no personal data
}

// Error implements error.
func (e *Error) Error() string {
	text := "ticket: " + string(e.Code)
	if e.Field != "" {
		text += " " + e.Field
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// ErrorCode is the code as the edge sends it.
func (e *Error) ErrorCode() string { return string(e.Code) }

func invalid(field, detail string) *Error {
	return &Error{Code: CodeInvalid, Field: field, Detail: detail}
}
