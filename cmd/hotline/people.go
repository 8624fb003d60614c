package main

import (
	"context"
	"slices"

	"hotline12345/callcenter"
	"hotline12345/callcenter/callpg"
	"hotline12345/callcenter/engine"
	"hotline12345/identity"
	"hotline12345/privacy"
	"hotline12345/ticket"
	"hotline12345/web"
)

// people finds out whom an agent calls by a ticket, an earlier call or a number, and whether
// he may. Every such call is in the access log.
type people struct {
	accounts interface {
		Find(ctx context.Context, ids []string) (map[string]identity.Account, error)
		LogAccess(ctx context.Context, actor, action, subject, detail string) error
	}
	tickets interface {
		Get(ctx context.Context, by ticket.Actor, number string) (ticket.Ticket, error)
		Reveal(ctx context.Context, by ticket.Actor, number, purpose string) (ticket.Requester, error)
	}
	calls interface {
		Record(ctx context.Context, id callcenter.CallID) (callcenter.CallRecord, error)
	}
}

// number is what is dialled. Errors are coded: forbidden, not-found, bad-number, and those of
// ticket.MayReveal.
func (p people) number(ctx context.Context, agent callcenter.AgentID, dial engine.Dial) (string, error) {
	found, err := p.accounts.Find(ctx, []string{string(agent)})
	if err != nil {
		return "", err
	}
	who := found[string(agent)]
	if !who.Role.May(identity.DialNumbers) {
		return "", web.Refuse("forbidden")
	}
	number, err := p.of(ctx, who, dial)
	if err != nil {
		return "", err
	}
	if number == "" {
		return "", &callcenter.Error{Code: "bad-number"}
	}
	about := dial.Ticket + string(dial.About)
	return number, p.accounts.LogAccess(ctx, who.ID, "call.dial", privacy.MaskPhone(number), about)
}

// of is the number, with what it is about checked.
func (p people) of(ctx context.Context, who identity.Account, dial engine.Dial) (string, error) {
	actor := ticket.Actor{ID: who.ID, Name: who.Name, Role: ticket.Role(who.Role), Agency: who.Agency}
	switch {
	case dial.Ticket != "" && dial.To == "":
		requester, err := p.tickets.Reveal(ctx, actor, dial.Ticket, "dial")
		return requester.Phone, err
	case dial.Ticket != "":
		_, err := p.tickets.Get(ctx, actor, dial.Ticket)
		return dial.To, err
	case dial.About == "":
		return dial.To, nil
	}
	record, err := p.calls.Record(ctx, dial.About)
	if err != nil {
		return "", coded(err)
	}
	if who.Role == identity.RoleAgent && !slices.Contains(record.Agents, callcenter.AgentID(who.ID)) {
		return "", coded(callpg.ErrNotFound)
	}
	if dial.To != "" {
		return dial.To, nil
	}
	if record.Kind == callcenter.KindInbound {
		return record.From, nil
	}
	return record.To, nil
}
