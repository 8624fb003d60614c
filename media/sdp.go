package media

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// maxSDP bounds a session description, in bytes.
const maxSDP = 16 << 10

var (
	errNoAudio = errors.New("media: the SDP has no audio that we can use (PCMA or PCMU; G722 if it is on)")
	errSDPSize = fmt.Errorf("media: the SDP is longer than %d bytes", maxSDP)
)

// session is what we need of the other side's SDP.
type session struct {
	remote    netip.AddrPort
	codec     uint8 // payloadPCMA, payloadPCMU, or payloadG722
	wide      bool  // it has G.722
	eventType uint8 // payload type of telephone-event, 0: none
	direction string
	mux       bool                    // reports go with the sound (RFC 5761)
	control   netip.AddrPort          // of reports, if the SDP says (RFC 3605)
	crypto    *cryptoLine             // nil: in the clear
	medias    []*sdp.MediaDescription // all, for the answer
	audio     int                     // index of the one we use
}

// held says that the far end does not listen (RFC 3264 section 8.4).
func (s session) held() bool {
	return s.direction == "sendonly" || s.direction == "inactive" || s.remote.Addr().IsUnspecified()
}

func unmarshalSDP(text []byte) (*sdp.SessionDescription, error) {
	if len(text) > maxSDP {
		return nil, errSDPSize
	}
	var d sdp.SessionDescription
	text, named := setAside(text)
	if err := d.Unmarshal(text); err != nil {
		return nil, fmt.Errorf("media: SDP: %w", err)
	}
	named(&d)
	return &d, nil
}

// parseTrunkSDP reads an offer or answer of a SIP trunk.
func parseTrunkSDP(text []byte) (session, error) {
	d, err := unmarshalSDP(text)
	if err != nil {
		return session{}, err
	}
	s := session{medias: d.MediaDescriptions, audio: -1}
	fault := s.choose()
	if s.audio < 0 {
		return session{}, fault
	}
	m := d.MediaDescriptions[s.audio]
	s.direction = directionOf(d, m)
	if s.remote, err = remoteOf(d, m); err != nil {
		return session{}, err
	}
	_, s.mux = m.Attribute("rtcp-mux")
	s.control = controlOf(m, s.remote)
	return s, nil
}

// The two kinds of streams (RFC 3551, RFC 3711).
const (
	protoClear  = "RTP/AVP"
	protoSealed = "RTP/SAVP"
)

// choose takes the first audio that we can use, an encrypted one before one in the clear.
// The error says why there is none.
func (s *session) choose() error {
	fault := errNoAudio
	for i, m := range s.medias {
		codec, wide, ok := trunkCodecs(m)
		if m.MediaName.Media != "audio" || m.MediaName.Port.Value == 0 || !ok {
			continue
		}
		var crypto *cryptoLine
		switch strings.Join(m.MediaName.Protos, "/") {
		case protoClear:
		case protoSealed:
			if crypto = bestCrypto(m); crypto == nil {
				fault = errNoCrypto
				continue
			}
		default:
			continue
		}
		if s.audio < 0 || crypto != nil {
			s.audio, s.codec, s.wide, s.eventType, s.crypto = i, codec, wide, eventsOf(m), crypto
		}
		if crypto != nil {
			break
		}
	}
	return fault
}

// trunkCodecs prefers A-law, the trunk networks' own; whether it is G.722 instead is not
// theirs to say.
func trunkCodecs(m *sdp.MediaDescription) (codec uint8, wide, ok bool) {
	a, mu := false, false
	for _, format := range m.MediaName.Formats {
		switch format {
		case "8":
			a = true
		case "0":
			mu = true
		case "9":
			wide = true
		}
	}
	switch {
	case a:
		codec = payloadPCMA
	case mu:
		codec = payloadPCMU
	case wide:
		codec = payloadG722
	default:
		return 0, false, false
	}
	return codec, wide, true
}

// eventsOf finds the payload type of telephone-event/8000.
func eventsOf(m *sdp.MediaDescription) uint8 {
	for _, a := range m.Attributes {
		if a.Key != "rtpmap" {
			continue
		}
		number, name, _ := strings.Cut(a.Value, " ")
		if n, err := strconv.ParseUint(number, 10, 7); err == nil && strings.EqualFold(strings.TrimSpace(name), "telephone-event/8000") {
			return uint8(n)
		}
	}
	return 0
}

func directionOf(d *sdp.SessionDescription, m *sdp.MediaDescription) string {
	for _, attributes := range [][]sdp.Attribute{m.Attributes, d.Attributes} {
		for _, a := range attributes {
			switch a.Key {
			case "sendrecv", "sendonly", "recvonly", "inactive":
				return a.Key
			}
		}
	}
	return "sendrecv"
}

