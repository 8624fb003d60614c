package engine

import (
	"context"

	"hotline12345/callcenter"
)

// handset is an agent's leg by his desk phone, rung or lifted.
type handset struct {
	agent callcenter.AgentID
	offer string // that it rings for; "": the agent asked for the call himself
	up    bool   // lifted
	over  bool   // put down
	held  bool   // by its own button
}

// offered is the leg of the agent whom this offer rings.
func (a *actor) offered(offer string) callcenter.LegID {
	if a.c.Second.Offer == offer {
		return a.c.Second.Leg
	}
	return a.c.AgentLeg
}

// ring calls the agent's phone; one that cannot be called has refused.
func (a *actor) ring(leg callcenter.LegID, agent callcenter.AgentID, offer string, by Phone) {
	a.e.register(leg, a)
	h := &handset{agent: agent, offer: offer}
	if a.handsets == nil {
		a.handsets = map[callcenter.LegID]*handset{}
	}
	a.handsets[leg] = h
	ask := a.e.o.Media.OfferTrunkLeg
	if by.Sealed {
		ask = a.e.o.Media.OfferSealedLeg
	}
	sdp, err := ask(string(leg))
	if err == nil {
		err = a.e.o.Phones.Ring(context.Background(), leg, agent, a.e.o.ShowCaller(a.c.Number()), sdp)
	}
	if err != nil {
		a.log.Warn("an agent's desk phone cannot be rung", "agent", agent, "error", err)
		h.over = true
		a.follow(a.unlifted(leg, h, "offline"))
	}
}

// unlifted is what it means that a phone was not lifted. Its leg is freed.
func (a *actor) unlifted(leg callcenter.LegID, h *handset, reason string) callcenter.Event {
	if h.offer == "" {
		return callcenter.AgentLost{Agent: h.agent} // its leg is in the call, and ends with it
	}
	a.putDown(leg)
	return callcenter.AgentRefused{Agent: h.agent, Offer: h.offer, Reason: reason}
}

// byHandset says what an event of an agent's phone means for the call; false: nothing.
func (a *actor) byHandset(ev callcenter.Event) (callcenter.Event, bool) {
	leg := legOf(ev)
	h := a.handsets[leg]
	if h == nil {
		return ev, true
	}
	switch e := ev.(type) {
	case callcenter.LegAnswered:
		return a.lifted(leg, h, e)
	case callcenter.LegFailed:
		h.over = true
		return a.unlifted(leg, h, refusalOf(e)), true
	case callcenter.LegEnded:
		h.over = true
		return a.hungUp(h), true
	case callcenter.LegHold:
		if e.OnHold == h.held { // a refresh of the session, or another address
			return nil, false
		}
		h.held = e.OnHold
		if h.held {
			return callcenter.HoldRequested{Agent: h.agent}, true
		}
		return callcenter.ResumeRequested{Agent: h.agent}, true
	case callcenter.KeyPressed:
		return callcenter.KeysRequested{Agent: h.agent, Keys: e.Key}, true
	case callcenter.MediaLost:
		return callcenter.AgentLost{Agent: h.agent}, true
	default: // it rings
		return nil, false
	}
}

// legOf is the leg that an event of the lines or the sound is about; "": none.
func legOf(ev callcenter.Event) callcenter.LegID {
	switch e := ev.(type) {
	case callcenter.LegRinging:
		return e.Leg
	case callcenter.LegAnswered:
		return e.Leg
	case callcenter.LegFailed:
		return e.Leg
	case callcenter.LegEnded:
		return e.Leg
	case callcenter.LegHold:
		return e.Leg
	case callcenter.KeyPressed:
		return e.Leg
	case callcenter.MediaLost:
		return e.Leg
	default:
		return ""
	}
}

// refusalOf is how the phone said no.
func refusalOf(e callcenter.LegFailed) string {
	switch e.Reason {
	case callcenter.EndBusy:
		return "phone-busy"
	case callcenter.EndRejected:
		return "declined"
	case callcenter.EndNoAnswer:
		return "no-answer"
	default:
		return "offline"
	}
}

// lifted: the agent has answered his phone.
func (a *actor) lifted(leg callcenter.LegID, h *handset, e callcenter.LegAnswered) (callcenter.Event, bool) {
	if err := a.e.o.Media.AcceptAnswer(string(leg), []byte(e.Dialog.RemoteSDP)); err != nil {
		a.log.Warn("a desk phone's SDP cannot be used", "agent", h.agent, "error", err)
		a.endHandset(leg)
		return a.unlifted(leg, h, "offline"), true
	}
	h.up = true
	if h.offer != "" {
		return callcenter.AgentAccepted{Agent: h.agent, Offer: h.offer, Dialog: e.Dialog}, true
	}
	waits := a.waits
	a.waits = nil
	for _, f := range waits {
		if a.lives(f.Leg) {
			a.dial(f)
		}
	}
	return nil, false
}

// hungUp is what the agent wants who puts his phone down. From a consultation it hands the
// caller over, if the second party is there, as desk phones do; else that is given up.
func (a *actor) hungUp(h *handset) callcenter.Event {
	asking := a.c.State == callcenter.StateConsulting || a.c.State == callcenter.StateSwapped
	switch {
	case h.agent != a.c.Agent || !asking:
		return callcenter.HangUpRequested{Agent: h.agent}
	case a.c.Second.Phase == callcenter.PhaseJoined:
		return callcenter.CompleteRequested{Agent: h.agent}
	}
	a.follow(callcenter.HangUpRequested{Agent: h.agent})
	return callcenter.CancelRequested{Agent: h.agent}
}

// refusedHandset: the call did not take what the phone's end means, so its agent is lost
// to it; or an answer came too late.
func (a *actor) refusedHandset(ev callcenter.Event) {
	leg := legOf(ev)
	h := a.handsets[leg]
	if h == nil {
		return
	}
	switch ev.(type) {
	case callcenter.LegEnded:
		a.follow(callcenter.AgentLost{Agent: h.agent})
	case callcenter.LegAnswered:
		a.endHandset(leg)
		a.putDown(leg)
	default: // its hold, its keys: the call goes on as it was
	}
}

// onHandset says whether the leg is by a phone that rings or is lifted.
func (a *actor) onHandset(leg callcenter.LegID) bool {
	h := a.handsets[leg]
	return h != nil && !h.over
}

// lifting says whether an agent who asked for the call has still to lift his phone.
func (a *actor) lifting() bool {
	h := a.handsets[a.c.AgentLeg]
	return h != nil && h.offer == "" && !h.up && !h.over
}

func (a *actor) lives(leg callcenter.LegID) bool {
	for _, l := range a.c.Legs {
		if l.ID == leg {
			return l.EndedAt == nil
		}
	}
	return false
}

// endHandset hangs the phone up, by BYE or CANCEL.
func (a *actor) endHandset(leg callcenter.LegID) {
	if h := a.handsets[leg]; h != nil && !h.over {
		h.over = true
		a.warn("a desk phone is not hung up", a.e.o.Trunk.HangUp(leg))
	}
}

// stopRinging ends the ringing for an offer that was taken back.
func (a *actor) stopRinging(offer string) {
	for leg, h := range a.handsets {
		if h.offer == offer && !h.up {
			a.endHandset(leg)
			a.putDown(leg)
		}
	}
}

// putDown frees a leg.
func (a *actor) putDown(leg callcenter.LegID) {
	delete(a.handsets, leg)
	a.e.o.Media.CloseLeg(string(leg))
	a.e.unregister(leg)
}
