package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
	"hotline12345/identity/identitypg"
	"hotline12345/web"
)

// logWatch writes into the access log how long a supervisor was in a call, in which
// mode and over whom; what she was let do was written before (package web).
func logWatch(accounts *identitypg.Store) func(context.Context, callcenter.CallID, callcenter.LogWatch) error {
	return func(ctx context.Context, call callcenter.CallID, w callcenter.LogWatch) error {
		seconds := int(w.Until.Sub(w.Since).Round(time.Second) / time.Second)
		return accounts.LogAccess(ctx, string(w.Agent), "call.watched", string(call), fmt.Sprintf("%s %ds over %s", w.Mode, seconds, w.Over))
	}
}

// superviseWeb is the engine as supervisors use it from their page.
type superviseWeb struct{ *engine.Engine }

var _ web.Supervision = superviseWeb{}

// withDesk says of a supervisor without a shift what she lacks.
func withDesk(err error) error {
	if refused, ok := errors.AsType[*callcenter.Error](err); ok && refused.ErrorCode() == "no-shift" {
		return web.Refuse("no-desk")
	}
	return err
}

func (s superviseWeb) Supervise(by callcenter.AgentID, call callcenter.CallID, mode callcenter.Mode) error {
	return withDesk(s.Engine.Supervise(by, call, mode))
}

func (s superviseWeb) Leave(by callcenter.AgentID, call callcenter.CallID) error {
	return withDesk(s.Engine.Leave(by, call))
}

func (s superviseWeb) TakeOver(by callcenter.AgentID, call callcenter.CallID) error {
	return withDesk(s.Engine.TakeOver(by, call))
}

// forcedBreak is the reason of a break that a supervisor has set.
const forcedBreak = "supervisor"

func (s superviseWeb) SetAgentStatus(agent callcenter.AgentID, status string) error {
	var err error
	switch status {
	case web.AgentSignedOff:
		err = s.SignOff(agent)
	case string(engine.StatusBreak):
		err = s.SetStatus(agent, engine.StatusBreak, forcedBreak)
	default:
		err = s.SetStatus(agent, engine.AgentStatus(status), "")
	}
	if refused, ok := errors.AsType[*callcenter.Error](err); ok {
		switch refused.ErrorCode() {
		case "no-shift":
			return web.Refuse("not-on-shift")
		case "in-call":
			return web.Refuse("agent-in-call")
		}
	}
	return err
}
