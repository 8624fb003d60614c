package main

import (
	"maps"
	"slices"
	"testing"

	"hotline12345/routing"
)

// TestAChangedAnnouncementIsLetGo: memory holds the announcements of now, not of ever.
func TestAChangedAnnouncementIsLetGo(t *testing.T) {
	p := &prompts{sounds: map[string][]byte{}}
	closed := func(text string) map[string]routing.Queue {
		return map[string]routing.Queue{"main": {Closed: routing.Closed{Say: text}}, "always": {}}
	}
	p.announce(closed("monday"), routing.Emergency{Say: "flood"})
	for _, name := range []string{"notice", "say:monday", "say:flood", "say:sunday", "file:result"} {
		p.keep(name, make([]byte, 10))
		p.keep(name, make([]byte, 10))
	}
	kept := func(bytes int, want ...string) {
		t.Helper()
		if got := slices.Sorted(maps.Keys(p.sounds)); !slices.Equal(got, want) || p.bytes != bytes {
			t.Errorf("kept %q of %d bytes, want %q of %d", got, p.bytes, want, bytes)
		}
	}
	kept(30, "notice", "say:flood", "say:monday")
	p.announce(closed("tuesday"), routing.Emergency{Say: "flood"})
	p.keep("say:monday", make([]byte, 10)) // to a call that came before
	kept(20, "notice", "say:flood")
	p.announce(nil, routing.Emergency{})
	kept(10, "notice")
}
