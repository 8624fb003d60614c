// Package sim has no code of its own: its tests are a whole call centre in virtual
// time, made of what decides (callcenter.Apply, routing.Floor) and of models of what
// acts (the engine's actors and desks, the shared queue, telephones, people).
//
//	arrivals, people, far ends ──event──► call: Apply ──effects──► desks, timers, sound
//	        ▲                               ▲   │                       │
//	        │                      reserved │   └──enqueue, release──►  shared queue
//	        └──────────────── what they see ┴───────────────────────────┘
//
// Everything random comes from one seed, and messages take a random time, in order
// for each receiver, so that hanging up crosses answering, a lost page crosses an
// offer, and a reservation comes to a call that is no more. A seed is a world of a few
// queues, agents with a supervisor, and some dozen calls of every kind; it is over
// when everybody has hung up.
//
// After every event (check_test.go):
//
//   - an agent is in at most one conversation, over all calls;
//   - every reservation is the agent's whom its call rings, has or asks, and is
//     released with him;
//   - a call that waits has a timer, and a place in the queue;
//   - a call ends once, with a reason and one record, and leaves nothing behind; who was
//     not answered and can be called is owed a callback;
//   - one winner: a call rings one agent, and has one;
//   - what the caller heard of people, by the effects, is what was recorded and what the
//     record says he talked;
//   - of those who wait in a queue for the same, the one who came first is served first.
//
// `make sim SEEDS=10000` runs more of them than the tests do; a fault names its seed,
// shows what happened to the call, and how to see it again.
package sim
