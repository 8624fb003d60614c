package engine

import (
	"errors"
	"fmt"
	"time"

	"hotline12345/callcenter"
	"hotline12345/media"
	"hotline12345/routing"
)

var errNoLeg = errors.New("engine: no such leg")

// Arrived makes a call of an INVITE. It implements TrunkSink.
func (e *Engine) Arrived(in Inbound) error {
	var sdp []byte
	var err error
	if len(in.Offer) == 0 {
		sdp, err = e.o.Media.OfferTrunkLeg(string(in.Leg))
	} else {
		sdp, err = e.o.Media.OpenTrunkLeg(string(in.Leg), in.Offer)
	}
	if errors.Is(err, media.ErrNoRoom) { // the network may try again, or elsewhere
		e.log.Error("no room for a call", "trunk", in.Trunk, "error", err)
		return StatusError{Code: 503, Reason: "no room for another call's sound"}
	}
	if err != nil {
		e.log.Warn("an INVITE's SDP cannot be used", "trunk", in.Trunk, "error", err)
		return StatusError{Code: 488, Reason: "the SDP offers no G.711 audio that we can reach, or that is allowed here"}
	}
	d := in.Dialog
	d.LocalSDP = string(sdp)
	id := callcenter.CallID(newID())
	ev := e.arriving(time.Now())
	ev.Call, ev.Leg, ev.From, ev.To, ev.Trunk, ev.Dialog = id, in.Leg, in.From, in.To, in.Trunk, d
	err = e.launch(id, in.Leg, ev)
	if err != nil {
		e.o.Media.CloseLeg(string(in.Leg))
		e.unregister(in.Leg)
		if status, ok := errors.AsType[StatusError](err); ok {
			return status
		}
		return StatusError{Code: 503, Reason: "the service is stopping"}
	}
	e.know(id, in.From)
	return nil
}

// Reoffer answers a re-INVITE. It implements TrunkSink.
func (e *Engine) Reoffer(leg callcenter.LegID, offer []byte) ([]byte, error) {
	a := e.leg(leg)
	if a == nil {
		return nil, errNoLeg
	}
	if len(offer) == 0 {
		answer, err := e.o.Media.OfferTrunkLeg(string(leg))
		if err != nil {
			return nil, fmt.Errorf("engine: offer for a re-INVITE: %w", err)
		}
		return answer, nil
	}
	answer, held, err := e.o.Media.Reoffer(string(leg), offer)
	if err != nil {
		return nil, fmt.Errorf("engine: answer a re-INVITE: %w", err)
	}
	a.post(callcenter.LegHold{Leg: leg, OnHold: held, Dialog: a.dialog(leg, offer, answer)})
	return answer, nil
}

// dialog is the leg's newest known dialog with a new description.
func (a *actor) dialog(leg callcenter.LegID, remote, local []byte) callcenter.Dialog {
	var d callcenter.Dialog
	if c := a.summary.Load(); c != nil {
		for _, l := range c.Legs {
			if l.ID == leg {
				d = l.Dialog
			}
		}
	}
	d.RemoteSDP, d.LocalSDP = string(remote), string(local)
	return d
}

// Confirmed takes the answer that came with an ACK. It implements TrunkSink.
func (e *Engine) Confirmed(leg callcenter.LegID, sdp []byte) {
	if err := e.o.Media.AcceptAnswer(string(leg), sdp); err != nil {
		e.log.Warn("the SDP of an ACK cannot be used", "leg", leg, "error", err)
		if a := e.leg(leg); a != nil {
			a.post(callcenter.EndRequested{Reason: callcenter.EndMediaRefused})
		}
	}
}

// Event implements TrunkSink.
func (e *Engine) Event(leg callcenter.LegID, ev callcenter.Event) {
	if a := e.leg(leg); a != nil {
		a.post(ev)
	}
}

// Key implements media.Sink.
func (e *Engine) Key(leg, key string) {
	e.Event(callcenter.LegID(leg), callcenter.KeyPressed{Leg: callcenter.LegID(leg), Key: key})
}

// PlayDone implements media.Sink.
func (e *Engine) PlayDone(leg, id string) {
	e.Event(callcenter.LegID(leg), callcenter.PlayDone{Leg: callcenter.LegID(leg), ID: id})
}

// MediaLost implements media.Sink.
func (e *Engine) MediaLost(leg string) {
	e.Event(callcenter.LegID(leg), callcenter.MediaLost{Leg: callcenter.LegID(leg)})
}

// Spoke implements media.Sink.
func (e *Engine) Spoke(leg string) {
	e.Event(callcenter.LegID(leg), callcenter.Spoke{Leg: callcenter.LegID(leg)})
}

// TransportState implements media.Sink.
func (e *Engine) TransportState(agent string, up bool) {
	e.desks.transport(callcenter.AgentID(agent), up)
}

// Reserved implements ACDSink.
func (e *Engine) Reserved(key, agent, offer string) {
	call, seek := parseKey(key)
	a := e.call(call)
	if a == nil {
		e.o.ACD.Dequeue(key)
		e.o.ACD.Release(agent, key)
		return
	}
	a.reserve(callcenter.AgentReserved{Agent: callcenter.AgentID(agent), Leg: newLeg(), Offer: offer, Seek: seek})
}

// Position implements ACDSink.
func (e *Engine) Position(call string, at routing.Place) {
	if a := e.call(callcenter.CallID(call)); a != nil {
		a.post(callcenter.PositionChanged{Position: at.Position, Seconds: int(at.Wait.Seconds())})
	}
}
