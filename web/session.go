package web

import (
	"encoding/json"
	"net/http"
	"net/netip"

	"hotline12345/identity"
)

type accountView struct {
	ID         string        `json:"id"`
	Login      string        `json:"login"`
	Name       string        `json:"name"`
	Role       identity.Role `json:"role"`
	Agency     string        `json:"agency,omitempty"`
	AgencyName string        `json:"agencyName,omitempty"`
	Languages  []string      `json:"languages"`
}

type sessionView struct {
	Account accountView `json:"account"`
	CSRF    string      `json:"csrf"`
}

func (s *Server) session(r *http.Request, a identity.Account, token string) (sessionView, error) {
	v := accountView{ID: a.ID, Login: a.Login, Name: a.Name, Role: a.Role, Agency: a.Agency, Languages: orEmpty(a.Languages)}
	if a.Agency != "" {
		agencies, err := s.o.Tickets.AllAgencies(r.Context())
		if err != nil {
			return sessionView{}, err
		}
		for _, one := range agencies {
			if one.Code == a.Agency {
				v.AgencyName = one.Name
			}
		}
	}
	return sessionView{Account: v, CSRF: identity.CSRF(token)}, nil
}

func (s *Server) getSession(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return Refuse(codeNotSignedIn)
	}
	view, err := s.session(r, who, cookie.Value)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, view)
}

func (s *Server) signIn(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	var body struct {
		Login    string `json:"login"`
		Password string `json:"password"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	account, token, err := s.o.Accounts.SignIn(r.Context(), body.Login, body.Password, clientAddress(r))
	if err != nil {
		return err
	}
	view, err := s.session(r, account, token)
	if err != nil {
		return err
	}
	if err := s.endSession(r); err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure on TLS; without, on a machine of its own
		Name: sessionCookie, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
	})
	return writeJSON(w, http.StatusOK, view)
}

// endSession ends the session that this browser has, if any. Signing in overwrites its
// cookie: nobody could sign out of it any more.
func (s *Server) endSession(r *http.Request) error {
	for _, cookie := range r.CookiesNamed(sessionCookie) {
		if err := s.o.Accounts.SignOut(r.Context(), cookie.Value); err != nil {
			return err
		}
		s.hub.cut(cookie.Value)
	}
	return nil
}

func (s *Server) signOut(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	if err := s.endSession(r); err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure on TLS; without, on a machine of its own
		Name: sessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
	})
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// breakReasons are the reasons (小休) a person may choose.
var breakReasons = []string{"meal", "rest", "training", "meeting"}

// pageLanguages are those of the message catalogues.
var pageLanguages = []string{"zh-CN", "ug", "kk", "en"}

func (s *Server) getSettings(w http.ResponseWriter, _ *http.Request, _ identity.Account) error {
	return writeJSON(w, http.StatusOK, map[string]any{
		"languages": pageLanguages, "breakReasons": breakReasons, "demo": s.o.Demo,
	})
}

func (s *Server) openSoftphone(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	ctx, leave, err := s.socket(r)
	if err != nil {
		return err
	}
	defer leave()
	s.o.Phone.ServePhone(w, r.WithContext(ctx), who)
	return nil
}

func (s *Server) takeReceipts(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	if s.o.Receipts == nil {
		return Refuse("no-gateway")
	}
	s.o.Receipts.ServeHTTP(w, r)
	return nil
}

// names gives a function from account ids to names; what has none is shown as it is.
func (s *Server) names(r *http.Request, ids []string) (func(id string) string, error) {
	accounts, err := s.o.Accounts.Find(r.Context(), ids)
	if err != nil {
		return nil, err
	}
	return func(id string) string {
		if a, ok := accounts[id]; ok {
			return a.Name
		}
		return id
	}, nil
}

func decode(r *http.Request, into any) error {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		return Refuse(codeInvalid) // openapi.yaml has let it through: only a cut body comes here
	}
	return nil
}

// clientAddress is what failures to sign in are counted by: the IPv4 address, or the
// IPv6 network of 64 bits, as one subscriber has all the addresses of that (RFC 6177).
func clientAddress(r *http.Request) string {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	addr := from.Addr().Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	return netip.PrefixFrom(addr, 64).Masked().String()
}
