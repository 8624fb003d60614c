package engine

import (
	"slices"

	"hotline12345/callcenter"
)

// Calls that can be made at any time, which are the system's own (results) and those of
// lists, have a share of the lines together, and leave the last ones to who calls in. How
// many lines of one trunk calls out may have is the trunk's own limit (max_out).

// CodePaced refuses such a call: not now.
const CodePaced callcenter.Code = "paced"

// needsNobody is of a call for which no agent is kept from who waits.
func needsNobody(callcenter.QueueID) bool { return false }

// servedBy says of a queue whether it is among an agent's.
func servedBy(queues []string) func(callcenter.QueueID) bool {
	return func(q callcenter.QueueID) bool { return slices.Contains(queues, string(q)) }
}

// paced says whether such a call must not be made just now: they have their share of the
// lines already, or the lines that are kept free for who calls in are all that is left. A
// result call needs no agent. So it does not stand back behind who waits for one: at a
// busy hotline somebody always does, and results would never be told. The call of a list
// needs one: it stands back while somebody waits on this node in a queue that serves says,
// which are its agent's. e.mu is held.
func (e *Engine) paced(serves func(callcenter.QueueID) bool) bool {
	own := 0
	for _, a := range e.calls {
		c := a.summary.Load()
		switch {
		case a.system:
			own++
		case c != nil && c.Kind == callcenter.KindInbound && waits(c.State) && serves(c.Queue):
			return true
		}
	}
	return own >= max(1, e.o.MaxCalls*e.o.SystemShare/100) || e.o.MaxCalls-len(e.calls) <= e.o.MaxCalls/keptFree
}

// crowded says whether no further callback can stand in the queue just now. They have a
// share of their own: after a surge hundreds may be due, whose place is kept in the list
// as well, while who calls in finds every line taken by people who are not there. e.mu is
// held.
func (e *Engine) crowded() bool {
	places := 0
	for _, a := range e.calls {
		if a.callback {
			places++
		}
	}
	return places >= max(1, e.o.MaxCalls*e.o.SystemShare/100) || e.o.MaxCalls-len(e.calls) <= e.o.MaxCalls/keptFree
}

// keptFree: these calls leave a tenth of the lines to who calls in.
const keptFree = 10

func waits(s callcenter.State) bool {
	return s == callcenter.StateGreeting || s == callcenter.StateQueued || s == callcenter.StateOffered
}
