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
// What the administrator's data decide is in the events (Way, Choice, Emergency): where
// a closed queue sends who calls, which target a waiting call takes (another queue,
// another place's hotline, a callback), which keys the opening has. A call is sent on a
// bounded number of times, and the maximum wait holds over all of it (way.go). One key
// during the opening chooses a language, or says that the call is about the emergency;
// none is needed.
//
// A callback left in the queue may keep its place there (callback.go).
//
// A call by an agent (outbound): dialing ─answered─► talking. A result call:
//
//	dialing ─► telling ─► askSolved ─► askSatisfied ─► goodbye ─► ended
//
// with key 9 to hear it again, and a bounded number of tries for each question. What is read
// to an answering machine is told to nobody (result.go).
//
// An agent may ask a second party (consult.go): another agent, one of a queue, or
// an outside number. The caller waits with music meanwhile; each state is left by
// the same four commands, and by whoever hangs up or stays away:
//
//	                 consult                 conference
//	 talking, held ──────────► consulting ─────────────────► conference
//	    ▲  ▲  ▲                 │  ▲  │ swap       ┌────────────▲ │ │
//	    │  │  └──── cancel ─────┘  │  ▼            │ conference   │ │
//	    │  └─ cancel, second gone  swapped ────────┘              │ │
//	    │                             │ complete                  │ │ complete, or the
//	    │ cancel, second gone         ▼                           │ │ agent stays away
//	    │                       talking: caller and second ◄──────┼─┘
//	    └─────────────────────────────────────────────────────────┘
//
//	consulting   agent and second talk (or the second is called: queued, offered,
//	             dialing); the caller hears music. Second busy, not answered,
//	             gone: held, since the agent does not know who listens.
//	swapped      agent and caller talk, the second hears music.
//	conference   all hear all (三方通话). An agent whose page is gone is left out
//	             until it is back; the others go on.
//
// Elsewhere an agent whose page is gone makes agentLost, which remembers in LostIn
// where to go on; the second agent's lost page makes him away. The caller's end is
// the end of all of it.
//
// A supervisor (supervise.go) stays with a call, whatever becomes of it: she hears
// who talks (监听), the agent alone hears her (密语), or everybody does (强插). She
// may take the call over, or release it by force (强拆).
//
// Who hears whom and what is recorded follows from the state alone (hearing.go):
// settle compares what it was with what it is. One segment for each constellation:
// left the caller, right everybody he hears; a consultation has the agent on the
// left and is a kind of its own. Nobody is recorded whom the caller cannot hear,
// whispers among them. What is heard before an answer (early media) is not recorded.
//
// What is recorded can be paused for sensitive data (pause.go), for a limited time.
//
// The record has the call's chain (contact.go): each wait, and each party's part with
// why it began and ended, its talk and hold time, and its recording segments.
//
// A call has at most five living legs: caller, agent, second or third, supervisor.
//
// Rules that hold after every event (see the tests): a waiting call has a timer;
// an agent is in at most one conversation of the call; every leg hears what the
// state says; what the caller says to somebody is recorded; no effect names a leg
// that has ended; the end has a reason and gives exactly one record; what
// comes after the end changes nothing.
package callcenter
