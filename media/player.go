package media

import (
	"bytes"
	"errors"
	"fmt"
)

const maxSources = 16

// silence is a sound of one frame.
var silence = [][]byte{bytes.Repeat([]byte{silenceALaw}, frameSamples)}

// player walks through the sound of a Play, a frame at a time.
type player struct {
	id        string
	sounds    [][]byte // A-law
	loop      bool
	source    uint64
	sound, at int
	sequence  uint16
	timestamp uint32
	frame     [frameSamples]byte
}

// next gives a packet of 20 ms; the end of a sound is filled with silence.
func (p *player) next() (out packet, ended bool) {
	for p.sound >= len(p.sounds) || p.at >= len(p.sounds[p.sound]) {
		p.sound, p.at = p.sound+1, 0
		if p.sound >= len(p.sounds) {
			if !p.loop {
				return packet{}, true
			}
			p.sound = 0
		}
	}
	n := copy(p.frame[:], p.sounds[p.sound][p.at:])
	p.at += n
	for i := n; i < frameSamples; i++ {
		p.frame[i] = silenceALaw
	}
	out = packet{sequence: p.sequence, timestamp: p.timestamp, payload: p.frame[:]}
	p.sequence++
	p.timestamp += frameSamples
	return out, false
}

// Play replaces what a leg hears, and ends a bridge that it is in. A source that cannot be had is left out and
// named in the error; when none can be had, the play ends at once, so that
// whoever waits for its end goes on.
func (s *Server) Play(id string, p Play) error {
	if len(p.Sources) > maxSources {
		return fmt.Errorf("media: %d sources to play, at most %d", len(p.Sources), maxSources)
	}
	pl := &player{id: p.ID, loop: p.Loop, source: s.sources.Add(1)}
	var errs []error
	for _, name := range p.Sources {
		sound, err := s.o.Prompts(name)
		if err == nil && len(sound) == 0 {
			err = errors.New("it is empty")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("media: play %q: %w", name, err))
			continue
		}
		pl.sounds = append(pl.sounds, sound)
	}
	if len(pl.sounds) == 0 {
		pl.loop = false
	}
	s.wiring.Lock()
	defer s.wiring.Unlock()
	l, err := s.leg(id)
	if err != nil {
		return err
	}
	l.leave(nil)
	l.hear(nil, pl)
	return errors.Join(errs...)
}

// StopPlay ends what a leg is played; no PlayDone follows.
func (s *Server) StopPlay(id string) {
	if l, err := s.leg(id); err == nil {
		l.wire(func() { l.player = nil })
	}
}

// SendKeys sends DTMF to a leg's party, after what is being sent already.
func (s *Server) SendKeys(id, keys string) error {
	l, err := s.leg(id)
	if err != nil {
		return err
	}
	const limit = 64
	full := false
	l.wire(func() {
		if full = len(l.keys.keys)+len(keys) > limit; !full {
			l.keys.keys += keys
		}
	})
	if full {
		return fmt.Errorf("media: more than %d keys wait to be sent", limit)
	}
	return nil
}
