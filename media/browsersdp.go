package media

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/pion/sdp/v3"
)

// browserOffer is what we need of a page's offer (RFC 8829).
type browserOffer struct {
	mid, ufrag, password string
	fingerprint          string // sha-256, upper case with colons
	events               uint8  // payload type of telephone-event, 0: none
	wide                 bool   // it has G.722
	refused              []*sdp.MediaDescription
	index                int // of the audio among the media
}

func parseBrowserOffer(text string) (browserOffer, error) {
	d, err := unmarshalSDP([]byte(text))
	if err != nil {
		return browserOffer{}, err
	}
	o := browserOffer{index: -1}
	for i, m := range d.MediaDescriptions {
		if o.index < 0 && m.MediaName.Media == "audio" && offersPCMA(m) {
			o.index = i
			o.events, o.wide = eventsOf(m), slices.Contains(m.MediaName.Formats, "9")
			o.mid = attribute(d, m, "mid")
			o.ufrag, o.password = attribute(d, m, "ice-ufrag"), attribute(d, m, "ice-pwd")
			o.fingerprint, err = fingerprintOf(attribute(d, m, "fingerprint"))
			if err != nil {
				return browserOffer{}, err
			}
			continue
		}
		o.refused = append(o.refused, m)
	}
	switch {
	case o.index < 0:
		return browserOffer{}, errNoAudio
	case o.ufrag == "" || o.password == "":
		return browserOffer{}, errors.New("media: the offer has no ICE credentials")
	case len(o.refused) > 0:
		return browserOffer{}, errors.New("media: the offer has more than one stream")
	}
	return o, nil
}

func offersPCMA(m *sdp.MediaDescription) bool {
	return slices.Contains(m.MediaName.Formats, "8")
}

func attribute(d *sdp.SessionDescription, m *sdp.MediaDescription, key string) string {
	if v, ok := m.Attribute(key); ok {
		return v
	}
	v, _ := d.Attribute(key)
	return v
}

func fingerprintOf(value string) (string, error) {
	algorithm, digest, _ := strings.Cut(value, " ")
	if !strings.EqualFold(algorithm, "sha-256") || len(digest) != 95 {
		return "", errors.New("media: the offer has no sha-256 fingerprint")
	}
	return strings.ToUpper(digest), nil
}

// browserAnswer: ICE-lite, passive, A-law and key events, candidates of our one port.
type browserAnswer struct {
	offer           browserOffer
	ufrag, password string
	fingerprint     string
	ssrc            uint32
	candidates      []netip.AddrPort
	wide            bool // G.722 before A-law
}

func (a browserAnswer) String() string {
	var b strings.Builder
	b.WriteString("v=0\r\no=hotline 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-lite\r\n")
	fmt.Fprintf(&b, "a=group:BUNDLE %s\r\na=msid-semantic: WMS hotline\r\n", a.offer.mid)
	b.WriteString("m=audio 9 UDP/TLS/RTP/SAVPF")
	if a.wide {
		b.WriteString(" 9")
	}
	b.WriteString(" 8")
	if a.offer.events != 0 {
		fmt.Fprintf(&b, " %d", a.offer.events)
	}
	b.WriteString("\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n")
	fmt.Fprintf(&b, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", a.ufrag, a.password)
	fmt.Fprintf(&b, "a=fingerprint:sha-256 %s\r\na=setup:passive\r\na=mid:%s\r\na=sendrecv\r\na=rtcp-mux\r\n", a.fingerprint, a.offer.mid)
	if a.wide {
		b.WriteString("a=rtpmap:9 G722/8000\r\n")
	}
	b.WriteString("a=rtpmap:8 PCMA/8000\r\n")
	if a.offer.events != 0 {
		fmt.Fprintf(&b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", a.offer.events, a.offer.events)
	}
	fmt.Fprintf(&b, "a=ptime:20\r\na=msid:hotline audio\r\na=ssrc:%d cname:%s\r\n", a.ssrc, canonicalName)
	for i, c := range a.candidates {
		// RFC 8445 section 5.1.2: type preference 126, then the order given.
		priority := 126<<24 + (65535-i)<<8 + 255
		fmt.Fprintf(&b, "a=candidate:%d 1 udp %d %s %d typ host\r\n", i+1, priority, c.Addr(), c.Port())
	}
	b.WriteString("a=end-of-candidates\r\n")
	return b.String()
}
