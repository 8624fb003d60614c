// Package callpg keeps in Postgres what the call centre must not lose: each
// call's journal and record, the index of its recordings, the callbacks owed to
// callers nobody answered, and the queues with who serves them.
//
//	first journal row ──► open_calls ──► record written ──► row gone
//	                          │
//	          node dies ──────┴──► Open: what its next life must end
//
//	callback   open ──claim──► claimed ──close, or talked──► closed
//	             ▲                │
//	             └──not reached───┘
//
// Queues, skills, what agents may be offered, the keys of languages and emergencies are
// an administrator's; a change is told to every node (TopicQueues), which reads them
// again without a restart. Marks of numbers are read when a number calls. A callback
// that keeps its place in the queue is a node's for a lease (places.go). The accounts of
// desk phones (phones.go) are kept with their digest hashes sealed.
//
// People of call lists are an agent's for a lease (calling.go); who is not to be called by
// lists is left out when his turn comes (donotcall.go).
//
// Every write may come twice: the engine repeats what it did not hear the end of,
// and a recovering node writes again what the crash may have cut off. So each
// write has a natural key and the first one stays: (call, seq) in the journal,
// the call for records and callbacks, (call, segment) for recordings. Another
// event under a written (call, seq) is a second owner of the call and is refused
// with a FencedError.
//
// Telephone numbers and journal events (which have numbers in them) are sealed by
// package privacy, each bound to its row; numbers are found by their keyed hash.
// Readers get whole numbers: the edge masks them and logs who read.
package callpg
