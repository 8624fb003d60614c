package media

import (
	"fmt"
	"math"
	"net"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// The far ends' reports are made, and ours are read, by pion/rtcp.

func TestReportsOnTheWire(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 500_000_000, time.UTC)
	b := reportBlock{about: 7, fraction: 64, lost: -3, highest: 1<<16 | 9, jitter: 12, lastSR: 99, delay: 65536}
	packets, err := rtcp.Unmarshal(appendReport(nil, 5, &senderInfo{at: at, stamp: 160, packets: 3, octets: 480}, &b))
	if err != nil || len(packets) != 2 {
		t.Fatal(packets, err)
	}
	want := &rtcp.SenderReport{
		SSRC: 5, NTPTime: uint64(at.Unix()+2_208_988_800)<<32 | 1<<31, RTPTime: 160, PacketCount: 3, OctetCount: 480,
		Reports: []rtcp.ReceptionReport{{SSRC: 7, FractionLost: 64, TotalLost: 1<<24 - 3, LastSequenceNumber: 1<<16 | 9, Jitter: 12, LastSenderReport: 99, Delay: 65536}},
	}
	if got := packets[0].(*rtcp.SenderReport); !reflect.DeepEqual(got.Reports, want.Reports) || got.NTPTime != want.NTPTime || got.RTPTime != 160 || got.OctetCount != 480 || got.SSRC != 5 {
		t.Errorf("%+v", got)
	}
	if got := packets[1].(*rtcp.SourceDescription); got.Chunks[0].Source != 5 || got.Chunks[0].Items[0].Text != canonicalName {
		t.Errorf("%+v", got)
	}
	text := compound(t, want, rtcp.NewCNAMESourceDescription(5, "far"))
	if h, err := parseRTCP(text, 7); err != nil || !h.sender || h.sentAt != ntpMiddle(at) || h.block != b {
		t.Errorf("%+v %v", h, err)
	}
	if h, err := parseRTCP(text, 8); err != nil || h.about {
		t.Errorf("a report about another: %+v %v", h, err)
	}
	for n := range text {
		if _, err := parseRTCP(text[:n], 7); err == nil && n != 0 && n != 52 {
			t.Errorf("the first %d bytes were taken", n)
		}
	}
}

func compound(t *testing.T, packets ...rtcp.Packet) []byte {
	t.Helper()
	text, err := rtcp.Marshal(packets)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestReception(t *testing.T) {
	var r reception
	if _, ok := r.block(); ok {
		t.Fatal("told of nothing")
	}
	now := time.Unix(1000, 0)
	come := func(sequence uint16, late time.Duration) {
		stamp := uint32(sequence) * frameSamples
		r.count(packet{sequence: sequence, timestamp: stamp, ssrc: 9}, true, now.Add(time.Duration(sequence)*frameTime+late))
	}
	for n := range uint16(8) { // 65530 to 65535, 0, 1: the number wraps, the time does not here
		sequence := 65530 + n
		r.count(packet{sequence: sequence, timestamp: uint32(n) * frameSamples, ssrc: 9}, true, now.Add(time.Duration(n)*frameTime))
	}
	b, ok := r.block()
	if !ok || b.about != 9 || b.highest != 1<<16|1 || b.lost != 0 || b.fraction != 0 || b.jitter != 0 {
		t.Errorf("all came: %+v", b)
	}
	r = reception{}
	for _, sequence := range []uint16{10, 11, 12, 13, 17, 15} { // 14 and 16 are lost, 15 is late
		come(sequence, 0)
	}
	come(18, 16*time.Millisecond)
	b, _ = r.block()
	if b.lost != 2 || b.fraction != 2*256/9 || b.highest != 18 || b.jitter == 0 {
		t.Errorf("%+v", b)
	}
	if f := r.flow(); f.Packets != 7 || f.Lost != 2 || f.MaxJitterMS < 0.9 || f.JitterMS > f.MaxJitterMS {
		t.Errorf("%+v", f)
	}
	come(19, 0)
	if b, _ = r.block(); b.lost != 2 || b.fraction != 0 {
		t.Errorf("since then: %+v", b)
	}
	r.count(packet{sequence: 5, ssrc: 10}, true, now)
	if b, _ = r.block(); b.about != 10 || b.lost != 0 || b.highest != 5 {
		t.Errorf("another sender: %+v", b)
	}
}

// TestMeanOpinion: values of ITU-T G.107's formula, worked out by hand.
func TestMeanOpinion(t *testing.T) {
	for _, c := range []struct {
		flow Flow
		trip float64
		want float64
	}{
		{Flow{Packets: 10}, 0, 0},
		{Flow{Packets: 1000}, 0, 4.40},
		{Flow{Packets: 1000}, 400, 4.14},           // d 220: R 83.2
		{Flow{Packets: 950, Lost: 50}, 0, 3.90},    // R 76.9
		{Flow{Packets: 800, Lost: 200}, 100, 2.54}, // R 49.4
		{Flow{Packets: 1, Lost: 999}, 5000, 1},
	} {
		if got := meanOpinion(c.flow, c.trip); math.Abs(got-c.want) > 0.01 {
			t.Errorf("%+v, %v ms: %.3f, want %.2f", c.flow, c.trip, got, c.want)
		}
	}
}

// TestReportsOfATrunk: both ports, and one for both; the far end tells what it loses.
func TestReportsOfATrunk(t *testing.T) {
	for _, mux := range []bool{false, true} {
		t.Run(fmt.Sprint("mux ", mux), func(t *testing.T) {
			s, _ := newSilentServer(t, nil)
			s.reportEvery = 100 * time.Millisecond
			s.Start()
			a := newPhone(t)
			control := listen(t)
			offer := string(a.offer("8")) + fmt.Sprintf("a=rtcp:%d\r\n", control.LocalAddr().(*net.UDPAddr).Port)
			if mux {
				offer += "a=rtcp-mux\r\n"
				control = listen(t)
			}
			answer, err := s.OpenTrunkLeg("a", []byte(offer))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(answer), "rtcp-mux") != mux {
				t.Fatalf("answer %s", answer)
			}
			session, err := parseTrunkSDP(answer)
			if err != nil {
				t.Fatal(err)
			}
			a.to = net.UDPAddrFromAddrPort(session.remote)
			stop := make(chan struct{})
			var speaking sync.WaitGroup
			speaking.Go(func() { a.speak(440, stop) })
			defer speaking.Wait()
			defer close(stop)
			if err := s.Play("a", Play{Sources: []string{"music"}, Loop: true}); err != nil {
				t.Fatal(err)
			}
			reports, to := control, &net.UDPAddr{IP: a.to.IP, Port: a.to.Port + 1}
			if mux {
				reports, to = a.conn, a.to
				a.hears(600)
			}
			ours := make(chan *rtcp.SenderReport, 100)
			if mux {
				a.mu.Lock()
				a.reports = func(b []byte) { pass(ours, b) }
				a.mu.Unlock()
			} else {
				go func() {
					buf := make([]byte, maxPacket)
					for n, err := reports.Read(buf); err == nil; n, err = reports.Read(buf) {
						pass(ours, buf[:n])
					}
				}()
			}
			var told *rtcp.SenderReport
			for told == nil || len(told.Reports) == 0 {
				told = next(t, "our report", ours)
			}
			if told.PacketCount == 0 || told.OctetCount != told.PacketCount*frameSamples || told.Reports[0].SSRC != 77 || told.Reports[0].TotalLost != 0 {
				t.Errorf("told %+v", told)
			}
			middle := uint32(told.NTPTime >> 16)
			back := compound(t, &rtcp.SenderReport{SSRC: 77, NTPTime: 5 << 32, Reports: []rtcp.ReceptionReport{
				{SSRC: told.SSRC, TotalLost: 3, Jitter: 80, LastSenderReport: middle},
			}})
			if _, err := reports.WriteToUDP(back, to); err != nil {
				t.Fatal(err)
			}
			until(t, "its report counts", func() bool {
				stats, _ := s.Stats("a")
				return stats.Out.Reports == 1 && stats.Out.Lost == 3 && stats.Out.JitterMS == 10 && stats.RoundTripMS > 0 && stats.RoundTripMS < 5000
			})
			for told.Reports[0].LastSenderReport != 5<<16 {
				told = next(t, "our answer to its report", ours)
			}
		})
	}
}

