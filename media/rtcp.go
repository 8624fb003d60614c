package media

import (
	"encoding/binary"
	"errors"
	"time"
)

// RTCP packet types that we read or write (RFC 3550 section 12.1).
const (
	rtcpSR   = 200
	rtcpRR   = 201
	rtcpSDES = 202

	rtcpHeaderSize  = 4
	reportBlockSize = 24
	senderInfoSize  = 20
)

// isRTCP tells RTCP from RTP where both come to one port (RFC 5761 section 4).
func isRTCP(b []byte) bool { return len(b) > 1 && b[0]>>6 == 2 && b[1] >= 192 && b[1] <= 223 }

// senderInfo is what a sender tells of its stream (RFC 3550 section 6.4.1).
type senderInfo struct {
	at      time.Time
	stamp   uint32 // RTP time of that moment
	packets uint32
	octets  uint32 // of payload
}

// reportBlock is what a receiver tells of a stream (RFC 3550 section 6.4.1).
type reportBlock struct {
	about    uint32 // SSRC
	fraction uint8  // lost since the last report, of 256
	lost     int32  // since the beginning; 24 bits
	highest  uint32 // sequence number with its cycles
	jitter   uint32 // RTP time
	lastSR   uint32 // the middle of the NTP time of the last sender report, 0: none
	delay    uint32 // since then, in 1/65536 s
}

// heardReport is what is of use to us in a compound packet.
type heardReport struct {
	sender bool
	sentAt uint32 // the middle of its NTP time
	about  bool
	block  reportBlock // if about
}

var errRTCP = errors.New("media: not an RTCP packet")

// parseRTCP reads a compound packet, and of its report blocks the one about our stream.
func parseRTCP(b []byte, stream uint32) (heardReport, error) {
	var h heardReport
	for len(b) > 0 {
		if len(b) < rtcpHeaderSize || b[0]>>6 != 2 {
			return heardReport{}, errRTCP
		}
		size := rtcpHeaderSize + 4*int(binary.BigEndian.Uint16(b[2:]))
		if size > len(b) {
			return heardReport{}, errRTCP
		}
		body := b[rtcpHeaderSize:size]
		switch b[1] {
		case rtcpSR:
			if len(body) < 4+senderInfoSize {
				return heardReport{}, errRTCP
			}
			h.sender, h.sentAt = true, binary.BigEndian.Uint32(body[6:])
			h.blocks(body[4+senderInfoSize:], int(b[0]&0x1f), stream)
		case rtcpRR:
			if len(body) < 4 {
				return heardReport{}, errRTCP
			}
			h.blocks(body[4:], int(b[0]&0x1f), stream)
		}
		b = b[size:]
	}
	return h, nil
}

func (h *heardReport) blocks(b []byte, count int, stream uint32) {
	for ; count > 0 && len(b) >= reportBlockSize; count, b = count-1, b[reportBlockSize:] {
		if binary.BigEndian.Uint32(b) != stream {
			continue
		}
		h.about = true
		h.block = reportBlock{
			about: stream, fraction: b[4], lost: int32(binary.BigEndian.Uint32(b[4:])<<8) >> 8, //nolint:gosec // 24 bits with a sign
			highest: binary.BigEndian.Uint32(b[8:]), jitter: binary.BigEndian.Uint32(b[12:]),
			lastSR: binary.BigEndian.Uint32(b[16:]), delay: binary.BigEndian.Uint32(b[20:]),
		}
	}
}

// canonicalName names our end in SDES, and in SDP.
const canonicalName = "hotline"

// appendReport adds a sender report, without info a receiver report, about block if
// there is one, and SDES, which has to follow (RFC 3550 section 6.1).
func appendReport(out []byte, from uint32, info *senderInfo, block *reportBlock) []byte {
	kind, words := byte(rtcpRR), 1
	count := byte(0)
	if info != nil {
		kind, words = rtcpSR, words+senderInfoSize/4
	}
	if block != nil {
		count, words = 1, words+reportBlockSize/4
	}
	out = append(out, 0x80|count, kind, 0, byte(words))
	out = binary.BigEndian.AppendUint32(out, from)
	if info != nil {
		out = binary.BigEndian.AppendUint64(out, ntpTime(info.at))
		out = binary.BigEndian.AppendUint32(out, info.stamp)
		out = binary.BigEndian.AppendUint32(out, info.packets)
		out = binary.BigEndian.AppendUint32(out, info.octets)
	}
	if block != nil {
		out = binary.BigEndian.AppendUint32(out, block.about)
		out = binary.BigEndian.AppendUint32(out, uint32(block.fraction)<<24|uint32(block.lost)&0xffffff) //nolint:gosec // 24 bits with a sign
		out = binary.BigEndian.AppendUint32(out, block.highest)
		out = binary.BigEndian.AppendUint32(out, block.jitter)
		out = binary.BigEndian.AppendUint32(out, block.lastSR)
		out = binary.BigEndian.AppendUint32(out, block.delay)
	}
	const item = 1 // CNAME
	out = append(out, 0x81, rtcpSDES, 0, byte(1+(2+len(canonicalName)+4)/4))
	out = binary.BigEndian.AppendUint32(out, from)
	out = append(out, item, byte(len(canonicalName)))
	out = append(out, canonicalName...)
	out = append(out, 0)
	for len(out)%4 != 0 {
		out = append(out, 0)
	}
	return out
}

// ntpTime is seconds since 1900 in 32.32 bits.
func ntpTime(at time.Time) uint64 {
	const from1900 = 2_208_988_800
	seconds := uint64(at.Unix() + from1900)                              //nolint:gosec // after 1900
	return seconds<<32 | uint64(at.Nanosecond())<<32/uint64(time.Second) //nolint:gosec // below a second
}

// ntpMiddle is the middle of the NTP time, in 1/65536 s.
func ntpMiddle(at time.Time) uint32 { return uint32(ntpTime(at) >> 16) } //nolint:gosec // the middle
