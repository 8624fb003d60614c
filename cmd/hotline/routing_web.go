package main

import (
	"context"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/callpg"
	"hotline12345/callcenter/engine"
	"hotline12345/routing"
	"hotline12345/web"
)

// routingWeb is the routing data of the call store as the edge asks for it.
type routingWeb struct {
	*callpg.Store
	engine *engine.Engine
}

var _ web.Routing = routingWeb{}

func (r routingWeb) SaveQueue(ctx context.Context, q routing.Queue) error {
	return coded(r.Store.SaveQueue(ctx, q))
}

func (r routingWeb) RemoveQueue(ctx context.Context, id string) error {
	return coded(r.Store.RemoveQueue(ctx, id, time.Now()))
}

func (r routingWeb) SaveLanguageKeys(ctx context.Context, keys []routing.LanguageKey) error {
	return coded(r.Store.SaveLanguageKeys(ctx, keys, time.Now()))
}

func (r routingWeb) SaveAbility(ctx context.Context, a routing.Ability) error {
	return coded(r.Store.SaveAbility(ctx, a))
}

func webMark(m callpg.Mark) web.CallerMark {
	return web.CallerMark{
		Mark: m.Mark, ID: m.ID, Number: m.Number, Call: string(m.Call), By: m.By, At: m.At, ApprovedBy: m.ApprovedBy, State: string(m.State),
	}
}

func (r routingWeb) Marks(ctx context.Context, state, after string, limit int) (web.Page[web.CallerMark], error) {
	page, err := r.Store.Marks(ctx, callpg.MarkState(state), after, limit, time.Now())
	items := make([]web.CallerMark, len(page.Items))
	for i, m := range page.Items {
		items[i] = webMark(m)
	}
	return web.Page[web.CallerMark]{Items: items, Next: page.Next}, coded(err)
}

// AddMark counts at once, for a call that is going on too.
func (r routingWeb) AddMark(ctx context.Context, m web.CallerMark, pending bool) (web.CallerMark, error) {
	added, err := r.Store.AddMark(ctx, callpg.Mark{Mark: m.Mark, Number: m.Number, Call: callcenter.CallID(m.Call), By: m.By}, pending, time.Now().UTC())
	if err == nil && m.Call != "" && !pending {
		r.engine.KnowAgain(callcenter.CallID(m.Call))
	}
	return webMark(added), coded(err)
}

func (r routingWeb) ApproveMark(ctx context.Context, id string, priority int, until time.Time, by string) (web.CallerMark, error) {
	m, err := r.Store.ApproveMark(ctx, id, priority, until, by, time.Now().UTC())
	return webMark(m), coded(err)
}

func (r routingWeb) EndMark(ctx context.Context, id, by string) (web.CallerMark, error) {
	m, err := r.Store.EndMark(ctx, id, by, time.Now().UTC())
	return webMark(m), coded(err)
}
