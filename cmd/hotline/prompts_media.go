package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"hotline12345/configs"
	"hotline12345/media"
	"hotline12345/media/speech"
	"hotline12345/routing"
)

// prompts gives package media the sound of each name: recorded, else spoken from the
// texts of configs, else computed. Sounds are kept in memory as A-law.
type prompts struct {
	texts    configs.Prompts
	local    map[string]configs.Prompts // of callers who chose a language
	language string
	speaker  *speech.Speaker
	recorded string // directory

	mu     sync.Mutex
	sounds map[string][]byte
	bytes  int
	said   map[string]bool // names of the announcements of now
}

const (
	filePrefix     = "file:"
	positionPrefix = "position:"
	waitPrefix     = "wait:"     // minutes
	languagePrefix = "language:" // the key that chooses one
	sayPrefix      = "say:"      // an administrator's text
	maxWaitSaid    = 30          // engine names no longer one
	maxPosition    = 99          // engine names no higher one
	// maxSounds bounds the memory of sounds: 64 MiB are more than two hours.
	maxSounds = 64 << 20
	// speakLimit bounds the wait of a call for a sound that is not made yet.
	speakLimit = 5 * time.Second
)

// localLanguages have texts of their own beside the first one's.
var localLanguages = []string{"ug", "kk"}

var spoken = []string{"notice", "queue.callback", "callback.left", "max.wait", "max.wait.withheld", "goodbye", "closed", "survey.ask", "survey.invalid", "survey.thanks"}

var computed = map[string]func() []byte{"music": music, "ringback": ringback, "beep": beep}

func newPrompts(config configs.Config, speaker *speech.Speaker) (*prompts, error) {
	texts, err := configs.LoadPrompts(config.Speech.Language)
	if err != nil {
		return nil, err
	}
	local := map[string]configs.Prompts{}
	for _, language := range localLanguages {
		if local[language], err = configs.LoadLocalPrompts(language); err != nil {
			return nil, err
		}
	}
	return &prompts{
		texts: texts, local: local, language: config.Speech.Language, speaker: speaker,
		recorded: recordedDir(config), sounds: map[string][]byte{},
	}, nil
}

func recordedDir(config configs.Config) string {
	return filepath.Join(config.DataDir, "prompts", "recorded")
}

// prepare makes every sound that calls begin with.
func (p *prompts) prepare(ctx context.Context) error {
	for name := range computed {
		if _, err := p.load(ctx, name); err != nil {
			return err
		}
	}
	for _, name := range spoken {
		if _, err := p.load(ctx, name); err != nil {
			return fmt.Errorf("prompt %s: %w", name, err)
		}
	}
	for _, text := range []string{p.texts["result.end"], p.texts["result.solved"], p.texts["result.satisfied"], p.texts["result.invalid"], p.texts["result.thanks"], p.texts["result.redo"]} {
		if _, err := p.speaker.Say(ctx, p.language, text); err != nil {
			return err
		}
	}
	return nil
}

// prepareQueue makes what is said in queues, the first language's first, while calls are
// taken already.
func (p *prompts) prepareQueue(ctx context.Context, log *slog.Logger) {
	for _, language := range append([]string{""}, localLanguages...) {
		at := ""
		if language != "" {
			at = "@" + language
		}
		names := []string{"queue.callback" + at, "callback.left" + at, "max.wait" + at, "max.wait.withheld" + at, "goodbye" + at, "callback.connecting" + at}
		for n := 1; n <= maxPosition; n++ {
			names = append(names, positionPrefix+strconv.Itoa(n)+at)
		}
		for n := 1; n <= maxWaitSaid; n++ {
			names = append(names, waitPrefix+strconv.Itoa(n)+at)
		}
		for _, name := range names {
			if ctx.Err() != nil {
				return
			}
			if _, err := p.load(ctx, name); err != nil {
				logUnless(ctx, log, "a prompt of the queue cannot be spoken", err)
				return
			}
		}
	}
}

// prepareChoices makes what tells of the keys that choose a language.
func (p *prompts) prepareChoices(ctx context.Context, keys []routing.LanguageKey, log *slog.Logger) {
	for _, k := range keys {
		if _, err := p.load(ctx, languagePrefix+k.Key+"@"+k.Language); err != nil {
			logUnless(ctx, log, "the choice of a language cannot be spoken", err)
		}
	}
}

