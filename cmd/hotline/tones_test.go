package main

import (
	"math"
	"testing"

	"hotline12345/media"
	"hotline12345/media/speech"
)

// share is how much of a sound's energy is at a frequency (Goertzel over windows of 100 ms).
func share(sound []byte, hertz float64) float64 {
	const window = speech.Rate / 10
	var at, all float64
	for from := 0; from+window <= len(sound); from += window {
		var re, im float64
		for i, code := range sound[from : from+window] {
			v := float64(media.ExpandALaw(code))
			angle := 2 * math.Pi * hertz * float64(i) / speech.Rate
			re += v * math.Cos(angle)
			im += v * math.Sin(angle)
			all += v * v
		}
		at += 2 * (re*re + im*im) / window
	}
	return at / all
}

// TestMusicIsNoTone: whoever measures a line with 440 Hz or 1000 Hz must be able to
// tell music from his own tone; and music is heard at all.
func TestMusicIsNoTone(t *testing.T) {
	sound := music()
	if seconds := len(sound) / speech.Rate; seconds < 10 {
		t.Errorf("music of %d s repeats too soon", seconds)
	}
	for _, hertz := range []float64{440, 1000} {
		if s := share(sound, hertz); s > 0.02 {
			t.Errorf("%.1f %% of the music is at %.0f Hz", 100*s, hertz)
		}
	}
	if s := share(ringback(), 450); s < 0.9 {
		t.Errorf("only %.0f %% of the ringing tone is at 450 Hz", 100*s)
	}
	if len(beep()) == 0 {
		t.Error("the beep is empty")
	}
}
