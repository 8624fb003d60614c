package web

import (
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hotline12345/callcenter/report"
	"hotline12345/identity"
)

// reportRow is a row of figures as it leaves.
type reportRow struct {
	From            time.Time     `json:"from"`
	Queue           string        `json:"queue"`
	Offered         int           `json:"offered"`
	Answered        int           `json:"answered"`
	AnsweredInTime  int           `json:"answeredInTime"`
	Abandoned       int           `json:"abandoned"`
	AbandonedInTime int           `json:"abandonedInTime"`
	Short           int           `json:"shortAbandoned"`
	Overflowed      int           `json:"overflowed"`
	Early           int           `json:"early"`
	Callbacks       int           `json:"callbacks"`
	Handled         int           `json:"handled"`
	Transfers       int           `json:"transfers"`
	Rated           int           `json:"rated"`
	BadlyRated      int           `json:"badlyRated"`
	Levels          []reportLevel `json:"serviceLevels"`
	ASAMillis       int64         `json:"asaMs"`
	AHTMillis       int64         `json:"ahtMs"`
	TalkMS          int64         `json:"talkMs"`
	HoldMS          int64         `json:"holdMs"`
	WrapUpMS        int64         `json:"wrapUpMs"`
	Occupancy       *float64      `json:"occupancy,omitempty"`
}

type reportLevel struct {
	Formula report.Formula `json:"formula"`
	Value   *float64       `json:"value,omitempty"`
}

func viewReport(r ReportRow) reportRow {
	c := r.Counts
	v := reportRow{
		From: r.From, Queue: r.Queue, Offered: c.Offered, Answered: c.Answered, AnsweredInTime: c.AnsweredInTime, Abandoned: c.Abandoned,
		AbandonedInTime: c.AbandonedInTime, Short: c.Short, Overflowed: c.Overflowed, Early: c.Early, Callbacks: c.Callbacks, Handled: c.Handled, Transfers: c.Transfers,
		Rated: c.Rated, BadlyRated: c.BadlyRated, ASAMillis: c.ASA(), AHTMillis: c.AHT(), TalkMS: c.TalkMS, HoldMS: c.HoldMS, WrapUpMS: c.WrapUpMS, Occupancy: c.Occupancy(),
	}
	for _, l := range c.ServiceLevels() {
		v.Levels = append(v.Levels, reportLevel(l))
	}
	return v
}

// intervals reads what a report is asked for, and its rows.
func (s *Server) intervals(r *http.Request) ([]ReportRow, report.Thresholds, error) {
	q := r.URL.Query()
	step := report.StepQuarter
	if text := q.Get("step"); text != "" {
		step = report.Step(text)
	}
	span, err := report.NewRange(timeQuery(r, "from"), timeQuery(r, "to"), step)
	switch {
	case errors.Is(err, report.ErrEmpty):
		return nil, report.Thresholds{}, Refuse("bad-range")
	case err != nil:
		return nil, report.Thresholds{}, Refuse("long-range")
	}
	query := ReportQuery{Range: span, Queue: q.Get("queue"), Split: q.Get("split") == "true"}
	if within, err := strconv.Atoi(q.Get("within")); err == nil {
		query.Within = time.Duration(within) * time.Second
	}
	return s.o.Reports.Intervals(r.Context(), query)
}

func total(rows []ReportRow) (sum ReportRow) {
	for i, row := range rows {
		if i == 0 {
			sum.From, sum.Queue = row.From, row.Queue
		}
		if row.Queue != sum.Queue {
			sum.Queue = ""
		}
		sum.Add(row.Counts)
	}
	return sum
}

func (s *Server) getIntervals(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	rows, by, err := s.intervals(r)
	if err != nil {
		return err
	}
	views := make([]reportRow, len(rows))
	for i, row := range rows {
		views[i] = viewReport(row)
	}
	return writeJSON(w, http.StatusOK, struct {
		Within int         `json:"withinSeconds"`
		Short  int         `json:"shortSeconds"`
		Items  []reportRow `json:"items"`
		Total  reportRow   `json:"total"`
	}{int(by.Within / time.Second), int(by.Short / time.Second), views, viewReport(total(rows))})
}

