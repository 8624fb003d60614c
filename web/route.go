package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"hotline12345/identity"
)

// route answers one operation.
type route struct {
	operation
	s       *Server
	params  []string
	spec    *routers.Route
	lasting bool
}

// outlasts says that openapi.yaml answers with a socket or with sound (bytes that are no
// text): such an operation outlives the time of a request.
func outlasts(described *openapi3.Operation) bool {
	for status, answer := range described.Responses.Map() {
		if status == "101" {
			return true
		}
		for _, content := range answer.Value.Content {
			if content.Schema != nil && content.Schema.Value.Format == "binary" {
				return true
			}
		}
	}
	return false
}

func (rt *route) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !rt.lasting {
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

// admit checks session, permission and CSRF, in this order; or a token of another system.
func (rt *route) admit(r *http.Request) (identity.Account, error) {
	if rt.needs == "" {
		return identity.Account{}, nil
	}
	if token := bearer(r); token != "" && takesTokens(rt.spec.Operation) {
		t, err := rt.s.o.Tokens.UseToken(r.Context(), token)
		return identity.Account{ID: t.ID, Name: t.Name}, err
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

// validate checks the request against openapi.yaml, and that its texts are texts.
func (rt *route) validate(r *http.Request) error {
	if err := rt.checkText(r); err != nil {
		return err
	}
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
	return faultOf(err)
}

// checkText refuses what no store takes as text: bytes that are not UTF-8, and NUL, in the
// address, in a header that is kept, or in a string of the body. Bodies are JSON.
func (rt *route) checkText(r *http.Request) error {
	for name, values := range r.URL.Query() {
		for _, value := range values {
			if !isText(value) {
				return &codedError{code: codeInvalid, fields: map[string]string{name: labelOf(name) + "含有无效字符。"}}
			}
		}
	}
	if !isText(r.Header.Get(idempotencyHeader)) {
		return &codedError{code: codeInvalid, fields: map[string]string{idempotencyHeader: idempotencyHeader + "含有无效字符。"}}
	}
	if rt.spec.Operation.RequestBody == nil {
		return nil
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return Refuse(codeNotJSON)
	}
	body, err := io.ReadAll(r.Body)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return err
	}
	if err != nil { // broken off, or too slow
		return Refuse(codeMalformed)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	tokens := json.NewDecoder(bytes.NewReader(body))
	for {
		token, err := tokens.Token()
		switch text, isString := token.(string); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return Refuse(codeMalformed)
		case isString && !isText(text):
			return &codedError{code: codeInvalid, fields: map[string]string{"body": "内容含有无效字符。"}}
		}
	}
}

func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// faultOf names the field that openapi.yaml refuses; without one it is the body as such.
func faultOf(err error) error {
	fields := faultFields(err)
	request, ok := errors.AsType[*openapi3filter.RequestError](err)
	if len(fields) == 0 && ok && request.RequestBody != nil {
		return Refuse(codeMalformed)
	}
	return &codedError{code: codeInvalid, fields: fields}
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
	return map[string]string{name: labelOf(name) + "不符合要求。"}
}
