package web

import (
	"net/http"
	"time"

	"hotline12345/callcenter"
	"hotline12345/identity"
)

// A pause is written to the access log when it is over, whoever ended it, by who runs
// the calls; see callcenter.LogPause.

func (s *Server) pauseRecording(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	until, err := s.o.Calls.PauseRecording(callcenter.CallID(r.PathValue("call")), callcenter.AgentID(who.ID), who.Role == identity.RoleSupervisor)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct {
		Until time.Time `json:"until"`
	}{until})
}

func (s *Server) resumeRecording(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	err := s.o.Calls.ResumeRecording(callcenter.CallID(r.PathValue("call")), callcenter.AgentID(who.ID), who.Role == identity.RoleSupervisor)
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
