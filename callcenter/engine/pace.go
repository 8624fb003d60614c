package engine

import "hotline12345/callcenter"

// CodePaced refuses a call of the system's own: not now.
const CodePaced callcenter.Code = "paced"

// paced says whether the system must not call anybody just now: it has its share of the
// lines already, or the lines that are kept free for who calls in are all that is left. A
// result call needs no agent. So it does not stand back behind who waits for one: at a
// busy hotline somebody always does, and results would never be told. e.mu is held.
func (e *Engine) paced() bool {
	own := 0
	for _, a := range e.calls {
		if a.system {
			own++
		}
	}
	return own >= max(1, e.o.MaxCalls*e.o.SystemShare/100) || e.o.MaxCalls-len(e.calls) <= e.o.MaxCalls/keptFree
}

// keptFree: the system's own calls leave a tenth of the lines to who calls in.
const keptFree = 10
