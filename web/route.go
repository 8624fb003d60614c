package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"hotline12345/identity"
)

// route answers one operation.
type route struct {
	operation
	s      *Server
	params []string
	spec   *routers.Route
}

// lasting operations are sockets and sound: they outlive the time of a request.
var lasting = []string{"openSoftphone", "openEvents", "getAudio"}

func (rt *route) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !slices.Contains(lasting, rt.spec.Operation.OperationID) {
		ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		// A body that trickles in holds no goroutine for ever; net/http lifts the
		// deadline with the next request.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(requestTimeout)) // not every writer has one
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	who, err := rt.admit(r)
	if err == nil {
		err = rt.validate(r)
	}
	if err == nil {
		err = rt.handle(w, r, who)
	}
	if err != nil {
		rt.s.refuse(w, r, err)
	}
}

// admit checks session, permission and CSRF, in this order.
func (rt *route) admit(r *http.Request) (identity.Account, error) {
	if rt.needs == "" {
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
	if !who.Role.May(rt.needs) {
		return identity.Account{}, Refuse(codeForbidden)
	}
	safe := r.Method == http.MethodGet || r.Method == http.MethodHead
	if !safe && !identity.MatchCSRF(cookie.Value, r.Header.Get(csrfHeader)) {
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
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
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
	if schema, ok := errors.AsType[*openapi3.SchemaError](err); ok {
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
