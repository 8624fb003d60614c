package media

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestTrunkToTrunk(t *testing.T) {
	s, e := newServer(t, nil)
	a, b := newPhone(t), newPhone(t)
	a.join(s, "a")
	b.join(s, "b")
	stop := make(chan struct{})
	var speakers sync.WaitGroup
	speakers.Go(func() { a.speak(440, stop) })
	speakers.Go(func() { b.speak(1000, stop) })
	if err := s.Play("a", Play{ID: "1", Sources: []string{"music"}, Loop: true}); err != nil {
		t.Fatal(err)
	}
	a.hears(600)
	if err := s.Bridge("a", "b"); err != nil {
		t.Fatal(err)
	}
	a.hears(1000)
	b.hears(440)
	s.Mute("b", true)
	if err := s.Play("a", Play{ID: "2", Sources: []string{"short"}}); err != nil {
		t.Fatal(err)
	}
	if id := next(t, "the prompt's end", e.done); id != "2" {
		t.Fatalf("play %s ended", id)
	}
	s.Mute("b", false)
	if err := s.Bridge("a", "b"); err != nil {
		t.Fatal(err)
	}
	a.hears(1000)
	close(stop)
	speakers.Wait()
	checkOneStream(t, a)
	if stats, ok := s.Stats("a"); !ok || stats.In.Packets == 0 || stats.Out.Packets == 0 || stats.In.Lost != 0 {
		t.Fatalf("stats %+v %v", stats, ok)
	}
	s.CloseLeg("a")
	s.CloseLeg("a")
}

// checkOneStream: the phone saw one sender, whatever it was wired to.
func checkOneStream(t *testing.T, p *phone) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := 1; i < len(p.packets); i++ {
		was, is := p.packets[i-1], p.packets[i]
		if is.ssrc != was.ssrc || is.sequence != was.sequence+1 {
			t.Fatalf("packet %d: ssrc %x seq %d after %x %d", i, is.ssrc, is.sequence, was.ssrc, was.sequence)
		}
		if ahead := int32(is.timestamp - was.timestamp); ahead < frameSamples || ahead > 8000*20 {
			t.Fatalf("packet %d: timestamp goes on by %d", i, ahead)
		}
	}
}

func TestMuLawTrunk(t *testing.T) {
	s, _ := newServer(t, nil)
	a := newPhone(t)
	answer, err := s.OpenTrunkLeg("a", a.offer("0"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(answer), "RTP/AVP 0 101") {
		t.Fatalf("answer %s", answer)
	}
	if err := s.Play("a", Play{ID: "1", Sources: []string{"music"}, Loop: true}); err != nil {
		t.Fatal(err)
	}
	until(t, "mu-law music", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		if len(a.packets) < 20 {
			return false
		}
		var sound []byte
		for _, p := range a.packets {
			if p.payloadType != payloadPCMU {
				t.Fatalf("payload type %d", p.payloadType)
			}
			convert(p.payload, &muToA)
			sound = append(sound, p.payload...)
		}
		return heard(sound, 600) > 0.9
	})
}

