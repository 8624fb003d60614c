package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"hotline12345/callcenter"
	"hotline12345/identity"
	"hotline12345/privacy"
)

// callView is a call record as it leaves: the number masked, names beside ids.
type callView struct {
	Call       string               `json:"call"`
	Kind       callcenter.Kind      `json:"kind"`
	Number     string               `json:"number"`
	StartedAt  time.Time            `json:"startedAt"`
	AnsweredAt *time.Time           `json:"answeredAt,omitempty"`
	EndedAt    time.Time            `json:"endedAt"`
	Queue      string               `json:"queue"`
	Agents     []callcenter.AgentID `json:"agents"`
	AgentName  string               `json:"agentName,omitempty"`
	WaitMS     int64                `json:"waitMs"`
	TalkMS     int64                `json:"talkMs"`
	HoldMS     int64                `json:"holdMs"`
	Offers     int                  `json:"offers"`
	Transfers  int                  `json:"transfers"`
	PausedMS   int64                `json:"pausedMs"`
	// UnrecordedMS of talk are on no recording.
	UnrecordedMS int64                `json:"unrecordedMs,omitempty"`
	Reason       callcenter.EndReason `json:"reason"`
	Ticket       string               `json:"ticket,omitempty"`
	Rating       callcenter.Rating    `json:"rating,omitempty"` // not for agents
}

// personOf is the number outside: who called in, or who was called.
func personOf(r callcenter.CallRecord) string {
	if r.Kind == callcenter.KindInbound {
		return r.From
	}
	return r.To
}

func viewCall(r callcenter.CallRecord, who identity.Account, names func(string) string) callView {
	v := callView{
		Call: string(r.Call), Kind: r.Kind, Number: privacy.MaskPhone(personOf(r)), StartedAt: r.StartedAt, AnsweredAt: r.AnsweredAt,
		EndedAt: r.EndedAt, Queue: string(r.Queue), Agents: orEmpty(r.Agents), WaitMS: r.WaitMS, TalkMS: r.TalkMS, HoldMS: r.HoldMS,
		Offers: r.Offers, Transfers: r.Transfers, PausedMS: r.PausedMS, UnrecordedMS: r.UnrecordedMS(), Reason: r.Reason, Ticket: r.Ticket,
	}
	if who.Role != identity.RoleAgent {
		v.Rating = r.Rating
	}
	list := make([]string, len(r.Agents))
	for i, a := range r.Agents {
		list[i] = names(string(a))
	}
	v.AgentName = strings.Join(list, "、")
	return v
}

func agentsOf(records []callcenter.CallRecord) (ids []string) {
	for _, r := range records {
		for _, a := range r.Agents {
			ids = append(ids, string(a))
		}
	}
	return ids
}

func (s *Server) listCalls(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	q := r.URL.Query()
	query := CallQuery{
		After: q.Get("after"), Limit: limitQuery(r, 50), Number: q.Get("number"), Agent: q.Get("agent"),
		From: timeQuery(r, "from"), To: timeQuery(r, "to"),
	}
	if who.Role == identity.RoleAgent { // his own, whatever he asks for
		query.Agent = who.ID
	}
	page, err := s.o.Calls.ListCalls(r.Context(), query)
	if err != nil {
		return err
	}
	if query.Number != "" { // a search for a person is a read of her data
		entry := AccessEntry{Actor: who.ID, Action: "calls.search", Subject: privacy.MaskPhone(query.Number)}
		if err := s.o.Access.LogAccess(r.Context(), entry); err != nil {
			return err
		}
	}
	names, err := s.names(r, agentsOf(page.Items))
	if err != nil {
		return err
	}
	views := Page[callView]{Items: make([]callView, len(page.Items)), Next: page.Next}
	for i, record := range page.Items {
		views.Items[i] = viewCall(record, who, names)
	}
	return writeJSON(w, http.StatusOK, views)
}

// record is a call's record, if the person may see it: an agent his own.
func (s *Server) record(r *http.Request, who identity.Account) (callcenter.CallRecord, error) {
	record, err := s.o.Calls.CallRecord(r.Context(), callcenter.CallID(r.PathValue("call")))
	if err != nil {
		return callcenter.CallRecord{}, err
	}
	if who.Role == identity.RoleAgent && !slices.Contains(record.Agents, callcenter.AgentID(who.ID)) {
		return callcenter.CallRecord{}, Refuse(codeNotFound)
	}
	return record, nil
}

