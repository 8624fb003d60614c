// Package ticket decides what may happen to a ticket (工单), and nothing else: it
// reads no clock, no database and no network. Decide turns a command into
// events or a coded refusal; Evolve folds events into the ticket; ticketpg stores them.
//
//	Lodge ──► draft ──Submit──► toDispatch ──Dispatch──► assigned ──all replied──► followUp ──► closed
//	            │                 │    ▲                  (one clock                 │  │          ▲
//	            │                 │    │                  an agency)                 │  │          │
//	            ├─AnswerDirectly──┤    │                      ▲                      │  └─FollowUp/Close, told
//	            │  told: closed   │    └──Reworked, beyond────┼──FollowUp unsolved───┘
//	            │  else: followUp │       MaxRedo or without  │  or rating 4, 5
//	            │                 │       an agency: overseen └──Reworked: the same agencies, fresh clocks
//	            └─Refuse──────────┴──► refused ──told──► closed
//
// Each assignment (承办子单) of a dispatched ticket runs by itself:
//
//	toSign ──Sign──► inHandling ──ReplyWith──► replied
//	                     ▲    └─(AgencyReview)─► replyInReview ──ApproveReply──► replied
//	                     └────────RejectReply────────┘
//
// What the states are held to, by article of the regulation:
//   - 18: refusing names the reason and the right door, at once.
//   - 19: every dispatched assignment has a deadline, with its explanation.
//   - 31: Redact is what an actor sees; MayReveal says who may see a number.
//   - 40: Urgency orders the work lists.
//   - 41: one intake for inquiry, help, suggestion, complaint and tip-off.
//   - 46: closed implies told: no path closes a ticket whose requester has not been
//     told the result. "Told on the line" is open to who lodged the draft from a call
//     alone, "told by the system's call" to the system alone.
//
// The clock starts at dispatch, not at signing: otherwise agencies stall. Four
// facts stand apart: the workflow State, the delivery (Told, Attempts), the clock
// (Due, OverdueAt) and the Flags.
//
// Rework resets the delivery: the new result must be told again. After MaxRedo
// redos the ticket is overseen (督办) and goes back to a dispatcher, as sending it to
// the same agency once more would go round for ever.
//
// Events are facts with who and when. The requester is part of the Lodged fact, so that
// events alone make the ticket; ticketpg keeps that part sealed.
package ticket
