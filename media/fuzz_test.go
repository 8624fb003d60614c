package media

import (
	"net/netip"
	"testing"
	"time"
)

func FuzzParseTrunkSDP(f *testing.F) {
	f.Add([]byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=inactive\r\n"))
	f.Add([]byte("v=0\r\no=- 1 1 IN IP6 ::1\r\ns=-\r\nt=0 0\r\nm=video 1 RTP/AVP 31\r\nm=audio 9 RTP/AVP 0\r\nc=IN IP6 ::1/127\r\n"))
	f.Add([]byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=image 9 udptl t38\r\na=x\r\nm=audio 4000 RTP/AVP 8\r\n"))
	f.Add([]byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/SAVP 8\r\n" +
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := parseTrunkSDP(text)
		if err != nil {
			return
		}
		var ours *cryptoLine
		if s.crypto != nil {
			line := newCryptoLine(s.crypto.tag, s.crypto.suite)
			ours = &line
		}
		answer := trunkAnswer(s, netip.MustParseAddrPort("127.0.0.1:4000"), 1, ours)
		got, err := parseTrunkSDP(answer)
		if err != nil || got.codec != s.codec || (got.crypto == nil) != (s.crypto == nil) || len(got.medias) != len(s.medias) {
			t.Fatalf("our own answer: %v\n%s", err, answer)
		}
	})
}

func FuzzRTP(f *testing.F) {
	f.Add([]byte{0x80, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xd5})
	f.Add([]byte{0xb0, 101, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parseRTP(b)
		if err != nil {
			return
		}
		if len(p.payload) > len(b)-rtpHeaderSize {
			t.Fatal("a payload longer than its packet")
		}
		var d dtmfReceiver
		first, second := d.receive(p, time.Now()), d.receive(p, time.Now())
		if second != "" {
			t.Fatalf("one packet pressed %q and %q", first, second)
		}
	})
}

func FuzzRTCP(f *testing.F) {
	b := reportBlock{about: 7, fraction: 3, lost: -2, highest: 1 << 17, jitter: 9, lastSR: 5, delay: 6}
	f.Add(appendReport(nil, 1, &senderInfo{at: time.Unix(1e9, 5), stamp: 8}, &b))
	f.Add(appendReport(nil, 1, nil, nil))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := parseRTCP(text, 7)
		if err != nil || !h.about {
			return
		}
		again, err := parseRTCP(appendReport(nil, 1, nil, &h.block), 7)
		if err != nil || again.block != h.block {
			t.Fatalf("%+v became %+v: %v", h.block, again.block, err)
		}
	})
}

func FuzzBrowserOffer(f *testing.F) {
	f.Add("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 " +
		"AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA" +
		"\r\na=ice-ufrag:user\r\na=ice-pwd:passwordpasswordpassword\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 8\r\na=mid:0\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		offer, err := parseBrowserOffer(text)
		if err != nil {
			return
		}
		answer := browserAnswer{offer: offer, ufrag: "u", password: "p", fingerprint: offer.fingerprint}.String()
		if d, err := unmarshalSDP([]byte(answer)); err != nil || len(d.MediaDescriptions) != 1 {
			t.Fatalf("our own answer: %v\n%s", err, answer)
		}
	})
}
