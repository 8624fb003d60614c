// Command testsum reads what `go test -json` writes and shows what a person wants to
// see: one line for each package, the whole output of what failed, and a count at the
// end. It exits with 1 when anything failed, or nothing ran.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// event is one line of go test -json (go doc test2json), or of a build that failed.
type event struct {
	Action     string
	Package    string
	ImportPath string // of build output
	Test       string
	Output     string
	Elapsed    float64
}

// summary of a whole run.
type summary struct {
	passed, failed, skipped int
	packages, broken        int
	output                  map[string][]string // what is not yet known to have passed
}

func main() {
	count := flag.String("count", "", "file that gets the number of tests that passed")
	flag.Parse()
	s, err := read(os.Stdin, os.Stdout)
	if err == nil && *count != "" {
		err = os.WriteFile(*count, []byte(strconv.Itoa(s.passed)), 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(1)
	}
	fmt.Printf("%d passed, %d failed, %d skipped in %d packages\n", s.passed, s.failed, s.skipped, s.packages)
	if s.failed+s.broken > 0 || s.passed == 0 {
		os.Exit(1)
	}
}

const maxLine = 16 << 20 // bytes of one event

func read(in io.Reader, out io.Writer) (*summary, error) {
	s := &summary{output: map[string][]string{}}
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			// Not an event: go itself complains, about a flag or a module.
			if _, err := fmt.Fprintln(out, lines.Text()); err != nil {
				return nil, err
			}
			continue
		}
		if text := s.take(e); text != "" {
			if _, err := io.WriteString(out, text); err != nil {
				return nil, err
			}
		}
	}
	return s, lines.Err()
}

// take counts one event and returns what is to be shown.
func (s *summary) take(e event) string {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		return e.Output
	case "output":
		s.output[key] = append(s.output[key], e.Output)
	case "pass", "skip":
		return s.settled(e, key)
	case "fail":
		return s.fault(e, key)
	}
	return ""
}

func (s *summary) settled(e event, key string) string {
	delete(s.output, key)
	switch {
	case e.Test != "" && e.Action == "skip":
		s.skipped++
	case e.Test != "":
		s.passed++
	case e.Action == "pass":
		s.packages++
		return fmt.Sprintf("ok    %-40s %6.1f s\n", e.Package, e.Elapsed)
	}
	return ""
}

func (s *summary) fault(e event, key string) string {
	text := strings.Join(s.output[key], "")
	delete(s.output, key)
	if e.Test != "" {
		s.failed++
		return text
	}
	s.packages++
	s.broken++
	// What still stands there belongs to tests that never ended: a panic, a hang.
	var open []string
	for other := range s.output {
		if strings.HasPrefix(other, e.Package+" ") {
			open = append(open, other)
		}
	}
	slices.Sort(open)
	for _, other := range open {
		text += strings.Join(s.output[other], "")
		delete(s.output, other)
	}
	return text + fmt.Sprintf("FAIL  %-40s %6.1f s\n", e.Package, e.Elapsed)
}
