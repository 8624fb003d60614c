package media

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/pion/srtp/v3"
)

// keys of the far end, by pion/srtp.
func farKeys(t *testing.T, s suite, fill string) (text string, context *srtp.Context) {
	t.Helper()
	size, salt := s.keySizes()
	key := []byte(strings.Repeat(fill, size+salt))
	context, err := srtp.CreateContext(key[:size], key[size:], s.profile)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(key), context
}

// sealedOffer asks for an encrypted stream, and makes the phone encrypt.
func (p *phone) sealedOffer(s suite, fill string) []byte {
	p.t.Helper()
	key, context := farKeys(p.t, s, fill)
	p.mu.Lock()
	p.seal = context
	p.mu.Unlock()
	offer := strings.Replace(string(p.offer("8")), "RTP/AVP", "RTP/SAVP", 1)
	return fmt.Appendf([]byte(offer), "a=crypto:7 %s inline:%s|2^31\r\n", s.name, key)
}

// unlock takes our key out of an answer.
func (p *phone) unlock(answer []byte) session {
	p.t.Helper()
	session, err := parseTrunkSDP(answer)
	if err != nil || session.crypto == nil {
		p.t.Fatalf("%v\n%s", err, answer)
	}
	context, err := session.crypto.context()
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	p.unseal = context
	p.mu.Unlock()
	p.to = net.UDPAddrFromAddrPort(session.remote)
	return session
}

func TestKeysInTheSDP(t *testing.T) {
	for _, suite := range suites {
		t.Run(suite.name, func(t *testing.T) {
			s, _ := newServer(t, nil)
			a, b := newPhone(t), newPhone(t)
			answer, err := s.OpenTrunkLeg("a", a.sealedOffer(suite, "k"))
			if err != nil {
				t.Fatal(err)
			}
			if got := a.unlock(answer); got.crypto.suite != suite || got.crypto.tag != "7" {
				t.Fatalf("answer %s", answer)
			}
			b.join(s, "b")
			if err := s.Bridge("a", "b"); err != nil {
				t.Fatal(err)
			}
			stop := make(chan struct{})
			var speakers sync.WaitGroup
			speakers.Go(func() { a.speak(440, stop) })
			speakers.Go(func() { b.speak(1000, stop) })
			a.hears(1000)
			b.hears(440)
			close(stop)
			speakers.Wait()
			again, held, err := s.Reoffer("a", append(a.sealedOffer(suite, "n"), "a=sendrecv\r\n"...)) // another key of theirs, ours stays
			if err != nil || held {
				t.Fatal(held, err)
			}
			first, err := parseTrunkSDP(answer)
			if err != nil {
				t.Fatal(err)
			}
			if second, err := parseTrunkSDP(again); err != nil || !second.crypto.same(*first.crypto) {
				t.Fatalf("our key has changed: %v %s", err, again)
			}
			a.mu.Lock()
			a.sound = nil
			a.mu.Unlock()
			stop = make(chan struct{})
			speakers.Go(func() { a.speak(700, stop) })
			b.hears(700)
			close(stop)
			speakers.Wait()
		})
	}
}