func (s *Server) getCall(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	record, err := s.record(r, who)
	if err != nil {
		return err
	}
	names, err := s.names(r, agentsOf([]callcenter.CallRecord{record}))
	if err != nil {
		return err
	}
	contacts, err := s.contacts(r, who, record.Call)
	if err != nil {
		return err
	}
	segments, err := s.o.Calls.Segments(r.Context(), record.Call)
	if err != nil {
		return err
	}
	hears, err := s.hears(r, who, record.Call)
	if err != nil {
		return err
	}
	segments = slices.DeleteFunc(segments, func(one Segment) bool { return !hears(one.Segment) })
	tickets, err := s.o.Tickets.TicketsOfCall(r.Context(), string(record.Call))
	if err != nil {
		return err
	}
	hold, err := s.holdOf(r, who, record.Call)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct {
		callView
		Quality    []callcenter.LegQuality `json:"quality"`
		Recordings []Segment               `json:"recordings"`
		Tickets    []string                `json:"tickets"`
		Contacts   []contactView           `json:"contacts"`
		Hold       *holdView               `json:"hold,omitempty"`
	}{viewCall(record, who, names), orEmpty(qualityFor(who, record.Quality)), orEmpty(segments), orEmpty(tickets), contacts, hold})
}

// qualityFor: an agent is not told by it who only listened.
func qualityFor(who identity.Account, legs []callcenter.LegQuality) []callcenter.LegQuality {
	if who.Role != identity.RoleAgent {
		return legs
	}
	return slices.DeleteFunc(slices.Clone(legs), func(l callcenter.LegQuality) bool { return l.Role == callcenter.RoleSupervisor })
}

type earlierCall struct {
	Call      string               `json:"call"`
	StartedAt time.Time            `json:"startedAt"`
	Reason    callcenter.EndReason `json:"reason"`
	TalkMS    int64                `json:"talkMs"`
}

const maxEarlier = 5

// getPop is the screen pop (弹屏): for whom the call is offered to or on, and for whom
// his agent asks about it.
func (s *Server) getPop(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	id := callcenter.CallID(r.PathValue("call"))
	number, err := s.numberOf(r, who, id)
	if err != nil {
		return err
	}
	earlier := []earlierCall{}
	if number != "" {
		records, err := s.o.Calls.EarlierCalls(r.Context(), number, id, maxEarlier)
		if err != nil {
			return err
		}
		for _, c := range records {
			earlier = append(earlier, earlierCall{string(c.Call), c.StartedAt, c.Reason, c.TalkMS})
		}
	}
	if len(earlier) > 0 { // what tickets tell, their store logs
		if err := s.o.Access.LogAccess(r.Context(), AccessEntry{Actor: who.ID, Action: "calls.pop", Subject: string(id)}); err != nil {
			return err
		}
	}
	pop, err := s.o.Tickets.TicketPop(r.Context(), actorOf(who), string(id), number)
	if err != nil {
		return err
	}
	tickets, err := s.o.Tickets.TicketsOfCall(r.Context(), string(id))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct {
		Call        string          `json:"call"`
		Number      string          `json:"number"`
		Earlier     []earlierCall   `json:"earlierCalls"`
		OpenTickets []OpenTicket    `json:"openTickets"`
		Requester   *KnownRequester `json:"requester,omitempty"`
		Tickets     []string        `json:"tickets"` // lodged in this call, which was handed on since
	}{string(id), privacy.MaskPhone(number), earlier, orEmpty(pop.OpenTickets), pop.Requester, orEmpty(tickets)})
}

// takesPart says whether the person is offered the call, is on it or was on it, as its
// agent or as whom the agent asks.
func takesPart(c callcenter.Call, who callcenter.AgentID) bool {
	return c.Agent == who || c.Second.Agent == who || slices.Contains(c.Record.Agents, who)
}

// numberOf is the whole number of a call that the person takes part in.
func (s *Server) numberOf(r *http.Request, who identity.Account, id callcenter.CallID) (string, error) {
	if c, live := s.o.Calls.LiveCall(id); live {
		if who.Role == identity.RoleAgent && !takesPart(c, callcenter.AgentID(who.ID)) {
			return "", Refuse(codeNotFound)
		}
		return c.Number(), nil
	}
	record, err := s.o.Calls.CallRecord(r.Context(), id)
	if err != nil {
		return "", err
	}
	if who.Role == identity.RoleAgent && !slices.Contains(record.Agents, callcenter.AgentID(who.ID)) {
		return "", Refuse(codeNotFound)
	}
	return personOf(record), nil
}

// hears says which segments of a call the person may hear: an agent those of his own
// parts, so who was asked for a minute does not hear the rest.
func (s *Server) hears(r *http.Request, who identity.Account, call callcenter.CallID) (func(segment int) bool, error) {
	if who.Role != identity.RoleAgent {
		return func(int) bool { return true }, nil
	}
	chain, err := s.o.Calls.Contacts(r.Context(), call)
	if err != nil {
		return nil, err
	}
	return func(segment int) bool {
		return slices.ContainsFunc(chain, func(c callcenter.Contact) bool {
			return c.Agent == callcenter.AgentID(who.ID) && slices.Contains(c.Segments, segment)
		})
	}, nil
}

