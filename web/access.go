package web

import (
	"net/http"
	"strings"
	"time"

	"hotline12345/identity"
)

// Actions of the access log that tell of an account: the first two by their subject, the
// third by the end of its detail (logWatch of cmd/hotline).
const (
	statusAgent  = "agent.status"
	routingAgent = "routing.agent"
	callWatched  = "call.watched"
)

// accessView names who acted, and the accounts it was done to.
type accessView struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Action  string    `json:"action"`
	Subject string    `json:"subject"`
	Detail  string    `json:"detail,omitempty"`
}

func (s *Server) listAccess(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	limit := limitQuery(r, 50)
	before, err := int64Cursor(r)
	if err != nil {
		return err
	}
	entries, err := s.o.Access.ListAccess(r.Context(), before, limit)
	if err != nil {
		return err
	}
	ids := make([]string, 0, len(entries))
	for _, e := range entries {
		e.name(func(id string) string { ids = append(ids, id); return id })
	}
	names, err := s.names(r, ids)
	if err != nil {
		return err
	}
	page := Page[accessView]{Items: make([]accessView, len(entries))}
	for i, e := range entries {
		e.name(names)
		page.Items[i] = accessView(e)
	}
	if len(entries) == limit {
		page.Next = formatInt(entries[limit-1].ID)
	}
	return writeJSON(w, http.StatusOK, page)
}

// name puts names in the place of account ids.
func (e *AccessEntry) name(names func(id string) string) {
	e.Actor = names(e.Actor)
	switch e.Action {
	case routingAgent: // its detail, an ability, says it again
		e.Detail = strings.Replace(e.Detail, `"account":"`+e.Subject+`",`, "", 1)
		e.Subject = names(e.Subject)
	case statusAgent:
		e.Subject = names(e.Subject)
	case callWatched:
		if how, agent, ok := strings.Cut(e.Detail, " over "); ok {
			e.Detail = how + " over " + names(agent)
		}
	}
}
