package web

import (
	"net/http"
	"slices"
	"time"

	"hotline12345/callcenter"
	"hotline12345/identity"
	"hotline12345/privacy"
	"hotline12345/routing"
)

// CallerMark is a mark of a number: the green channel (Art. 40), or that others go first.
type CallerMark struct {
	routing.Mark
	ID         string
	Number     string // whole
	Call       string // in which an agent set it; "": by list
	By         string // account id
	At         time.Time
	ApprovedBy string // account id; "": nobody yet
	State      string // pending, active, over
}

// markView is a mark as it leaves: the number is masked, accounts are named.
type markView struct {
	routing.Mark
	ID         string    `json:"id"`
	Number     string    `json:"number"`
	Call       string    `json:"call,omitempty"`
	By         string    `json:"by"`
	At         time.Time `json:"at"`
	ApprovedBy string    `json:"approvedBy,omitempty"`
	State      string    `json:"state"`
}

func (s *Server) viewMarks(r *http.Request, marks []CallerMark) ([]markView, error) {
	var ids []string
	for _, m := range marks {
		ids = append(ids, m.By, m.ApprovedBy)
	}
	name, err := s.names(r, ids)
	if err != nil {
		return nil, err
	}
	views := make([]markView, len(marks))
	for i, m := range marks {
		views[i] = markView{
			Mark: m.Mark, ID: m.ID, Number: privacy.MaskPhone(m.Number), Call: m.Call, By: name(m.By), At: m.At,
			ApprovedBy: name(m.ApprovedBy), State: m.State,
		}
	}
	return views, nil
}

func (s *Server) listMarks(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	q := r.URL.Query()
	page, err := s.o.Routing.Marks(r.Context(), q.Get("state"), q.Get("after"), limitQuery(r, 50))
	if err != nil {
		return err
	}
	views, err := s.viewMarks(r, page.Items)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, Page[markView]{Items: views, Next: page.Next})
}

func (s *Server) writeMark(w http.ResponseWriter, r *http.Request, status int, m CallerMark) error {
	views, err := s.viewMarks(r, []CallerMark{m})
	if err != nil {
		return err
	}
	return writeJSON(w, status, views[0])
}

// addMark is a supervisor's, which is its approval.
func (s *Server) addMark(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body struct {
		routing.Mark
		Number string `json:"number"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	if err := s.logRouting(r, who, "mark.add", privacy.MaskPhone(body.Number), body.Mark); err != nil {
		return err
	}
	m, err := s.o.Routing.AddMark(r.Context(), CallerMark{Mark: body.Mark, Number: body.Number, By: who.ID}, false)
	if err != nil {
		return err
	}
	return s.writeMark(w, r, http.StatusCreated, m)
}

func (s *Server) approveMark(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body struct {
		Priority int       `json:"priority"`
		Until    time.Time `json:"until"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := s.logRouting(r, who, "mark.approve", id, body); err != nil {
		return err
	}
	m, err := s.o.Routing.ApproveMark(r.Context(), id, body.Priority, body.Until, who.ID)
	if err != nil {
		return err
	}
	return s.writeMark(w, r, http.StatusOK, m)
}

func (s *Server) endMark(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	id := r.PathValue("id")
	if err := s.logRouting(r, who, "mark.end", id, nil); err != nil {
		return err
	}
	m, err := s.o.Routing.EndMark(r.Context(), id, who.ID)
	if err != nil {
		return err
	}
	return s.writeMark(w, r, http.StatusOK, m)
}

// markCall is an agent's, of who is on the line with him or was: the green channel counts
// at once, anything else once a supervisor has approved it.
func (s *Server) markCall(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body struct {
		Kind  routing.MarkKind `json:"kind"`
		Group string           `json:"group"`
		Note  string           `json:"note"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	id := callcenter.CallID(r.PathValue("call"))
	number, err := s.partOf(r, who, id)
	if err != nil {
		return err
	}
	if err := s.logRouting(r, who, "mark.call", string(id), body); err != nil {
		return err
	}
	mark, pending := routing.AgentsMark(body.Kind, body.Group, body.Note, time.Now().UTC())
	m, err := s.o.Routing.AddMark(r.Context(), CallerMark{Mark: mark, Number: number, Call: string(id), By: who.ID}, pending)
	if err != nil {
		return err
	}
	return s.writeMark(w, r, http.StatusCreated, m)
}

// partOf is the number of a call in which the person has a part; a supervisor in any.
func (s *Server) partOf(r *http.Request, who identity.Account, id callcenter.CallID) (string, error) {
	if c, live := s.o.Calls.LiveCall(id); live {
		agent := callcenter.AgentID(who.ID)
		if who.Role == identity.RoleSupervisor || c.Agent == agent || c.Second.Agent == agent || slices.Contains(c.Record.Agents, agent) {
			return c.Number(), nil
		}
		return "", Refuse(codeNotFound)
	}
	record, err := s.record(r, who)
	if err != nil {
		return "", err
	}
	if record.Kind == callcenter.KindInbound {
		return record.From, nil
	}
	return record.To, nil
}