// announce takes what closed queues and an emergency announce from now on. The sound of
// what they announced before is let go: texts change for years.
func (p *prompts) announce(queues map[string]routing.Queue, emergency routing.Emergency) {
	said := map[string]bool{}
	if emergency.Say != "" {
		said[sayPrefix+emergency.Say] = true
	}
	for _, q := range queues {
		if q.Closed.Say != "" {
			said[sayPrefix+q.Closed.Say] = true
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said = said
	for name, sound := range p.sounds {
		if strings.HasPrefix(name, sayPrefix) && !said[name] {
			p.bytes -= len(sound)
			delete(p.sounds, name)
		}
	}
}

// prepareSaid makes what is announced, before somebody calls.
func (p *prompts) prepareSaid(ctx context.Context, log *slog.Logger) {
	p.mu.Lock()
	said := p.said // never changed, only replaced
	p.mu.Unlock()
	for name := range said {
		if _, err := p.load(ctx, name); err != nil {
			logUnless(ctx, log, "an announcement cannot be spoken", err)
		}
	}
}

// Sound is the resolver of media.Options.
func (p *prompts) Sound(name string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), speakLimit)
	defer cancel()
	return p.load(ctx, name)
}

func (p *prompts) load(ctx context.Context, name string) ([]byte, error) {
	p.mu.Lock()
	sound, ok := p.sounds[name]
	p.mu.Unlock()
	if ok {
		return sound, nil
	}
	sound, err := p.make(ctx, name)
	if err != nil {
		return nil, err
	}
	p.keep(name, sound)
	return sound, nil
}

// keep holds what many callers hear: prompts, and the announcements of now. A result is
// heard by one. What is over the bound is made again each time; the prompts that every
// call needs came first.
func (p *prompts) keep(name string, sound []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	once := strings.HasPrefix(name, filePrefix) || strings.HasPrefix(name, sayPrefix) && !p.said[name]
	if _, there := p.sounds[name]; !there && !once && p.bytes+len(sound) <= maxSounds {
		p.sounds[name] = sound
		p.bytes += len(sound)
	}
}

func (p *prompts) make(ctx context.Context, name string) ([]byte, error) {
	if path, ok := strings.CutPrefix(name, filePrefix); ok {
		return p.sound(path)
	}
	if compute, ok := computed[name]; ok {
		sound, err := p.sound(filepath.Join(p.recorded, name+".wav"))
		if errors.Is(err, fs.ErrNotExist) {
			return compute(), nil
		}
		return sound, err
	}
	if said, ok := strings.CutPrefix(name, sayPrefix); ok {
		path, err := p.speaker.Say(ctx, p.language, said)
		if err != nil {
			return nil, err
		}
		return p.sound(path)
	}
	texts, language, suffix := p.texts, p.language, ""
	if plain, of, ok := strings.Cut(name, "@"); ok && p.local[of] != nil {
		name, texts, language, suffix = plain, p.local[of], of, "."+of
	}
	text, file, err := textOf(texts, name)
	if err != nil {
		return nil, err
	}
	path, err := p.speaker.Prompt(ctx, file+suffix, language, text)
	if err != nil {
		return nil, err
	}
	return p.sound(path)
}

// textOf a prompt, and the name of its file.
func textOf(texts configs.Prompts, name string) (text, file string, err error) {
	text, file = texts[name], name
	if number, ok := strings.CutPrefix(name, positionPrefix); ok {
		text, file, err = counted(texts, "position", "position.next", number, maxPosition)
	} else if number, ok := strings.CutPrefix(name, waitPrefix); ok {
		text, file, err = counted(texts, "wait", "wait.soon", number, maxWaitSaid)
	} else if key, ok := strings.CutPrefix(name, languagePrefix); ok && texts["language"] != "" {
		text, file = fmt.Sprintf(texts["language"], key), "language-"+fileKeys.Replace(key)
	}
	if err == nil && text == "" {
		err = fmt.Errorf("there is no prompt %q", name)
	}
	return text, file, err
}

// fileKeys are keys as names of files have them.
var fileKeys = strings.NewReplacer("*", "star", "#", "hash")

// counted is a text with a number in it; one has a text of its own.
func counted(texts configs.Prompts, many, one, number string, most int) (text, file string, err error) {
	n, err := strconv.Atoi(number)
	switch {
	case err != nil || n < 1 || n > most:
		return "", "", fmt.Errorf("%q is not from 1 to %d, as %s needs", number, most, many)
	case n == 1:
		return texts[one], one, nil
	}
	return fmt.Sprintf(texts[many], n), many + "-" + number, nil
}

// Speak implements feedback.Speaker.
func (p *prompts) Speak(ctx context.Context, text string) (string, error) {
	path, err := p.speaker.Say(ctx, p.language, text)
	if err != nil {
		return "", err
	}
	return filePrefix + path, nil
}

// sound reads a spoken or recorded sound as A-law.
func (p *prompts) sound(path string) ([]byte, error) {
	samples, err := p.speaker.Load(path)
	if err != nil {
		return nil, err
	}
	sound := make([]byte, len(samples))
	for i, s := range samples {
		sound[i] = media.CompressALaw(s)
	}
	return sound, nil
}
