package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"

	"hotline12345/identity"
	"hotline12345/ticket"
)

// Limits of a request.
const (
	maxBody        = 256 << 10
	requestTimeout = 30 * time.Second
	// answerTimeout ends an answer nobody reads: sound that is paused for longer is asked
	// for again by the player.
	answerTimeout = 10 * time.Minute
	// sessionCheck is how often an open socket asks whether its session still is.
	sessionCheck  = 30 * time.Second
	sessionCookie = "hotline_session"
	csrfHeader    = "X-CSRF-Token"
	// idempotencyHeader of a lodging is kept beside its ticket.
	idempotencyHeader = "Idempotency-Key"
	apiPrefix         = "/api/v1"
)

// Options of a Server.
type Options struct {
	Accounts    Accounts
	Access      AccessLog
	Tickets     Tickets
	Calls       Calls
	Routing     Routing
	Live        Live
	Supervision Supervision
	Directory   Directory
	Phone       Phone
	Receipts    http.Handler // of the SMS gateway; checks its signature itself
	App         fs.FS        // the built pages
	Demo        bool
	Logger      *slog.Logger
	Reports     Reports
	Webhooks    Webhooks
	Trunks      Trunks
	Outbound    Outbound
	Tokens      Tokens
	Phones      Phones
}

// Server is the edge of one node.
type Server struct {
	o       Options
	log     *slog.Logger
	spec    *openapi3.T
	handler http.Handler
	hub     *hub
	feed    *hub // of the integrations' socket

	sessionCheck time.Duration
}

// handlerFunc answers an operation for somebody; who is the zero Account where no
// session is needed. An error becomes the refusal it is coded as.
type handlerFunc func(w http.ResponseWriter, r *http.Request, who identity.Account) error

// New makes the edge. It fails when openapi.yaml and the handlers do not match.
func New(o Options) (*Server, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	spec, err := loadSpec()
	if err != nil {
		return nil, err
	}
	s := &Server{o: o, log: o.Logger, spec: spec, hub: newHub(), feed: newHub(), sessionCheck: sessionCheck}
	mux := http.NewServeMux()
	if err := s.routes(mux); err != nil {
		return nil, err
	}
	mux.HandleFunc(apiPrefix+"/", func(w http.ResponseWriter, r *http.Request) { s.noRoute(w, r, mux) })
	mux.Handle("/", newPages(o.App))
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.refuse(w, r, Refuse(codeOtherSite)) }))
	s.handler = withHeaders(sameOrigin.Handler(mux))
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// operation is a handler with the permission it needs; "" needs no session.
type operation struct {
	needs  identity.Permission
	handle handlerFunc
}

