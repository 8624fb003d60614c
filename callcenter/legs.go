package callcenter

import "slices"

// maxLegs bounds what a call remembers of its legs. A call that is handed on
// again and again forgets the oldest that are over.
const maxLegs = 32

func (t *turn) addLeg(l Leg) {
	l.CreatedAt = t.now
	if len(t.c.Legs) >= maxLegs {
		if i := slices.IndexFunc(t.c.Legs, func(l Leg) bool { return l.EndedAt != nil }); i >= 0 {
			t.c.Legs = slices.Delete(t.c.Legs, i, i+1)
		}
	}
	t.c.Legs = append(t.c.Legs, l)
}

func (t *turn) update(id LegID, change func(*Leg)) {
	for i := range t.c.Legs {
		if t.c.Legs[i].ID == id {
			change(&t.c.Legs[i])
			return
		}
	}
}

// live says whether the leg exists and has not ended.
func (t *turn) live(id LegID) bool {
	return id != "" && slices.ContainsFunc(t.c.Legs, func(l Leg) bool { return l.ID == id && l.EndedAt == nil })
}

func (t *turn) endLeg(id LegID) {
	t.update(id, func(l *Leg) {
		if l.EndedAt == nil {
			l.EndedAt = &t.now
		}
	})
}

// legAnswered: whom we dialled picked up. A caller who dialled us was answered
// by ourselves, and nobody picks up twice.
func (t *turn) legAnswered(e LegAnswered) {
	if s := t.c.Second; s.Phase == PhaseDialing && e.Leg == s.Leg && t.live(e.Leg) {
		t.update(e.Leg, func(l *Leg) { l.AnsweredAt, l.Dialog = &t.now, e.Dialog })
		t.secondJoined()
		return
	}
	dialled := t.c.Third
	if t.c.Kind != KindInbound && t.c.Third == "" {
		dialled = t.c.Caller
	}
	if t.c.State != StateDialing || e.Leg != dialled || !t.live(e.Leg) {
		return
	}
	t.update(e.Leg, func(l *Leg) { l.AnsweredAt, l.Dialog = &t.now, e.Dialog })
	if e.Leg == t.c.Third {
		t.thirdAnswered()
		return
	}
	t.personAnswered()
}

// ringing: who waits for a dialled leg hears our ringing tone, or what the network has
// to say before anybody answers (RFC 3960 section 3.2).
func (t *turn) ringing(e LegRinging) {
	if e.SDP == "" || !t.live(e.Leg) || (t.c.Kind == KindInbound && e.Leg == t.c.Caller) {
		return
	}
	t.update(e.Leg, func(l *Leg) { l.Early = l.AnsweredAt == nil })
}

// early says whether the leg is heard before its answer.
func (c Call) early(id LegID) bool {
	return slices.ContainsFunc(c.Legs, func(l Leg) bool {
		return l.ID == id && l.Early && l.AnsweredAt == nil && l.EndedAt == nil
	})
}

// legFailed: a dialled leg was not answered.
func (t *turn) legFailed(e LegFailed) {
	if t.c.Kind == KindInbound && e.Leg == t.c.Caller {
		t.legEnded(e.Leg, e.Reason)
		return
	}
	if !t.live(e.Leg) {
		return
	}
	t.endLeg(e.Leg)
	switch e.Leg {
	case t.c.Caller:
		t.end(e.Reason)
	case t.c.Third:
		t.thirdEnded()
	case t.c.Second.Leg:
		t.secondGone(e.Reason)
	}
}

func (t *turn) legEnded(leg LegID, reason EndReason) {
	if !t.live(leg) {
		return
	}
	t.endLeg(leg)
	switch leg {
	case t.c.Caller:
		t.callerGone(reason)
	case t.c.Third:
		t.thirdEnded()
	case t.c.Second.Leg:
		t.secondGone(EndThirdHangUp)
	}
}

func (t *turn) thirdEnded() {
	if t.c.State == StateDialing {
		t.thirdGone()
		return
	}
	t.end(EndThirdHangUp)
}

// callerGone names the end by where the call stood.
func (t *turn) callerGone(reason EndReason) {
	switch t.c.State {
	case StateGreeting:
		reason = EndAbandonedEarly
	case StateQueued, StateOffered:
		if t.c.Record.AnsweredAt == nil {
			reason = EndAbandoned
		}
	case StateGoodbye, StateSurvey:
		reason = t.c.EndWith
	case StateDialing:
		if t.c.Trying != "" { // another hotline rings for him
			reason = EndAbandoned
		}
	case StateNew, StateTalking, StateHeld, StateAgentLost, StateConsulting, StateSwapped, StateConference,
		StateTelling, StateSolved, StateSatisfied, StateEnded:
	}
	t.end(reason)
}

// mediaLost: no sound from a person for the limit. The far end may be gone
// without a BYE; a leg on hold by its own wish sends none and is left alone.
func (t *turn) mediaLost(leg LegID) {
	outside := leg == t.c.Caller || leg == t.c.Third || (leg == t.c.Second.Leg && t.c.Second.Agent == "")
	if !outside || !t.live(leg) {
		return
	}
	for _, l := range t.c.Legs {
		if l.ID == leg && (l.OnHold || l.Early && l.AnsweredAt == nil) { // a network may announce nothing
			return
		}
	}
	if leg == t.c.Second.Leg {
		t.secondGone(EndMediaLost)
		return
	}
	t.end(EndMediaLost)
}
