package media

import (
	"math"
	"math/cmplx"
)

// tone makes A-law of a sine.
func tone(hz float64, samples int) []byte {
	out := make([]byte, samples)
	for i := range out {
		out[i] = CompressALaw(int16(12000 * math.Sin(2*math.Pi*hz*float64(i)/8000)))
	}
	return out
}

// heard is the share of the sound's power at hz, 0 to 1 (Goertzel's sum).
func heard(codes []byte, hz float64) float64 {
	var sum complex128
	var power float64
	for i, code := range codes {
		v := float64(ExpandALaw(code))
		power += v * v
		sum += complex(v, 0) * cmplx.Exp(complex(0, -2*math.Pi*hz*float64(i)/8000))
	}
	if power < 1e4*float64(len(codes)) {
		return 0
	}
	return 2 * cmplx.Abs(sum) * cmplx.Abs(sum) / (float64(len(codes)) * power)
}
