package media

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

const offerHead = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"

// Fax by T.38: alone it is refused whole (RFC 3264 section 6, the trunk answers 488),
// beside sound with port 0.
func TestFaxIsRefused(t *testing.T) {
	const fax = "m=image 4002 udptl t38\r\na=T38FaxVersion:0\r\n"
	if s, err := parseTrunkSDP([]byte(offerHead + fax)); err == nil {
		t.Errorf("taken as %+v", s)
	}
	for _, offer := range []string{"m=audio 4000 RTP/AVP 8\r\n" + fax, fax + "m=audio 4000 RTP/AVP 8\r\n"} {
		s, err := parseTrunkSDP([]byte(offerHead + offer))
		if err != nil {
			t.Fatal(err)
		}
		var streams []string
		for line := range strings.Lines(string(trunkAnswer(s, netip.MustParseAddrPort("192.0.2.1:6000"), 1, nil))) {
			if strings.HasPrefix(line, "m=") {
				streams = append(streams, strings.TrimSpace(line))
			}
		}
		want := []string{"m=audio 6000 RTP/AVP 8", "m=image 0 udptl t38"}
		if strings.HasPrefix(offer, "m=image") {
			slices.Reverse(want)
		}
		if !slices.Equal(streams, want) {
			t.Errorf("answered %q, want %q", streams, want)
		}
	}
}

// Comfort noise (RFC 3389) may be offered; it is not agreed to, and does no harm when it
// comes all the same: it is a sign of life and no sound.
func TestComfortNoiseIsBorne(t *testing.T) {
	s, err := parseTrunkSDP([]byte(offerHead + "m=audio 4000 RTP/AVP 13 8 101\r\na=rtpmap:13 CN/8000\r\na=rtpmap:101 telephone-event/8000\r\n"))
	if err != nil || s.codec != payloadPCMA || s.eventType != 101 {
		t.Fatalf("%+v, %v", s, err)
	}
	if answer := string(trunkAnswer(s, netip.MustParseAddrPort("192.0.2.1:6000"), 1, nil)); !strings.Contains(answer, "m=audio 6000 RTP/AVP 8 101\r\n") || strings.Contains(answer, "CN") {
		t.Errorf("answered %s", answer)
	}
}