// TestTheCodecChanges in a re-INVITE; comfort noise is not passed on, and a fax is refused.
func TestTheCodecChanges(t *testing.T) {
	s, _ := newServer(t, nil)
	a, b := newPhone(t), newPhone(t)
	a.join(s, "a")
	b.join(s, "b")
	if err := s.Bridge("a", "b"); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var speakers sync.WaitGroup
	speakers.Go(func() { b.speak(1000, stop) })
	a.hears(1000)
	answer, held, err := s.Reoffer("a", a.offer("0"))
	if err != nil || held || !strings.Contains(string(answer), "RTP/AVP 0 101\r\n") {
		t.Fatalf("%v %v\n%s", held, err, answer)
	}
	until(t, "the new law is sent", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.packets[len(a.packets)-1].payloadType == payloadPCMU
	})
	close(stop)
	speakers.Wait()
	mu := tone(440, 8000)
	convert(mu, &aToMu)
	old := tone(440, 8000) // what is still on its way
	for n := range uint32(40) {
		at := n * frameSamples % 8000
		if n%2 == 0 {
			a.send(payloadPCMA, old[at:at+frameSamples], n*frameSamples)
		} else {
			a.send(payloadPCMU, mu[at:at+frameSamples], n*frameSamples)
		}
	}
	b.hears(440)
	before := packetsOf(party{phone: b})
	const comfortNoise = 13
	a.send(comfortNoise, []byte{40}, 40*frameSamples)
	a.send(payloadPCMU, mu[:frameSamples], 41*frameSamples)
	until(t, "the sound after it", func() bool { return packetsOf(party{phone: b}) > before })
	if stats, _ := s.Stats("a"); stats.In.Lost != 0 || packetsOf(party{phone: b}) != before+1 {
		t.Errorf("%d lost, %d passed on", stats.In.Lost, packetsOf(party{phone: b})-before)
	}
	fax := "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=image 4000 udptl t38\r\na=T38FaxVersion:0\r\n"
	if _, _, err := s.Reoffer("a", []byte(fax)); !errors.Is(err, errNoAudio) {
		t.Errorf("a fax alone: %v", err)
	}
	answer, _, err = s.Reoffer("a", append(a.offer("8"), "m=image 4000 udptl t38\r\n"...))
	if err != nil || !strings.Contains(string(answer), "m=image 0 udptl t38\r\n") {
		t.Errorf("a fax beside sound: %v\n%s", err, answer)
	}
}

func TestKeysIn(t *testing.T) {
	s, e := newServer(t, nil)
	a := newPhone(t)
	a.join(s, "a")
	press := func(event byte, stamp uint32, lost int) {
		for i := range 8 {
			payload := []byte{event, 10, 0, 160}
			if i >= 5 {
				payload[1] |= 0x80
			}
			if i >= lost {
				a.send(101, payload, stamp)
			}
		}
	}
	press(1, 1000, 0)
	press(1, 3000, 1) // the packet with the marker was lost
	press(11, 5000, 6)
	for _, want := range []string{"1", "1", "#"} {
		if got := next(t, "key "+want, e.keys); got != want {
			t.Fatalf("key %s, want %s", got, want)
		}
	}
	press(1, 3000, 0) // an old event, repeated late
	press(9, 7000, 0)
	if got := next(t, "key 9", e.keys); got != "9" {
		t.Fatalf("key %s: a repeated event was taken for a press", got)
	}
}

func TestKeysOut(t *testing.T) {
	s, e := newServer(t, nil)
	a, b := newPhone(t), newPhone(t)
	a.join(s, "a")
	if err := s.SendKeys("a", "5#"); err != nil {
		t.Fatal(err)
	}
	b.join(s, "b")
	forwarded := 0
	for _, want := range []string{"5", "#"} { // our own receiver reads our own sender
		until(t, "key "+want, func() bool {
			a.mu.Lock()
			defer a.mu.Unlock()
			for ; forwarded < len(a.packets); forwarded++ {
				b.send(101, a.packets[forwarded].payload, a.packets[forwarded].timestamp)
			}
			select {
			case got := <-e.keys:
				if got != want {
					t.Fatalf("key %s, want %s", got, want)
				}
				return true
			default:
				return false
			}
		})
	}
	if err := s.SendKeys("a", strings.Repeat("1", 65)); err == nil {
		t.Fatal("keys without a limit")
	}
}

// TestSilenceIsSent: between two prompts the line does not look dead.
func TestSilenceIsSent(t *testing.T) {
	s, e := newServer(t, nil)
	a := newPhone(t)
	a.join(s, "a")
	if err := s.Play("a", Play{ID: "1", Sources: []string{"short"}}); err != nil {
		t.Fatal(err)
	}
	next(t, "the prompt's end", e.done)
	until(t, "half a second of silence", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		n := len(a.sound)
		return n >= 4000 && bytes.Count(a.sound[n-4000:], []byte{silenceALaw}) == 4000
	})
	checkOneStream(t, a)
}

