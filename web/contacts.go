package web

import (
	"net/http"
	"slices"
	"time"

	"hotline12345/callcenter"
	"hotline12345/identity"
	"hotline12345/privacy"
)

// contactView is a part of a call's chain as it leaves.
type contactView struct {
	N         int                    `json:"n"`
	Kind      callcenter.ContactKind `json:"kind"`
	Queue     string                 `json:"queue"`
	Agent     string                 `json:"agent,omitempty"`
	AgentName string                 `json:"agentName,omitempty"`
	Number    string                 `json:"number,omitempty"`
	From      time.Time              `json:"from"`
	To        time.Time              `json:"to"`
	Began     callcenter.Cause       `json:"began"`
	Ended     callcenter.Cause       `json:"ended"`
	TalkMS    int64                  `json:"talkMs"`
	HoldMS    int64                  `json:"holdMs"`
	Segments  []int                  `json:"segments"`
}

// contacts is a call's chain. That a supervisor only listened is not for agents to read.
func (s *Server) contacts(r *http.Request, who identity.Account, call callcenter.CallID) ([]contactView, error) {
	chain, err := s.o.Calls.Contacts(r.Context(), call)
	if err != nil {
		return nil, err
	}
	if who.Role == identity.RoleAgent {
		chain = slices.DeleteFunc(chain, func(c callcenter.Contact) bool { return c.Kind == callcenter.ContactMonitor })
	}
	var ids []string
	for _, c := range chain {
		if c.Agent != "" {
			ids = append(ids, string(c.Agent))
		}
	}
	names, err := s.names(r, ids)
	if err != nil {
		return nil, err
	}
	views := make([]contactView, len(chain))
	for i, c := range chain {
		views[i] = contactView{
			N: c.N, Kind: c.Kind, Queue: string(c.Queue), Agent: string(c.Agent), From: c.From, To: c.To, Began: c.Began, Ended: c.Ended,
			TalkMS: c.TalkMS, HoldMS: c.HoldMS, Segments: orEmpty(c.Segments),
		}
		if c.Agent != "" {
			views[i].AgentName = names(string(c.Agent))
		}
		if c.Number != "" {
			views[i].Number = privacy.MaskPhone(c.Number)
		}
	}
	return views, nil
}
