package media

import (
	"encoding/binary"
	"time"
)

const dtmfKeys = "0123456789*#ABCD"

// dtmfReceiver finds key presses in telephone-event packets (RFC 4733). An event
// is known by its RTP timestamp, so that a lost first packet, a missing marker
// and the three repeated ends still make one press. It acts on the first packet
// seen of an event.
type dtmfReceiver struct {
	seen   bool
	sender uint32  // SSRC: another sender counts its time anew
	last   uint32  // timestamp of the newest event
	spent  float64 // presses that count against maxKeyBurst
	at     time.Time
}

// A hand presses less than this; more is a machine that would fill the journal.
const (
	maxKeyRate  = 10 // a second
	maxKeyBurst = 20
)

// receive returns the key, or "" when the packet tells nothing new.
func (d *dtmfReceiver) receive(p packet, now time.Time) string {
	if len(p.payload) < 4 || int(p.payload[0]) >= len(dtmfKeys) {
		return ""
	}
	if d.seen && d.sender == p.ssrc && int32(p.timestamp-d.last) <= 0 { //nolint:gosec // serial arithmetic: the same event, or one from before
		return ""
	}
	d.seen, d.sender, d.last = true, p.ssrc, p.timestamp
	key := dtmfKeys[p.payload[0] : p.payload[0]+1]
	if key[0] >= 'A' {
		return "" // no key on a caller's phone
	}
	d.spent = max(0, d.spent-now.Sub(d.at).Seconds()*maxKeyRate)
	d.at = now
	if d.spent >= maxKeyBurst {
		return ""
	}
	d.spent++
	return key
}

const (
	keyPackets = 5 // 100 ms of tone
	endPackets = 3 // RFC 4733 section 2.5.1.4
	gapPackets = 4
	keyVolume  = 10 // -dBm0
)

// dtmfSender turns keys into packets, one each 20 ms.
type dtmfSender struct {
	keys string
	step int
}

func (d *dtmfSender) active() bool { return d.keys != "" }

// keyPacket is one packet of a key press: the payload of RFC 4733 section 2.3.
type keyPacket struct {
	payload     [4]byte
	first, last bool
}

// next gives the next packet; ok is false in the pause between keys.
func (d *dtmfSender) next() (e keyPacket, ok bool) {
	step := d.step
	d.step++
	if step >= keyPackets+endPackets {
		if step >= keyPackets+endPackets+gapPackets {
			d.keys, d.step = d.keys[1:], 0
		}
		return keyPacket{}, false
	}
	e.first, e.last = step == 0, step == keyPackets+endPackets-1
	e.payload[0], e.payload[1] = eventOf(d.keys[0]), keyVolume
	if step >= keyPackets {
		e.payload[1] |= 0x80 // end
	}
	duration := min(step+1, keyPackets)
	binary.BigEndian.PutUint16(e.payload[2:], uint16(duration*frameSamples)) //nolint:gosec // at most 800
	return e, true
}

func eventOf(key byte) byte {
	for i := range len(dtmfKeys) {
		if dtmfKeys[i] == key {
			return byte(i)
		}
	}
	return 0
}
