package callcenter

import "slices"

// SegmentKind says who talks in a recording segment.
type SegmentKind string

const (
	SegmentTalk       SegmentKind = "talk"       // the caller and one other
	SegmentConference SegmentKind = "conference" // the caller and several others
	SegmentConsult    SegmentKind = "consult"    // the agent and whom he asks, without the caller
)

// Tape is what a recording segment holds: left what the caller says (in a
// consultation the agent), right the sum of the others.
type Tape struct {
	Kind   SegmentKind `json:"kind"`
	Left   LegID       `json:"left"`
	Others []LegID     `json:"others"`
}

func (t Tape) same(other Tape) bool {
	return t.Kind == other.Kind && t.Left == other.Left && slices.Equal(t.Others, other.Others)
}

// sound is what the state lets a leg hear: other legs, or a loop. What a waiting
// caller hears is not said here: those are plays of their own (say, loop).
type sound struct {
	from []LegID
	loop string
}

func (s sound) same(other sound) bool {
	return s.loop == other.loop && slices.Equal(s.from, other.from)
}

// conversation is who talks with each other now, the caller first; nobody, or at
// least two. Who only listens is not in it.
func (c Call) conversation() []LegID {
	var legs []LegID
	switch c.State {
	case StateTalking:
		legs = []LegID{c.Caller, c.AgentLeg}
		if c.AgentLeg == "" {
			legs[1] = c.Third
		}
	case StateSwapped:
		legs = []LegID{c.Caller, c.AgentLeg}
	case StateConference:
		legs = []LegID{c.Caller}
		if !c.Away {
			legs = append(legs, c.AgentLeg)
		}
		if !c.Second.Away {
			legs = append(legs, c.Second.Leg)
		}
	case StateConsulting:
		if c.Second.Phase == PhaseJoined && !c.Second.Away {
			legs = []LegID{c.AgentLeg, c.Second.Leg}
		}
	case StateNew, StateGreeting, StateQueued, StateOffered, StateHeld, StateAgentLost, StateDialing, StateGoodbye,
		StateTelling, StateSolved, StateSatisfied, StateSurvey, StateEnded:
	}
	if len(legs) < 2 {
		return nil
	}
	if c.Watch.Mode == ModeBarge {
		legs = append(legs, c.Watch.Leg)
	}
	return legs
}

// sounds says of every leg what it hears; who is not named hears nothing.
func (c Call) sounds() map[LegID]sound {
	all := map[LegID]sound{}
	talk := c.conversation()
	for _, leg := range talk {
		from := slices.DeleteFunc(slices.Clone(talk), func(other LegID) bool { return other == leg })
		if leg == c.AgentLeg && c.Watch.Mode == ModeWhisper {
			from = append(from, c.Watch.Leg)
		}
		all[leg] = sound{from: from}
	}
	if len(talk) > 0 && (c.Watch.Mode == ModeMonitor || c.Watch.Mode == ModeWhisper) {
		all[c.Watch.Leg] = sound{from: talk}
	}
	waits := c.State == StateHeld || c.State == StateConsulting || c.State == StateAgentLost || c.State == StateConference
	if waits && !slices.Contains(talk, c.Caller) {
		all[c.Caller] = sound{loop: "music"}
	}
	switch {
	case c.State == StateConsulting && c.Second.calling():
		all[c.AgentLeg] = c.progress(c.Second.Leg)
	case c.State != StateDialing:
	case c.Third != "": // our own tone is a play of the caller's
		if c.early(c.Third) {
			all[c.Caller] = c.progress(c.Third)
		}
	case c.Kind == KindOutbound:
		all[c.AgentLeg] = c.progress(c.Caller)
	}
	if c.Second.Phase == PhaseJoined && !c.Second.Away && !slices.Contains(talk, c.Second.Leg) {
		all[c.Second.Leg] = sound{loop: "music"}
	}
	return all
}

// progress is what is heard of a leg that has not answered yet.
func (c Call) progress(leg LegID) sound {
	if c.early(leg) {
		return sound{from: []LegID{leg}}
	}
	return sound{loop: "ringback"}
}

