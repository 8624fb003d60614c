// Package sipua is the SIP side of a node: trunks on UDP, TCP and TLS, by IPv4 and IPv6,
// transactions and dialogs. It answers for a back-to-back user agent and nothing else: the engine owns
// every call, media makes and reads every session description; here are bytes, timers
// and the rules of RFC 3261. It implements engine.Trunk and tells engine.TrunkSink.
//
// # The way of a message
//
//	socket ──> gate (address, rate) ──> parser ──> call (actor per Call-ID) ──> transaction ──> leg ──> engine
//	                │ stranger: dropped      │ broken: 400 or silence   │ no such call: answered without state
//
// The reader of a socket posts each message to the actor of its Call-ID, in the order of
// arrival, and an actor runs one thing at a time. So ACK and re-INVITE, 180 and 200 stay
// in the order the network gave them, without a lock in any state machine; what the
// network itself turned round is borne: a 200 implies the 180 that is still under way, a
// re-INVITE that overtook the ACK before it waits for that ACK, a BYE may come before
// either. An actor has a goroutine only while it has work.
//
// # An incoming leg
//
//	INVITE ──> incoming ──Answer──> up, unacked ──ACK──> up ──BYE (either side)──> over
//	              ├─ Progress: 183, the caller hears us (early media)
//	              │                     │ 64*T1 without ACK: BYE, LegEnded
//	              ├─ CANCEL: 487, LegEnded
//	              ├─ BYE: 200, 487, LegEnded
//	              ├─ refused by the engine, HangUp: 4xx..6xx, 480
//	              └─ RingAfter: 180; SetupLimit: 480, LegEnded
//
// # An outgoing leg
//
//	Dial ──> dialing ──2xx──> up (ACK here, and again for each copy) ──BYE──> over
//	            │ 18x with SDP: the network is heard before the answer (early.go)
//	            │ 401, 407: once more with digest
//	            │ 408, 5xx, no answer at all, before anything rang: the next trunk, until
//	            │   none is left; a trunk that wakes up late is cancelled, or ACK and BYE
//	            │ else 3xx..6xx, nobody there: LegFailed (redirects are not followed: the
//	            │   other side does not choose whom we pay to call)
//	            └─ HangUp: CANCEL after the first provisional answer; a 2xx that crosses
//	               it gets ACK and BYE; so does every further 2xx of a forked call
//
// The engine hears of the end of a leg once, and not at all of an end that it ordered.
//
// # Which trunk
//
// A call out goes by the trunk that carries the number (its rules fit), is up (OPTIONS
// are answered, no Retry-After runs, registered where it must be) and has room (calls, calls a second), lowest
// priority first, of equals the one with fewer calls. When there is none Dial says so at
// once; CanDial says beforehand whether waiting would help.
//
// # Registration
//
// A trunk may want REGISTER (register.go): refreshed at four fifths of what it grants,
// tried again with doubling pauses, taken back at the end. Calls in come from the
// registrar's address then, whether or not it is among the peers.
//
// # Desk phones
//
// With Options.Phones there is a registrar (registrar.go). Accounts are made by an
// administrator (POST /phones of web/openapi.yaml: the password is told once), one for each
// agent; for benches the demonstration makes agent1 to agentN (demo.phone_password), who are
// seats: on duty while registered, without a page (callcenter/engine, phones.go). What a phone must do: REGISTER
// by UDP, TCP or TLS to the SIP address, To and From with the account's user, answer the
// 401 by digest with qop=auth, realm "hotline12345", and the algorithm that is offered:
// MD5, SHA-256, or both as the account says, since many phones give up when a challenge
// that they do not know stands beside one that they do. Expires is granted from MinExpires
// to MaxExpires; several places of an account are rung one after the other, by q, then the
// newest first. It is called where it registered from: by TCP and TLS on the connection
// that it made, which is its registration's end too; by UDP at the address that REGISTER
// came from, or, without a NAT in between, at its Contact. It must answer INVITE with
// G.711; what it calls itself is refused (403). A phone that says nothing at all to an
// INVITE counts as gone until it registers again.
//
// A wrong password counts against the address that tried, and after some the address is
// not listened to for a while.
//
// # TLS
//
// What we dial must show a certificate with the trunk's name, from the trunk's
// authorities or the system's; there is no switch to leave that out. Who dials us is
// known by address or digest as on any other transport, and may reuse the connection he
// made. Our certificate is asked for at each handshake, so that a renewed one needs no
// restart. A dialog that began with a sips URI has sips Contacts.
//
// # Who gets service
//
// The gate looks at the source address before anything is parsed: a stranger costs one
// comparison, no memory and no answer. A trunk is known by its peers' addresses, or by
// digest (RFC 8760) with a lower rate; a request that is refused leaves no state
// (RFC 3261 section 8.2.7): its To tag and its nonce can be recomputed. Everything has a
// limit: calls of a trunk and of the node, messages per second and per call, connections,
// queues, header lines, body bytes, multipart parts, forks, look-ups. Connections of
// strangers have places of their own and little time (pool.go), so that they take none from
// peers, nor from what we dial.
//
// # What is taken from sipgo and what is not
//
// sipgo splits and unfolds messages and reads URIs and streams. Its transports and
// transactions are not used: each message gets a goroutine of its own there, which loses
// the order of messages, a CANCEL that crosses a 200 leaves a call behind, answers above
// the MTU are refused, sources are remembered without limit, and what cannot be parsed is
// logged in full, numbers and all. Its typed headers are not used because a response must
// repeat Via, From, To and Call-ID to the letter.
//
// # Extensions
//
// Session timers (RFC 4028) in both roles, by UPDATE (RFC 3311) or re-INVITE: a call
// whose other side stops to refresh it is ended. Reliable provisional answers (RFC
// 3262): our 180 where the caller demands it, PRACK for theirs, each phone of a fork
// counted by itself. While an offer is open another one gets 491, and ours is made
// again after the pauses of RFC 3261 section 14.1.
//
// # Not here
//
// No REFER (transfers are the engine's), no SRV look-ups: a border
// controller stands in front where a provider needs them.
package sipua
