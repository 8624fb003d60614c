package callcenter

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write what scenarios do now into their files")

// TestScenarios plays the files of testdata. A line that begins with "+" is an
// event as the journal has it: seconds after the one before, kind, JSON; the
// indented lines under it are what came of it. `go test -update` writes those
// anew. Since the events are journal rows, the files also keep old journals readable.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			script, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := playScenario(t, string(script))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(script) {
				t.Errorf("%s: other than written:\n%s", file, firstDifference(string(script), got))
			}
		})
	}
}

func playScenario(t *testing.T, script string) string {
	t.Helper()
	var out strings.Builder
	var c Call
	now := start
	lines := bufio.NewScanner(strings.NewReader(script))
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, " ") {
			continue // what came of it before
		}
		fmt.Fprintln(&out, line)
		if !strings.HasPrefix(line, "+") {
			continue
		}
		after, ev := parseEvent(t, line)
		now = now.Add(after)
		next, effects, err := Apply(c, ev, now)
		if err != nil {
			fmt.Fprintf(&out, "    refused: %v\n", err)
			continue
		}
		if next.State != c.State {
			fmt.Fprintf(&out, "    = %s\n", next.State)
		}
		c = next
		for _, e := range effects {
			fmt.Fprintf(&out, "    %s\n", printed(reflect.ValueOf(e)))
		}
	}
	if c.State != StateEnded {
		t.Errorf("the scenario leaves the call in %q", c.State)
	}
	return out.String()
}

func parseEvent(t *testing.T, line string) (time.Duration, Event) {
	t.Helper()
	fields := strings.SplitN(line, " ", 3)
	if len(fields) != 3 {
		t.Fatalf("%q is not an event", line)
	}
	after, err := time.ParseDuration(fields[0])
	if err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	ev, err := DecodeEvent(fields[1], []byte(fields[2]))
	if err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	switch e := ev.(type) { // the times are the same in all scenarios
	case CallArrived:
		early, survey := e.Limits.EarlyNotice, e.Limits.Survey
		e.Limits = limits
		e.Limits.EarlyNotice, e.Limits.Survey = early, survey
		ev = e
	case DialRequested:
		e.Limits = limits
		ev = e
	case ResultRequested:
		e.Limits = limits
		ev = e
	default: // has no limits
	}
	return after, ev
}

// printed shows a value without what is zero; times are seconds from the start.
func printed(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case time.Time:
		return fmt.Sprintf("@%gs", value.Sub(start).Seconds())
	case CallRecord:
		record, err := json.Marshal(value)
		if err != nil {
			return err.Error()
		}
		chain := ""
		for _, at := range value.Contacts {
			if contact, err := json.Marshal(at); err == nil {
				chain += "\n      " + string(contact)
			}
		}
		return string(record) + chain
	}
	if v.Kind() == reflect.Pointer {
		return printed(v.Elem())
	}
	if v.Kind() == reflect.Struct {
		words := []string{v.Type().Name()}
		for i := range v.NumField() {
			if field := v.Field(i); !field.IsZero() {
				words = append(words, v.Type().Field(i).Name+"="+printed(field))
			}
		}
		return strings.Join(words, " ")
	}
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct {
		words := make([]string, v.Len())
		for i := range words {
			words[i] = printed(v.Index(i))
		}
		return "[" + strings.Join(words, ", ") + "]"
	}
	return fmt.Sprint(v.Interface())
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		var a, b string
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			return fmt.Sprintf("line %d\n  written: %s\n  now:     %s", i+1, a, b)
		}
	}
	return "no difference"
}

// FuzzDecodeEvent: whatever stands in a journal row is an event or an error, and
// what was read once is written and read the same again.
func FuzzDecodeEvent(f *testing.F) {
	for kind := range eventTypes {
		f.Add(kind, []byte(`{"leg":"person","key":"1","agent":"a","offer":"o"}`))
	}
	f.Add("arrived", []byte(`{"limits":{"offerSeconds":1e99}}`))
	f.Add("nothing", []byte(`null`))
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		ev, err := DecodeEvent(kind, data)
		if err != nil {
			return
		}
		again, encoded, err := EncodeEvent(ev)
		if err != nil || again != kind {
			t.Fatalf("%s became %s: %v", kind, again, err)
		}
		second, err := DecodeEvent(kind, encoded)
		if err != nil {
			t.Fatalf("%s: %v", encoded, err)
		}
		_, twice, err := EncodeEvent(second)
		if err != nil || string(twice) != string(encoded) {
			t.Fatalf("%s, then %s: %v", encoded, twice, err)
		}
		c, _, err := Apply(Call{}, ev, start)
		if err == nil && c.State == StateNew {
			t.Fatalf("%s began a call that has not begun", kind)
		}
	})
}
