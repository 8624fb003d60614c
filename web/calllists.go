package web

import (
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"hotline12345/callcenter"
	"hotline12345/identity"
	"hotline12345/privacy"
	"hotline12345/routing"
)

// CallList is people whom agents call, one by one.
type CallList struct {
	ID       string
	Name     string
	Kind     routing.CallKind
	State    string // open, paused, closed
	Plan     routing.CallPlan
	By       string // account id
	At       time.Time
	ClosedAt *time.Time
	Progress ListProgress
}

// ListProgress counts the people of a list.
type ListProgress struct {
	Total   int                        `json:"total"`
	Open    int                        `json:"open"`
	InHand  int                        `json:"inHand"`
	Uncoded int                        `json:"uncoded"`
	Ended   map[routing.CallEnd]int    `json:"ended"`
	Results map[routing.CallResult]int `json:"results"`
}

// ListEntry is somebody of a list.
type ListEntry struct {
	routing.CallEntry
	ID       string
	List     string
	ListName string
	Kind     routing.CallKind
	DueAt    time.Time
	Result   routing.CallResult
	Ended    routing.CallEnd
	LeasedBy string // account id
	LeasedTo *time.Time
	Dialled  string // the call that has no result yet
	Answered bool
	Tries    []EntryTry
}

// EntryTry is an attempt that has a result.
type EntryTry struct {
	N      int                `json:"n"`
	At     time.Time          `json:"at"`
	Call   string             `json:"call"`
	Agent  string             `json:"agent"` // account id; named when it leaves
	Result routing.CallResult `json:"result"`
	Note   string             `json:"note"`
}

// EntryResult is what came of a call.
type EntryResult struct {
	Result routing.CallResult `json:"result"`
	Note   string             `json:"note"`
	Again  time.Time          `json:"again"` // of routing.CallAgain
}

type listView struct {
	ID       string           `json:"id"`
	Name     string           `json:"name"`
	Kind     routing.CallKind `json:"kind"`
	State    string           `json:"state"`
	Plan     routing.CallPlan `json:"plan"`
	By       string           `json:"by"`
	At       time.Time        `json:"at"`
	ClosedAt *time.Time       `json:"closedAt,omitempty"`
	Progress ListProgress     `json:"progress"`
}

func (s *Server) viewLists(r *http.Request, lists []CallList) ([]listView, error) {
	ids := make([]string, len(lists))
	for i, l := range lists {
		ids[i] = l.By
	}
	name, err := s.names(r, ids)
	if err != nil {
		return nil, err
	}
	views := make([]listView, len(lists))
	for i, l := range lists {
		l.By = name(l.By)
		views[i] = listView(l)
	}
	return views, nil
}

// entryView is an entry as it leaves: the number is masked always, as a page dials by the
// entry's id; the name for whom does not call him.
type entryView struct {
	ID       string             `json:"id"`
	List     string             `json:"list"`
	ListName string             `json:"listName"`
	Kind     routing.CallKind   `json:"kind"`
	Number   string             `json:"number"`
	Name     string             `json:"name"`
	Ticket   string             `json:"ticket,omitempty"`
	Call     string             `json:"call,omitempty"`
	Note     string             `json:"note"`
	NotAfter *time.Time         `json:"notAfter,omitempty"`
	DueAt    time.Time          `json:"dueAt"`
	Result   routing.CallResult `json:"result,omitempty"`
	Ended    routing.CallEnd    `json:"ended,omitempty"`
	LeasedBy string             `json:"leasedBy,omitempty"`
	LeasedTo *time.Time         `json:"leasedTo,omitempty"`
	Dialled  string             `json:"dialled,omitempty"`
	Answered bool               `json:"answered"`
	Tries    []EntryTry         `json:"tries"`
}

// maskName shows a name's first character.
func maskName(name string) string {
	if name == "" {
		return ""
	}
	_, size := utf8.DecodeRuneInString(name)
	return name[:size] + "**"
}

func (s *Server) viewEntries(r *http.Request, who identity.Account, entries []ListEntry) ([]entryView, error) {
	var ids []string
	for _, e := range entries {
		ids = append(ids, e.LeasedBy)
		for _, t := range e.Tries {
			ids = append(ids, t.Agent)
		}
	}
	name, err := s.names(r, ids)
	if err != nil {
		return nil, err
	}
	views := make([]entryView, len(entries))
	for i, e := range entries {
		v := entryView{
			ID: e.ID, List: e.List, ListName: e.ListName, Kind: e.Kind, Number: privacy.MaskPhone(e.Number), Name: e.Name, Ticket: e.Ticket, Call: e.Call,
			Note: e.Note, NotAfter: e.NotAfter, DueAt: e.DueAt, Result: e.Result, Ended: e.Ended, LeasedBy: name(e.LeasedBy), LeasedTo: e.LeasedTo,
			Dialled: e.Dialled, Answered: e.Answered, Tries: make([]EntryTry, len(e.Tries)),
		}
		if e.LeasedBy != who.ID {
			v.Name = maskName(e.Name)
		}
		for j, t := range e.Tries {
			t.Agent = name(t.Agent)
			v.Tries[j] = t
		}
		views[i] = v
	}
	return views, nil
}

func (s *Server) listCallLists(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	q := r.URL.Query()
	page, err := s.o.Outbound.Lists(r.Context(), q.Get("state") == "closed", q.Get("after"), limitQuery(r, 50))
	if err != nil {
		return err
	}
	views, err := s.viewLists(r, page.Items)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, Page[listView]{Items: views, Next: page.Next})
}

func (s *Server) writeList(w http.ResponseWriter, r *http.Request, status int, l CallList) error {
	views, err := s.viewLists(r, []CallList{l})
	if err != nil {
		return err
	}
	return writeJSON(w, status, views[0])
}

