// Package hooks tells other systems of events over HTTP (webhooks). An administrator
// names an address and the types of events; each event of such a type is one POST:
//
//	POST <url>
//	Content-Type: application/json
//	X-Hotline-Event: call.answered
//	X-Hotline-Id: 01936f4e-…-7-0          the event's id: a repeated one is the same event
//	X-Hotline-Timestamp: 1795600000       seconds since 1970, of this try
//	X-Hotline-Signature: v1=hex(HMAC-SHA256(secret, timestamp + "." + body))
//
//	{"id":"…","type":"call.answered","at":"…","call":"…","seq":7,"data":{…}}
//
// 2xx takes the event. Everything else, redirects too, is tried again with growing
// pauses, for about a day (River jobs: they outlive this process). Who receives compares
// the signature in constant time, refuses timestamps that are minutes off, and keeps ids
// for a day.
//
// An event of a ticket has "ticket" in the place of "call".
//
// Order: the events of one call, or one ticket, are numbered (seq) and sent as they
// happen, two at a time of each node and each on its own: one that is tried again comes
// after later ones. Who needs the order sorts by seq.
//
//	events ──► Feed, bounded, never waits ──► one job for each address ──► its queue, ──► POST
//	                                                                       two workers     │
//	                          nothing taken for DisableAfter: disabled, with an alarm ◄────┘
//
// Each address has a queue of its own: one that hangs holds up what waits for it, and
// nothing that waits for another. Each node opens the queues of the addresses that there
// are, and closes them again.
//
// What is lost: events of a process that dies before they became jobs, and those for
// which there is no room, of which each address has its share (an alarm tells). The call
// records lose nothing.
//
// An address is an administrator's word and may point at what only this machine can
// reach: the connection is refused when the resolved address is private, unless the
// configuration allows it. Only to a network that it allows may events go in the open
// (http); to everywhere else they are enciphered (https).
package hooks
