package configs

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/parser"
)

// envPrefix begins every variable.
const envPrefix = "HOTLINE_"

var (
	durationType = reflect.TypeFor[time.Duration]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// isGroup says whether a type is a group of keys, not a value.
func isGroup(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !reflect.PointerTo(t).Implements(textType)
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func keysOf(group reflect.Type) []string {
	names := make([]string, group.NumField())
	for i := range names {
		names[i] = group.Field(i).Tag.Get("yaml")
	}
	return names
}

func fieldOf(group reflect.Value, key string) (reflect.Value, bool) {
	for i := range group.NumField() {
		if group.Type().Field(i).Tag.Get("yaml") == key {
			return group.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// set reads one written value.
func set(field reflect.Value, text string) error {
	if reader, ok := reflect.TypeAssert[encoding.TextUnmarshaler](field.Addr()); ok {
		return reader.UnmarshalText([]byte(text))
	}
	switch {
	case field.Type() == durationType:
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return fmt.Errorf("%q is not a length of time", text)
		}
		field.SetInt(int64(d))
	case field.Kind() == reflect.String:
		field.SetString(text)
	case field.Kind() == reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		field.SetInt(int64(n))
	case field.Kind() == reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		field.SetBool(b)
	default:
		return fmt.Errorf("a value of type %s cannot be read", field.Type())
	}
	return nil
}

func remedyOf(field reflect.Value) string {
	switch {
	case field.Type() == durationType:
		return "write a number with its unit: 20s, 10m, 4h"
	case field.Kind() == reflect.Bool:
		return "write true or false"
	case field.Kind() == reflect.Int:
		return "write digits only"
	case field.Kind() == reflect.String:
		return "write one value, in quotes if it has special characters"
	default:
		return "correct the value"
	}
}

// Variable is one key with its variable.
type Variable struct {
	Key  string // "sip.addr"
	Name string // "HOTLINE_SIP_ADDR"
	// Default as it is written; secrets have none.
	Default string
}

// Variables lists every key in the order of the file.
func Variables() []Variable {
	c := Defaults()
	var list []Variable
	walk(reflect.ValueOf(&c).Elem(), "", func(path string, field reflect.Value) {
		list = append(list, Variable{Key: path, Name: variableOf(path), Default: fmt.Sprint(field.Interface())})
	})
	return list
}

func variableOf(path string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

// walk calls f for every value of a group, depth first.
func walk(group reflect.Value, path string, f func(path string, field reflect.Value)) {
	for i := range group.NumField() {
		full := join(path, group.Type().Field(i).Tag.Get("yaml"))
		if field := group.Field(i); isGroup(field.Type()) {
			walk(field, full, f)
		} else {
			f(full, field)
		}
	}
}

// notKeys are variables with our prefix that other programs of the project read.
var notKeys = map[string]bool{"HOTLINE_CONFIG": true, "HOTLINE_URL": true}

// fromEnvironment sets what variables say. A list is written as YAML:
// [10.0.0.0/8, 192.0.2.1], [{name: city, peers: [192.0.2.1]}].
func fromEnvironment(c *Config, env []string, lines map[string]place) Faults {
	given := map[string]string{}
	for _, entry := range env {
		if name, value, ok := strings.Cut(entry, "="); ok && strings.HasPrefix(name, envPrefix) && !notKeys[name] {
			given[name] = value
		}
	}
	var faults Faults
	walk(reflect.ValueOf(c).Elem(), "", func(path string, field reflect.Value) {
		name := variableOf(path)
		text, ok := given[name]
		delete(given, name)
		if !ok {
			return
		}
		lines[path] = place{source: name}
		if field.Kind() == reflect.Slice {
			faults = append(faults, listFromText(name, text, path, field)...)
			return
		}
		if err := set(field, text); err != nil {
			faults = append(faults, Fault{Source: name, Problem: err.Error(), Remedy: remedyOf(field)})
		}
	})
	for _, name := range slices.Sorted(maps.Keys(given)) {
		faults = append(faults, unknownVariable(name))
	}
	return faults
}

func unknownVariable(name string) Fault {
	fault := Fault{Source: name, Problem: "is not a variable of the hotline", Remedy: "unset it; `hotline help` lists all"}
	nearest := 3
	for _, v := range Variables() {
		if d := distance(name, v.Name); d < nearest {
			nearest, fault.Remedy = d, fmt.Sprintf("did you mean %s?", v.Name)
		}
	}
	return fault
}

func listFromText(name, text, path string, field reflect.Value) Faults {
	file, err := parser.ParseBytes([]byte(text), 0)
	if err != nil || len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return Faults{{Source: name, Problem: "is not a list", Remedy: "write it in one line like [one, two]"}}
	}
	d := decoder{source: name, lines: map[string]place{}}
	d.list(file.Docs[0].Body, path, field)
	for i := range d.faults {
		d.faults[i].Line = 0
	}
	return d.faults
}
