package callcenter

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// noticesOf plays a scenario and says what others are told of it.
func noticesOf(t *testing.T, name string) (told []NoticeType) {
	t.Helper()
	script, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	var c Call
	now := start
	lines := bufio.NewScanner(strings.NewReader(string(script)))
	for lines.Scan() {
		if !strings.HasPrefix(lines.Text(), "+") {
			continue
		}
		after, ev := parseEvent(t, lines.Text())
		now = now.Add(after)
		next, _, err := Apply(c, ev, now)
		if err != nil {
			continue
		}
		told = append(told, Notices(c, next)...)
		c = next
	}
	return told
}

func TestNotices(t *testing.T) {
	const begun = "call.started call.queued call.offered call.answered "
	for scenario, want := range map[string]string{
		"answered":         begun + "call.held call.resumed call.ended",
		"callback_left":    "call.started call.queued call.ended",
		"unanswered_offer": "call.started call.queued call.offered call.offered call.ended",
		"outbound":         "call.started call.answered call.ended",
		"transfer_back":    begun + "call.transferred call.queued call.queued call.ended",
		"forced_release":   begun + "call.queued call.offered call.answered call.transferred call.ended",
		"result":           "call.started call.ended",
	} {
		var got []string
		for _, n := range noticesOf(t, scenario) {
			if !slices.Contains(NoticeTypes, n) {
				t.Errorf("%s is not in the list", n)
			}
			got = append(got, string(n))
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s: %s\nwant %s", scenario, text, want)
		}
	}
}
