package callcenter

// NoticeType names what other systems are told of a call.
type NoticeType string

const (
	NoticeStarted     NoticeType = "call.started"
	NoticeQueued      NoticeType = "call.queued"      // waits in a queue, the first time or again
	NoticeOffered     NoticeType = "call.offered"     // an agent is rung
	NoticeAnswered    NoticeType = "call.answered"    // an agent took it, or whom an agent called picked up
	NoticeHeld        NoticeType = "call.held"        // the person waits for the agent
	NoticeResumed     NoticeType = "call.resumed"     // no longer
	NoticeTransferred NoticeType = "call.transferred" // its agent handed it on, or a supervisor took it
	NoticeEnded       NoticeType = "call.ended"
)

// NoticeTypes lists all of them.
var NoticeTypes = []NoticeType{
	NoticeStarted, NoticeQueued, NoticeOffered, NoticeAnswered, NoticeHeld, NoticeResumed, NoticeTransferred, NoticeEnded,
}

// Notices are what one event of a call is to others, in the order in which they follow
// from each other: what the call was before it, and what it is.
func Notices(before, after Call) (list []NoticeType) {
	add := func(t NoticeType, holds bool) {
		if holds {
			list = append(list, t)
		}
	}
	add(NoticeStarted, before.State == StateNew)
	add(NoticeResumed, before.HoldFrom != nil && after.HoldFrom == nil && after.State == StateTalking)
	add(NoticeTransferred, after.Record.Transfers > before.Record.Transfers)
	add(NoticeQueued, waitsAnew(before, after))
	add(NoticeOffered, after.State == StateOffered && after.Offer != before.Offer)
	add(NoticeAnswered, answeredNow(before, after))
	add(NoticeHeld, before.HoldFrom == nil && after.HoldFrom != nil)
	add(NoticeEnded, after.State == StateEnded && before.State != StateEnded)
	return list
}

// waitsAnew: a wait began by this event, not one that an offer in vain goes on with.
func waitsAnew(before, after Call) bool {
	for _, c := range after.Record.Contacts {
		if c.N > before.Contacted && c.Kind == ContactWait {
			return true
		}
	}
	return false
}

// answeredNow: an offer was taken, or for an outbound call the person picked up.
func answeredNow(before, after Call) bool {
	for _, c := range after.Record.Contacts {
		if c.N > before.Contacted && c.Kind == ContactTalk && c.Began == CauseAnswered {
			return true
		}
	}
	return after.Kind == KindOutbound && before.Record.AnsweredAt == nil && after.Record.AnsweredAt != nil
}
