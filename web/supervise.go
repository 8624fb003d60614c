package web

import (
	"fmt"
	"net/http"

	"hotline12345/callcenter"
	"hotline12345/identity"
)

// What a supervisor does in calls and to agents is written to the access log before it
// is done; how long she was in a call, the engine writes when she leaves.

func callOf(r *http.Request) callcenter.CallID { return callcenter.CallID(r.PathValue("call")) }

// supervised logs an action and does it.
func (s *Server) supervised(w http.ResponseWriter, r *http.Request, who identity.Account, e AccessEntry, do func(by callcenter.AgentID) error) error {
	e.Actor = who.ID
	if err := s.o.Access.LogAccess(r.Context(), e); err != nil {
		return fmt.Errorf("log %s: %w", e.Action, err)
	}
	if err := do(callcenter.AgentID(who.ID)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) supervise(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body struct {
		Mode callcenter.Mode `json:"mode"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	entry := AccessEntry{Action: "call." + string(body.Mode), Subject: string(callOf(r))}
	return s.supervised(w, r, who, entry, func(by callcenter.AgentID) error {
		return s.o.Supervision.Supervise(by, callOf(r), body.Mode)
	})
}

func (s *Server) stopSupervising(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	if err := s.o.Supervision.Leave(callcenter.AgentID(who.ID), callOf(r)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) takeOver(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	return s.supervised(w, r, who, AccessEntry{Action: "call.takeOver", Subject: string(callOf(r))}, func(by callcenter.AgentID) error {
		return s.o.Supervision.TakeOver(by, callOf(r))
	})
}

func (s *Server) releaseCall(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body struct {
		Requeue bool `json:"requeue"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	entry := AccessEntry{Action: "call.release", Subject: string(callOf(r)), Detail: "end"}
	if body.Requeue {
		entry.Detail = "requeue"
	}
	return s.supervised(w, r, who, entry, func(by callcenter.AgentID) error {
		return s.o.Supervision.Release(by, callOf(r), body.Requeue)
	})
}

func (s *Server) setAgentStatus(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	var body struct {
		Status string `json:"status"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	agent := r.PathValue("agent")
	return s.supervised(w, r, who, AccessEntry{Action: statusAgent, Subject: agent, Detail: body.Status}, func(callcenter.AgentID) error {
		return s.o.Supervision.SetAgentStatus(callcenter.AgentID(agent), body.Status)
	})
}
