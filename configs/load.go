package configs

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxFile bounds a configuration file.
const maxFile = 1 << 20

// Fault is one thing that is wrong with the configuration.
type Fault struct {
	Source  string // file name, or the name of a variable
	Line    int    // 0: none
	Key     string // path of the key, "" for the whole
	Problem string
	Remedy  string
}

func (f Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.Source)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
	}
	b.WriteString(": ")
	if f.Key != "" {
		b.WriteString(f.Key + ": ")
	}
	b.WriteString(f.Problem + "; " + f.Remedy)
	return b.String()
}

// Faults are all that were found; never empty as an error.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// Load reads the file (none when path is ""), then the environment, and validates.
// env has entries NAME=value as os.Environ gives them. The error is of type Faults.
func Load(path string, env []string) (Config, error) {
	c := Defaults()
	var faults Faults
	lines := map[string]place{}
	if path != "" {
		text, fault := readFile(path)
		if fault != nil {
			return Config{}, Faults{*fault}
		}
		faults = append(faults, decode(&c, path, text, lines)...)
	}
	faults = append(faults, fromEnvironment(&c, env, lines)...)
	if len(faults) == 0 {
		faults = validate(c, cmp.Or(path, "configuration"), lines)
	}
	if len(faults) > 0 {
		return Config{}, faults
	}
	return c, nil
}

// place is where a key got its value.
type place struct {
	source string
	line   int
}

func readFile(path string) ([]byte, *Fault) {
	file, err := os.Open(path) //nolint:gosec // the operator's own file
	if err != nil {
		remedy := "create it (configs/hotline.yaml is an example) or start without -config"
		if errors.Is(err, os.ErrPermission) {
			remedy = "let the user that runs the hotline read it"
		}
		return nil, &Fault{Source: path, Problem: "cannot be read: " + unwrapPath(err), Remedy: remedy}
	}
	defer file.Close() //nolint:errcheck // read only
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, &Fault{Source: path, Problem: "cannot be read: " + unwrapPath(err), Remedy: "name a file"}
	}
	if len(text) > maxFile {
		return nil, &Fault{Source: path, Problem: "is larger than 1 MiB", Remedy: "name the right file"}
	}
	return text, nil
}

func unwrapPath(err error) string {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err.Error()
	}
	return err.Error()
}

// decode sets what text says in c and notes each key's line.
func decode(c *Config, source string, text []byte, lines map[string]place) Faults {
	file, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		if syntax, ok := errors.AsType[*yaml.SyntaxError](err); ok && syntax.Token != nil {
			return Faults{{Source: source, Line: syntax.Token.Position.Line, Problem: "is not YAML: " + syntax.Message, Remedy: "correct the line; indent with spaces, not tabs"}}
		}
		message, _, _ := strings.Cut(err.Error(), "\n")
		return Faults{{Source: source, Problem: "is not YAML: " + message, Remedy: "correct it; indent with spaces, not tabs"}}
	}
	d := decoder{source: source, lines: lines}
	for i, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if i > 0 {
			d.fault(doc.Body, "", "is a second document", "keep one document and remove the --- line")
			break
		}
		d.mapping(doc.Body, "", reflect.ValueOf(c).Elem())
	}
	return d.faults
}

// decoder walks a syntax tree beside the configuration's structure. It works on the
// tree, not on yaml.Unmarshal, because every fault shall name its line and its key,
// and because no value shall be guessed from another kind.
type decoder struct {
	source string
	lines  map[string]place
	faults Faults
}

func (d *decoder) fault(at ast.Node, key, problem, remedy string) {
	line := 0
	if token := at.GetToken(); token != nil && token.Position != nil {
		line = token.Position.Line
	}
	d.faults = append(d.faults, Fault{Source: d.source, Line: line, Key: key, Problem: problem, Remedy: remedy})
}

