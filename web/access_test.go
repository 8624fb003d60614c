package web

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hotline12345/callcenter"
)

func TestAccessLogNames(t *testing.T) {
	e := newEdge(t)
	for _, c := range []struct{ action, subject, detail, wantSubject, wantDetail string }{
		{routingAgent, "agent", `{"account":"agent","queues":["main"],"skills":null}`, "话务员1", `{"queues":["main"],"skills":null}`},
		{statusAgent, "agent", "break", "话务员1", "break"},
		{callWatched, "c", "whisper 7s over agent", "c", "whisper 7s over 话务员1"},
		{"ticket.requester", "20260302-000001", "over agent", "20260302-000001", "over agent"},
	} {
		if err := e.access.LogAccess(t.Context(), AccessEntry{Actor: "supervisor", Action: c.action, Subject: c.subject, Detail: c.detail}); err != nil {
			t.Fatal(err)
		}
		_, body := e.ask("admin", http.MethodGet, "/access-log?limit=1", "")
		var page Page[accessView]
		if err := json.Unmarshal(body, &page); err != nil || len(page.Items) != 1 {
			t.Fatalf("%s %v", body, err)
		}
		if got := page.Items[0]; got.Actor != "班长" || got.Subject != c.wantSubject || got.Detail != c.wantDetail {
			t.Errorf("%s: %+v", c.action, got)
		}
	}
}

// TestEveryActionHasALabel: whatever the sources write into the access log, its page says
// in words. The catalogues have the same keys (locales.test.ts), so one is looked at.
func TestEveryActionHasALabel(t *testing.T) {
	text, err := os.ReadFile("app/src/locales/zh-CN.json")
	if err != nil {
		t.Fatal(err)
	}
	var catalogue struct {
		Access struct{ Actions map[string]string }
	}
	if err := json.Unmarshal(text, &catalogue); err != nil {
		t.Fatal(err)
	}
	actions := loggedActions(t, ".", "../cmd/hotline", "../ticket/ticketpg")
	if !slices.Contains(actions, "recording.listen") || !slices.Contains(actions, "ticket.pop") || !slices.Contains(actions, "call.barge") {
		t.Fatalf("not all are found: %v", actions)
	}
	for _, action := range actions {
		if catalogue.Access.Actions[strings.ReplaceAll(action, ".", "-")] == "" {
			t.Errorf("%s has no access.actions.%s in web/app/src/locales", action, strings.ReplaceAll(action, ".", "-"))
		}
	}
}

// loggedActions are the actions that non-test sources hand to the access log: as an
// argument of what writes it, of a function that passes one on, or in an AccessEntry.
func loggedActions(t *testing.T, dirs ...string) []string {
	t.Helper()
	found := map[string]bool{}
	for _, dir := range dirs {
		src := readSources(t, dir)
		// The place of the action among the arguments.
		sinks := map[string]int{"LogAccess": 2, "logAccess": 3}
		for more := true; more; {
			before := len(sinks)
			for _, f := range src.funcs {
				src.collect(t, f, sinks, found)
			}
			more = len(sinks) > before
		}
	}
	return slices.Sorted(maps.Keys(found))
}

type sources struct {
	funcs  []*ast.FuncDecl
	consts map[string]string
}

func readSources(t *testing.T, dir string) sources {
	t.Helper()
	src := sources{consts: map[string]string{}}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				src.funcs = append(src.funcs, n)
			case *ast.ValueSpec:
				for i, value := range n.Values {
					if lit, ok := value.(*ast.BasicLit); ok && lit.Kind == token.STRING {
						src.consts[n.Names[i].Name], _ = strconv.Unquote(lit.Value)
					}
				}
			}
			return true
		})
	}
	return src
}

// collect finds the actions in one function; when it passes a parameter on, it is a sink too.
func (src sources) collect(t *testing.T, f *ast.FuncDecl, sinks map[string]int, found map[string]bool) {
	take := func(action ast.Expr) {
		switch x := action.(type) {
		case *ast.BasicLit:
			if text, err := strconv.Unquote(x.Value); err == nil && text != "" { // "": not logged
				found[text] = true
			}
			return
		case *ast.Ident:
			if text, ok := src.consts[x.Name]; ok {
				found[text] = true
				return
			}
			if at := parameter(f, x.Name); at >= 0 {
				sinks[f.Name.Name] = at
				return
			}
		case *ast.BinaryExpr:
			if lit, ok := x.X.(*ast.BasicLit); ok && lit.Value == `"call."` {
				for _, mode := range []callcenter.Mode{callcenter.ModeMonitor, callcenter.ModeWhisper, callcenter.ModeBarge} {
					found["call."+string(mode)] = true
				}
				return
			}
		case *ast.SelectorExpr: // of an AccessEntry, whose action is taken where it is made
			if x.Sel.Name == "Action" {
				return
			}
		}
		t.Errorf("%s: an action of the access log that cannot be read from the source: %T", f.Name.Name, action)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if at, ok := sinks[calledName(n)]; ok && len(n.Args) > at {
				take(n.Args[at])
			}
		case *ast.CompositeLit:
			if name, ok := n.Type.(*ast.Ident); ok && name.Name == "AccessEntry" {
				for _, e := range n.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok && kv.Key.(*ast.Ident).Name == "Action" {
						take(kv.Value)
					}
				}
			}
		}
		return true
	})
}

func calledName(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// parameter is the place of a function's parameter, -1 when it has none of the name.
func parameter(f *ast.FuncDecl, name string) int {
	at := 0
	for _, field := range f.Type.Params.List {
		for _, n := range field.Names {
			if n.Name == name {
				return at
			}
			at++
		}
	}
	return -1
}