// operations joins openapi.yaml's operation ids with what answers them.
func (s *Server) operations() map[string]operation {
	return map[string]operation{
		"signIn": {"", s.signIn}, "getSession": {identity.ManageSession, s.getSession}, "signOut": {identity.ManageSession, s.signOut},
		"getSettings": {identity.ManageSession, s.getSettings}, "openEvents": {identity.ManageSession, s.openEvents},
		"listCategories": {identity.ManageSession, s.listCategories}, "listAgencies": {identity.ManageSession, s.listAgencies},
		"listRegions": {identity.ManageSession, s.listRegions}, "suggestAgencies": {identity.ManageSession, s.suggestAgencies},
		"getDeadline": {identity.ManageSession, s.getDeadline},

		"openSoftphone": {identity.UsePhone, s.openSoftphone}, "getPop": {identity.UsePhone, s.getPop},
		"listQueues": {identity.ReadCalls, s.listQueues}, "listAgents": {identity.UsePhone, s.listAgents},
		"listCallbacks": {identity.WorkCallbacks, s.listCallbacks}, "claimCallback": {identity.WorkCallbacks, s.claimCallback},
		"closeCallback": {identity.WorkCallbacks, s.closeCallback},
		"listCalls":     {identity.ReadCalls, s.listCalls}, "getCall": {identity.ReadCalls, s.getCall},
		"placeHold": {identity.HoldRecordings, s.placeHold}, "liftHold": {identity.HoldRecordings, s.liftHold},
		"pauseRecording": {identity.UsePhone, s.pauseRecording}, "resumeRecording": {identity.UsePhone, s.resumeRecording},
		"forkCall": {identity.ForkCalls, s.forkCall}, "stopFork": {identity.ForkCalls, s.stopFork},
		"getAudio": {identity.HearRecordings, s.getAudio}, "getPeaks": {identity.HearRecordings, s.getPeaks},

		"listDoNotCall": {identity.ManageLists, s.listDoNotCall}, "addDoNotCall": {identity.ManageLists, s.addDoNotCall},
		"endDoNotCall": {identity.ManageLists, s.endDoNotCall}, "doNotCallCall": {identity.UsePhone, s.doNotCallCall},
		"doNotCallTicket": {identity.UsePhone, s.doNotCallTicket},
		"listCallLists":   {identity.WorkLists, s.listCallLists}, "addCallList": {identity.ManageLists, s.addCallList},
		"saveCallList": {identity.ManageLists, s.saveCallList}, "listEntries": {identity.ManageLists, s.listEntries},
		"loadEntries": {identity.ManageLists, s.loadEntries}, "nextEntry": {identity.WorkLists, s.nextEntry},
		"getEntry":      {identity.WorkLists, s.getEntry},
		"giveBackEntry": {identity.WorkLists, s.giveBackEntry}, "setEntryResult": {identity.WorkLists, s.setEntryResult},

		"lodgeTicket": {identity.LodgeTickets, s.lodgeTicket}, "runCommand": {identity.WorkTickets, s.runCommand},
		"listTickets": {identity.ReadTickets, s.listTickets}, "getTicket": {identity.ReadTickets, s.getTicket},
		"listTicketEvents": {identity.ReadTickets, s.listTicketEvents}, "revealRequester": {identity.RevealPersons, s.revealRequester},

		"listRoutingQueues": {identity.ManageRouting, s.listRoutingQueues}, "saveQueue": {identity.ManageRouting, s.saveQueue},
		"removeQueue": {identity.ManageRouting, s.removeQueue}, "listSkills": {identity.ManageRouting, s.listSkills},
		"saveSkills": {identity.ManageRouting, s.saveSkills}, "listAbilities": {identity.ManageRouting, s.listAbilities},
		"saveAbility":  {identity.ManageRouting, s.saveAbility},
		"getEmergency": {identity.ManageSession, s.getEmergency}, "declareEmergency": {identity.ManageRouting, s.declareEmergency},
		"endEmergency": {identity.ManageRouting, s.endEmergency},
		"listMarks":    {identity.ManageRouting, s.listMarks}, "addMark": {identity.ManageRouting, s.addMark},
		"approveMark": {identity.ManageRouting, s.approveMark}, "endMark": {identity.ManageRouting, s.endMark},
		"markCall":         {identity.UsePhone, s.markCall},
		"listLanguageKeys": {identity.ManageRouting, s.listLanguageKeys}, "saveLanguageKeys": {identity.ManageRouting, s.saveLanguageKeys},

		"listDirectory": {identity.UsePhone, s.listDirectory}, "listDirectoryEntries": {identity.ManageRouting, s.listDirectoryEntries},
		"saveDirectoryEntry": {identity.ManageRouting, s.saveDirectoryEntry}, "removeDirectoryEntry": {identity.ManageRouting, s.removeDirectoryEntry},

		"supervise": {identity.SuperviseCalls, s.supervise}, "stopSupervising": {identity.SuperviseCalls, s.stopSupervising},
		"takeOver": {identity.SuperviseCalls, s.takeOver}, "releaseCall": {identity.SuperviseCalls, s.releaseCall},
		"setAgentStatus": {identity.SuperviseCalls, s.setAgentStatus},
		"getIntervals":   {identity.ReadReports, s.getIntervals}, "getIntervalsTable": {identity.ReadReports, s.getIntervalsTable},
		"listAgentDays": {identity.ReadReports, s.listAgentDays}, "getTimeline": {identity.ReadReports, s.getTimeline},

		"listBadRatings": {identity.WorkBadRatings, s.listBadRatings}, "closeBadRating": {identity.WorkBadRatings, s.closeBadRating},

		"listWebhooks": {identity.ManageWebhooks, s.listWebhooks}, "addWebhook": {identity.ManageWebhooks, s.addWebhook},
		"saveWebhook": {identity.ManageWebhooks, s.saveWebhook}, "removeWebhook": {identity.ManageWebhooks, s.removeWebhook},
		"renewWebhook": {identity.ManageWebhooks, s.renewWebhook}, "pingWebhook": {identity.ManageWebhooks, s.pingWebhook},
		"openFeed":   {identity.ReadEvents, s.openFeed},
		"listTokens": {identity.ManageWebhooks, s.listTokens}, "addToken": {identity.ManageWebhooks, s.addToken},
		"revokeToken": {identity.ManageWebhooks, s.revokeToken},

		"listPhones": {identity.ManagePhones, s.listPhones}, "addPhone": {identity.ManagePhones, s.addPhone},
		"savePhone": {identity.ManagePhones, s.savePhone}, "resetPhone": {identity.ManagePhones, s.resetPhone},
		"removePhone": {identity.ManagePhones, s.removePhone},

		"getLive": {identity.WatchLive, s.getLive}, "listTrunks": {identity.WatchLive, s.listTrunks}, "listAccess": {identity.ReadAccessLog, s.listAccess},
		"takeReceipts": {"", s.takeReceipts},
	}
}

