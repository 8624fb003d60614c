package routing

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"time"
)

// MaxEntries bounds what is loaded into a list at once.
const MaxEntries = 2000

// LineFault is what is wrong with a line, from 1: of a table the header is the first.
type LineFault struct {
	Line  int    `json:"line"`
	Field string `json:"field"`
	Why   Why    `json:"why"`
}

// WhyTable: the text is not a table that ReadEntries could take.
const WhyTable Why = "table"

// columns of a table of entries, by what its header calls them.
var columns = map[string]func(*CallEntry, string) error{
	"number": func(e *CallEntry, s string) error { e.Number = bareNumber(s); return nil },
	"name":   func(e *CallEntry, s string) error { e.Name = s; return nil },
	"ticket": func(e *CallEntry, s string) error { e.Ticket = s; return nil },
	"call":   func(e *CallEntry, s string) error { e.Call = s; return nil },
	"note":   func(e *CallEntry, s string) error { e.Note = s; return nil },
	"notBefore": func(e *CallEntry, s string) (err error) {
		e.NotBefore, err = entryTime(s)
		return err
	},
	"notAfter": func(e *CallEntry, s string) (err error) {
		e.NotAfter, err = entryTime(s)
		return err
	},
}

// chineseColumns are the same names as spreadsheets here have them.
var chineseColumns = map[string]string{
	"号码": "number", "电话": "number", "姓名": "name", "工单": "ticket", "来电": "call", "备注": "note", "开始": "notBefore", "截止": "notAfter",
}

// bareNumber leaves out what people write into numbers to read them better.
func bareNumber(s string) string {
	return strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(s)
}

// entryTime reads RFC 3339, or "2006-01-02 15:04" in Beijing, or a date.
func entryTime(s string) (*time.Time, error) {
	if s == "" {
		return nil, nil //nolint:nilnil // none is given
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04", "2006-01-02"} {
		if at, err := time.ParseInLocation(layout, s, beijing); err == nil {
			at = at.UTC()
			return &at, nil
		}
	}
	return nil, errors.New("not a time")
}

// ReadEntries reads a table (CSV, RFC 4180) whose first line names its columns, in English
// or Chinese; what it leaves out is empty. lines says where each entry stood. What is wrong
// with a line is told, and the others are taken.
func ReadEntries(table string) (entries []CallEntry, lines []int, faults []LineFault) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(table, "\ufeff")))
	r.TrimLeadingSpace = true
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if err != nil {
		return nil, nil, []LineFault{{Line: 1, Field: "csv", Why: WhyTable}}
	}
	for i, name := range header {
		name = strings.TrimSpace(name)
		if english, ok := chineseColumns[name]; ok {
			name = english
		}
		if columns[name] == nil {
			return nil, nil, []LineFault{{Line: 1, Field: "csv", Why: WhyUnknown}}
		}
		header[i] = name
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return entries, lines, faults
		}
		if err != nil { // what follows cannot be told apart
			return entries, lines, append(faults, LineFault{Line: faultyLine(err), Field: "csv", Why: WhyTable})
		}
		line, _ := r.FieldPos(0)
		if len(entries)+len(faults) >= MaxEntries {
			return entries, lines, append(faults, LineFault{Line: line, Field: "csv", Why: WhyLong})
		}
		entry, fault := readEntry(header, record)
		if fault != "" {
			faults = append(faults, LineFault{Line: line, Field: fault, Why: WhyRange})
			continue
		}
		entries, lines = append(entries, entry), append(lines, line)
	}
}

// faultyLine is where what cannot be read begins.
func faultyLine(err error) int {
	if at, ok := errors.AsType[*csv.ParseError](err); ok {
		return at.StartLine
	}
	return 1
}

// readEntry gives the column that cannot be read, or "".
func readEntry(header, record []string) (e CallEntry, fault string) {
	if len(record) > len(header) {
		return e, "csv"
	}
	for i, value := range record {
		if columns[header[i]](&e, strings.TrimSpace(value)) != nil {
			return e, header[i]
		}
	}
	return e, ""
}
