// Package hotline12345 has no code: this test guards the arrows between the
// packages, so that the pure ones stay pure and adapters do not know each other.
package hotline12345

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "hotline12345"

// imports says what of ours a package may import; one that is not listed is refused.
// Test files may also import what is below deploy, and the seeds.
var imports = map[string][]string{
	"callcenter":           {},
	"callcenter/engine":    {"callcenter", "routing", "media"},
	"callcenter/sipua":     {"callcenter", "callcenter/engine"},
	"callcenter/softphone": {"callcenter", "callcenter/engine"},
	"callcenter/callpg":    {"callcenter", "callcenter/engine", "callcenter/report", "routing", "privacy"},
	"callcenter/report":    {"callcenter"},
	"callcenter/hooks":     {"callcenter/reach", "privacy"},
	"callcenter/fork":      {"callcenter", "callcenter/engine", "callcenter/reach", "media"},
	"callcenter/reach":     {},
	"callcenter/sim":       {"callcenter", "routing"},
	"routing":              {},
	"routing/acd":          {"routing"},
	"media":                {},
	"media/archive":        {},
	"media/speech":         {},
	"ticket":               {},
	"ticket/ticketpg":      {"ticket", "privacy"},
	"ticket/feedback":      {"ticket"},
	"privacy":              {},
	"identity":             {},
	"identity/identitypg":  {"identity"},
	"web":                  {"callcenter", "callcenter/report", "routing", "ticket", "identity", "privacy"},
	"web/app":              {},
	"configs":              {},
	"configs/seeds":        {},
	"deploy/local":         {},
	"deploy/migrations":    {},
	"deploy/pgtest":        {"deploy/local", "deploy/migrations"},
	"deploy/s3test":        {},
	"cmd/callsim":          {},
	"scripts":              {},
	"scripts/testsum":      {},
	"cmd/hotline":          {"*"},

	"deploy/examples/recogniser": {},
}

// hidden says who alone may know a library: whoever else wants what it does asks them.
var hidden = map[string][]string{
	"github.com/pion/":            {"media", "cmd/callsim"},
	"github.com/emiago/sipgo":     {"callcenter/sipua"},
	"github.com/coder/websocket":  {"callcenter/softphone", "callcenter/fork", "web", "cmd/callsim", "deploy/examples/recogniser"},
	"github.com/minio/":           {"media/archive"},
	"github.com/riverqueue/river": {"ticket/feedback", "callcenter/hooks", "deploy/migrations"},
	"github.com/redis/go-redis":   {"routing/acd", "configs", "deploy/local", "deploy/pgtest", "cmd/hotline"},
	"github.com/jackc/pgx": {
		"callcenter/callpg", "callcenter/hooks", "identity/identitypg", "ticket/ticketpg", "ticket/feedback",
		"configs", "deploy/local", "deploy/migrations", "deploy/pgtest", "cmd/hotline",
	},
}

func TestImportTable(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "var" || (path != "." && strings.HasPrefix(d.Name(), "."))) {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" || filepath.Dir(path) == "." {
			return nil
		}
		seen[filepath.ToSlash(filepath.Dir(path))] = true
		checkFile(t, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range imports {
		if !seen[pkg] {
			t.Errorf("the import table has %s, which has no Go file", pkg)
		}
	}
}

func checkFile(t *testing.T, path string) {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	pkg := filepath.ToSlash(filepath.Dir(path))
	allowed, listed := imports[pkg]
	if !listed {
		t.Errorf("%s: package %s is not in the import table", path, pkg)
		return
	}
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		test := strings.HasSuffix(path, "_test.go")
		for library, known := range hidden {
			if strings.HasPrefix(name, library) && !test && !slices.Contains(known, pkg) {
				t.Errorf("%s imports %s: only %s may", path, name, strings.Join(known, ", "))
			}
		}
		ours, found := strings.CutPrefix(name, module+"/")
		if !found || slices.Contains(allowed, "*") || slices.Contains(allowed, ours) || ours == pkg {
			continue
		}
		if test && (strings.HasPrefix(ours, "deploy/") || ours == "configs/seeds") {
			continue
		}
		t.Errorf("%s imports %s: the import table does not have that arrow", path, ours)
	}
}
