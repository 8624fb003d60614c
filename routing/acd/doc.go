// Package acd is the queue that all nodes share: who waits, who is ready and who
// is booked for whom, in Redis, with package routing deciding.
//
// Each node keeps what it has (its own calls, agents and reservations) in memory
// and makes Redis look like that, again and again; nothing but this memory and
// the rounds changes Redis. So a lost message, a lost reply, a flushed or a
// restarted Redis all heal by the same way as an ordinary change is posted.
//
//	Enqueue, SetAgent, Release … ──► memory ──wake──┐
//	change by another node (pub/sub) ───────────────┼──► round
//	a wait opens a ring or lets a last agent go,    │
//	or reaches a target of its queue ───────────────┤
//	safety net and lease, every second ─────────────┘
//
//	round: post what changed, renew the lease, read what others changed  (sync.lua)
//	       repair what Redis has differently of this node
//	       routing.Floor.Match over everybody's calls and agents
//	       book the offers of this node's calls                        (reserve.lua)
//	       tell of calls that leave their queue for a target
//	       announce positions that became better
//
// A round costs what has changed, not what there is: Redis numbers the changes and
// keeps the newest in a log (a stream), and each node has a mirror of everything, with
// a floor made of it. A node that is new, that missed more than the log holds, or
// whose mirror has other counts than Redis reads everything once.
//
// Every node computes the same offers, but books only for its own calls: the
// winner learns of it by the script's answer, so that no booking has to travel.
// reserve.lua compares call and agent with what was matched and takes the agent
// only if nobody has: exactly one winner, whichever nodes ask at once.
//
// The life of a call here:
//
//	         Enqueue                 reserved: Sink.Reserved            Dequeue
//	(none) ───────────► waiting ─────────────────────────────► booked ─────────► booked
//	   ▲                   │ Dequeue                              │ Release       │ Release
//	   └───────────────────┴──────────────────────────────────────┴───────────────┘
//
// A booked agent stays booked until Release, through ringing and talking. Enqueue
// of a booked call is a late repetition and changes nothing: who puts a call
// back releases its agent first.
//
// Leases, so that nobody is stuck:
//   - A node renews its lease every round. When it lapses, any other node's round
//     removes the node's calls, agents and reservations.
//   - Who enqueues a call or sets an agent does so again every few seconds; what
//     is not posted again for PostLease is forgotten.
//   - A reservation whose agent reports ready and idle for a whole Lease has lost
//     its call, and is released.
//   - After a flush nobody is booked for settle: until then every node has posted
//     its reservations again, and no agent is given away twice.
//
// The sink of the call's node is told of the agent, wherever he is. The engine has his
// desk only on its own node, and refuses an offer to another one's: with agents on
// several nodes it must pass the offer on to Agent.Node, and the answer back; nothing
// here changes by that.
//
// All keys share one hash tag, so that the scripts run on a Redis cluster too.
package acd
