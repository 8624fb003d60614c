package web

import (
	"cmp"
	"net/http"
	"time"

	"hotline12345/callcenter"
	"hotline12345/identity"
)

// badRatingView is a task as it leaves.
type badRatingView struct {
	Call         string            `json:"call"`
	Rating       callcenter.Rating `json:"rating"`
	RatedAt      time.Time         `json:"ratedAt"`
	AgentNames   []string          `json:"agentNames"`
	ClosedAt     *time.Time        `json:"closedAt,omitempty"`
	ClosedByName string            `json:"closedByName,omitempty"`
	Note         string            `json:"note,omitempty"`
}

func viewBadRating(b BadRating, names func(string) string) badRatingView {
	v := badRatingView{
		Call: string(b.Call), Rating: b.Rating, RatedAt: b.RatedAt, AgentNames: make([]string, len(b.Agents)), ClosedAt: b.ClosedAt, Note: b.Note,
	}
	for i, a := range b.Agents {
		v.AgentNames[i] = names(string(a))
	}
	if b.ClosedBy != "" {
		v.ClosedByName = names(string(b.ClosedBy))
	}
	return v
}

// namesOf knows everybody who has to do with the tasks.
func (s *Server) namesOf(r *http.Request, tasks ...BadRating) (func(string) string, error) {
	var ids []string
	for _, b := range tasks {
		for _, a := range append([]callcenter.AgentID{b.ClosedBy}, b.Agents...) {
			if a != "" {
				ids = append(ids, string(a))
			}
		}
	}
	return s.names(r, ids)
}

func (s *Server) listBadRatings(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	q := r.URL.Query()
	page, err := s.o.Calls.BadRatings(r.Context(), cmp.Or(q.Get("state"), "open") == "closed", q.Get("after"), limitQuery(r, 50))
	if err != nil {
		return err
	}
	names, err := s.namesOf(r, page.Items...)
	if err != nil {
		return err
	}
	views := Page[badRatingView]{Items: make([]badRatingView, len(page.Items)), Next: page.Next}
	for i, b := range page.Items {
		views.Items[i] = viewBadRating(b, names)
	}
	return writeJSON(w, http.StatusOK, views)
}

func (s *Server) closeBadRating(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body struct {
		Note string `json:"note"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	b, err := s.o.Calls.CloseBadRating(r.Context(), callcenter.CallID(r.PathValue("call")), callcenter.AgentID(who.ID), body.Note)
	if err != nil {
		return err
	}
	names, err := s.namesOf(r, b)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, viewBadRating(b, names))
}
