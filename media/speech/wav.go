package speech

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// EncodeWAV makes a WAV file of 16-bit mono samples at Rate.
func EncodeWAV(samples []int16) []byte {
	size := uint32(2 * len(samples)) //nolint:gosec // bounded texts
	b := append(make([]byte, 0, 44+int(size)), "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, 36+size)
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint32(b, Rate)
	b = binary.LittleEndian.AppendUint32(b, 2*Rate)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, size)
	for _, s := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(s)) //nolint:gosec // two's complement is meant
	}
	return b
}

var errWAV = errors.New("speech: not a WAV file of 16-bit mono")

// DecodeWAV reads 16-bit mono. A data chunk whose length is not known yet (written
// to a pipe) reaches to the end.
func DecodeWAV(b []byte) (samples []int16, rate int, err error) {
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return nil, 0, errWAV
	}
	for at := 12; at+8 <= len(b); {
		id, size := string(b[at:at+4]), int(binary.LittleEndian.Uint32(b[at+4:]))
		body := b[at+8:]
		switch id {
		case "fmt ":
			if len(body) < 16 || binary.LittleEndian.Uint16(body) != 1 || binary.LittleEndian.Uint16(body[2:]) != 1 || binary.LittleEndian.Uint16(body[14:]) != 16 {
				return nil, 0, errWAV
			}
			rate = int(binary.LittleEndian.Uint32(body[4:]))
		case "data":
			if rate < Rate || rate > 192_000 {
				return nil, 0, fmt.Errorf("%w: %d Hz", errWAV, rate)
			}
			body = body[:min(size, len(body))]
			samples = make([]int16, len(body)/2)
			for i := range samples {
				samples[i] = int16(binary.LittleEndian.Uint16(body[2*i:])) //nolint:gosec // two's complement is meant
			}
			return samples, rate, nil
		}
		at += 8 + size + size&1
	}
	return nil, 0, errWAV
}

// resample brings samples to Rate by a windowed sinc that cuts off what a
// telephone line does not carry. The two rates have few places where one falls between
// the samples of the other: the filter is worked out once for each of them.
func resample(in []int16, rate int) []int16 {
	if rate == Rate || len(in) == 0 {
		return in
	}
	filters := make([][]float64, Rate/gcd(rate, Rate))
	out := make([]int16, len(in)*Rate/rate)
	for i := range out {
		whole, rest := i*rate/Rate, i*rate%Rate
		place := rest * len(filters) / Rate
		if filters[place] == nil {
			filters[place] = lowPass(rate, float64(rest)/Rate)
		}
		filter := filters[place]
		first := whole - len(filter)/2
		var sum, weights float64
		for j := max(0, -first); j < min(len(filter), len(in)-first); j++ {
			sum += filter[j] * float64(in[first+j])
			weights += filter[j]
		}
		if weights != 0 {
			out[i] = int16(max(-32768, min(32767, math.Round(sum/weights))))
		}
	}
	return out
}

// lowPass is the filter whose centre is at so much of a sample after its middle.
func lowPass(rate int, at float64) []float64 {
	const lobes = 16                   // zero crossings on each side
	cut := 0.45 * Rate / float64(rate) // of the input's rate
	half := int(lobes / (2 * cut))
	filter := make([]float64, 2*half+1)
	for j := range filter {
		x := float64(j-half) - at
		filter[j] = 2 * cut * sinc(2*cut*x) * (0.5 + 0.5*math.Cos(math.Pi*x/float64(half+1)))
	}
	return filter
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}
