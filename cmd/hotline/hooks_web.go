package main

import (
	"context"
	"errors"

	"hotline12345/callcenter/hooks"
	"hotline12345/web"
)

// hooksWeb is the webhooks as the edge asks for them.
type hooksWeb struct{ service *hooks.Service }

var _ web.Webhooks = hooksWeb{}

func hookFault(err error) error {
	if fault, ok := errors.AsType[*hooks.Fault](err); ok {
		return web.RefuseField("hook-"+fault.Code, fault.Field)
	}
	switch {
	case errors.Is(err, hooks.ErrNotFound):
		return web.Refuse("not-found")
	case errors.Is(err, hooks.ErrTooMany):
		return web.Refuse("too-many-webhooks")
	}
	return err
}

func hookView(h hooks.Webhook) web.Webhook {
	return web.Webhook{
		ID: h.ID, URL: h.URL, Events: h.Events, Enabled: h.Enabled, CreatedAt: h.CreatedAt, FailingSince: h.FailingSince, DisabledAt: h.DisabledAt,
		LastError: h.LastError,
	}
}

func (w hooksWeb) EventTypes() []string { return eventTypes() }

func (w hooksWeb) Webhooks(ctx context.Context) ([]web.Webhook, error) {
	list, err := w.service.List(ctx)
	return convert(list, hookView), err
}

func (w hooksWeb) AddWebhook(ctx context.Context, h web.Webhook, by string) (web.Webhook, string, error) {
	added, secret, err := w.service.Add(ctx, h.URL, h.Events, by)
	return hookView(added), secret, hookFault(err)
}

func (w hooksWeb) SaveWebhook(ctx context.Context, h web.Webhook) (web.Webhook, error) {
	saved, err := w.service.Save(ctx, h.ID, h.URL, h.Events, h.Enabled)
	return hookView(saved), hookFault(err)
}

func (w hooksWeb) RenewWebhook(ctx context.Context, id string) (string, error) {
	secret, err := w.service.Renew(ctx, id)
	return secret, hookFault(err)
}

func (w hooksWeb) RemoveWebhook(ctx context.Context, id string) error {
	return hookFault(w.service.Remove(ctx, id))
}

func (w hooksWeb) PingWebhook(ctx context.Context, id string) error {
	return hookFault(w.service.Ping(ctx, id))
}
