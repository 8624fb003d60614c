package media

import "testing"

// TestALawRoundTrip: every code survives, and values are within half a step.
func TestALawRoundTrip(t *testing.T) {
	for i := range 256 {
		if got := CompressALaw(ExpandALaw(byte(i))); got != byte(i) {
			t.Fatalf("code %#x came back as %#x", i, got)
		}
	}
	for v := -32768; v <= 32767; v++ {
		got := int(ExpandALaw(CompressALaw(int16(v))))
		step := max(16, abs(v)/16)
		if abs(got-v) > step {
			t.Fatalf("%d became %d", v, got)
		}
	}
	if ExpandALaw(silenceALaw) != 8 {
		t.Fatalf("silence is %d", ExpandALaw(silenceALaw))
	}
}

func TestMuLaw(t *testing.T) {
	for i := range 256 {
		code := byte(i)
		if code == 0x7f {
			continue // minus zero
		}
		if got := compressMuLaw(expandMuLaw(code)); got != code {
			t.Fatalf("code %#x came back as %#x", code, got)
		}
	}
	// ITU-T G.711 table 2a/2b: the largest values and zero.
	for code, want := range map[byte]int16{0x80: 32124, 0x00: -32124, 0xff: 0} {
		if got := expandMuLaw(code); got != want {
			t.Errorf("mu-law %#x is %d, want %d", code, got, want)
		}
	}
	for code, want := range map[byte]int16{0xaa: 32256, 0x2a: -32256, 0xd5: 8, 0x55: -8} {
		if got := ExpandALaw(code); got != want {
			t.Errorf("A-law %#x is %d, want %d", code, got, want)
		}
	}
}

func abs(v int) int {
	if v < 0 {
		return -v
	}
	return v
}