// byteOrderMark lets spreadsheets read UTF-8.
const byteOrderMark = "\uFEFF"

func (s *Server) getIntervalsTable(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	rows, by, err := s.intervals(r)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(byteOrderMark)
	table := csv.NewWriter(&b)
	within := strconv.Itoa(int(by.Within / time.Second))
	records := [][]string{{
		"起始时间", "队列", "来电", "接听", within + " 秒内接听", "放弃", within + " 秒内放弃", "短时放弃", "溢出", "提示音中挂断", "回拨任务", "通话次数", "转出", "评价", "差评",
		"服务水平（占接听）", "服务水平（占来电）", "服务水平（不计短时放弃）", "服务水平（计及时放弃）", "平均应答时长（秒）", "平均处理时长（秒）", "工时利用率",
	}}
	for _, row := range append(rows, total(rows)) {
		records = append(records, tableRow(row))
	}
	records[len(records)-1][0] = "合计"
	if err := table.WriteAll(records); err != nil {
		return fmt.Errorf("web: report table: %w", err)
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Disposition", `attachment; filename="intervals.csv"`)
	_, _ = w.Write([]byte(b.String())) // a client that left is no fault of ours
	return nil
}

// reportZone is the clock of the table; Beijing's, without summer time since 1991.
var reportZone = time.FixedZone("CST", 8*60*60)

func tableRow(row ReportRow) []string {
	c := row.Counts
	percent := func(v *float64) string {
		if v == nil {
			return ""
		}
		return strconv.FormatFloat(100**v, 'f', 1, 64) + "%"
	}
	seconds := func(ms int64) string { return strconv.FormatFloat(float64(ms)/1000, 'f', 1, 64) }
	cells := []string{row.From.In(reportZone).Format("2006-01-02 15:04"), plainCell(row.Queue)}
	for _, n := range []int{
		c.Offered, c.Answered, c.AnsweredInTime, c.Abandoned, c.AbandonedInTime, c.Short, c.Overflowed, c.Early, c.Callbacks, c.Handled, c.Transfers, c.Rated, c.BadlyRated,
	} {
		cells = append(cells, strconv.Itoa(n))
	}
	for _, l := range c.ServiceLevels() {
		cells = append(cells, percent(l.Value))
	}
	return append(cells, seconds(c.ASA()), seconds(c.AHT()), percent(c.Occupancy()))
}

// plainCell keeps a spreadsheet from taking a text for a formula.
func plainCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// dayQuery is a day on Beijing's clock; openapi.yaml has checked its form.
func dayQuery(r *http.Request) (from, to time.Time, err error) {
	from, err = time.ParseInLocation(time.DateOnly, r.URL.Query().Get("day"), reportZone)
	if err != nil {
		return from, to, &codedError{code: codeInvalid, fields: map[string]string{"day": "没有这一天，请按 2026-03-02 的格式填写。"}}
	}
	return from.UTC(), from.AddDate(0, 0, 1).UTC(), nil
}

func (s *Server) listAgentDays(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	from, to, err := dayQuery(r)
	if err != nil {
		return err
	}
	days, err := s.o.Reports.AgentDays(r.Context(), from, to)
	if err != nil {
		return err
	}
	ids := make([]string, len(days))
	for i, d := range days {
		ids[i] = d.Agent
	}
	names, err := s.names(r, ids)
	if err != nil {
		return err
	}
	for i := range days {
		days[i].Name = names(days[i].Agent)
	}
	return writeJSON(w, http.StatusOK, Page[AgentDay]{Items: orEmpty(days)})
}

func (s *Server) getTimeline(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	from, to, err := dayQuery(r)
	if err != nil {
		return err
	}
	agent := r.PathValue("agent")
	times, err := s.o.Reports.Timeline(r.Context(), agent, from, to)
	if err != nil {
		return err
	}
	names, err := s.names(r, []string{agent})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct {
		Agent string      `json:"agent"`
		Name  string      `json:"name"`
		Items []AgentTime `json:"items"`
	}{agent, names(agent), orEmpty(times)})
}
