package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"hotline12345/callcenter/report"
)

// fakeReports has two intervals, one agent and his day.
type fakeReports struct {
	query    ReportQuery
	from, to time.Time
}

func (f *fakeReports) Intervals(_ context.Context, q ReportQuery) ([]ReportRow, report.Thresholds, error) {
	f.query = q
	busy := report.Counts{Offered: 10, Answered: 6, AnsweredInTime: 3, Abandoned: 4, Short: 2, WaitMS: 60_000, Handled: 2, TalkMS: 3000, BusyMS: 3, OpenMS: 1}
	return []ReportRow{{From: began, Queue: "=1+1", Counts: busy}, {From: began.Add(15 * time.Minute), Queue: "=1+1"}}, report.Thresholds{Within: 20 * time.Second, Short: 5 * time.Second}, nil
}

func (f *fakeReports) AgentDays(_ context.Context, from, to time.Time) ([]AgentDay, error) {
	f.from, f.to = from, to
	return []AgentDay{{Agent: "agent", From: began, To: began, Millis: map[string]int64{"ready": 5}}}, nil
}

func (f *fakeReports) Timeline(_ context.Context, _ string, from, to time.Time) ([]AgentTime, error) {
	f.from, f.to = from, to
	return []AgentTime{{Shift: began, From: began, State: "ready"}}, nil
}

const day = "?from=2026-03-01T16:00:00Z&to=2026-03-02T16:00:00Z"

func TestIntervals(t *testing.T) {
	f := &fakeReports{}
	e := newEdge(t, func(o *Options) { o.Reports = f })
	resp, body := e.ask("supervisor", http.MethodGet, "/reports/intervals"+day+"&step=1h&queue=main&split=true&within=20", "")
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	if q := f.query; q.Step != report.StepHour || q.Queue != "main" || !q.Split || q.Within != 20*time.Second || len(q.Starts()) != 24 {
		t.Errorf("asked for %+v", q)
	}
	var got struct {
		Within int         `json:"withinSeconds"`
		Items  []reportRow `json:"items"`
		Total  reportRow   `json:"total"`
	}
	if err := json.Unmarshal(body, &got); err != nil || got.Within != 20 || len(got.Items) != 2 || got.Total.Offered != 10 || got.Total.ASAMillis != 10_000 {
		t.Errorf("%s %v", body, err)
	}
	if l := got.Items[0].Levels; len(l) != 4 || *l[0].Value != 0.5 || got.Items[1].Levels[0].Value != nil {
		t.Errorf("service levels %+v", l)
	}
	for code, query := range map[string]string{
		"bad-range":  "?from=2026-03-02T16:00:00Z&to=2026-03-01T16:00:00Z",
		"long-range": "?from=2026-03-01T16:00:00Z&to=2026-03-09T16:00:00Z",
		codeInvalid:  day + "&step=1m",
	} {
		resp, body := e.ask("admin", http.MethodGet, "/reports/intervals"+query, "")
		e.refused(resp, body, http.StatusBadRequest, code)
	}
	for _, who := range []string{"agent", "reviewer", "dispatcher"} {
		resp, body := e.ask(who, http.MethodGet, "/reports/intervals"+day, "")
		e.refused(resp, body, http.StatusForbidden, codeForbidden)
	}
}

func TestIntervalsAsATable(t *testing.T) {
	e := newEdge(t, func(o *Options) { o.Reports = &fakeReports{} })
	resp, body := e.ask("admin", http.MethodGet, "/reports/intervals.csv"+day, "")
	text, marked := bytes.CutPrefix(body, []byte("\xEF\xBB\xBF"))
	if resp.StatusCode != http.StatusOK || !marked || resp.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Fatalf("%d %q %s", resp.StatusCode, resp.Header, body)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("%q %v", rows, err)
	}
	if first := rows[1]; first[0] != "2026-03-02 17:00" || first[1] != "'=1+1" || first[2] != "10" || first[15] != "50.0%" || first[19] != "10.0" || first[21] != "75.0%" {
		t.Errorf("first row %q", first)
	}
	if last := rows[3]; last[0] != "合计" || last[2] != "10" {
		t.Errorf("last row %q", last)
	}
}

func TestAgentsOfADay(t *testing.T) {
	f := &fakeReports{}
	e := newEdge(t, func(o *Options) { o.Reports = f })
	for path, want := range map[string]string{
		"/reports/agents?day=2026-03-02":                `"name":"话务员1"`,
		"/reports/agents/agent/timeline?day=2026-03-02": `"state":"ready"`,
	} {
		resp, body := e.ask("supervisor", http.MethodGet, path, "")
		if resp.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(want)) {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
		if f.from.Format(time.RFC3339) != "2026-03-01T16:00:00Z" || f.to.Sub(f.from) != 24*time.Hour {
			t.Errorf("%s: %s to %s", path, f.from, f.to)
		}
		resp, body = e.ask("agent", http.MethodGet, path, "")
		e.refused(resp, body, http.StatusForbidden, codeForbidden)
	}
	for _, bad := range []string{"/reports/agents?day=yesterday", "/reports/agents", "/reports/agents?day=2026-02-30"} {
		resp, body := e.ask("supervisor", http.MethodGet, bad, "")
		e.refused(resp, body, http.StatusBadRequest, codeInvalid)
	}
}
