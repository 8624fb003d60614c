package callcenter

import (
	"slices"
	"strings"
)

// Choice is a key that chooses a language while the opening notice plays.
type Choice struct {
	Key      string `json:"key"`
	Language string `json:"language"` // "zh", "ug", "kk"
}

// notice are the prompts of the opening: the notice, then each language says its key. It
// is no menu: who presses nothing, or another key, goes on to a human.
func (t *turn) notice() []string {
	sources := []string{"notice"}
	for _, c := range t.c.Choices {
		sources = append(sources, "language:"+c.Key+"@"+c.Language)
	}
	return sources
}

// choose takes a key of the opening.
func (t *turn) choose(key string) {
	if key == t.c.Emergency.Key {
		t.urgent()
	}
	for _, c := range t.c.Choices {
		if c.Key == key {
			t.c.Language = c.Language
		}
	}
	t.greeted()
}

// localPrompts have a text in every language that callers are served in.
var localPrompts = []string{
	"position", "wait", "queue.callback", "callback.left", "max.wait", "max.wait.withheld", "goodbye",
	"callback.connecting",
}

// local are prompts in the caller's language, if he chose another than the
// catalogue's own.
func (t *turn) local(sources []string) []string {
	if t.c.Language == "" || t.c.Language == "zh" {
		return sources
	}
	local := make([]string, len(sources))
	for i, source := range sources {
		local[i] = source
		if prompt, _, _ := strings.Cut(source, ":"); slices.Contains(localPrompts, prompt) {
			local[i] += "@" + t.c.Language
		}
	}
	return local
}