// sound opens a recording the person may hear, and writes that he does before a byte
// of it leaves.
func (s *Server) sound(r *http.Request, who identity.Account, action string) (Sound, int, error) {
	record, err := s.record(r, who)
	if err != nil {
		return nil, 0, err
	}
	segment, err := strconv.Atoi(r.PathValue("segment"))
	if err != nil {
		return nil, 0, Refuse(codeNotFound)
	}
	hears, err := s.hears(r, who, record.Call)
	if err != nil {
		return nil, 0, err
	}
	if !hears(segment) {
		return nil, 0, Refuse(codeNotFound)
	}
	sound, err := s.o.Calls.OpenSound(r.Context(), record.Call, segment)
	if err != nil {
		return nil, 0, err
	}
	if action != "" {
		entry := AccessEntry{Actor: who.ID, Action: action, Subject: string(record.Call), Detail: fmt.Sprintf("segment %d", segment)}
		if err := s.o.Access.LogAccess(r.Context(), entry); err != nil {
			return nil, 0, fmt.Errorf("%w; close: %w", err, sound.Close())
		}
	}
	return sound, segment, nil
}

func (s *Server) getAudio(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	sound, segment, err := s.sound(r, who, "recording.listen")
	if err != nil {
		return err
	}
	defer sound.Close() //nolint:errcheck // it was only read
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`inline; filename="%s-%d.wav"`, r.PathValue("call"), segment))
	http.ServeContent(w, r, "", time.Time{}, sound)
	return nil
}

const maxPeaks = 2000

func (s *Server) getPeaks(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	sound, _, err := s.sound(r, who, "")
	if err != nil {
		return err
	}
	defer sound.Close() //nolint:errcheck // it was only read
	left, right, err := sound.Peaks(maxPeaks)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]any{
		"left": orEmpty(left), "right": orEmpty(right), "ms": sound.Duration().Milliseconds(),
	})
}

type callbackView struct {
	ID            string               `json:"id"`
	Call          string               `json:"call"`
	Number        string               `json:"number"`
	Queue         string               `json:"queue"`
	Reason        callcenter.EndReason `json:"reason"`
	CreatedAt     time.Time            `json:"createdAt"`
	State         string               `json:"state"`
	ClaimedBy     string               `json:"claimedBy,omitempty"`
	ClaimedByName string               `json:"claimedByName,omitempty"`
	ClosedAt      *time.Time           `json:"closedAt,omitempty"`
	Note          string               `json:"note,omitempty"`
}

func viewCallback(c Callback, names func(string) string) callbackView {
	v := callbackView{
		ID: c.ID, Call: c.Call, Number: privacy.MaskPhone(c.Number), Queue: c.Queue, Reason: c.Reason, CreatedAt: c.CreatedAt,
		State: c.State, ClaimedBy: c.ClaimedBy, ClosedAt: c.ClosedAt, Note: c.Note,
	}
	if c.ClaimedBy != "" {
		v.ClaimedByName = names(c.ClaimedBy)
	}
	return v
}

func (s *Server) listCallbacks(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	q := r.URL.Query()
	page, err := s.o.Calls.ListCallbacks(r.Context(), cmp.Or(q.Get("state"), "open"), q.Get("after"), limitQuery(r, 50))
	if err != nil {
		return err
	}
	var ids []string
	for _, c := range page.Items {
		if c.ClaimedBy != "" {
			ids = append(ids, c.ClaimedBy)
		}
	}
	names, err := s.names(r, ids)
	if err != nil {
		return err
	}
	views := Page[callbackView]{Items: make([]callbackView, len(page.Items)), Next: page.Next}
	for i, c := range page.Items {
		views.Items[i] = viewCallback(c, names)
	}
	return writeJSON(w, http.StatusOK, views)
}

func (s *Server) claimCallback(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	c, err := s.o.Calls.ClaimCallback(r.Context(), r.PathValue("id"), callcenter.AgentID(who.ID))
	if err != nil {
		return err
	}
	s.CallbacksChanged()
	return writeJSON(w, http.StatusOK, viewCallback(c, func(string) string { return who.Name }))
}

func (s *Server) closeCallback(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body struct {
		Note string `json:"note"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	c, err := s.o.Calls.CloseCallback(r.Context(), r.PathValue("id"), callcenter.AgentID(who.ID), who.Role == identity.RoleSupervisor, body.Note)
	if err != nil {
		return err
	}
	s.CallbacksChanged()
	names, err := s.names(r, []string{c.ClaimedBy})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, viewCallback(c, names))
}

func (s *Server) listQueues(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	queues, err := s.o.Calls.Queues(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, Page[Queue]{Items: orEmpty(queues)})
}

// listAgents: an agent is not told who listens just now.
func (s *Server) listAgents(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	agents, err := s.o.Calls.OnShift(r.Context())
	if err != nil {
		return err
	}
	for i := range agents {
		if who.Role == identity.RoleAgent && agents[i].State == "monitoring" {
			agents[i].State = "talking"
		}
	}
	return writeJSON(w, http.StatusOK, Page[AgentOnShift]{Items: orEmpty(agents)})
}