// broadcast reaches everybody on the wire: a call's sound must not.
var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

func remoteOf(d *sdp.SessionDescription, m *sdp.MediaDescription) (netip.AddrPort, error) {
	c := m.ConnectionInformation
	if c == nil {
		c = d.ConnectionInformation
	}
	if c == nil || c.Address == nil {
		return netip.AddrPort{}, errors.New("media: the SDP has no c= line")
	}
	host, _, _ := strings.Cut(c.Address.Address, "/")
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("media: the SDP's c= line: %w", err)
	}
	if addr = addr.Unmap(); addr.IsMulticast() || addr == broadcast {
		return netip.AddrPort{}, fmt.Errorf("media: the SDP's c= line: %s is not one party's address", addr)
	}
	port := m.MediaName.Port.Value
	if port < 1 || port > 65535 {
		return netip.AddrPort{}, fmt.Errorf("media: the SDP's port %d", port)
	}
	return netip.AddrPortFrom(addr, uint16(port)), nil
}

// controlOf reads where reports go; not valid: not said. An address other than that of the
// sound is not believed: reports would be sent to somebody who did not ask for them.
func controlOf(m *sdp.MediaDescription, sound netip.AddrPort) netip.AddrPort {
	value, _ := m.Attribute("rtcp")
	number, _, _ := strings.Cut(value, " ")
	port, err := strconv.ParseUint(number, 10, 16)
	if err != nil || port == 0 {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(sound.Addr(), uint16(port))
}

// answerDirection mirrors an offer's direction (RFC 3264 section 6.1).
func answerDirection(offered string) string {
	switch offered {
	case "sendonly":
		return "recvonly"
	case "recvonly":
		return "sendonly"
	case "inactive":
		return "inactive"
	}
	return "sendrecv"
}

// trunkAnswer answers an offer: our audio, with our key if it has one, and every other
// stream refused.
func trunkAnswer(s session, local netip.AddrPort, version uint64, ours *cryptoLine) []byte {
	var b strings.Builder
	writeSession(&b, local, version)
	for i, m := range s.medias {
		if i != s.audio {
			fmt.Fprintf(&b, "m=%s 0 %s %s\r\n", m.MediaName.Media, strings.Join(m.MediaName.Protos, "/"), strings.Join(m.MediaName.Formats, " "))
			continue
		}
		var keys []cryptoLine
		if ours != nil {
			keys = []cryptoLine{*ours}
		}
		writeAudio(&b, local.Port(), []uint8{s.codec}, s.eventType, answerDirection(s.direction), keys)
		if s.mux {
			b.WriteString("a=rtcp-mux\r\n")
		}
	}
	return []byte(b.String())
}

// trunkOffer offers both laws, A-law first, after G.722 if that is wanted; with keys
// encrypted alone.
func trunkOffer(local netip.AddrPort, version uint64, wideband bool, keys []cryptoLine) []byte {
	var b strings.Builder
	writeSession(&b, local, version)
	codecs := []uint8{payloadG722, payloadPCMA, payloadPCMU}
	if !wideband {
		codecs = codecs[1:]
	}
	writeAudio(&b, local.Port(), codecs, defaultEvents, "sendrecv", keys)
	return []byte(b.String())
}

// defaultEvents is our payload type of telephone-event in offers.
const defaultEvents = 101

func writeSession(b *strings.Builder, local netip.AddrPort, version uint64) {
	family := "IP4"
	if local.Addr().Is6() {
		family = "IP6"
	}
	fmt.Fprintf(b, "v=0\r\no=hotline %d %d IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n",
		local.Port(), version, family, local.Addr(), family, local.Addr())
}

func writeAudio(b *strings.Builder, port uint16, codecs []uint8, events uint8, direction string, keys []cryptoLine) {
	proto := protoClear
	if len(keys) > 0 {
		proto = protoSealed
	}
	fmt.Fprintf(b, "m=audio %d %s", port, proto)
	for _, c := range codecs {
		fmt.Fprintf(b, " %d", c)
	}
	if events != 0 {
		fmt.Fprintf(b, " %d", events)
	}
	b.WriteString("\r\n")
	for _, c := range codecs {
		fmt.Fprintf(b, "a=rtpmap:%d %s/8000\r\n", c, codecName(c))
	}
	if events != 0 {
		fmt.Fprintf(b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", events, events)
	}
	for _, key := range keys {
		b.WriteString(key.String())
	}
	fmt.Fprintf(b, "a=ptime:20\r\na=%s\r\n", direction)
}

func codecName(payloadType uint8) string {
	switch payloadType {
	case payloadPCMU:
		return "PCMU"
	case payloadG722:
		return "G722"
	}
	return "PCMA"
}