func TestSoundInTheClearIsRefused(t *testing.T) {
	s, _ := newServer(t, func(o *Options) { o.SRTP = SRTPRequire })
	a := newPhone(t)
	if _, err := s.OpenTrunkLeg("a", a.offer("8")); !errors.Is(err, errClear) {
		t.Errorf("in the clear: %v", err)
	}
	offer, err := s.OfferTrunkLeg("a")
	if err != nil || strings.Count(string(offer), "a=crypto:") != len(suites) || !strings.Contains(string(offer), "RTP/SAVP") {
		t.Fatalf("%v\n%s", err, offer)
	}
	if err := s.AcceptAnswer("a", a.offer("8")); !errors.Is(err, errClear) {
		t.Errorf("answered in the clear: %v", err)
	}
	if err := s.AcceptAnswer("a", a.sealedOffer(suites[2], "k")); !errors.Is(err, errNoCrypto) {
		t.Errorf("answered a tag that is not there: %v", err)
	}
	answer := strings.Replace(string(a.sealedOffer(suites[2], "k")), "a=crypto:7", "a=crypto:3", 1)
	if err := s.AcceptAnswer("a", []byte(answer)); err != nil {
		t.Fatal(err)
	}
	d, err := unmarshalSDP(offer)
	if err != nil {
		t.Fatal(err)
	}
	var ours cryptoLine
	for _, attribute := range d.MediaDescriptions[0].Attributes {
		if line, ok := parseCrypto(attribute.Value); attribute.Key == "crypto" && ok && line.tag == "3" {
			ours = line
		}
	}
	context, err := ours.context()
	if err != nil {
		t.Fatal(err)
	}
	session, err := parseTrunkSDP(offer)
	if err != nil {
		t.Fatal(err)
	}
	a.mu.Lock()
	a.unseal, a.to = context, net.UDPAddrFromAddrPort(session.remote)
	a.mu.Unlock()
	if err := s.Play("a", Play{Sources: []string{"music"}, Loop: true}); err != nil {
		t.Fatal(err)
	}
	a.hears(600)
	again, err := s.OfferTrunkLeg("a")
	if err != nil || strings.Count(string(again), "a=crypto:") != 1 {
		t.Fatalf("a re-INVITE of ours: %v\n%s", err, again)
	}
}

func TestCryptoLines(t *testing.T) {
	const key = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz" // of RFC 4568 section 4.1
	for value, want := range map[string]bool{
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + key:                          true,
		"1 AES_CM_128_HMAC_SHA1_32 inline:" + key + "|2^20":                true,
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + key + "|2^20|1:4":            false, // a master key identifier
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + key + " UNENCRYPTED_SRTP":    false,
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + key + ";inline:" + key:       false,
		"1 AEAD_AES_128_GCM inline:" + key:                                 false, // too long
		"1 F8_128_HMAC_SHA1_80 inline:" + key:                              false,
		"x AES_CM_128_HMAC_SHA1_80 inline:" + key:                          false,
		"1 AES_CM_128_HMAC_SHA1_80 " + key:                                 false,
		"1 AES_CM_128_HMAC_SHA1_80 inline:!!!":                             false,
		"1 AEAD_AES_128_GCM inline:" + strings.Repeat("A", 37) + "=":       false,
		"12 AEAD_AES_128_GCM inline:" + strings.Repeat("A", 38) + "==|2^4": true,
		"12 AEAD_AES_128_GCM inline:" + strings.Repeat("A", 38):            true, // without padding
	} {
		if _, ok := parseCrypto(value); ok != want {
			t.Errorf("%s: %v", value, ok)
		}
	}
	p := newPhone(t)
	if _, err := parseTrunkSDP([]byte(strings.Replace(string(p.offer("8")), "RTP/AVP", "RTP/SAVP", 1))); !errors.Is(err, errNoCrypto) {
		t.Errorf("an encrypted stream without keys: %v", err)
	}
	both := string(p.offer("8")) + "m=audio 4000 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + key + "\r\n" +
		"a=crypto:2 AEAD_AES_128_GCM inline:" + strings.Repeat("A", 38) + "\r\n"
	session, err := parseTrunkSDP([]byte(both))
	if err != nil || session.audio != 1 || session.crypto.tag != "2" {
		t.Fatalf("the better one of two: %+v %v", session, err)
	}
	ours := newCryptoLine("2", session.crypto.suite)
	if answer := string(trunkAnswer(session, p.address(), 1, &ours)); !strings.Contains(answer, "m=audio 0 RTP/AVP") || !strings.Contains(answer, "a=crypto:2 AEAD_AES_128_GCM inline:") {
		t.Errorf("answer %s", answer)
	}
}
