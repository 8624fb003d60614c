// Package identity says who may do what: accounts, roles, permissions, passwords,
// session tokens, and when signing in is refused for a while. It is pure; identitypg keeps
// accounts and sessions, web asks at its edge.
//
//	sign in ──► not blocked? ──► password right? ──► token to the browser,
//	               │ no               │ no             its hash to the store
//	               ▼                  ▼
//	           "later"            "bad login", counted
//
//	session:  alive ──► idle too long, too old, signed out, account disabled ──► gone
//
// # Roles and permissions
//
// A role is a fixed set of permissions (table grants). A permission opens an operation; which
// tickets, calls and columns it shows is decided beside the data: by ticket.CanSee,
// MayReveal and Redact, and by the scope the edge gives the store. Both must agree before
// anything is shown.
//
// # What is kept of secrets
//
// Of a password its argon2id hash; of a session's token its SHA-256, which is enough for
// 256 random bits. The token against forged requests is worked out from the session's
// token and kept nowhere.
package identity

import (
	"regexp"
	"slices"
	"time"
)

// Role of an account. The names are those of ticket.Role.
type Role string

const (
	RoleAgent      Role = "agent"      // 话务员
	RoleDispatcher Role = "dispatcher" // 派单员
	RoleAgency     Role = "agency"     // 承办单位
	RoleFollowUp   Role = "followUp"   // 回访员
	RoleSupervisor Role = "supervisor" // 班长
	RoleReviewer   Role = "reviewer"   // 质检
	RoleAdmin      Role = "admin"
)

// Roles lists all of them.
var Roles = []Role{RoleAgent, RoleDispatcher, RoleAgency, RoleFollowUp, RoleSupervisor, RoleReviewer, RoleAdmin}

// Account is a person who signs in.
type Account struct {
	ID        string
	Login     string // lower case
	Name      string
	Number    string // 工号, told to callers; "" for who takes no calls
	Role      Role
	Agency    string   // code; exactly for RoleAgency
	Languages []string // spoken with callers: zh, ug, kk
	Demo      bool     // its password is known to everybody
	Disabled  bool
	CreatedAt time.Time
}

var loginPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// Check finds what is wrong with an account about to be kept. Error: *Error with CodeInvalid.
func (a Account) Check() error {
	switch {
	case !loginPattern.MatchString(a.Login):
		return &Error{Code: CodeInvalid, Field: "login"}
	case a.Name == "" || len(a.Name) > 200:
		return &Error{Code: CodeInvalid, Field: "name"}
	case !slices.Contains(Roles, a.Role):
		return &Error{Code: CodeInvalid, Field: "role"}
	case (a.Role == RoleAgency) != (a.Agency != ""):
		return &Error{Code: CodeInvalid, Field: "agency"}
	}
	return nil
}
