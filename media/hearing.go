package media

import (
	"errors"
	"fmt"
	"slices"
)

// maxHeard is how many legs one leg can hear at once, and how many a recording's
// right channel can hold: a caller, an agent, an expert and a supervisor.
const maxHeard = 4

// Hear says whom a leg hears from now on: the sum of what the sources say, nothing
// without sources. It ends the play and the bridges of that leg alone: what others
// hear stays. A single source passes through as it came; only a sum is decoded.
func (s *Server) Hear(id string, sources ...string) error {
	if len(sources) > maxHeard {
		return fmt.Errorf("media: leg %s cannot hear %d legs, at most %d", id, len(sources), maxHeard)
	}
	s.wiring.Lock()
	defer s.wiring.Unlock()
	l, err := s.leg(id)
	if err != nil {
		return err
	}
	heard := make([]*leg, 0, len(sources))
	for _, source := range sources {
		other, err := s.leg(source)
		switch {
		case err != nil:
			return err
		case other == l:
			return errItself
		case slices.Contains(heard, other):
			return fmt.Errorf("media: leg %s would hear %s twice", id, source)
		}
		heard = append(heard, other)
	}
	l.hear(heard, nil)
	return nil
}

// Bridge lets two legs hear each other and nobody else; what they heard before ends,
// and so does a bridge that one of them was in.
func (s *Server) Bridge(a, b string) error {
	s.wiring.Lock()
	defer s.wiring.Unlock()
	one, err := s.leg(a)
	if err != nil {
		return err
	}
	two, err := s.leg(b)
	if err != nil {
		return err
	}
	if one == two {
		return errItself
	}
	one.leave(two)
	two.leave(one)
	one.hear([]*leg{two}, nil)
	two.hear([]*leg{one}, nil)
	return nil
}

// Unbridge ends that two legs hear each other; whom else they hear stays.
func (s *Server) Unbridge(a, b string) {
	s.wiring.Lock()
	defer s.wiring.Unlock()
	one, errA := s.leg(a)
	two, errB := s.leg(b)
	if errA == nil && errB == nil {
		one.unhear(two)
		two.unhear(one)
	}
}

// hear sets what the leg hears: sources, or a play. Server.wiring is held, here and
// in what follows.
func (l *leg) hear(sources []*leg, pl *player) {
	for _, was := range l.hears {
		if !slices.Contains(sources, was) {
			was.setHearers(without(was.hearers, l))
		}
	}
	for _, is := range sources {
		if !slices.Contains(l.hears, is) {
			is.setHearers(append(slices.Clone(is.hearers), l))
		}
	}
	l.wire(func() {
		l.hears, l.player, l.mix = sources, pl, nil
		if len(sources) > 1 {
			l.mix = newMixer(l.s.sources.Add(1), sources)
		}
	})
}

// unhear ends that the leg hears other.
func (l *leg) unhear(other *leg) {
	if slices.Contains(l.hears, other) {
		l.hear(without(l.hears, other), nil)
	}
}

// leave ends the bridge that the leg is in, except with keep: the other end, which
// hears nobody else, must not go on listening to a call that has moved on.
func (l *leg) leave(keep *leg) {
	for _, other := range l.hears {
		if other != keep && len(other.hears) == 1 && other.hears[0] == l {
			other.hear(nil, nil)
		}
	}
}

// disappear takes a leg that is being closed out of everybody's hearing.
func (l *leg) disappear() {
	l.hear(nil, nil)
	for _, other := range l.hearers {
		other.unhear(l)
	}
}

func (l *leg) setHearers(hearers []*leg) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hearers = hearers
}

func without(legs []*leg, l *leg) []*leg {
	rest := make([]*leg, 0, len(legs))
	for _, other := range legs {
		if other != l {
			rest = append(rest, other)
		}
	}
	return rest
}

var errItself = errors.New("media: a leg cannot hear itself")
