// Package fork sends what is said in a call to another system while it is said, for
// example to an engine that recognises speech. Off unless an address is configured.
//
// We dial, one WebSocket (RFC 6455) for each call: a recogniser is a service with one
// address, behind its own balancer, and need not ask all nodes for calls; nothing more is
// opened towards us; and a connection that is slow holds up its own call's sound only.
//
//	GET <url>
//	Authorization: Bearer <token>
//	X-Hotline-Call: 01936f4e-…           for balancers; the call stays on one connection
//	Sec-WebSocket-Protocol: hotline.fork.v1
//
// The consumer must choose that subprotocol: a server that does not know it gets no sound.
//
// # Messages to the consumer
//
// Text messages are JSON; binary messages are sound. In this order:
//
//	{"type":"start","version":1,"call":"…","kind":"inbound","queue":"main","language":"zh-CN",
//	 "encoding":"linear16","rate":8000,"connection":1}
//	{"type":"segment","segment":1,"kind":"talk","at":"2026-03-02T09:00:00.000Z","agent":"…",
//	 "left":"caller","right":["agent"],"paused":false}
//	    … sound …
//	{"type":"pause","segment":1,"paused":true}        silence now: sensitive data is spoken
//	{"type":"dropped","ms":1200,"totalMs":1200}       is missing before the next sound
//	{"type":"segment-end","segment":1}
//	    … hold, music, ringing: nothing is sent …
//	{"type":"segment", …}                             another agent, a consultation, a conference
//	{"type":"stop","reason":"ended"}                  then the connection is closed with 1000
//
// A segment is one of the call's recording, with the same number, and has what the
// recording has: left the caller (in a consultation the agent), right all he hears, each
// side a track of its own; no music, no whispers; silence for a pause and for who is muted
// or says nothing. So what a recogniser hears can be looked up in the recording, and
// nothing leaves that is not also recorded. The caller's number is not sent. A pause is
// told at once, before the last 0.3 s of sound from before it. What is not known of a
// message, or a type, is to be left alone: later versions may have more.
//
// A binary message is up to 100 ms of one track, and the other track's of the same time
// follows. Its header is 12 bytes, big endian, then the samples:
//
//	0        1        2                 4                          8                       12
//	+--------+--------+-----------------+--------------------------+------------------------+
//	| 1      | track  | segment         | sequence                 | sample                 |
//	+--------+--------+-----------------+--------------------------+------------------------+
//
//	1         the version
//	track     0 left, 1 right
//	segment   its number
//	sequence  of all sound of the call, from 0; a number that is missing was dropped
//	sample    of the segment that the first one here is, at 8,000 a second: the time is
//	          the segment's at + sample ÷ 8 ms
//
// Binary, since base64 would add a third and a parser to what recognisers take as bytes;
// a track apart, since most take one channel. The encoding is linear16 (16 bits, little
// endian), or pcma (G.711 A-law, half as much), by configuration; the rate is that of the
// recording. Sound arrives 0.2 to 0.3 s after it was said; a packet that comes later is in
// the recording alone.
//
// # Messages from the consumer
//
// None are needed, and what comes is not read (64 KiB a message at most). Pings are sent
// and must be answered. A close with 1000 says that this call is not wanted any more.
//
// # What goes wrong
//
// The call never waits: what a consumer does not take waits in a bounded buffer (Buffer),
// past it the oldest sound is dropped, which is told before the next sound and counted.
// A connection that takes nothing for ten seconds, or breaks, is opened again with growing
// pauses, for as long as the call lasts; then start and segment are repeated with the next
// number of connection, and what was on its way may be lost: its sequence is missing. After
// the call's end what waits is sent for a few seconds.
//
//	recorder ──100 ms──► buffer, bounded ──► writer, one for each call ──► WebSocket
//	engine ──segments──►   │ full: oldest sound dropped, told           └─► broken: again
//
// Who may be sent to: the address stands in the configuration, with wss:// unless private
// networks are allowed, and resolved addresses are checked as those of webhooks are
// (package reach). Which calls: those of queues that the configuration names, and those
// that a supervisor asks for; each beginning and end is in the access log.
package fork
