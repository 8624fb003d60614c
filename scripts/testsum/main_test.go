package main

import (
	"strings"
	"testing"
)

func TestReadShowsFaultsAndCounts(t *testing.T) {
	in := strings.Join([]string{
		`{"Action":"run","Package":"a","Test":"TestGood"}`,
		`{"Action":"output","Package":"a","Test":"TestGood","Output":"noise\n"}`,
		`{"Action":"pass","Package":"a","Test":"TestGood"}`,
		`{"Action":"skip","Package":"a","Test":"TestSkipped"}`,
		`{"Action":"output","Package":"a","Test":"TestBad","Output":"what went wrong\n"}`,
		`{"Action":"fail","Package":"a","Test":"TestBad"}`,
		`{"Action":"output","Package":"a","Test":"TestHangs","Output":"panic: too long\n"}`,
		`{"Action":"fail","Package":"a","Elapsed":1.5}`,
		`{"Action":"pass","Package":"b","Test":"TestOther"}`,
		`{"Action":"pass","Package":"b","Elapsed":0.1}`,
		`{"Action":"build-output","ImportPath":"c","Output":"c.go:1: no\n"}`,
		`go: a plain complaint`,
	}, "\n")
	var out strings.Builder
	s, err := read(strings.NewReader(in), &out)
	if err != nil {
		t.Fatal(err)
	}
	if s.passed != 2 || s.failed != 1 || s.skipped != 1 || s.packages != 2 || s.broken != 1 {
		t.Errorf("counted %+v", s)
	}
	for _, want := range []string{"what went wrong", "panic: too long", "FAIL  a", "ok    b", "c.go:1: no", "go: a plain complaint"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not shown in\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "noise") {
		t.Error("the output of a good test is shown")
	}
}
