package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"hotline12345/identity"
)

// A token stands for another system in the place of a person's session, where openapi.yaml
// says so (security: token): Authorization: Bearer TOKEN. It has no role, so that nothing
// else is open to it.

// takesTokens says whether an operation is open to tokens.
func takesTokens(described *openapi3.Operation) bool {
	if described.Security == nil {
		return false
	}
	for _, one := range *described.Security {
		if _, ok := one["token"]; ok {
			return true
		}
	}
	return false
}

// bearer is the token of a request that has no session; "": none.
func bearer(r *http.Request) string {
	if len(r.CookiesNamed(sessionCookie)) > 0 {
		return ""
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// credential is what a lasting connection is held by, and whether that still counts.
func (s *Server) credential(r *http.Request) (key string, check func(context.Context) error, err error) {
	if token := bearer(r); token != "" {
		return "token " + token, func(ctx context.Context) error { _, err := s.o.Tokens.UseToken(ctx, token); return err }, nil
	}
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return "", nil, Refuse(codeNotSignedIn)
	}
	return cookie.Value, func(ctx context.Context) error { _, err := s.o.Accounts.Authenticate(ctx, cookie.Value); return err }, nil
}

type tokenView struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	By        string     `json:"by"`
	CreatedAt time.Time  `json:"createdAt"`
	Until     time.Time  `json:"until"`
	UsedAt    *time.Time `json:"usedAt,omitempty"`
}

func (s *Server) viewTokens(r *http.Request, tokens []identity.Token) ([]tokenView, error) {
	ids := make([]string, len(tokens))
	for i, t := range tokens {
		ids[i] = t.By
	}
	name, err := s.names(r, ids)
	if err != nil {
		return nil, err
	}
	views := make([]tokenView, len(tokens))
	for i, t := range tokens {
		t.By = name(t.By)
		views[i] = tokenView(t)
	}
	return views, nil
}

func (s *Server) listTokens(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	tokens, err := s.o.Tokens.Tokens(r.Context())
	if err != nil {
		return err
	}
	views, err := s.viewTokens(r, tokens)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, Page[tokenView]{Items: views})
}

func (s *Server) addToken(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body struct {
		Name  string    `json:"name"`
		Until time.Time `json:"until"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	if err := s.logRouting(r, who, "token.add", body.Name, body.Until); err != nil {
		return err
	}
	token, secret, err := s.o.Tokens.AddToken(r.Context(), identity.Token{Name: body.Name, Until: body.Until, By: who.ID})
	if err != nil {
		return err
	}
	views, err := s.viewTokens(r, []identity.Token{token})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, struct {
		Token  tokenView `json:"token"`
		Secret string    `json:"secret"`
	}{views[0], secret})
}

func (s *Server) revokeToken(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	id := r.PathValue("id")
	if err := s.logRouting(r, who, "token.revoke", id, nil); err != nil {
		return err
	}
	if err := s.o.Tokens.RevokeToken(r.Context(), id, who.ID); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
