package web

import (
	"encoding/json"
	"net/http"
	"time"

	"hotline12345/identity"
	"hotline12345/routing"
)

// emergencyView says whether calls are taken as in an emergency (Art. 39), and how.
type emergencyView struct {
	Active    bool               `json:"active"`
	Emergency *routing.Emergency `json:"emergency,omitempty"`
}

func viewEmergency(e routing.Emergency, now time.Time) emergencyView {
	if !e.Active(now) {
		return emergencyView{}
	}
	return emergencyView{Active: true, Emergency: &e}
}

// getEmergency is for everybody: who works in it knows of it.
func (s *Server) getEmergency(w http.ResponseWriter, r *http.Request, _ identity.Account) error {
	e, err := s.o.Routing.Emergency(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, viewEmergency(e, time.Now()))
}

func (s *Server) declareEmergency(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var e routing.Emergency
	if err := decode(r, &e); err != nil {
		return err
	}
	e.Since, e.Until = time.Now().UTC().Truncate(time.Microsecond), e.Until.UTC()
	if err := s.logRouting(r, who, "emergency.declare", e.Reason, e); err != nil {
		return err
	}
	if err := s.o.Routing.Declare(r.Context(), e, who.ID); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, viewEmergency(e, e.Since))
}

func (s *Server) endEmergency(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	if err := s.logRouting(r, who, "emergency.end", "", nil); err != nil {
		return err
	}
	if err := s.o.Routing.EndEmergency(r.Context(), who.ID, time.Now()); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, emergencyView{})
}

// EmergencyChanged tells everybody that an emergency was declared, or is over.
func (s *Server) EmergencyChanged(active bool) {
	text, err := json.Marshal(struct {
		Type   string `json:"type"`
		Active bool   `json:"active"`
	}{"emergency", active})
	if err != nil {
		s.log.Error("an emergency cannot be told of", "error", err)
		return
	}
	s.hub.publish(text, func(identity.Account) bool { return true })
}
