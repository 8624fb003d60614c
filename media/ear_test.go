package media

import (
	"testing"
	"time"
)

// TestWhoSpeaksOn: a machine's greeting, not a person's first words, a noise, or an echo.
func TestWhoSpeaksOn(t *testing.T) {
	const speech, echo, nothing = 6000, 500, 0
	type part struct {
		level int16
		ms    int
	}
	for name, c := range map[string]struct {
		parts []part
		sent  bool // pauses are
		want  int  // ms after which it is told; 0: never
	}{
		"a greeting":                 {[]part{{nothing, 500}, {speech, 6000}}, true, 4500},
		"with a breath in it":        {[]part{{speech, 2000}, {nothing, 400}, {speech, 3000}}, true, 4000},
		"hello, who is there":        {[]part{{speech, 800}, {nothing, 900}, {speech, 1500}, {nothing, 5000}}, true, 0},
		"hello, pauses are not sent": {[]part{{speech, 2000}, {nothing, 900}, {speech, 3000}, {nothing, 900}, {speech, 2000}}, false, 0},
		"an echo":                    {[]part{{echo, 9000}}, true, 0},
		"who speaks later":           {[]part{{nothing, 8000}, {speech, 6000}}, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			e := &ear{speech: samplesOf(4 * time.Second), within: samplesOf(10 * time.Second)}
			at, told, done := 0, 0, false
			for _, part := range c.parts {
				payload := make([]byte, frameSamples)
				for i := range payload {
					level := part.level
					if i%2 == 1 {
						level = -level
					}
					payload[i] = CompressALaw(level)
				}
				for range part.ms / 20 {
					at += 20
					if part.level == nothing && !c.sent && at > 20 {
						continue
					}
					spoke, over := e.hear(packet{timestamp: ^uint32(0) - 999 + uint32(at-20)*8, payload: payload}) // it wraps around
					if spoke {
						told = at
					}
					if done = over; done {
						break
					}
				}
				if done {
					break
				}
			}
			if told != c.want {
				t.Errorf("told after %d ms, want %d", told, c.want)
			}
		})
	}
}

// TestListen: the sink is told once.
func TestListen(t *testing.T) {
	s, sink := newServer(t, nil)
	p := newPhone(t)
	p.join(s, "a")
	s.Listen("a", 200*time.Millisecond, 10*time.Second)
	s.Listen("nobody", time.Second, time.Second)
	stop := make(chan struct{})
	spoken := make(chan struct{})
	go func() { p.speak(500, stop); close(spoken) }()
	if leg := next(t, "it speaks", sink.spoke); leg != "a" {
		t.Errorf("%s speaks", leg)
	}
	close(stop)
	<-spoken
	if len(sink.spoke) != 0 {
		t.Error("told twice")
	}
}
