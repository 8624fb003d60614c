package web

import (
	"context"
	"net/http"
	"time"

	"hotline12345/callcenter"
	"hotline12345/identity"
	"hotline12345/privacy"
	"hotline12345/routing"
)

// DoNotCall is a number that is not to be called (routing.DoNotCall).
type DoNotCall struct {
	routing.DoNotCall
	ID      string
	Number  string // whole
	Call    string // in which he asked for it; "": in none
	Ticket  string // likewise
	By      string // account id
	At      time.Time
	EndedAt *time.Time // before its time
}

// Outbound is whom agents call. Errors are coded, or *routing.Fault.
type Outbound interface {
	DoNotCalls(ctx context.Context, over bool, number, after string, limit int) (Page[DoNotCall], error)
	AddDoNotCall(ctx context.Context, d DoNotCall) (DoNotCall, error)
	EndDoNotCall(ctx context.Context, id, by string) error

	Lists(ctx context.Context, closed bool, after string, limit int) (Page[CallList], error)
	AddList(ctx context.Context, l CallList) (CallList, error)
	SaveList(ctx context.Context, l CallList) (CallList, error)
	// AddEntries says of each line that was left out what is wrong with it.
	AddEntries(ctx context.Context, list string, entries []routing.CallEntry, lines []int) (added int, faults []routing.LineFault, err error)
	// Entries after a place in the list; more: there are others.
	Entries(ctx context.Context, list string, after, limit int) (entries []ListEntry, more bool, err error)
	Entry(ctx context.Context, id string) (ListEntry, error)
	// NextEntry is nil when nobody is to be called just now.
	NextEntry(ctx context.Context, agent callcenter.AgentID, list string) (*ListEntry, error)
	GiveBack(ctx context.Context, agent callcenter.AgentID, id string) error
	// SetResult by who called; anyones: whoever did.
	SetResult(ctx context.Context, by callcenter.AgentID, anyones bool, id string, r EntryResult) (ListEntry, error)
}

// doNotCallView is one as it leaves: the number is masked, accounts are named.
type doNotCallView struct {
	routing.DoNotCall
	ID      string     `json:"id"`
	Number  string     `json:"number"`
	Call    string     `json:"call,omitempty"`
	Ticket  string     `json:"ticket,omitempty"`
	By      string     `json:"by"`
	At      time.Time  `json:"at"`
	EndedAt *time.Time `json:"endedAt,omitempty"`
}

func (s *Server) viewDoNotCalls(r *http.Request, items []DoNotCall) ([]doNotCallView, error) {
	ids := make([]string, len(items))
	for i, d := range items {
		ids[i] = d.By
	}
	name, err := s.names(r, ids)
	if err != nil {
		return nil, err
	}
	views := make([]doNotCallView, len(items))
	for i, d := range items {
		views[i] = doNotCallView{
			DoNotCall: d.DoNotCall, ID: d.ID, Number: privacy.MaskPhone(d.Number), Call: d.Call, Ticket: d.Ticket, By: name(d.By), At: d.At, EndedAt: d.EndedAt,
		}
	}
	return views, nil
}

func (s *Server) listDoNotCall(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	q := r.URL.Query()
	page, err := s.o.Outbound.DoNotCalls(r.Context(), q.Get("state") == "over", q.Get("number"), q.Get("after"), limitQuery(r, 50))
	if err != nil {
		return err
	}
	if number := q.Get("number"); number != "" { // a search for a person is a read of her data
		entry := AccessEntry{Actor: who.ID, Action: "doNotCall.search", Subject: privacy.MaskPhone(number)}
		if err := s.o.Access.LogAccess(r.Context(), entry); err != nil {
			return err
		}
	}
	views, err := s.viewDoNotCalls(r, page.Items)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, Page[doNotCallView]{Items: views, Next: page.Next})
}

func (s *Server) addsDoNotCall(w http.ResponseWriter, r *http.Request, d DoNotCall) error {
	added, err := s.o.Outbound.AddDoNotCall(r.Context(), d)
	if err != nil {
		return err
	}
	views, err := s.viewDoNotCalls(r, []DoNotCall{added})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, views[0])
}

func (s *Server) addDoNotCall(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body struct {
		routing.DoNotCall
		Number string `json:"number"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	if err := s.logRouting(r, who, "doNotCall.add", privacy.MaskPhone(body.Number), body.DoNotCall); err != nil {
		return err
	}
	return s.addsDoNotCall(w, r, DoNotCall{DoNotCall: body.DoNotCall, Number: body.Number, By: who.ID})
}

func (s *Server) endDoNotCall(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	id := r.PathValue("id")
	if err := s.logRouting(r, who, "doNotCall.end", id, nil); err != nil {
		return err
	}
	if err := s.o.Outbound.EndDoNotCall(r.Context(), id, who.ID); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// agentsDoNotCall is what an agent may say of it; it holds for a year.
func agentsDoNotCall(r *http.Request) (d routing.DoNotCall, err error) {
	err = decode(r, &d)
	d.Until = time.Now().UTC().Add(routing.AgentsDoNotCall)
	return d, err
}

// doNotCallCall is of who is on the line with the person, or was.
func (s *Server) doNotCallCall(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	d, err := agentsDoNotCall(r)
	if err != nil {
		return err
	}
	id := callcenter.CallID(r.PathValue("call"))
	number, err := s.partOf(r, who, id)
	if err != nil {
		return err
	}
	if err := s.logRouting(r, who, "doNotCall.call", string(id), d); err != nil {
		return err
	}
	return s.addsDoNotCall(w, r, DoNotCall{DoNotCall: d, Number: number, Call: string(id), By: who.ID})
}

// doNotCallTicket is of a ticket's requester, for whom may know his number; its store logs
// that it was read.
func (s *Server) doNotCallTicket(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	d, err := agentsDoNotCall(r)
	if err != nil {
		return err
	}
	number := r.PathValue("number")
	requester, err := s.o.Tickets.Reveal(r.Context(), actorOf(who), number, "doNotCall")
	if err != nil {
		return err
	}
	if err := s.logRouting(r, who, "doNotCall.ticket", number, d); err != nil {
		return err
	}
	return s.addsDoNotCall(w, r, DoNotCall{DoNotCall: d, Number: requester.Phone, Ticket: number, By: who.ID})
}