// tape is what is to be recorded now.
func (c Call) tape() Tape {
	talk := c.conversation()
	switch {
	case len(talk) == 0:
		return Tape{}
	case c.State == StateConsulting:
		return Tape{Kind: SegmentConsult, Left: talk[0], Others: talk[1:]}
	case len(talk) > 2:
		return Tape{Kind: SegmentConference, Left: talk[0], Others: talk[1:]}
	}
	return Tape{Kind: SegmentTalk, Left: talk[0], Others: talk[1:]}
}

// settle brings sound, recording and clocks to what the state says. It stands at
// the end of every turn, and before legs go in the middle of one.
func (t *turn) settle() {
	was, is := t.heard, t.c.sounds()
	t.silence(was, is)
	t.clocks()
	t.followPause()
	tape := t.c.tape()
	change := !tape.same(t.c.Tape)
	if change && t.c.Recording {
		t.stopSegment()
	}
	t.wire(was, is)
	if change {
		t.c.Tape = tape
	}
	if change && tape.Kind != "" {
		t.startSegment(tape)
	}
	t.heard = is
	t.followWatch()
}

// silence ends what a living leg heard of legs that live; sound of a leg that has
// ended ended with it, and a play ends it too.
func (t *turn) silence(was, is map[LegID]sound) {
	done := map[LegID]bool{}
	for _, l := range t.c.Legs {
		before := was[l.ID]
		if l.EndedAt != nil || done[l.ID] || len(is[l.ID].from) > 0 || !slices.ContainsFunc(before.from, t.live) {
			continue
		}
		if other := before.from[0]; paired(was, l.ID, other) && len(is[other].from) == 0 {
			done[other] = true
			t.do(Unbridge{A: l.ID, B: other})
			continue
		}
		if is[l.ID].loop == "" {
			t.do(Hear{Leg: l.ID})
		}
	}
}

// wire lets living legs hear what they did not hear before.
func (t *turn) wire(was, is map[LegID]sound) {
	done := map[LegID]bool{}
	for _, l := range t.c.Legs {
		now, before := is[l.ID], was[l.ID]
		if l.EndedAt != nil || done[l.ID] || now.same(before) {
			continue
		}
		switch {
		case l.ID == t.c.Caller:
			t.callerHears(now, before)
		case before.loop != "" && now.loop == "":
			t.do(StopPlay{Leg: l.ID})
		case now.loop != "":
			t.do(Play{Leg: l.ID, ID: now.loop, Sources: []string{now.loop}, Loop: true})
		}
		if len(now.from) == 0 {
			continue
		}
		if other := now.from[0]; paired(is, l.ID, other) && !is[other].same(was[other]) {
			done[other] = true
			if before := was[other]; before.loop != "" && other != t.c.Caller {
				t.do(StopPlay{Leg: other})
			}
			t.do(Bridge{A: l.ID, B: other})
			continue
		}
		t.do(Hear{Leg: l.ID, Sources: now.from})
	}
}

// callerHears: his plays have ends and limits, so they go through loop and hush.
func (t *turn) callerHears(now, before sound) {
	switch {
	case now.loop != "":
		t.loop(now.loop)
	case len(now.from) > 0 && len(before.from) == 0:
		t.hush()
	}
}

// paired says whether two legs hear each other and nobody else.
func paired(sounds map[LegID]sound, a, b LegID) bool {
	one, two := sounds[a].from, sounds[b].from
	return len(one) == 1 && len(two) == 1 && one[0] == b && two[0] == a
}

// clocks counts the time the caller talks with somebody, and the time an agent
// lets him wait.
func (t *turn) clocks() {
	r := &t.c.Record
	talks := t.c.Caller != "" && slices.Contains(t.c.conversation(), t.c.Caller)
	holds := t.c.State == StateHeld || t.c.State == StateConsulting
	switch {
	case talks && t.c.TalkFrom == nil:
		t.c.TalkFrom = &t.now
	case !talks && t.c.TalkFrom != nil:
		r.TalkMS += t.now.Sub(*t.c.TalkFrom).Milliseconds()
		t.c.TalkFrom = nil
	}
	switch {
	case holds && t.c.HoldFrom == nil:
		t.c.HoldFrom = &t.now
	case !holds && t.c.HoldFrom != nil:
		r.HoldMS += t.now.Sub(*t.c.HoldFrom).Milliseconds()
		t.c.HoldFrom = nil
	}
}
