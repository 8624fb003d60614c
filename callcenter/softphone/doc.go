// Package softphone is the browser's end of an agent's shift: one WebSocket that
// carries commands up and the whole desk down. The engine owns every state; a page
// holds none, so a page that reloads sends "start", gets the desk and is where it was.
//
// # One connection
//
//	connected --start--> started --+-- socket closed, or nothing heard for Silence --> detached
//	    |                          +-- the same agent started elsewhere --> "replaced", then closed
//	    |                          +-- reads too slowly (queue full, write late) --> cut off, detached
//	    +-- anything else: error "not-started"
//
// Three goroutines serve a connection. The reader decodes commands and answers pings
// itself, so that a slow command never looks like a lost network. The worker runs
// commands one by one, in the order they came. The writer alone writes.
//
// # What goes down
//
// Replies and pongs wait in a bounded queue; when it is full the page is cut off
// (StatusPolicyViolation) and comes back by itself. The desk does not queue: a newer
// view replaces one that was not yet written, since each is whole.
//
// Who notices a lost page: the end of the socket at once, and Silence (10 s; the page
// pings twice a second) when the network swallows even that. Either way the engine's
// Detach is called exactly once for a started shift.
//
// # What goes up
//
// A command is {"id", "type", ...}, answered by {"type": "reply", "id", "ok", "error"}.
// In a call (callcenter/consult.go has the states):
//
//	hold, resume, hangUp, mute{muted}, keys{keys}   with the caller
//	transfer{target}                                blind (盲转)
//	consult{target}                                 asks a second party first (咨询); the caller hears music
//	swap, conference                                from one to the other; all three (三方)
//	complete                                        the two others go on, the agent wraps up
//	cancel                                          the second party leaves, also while it is called
//
// Without one, dial{number | callback | entry | ticket | call} calls somebody: a number (with the
// ticket or the call it is about, or alone), or whom a callback task, an entry of a call list, a
// ticket or an earlier call names, whose number the page need not have.
//
// The sound is the page's (negotiate{sdp}), or that of the agent's desk phone: usePhone{use},
// outside a call, when the desk says phoneUp. While it says byPhone the page negotiates
// nothing; what rings is answered on the phone ("accept" is refused with by-phone), all
// other commands act as ever, and a lost page ends no call.
//
// A target is {"kind": "agent" | "queue" | "outside" | "directory", "id"}; of the directory
// (expert seats, other places' 12345) a page has the names, never the numbers. The desk says whose part the
// agent has (call.role): who is consulted, or supervises, may mute himself and leave
// (hangUp). What he is offered names who asks (offer.askedBy). After "signedOff" (status
// 4002) or "replaced" (4001) a page stays away.
//
// Numbers leave this package masked (138****1000): the page never holds what its user
// may not read.
package softphone
