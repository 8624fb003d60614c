package media

// G.722 (ITU-T G.722, 09/2012, mode 1: 64 kbit/s), as far as we need it: its lower
// sub-band, which is the sound below 4 kHz at 8,000 samples a second. Six bits of each
// octet are an ADPCM code of it; the upper two are for 4 to 7 kHz.
//
// Two parties who both have G.722 get each other's octets as they are, wideband. For all
// else, recordings, mixes, prompts and parties without it, the lower sub-band is decoded
// to A-law or made from it: no filters, a few µs a packet, and its RTP clock and payload
// size are those of G.711 (RFC 3551 section 4.5.2). Names of blocks and tables are the
// recommendation's.

const payloadG722 = 9

var (
	qm4 = [16]int32{0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0}
	qm6 = [64]int32{
		-136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
		-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
		24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
		4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
	}
	q6 = [30]int32{
		0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339, 1458,
		1612, 1765, 1980, 2195, 2557, 2919,
	}
	// wl by rl4, the code without its lowest bits and sign.
	wl  = [8]int32{-60, -30, 58, 172, 334, 538, 1198, 3042}
	rl4 = [16]uint8{0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0}
	ilb = [32]int32{
		2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
		2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
	}
)

// lowBand is the adaptive predictor and quantiser of the lower sub-band, the same at both
// ends: it follows what was said from the codes alone.
type lowBand struct {
	nb, det   int32    // logarithmic and linear scale
	s, sp, sz int32    // predicted, by its poles and its zeros
	r, p      [3]int32 // reconstructed, and partly; the newest first
	a         [3]int32 // poles, from 1
	d, b      [7]int32 // differences, the newest first; zeros, from 1
}

func newLowBand() lowBand { return lowBand{det: 32} }

func saturate(v int32) int32 { return min(max(v, -1<<15), 1<<15-1) }

// sameSign says whether two values have one sign, 0 being positive.
func sameSign(x, y int32) bool { return x^y >= 0 }

// follow takes the code of a sample into the predictor.
func (l *lowBand) follow(code uint8) {
	code = code >> 2 & 0x0f
	d := l.det * qm4[code] >> 15 // INVQAL
	// LOGSCL, SCALEL
	l.nb = min(max(l.nb*127>>7+wl[rl4[code]], 0), 18432)
	scale := ilb[l.nb>>6&31]
	if shift := 8 - l.nb>>11; shift < 0 {
		l.det = scale << -shift << 2
	} else {
		l.det = scale >> shift << 2
	}
	l.d[0] = d
	l.r[0] = saturate(l.s + d)  // RECONS
	l.p[0] = saturate(l.sz + d) // PARREC
	l.adaptPoles()
	l.adaptZeros()
	copy(l.r[1:], l.r[:2])
	copy(l.p[1:], l.p[:2])
	l.predict()
}

// adaptPoles: UPPOL2, UPPOL1.
func (l *lowBand) adaptPoles() {
	step := saturate(l.a[1] << 2)
	if sameSign(l.p[0], l.p[1]) {
		step = min(-step, 1<<15-1)
	}
	second := step>>7 - 128
	if sameSign(l.p[0], l.p[2]) {
		second = step>>7 + 128
	}
	second = min(max(second+l.a[2]*32512>>15, -12288), 12288)
	first := int32(-192)
	if sameSign(l.p[0], l.p[1]) {
		first = 192
	}
	limit := saturate(15360 - second)
	l.a[1] = min(max(saturate(first+l.a[1]*32640>>15), -limit), limit)
	l.a[2] = second
}

// adaptZeros: UPZERO, and the delay of what it was made from.
func (l *lowBand) adaptZeros() {
	step := int32(128)
	if l.d[0] == 0 {
		step = 0
	}
	for i := 6; i >= 1; i-- {
		by := -step
		if sameSign(l.d[i], l.d[0]) {
			by = step
		}
		l.b[i] = saturate(by + l.b[i]*32640>>15)
	}
	copy(l.d[1:], l.d[:6])
}

// predict: FILTEP, FILTEZ, PREDIC. r and d have their newest at 1 now.
func (l *lowBand) predict() {
	l.sp = saturate(l.a[1]*saturate(2*l.r[1])>>15 + l.a[2]*saturate(2*l.r[2])>>15)
	l.sz = 0
	for i := 6; i >= 1; i-- {
		l.sz += l.b[i] * saturate(2*l.d[i]) >> 15
	}
	l.sz = saturate(l.sz)
	l.s = saturate(l.sp + l.sz)
}

// decode gives the 16-bit sample of an octet.
func (l *lowBand) decode(octet byte) int16 {
	code := octet & 0x3f
	r := min(max(l.s+l.det*qm6[code]>>15, -1<<14), 1<<14-1) // INVQBL, RECONS, LIMIT
	l.follow(code)
	return int16(r << 1) //nolint:gosec // within 16 bits
}

// silentHigh are the upper bits of an octet without sound above 4 kHz.
const silentHigh = 3 << 6

// encode gives the octet of a 16-bit sample; above 4 kHz it has nothing.
func (l *lowBand) encode(sample int16) byte {
	e := saturate(int32(sample)>>1 - l.s) // SUBTRA
	size := e
	if e < 0 {
		size = -(e + 1)
	}
	i := 1 // QUANTL
	for i < len(q6) && size >= q6[i]*l.det>>12 {
		i++
	}
	code := 62 - i
	switch {
	case e < 0 && i < 3:
		code = 64 - i
	case e < 0:
		code = 34 - i
	}
	l.follow(uint8(code))
	return silentHigh | byte(code)
}

// narrower makes A-law of what a party says in G.722.
type narrower struct {
	band  lowBand
	sound [maxPacket]byte
}

// narrow gives a packet of G.722 its A-law beside what it came as.
func (n *narrower) narrow(p packet) packet {
	p.wide = p.payload
	p.payload = n.sound[:len(p.wide)]
	for i, octet := range p.wide {
		p.payload[i] = linearToALaw[int32(n.band.decode(octet))>>4+1<<11]
	}
	return p
}

// widen makes G.722 of A-law, in place.
func (l *lowBand) widen(payload []byte) {
	for i, code := range payload {
		payload[i] = l.encode(aLawToLinear[code])
	}
}
