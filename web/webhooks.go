package web

import (
	"encoding/json"
	"net/http"
	"net/url"

	"hotline12345/identity"
)

// Who changes what other systems are told is written to the access log before it is
// done. A secret is told once and never again.

type webhookBody struct {
	URL     string   `json:"url"`
	Events  []string `json:"events"`
	Enabled bool     `json:"enabled"`
}

// webhookSecret is an answer that has a secret.
type webhookSecret struct {
	Webhook *Webhook `json:"webhook,omitempty"`
	Secret  string   `json:"secret"`
}

func (s *Server) listWebhooks(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	list, err := s.o.Webhooks.Webhooks(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct {
		Items []Webhook `json:"items"`
		Types []string  `json:"types"`
	}{orEmpty(list), s.o.Webhooks.EventTypes()})
}

// withoutQuery is what the access log has of an address: its query is often a secret.
func withoutQuery(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

func (s *Server) addWebhook(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body webhookBody
	if err := decode(r, &body); err != nil {
		return err
	}
	if err := s.logRouting(r, who, "webhook.add", withoutQuery(body.URL), body.Events); err != nil {
		return err
	}
	hook, secret, err := s.o.Webhooks.AddWebhook(r.Context(), Webhook{URL: body.URL, Events: body.Events}, who.ID)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, webhookSecret{&hook, secret})
}

func (s *Server) saveWebhook(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body webhookBody
	if err := decode(r, &body); err != nil {
		return err
	}
	id := r.PathValue("id")
	logged := body
	logged.URL = withoutQuery(body.URL)
	if err := s.logRouting(r, who, "webhook.save", id, logged); err != nil {
		return err
	}
	hook, err := s.o.Webhooks.SaveWebhook(r.Context(), Webhook{ID: id, URL: body.URL, Events: body.Events, Enabled: body.Enabled})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, hook)
}

func (s *Server) removeWebhook(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	id := r.PathValue("id")
	if err := s.logRouting(r, who, "webhook.remove", id, nil); err != nil {
		return err
	}
	if err := s.o.Webhooks.RemoveWebhook(r.Context(), id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) renewWebhook(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	id := r.PathValue("id")
	if err := s.logRouting(r, who, "webhook.secret", id, nil); err != nil {
		return err
	}
	secret, err := s.o.Webhooks.RenewWebhook(r.Context(), id)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, webhookSecret{Secret: secret})
}

func (s *Server) pingWebhook(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	if err := s.o.Webhooks.PingWebhook(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// Feed tells whoever listens to the integrations' socket of an event; it never waits.
func (s *Server) Feed(event any) {
	all := func(identity.Account) bool { return true }
	if !s.feed.any(all) {
		return
	}
	text, err := json.Marshal(event)
	if err != nil {
		s.log.Error("an event cannot be told", "error", err)
		return
	}
	s.feed.publish(text, all)
}

// openFeed is the socket of the events that webhooks are told of, all types.
func (s *Server) openFeed(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	return s.serveEvents(s.feed, w, r, who)
}
