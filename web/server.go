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
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"hotline12345/identity"
	"hotline12345/ticket"
)

// Limits of a request.
const (
	maxBody        = 256 << 10
	requestTimeout = 30 * time.Second
	sessionCookie  = "hotline_session"
	csrfHeader     = "X-CSRF-Token"
	apiPrefix      = "/api/v1"
)

// Options of a Server.
type Options struct {
	Accounts Accounts
	Access   AccessLog
	Tickets  Tickets
	Calls    Calls
	Live     Live
	Phone    Phone
	Receipts http.Handler // of the SMS gateway; checks its signature itself
	App      fs.FS        // the built pages
	Demo     bool
	Logger   *slog.Logger
	Now      func() time.Time // [time.Now]
}

// Server is the edge of one node.
type Server struct {
	o       Options
	log     *slog.Logger
	spec    *openapi3.T
	handler http.Handler
	hub     *hub
}

// handlerFunc answers an operation for somebody; who is the zero Account where no
// session is needed. An error becomes the refusal it is coded as.
type handlerFunc func(w http.ResponseWriter, r *http.Request, who identity.Account) error

// New makes the edge. It fails when openapi.yaml and the handlers do not match.
func New(o Options) (*Server, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	spec, err := loadSpec()
	if err != nil {
		return nil, err
	}
	s := &Server{o: o, log: o.Logger, spec: spec, hub: newHub()}
	mux := http.NewServeMux()
	if err := s.routes(mux); err != nil {
		return nil, err
	}
	mux.HandleFunc(apiPrefix+"/", func(w http.ResponseWriter, r *http.Request) { s.refuse(w, r, Refuse(codeNotFound)) })
	mux.Handle("/", newPages(o.App))
	s.handler = http.NewCrossOriginProtection().Handler(withHeaders(mux))
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// operations joins openapi.yaml's operation ids with their handlers.
func (s *Server) operations() map[string]handlerFunc {
	return map[string]handlerFunc{
		"getSession": s.getSession, "signIn": s.signIn, "signOut": s.signOut, "getSettings": s.getSettings,
		"openSoftphone": s.openSoftphone, "openEvents": s.openEvents, "getLive": s.getLive,
		"listCalls": s.listCalls, "getCall": s.getCall, "getPop": s.getPop, "getAudio": s.getAudio, "getPeaks": s.getPeaks,
		"listCallbacks": s.listCallbacks, "claimCallback": s.claimCallback, "closeCallback": s.closeCallback,
		"listTickets": s.listTickets, "lodgeTicket": s.lodgeTicket, "getTicket": s.getTicket, "listTicketEvents": s.listTicketEvents,
		"revealRequester": s.revealRequester, "runCommand": s.runCommand,
		"listCategories": s.listCategories, "listAgencies": s.listAgencies, "listRegions": s.listRegions,
		"suggestAgencies": s.suggestAgencies, "getDeadline": s.getDeadline, "listQueues": s.listQueues, "listAgents": s.listAgents,
		"listAccess": s.listAccess, "takeReceipts": s.takeReceipts,
	}
}

// routes makes a route of each operation.
func (s *Server) routes(mux *http.ServeMux) error {
	handlers := s.operations()
	for path, item := range s.spec.Paths.Map() {
		for method, op := range item.Operations() {
			handler, ok := handlers[op.OperationID]
			if !ok {
				return fmt.Errorf("web: %s %s has no handler", method, path)
			}
			delete(handlers, op.OperationID)
			roles, open, err := rolesOf(op)
			if err != nil {
				return fmt.Errorf("web: %s %s: %w", method, path, err)
			}
			rt := &route{s: s, handler: handler, roles: roles, open: open, params: paramNames(path), spec: &routers.Route{
				Spec: s.spec, Server: s.spec.Servers[0], Path: path, PathItem: item, Method: method, Operation: op,
			}}
			mux.Handle(method+" "+apiPrefix+path, rt)
		}
	}
	for id := range handlers {
		return fmt.Errorf("web: the handler of %s has no operation", id)
	}
	return nil
}

// rolesOf reads x-roles: absent, the operation is open; empty, everybody signed in.
func rolesOf(op *openapi3.Operation) (roles []identity.Role, open bool, err error) {
	value, ok := op.Extensions["x-roles"]
	if !ok {
		return nil, true, nil
	}
	list, ok := value.([]any)
	if !ok {
		return nil, false, errors.New("x-roles is not a list")
	}
	for _, one := range list {
		role, ok := one.(string)
		if !ok || !slices.Contains(identity.Roles, identity.Role(role)) {
			return nil, false, fmt.Errorf("x-roles: no role %v", one)
		}
		roles = append(roles, identity.Role(role))
	}
	if len(roles) == 0 {
		roles = identity.Roles
	}
	return roles, false, nil
}

func paramNames(path string) (names []string) {
	for part := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(part, "{") {
			names = append(names, strings.Trim(part, "{}"))
		}
	}
	return names
}

// route answers one operation.
type route struct {
	s       *Server
	handler handlerFunc
	roles   []identity.Role
	open    bool
	params  []string
	spec    *routers.Route
}

// lasting operations are sockets and sound: they outlive the time of a request.
var lasting = []string{"openSoftphone", "openEvents", "getAudio"}

func (rt *route) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !slices.Contains(lasting, rt.spec.Operation.OperationID) {
		ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
		defer cancel()
		r = r.WithContext(ctx)
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	who, err := rt.admit(r)
	if err == nil {
		err = rt.validate(r)
	}
	if err == nil {
		err = rt.handler(w, r, who)
	}
	if err != nil {
		rt.s.refuse(w, r, err)
	}
}

// admit checks session, role and CSRF, in this order.
func (rt *route) admit(r *http.Request) (identity.Account, error) {
	if rt.open {
		return identity.Account{}, nil
	}
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return identity.Account{}, Refuse(codeNotSignedIn)
	}
	who, err := rt.s.o.Accounts.Authenticate(r.Context(), cookie.Value)
	if err != nil {
		return identity.Account{}, err
	}
	if !slices.Contains(rt.roles, who.Role) {
		return identity.Account{}, Refuse(codeForbidden)
	}
	if r.Method != http.MethodGet && !identity.MatchCSRF(cookie.Value, r.Header.Get(csrfHeader)) {
		return identity.Account{}, Refuse(codeBadCSRF)
	}
	return who, nil
}

// validate checks the request against openapi.yaml.
func (rt *route) validate(r *http.Request) error {
	params := make(map[string]string, len(rt.params))
	for _, name := range rt.params {
		params[name] = r.PathValue(name)
	}
	err := openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: rt.spec,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true},
	})
	if err == nil {
		return nil
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return &codedError{code: codeInvalid, fields: faultFields(err)}
}

// faultFields names the field that openapi.yaml refuses.
func faultFields(err error) map[string]string {
	name := ""
	var request *openapi3filter.RequestError
	if errors.As(err, &request) && request.Parameter != nil {
		name = request.Parameter.Name
	}
	var schema *openapi3.SchemaError
	if errors.As(err, &schema) {
		if pointer := schema.JSONPointer(); len(pointer) > 0 {
			name = strings.Join(pointer, ".")
		}
	}
	if name == "" {
		return nil
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	label, ok := fieldNames[last]
	if !ok {
		label = last
	}
	return map[string]string{name: label + "不符合要求。"}
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
