package engine

import (
	"context"
	"errors"

	"hotline12345/callcenter"
)

// Phones are the agents' desk phones as the engine needs them (callcenter/sipua). What
// becomes of a call to one comes back through TrunkSink, as of Trunk.Dial; Trunk.HangUp
// ends it. Ring returns at once, with ErrNoPhone when none is registered.
type Phones interface {
	Ring(ctx context.Context, leg callcenter.LegID, agent callcenter.AgentID, from Shown, offer []byte) error
}

// Shown is who calls, as an agent's phone may show it.
type Shown struct {
	Number string // "": the hotline's own
	Name   string // "": none
}

// ErrNoPhone: the agent has no phone that could be called now.
var ErrNoPhone = errors.New("engine: the agent's desk phone is not registered")
