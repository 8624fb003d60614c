package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
	"hotline12345/callcenter/hooks"
	"hotline12345/configs"
	"hotline12345/privacy"
	"hotline12345/ticket"
	"hotline12345/ticket/ticketpg"
)

// Types of events beside those of calls.
const (
	eventAgent     = "agent.state"
	eventRecording = "recording.ready"
)

// ticketEvents are what other systems are told of tickets, by the type of the ticket's own
// event. An answer or a refusal on the line is a reply like the agency's.
var ticketEvents = map[string]string{
	"lodged": "ticket.lodged", "dispatched": "ticket.dispatched", "answered": "ticket.replied", "refused": "ticket.replied",
	"replied": "ticket.replied", "told": "ticket.told", "closed": "ticket.closed",
}

// eventTypes are all that other systems can be told of.
func eventTypes() []string {
	types := make([]string, 0, len(callcenter.NoticeTypes)+2)
	for _, t := range callcenter.NoticeTypes {
		types = append(types, string(t))
	}
	return append(types, eventAgent, eventRecording, "ticket.lodged", "ticket.dispatched", "ticket.replied", "ticket.told", "ticket.closed")
}

// events makes what the engine tells into events, and hands them on without waiting.
type events struct {
	log  *slog.Logger
	tell []func(hooks.Event)
}

func (s *events) publish(e hooks.Event, data any) {
	text, err := json.Marshal(data)
	if err != nil {
		s.log.Error("an event cannot be told", "type", e.Type, "error", err)
		return
	}
	e.Data = text
	for _, f := range s.tell {
		f(e)
	}
}

// callEvent is the data of an event of a call.
type callEvent struct {
	Kind      callcenter.Kind      `json:"kind"`
	State     callcenter.State     `json:"state"`
	Number    string               `json:"number"` // masked
	Queue     callcenter.QueueID   `json:"queue"`
	Agent     callcenter.AgentID   `json:"agent,omitempty"`
	StartedAt time.Time            `json:"startedAt"`
	WaitMS    int64                `json:"waitMs,omitempty"`
	TalkMS    int64                `json:"talkMs,omitempty"`
	HoldMS    int64                `json:"holdMs,omitempty"`
	Transfers int                  `json:"transfers,omitempty"`
	Reason    callcenter.EndReason `json:"reason,omitempty"`
	Ticket    string               `json:"ticket,omitempty"`
	Rating    callcenter.Rating    `json:"rating,omitempty"`
}

func (s *events) call(c callcenter.Call, seq int, at time.Time, told []callcenter.NoticeType) {
	r := c.Record
	data := callEvent{
		Kind: c.Kind, State: c.State, Number: privacy.MaskPhone(c.Number()), Queue: c.Queue, Agent: c.Agent, StartedAt: r.StartedAt,
		WaitMS: r.WaitMS, TalkMS: r.TalkMS, HoldMS: r.HoldMS, Transfers: r.Transfers, Reason: r.Reason, Ticket: r.Ticket, Rating: r.Rating,
	}
	for i, t := range told {
		s.publish(hooks.Event{ID: fmt.Sprintf("%s-%d-%d", c.ID, seq, i), Type: string(t), At: at, Call: string(c.ID), Seq: seq}, data)
	}
}

func (s *events) ticket(n ticketpg.Notice) {
	kind, told := ticketEvents[n.Type]
	if !told {
		return
	}
	s.publish(hooks.Event{ID: fmt.Sprintf("%s-%d", n.Ticket, n.Seq), Type: kind, At: n.At.UTC(), Ticket: n.Ticket, Seq: n.Seq}, struct {
		State ticket.State `json:"state"`
	}{n.State})
}

func (s *events) agent(t engine.AgentTime) {
	s.publish(hooks.Event{ID: fmt.Sprintf("%s-%d", t.Agent, t.From.UnixMicro()), Type: eventAgent, At: t.From, Call: string(t.Call)}, struct {
		Agent  callcenter.AgentID `json:"agent"`
		State  engine.TimeState   `json:"state"`
		Reason string             `json:"reason,omitempty"`
		Queue  string             `json:"queue,omitempty"`
	}{t.Agent, t.State, t.Reason, t.Queue})
}

func (s *events) recording(r engine.RecordingRow) {
	s.publish(hooks.Event{ID: fmt.Sprintf("%s-r%d", r.Call, r.Segment), Type: eventRecording, At: time.Now().UTC(), Call: string(r.Call)}, struct {
		Segment   int                    `json:"segment"`
		Kind      callcenter.SegmentKind `json:"kind"`
		StartedAt time.Time              `json:"startedAt"`
		Millis    int64                  `json:"ms"`
		Complete  bool                   `json:"complete"`
	}{r.Segment, r.Kind, r.StartedAt, r.Millis, r.Complete})
}

func newHooks(g *ground, c configs.Webhooks, log *slog.Logger) (*hooks.Service, error) {
	allow := make([]netip.Prefix, len(c.Allow))
	for i, text := range c.Allow {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("webhooks.allow: %w", err)
		}
		allow[i] = p
	}
	return hooks.New(g.pool, g.keys, hooks.Options{Types: eventTypes(), Allow: allow, DisableAfter: c.DisableAfter, Log: log})
}