func (s *Server) addCallList(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body struct {
		Name string           `json:"name"`
		Kind routing.CallKind `json:"kind"`
		Plan routing.CallPlan `json:"plan"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	if err := s.logRouting(r, who, "callList.add", body.Name, body); err != nil {
		return err
	}
	l, err := s.o.Outbound.AddList(r.Context(), CallList{Name: body.Name, Kind: body.Kind, Plan: body.Plan, By: who.ID})
	if err != nil {
		return err
	}
	return s.writeList(w, r, http.StatusCreated, l)
}

func (s *Server) saveCallList(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body struct {
		Name  string           `json:"name"`
		State string           `json:"state"`
		Plan  routing.CallPlan `json:"plan"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := s.logRouting(r, who, "callList.save", id, body); err != nil {
		return err
	}
	l, err := s.o.Outbound.SaveList(r.Context(), CallList{ID: id, Name: body.Name, State: body.State, Plan: body.Plan})
	if err != nil {
		return err
	}
	return s.writeList(w, r, http.StatusOK, l)
}

// lineFaultView says in words what is wrong with a line.
type lineFaultView struct {
	Line    int    `json:"line"`
	Field   string `json:"field"`
	Message string `json:"message"`
}

// loadEntries takes people as a list, or as the text of a table.
func (s *Server) loadEntries(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body struct {
		Entries []routing.CallEntry `json:"entries"`
		CSV     string              `json:"csv"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	entries, lines, faults := body.Entries, make([]int, len(body.Entries)), []routing.LineFault(nil)
	for i := range entries {
		lines[i] = i + 1
	}
	if body.CSV != "" {
		entries, lines, faults = routing.ReadEntries(body.CSV)
	}
	id := r.PathValue("id")
	if err := s.logRouting(r, who, "callList.load", id, len(entries)); err != nil {
		return err
	}
	added, more, err := s.o.Outbound.AddEntries(r.Context(), id, entries, lines)
	if err != nil {
		return err
	}
	views := make([]lineFaultView, 0, len(faults)+len(more))
	for _, f := range append(faults, more...) {
		views = append(views, lineFaultView{Line: f.Line, Field: f.Field, Message: labelOf(f.Field) + whys[f.Why]})
	}
	return writeJSON(w, http.StatusOK, struct {
		Added  int             `json:"added"`
		Faults []lineFaultView `json:"faults"`
	}{added, views})
}

func (s *Server) listEntries(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	after, err := int64Cursor(r)
	if err != nil {
		return err
	}
	entries, more, err := s.o.Outbound.Entries(r.Context(), r.PathValue("id"), int(after), limitQuery(r, 50))
	if err != nil {
		return err
	}
	views, err := s.viewEntries(r, who, entries)
	if err != nil {
		return err
	}
	page := Page[entryView]{Items: views}
	if more {
		page.Next = strconv.Itoa(int(after) + len(entries))
	}
	return writeJSON(w, http.StatusOK, page)
}

// nextEntry gives the agent somebody to call, with what is known of him; that is logged.
func (s *Server) nextEntry(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body struct {
		List string `json:"list"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	entry, err := s.o.Outbound.NextEntry(r.Context(), callcenter.AgentID(who.ID), body.List)
	if err != nil {
		return err
	}
	var answer struct {
		Entry *entryView `json:"entry,omitempty"`
	}
	if entry != nil {
		if err := s.o.Access.LogAccess(r.Context(), AccessEntry{Actor: who.ID, Action: "callEntry.take", Subject: entry.ID, Detail: entry.List}); err != nil {
			return err
		}
		views, err := s.viewEntries(r, who, []ListEntry{*entry})
		if err != nil {
			return err
		}
		answer.Entry = &views[0]
	}
	return writeJSON(w, http.StatusOK, answer)
}

// getEntry is for who has him, or called him last.
func (s *Server) getEntry(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	e, err := s.o.Outbound.Entry(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	his := e.LeasedBy == who.ID || (len(e.Tries) > 0 && e.Tries[len(e.Tries)-1].Agent == who.ID)
	if !his && who.Role != identity.RoleSupervisor {
		return Refuse(codeNotFound)
	}
	views, err := s.viewEntries(r, who, []ListEntry{e})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, views[0])
}

func (s *Server) giveBackEntry(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	if err := s.o.Outbound.GiveBack(r.Context(), callcenter.AgentID(who.ID), r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// setEntryResult says what came of a call; who asked for it is not called again by lists.
func (s *Server) setEntryResult(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body struct {
		EntryResult
		DoNotCall bool `json:"doNotCall"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := s.logRouting(r, who, "callEntry.result", id, body.Result); err != nil {
		return err
	}
	anyones := who.Role == identity.RoleSupervisor
	entry, err := s.o.Outbound.SetResult(r.Context(), callcenter.AgentID(who.ID), anyones, id, body.EntryResult)
	if err != nil {
		return err
	}
	if body.DoNotCall {
		d := routing.DoNotCall{Reason: routing.DoNotCallAsked, Note: entry.ListName, Until: time.Now().UTC().Add(routing.AgentsDoNotCall)}
		call := ""
		if n := len(entry.Tries); n > 0 {
			call = entry.Tries[n-1].Call
		}
		if _, err := s.o.Outbound.AddDoNotCall(r.Context(), DoNotCall{DoNotCall: d, Number: entry.Number, Call: call, Ticket: entry.Ticket, By: who.ID}); err != nil {
			return err
		}
	}
	views, err := s.viewEntries(r, who, []ListEntry{entry})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, views[0])
}
