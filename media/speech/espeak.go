package speech

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// Espeak speaks with espeak-ng: free, small, in every language we need, and like a
// robot. It is the default until prompts are recorded or a better engine is set.
type Espeak struct {
	Path  string // of the program ["espeak-ng"]
	Speed int    // words a minute [150]
}

// voices by language; plain "cmn" would read Chinese characters as English letters.
var voices = map[string]string{"zh": "cmn-latn-pinyin", "zh-CN": "cmn-latn-pinyin", "ug": "ug", "kk": "kk", "en": "en"}

func (e Espeak) program() string {
	if e.Path != "" {
		return e.Path
	}
	return "espeak-ng"
}

func (e Espeak) speed() int {
	if e.Speed != 0 {
		return e.Speed
	}
	return 150
}

// Name implements Engine.
func (e Espeak) Name() string { return fmt.Sprintf("espeak-ng/%d", e.speed()) }

// Available says whether the program is there, and how to get it.
func (e Espeak) Available() error {
	if _, err := exec.LookPath(e.program()); err != nil {
		return fmt.Errorf("speech: %s is not there; install it: apt-get install espeak-ng: %w", e.program(), err)
	}
	return nil
}

// maxSound bounds what the program may print, in bytes (20 minutes).
const maxSound = 20 * 60 * 22050 * 2

// Speak implements Engine. The text goes through standard input: nothing a caller
// or an agency wrote becomes an argument.
func (e Espeak) Speak(ctx context.Context, language, text string) ([]int16, int, error) {
	voice, known := voices[language]
	if !known {
		return nil, 0, fmt.Errorf("no voice for language %q", language)
	}
	cmd := exec.CommandContext(ctx, e.program(), "-v", voice, "-s", fmt.Sprint(e.speed()), "--stdin", "--stdout") //nolint:gosec // the program is configured
	cmd.WaitDelay = time.Second
	cmd.Stdin = strings.NewReader(readable(language, text))
	out := &limited{limit: maxSound}
	var fault bytes.Buffer
	cmd.Stdout, cmd.Stderr = out, &fault
	if err := cmd.Run(); err != nil {
		return nil, 0, fmt.Errorf("%w: %s", err, strings.TrimSpace(fault.String()))
	}
	return DecodeWAV(out.Bytes())
}

// limited is a buffer that refuses to grow past its limit.
type limited struct {
	bytes.Buffer
	limit int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > l.limit {
		return 0, errors.New("too much sound")
	}
	return l.Buffer.Write(p)
}
