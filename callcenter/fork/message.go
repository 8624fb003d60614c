package fork

import (
	"encoding/binary"
	"time"

	"hotline12345/callcenter"
	"hotline12345/media"
)

// Protocol is the WebSocket subprotocol.
const Protocol = "hotline.fork.v1"

const (
	version    = 1
	headerSize = 12
	sampleRate = 8000
)

// Encoding is how samples are sent.
type Encoding string

const (
	Linear16 Encoding = "linear16" // 16 bits, little endian
	PCMA     Encoding = "pcma"     // G.711 A-law
)

// The text messages; the package comment explains them.
type (
	startMessage struct {
		Type       string             `json:"type"`
		Version    int                `json:"version"`
		Call       callcenter.CallID  `json:"call"`
		Kind       callcenter.Kind    `json:"kind"`
		Queue      callcenter.QueueID `json:"queue"`
		Language   string             `json:"language"`
		Encoding   Encoding           `json:"encoding"`
		Rate       int                `json:"rate"`
		Connection int                `json:"connection"`
	}
	segmentMessage struct {
		Type    string                 `json:"type"`
		Segment int                    `json:"segment"`
		Kind    callcenter.SegmentKind `json:"kind"`
		At      time.Time              `json:"at"`
		Agent   callcenter.AgentID     `json:"agent,omitempty"`
		Left    callcenter.LegRole     `json:"left"`
		Right   []callcenter.LegRole   `json:"right"`
		Paused  bool                   `json:"paused"`
	}
	pauseMessage struct {
		Type    string `json:"type"`
		Segment int    `json:"segment"`
		Paused  bool   `json:"paused"`
	}
	droppedMessage struct {
		Type    string `json:"type"`
		MS      int    `json:"ms"` // since it was told last
		TotalMS int    `json:"totalMs"`
	}
	segmentEndMessage struct {
		Type    string `json:"type"`
		Segment int    `json:"segment"`
	}
	stopMessage struct {
		Type   string `json:"type"`
		Reason string `json:"reason"`
	}
)

// stretch is stereo A-law of at most stretchBytes.
type stretch struct {
	segment  int
	sample   int
	sequence uint32 // of its left track; the right one has the next
	stereo   []byte
}

// stretchBytes are 100 ms.
const stretchBytes = 2 * sampleRate / 10

// millis is how long so many bytes of stereo are.
func millis(bytes int) int { return bytes / (2 * sampleRate / 1000) }

// appendTrack appends the binary message of a track: 0 left, 1 right.
func (s stretch) appendTrack(b []byte, track int, e Encoding) []byte {
	b = append(b, version, byte(track))                            //nolint:gosec // 0 or 1
	b = binary.BigEndian.AppendUint16(b, uint16(s.segment))        //nolint:gosec // a call has few
	b = binary.BigEndian.AppendUint32(b, s.sequence+uint32(track)) //nolint:gosec // 0 or 1
	b = binary.BigEndian.AppendUint32(b, uint32(s.sample))         //nolint:gosec // a call's length
	for i := track; i < len(s.stereo); i += 2 {
		if e == PCMA {
			b = append(b, s.stereo[i])
			continue
		}
		b = binary.LittleEndian.AppendUint16(b, uint16(media.ExpandALaw(s.stereo[i]))) //nolint:gosec // two's complement is meant
	}
	return b
}
