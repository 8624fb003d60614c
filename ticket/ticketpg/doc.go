// Package ticketpg keeps tickets in Postgres. Store.Handle is the one path on which a
// ticket is written:
//
//	begin ► lock the row ► check the version ► Decide ► Evolve
//	      ► events (hash chain) + row + assignments + outbox + NOTIFY ► commit
//
// The lock makes commands on one ticket go one after the other; the version makes
// the second of two people who saw the same page lose ("stale") instead of overwriting.
// Lodge runs the same path with a new number, yyyymmdd-NNNNNN in Beijing time, from a
// counter row of the day inside the transaction: a refused lodging leaves no gap.
//
// # What is where
//
//	tickets        the row: columns to search by, the ticket as JSON without its
//	               requester, the requester sealed, the number as a keyed hash
//	assignments    one row an agency, for work lists and the sweep
//	ticket_events  what happened, append-only (a trigger refuses the rest)
//	ticket_outbox  what others still have to act upon; Drain
//	access_log     who read a requester's data; written in the reading transaction
//
// # The chain
//
// Each event holds a keyed hash of its predecessor's hash and of its own bytes. The
// ticket's row holds the last hash, and a keyed hash of number, version and last hash:
// an event edited, left out or cut off at the end does not verify, and nobody can
// make it verify without the master key. Numbers are without gaps, so that a whole ticket
// taken away shows too. Verify (hotline check) also replays the events and compares
// the outcome with the row, its columns and its assignments. What it cannot see is a ticket set back as a whole to
// an earlier true state, row and events, by somebody who kept a copy: backups answer that.
//
// # Search
//
// Every pair of neighbouring characters of title, content and address is a number in
// an indexed int array; a search asks the index for all pairs of its words and then
// checks the text itself. That finds any substring of Chinese, Uyghur and Kazakh
// alike, without a dictionary.
package ticketpg
