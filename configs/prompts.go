package configs

import (
	"embed"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
)

//go:embed prompts/*.yaml
var promptFiles embed.FS

// Prompts are the texts that the hotline speaks and sends in one language, by name.
type Prompts map[string]string

// promptNames are all that a language must have. Those of the first line are spoken to
// whoever calls in and are prompts of package media; "position" and "wait" have a %d.
var promptNames = []string{
	"notice", "position", "position.next", "wait", "wait.soon", "closed", "queue.callback", "callback.left", "callback.connecting", "max.wait", "max.wait.withheld", "goodbye",
	"survey.ask", "survey.invalid", "survey.thanks",
	"result.intro", "result.end", "result.solved", "result.satisfied", "result.invalid", "result.thanks", "result.redo",
	"sms.result",
}

// localNames are what a language must have in which callers may choose to be served;
// "language" tells of the key and has a %s.
var localNames = []string{
	"language", "position", "position.next", "wait", "wait.soon", "queue.callback", "callback.left", "callback.connecting", "max.wait", "max.wait.withheld", "goodbye",
}

// LoadLocalPrompts reads what callers hear who chose "ug" or "kk".
func LoadLocalPrompts(language string) (Prompts, error) { return loadPrompts(language, localNames) }

// LoadPrompts reads the texts of a language, for example "zh-CN".
func LoadPrompts(language string) (Prompts, error) { return loadPrompts(language, promptNames) }

func loadPrompts(language string, names []string) (Prompts, error) {
	text, err := promptFiles.ReadFile("prompts/" + language + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("prompts: there are no texts in %q: set speech.language to zh-CN", language)
	}
	var p Prompts
	if err := yaml.UnmarshalWithOptions(text, &p, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("prompts/%s.yaml: %w", language, err)
	}
	for _, name := range names {
		if p[name] == "" {
			return nil, fmt.Errorf("prompts/%s.yaml: %s is missing", language, name)
		}
	}
	for name := range p {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("prompts/%s.yaml: %s is not a prompt", language, name)
		}
	}
	return p, nil
}