func pass(to chan<- *rtcp.SenderReport, text []byte) {
	packets, err := rtcp.Unmarshal(text)
	if err != nil {
		return
	}
	if r, ok := packets[0].(*rtcp.SenderReport); ok {
		to <- r
	}
}

// TestReportsOfABrowser go by SRTCP, and count for the leg that rides then.
func TestReportsOfABrowser(t *testing.T) {
	s, e := newSilentServer(t, nil)
	s.reportEvery = 100 * time.Millisecond
	s.Start()
	b := openBrowser(t, s, e, "agent")
	if err := s.AttachAgent("a", "agent"); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var speaking sync.WaitGroup
	speaking.Go(func() { b.speak(440, stop) })
	defer speaking.Wait()
	defer close(stop)
	if err := s.Play("a", Play{Sources: []string{"music"}, Loop: true}); err != nil {
		t.Fatal(err)
	}
	b.hears(600)
	packets, _, err := b.conn.GetSenders()[0].ReadRTCP()
	if err != nil {
		t.Fatal(err)
	}
	told, ok := packets[0].(*rtcp.SenderReport)
	if !ok || len(told.Reports) != 1 {
		t.Fatalf("told %+v", packets)
	}
	tell := func(lost uint32) {
		report := &rtcp.ReceiverReport{SSRC: told.Reports[0].SSRC, Reports: []rtcp.ReceptionReport{{SSRC: told.SSRC, TotalLost: lost, Jitter: 16, LastSenderReport: uint32(told.NTPTime >> 16)}}}
		if err := b.conn.WriteRTCP([]rtcp.Packet{report}); err != nil {
			t.Fatal(err)
		}
	}
	// Like its sound, a report may be lost on the way: it tells again.
	until(t, "its report counts", func() bool {
		tell(2)
		stats, _ := s.Stats("a")
		return stats.Out.Reports > 0 && stats.Out.Lost == 2 && stats.Out.JitterMS == 2 && stats.RoundTripMS > 0
	})
	s.CloseLeg("a")
	if err := s.AttachAgent("next", "agent"); err != nil {
		t.Fatal(err)
	}
	until(t, "the next leg's own figures", func() bool {
		tell(7)
		stats, _ := s.Stats("next")
		return stats.Out.Reports > 0 && stats.Out.Lost == 5 && stats.Out.Packets == 0
	})
}
