package web

import (
	"encoding/json"
	"io"
	"net/http"
	"time"

	"hotline12345/callcenter"
	"hotline12345/identity"
	"hotline12345/ticket"
)

// ticketView is a ticket as it leaves: redacted by the store, with what the person may do.
type ticketView struct {
	ticket.Ticket
	CategoryPath []string            `json:"categoryPath"`
	Assignments  []ticket.Assignment `json:"assignments"`
	Attempts     []ticket.Attempt    `json:"attempts"`
	Commands     []string            `json:"commands"`
}

func viewTicket(t ticket.Ticket, by ticket.Actor) ticketView {
	return ticketView{
		Ticket: t, CategoryPath: orEmpty(t.CategoryPath), Assignments: orEmpty(t.Assignments), Attempts: orEmpty(t.Attempts),
		Commands: orEmpty(ticket.Commands(t, by)),
	}
}

func (s *Server) listTickets(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	q := r.URL.Query()
	by := actorOf(who)
	page, err := s.o.Tickets.ListTickets(r.Context(), by, TicketQuery{
		Box: q.Get("box"), After: q.Get("after"), Limit: limitQuery(r, 0), Q: q.Get("q"),
		State: ticket.State(q.Get("state")), Agency: q.Get("agency"), Overdue: q.Get("overdue") == "true",
	})
	if err != nil {
		return err
	}
	views := Page[ticketView]{Items: make([]ticketView, len(page.Items)), Next: page.Next}
	for i, t := range page.Items {
		views.Items[i] = viewTicket(t, by)
	}
	return writeJSON(w, http.StatusOK, views)
}

// lodgeTicket takes the intake form. A ticket lodged from a call may leave the phone
// out: it is the call's number, which the agent need not see.
func (s *Server) lodgeTicket(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	lodge, then, err := ticket.DecodeLodge(body)
	if err != nil {
		return err
	}
	if lodge.Call != "" {
		number, err := s.numberOf(r, who, callcenter.CallID(lodge.Call))
		if err != nil {
			return err
		}
		if lodge.Requester.Phone == "" {
			lodge.Requester.Phone = number
		}
	}
	by := actorOf(who)
	t, err := s.o.Tickets.Lodge(r.Context(), by, r.Header.Get(idempotencyHeader), lodge, then)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, viewTicket(t, by))
}

func (s *Server) getTicket(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	by := actorOf(who)
	t, err := s.o.Tickets.Get(r.Context(), by, r.PathValue("number"))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, viewTicket(t, by))
}

func (s *Server) listTicketEvents(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	events, err := s.o.Tickets.TicketHistory(r.Context(), actorOf(who), r.PathValue("number"))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, Page[TicketEvent]{Items: orEmpty(events)})
}

func (s *Server) revealRequester(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	requester, err := s.o.Tickets.Reveal(r.Context(), actorOf(who), r.PathValue("number"), "page")
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, requester)
}

func (s *Server) runCommand(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	cmd, version, err := ticket.DecodeCommand(r.PathValue("command"), body)
	if err != nil {
		return err
	}
	by := actorOf(who)
	t, err := s.o.Tickets.Handle(r.Context(), by, r.PathValue("number"), version, cmd)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, viewTicket(t, by))
}

func (s *Server) listCategories(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	items, err := s.o.Tickets.AllCategories(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, Page[Category]{Items: orEmpty(items)})
}

func (s *Server) listAgencies(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	items, err := s.o.Tickets.AllAgencies(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, Page[Named]{Items: orEmpty(items)})
}

func (s *Server) listRegions(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	items, err := s.o.Tickets.AllRegions(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, Page[Named]{Items: orEmpty(items)})
}

func (s *Server) suggestAgencies(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	q := r.URL.Query()
	items, err := s.o.Tickets.Propose(r.Context(), q.Get("category"), q.Get("region"))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, Page[Proposal]{Items: orEmpty(items)})
}

func (s *Server) getDeadline(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	q := r.URL.Query()
	due, why, err := s.o.Tickets.Deadline(r.Context(), ticket.Kind(q.Get("kind")), ticket.Urgency(q.Get("urgency")), q.Get("category"), q.Get("region"))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct {
		Due time.Time          `json:"due"`
		Why ticket.Explanation `json:"why"`
	}{due, why})
}

// TicketChanged tells the pages that may see the ticket; cmd/hotline calls it for
// every change any node commits.
func (s *Server) TicketChanged(number string, state ticket.State, lodgedBy string, agencies []string) {
	text, err := json.Marshal(map[string]any{"type": "ticket", "number": number, "state": state, "agencies": orEmpty(agencies)})
	if err != nil {
		s.log.Error("a change was not told", "error", err)
		return
	}
	s.hub.publish(text, func(a identity.Account) bool {
		t := ticket.Ticket{Number: number, State: state, LodgedBy: lodgedBy}
		for _, agency := range agencies {
			t.Assignments = append(t.Assignments, ticket.Assignment{Agency: agency})
		}
		return ticket.CanSee(t, actorOf(a))
	})
}

// ChangesMissed cuts every client off: they connect again and read anew.
func (s *Server) ChangesMissed() { s.hub.cutAll() }

// CallbacksChanged tells those who work on callback tasks.
func (s *Server) CallbacksChanged() {
	s.hub.publish([]byte(`{"type":"callback"}`), func(a identity.Account) bool { return a.Role.May(identity.WorkCallbacks) })
}
