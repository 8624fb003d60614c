package main

import (
	"context"
	"errors"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/callpg"
	"hotline12345/routing"
	"hotline12345/web"
)

// outboundWeb is whom agents call as the edge asks for it.
type outboundWeb struct{ store *callpg.Store }

var _ web.Outbound = outboundWeb{}

// codedOutbound gives the errors of call lists the edge's codes.
func codedOutbound(err error) error {
	for fault, code := range map[error]string{
		callpg.ErrListClosed: "list-closed", callpg.ErrListFull: "list-full", callpg.ErrListPaused: "list-paused", callpg.ErrQuiet: "quiet-hours",
		callpg.ErrNotToCall: "do-not-call", callpg.ErrLeaseOver: "entry-gone", callpg.ErrDialled: "entry-called", callpg.ErrNotDialled: "not-called",
	} {
		if errors.Is(err, fault) {
			return web.Refuse(code)
		}
	}
	return coded(err)
}

func webDoNotCall(d callpg.DoNotCall) web.DoNotCall {
	return web.DoNotCall{
		DoNotCall: d.DoNotCall, ID: d.ID, Number: d.Number, Call: string(d.Call), Ticket: d.Ticket, By: d.By, At: d.At, EndedAt: d.EndedAt,
	}
}

func (o outboundWeb) DoNotCalls(ctx context.Context, over bool, number, after string, limit int) (web.Page[web.DoNotCall], error) {
	page, err := o.store.DoNotCalls(ctx, over, number, after, limit, time.Now())
	return web.Page[web.DoNotCall]{Items: convert(page.Items, webDoNotCall), Next: page.Next}, coded(err)
}

func (o outboundWeb) AddDoNotCall(ctx context.Context, d web.DoNotCall) (web.DoNotCall, error) {
	added, err := o.store.AddDoNotCall(ctx, callpg.DoNotCall{
		DoNotCall: d.DoNotCall, Number: d.Number, Call: callcenter.CallID(d.Call), Ticket: d.Ticket, By: d.By,
	}, time.Now().UTC())
	return webDoNotCall(added), coded(err)
}

func (o outboundWeb) EndDoNotCall(ctx context.Context, id, by string) error {
	return coded(o.store.EndDoNotCall(ctx, id, by, time.Now()))
}

func webList(l callpg.CallList) web.CallList {
	return web.CallList{
		ID: l.ID, Name: l.Name, Kind: l.Kind, State: string(l.State), Plan: l.Plan, By: l.By, At: l.At, ClosedAt: l.ClosedAt, Progress: web.ListProgress(l.Progress),
	}
}

func (o outboundWeb) Lists(ctx context.Context, closed bool, after string, limit int) (web.Page[web.CallList], error) {
	page, err := o.store.Lists(ctx, closed, after, limit, time.Now())
	return web.Page[web.CallList]{Items: convert(page.Items, webList), Next: page.Next}, coded(err)
}

func (o outboundWeb) AddList(ctx context.Context, l web.CallList) (web.CallList, error) {
	added, err := o.store.AddList(ctx, callpg.CallList{Name: l.Name, Kind: l.Kind, Plan: l.Plan, By: l.By}, time.Now().UTC())
	return webList(added), err
}

func (o outboundWeb) SaveList(ctx context.Context, l web.CallList) (web.CallList, error) {
	saved, err := o.store.SaveList(ctx, callpg.CallList{ID: l.ID, Name: l.Name, State: callpg.ListState(l.State), Plan: l.Plan}, time.Now())
	return webList(saved), codedOutbound(err)
}

func (o outboundWeb) AddEntries(ctx context.Context, list string, entries []routing.CallEntry, lines []int) (int, []routing.LineFault, error) {
	added, faults, err := o.store.AddEntries(ctx, list, entries, lines, time.Now())
	return added, faults, codedOutbound(err)
}

func webEntry(e callpg.Entry) web.ListEntry {
	return web.ListEntry{
		CallEntry: e.CallEntry, ID: e.ID, List: e.List, ListName: e.ListName, Kind: e.Kind, DueAt: e.DueAt, Result: e.Result, Ended: e.Ended,
		LeasedBy: string(e.LeasedBy), LeasedTo: e.LeasedTo, Dialled: string(e.Dialled), Answered: e.Answered,
		Tries: convert(e.Tries, func(t callpg.Try) web.EntryTry {
			return web.EntryTry{N: t.N, At: t.At, Call: string(t.Call), Agent: string(t.Agent), Result: t.Result, Note: t.Note}
		}),
	}
}

func (o outboundWeb) Entries(ctx context.Context, list string, after, limit int) ([]web.ListEntry, bool, error) {
	entries, more, err := o.store.Entries(ctx, list, after, limit)
	return convert(entries, webEntry), more, err
}

func (o outboundWeb) Entry(ctx context.Context, id string) (web.ListEntry, error) {
	e, err := o.store.Entry(ctx, id)
	return webEntry(e), codedOutbound(err)
}

func (o outboundWeb) NextEntry(ctx context.Context, agent callcenter.AgentID, list string) (*web.ListEntry, error) {
	e, err := o.store.Next(ctx, agent, list, time.Now())
	if errors.Is(err, callpg.ErrNobody) {
		return nil, nil //nolint:nilnil // nobody is to be called
	}
	if err != nil {
		return nil, codedOutbound(err)
	}
	entry := webEntry(e)
	return &entry, nil
}

func (o outboundWeb) GiveBack(ctx context.Context, agent callcenter.AgentID, id string) error {
	return codedOutbound(o.store.GiveBack(ctx, agent, id))
}

func (o outboundWeb) SetResult(ctx context.Context, by callcenter.AgentID, anyones bool, id string, r web.EntryResult) (web.ListEntry, error) {
	e, err := o.store.SetResult(ctx, by, anyones, id, r.Result, r.Note, r.Again, time.Now())
	return webEntry(e), codedOutbound(err)
}
