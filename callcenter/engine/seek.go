package engine

import (
	"strings"

	"hotline12345/callcenter"
)

// A consultation has a place of its own in the shared queue, beside the call,
// whose agent is still booked. Its key there is the call's id and its own.

func seekKey(call callcenter.CallID, seek callcenter.LegID) string {
	return string(call) + "/" + string(seek)
}

// parseKey is the call of a key of the shared queue, and the consultation if it is one.
func parseKey(key string) (callcenter.CallID, callcenter.LegID) {
	call, seek, _ := strings.Cut(key, "/")
	return callcenter.CallID(call), callcenter.LegID(seek)
}

func (a *actor) seekEffect(effect callcenter.Effect) {
	switch f := effect.(type) {
	case callcenter.Seek:
		w := a.place(f.Enqueue, seekKey(a.id, f.ID))
		a.seeking.Store(&w)
		a.e.o.ACD.Enqueue(w)
	case callcenter.StopSeeking:
		key := seekKey(a.id, f.ID)
		if w := a.seeking.Load(); w != nil && w.Call == key {
			a.seeking.Store(nil)
		}
		a.e.o.ACD.Dequeue(key)
	default: // not of a consultation
	}
}

// reservedFor remembers under which key an agent was reserved, until he is released.
func (a *actor) reservedFor(ev callcenter.Event) {
	if r, ok := ev.(callcenter.AgentReserved); ok && r.Seek != "" {
		a.sought[r.Agent] = seekKey(a.id, r.Seek)
		a.seeking.Store(nil) // the queue has given it away: it must not be posted again
	}
}

// booked is the key under which the agent is reserved.
func (a *actor) booked(agent callcenter.AgentID) string {
	if key := a.sought[agent]; key != "" {
		return key
	}
	return string(a.id)
}

// giveBack ends a reservation that found no call.
func (a *actor) giveBack(r callcenter.AgentReserved) {
	key := string(a.id)
	if r.Seek != "" {
		key = seekKey(a.id, r.Seek)
	}
	a.e.o.ACD.Release(string(r.Agent), key)
}