// routes makes a route of each operation.
func (s *Server) routes(mux *http.ServeMux) error {
	known := s.operations()
	for path, item := range s.spec.Paths.Map() {
		for method, described := range item.Operations() {
			op, ok := known[described.OperationID]
			if !ok {
				return fmt.Errorf("web: %s %s has no handler", method, path)
			}
			delete(known, described.OperationID)
			if err := agree(op.needs, described); err != nil {
				return fmt.Errorf("web: %s %s: %w", method, path, err)
			}
			mux.Handle(method+" "+apiPrefix+path, &route{s: s, operation: op, params: paramNames(path), lasting: outlasts(described), spec: &routers.Route{
				Spec: s.spec, Server: s.spec.Servers[0], Path: path, PathItem: item, Method: method, Operation: described,
			}})
		}
	}
	for id := range known {
		return fmt.Errorf("web: the handler of %s has no operation", id)
	}
	return nil
}

// agree fails when openapi.yaml's x-roles are not the roles that have the permission: absent
// for an operation without a session, empty for everybody signed in.
func agree(needs identity.Permission, described *openapi3.Operation) error {
	value, listed := described.Extensions["x-roles"]
	if listed != (needs != "") {
		return errors.New("x-roles and the need of a session differ")
	}
	if !listed {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		return errors.New("x-roles is not a list")
	}
	for _, role := range identity.Roles {
		if said := len(list) == 0 || slices.Contains(list, any(string(role))); said != role.May(needs) {
			return fmt.Errorf("x-roles and the permission %s differ about the role %s", needs, role)
		}
	}
	return nil
}

func paramNames(path string) (names []string) {
	for part := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(part, "{") {
			names = append(names, strings.Trim(part, "{}"))
		}
	}
	return names
}

// noRoute tells a wrong path from a wrong method.
func (s *Server) noRoute(w http.ResponseWriter, r *http.Request, mux *http.ServeMux) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		try := &http.Request{Method: method, URL: r.URL, Host: r.Host}
		if _, pattern := mux.Handler(try); strings.HasPrefix(pattern, method) {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		s.refuse(w, r, Refuse(codeNotFound))
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	s.refuse(w, r, Refuse(codeNoMethod))
}

// refuse tells the client what is wrong; a fault of ours is logged and not told.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // the client is gone
	}
	code, answer, fields, known := answerOf(err)
	if !known {
		s.log.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	if wait := retryAfter(err); wait != "" {
		w.Header().Set("Retry-After", wait)
	}
	body := struct {
		Code    string            `json:"code"`
		Message string            `json:"message"`
		Fields  map[string]string `json:"fields,omitempty"`
	}{code, answer.message, fields}
	if err := writeJSON(w, answer.status, body); err != nil {
		s.log.DebugContext(r.Context(), "answer not taken", "error", err)
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("web: marshal: %w", err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(text) // a client that left is no fault of ours
	return nil
}

func actorOf(a identity.Account) ticket.Actor {
	return ticket.Actor{ID: a.ID, Name: a.Name, Role: ticket.Role(a.Role), Agency: a.Agency}
}
