package web

import (
	"net/http"
	"strings"

	"hotline12345/callcenter"
	"hotline12345/identity"
)

// What is sent of a call to the consumer is written to the access log when it begins and
// when it ends, by who runs the calls; see package callcenter/fork.

func (s *Server) forkCall(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body struct {
		Reason string `json:"reason"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	reason := strings.TrimSpace(body.Reason)
	if reason == "" {
		return &codedError{code: codeInvalid, fields: map[string]string{"reason": labelOf("reason") + "不能为空。"}}
	}
	if err := s.o.Calls.ForkCall(callcenter.CallID(r.PathValue("call")), callcenter.AgentID(who.ID), reason); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) stopFork(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	if err := s.o.Calls.StopFork(callcenter.CallID(r.PathValue("call")), callcenter.AgentID(who.ID)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
