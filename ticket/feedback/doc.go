// Package feedback tells callers what became of their tickets: by the system's own
// call, then by text message; a ticket is closed by nothing else (Art. 46 of the
// regulation).
//
// A telling begins when a ticket comes to wait for its caller (state followUp or
// refused, not told):
//
//	            outbox notice (Take)
//	                   │
//	                   ▼          no answer: at another time of day,
//	   ┌──────────► calling ─┐    at most Attempts calls
//	   └─────────────────────┤
//	      heard to its end   │    no more calls, none that can be placed
//	  ┌──────────────────────┤
//	  │                      ▼
//	  │                   texting ──gateway refuses, no receipt in 72 h──► unreachable:
//	  │                      │                                 a person must act
//	  ▼                      │ receipt "delivered"
//	told ◄───────────────────┘
//
//	superseded: a person told the caller, or the ticket moved on
//
// # Jobs
//
// All waiting is done by River jobs in Postgres, so a restart forgets nothing:
//
//	telling      one for each telling; it places a call, then sleeps until there may be
//	             more to do. The first call is placed at once, inside Hours.
//	telling-end  one for each ended call; it runs the commands on the ticket.
//	sms          one for each message, repeated with growing pauses.
//	sms-receipt  72 h after a message, in case no receipt came.
//
// Every job reads the ticket and its own row again before it acts, so that a stale
// or a doubled job does nothing. The row of an attempt is committed before its call
// is placed: a crash in between loses one attempt, and never rings twice. A command
// on a ticket is repeated safely because the attempt's time marks it (recorded).
//
// A sweep each hour gives a job to a telling that has none left.
//
// # Words
//
// Personal data stays in the ticket: job arguments, rows and logs hold ticket numbers.
package feedback
