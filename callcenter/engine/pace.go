package engine

import "hotline12345/callcenter"

// CodePaced refuses a call of the system's own: not now.
const CodePaced callcenter.Code = "paced"

// paced says whether the system must not call anybody just now: it has its share of the
// lines already, or somebody waits for an agent on this node, for whom and for whose
// lines it makes room. e.mu is held.
func (e *Engine) paced() bool {
	own := 0
	for _, a := range e.calls {
		c := a.summary.Load()
		switch {
		case a.system:
			own++
		case c == nil: // has just come
			return true
		case c.Kind == callcenter.KindInbound && waits(c.State):
			return true
		}
	}
	return own >= max(1, e.o.MaxCalls*e.o.SystemShare/100)
}

func waits(s callcenter.State) bool {
	return s == callcenter.StateGreeting || s == callcenter.StateQueued || s == callcenter.StateOffered
}
