package identity

import "slices"

// Permission opens one group of operations of the edge.
type Permission string

const (
	ManageSession  Permission = "session"         // see and end one's own session, read settings and reference data
	UsePhone       Permission = "phone.use"       // take and place calls, transfer, see who is on shift
	WorkCallbacks  Permission = "callbacks.work"  // claim and close missed calls
	WorkLists      Permission = "lists.work"      // call people of call lists
	ManageLists    Permission = "lists.manage"    // make, load and close them; numbers that are not to be called
	DialNumbers    Permission = "numbers.dial"    // call a number one has typed, or a ticket's or a call's person
	ReadCalls      Permission = "calls.read"      // call records; an agent's own
	HearRecordings Permission = "recordings.hear" // an agent those of his own parts in calls
	HoldRecordings Permission = "recordings.hold" // keep them from being purged
	ForkCalls      Permission = "calls.fork"      // send their sound to another system
	LodgeTickets   Permission = "tickets.lodge"
	ReadTickets    Permission = "tickets.read"   // which ones: ticket.CanSee and the boxes
	RevealPersons  Permission = "persons.reveal" // of which tickets: ticket.MayReveal
	WorkTickets    Permission = "tickets.work"   // which commands: ticket.Decide
	WatchLive      Permission = "live.watch"
	SuperviseCalls Permission = "calls.supervise" // listen, whisper, break in, take over, release; set an agent's status
	ManageRouting  Permission = "routing.manage"  // queues, skills, who may be offered what
	ReadReports    Permission = "reports.read"
	WorkBadRatings Permission = "ratings.work"    // look after calls that were rated badly
	ManageWebhooks Permission = "webhooks.manage" // what other systems are told, and where
	ReadEvents     Permission = "events.read"     // the same events, as they happen
	ManagePhones   Permission = "phones.manage"   // accounts of desk phones
	ReadAccessLog  Permission = "access.read"
)

// Permissions lists all of them.
var Permissions = []Permission{
	ManageSession, UsePhone, WorkCallbacks, WorkLists, ManageLists, DialNumbers, ReadCalls, HearRecordings, HoldRecordings, ForkCalls, LodgeTickets, ReadTickets,
	RevealPersons, WorkTickets, WatchLive, SuperviseCalls, ManageRouting, ReadReports, WorkBadRatings, ManageWebhooks, ReadEvents,
	ManagePhones, ReadAccessLog,
}

// grants is the whole table. What is not here is refused.
var grants = map[Role][]Permission{
	RoleAgent: {
		ManageSession, UsePhone, WorkCallbacks, WorkLists, DialNumbers, ReadCalls, HearRecordings, LodgeTickets, ReadTickets, RevealPersons, WorkTickets,
	},
	RoleDispatcher: {ManageSession, ReadTickets, RevealPersons, WorkTickets},
	RoleAgency:     {ManageSession, ReadTickets, RevealPersons, WorkTickets},
	RoleFollowUp:   {ManageSession, ReadTickets, RevealPersons, WorkTickets},
	RoleSupervisor: {
		ManageSession, UsePhone, WorkCallbacks, WorkLists, ManageLists, DialNumbers, ReadCalls, HearRecordings, HoldRecordings, ForkCalls, LodgeTickets, ReadTickets,
		RevealPersons, WorkTickets, WatchLive,
		SuperviseCalls, ManageRouting, ReadReports, WorkBadRatings,
	},
	RoleReviewer: {ManageSession, ReadCalls, HearRecordings, ReadTickets, ReadAccessLog},
	RoleAdmin: {
		ManageSession, ReadCalls, HoldRecordings, ForkCalls, ReadTickets, WatchLive, SuperviseCalls, ManageRouting, ReadReports, ManageWebhooks, ReadEvents,
		ManagePhones, ReadAccessLog,
	},
}

// May tells whether the role has the permission; an unknown role has none.
func (r Role) May(p Permission) bool { return slices.Contains(grants[r], p) }
