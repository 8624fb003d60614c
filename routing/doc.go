// Package routing decides who gets which call, and nothing else: queues, waiting
// calls and agents go in, offers come out. It reads no clock and no network;
// routing/acd holds the shared state in Redis, keeps a Floor of it, and makes each
// offer true by one atomic reservation.
//
//	waiting calls ──(front, then score = priority + age)──► order ─┐
//	                                                               ├─► Match ──► offers
//	ready agents ──(the queue's strategy)─────────────────► order ─┘
//
// An agent may serve a call when it is signed in for the queue, has every skill
// that the queue asks for at its level or above, and speaks one of the call's
// languages. What a queue asks for falls in rings: after so many seconds fewer or
// lower levels do (Queue.Rings). For a queue's first seconds (LastAgent) a caller
// waits for the agent who talked with him last, if that one is there.
//
// Fair: one order over all queues, so that no queue holds another one up; a call
// nobody may serve holds up nobody behind it. Nobody starves: priority is a bounded
// number of points and age grows by one each second, so that any call is before any
// later one after at most 2 × MaxPriority seconds, whatever the priorities.
//
// A queue has hours and, outside them, an exit; and targets, which who waits there
// leaves it for by his wait or by the ratio of those who wait to those who serve
// (target.go). Exits lead nowhere in a circle. What a wait will come to is estimated
// (estimate.go).
//
// An emergency (Art. 39) sends calls elsewhere or ranks them higher, and lets surge agents
// be offered calls, until a set time. Marks of numbers (Art. 40) rank their calls: nobody
// is blocked, and points below zero end by themselves. A callback may keep its caller's
// place in the line (Waiting.Held).
//
// Whom agents call from a list, when and how often, is a CallPlan; who is left out by his own
// wish is a DoNotCall.
//
// A Floor answers from indexes. Calls that ask for the same stand in one line
// (a demand), agents who can do the same sit in one team, and who may serve whom is
// worked out once for each pair of those. A decision then looks at the heads of
// lines and teams, not at everybody: with an agent free, the best call; with a call
// come, the best agent. Both fall out of the same loop, see Floor.Match.
package routing