func TestPlayWithoutSound(t *testing.T) {
	s, e := newServer(t, nil)
	a := newPhone(t)
	a.join(s, "a")
	if err := s.Play("a", Play{ID: "1", Sources: []string{"nothing"}, Loop: true}); err == nil {
		t.Fatal("a prompt that is not there was played")
	}
	if id := next(t, "its end", e.done); id != "1" {
		t.Fatalf("play %s ended", id)
	}
}

func TestHoldByTheFarEnd(t *testing.T) {
	s, _ := newServer(t, nil)
	a := newPhone(t)
	a.join(s, "a")
	if err := s.Play("a", Play{ID: "1", Sources: []string{"music"}, Loop: true}); err != nil {
		t.Fatal(err)
	}
	a.hears(600)
	hold := strings.Replace(string(a.offer("8")), "sendrecv", "sendonly", 1)
	answer, held, err := s.Reoffer("a", []byte(hold))
	if err != nil || !held || !strings.Contains(string(answer), "a=recvonly") {
		t.Fatalf("%s %v %v", answer, held, err)
	}
	other := newPhone(t) // back, at another address
	answer, held, err = s.Reoffer("a", other.offer("8"))
	if err != nil || held || !strings.Contains(string(answer), "a=sendrecv") {
		t.Fatalf("%s %v %v", answer, held, err)
	}
	other.hears(600)
	if _, _, err := s.Reoffer("a", []byte("m=video 1 RTP/AVP 31\r\n")); err == nil {
		t.Fatal("an offer without audio was taken")
	}
}

// TestAMachineIsNotAHand: presses beyond what a hand can do are dropped.
func TestAMachineIsNotAHand(t *testing.T) {
	var d dtmfReceiver
	now := time.Unix(1000, 0)
	press := func(n int) (taken int) {
		for range n {
			if d.receive(packet{timestamp: d.last + 1, payload: []byte{5, 0, 0, 0}}, now) == "5" {
				taken++
			}
		}
		return taken
	}
	if n := press(1000); n != maxKeyBurst {
		t.Errorf("%d of 1000 presses at once", n)
	}
	now = now.Add(time.Second)
	if n := press(1000); n != maxKeyRate {
		t.Errorf("%d presses a second later", n)
	}
	d = dtmfReceiver{seen: true, sender: 1, last: 1 << 30}
	if d.receive(packet{ssrc: 2, timestamp: 7, payload: []byte{5, 0, 0, 0}}, now) != "5" {
		t.Error("another sender's clock was held against it")
	}
}

// TestSourceIsLocked: who guesses the port after the far end has spoken is not heard.
func TestSourceIsLocked(t *testing.T) {
	s, e := newServer(t, nil)
	a, thief := newPhone(t), newPhone(t)
	a.join(s, "a")
	a.send(101, []byte{1, 10, 0, 160}, 1000)
	next(t, "the true key", e.keys)
	thief.to = a.to
	thief.send(101, []byte{2, 10, 0, 160}, 9000)
	hold := strings.Replace(string(a.offer("8")), "c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0", 1)
	if _, held, err := s.Reoffer("a", []byte(hold)); err != nil || !held {
		t.Fatalf("hold: %v %v", held, err)
	}
	thief.send(101, []byte{4, 10, 0, 160}, 9500)
	if _, held, err := s.Reoffer("a", a.offer("8")); err != nil || held {
		t.Fatalf("resume: %v %v", held, err)
	}
	a.send(101, []byte{3, 10, 0, 160}, 20000)
	if got := next(t, "the next true key", e.keys); got != "3" {
		t.Fatalf("a stranger pressed %s", got)
	}
}

// TestWhoCameFirstGivesWay: a stranger who hit the port before the far end spoke is
// neither heard nor sent to once it speaks.
func TestWhoCameFirstGivesWay(t *testing.T) {
	s, e := newServer(t, nil)
	a, thief := newPhone(t), newPhone(t)
	a.join(s, "a")
	thief.to = a.to
	thief.send(101, []byte{2, 10, 0, 160}, 9000)
	next(t, "the stranger's key", e.keys)
	a.send(101, []byte{1, 10, 0, 160}, 20000)
	if got := next(t, "the true key", e.keys); got != "1" {
		t.Fatalf("key %s", got)
	}
	thief.send(101, []byte{3, 10, 0, 160}, 29500)
	a.send(101, []byte{4, 10, 0, 160}, 30000)
	if got := next(t, "the next true key", e.keys); got != "4" {
		t.Fatalf("a stranger pressed %s", got)
	}
	if err := s.Play("a", Play{ID: "1", Sources: []string{"music"}, Loop: true}); err != nil {
		t.Fatal(err)
	}
	a.hears(600)
}

