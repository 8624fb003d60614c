package media

// G.711 (ITU-T G.711, 11/1988). Everything inside this package is A-law; a leg
// whose trunk chose mu-law is converted at its edge by table.

const (
	silenceALaw = 0xd5 // the code of zero
	payloadPCMU = 0
	payloadPCMA = 8
)

var (
	aLawToLinear [256]int16
	muToA        [256]byte
	aToMu        [256]byte
)

func init() {
	for i := range 256 {
		aLawToLinear[i] = expandALaw(byte(i))
	}
	for i := range 256 {
		muToA[i] = CompressALaw(expandMuLaw(byte(i)))
		aToMu[i] = compressMuLaw(aLawToLinear[i])
	}
}

func expandALaw(code byte) int16 {
	code ^= 0x55
	value := int16(code&0x0f)<<4 + 8
	if segment := code >> 4 & 7; segment > 0 {
		value = (value + 0x100) << (segment - 1)
	}
	if code&0x80 == 0 {
		return -value
	}
	return value
}

// ExpandALaw gives the 16-bit linear value of an A-law code.
func ExpandALaw(code byte) int16 { return aLawToLinear[code] }

// CompressALaw gives the A-law code of a 16-bit linear value.
func CompressALaw(linear int16) byte {
	sign, magnitude := byte(0x80), int(linear)
	if magnitude < 0 {
		sign, magnitude = 0, -magnitude-1
	}
	magnitude >>= 4
	var code byte
	if magnitude < 16 {
		code = byte(magnitude) //nolint:gosec // below 16
	} else {
		segment := byte(1)
		for magnitude >= 32 {
			magnitude >>= 1
			segment++
		}
		code = segment<<4 | byte(magnitude&0x0f)
	}
	return (code | sign) ^ 0x55
}

const muBias = 0x84

func expandMuLaw(code byte) int16 {
	code = ^code
	value := (int16(code&0x0f)<<3+muBias)<<(code>>4&7) - muBias
	if code&0x80 != 0 {
		return -value
	}
	return value
}

func compressMuLaw(linear int16) byte {
	sign, magnitude := byte(0), int(linear)
	if magnitude < 0 {
		sign, magnitude = 0x80, -magnitude
	}
	magnitude = min(magnitude, 32635) + muBias
	segment := byte(7)
	for mask := 0x4000; magnitude&mask == 0 && segment > 0; mask >>= 1 {
		segment--
	}
	return ^(sign | segment<<4 | byte(magnitude>>(segment+3)&0x0f))
}

func convert(payload []byte, table *[256]byte) {
	for i, code := range payload {
		payload[i] = table[code]
	}
}
