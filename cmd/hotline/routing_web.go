package main

import (
	"context"

	"hotline12345/callcenter/callpg"
	"hotline12345/routing"
	"hotline12345/web"
)

// routingWeb is the routing data of the call store as the edge asks for it.
type routingWeb struct{ *callpg.Store }

var _ web.Routing = routingWeb{}

func (r routingWeb) SaveQueue(ctx context.Context, q routing.Queue) error {
	return coded(r.Store.SaveQueue(ctx, q))
}

func (r routingWeb) RemoveQueue(ctx context.Context, id string) error {
	return coded(r.Store.RemoveQueue(ctx, id))
}

func (r routingWeb) SaveAbility(ctx context.Context, a routing.Ability) error {
	return coded(r.Store.SaveAbility(ctx, a))
}