func TestMediaLost(t *testing.T) {
	s, e := newServer(t, func(o *Options) { o.MediaLost = 50 * time.Millisecond })
	a := newPhone(t)
	a.join(s, "a")
	if leg := next(t, "loss", e.lost); leg != "a" {
		t.Fatalf("leg %s", leg)
	}
}

// TestTheAnswerNamesTheWayBack: on a machine with many addresses the far end is told
// the one that its network reaches.
func TestTheAnswerNamesTheWayBack(t *testing.T) {
	s, _ := newServer(t, func(o *Options) { o.ListenIP = netip.IPv4Unspecified() })
	a := newPhone(t)
	a.join(s, "a")
	if !a.to.IP.IsLoopback() {
		t.Errorf("a phone on this machine is told %v", a.to.IP)
	}
	if err := s.Play("a", Play{ID: "1", Sources: []string{"music"}, Loop: true}); err != nil {
		t.Fatal(err)
	}
	a.hears(600) // from a socket of both families
	offer, err := s.OfferTrunkLeg("b")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := parseTrunkSDP(offer); err != nil || got.remote.Addr().IsUnspecified() {
		t.Errorf("our offer names %v: %v", got.remote, err)
	}
}

// TestNoRoom: a server that is full says so in a way that differs from a bad offer.
func TestNoRoom(t *testing.T) {
	s, _ := newServer(t, func(o *Options) { o.MaxLegs = 1 })
	a := newPhone(t)
	a.join(s, "a")
	if _, err := s.OpenTrunkLeg("b", a.offer("8")); !errors.Is(err, ErrNoRoom) {
		t.Errorf("a leg too many: %v", err)
	}
	local := netip.MustParseAddr("127.0.0.1")
	sound, reports, err := portPool{low: 20000, high: 60000}.listen(local, true)
	if err != nil {
		t.Fatal(err)
	}
	defer reports.Close()
	port := sound.LocalAddr().(*net.UDPAddr).Port
	pool := portPool{low: port, high: port + 2}
	if _, _, err := pool.listen(local, false); !errors.Is(err, ErrNoRoom) {
		t.Errorf("no port left: %v", err)
	}
	if err := sound.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := pool.listen(local, true); !errors.Is(err, ErrNoRoom) {
		t.Errorf("no port left for reports: %v", err)
	}
	if sound, _, err = pool.listen(local, false); err != nil {
		t.Errorf("the port was not given back: %v", err)
	} else if err := sound.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestSoundForEverybody: an address of many is no party of a call.
func TestSoundForEverybody(t *testing.T) {
	for _, to := range []string{"224.0.0.1", "239.1.2.3", "255.255.255.255"} {
		offer := strings.ReplaceAll(string(newPhone(t).offer("8")), "IN IP4 127.0.0.1", "IN IP4 "+to)
		if _, err := parseTrunkSDP([]byte(offer)); err == nil {
			t.Errorf("an offer with %s was taken", to)
		}
	}
}

func TestLateOffer(t *testing.T) {
	s, _ := newServer(t, nil)
	a := newPhone(t)
	offer, err := s.OfferTrunkLeg("a")
	if err != nil || !strings.Contains(string(offer), "RTP/AVP 8 0 101") {
		t.Fatalf("%s %v", offer, err)
	}
	if err := s.AcceptAnswer("a", a.offer("8")); err != nil {
		t.Fatal(err)
	}
	if err := s.Play("a", Play{ID: "1", Sources: []string{"music"}, Loop: true}); err != nil {
		t.Fatal(err)
	}
	a.hears(600)
	if _, err := s.OfferTrunkLeg("a"); err != nil {
		t.Fatalf("a re-INVITE without offer: %v", err)
	}
}
