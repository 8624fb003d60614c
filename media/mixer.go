package media

// mixer sums what several legs say into one stream, a frame at each tick. The
// tick sets the pace, so that every source is cut into the same frames; a source
// waits in a small buffer for that.
//
// Nothing is decoded while one source alone speaks in a frame.
type mixer struct {
	source    uint64
	inputs    []mixerInput
	sequence  uint16
	timestamp uint32
	sum       [frameSamples]int32
	frame     [frameSamples]byte
}

// mixerRoom bounds what waits of one source: 160 ms.
const mixerRoom = 8 * frameSamples

// mixerInput is the sound of one source that waits for the tick.
type mixerInput struct {
	from  uint64 // the leg's name
	ssrc  uint32
	next  uint16 // number of the packet that is expected
	began bool
	plays bool // it has waited long enough
	last  int  // samples in its last packet
	n     int
	sound [mixerRoom]byte // A-law
}

func newMixer(source uint64, legs []*leg) *mixer {
	m := &mixer{source: source, inputs: make([]mixerInput, len(legs))}
	for i, l := range legs {
		m.inputs[i].from = l.name
	}
	return m
}

// add takes a packet of a source.
func (m *mixer) add(p packet, from uint64) {
	for i := range m.inputs {
		if m.inputs[i].from == from {
			m.inputs[i].add(p)
			return
		}
	}
}

// add appends a packet; one that comes late or twice has lost its place. What is
// lost is made up by the wait that follows.
func (in *mixerInput) add(p packet) {
	if in.began && p.ssrc == in.ssrc {
		if late := int16(p.sequence - in.next); late < 0 && late > -maxDisorder { //nolint:gosec // serial arithmetic (RFC 1982)
			return
		}
	}
	in.began, in.ssrc, in.next = true, p.ssrc, p.sequence+1
	sound := p.payload[max(0, len(p.payload)-mixerRoom/2):]
	in.last = len(sound)
	if limit := min(mixerRoom, in.wanted()+3*frameSamples); in.n+len(sound) > limit {
		in.drop(in.n + len(sound) - in.wanted()) // it runs faster than we do
	}
	in.n += copy(in.sound[in.n:], sound)
}

// wanted is what waits before a source is heard: its packet, and a frame against
// packets that come a little late.
func (in *mixerInput) wanted() int { return in.last + frameSamples }

func (in *mixerInput) drop(samples int) {
	samples = min(samples, in.n)
	in.n = copy(in.sound[:], in.sound[samples:in.n])
}

// frameOf gives the source's next frame; nil: it has nothing to say.
func (in *mixerInput) frameOf() []byte {
	in.plays = in.n >= frameSamples && (in.plays || in.n >= in.wanted())
	if !in.plays {
		return nil
	}
	return in.sound[:frameSamples]
}

// packet gives the next 20 ms.
func (m *mixer) packet() packet {
	speakers := 0
	for i := range m.inputs {
		in := &m.inputs[i]
		sound := in.frameOf()
		if sound == nil {
			continue
		}
		switch speakers++; speakers {
		case 1:
			copy(m.frame[:], sound)
		case 2:
			for j, code := range sound {
				m.sum[j] = int32(aLawToLinear[m.frame[j]]) + int32(aLawToLinear[code])
			}
		default:
			for j, code := range sound {
				m.sum[j] += int32(aLawToLinear[code])
			}
		}
		in.drop(frameSamples)
	}
	switch speakers {
	case 0:
		copy(m.frame[:], silence[0])
	case 1:
	default:
		for j, v := range m.sum {
			m.frame[j] = sumToALaw(v)
		}
	}
	p := packet{sequence: m.sequence, timestamp: m.timestamp, payload: m.frame[:]}
	m.sequence++
	m.timestamp += frameSamples
	return p
}

// linearToALaw is CompressALaw by table: A-law looks at the upper 12 bits only.
var linearToALaw = func() (table [1 << 12]byte) {
	for i := range table {
		table[i] = CompressALaw(int16(i-1<<11) << 4)
	}
	return table
}()

// sumToALaw gives the code of a sum, which may be beyond the largest sample.
func sumToALaw(v int32) byte {
	return linearToALaw[min(max(v, -1<<15), 1<<15-1)>>4+1<<11]
}

// addALaw is the code of two codes' sum. Silence changes nothing: G.711 has no zero, and
// its smallest value would shift the other's last bit.
func addALaw(a, b byte) byte {
	if a == silenceALaw {
		return b
	}
	return sumToALaw(int32(aLawToLinear[a]) + int32(aLawToLinear[b]))
}
