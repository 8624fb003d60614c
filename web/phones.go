package web

import (
	"context"
	"net/http"
	"time"

	"hotline12345/identity"
)

// Accounts of desk phones. Who changes one is written to the access log before it is done.
// A password is told once, when it is made, and never again.

// PhoneAccount is what an agent's desk phone registers with.
type PhoneAccount struct {
	User      string       `json:"user"`
	Account   string       `json:"account"` // id of the agent's
	Name      string       `json:"name"`    // the agent's; "": he is gone
	Digest    string       `json:"digest"`
	SRTP      bool         `json:"srtp"`
	Seat      bool         `json:"seat"`
	Enabled   bool         `json:"enabled"`
	Demo      bool         `json:"demo"`
	MadeAt    time.Time    `json:"madeAt"`
	MadeBy    string       `json:"madeBy"`
	ChangedAt time.Time    `json:"changedAt"`
	ChangedBy string       `json:"changedBy"`
	Places    []PhonePlace `json:"places"` // where it is registered now
}

// PhonePlace is where a phone is registered.
type PhonePlace struct {
	Contact   string    `json:"contact"`
	Transport string    `json:"transport"`
	Source    string    `json:"source"`
	Agent     string    `json:"agent,omitempty"` // User-Agent
	Since     time.Time `json:"since"`
	Expires   time.Time `json:"expires"`
}

// Phones are the accounts of desk phones. Passwords are told once. Errors are coded.
type Phones interface {
	// Phones of all agents; registrar says whether any may register here.
	Phones(ctx context.Context) (list []PhoneAccount, registrar bool, err error)
	AddPhone(ctx context.Context, p PhoneAccount, by string) (added PhoneAccount, password string, err error)
	SavePhone(ctx context.Context, p PhoneAccount, by string) (PhoneAccount, error)
	ResetPhone(ctx context.Context, user, by string) (p PhoneAccount, password string, err error)
	RemovePhone(ctx context.Context, user string) error
}

type phoneBody struct {
	User    string `json:"user"`
	Account string `json:"account"`
	Digest  string `json:"digest"`
	SRTP    bool   `json:"srtp"`
	Seat    bool   `json:"seat"`
	Enabled bool   `json:"enabled"`
}

// phoneSecret is an answer that has a password.
type phoneSecret struct {
	Phone    PhoneAccount `json:"phone"`
	Password string       `json:"password"`
}

func (s *Server) listPhones(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	list, registrar, err := s.o.Phones.Phones(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct {
		Items     []PhoneAccount `json:"items"`
		Registrar bool           `json:"registrar"`
	}{orEmpty(list), registrar})
}

func (s *Server) addPhone(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body phoneBody
	if err := decode(r, &body); err != nil {
		return err
	}
	if err := s.logRouting(r, who, "phone.add", body.User, body); err != nil {
		return err
	}
	added, password, err := s.o.Phones.AddPhone(r.Context(), PhoneAccount{
		User: body.User, Account: body.Account, Digest: body.Digest, SRTP: body.SRTP, Seat: body.Seat,
	}, who.ID)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, phoneSecret{added, password})
}

func (s *Server) savePhone(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body phoneBody
	if err := decode(r, &body); err != nil {
		return err
	}
	user := r.PathValue("user")
	if err := s.logRouting(r, who, "phone.save", user, body); err != nil {
		return err
	}
	saved, err := s.o.Phones.SavePhone(r.Context(), PhoneAccount{
		User: user, Digest: body.Digest, SRTP: body.SRTP, Seat: body.Seat, Enabled: body.Enabled,
	}, who.ID)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, saved)
}

func (s *Server) resetPhone(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	user := r.PathValue("user")
	if err := s.logRouting(r, who, "phone.secret", user, nil); err != nil {
		return err
	}
	phone, password, err := s.o.Phones.ResetPhone(r.Context(), user, who.ID)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, phoneSecret{phone, password})
}

func (s *Server) removePhone(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	user := r.PathValue("user")
	if err := s.logRouting(r, who, "phone.remove", user, nil); err != nil {
		return err
	}
	if err := s.o.Phones.RemovePhone(r.Context(), user); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
