package main

import (
	"math"

	"hotline12345/media"
	"hotline12345/media/speech"
)

// What is played and not spoken is computed, so that nothing has to be licensed or
// shipped. A recording of the same name replaces each.

// tone is a sum of sines over a time, faded in and out so that it does not click.
type tone struct {
	hertz   []float64
	seconds float64
	volume  float64 // of full scale
}

func render(tones []tone) []byte {
	var sound []byte
	for _, t := range tones {
		n := int(t.seconds * speech.Rate)
		for i := range n {
			at := float64(i) / speech.Rate
			value := 0.0
			for _, f := range t.hertz {
				value += math.Sin(2 * math.Pi * f * at)
			}
			const fade = 0.02 // seconds
			edge := math.Min(1, math.Min(at, t.seconds-at)/fade)
			level := t.volume * edge * value / float64(max(1, len(t.hertz)))
			sound = append(sound, media.CompressALaw(int16(level*math.MaxInt16)))
		}
	}
	return sound
}

// music is a slow figure on five notes (pentatonic: none clashes with another).
func music() []byte {
	const c, d, e, g, high = 261.63, 293.66, 329.63, 392.00, 523.25
	figure := []float64{c, e, g, high, g, e, d, g, e, c, d, e, g, e, d, c}
	var tones []tone
	for range 2 {
		for _, note := range figure {
			tones = append(tones, tone{hertz: []float64{note, note / 2}, seconds: 0.6, volume: 0.25})
		}
	}
	return render(tones)
}

// ringback is the one of China: 450 Hz, 1 s on, 4 s off (GB/T 3380).
func ringback() []byte {
	return render([]tone{{hertz: []float64{450}, seconds: 1, volume: 0.3}, {seconds: 4}})
}

func beep() []byte { return render([]tone{{hertz: []float64{950}, seconds: 0.2, volume: 0.3}}) }
