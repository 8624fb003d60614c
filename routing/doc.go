// Package routing decides who gets which call, and nothing else: a snapshot of
// queues, waiting calls and agents goes in, offers come out. It reads no clock
// and no network; routing/acd holds the shared state in Redis, asks Match, and
// makes each offer true by one atomic reservation.
//
//	waiting calls ──(front, score = priority + age)──► order ─┐
//	                                                          ├─► Match ──► offers
//	ready agents ──(longest idle first)────────────► order ─┘
//
// An agent may serve a call when it is signed in for the queue, has every skill
// of the queue at its level or above, and speaks one of the call's languages.
package routing
