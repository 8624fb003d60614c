package engine

import (
	"context"
	"errors"
	"time"

	"hotline12345/callcenter"
)

// A desk phone in place of the page's sound: what is offered rings it, lifting it is the
// answer, and what its buttons do the call takes for its agent's wish. The page, if there
// is one, shows and does what it always does.
//
//	offer ──► INVITE ──200──► AgentAccepted        486, 603, 480, silence ──► AgentRefused
//	          CANCEL ◄── withdrawn                 BYE ──► HangUpRequested
//	a call that the agent asked for: INVITE first, then whom he calls
//
// A seat is a phone alone: on duty while it is registered, without a page.

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

type noPhones struct{}

func (noPhones) Ring(context.Context, callcenter.LegID, callcenter.AgentID, Shown, []byte) error {
	return ErrNoPhone
}

// Phone is how an agent's desk phone fares.
type Phone struct {
	Up     bool // registered
	Sealed bool // it is offered encrypted sound alone
	Seat   bool // on duty without a page; StartSeat follows
}

const (
	codeNoPhone callcenter.Code = "no-phone" // none is registered
	codeByPhone callcenter.Code = "by-phone" // the sound is the phone's
)

// PhoneChanged takes the news of the registrar. A phone that is lost makes its agent not
// ready; a call that it is in goes on for as long as its sound does.
func (e *Engine) PhoneChanged(agent callcenter.AgentID, p Phone) {
	d := e.desks
	d.mu.Lock()
	defer d.mu.Unlock()
	if p.Up {
		d.phones[agent] = p
	} else {
		delete(d.phones, agent)
	}
	s := d.m[agent]
	if s == nil {
		return
	}
	before := s.view
	s.view.PhoneUp = p.Up
	s.seat = s.seat && (p.Seat || !p.Up) // no seat any more
	if s.view.ByPhone {
		s.view.MediaUp = p.Up
		if s.sink == nil {
			s.away = time.Now().UTC()
		}
		if !p.Up && !s.seat && s.view.Status == StatusAvailable {
			s.view.Status, s.view.BreakReason = StatusBreak, reasonPhoneLost
		}
	}
	d.show(s, before)
}

const reasonPhoneLost = "phoneLost"

// UsePhone makes the desk phone the agent's sound, or the page, which negotiates next.
// Not in a call.
func (e *Engine) UsePhone(agent callcenter.AgentID, use bool) error {
	err := e.desks.change(agent, func(s *desk) error {
		switch {
		case use == s.view.ByPhone:
			return nil
		case s.view.State != StateIdle && s.view.State != StateWrapUp:
			return deskError(codeInCall)
		case use && !s.view.PhoneUp:
			return deskError(codeNoPhone)
		}
		s.view.ByPhone, s.view.MediaUp = use, use
		if !use {
			s.seat = false
		}
		return nil
	})
	if err == nil && use {
		e.o.Media.CloseTransport(string(agent))
	}
	return err
}

// StartSeat puts a phone on duty without a page, if it is registered and its agent is not
// on shift by a page already.
func (e *Engine) StartSeat(p AgentProfile) {
	d := e.desks
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.m[p.ID]
	switch {
	case !d.phones[p.ID].Up, s != nil && s.sink != nil:
		return
	case s == nil:
		now := time.Now().UTC()
		s = &desk{view: DeskView{Agent: p.ID, Name: p.Name, State: StateIdle, Since: now}, tally: newTally(p, now)}
		d.m[p.ID] = s
	case s.view.State != StateIdle:
		return // in a call of a page that is lost
	}
	before := s.view
	s.profile, s.seat = p, true
	s.view.Status, s.view.BreakReason = StatusAvailable, ""
	s.view.ByPhone, s.view.PhoneUp, s.view.MediaUp = true, true, true
	d.show(s, before)
}

// alone says whether the desk is a seat without a page at this moment.
func (s *desk) alone() bool { return s.seat && s.sink == nil }

// phoneOf is the phone that the desk's sound is of. The lock is held.
func (d *desks) phoneOf(s *desk) *Phone {
	if !s.view.ByPhone {
		return nil
	}
	p := d.phones[s.view.Agent]
	return &p
}

// reason is why the desk is not ready: what happens to a page happens to a phone.
func (s *desk) reason(notReady string) string {
	if notReady == "pageLost" && s.view.ByPhone {
		return reasonPhoneLost
	}
	return notReady
}

// wrapUpOf is how long the desk wraps up; nobody ends it at a seat alone.
func (d *desks) wrapUpOf(s *desk) time.Duration {
	if s.alone() {
		return d.e.o.SeatWrapUp
	}
	return d.e.o.WrapUp
}

// tryAgain makes a seat ready again that did not answer: there is nobody at a page who
// could. The lock is held.
func (d *desks) tryAgain(s *desk) {
	if !s.alone() {
		return
	}
	if s.rest != nil {
		s.rest.Stop()
	}
	agent := s.view.Agent
	s.rest = time.AfterFunc(d.e.o.SeatRest, func() {
		d.quiet(d.change(agent, func(s *desk) error {
			if !s.alone() || s.view.Status != StatusBreak || !systemReasons[s.view.BreakReason] {
				return deskError(codeBadStatus)
			}
			s.view.Status, s.view.BreakReason = StatusAvailable, ""
			return nil
		}))
	})
}
