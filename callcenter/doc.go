// Package callcenter is what a call is and what may happen to it. It is pure: a
// call and an event go in, a call and effects come out; engine runs the effects,
// reads the clock, and journals every event, so that folding a call's journal
// gives the call again (recovery, replay, the call record).
//
// An inbound call:
//
//	arrived ─► greeting ─notice over, or any key─► queued ◄──────────────┐
//	              │                                  │ ▲                 │
//	              │                        reserved  ▼ │ not answered,   │
//	              │                                offered  declined     │ the agent's page
//	              │                                  │ accepted          │ stays away
//	              │      transfer to agent, queue:   ▼                   │
//	              │      queued      ◄──────────  talking ◄─► held    agentLost
//	              │      outside: dialing ─► talking │  └───page gone──►─┘
//	              ▼                                  ▼
//	          abandoned                            ended
//
// In the queue key 1 leaves a callback, and the maximum wait does the same by
// itself: goodbye, ended. Whoever hangs up before a person answered becomes a
// callback task (漏接回拨).
//
// A call by an agent (outbound): dialing ─answered─► talking. A result call:
//
//	dialing ─► telling ─► askSolved ─► askSatisfied ─► goodbye ─► ended
//
// with key 9 to hear it again, and a bounded number of tries for each question.
//
// Rules that hold after every event (see the tests): a waiting call has a timer;
// an agent is in at most one conversation of the call; no effect names a leg
// that has ended; the end has a reason and gives exactly one record; what
// comes after the end changes nothing.
package callcenter
