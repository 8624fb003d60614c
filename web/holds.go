package web

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"hotline12345/callcenter"
	"hotline12345/identity"
)

// holdView is a legal hold as it leaves.
type holdView struct {
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	Name   string    `json:"byName"`
	At     time.Time `json:"at"`
}

// holdOf is the hold of a call for those who may place one; nil: none, or not theirs to know.
func (s *Server) holdOf(r *http.Request, who identity.Account, call callcenter.CallID) (*holdView, error) {
	if !who.Role.May(identity.HoldRecordings) {
		return nil, nil //nolint:nilnil // that is what the page gets
	}
	hold, err := s.o.Calls.HoldOf(r.Context(), call)
	if err != nil || hold == nil {
		return nil, err
	}
	names, err := s.names(r, []string{hold.By})
	if err != nil {
		return nil, err
	}
	return &holdView{Reason: hold.Reason, By: hold.By, Name: names(hold.By), At: hold.At}, nil
}

// placeHold is written to the access log before it is done, as all that is done with recordings.
func (s *Server) placeHold(w http.ResponseWriter, r *http.Request, who identity.Account) error {
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
	return s.changeHold(w, r, who, "recording.hold", reason, func(call callcenter.CallID) error {
		return s.o.Calls.PlaceHold(r.Context(), call, Hold{Reason: reason, By: who.ID, At: time.Now().UTC()})
	})
}

func (s *Server) liftHold(w http.ResponseWriter, r *http.Request, who identity.Account) error {
	return s.changeHold(w, r, who, "recording.unhold", "", func(call callcenter.CallID) error {
		return s.o.Calls.LiftHold(r.Context(), call)
	})
}

func (s *Server) changeHold(w http.ResponseWriter, r *http.Request, who identity.Account, action, detail string, change func(callcenter.CallID) error) error {
	record, err := s.record(r, who)
	if err != nil {
		return err
	}
	entry := AccessEntry{Actor: who.ID, Action: action, Subject: string(record.Call), Detail: detail}
	if err := s.o.Access.LogAccess(r.Context(), entry); err != nil {
		return fmt.Errorf("log the hold: %w", err)
	}
	if err := change(record.Call); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
