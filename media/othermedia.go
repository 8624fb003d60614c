package media

import (
	"bytes"
	"slices"
	"strings"

	"github.com/pion/sdp/v3"
)

// knownKinds are the media that pion's parser takes; T.38's image (RFC 3362) and what
// comes after are media all the same (RFC 8866 section 5.14), to be refused one by one.
var knownKinds = []string{"audio", "video", "text", "application", "message"}

// setAside puts a stand-in for each stream of another kind, so that the rest can be
// parsed; named gives the streams of all kinds their own names back.
func setAside(text []byte) (standIn []byte, named func(*sdp.SessionDescription)) {
	untouched := func(*sdp.SessionDescription) {}
	if bytes.Count(text, []byte("\r")) != bytes.Count(text, []byte("\r\n")) {
		return text, untouched // pion ends a line there, we do not
	}
	others := map[int]sdp.MediaName{} // by place among the streams
	lines := bytes.SplitAfter(text, []byte("\n"))
	streams := 0
	for i, line := range lines {
		rest, ok := bytes.CutPrefix(line, []byte("m="))
		if !ok {
			continue
		}
		f := strings.Fields(string(rest))
		if len(f) >= 4 && !slices.Contains(knownKinds, f[0]) {
			others[streams] = sdp.MediaName{Media: f[0], Protos: []string{f[2]}, Formats: f[3:]}
			lines[i] = []byte("m=application 0 RTP/AVP 0\r\n")
		}
		streams++
	}
	if len(others) == 0 {
		return text, untouched
	}
	return bytes.Join(lines, nil), func(d *sdp.SessionDescription) {
		for i, name := range others {
			d.MediaDescriptions[i].MediaName = name
		}
	}
}
