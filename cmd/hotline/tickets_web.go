package main

import (
	"context"

	"hotline12345/ticket"
	"hotline12345/ticket/ticketpg"
	"hotline12345/web"
)

// ticketsWeb is the ticket store as the edge asks for it. What both name alike goes
// straight through.
type ticketsWeb struct{ *ticketpg.Store }

var _ web.Tickets = ticketsWeb{}

func (t ticketsWeb) ListTickets(ctx context.Context, by ticket.Actor, q web.TicketQuery) (web.Page[ticket.Ticket], error) {
	page, err := t.List(ctx, by, ticketpg.Query{
		Box: ticketpg.Box(q.Box), After: q.After, Limit: q.Limit, Q: q.Q, State: q.State, Agency: q.Agency, Overdue: q.Overdue,
	})
	return web.Page[ticket.Ticket]{Items: page.Items, Next: page.Next}, err
}

func (t ticketsWeb) TicketHistory(ctx context.Context, by ticket.Actor, number string) ([]web.TicketEvent, error) {
	events, err := t.History(ctx, by, number)
	list := make([]web.TicketEvent, len(events))
	for i, e := range events {
		list[i] = web.TicketEvent{Seq: e.Seq, At: e.At, Actor: e.Actor, Role: e.Role, Type: e.Type, Hash: e.Hash}
		if e.Data != nil { // a nil fact in an any would be sent as null
			list[i].Data = e.Data
		}
	}
	return list, err
}

func (t ticketsWeb) TicketPop(ctx context.Context, by ticket.Actor, call, phone string) (web.TicketPop, error) {
	pop, err := t.Pop(ctx, by, call, phone)
	if err != nil {
		return web.TicketPop{}, err
	}
	out := web.TicketPop{OpenTickets: convert(pop.OpenTickets, func(o ticketpg.OpenTicket) web.OpenTicket { return web.OpenTicket(o) })}
	if pop.Requester != nil {
		known := web.KnownRequester(*pop.Requester)
		out.Requester = &known
	}
	return out, nil
}

func (t ticketsWeb) TicketsOfCall(ctx context.Context, call string) ([]string, error) {
	return t.OfCall(ctx, call)
}

func (t ticketsWeb) AllCategories(ctx context.Context) ([]web.Category, error) {
	list, err := t.Categories(ctx)
	return convert(list, func(c ticketpg.Category) web.Category { return web.Category(c) }), err
}

func (t ticketsWeb) AllAgencies(ctx context.Context) ([]web.Named, error) {
	list, err := t.Agencies(ctx)
	return convert(list, func(n ticketpg.Named) web.Named { return web.Named(n) }), err
}

func (t ticketsWeb) AllRegions(ctx context.Context) ([]web.Named, error) {
	list, err := t.Regions(ctx)
	return convert(list, func(n ticketpg.Named) web.Named { return web.Named(n) }), err
}

func (t ticketsWeb) Propose(ctx context.Context, category, region string) ([]web.Proposal, error) {
	list, err := t.Suggest(ctx, category, region)
	return convert(list, func(s ticketpg.Suggestion) web.Proposal { return web.Proposal(s) }), err
}

func convert[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for i, a := range list {
		out[i] = f(a)
	}
	return out
}
