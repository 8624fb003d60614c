package fork

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/cmplx"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hotline12345/media"
)

// deaf is a media.Sink.
type deaf struct{}

func (deaf) Key(string, string)          {}
func (deaf) Spoke(string)                {}
func (deaf) PlayDone(string, string)     {}
func (deaf) MediaLost(string)            {}
func (deaf) TransportState(string, bool) {}

// speaker is a phone that says a tone.
func speaker(t *testing.T, s *media.Server, leg string, hz float64, stop <-chan struct{}, all *sync.WaitGroup) {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	ok(t, err)
	answer, err := s.OpenTrunkLeg(leg, fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 8\r\n",
		conn.LocalAddr().(*net.UDPAddr).Port))
	ok(t, err)
	var port int
	_, rest, _ := strings.Cut(string(answer), "m=audio ")
	_, err = fmt.Sscan(rest, &port)
	ok(t, err)
	to := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
	all.Go(func() {
		defer conn.Close()
		every := time.NewTicker(20 * time.Millisecond)
		defer every.Stop()
		b := make([]byte, 12+160)
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			case <-every.C:
			}
			b[0], b[1] = 0x80, 8
			binary.BigEndian.PutUint16(b[2:], uint16(n))
			binary.BigEndian.PutUint32(b[4:], uint32(160*n))
			for i := range 160 {
				b[12+i] = media.CompressALaw(int16(12000 * math.Sin(2*math.Pi*hz*float64(160*n+i)/8000)))
			}
			_, _ = conn.WriteToUDP(b, to)
		}
	})
}

// share of the samples' power at hz, 0 to 1.
func share(samples []int16, hz float64) float64 {
	var sum complex128
	var power float64
	for i, v := range samples {
		power += float64(v) * float64(v)
		sum += complex(float64(v), 0) * cmplx.Exp(complex(0, -2*math.Pi*hz*float64(i)/8000))
	}
	if power < 1e4*float64(len(samples)) {
		return 0
	}
	return 2 * cmplx.Abs(sum) * cmplx.Abs(sum) / (float64(len(samples)) * power)
}

// startSample builds and runs deploy/examples/recogniser, and gives its address.
func startSample(t *testing.T, dir string) (address string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "recogniser")
	if out, err := exec.Command("go", "build", "-o", program, "hotline12345/deploy/examples/recogniser").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(program, "-listen", "127.0.0.1:0", "-dir", dir)
	cmd.Env = append(os.Environ(), "RECOGNISER_TOKEN=secret")
	out, err := cmd.StdoutPipe()
	ok(t, err)
	ok(t, cmd.Start())
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("it says nothing")
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for lines.Scan() {
			t.Log(lines.Text())
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-done
		if err := cmd.Wait(); err != nil {
			t.Errorf("its end: %v", err)
		}
	})
	return regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(lines.Text())
}

// TestTheSampleConsumer, as a program of its own, hears both sides of a real call apart,
// in time, and nothing of what is said in a pause.
func TestTheSampleConsumer(t *testing.T) {
	dir := t.TempDir()
	address := startSample(t, dir)
	s, err := New(Options{URL: "ws://" + address + "/", Token: "secret", Allow: loopback, Log: slog.New(slog.DiscardHandler)})
	ok(t, err)
	m, err := media.New(media.Options{
		ListenIP: netip.MustParseAddr("127.0.0.1"), RTPPortMin: 20000, RTPPortMax: 60000, ICEAddr: "127.0.0.1:0", Tick: 5 * time.Millisecond,
		Prompts:       func(string) ([]byte, error) { return nil, errors.New("none") },
		RecordingsDir: t.TempDir(), RecordingKey: []byte(strings.Repeat("k", 32)),
	}, deaf{})
	ok(t, err)
	m.Start()
	t.Cleanup(func() { ok(t, m.Stop()) })
	quiet := make(chan struct{})
	var speakers sync.WaitGroup
	speaker(t, m, "caller", 440, quiet, &speakers)
	speaker(t, m, "agent", 1000, quiet, &speakers)
	ok(t, m.Bridge("caller", "agent"))
	f := open(t, s)
	record := func(n int) {
		t.Helper()
		ok(t, m.StartRecording(media.Recording{Call: string(talk.ID), Segment: n, Left: "caller", Others: []string{"agent"}}))
		ok(t, m.ForkRecording(string(talk.ID), n, func(start time.Time) media.Fork {
			told := segment(n)
			told.At = start
			return f.Segment(told)
		}))
	}
	finish := func(n int) time.Duration {
		t.Helper()
		info, err := m.StopRecording(string(talk.ID), n)
		ok(t, err)
		f.EndSegment(n)
		return info.Duration
	}
	record(1)
	samples := func(n int, side string) []int16 {
		b, _ := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%s-%d-1-%s.wav", talk.ID, n, side)))
		var list []int16
		for i := 44; i+1 < len(b); i += 2 {
			list = append(list, int16(binary.LittleEndian.Uint16(b[i:])))
		}
		return list
	}
	until(t, "a second of it, while it is spoken", func() bool { return len(samples(1, "right")) > 8000 })
	ok(t, m.PauseRecording(string(talk.ID), 1, true))
	from := len(samples(1, "left")) + 4000
	until(t, "a pause", func() bool { return len(samples(1, "left")) > from+4000 })
	first := finish(1)
	record(2) // another agent
	until(t, "the second segment", func() bool { return len(samples(2, "left")) > 8000 })
	finish(2)
	f.Close("ended")
	stop(t, s)
	close(quiet)
	speakers.Wait()
	for n, tones := range map[int]map[string]float64{1: {"left": 440, "right": 1000}, 2: {"left": 440, "right": 1000}} {
		for side, hz := range tones {
			got := samples(n, side)
			held := 0 // stretches of 50 ms: one that is in two pieces, since a speaker was held up, has two phases
			for stretch := range slices.Chunk(got[4000:8000], 400) {
				if share(stretch, hz) > 0.9 {
					held++
				}
			}
			if held < 7 {
				t.Errorf("segment %d, %s: %d of 10 stretches are %v Hz", n, side, held, hz)
			}
		}
	}
	if got := len(samples(1, "left")); time.Duration(got)*time.Millisecond/8 != first {
		t.Errorf("it heard %d samples of %v", got, first)
	}
	for _, v := range samples(1, "right")[from : from+4000] {
		if v < -16 || v > 16 {
			t.Fatalf("the pause is heard: %d", v)
		}
	}
	if got := s.Figures(); got.Broken != 0 || got.DroppedMS != 0 {
		t.Errorf("%+v", got)
	}
}