// mapping reads a mapping node into a struct.
func (d *decoder) mapping(node ast.Node, path string, into reflect.Value) {
	var entries []*ast.MappingValueNode
	switch node := node.(type) {
	case *ast.MappingNode:
		entries = node.Values
	case *ast.MappingValueNode:
		entries = []*ast.MappingValueNode{node}
	case *ast.CommentGroupNode, *ast.NullNode:
		if path == "" {
			return // nothing but comments: all defaults
		}
		d.fault(node, path, "has nothing in it", "remove it to keep the defaults")
		return
	default:
		d.fault(node, path, "is not a group of keys", "write keys below it, indented: "+strings.Join(keysOf(into.Type()), ", "))
		return
	}
	seen := map[string]bool{}
	for _, entry := range entries {
		key, ok := entry.Key.(*ast.StringNode)
		if !ok {
			d.fault(entry.Key, path, "has a key that is not a plain word", "write the key's name")
			continue
		}
		full := join(path, key.Value)
		field, known := fieldOf(into, key.Value)
		switch {
		case !known:
			d.fault(entry.Key, full, "is not a key", suggest(key.Value, path, into.Type()))
		case seen[key.Value]:
			d.fault(entry.Key, full, "is given twice", "keep one of the two")
		default:
			seen[key.Value] = true
			d.value(entry.Value, full, field)
		}
	}
}

// value reads any node into a field.
func (d *decoder) value(node ast.Node, path string, field reflect.Value) {
	if token := first(node).GetToken(); token != nil && token.Position != nil {
		d.lines[path] = place{source: d.source, line: token.Position.Line}
	}
	if isGroup(field.Type()) {
		d.mapping(node, path, field)
		return
	}
	if field.Kind() == reflect.Slice {
		d.list(node, path, field)
		return
	}
	text, err := scalar(node, field)
	if err == nil {
		err = set(field, text)
	}
	if err != nil {
		d.fault(node, path, err.Error(), remedyOf(field))
	}
}

// first is where a node begins to be read: the token of a mapping of one key is the
// colon after it, of a block of keys the first one's.
func first(node ast.Node) ast.Node {
	switch n := node.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			return first(n.Values[0])
		}
	case *ast.MappingValueNode:
		return n.Key
	}
	return node
}

func (d *decoder) list(node ast.Node, path string, field reflect.Value) {
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		d.fault(node, path, "is not a list", "write one entry a line, each after \"- \", or [] for none")
		return
	}
	const most = 1000
	if len(sequence.Values) > most {
		d.fault(node, path, fmt.Sprintf("has more than %d entries", most), "shorten it")
		return
	}
	list := reflect.MakeSlice(field.Type(), len(sequence.Values), len(sequence.Values))
	for i, entry := range sequence.Values {
		d.value(entry, fmt.Sprintf("%s[%d]", path, i), list.Index(i))
	}
	if list.Len() == 0 {
		list = reflect.Zero(field.Type())
	}
	field.Set(list)
}

// scalar gives the text of a scalar node, refusing kinds that do not fit the field.
func scalar(node ast.Node, field reflect.Value) (string, error) {
	switch node := node.(type) {
	case *ast.StringNode:
		if field.Kind() == reflect.Bool {
			return "", fmt.Errorf("%q is neither true nor false", node.Value)
		}
		return node.Value, nil
	case *ast.IntegerNode:
		return node.Token.Value, nil
	case *ast.BoolNode:
		if field.Kind() != reflect.Bool {
			return "", errors.New("is true or false where another value belongs")
		}
		return node.Token.Value, nil
	case *ast.FloatNode:
		return node.Token.Value, nil
	case *ast.NullNode:
		return "", errors.New("has no value")
	case *ast.LiteralNode:
		return node.Value.Value, nil
	default:
		return "", errors.New("is not a single value")
	}
}

// suggest names the key that was probably meant, or all that are there.
func suggest(key, path string, group reflect.Type) string {
	names := keysOf(group)
	best := slices.MinFunc(names, func(a, b string) int { return distance(key, a) - distance(key, b) })
	if distance(key, best) <= 2 {
		return fmt.Sprintf("did you mean %s?", join(path, best))
	}
	return "known here: " + strings.Join(names, ", ")
}

// distance is the number of letters to change, add or remove (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
