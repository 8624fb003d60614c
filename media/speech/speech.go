// Package speech turns texts into sounds that a call can play. A recorded prompt is
// preferred to a spoken one; what an engine has spoken is kept in a sealed cache by
// the hash of voice and text, so that a prompt is spoken once.
//
//	text ──► cache ──hit───────────────────────────────────────────────► path
//	           └──miss──► words (readable) ──► engine ──► 8 kHz ──► file ──┘
//	path ──► Load ──► samples, of the cache's file or of a recorded WAV
//
// A path names a sound for as long as the cache keeps it; who plays it later says
// the text again.
package speech

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
	"unicode/utf8"
)

// Engine speaks.
type Engine interface {
	// Name goes into the cache's key, with all that changes the sound.
	Name() string
	// Speak gives 16-bit mono samples and their rate in Hz.
	Speak(ctx context.Context, language, text string) (samples []int16, rate int, err error)
}

// Rate of everything that is played, in Hz.
const Rate = 8000

// Options of a Speaker. Zero values mean the default in brackets.
type Options struct {
	Engine   Engine
	Cache    string        // directory of spoken files
	CacheMax int64         // bytes of them [512 MiB, about 9 hours]
	Key      []byte        // 32 bytes: spoken files are sealed with it
	Recorded string        // directory of recorded prompts, NAME.wav [none]
	MaxText  int           // characters of one text [2000]
	Timeout  time.Duration // of speaking one text [30 s]
	Parallel int           // texts spoken at once [2]
}

// Speaker speaks with a cache.
type Speaker struct {
	o     Options
	cache *cache
	slots chan struct{}

	mu      sync.Mutex
	running map[string]*running
}

// running is a text being spoken; who asks for the same meanwhile waits for it.
type running struct {
	done chan struct{}
	err  error
}

// New makes a Speaker and its cache directory.
func New(o Options) (*Speaker, error) {
	if o.Engine == nil || o.Cache == "" {
		return nil, errors.New("speech: an engine and a cache directory are needed")
	}
	if o.MaxText == 0 {
		o.MaxText = 2000
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Parallel == 0 {
		o.Parallel = 2
	}
	if o.CacheMax == 0 {
		o.CacheMax = 512 << 20
	}
	cache, err := newCache(o.Cache, o.CacheMax, o.Key)
	if err != nil {
		return nil, err
	}
	return &Speaker{o: o, cache: cache, slots: make(chan struct{}, o.Parallel), running: map[string]*running{}}, nil
}

// Prompt gives the file of a named prompt: the recorded one, if there is one,
// else the text spoken.
func (s *Speaker) Prompt(ctx context.Context, name, language, text string) (path string, err error) {
	if path, ok := s.Recorded(name); ok {
		return path, nil
	}
	return s.Say(ctx, language, text)
}

// Recorded gives the file of a prompt that somebody recorded.
func (s *Speaker) Recorded(name string) (path string, ok bool) {
	if s.o.Recorded == "" || !filepath.IsLocal(name) {
		return "", false
	}
	path = filepath.Join(s.o.Recorded, name+".wav")
	_, err := os.Stat(path)
	return path, err == nil
}

// Say gives the file of a text.
func (s *Speaker) Say(ctx context.Context, language, text string) (path string, err error) {
	if text == "" {
		return "", errors.New("speech: nothing to say")
	}
	if n := utf8.RuneCountInString(text); n > s.o.MaxText || !utf8.ValidString(text) {
		return "", fmt.Errorf("speech: a text of %d characters: at most %d of valid UTF-8", n, s.o.MaxText)
	}
	path = s.cache.path(s.o.Engine.Name(), language, text)
	if s.cache.has(path) {
		return path, nil
	}
	return path, s.once(ctx, path, func(ctx context.Context) error { return s.speak(ctx, path, language, text) })
}

// maxRecorded bounds a recorded prompt, in bytes: three minutes of studio sound.
const maxRecorded = 32 << 20

// Load gives a sound at Rate: a file of the cache, or a recorded WAV of 16-bit mono.
func (s *Speaker) Load(path string) ([]int16, error) {
	wav, err := s.read(path)
	if err != nil {
		return nil, err
	}
	samples, rate, err := DecodeWAV(wav)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, path)
	}
	return resample(samples, rate), nil
}

func (s *Speaker) read(path string) ([]byte, error) {
	if s.cache.owns(path) {
		return s.cache.read(path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("speech: %w", err)
	}
	if info.Size() > maxRecorded {
		return nil, fmt.Errorf("speech: %s is longer than %d bytes", path, maxRecorded)
	}
	return os.ReadFile(path) //nolint:gosec // an operator's own recording
}

// once runs f for a path, for everybody who asks for it at the same time.
func (s *Speaker) once(ctx context.Context, path string, f func(context.Context) error) error {
	s.mu.Lock()
	r := s.running[path]
	first := r == nil
	if first {
		r = &running{done: make(chan struct{})}
		s.running[path] = r
		go func() {
			// Not the first asker's context: the others want the file, too.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.Timeout)
			defer cancel()
			r.err = f(ctx)
			s.mu.Lock()
			delete(s.running, path)
			s.mu.Unlock()
			close(r.done)
		}()
	}
	s.mu.Unlock()
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return fmt.Errorf("speech: %w", ctx.Err())
	}
}

func (s *Speaker) speak(ctx context.Context, path, language, text string) error {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return fmt.Errorf("speech: all voices are busy: %w", ctx.Err())
	}
	samples, rate, err := s.o.Engine.Speak(ctx, language, text)
	if err != nil {
		return fmt.Errorf("speech: %s: %w", s.o.Engine.Name(), err)
	}
	return s.cache.write(path, EncodeWAV(resample(samples, rate)))
}
