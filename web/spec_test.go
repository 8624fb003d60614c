package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestSpecIsValid(t *testing.T) {
	spec, err := loadSpec()
	if err != nil {
		t.Fatal(err)
	}
	if err := spec.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for path, item := range spec.Paths.Map() {
		for method, op := range item.Operations() {
			here := method + " " + path
			if op.OperationID == "" || ids[op.OperationID] != "" {
				t.Errorf("%s: operationId %q is missing or belongs to %s too", here, op.OperationID, ids[op.OperationID])
			}
			ids[op.OperationID] = here
			if op.Responses.Default() == nil {
				t.Errorf("%s does not say how it refuses", here)
			}
		}
	}
}

// TestEnumsAreThoseOfTheDomain: a state or a reason added to a pure package must be in
// openapi.yaml too, else the pages do not know it.
func TestEnumsAreThoseOfTheDomain(t *testing.T) {
	spec, err := loadSpec()
	if err != nil {
		t.Fatal(err)
	}
	for schema, from := range map[string][2]string{
		"EndReason": {"callcenter", "EndReason"}, "CallState": {"callcenter", "State"}, "CallKind": {"callcenter", "Kind"},
		"TicketState": {"ticket", "State"}, "TicketKind": {"ticket", "Kind"}, "Urgency": {"ticket", "Urgency"}, "Role": {"identity", "Role"},
		"ContactKind": {"callcenter", "ContactKind"}, "Cause": {"callcenter", "Cause"},
		"CallResult": {"routing", "CallResult"}, "CallListKind": {"routing", "CallKind"}, "DoNotCallReason": {"routing", "DoNotCallReason"},
	} {
		want := constants(t, filepath.Join("..", from[0]), from[1])
		var got []string
		for _, value := range spec.Components.Schemas[schema].Value.Enum {
			got = append(got, value.(string))
		}
		slices.Sort(got)
		if len(want) < 3 || !slices.Equal(got, want) {
			t.Errorf("%s: openapi.yaml has %v, %s.%s %v", schema, got, from[0], from[1], want)
		}
	}
}

// constants are the values of a string type's constants in a package's source, sorted,
// without the empty one.
func constants(t *testing.T, dir, name string) (values []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != name || len(spec.Values) != 1 {
				return true
			}
			literal, ok := spec.Values[0].(*ast.BasicLit)
			if !ok {
				return true
			}
			value, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			if value != "" {
				values = append(values, value)
			}
			return true
		})
	}
	slices.Sort(values)
	return values
}
