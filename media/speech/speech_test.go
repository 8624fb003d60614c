package speech

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// counting is an engine that counts, and fails for one text.
type counting struct{ n atomic.Int32 }

func (c *counting) Name() string { return "counting" }
func (c *counting) Speak(_ context.Context, _, text string) ([]int16, int, error) {
	c.n.Add(1)
	if text == "bad" {
		return nil, 0, errors.New("no voice today")
	}
	return make([]int16, 22050), 22050, nil
}

func newSpeaker(t *testing.T, e Engine) *Speaker {
	t.Helper()
	dir := t.TempDir()
	s, err := New(Options{Engine: e, Cache: filepath.Join(dir, "cache"), Key: bytes.Repeat([]byte{7}, 32), Recorded: filepath.Join(dir, "recorded"), MaxText: 100})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestATextIsSpokenOnce(t *testing.T) {
	e := &counting{}
	s := newSpeaker(t, e)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			path, err := s.Say(t.Context(), "zh", "您好")
			if err != nil {
				t.Error(err)
				return
			}
			if samples, err := s.Load(path); err != nil || len(samples) != 8000 {
				t.Errorf("%d samples: %v", len(samples), err)
			}
		})
	}
	all.Wait()
	if n := e.n.Load(); n != 1 {
		t.Fatalf("spoken %d times", n)
	}
	if _, err := s.Say(t.Context(), "ug", "您好"); err != nil || e.n.Load() != 2 {
		t.Fatalf("another language is another sound: %v, %d", err, e.n.Load())
	}
}

func TestFaultsAreNotKept(t *testing.T) {
	e := &counting{}
	s := newSpeaker(t, e)
	for range 2 {
		if _, err := s.Say(t.Context(), "zh", "bad"); err == nil {
			t.Fatal("spoken")
		}
	}
	if e.n.Load() != 2 {
		t.Fatalf("tried %d times", e.n.Load())
	}
	for _, text := range []string{"", strings.Repeat("长", 101), "\xff"} {
		if _, err := s.Say(t.Context(), "zh", text); err == nil {
			t.Errorf("said %q", text)
		}
	}
}

func TestRecordedPromptsArePreferred(t *testing.T) {
	s := newSpeaker(t, &counting{})
	if err := os.MkdirAll(s.o.Recorded, 0o700); err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(s.o.Recorded, "notice.wav")
	if err := os.WriteFile(want, EncodeWAV([]int16{1, 2, 3}), 0o600); err != nil {
		t.Fatal(err)
	}
	if samples, err := s.Load(want); err != nil || len(samples) != 3 {
		t.Fatalf("%v %v", samples, err)
	}
	if got, err := s.Prompt(t.Context(), "notice", "zh", "您好"); err != nil || got != want {
		t.Fatalf("%s %v", got, err)
	}
	if got, err := s.Prompt(t.Context(), "goodbye", "zh", "再见"); err != nil || filepath.Dir(got) != s.o.Cache {
		t.Fatalf("%s %v", got, err)
	}
}

func TestResampleKeepsTheTone(t *testing.T) {
	in := make([]int16, 22050)
	for i := range in {
		in[i] = int16(10000*math.Sin(2*math.Pi*440*float64(i)/22050) + 10000*math.Sin(2*math.Pi*7000*float64(i)/22050))
	}
	out := resample(in, 22050)
	if len(out) != 8000 {
		t.Fatalf("%d samples", len(out))
	}
	var worst float64
	for i := 100; i < 7900; i++ { // what a line does not carry is gone, the tone is as it was
		worst = max(worst, math.Abs(float64(out[i])-10000*math.Sin(2*math.Pi*440*float64(i)/8000)))
	}
	if worst > 300 {
		t.Fatalf("off by %v", worst)
	}
}

func TestEspeakSpeaksEveryLanguage(t *testing.T) {
	e := Espeak{}
	if err := e.Available(); err != nil {
		t.Fatal(err)
	}
	for language, text := range map[string]string{"zh": "您好,这里是12345热线。", "ug": "ياخشىمۇسىز", "kk": "сәлеметсіз бе"} {
		samples, rate, err := e.Speak(t.Context(), language, text)
		if err != nil {
			t.Fatalf("%s: %v", language, err)
		}
		loud := 0
		for _, s := range samples {
			if s > 1000 || s < -1000 {
				loud++
			}
		}
		if seconds := float64(len(samples)) / float64(rate); seconds < 0.5 || loud < rate/10 {
			t.Errorf("%s: %.2f s, %d loud samples", language, seconds, loud)
		}
	}
	if _, _, err := e.Speak(t.Context(), "xx", "a"); err == nil {
		t.Error("spoke a language without a voice")
	}
}

func FuzzDecodeWAV(f *testing.F) {
	f.Add(EncodeWAV([]int16{1, -1, 300}))
	f.Add([]byte("RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		samples, rate, err := DecodeWAV(b)
		if err == nil && (rate < Rate || 2*len(samples) > len(b)) {
			t.Fatalf("%d samples at %d from %d bytes", len(samples), rate, len(b))
		}
	})
}

// TestTheCacheIsSealedAndBounded: a result's text and sound are personal data, and
// the longest unused goes first.
func TestTheCacheIsSealedAndBounded(t *testing.T) {
	dir := t.TempDir()
	e := &counting{}
	const one = 16_000 + 44 + 28 // bytes of a second
	open := func(key byte) *Speaker {
		s, err := New(Options{Engine: e, Cache: dir, CacheMax: 10 * one, Key: bytes.Repeat([]byte{key}, 32)})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	say := func(s *Speaker, text string) string {
		path, err := s.Say(t.Context(), "zh", text)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	s := open(1)
	first := say(s, "a")
	raw, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) != one || bytes.Contains(raw, []byte("WAVE")) || bytes.Contains(raw, make([]byte, 32)) {
		t.Fatal("the file lies open")
	}
	if _, err := open(2).Load(first); err == nil {
		t.Fatal("another key opened it")
	}
	raw[len(raw)-1]++
	if err := os.WriteFile(first, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(first); err == nil {
		t.Fatal("a changed file was taken")
	}
	old := time.Now().Add(-time.Hour)
	var paths []string
	for i := range 9 {
		paths = append(paths, say(s, strings.Repeat("x", i+1)))
	}
	for _, path := range append(paths, first) {
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if again := say(s, "x"); again != paths[0] {
		t.Fatal("another path for the same text")
	}
	say(s, "one too many")
	left, err := filepath.Glob(filepath.Join(dir, "*"+spokenSuffix))
	if err != nil || len(left) != 9 {
		t.Fatalf("%d files are left: %v", len(left), err)
	}
	if _, err := s.Load(paths[0]); err != nil {
		t.Fatalf("what was used last is gone: %v", err)
	}
}
