package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/callpg"
	"hotline12345/callcenter/engine"
	"hotline12345/callcenter/softphone"
	"hotline12345/identity"
	"hotline12345/media"
	"hotline12345/media/archive"
	"hotline12345/routing"
	"hotline12345/ticket/ticketpg"
	"hotline12345/web"
)

// callsWeb is the call store, the running calls and the recordings as the edge asks
// for them.
type callsWeb struct {
	store    *callpg.Store
	engine   *engine.Engine
	media    *media.Server
	archive  *archive.Archive
	accounts web.Accounts
}

var _ web.Calls = callsWeb{}

// coded gives the store's errors the edge's codes.
func coded(err error) error {
	switch {
	case errors.Is(err, callpg.ErrNotFound):
		return web.Refuse("not-found")
	case errors.Is(err, callpg.ErrNumber):
		return web.Refuse("bad-number")
	case errors.Is(err, callpg.ErrMarked):
		return web.Refuse("marked")
	case errors.Is(err, callpg.ErrMarkActive):
		return web.Refuse("mark-active")
	case errors.Is(err, callpg.ErrPurged):
		return web.Refuse("purged")
	case errors.Is(err, callpg.ErrTaken):
		return web.Refuse("taken")
	case errors.Is(err, callpg.ErrCursor):
		return web.Refuse("bad-cursor")
	}
	return err
}

func (c callsWeb) ListCalls(ctx context.Context, q web.CallQuery) (web.Page[callcenter.CallRecord], error) {
	page, err := c.store.Records(ctx, callpg.RecordQuery{
		After: q.After, Limit: q.Limit, Number: q.Number, Agent: callcenter.AgentID(q.Agent), From: q.From, To: q.To,
	})
	return web.Page[callcenter.CallRecord]{Items: page.Items, Next: page.Next}, coded(err)
}

func (c callsWeb) CallRecord(ctx context.Context, id callcenter.CallID) (callcenter.CallRecord, error) {
	record, err := c.store.Record(ctx, id)
	return record, coded(err)
}

func (c callsWeb) EarlierCalls(ctx context.Context, number string, besides callcenter.CallID, n int) ([]callcenter.CallRecord, error) {
	return c.store.Earlier(ctx, number, besides, n)
}

func (c callsWeb) LiveCall(id callcenter.CallID) (callcenter.Call, bool) { return c.engine.Call(id) }

func (c callsWeb) Segments(ctx context.Context, id callcenter.CallID) ([]web.Segment, error) {
	rows, err := c.store.Recordings(ctx, id)
	return convert(rows, func(r callpg.Recording) web.Segment {
		return web.Segment{
			Segment: r.Segment, Kind: r.Kind, StartedAt: r.StartedAt, Millis: r.Millis, Complete: r.Complete, PurgedAt: r.PurgedAt,
			Gaps: convert(r.Gaps, func(g engine.Gap) web.Gap { return web.Gap(g) }),
		}
	}), coded(err)
}

func (c callsWeb) Contacts(ctx context.Context, id callcenter.CallID) ([]callcenter.Contact, error) {
	return c.store.Contacts(ctx, id)
}

func badRatingWeb(b callpg.BadRating) web.BadRating {
	return web.BadRating{Call: b.Call, Rating: b.Rating, RatedAt: b.RatedAt, Agents: b.Agents, ClosedAt: b.ClosedAt, ClosedBy: b.ClosedBy, Note: b.Note}
}

func (c callsWeb) BadRatings(ctx context.Context, closed bool, after string, limit int) (web.Page[web.BadRating], error) {
	page, err := c.store.BadRatings(ctx, closed, after, limit)
	return web.Page[web.BadRating]{Items: convert(page.Items, badRatingWeb), Next: page.Next}, coded(err)
}

func (c callsWeb) CloseBadRating(ctx context.Context, call callcenter.CallID, by callcenter.AgentID, note string) (web.BadRating, error) {
	task, err := c.store.CloseBadRating(ctx, call, by, note, time.Now())
	return badRatingWeb(task), coded(err)
}

func (c callsWeb) HoldOf(ctx context.Context, id callcenter.CallID) (*web.Hold, error) {
	hold, err := c.store.HoldOf(ctx, id)
	return (*web.Hold)(hold), err
}

func (c callsWeb) PlaceHold(ctx context.Context, id callcenter.CallID, h web.Hold) error {
	return coded(c.store.PlaceHold(ctx, id, callpg.Hold(h)))
}

func (c callsWeb) LiftHold(ctx context.Context, id callcenter.CallID) error {
	return coded(c.store.LiftHold(ctx, id))
}

func (c callsWeb) PauseRecording(id callcenter.CallID, by callcenter.AgentID, supervisor bool) (time.Time, error) {
	return c.engine.PauseCall(id, by, supervisor)
}

func (c callsWeb) ResumeRecording(id callcenter.CallID, by callcenter.AgentID, supervisor bool) error {
	return c.engine.ResumeCall(id, by, supervisor)
}

func (c callsWeb) ForkCall(id callcenter.CallID, by callcenter.AgentID, reason string) error {
	return c.engine.ForkCall(id, by, reason)
}

func (c callsWeb) StopFork(id callcenter.CallID, by callcenter.AgentID) error {
	return c.engine.StopFork(id, by)
}

func (c callsWeb) OpenSound(ctx context.Context, id callcenter.CallID, segment int) (web.Sound, error) {
	row, err := c.store.Recording(ctx, id, segment)
	if err != nil {
		return nil, coded(err)
	}
	file, err := c.archive.Open(ctx, filepath.ToSlash(row.Path))
	if err != nil {
		return nil, fmt.Errorf("recording of %s: %w", id, err)
	}
	sound, err := c.media.OpenFile(file)
	if err != nil {
		return nil, fmt.Errorf("recording of %s: %w", id, err)
	}
	return sound, nil
}

func callbackWeb(c callpg.Callback) web.Callback {
	return web.Callback{
		ID: c.ID, Call: string(c.Call), Number: c.Number, Queue: string(c.Queue), Reason: c.Reason, CreatedAt: c.CreatedAt,
		State: string(c.State), ClaimedBy: string(c.ClaimedBy), ClosedAt: c.ClosedAt, Note: c.Note,
	}
}

func (c callsWeb) ListCallbacks(ctx context.Context, state, after string, limit int) (web.Page[web.Callback], error) {
	page, err := c.store.Callbacks(ctx, callpg.CallbackState(state), after, limit)
	return web.Page[web.Callback]{Items: convert(page.Items, callbackWeb), Next: page.Next}, coded(err)
}

func (c callsWeb) ClaimCallback(ctx context.Context, id string, by callcenter.AgentID) (web.Callback, error) {
	task, err := c.store.ClaimCallback(ctx, id, by, time.Now())
	return callbackWeb(task), coded(err)
}

func (c callsWeb) CloseCallback(ctx context.Context, id string, by callcenter.AgentID, anyones bool, note string) (web.Callback, error) {
	task, err := c.store.FinishCallback(ctx, id, by, anyones, note, time.Now())
	return callbackWeb(task), coded(err)
}

func (c callsWeb) Queues(ctx context.Context) ([]web.Queue, error) {
	queues, err := c.store.Queues(ctx)
	return convert(queues, func(q routing.Queue) web.Queue { return web.Queue{ID: q.ID, Name: q.Name} }), err
}

func (c callsWeb) OnShift(ctx context.Context) ([]web.AgentOnShift, error) {
	agents := c.engine.Live().Agents
	accounts, err := c.accounts.Find(ctx, convert(agents, func(v engine.DeskView) string { return string(v.Agent) }))
	if err != nil {
		return nil, err
	}
	return convert(agents, func(v engine.DeskView) web.AgentOnShift {
		return web.AgentOnShift{
			ID: string(v.Agent), Login: accounts[string(v.Agent)].Login, Name: v.Name,
			Status: string(v.Status), State: string(v.State), BreakReason: v.BreakReason,
		}
	}), nil
}

// liveWeb is the supervisor's picture.
type liveWeb struct {
	engine  *engine.Engine
	calls   *callpg.Store
	tickets *ticketpg.Store
}

var _ web.Live = liveWeb{}

func (l liveWeb) LiveChanges() (<-chan struct{}, func()) { return l.engine.Subscribe() }

func (l liveWeb) LiveView(ctx context.Context) (web.LiveView, error) {
	live := l.engine.Live()
	from, to := callpg.Today(live.At)
	today, err := l.calls.Figures(ctx, from, to, l.engine.Running())
	if err != nil {
		return web.LiveView{}, err
	}
	figures, err := l.tickets.Figures(ctx)
	if err != nil {
		return web.LiveView{}, err
	}
	return web.LiveView{
		At: live.At,
		Waiting: convert(live.Waiting, func(w engine.LiveWaiting) web.LiveWaiting {
			return web.LiveWaiting{Call: string(w.Call), Queue: w.Queue, Number: w.Number, Since: w.Since, State: w.State}
		}),
		Talking: convert(live.Talking, func(c engine.LiveCall) web.LiveTalking {
			return web.LiveTalking{
				Call: string(c.Call), Kind: c.Kind, Agent: string(c.Agent), Number: c.Number, Since: c.Since, State: c.State,
				Second: string(c.Second), Supervisor: string(c.Supervisor), Mode: c.Mode,
			}
		}),
		Agents: convert(live.Agents, liveAgent),
		Today: web.Today{
			Offered: today.Offered, Answered: today.Answered, Abandoned: today.Abandoned, ShortAbandoned: today.ShortAbandoned,
			ServiceLevel: web.ServiceLevel{Formula: callpg.ServiceLevelFormula, Value: today.ServiceLevel}, ASAMillis: today.ASAMillis,
			Unrecorded: today.Unrecorded,
		},
		Tickets: web.TicketFigures{ByState: figures.ByState, Overdue: figures.Overdue, ToTell: figures.ToTell},
	}, nil
}

func liveAgent(v engine.DeskView) web.LiveAgent {
	a := web.LiveAgent{
		Agent: string(v.Agent), Name: v.Name, Status: string(v.Status), BreakReason: v.BreakReason, State: string(v.State),
		Since: v.Since, Online: v.Online, MediaUp: v.MediaUp,
	}
	switch {
	case v.Offer != nil:
		a.Call = string(v.Offer.Call)
	case v.Call != nil && v.State != engine.StateWrapUp:
		a.Call = string(v.Call.Call)
	}
	return a
}

// phoneWeb opens the agents' socket with what the call store knows of them.
type phoneWeb struct {
	handler *softphone.Handler
	store   *callpg.Store
}

func (p phoneWeb) ServePhone(w http.ResponseWriter, r *http.Request, a identity.Account) {
	profile, err := p.store.Profile(r.Context(), engine.AgentProfile{
		ID: callcenter.AgentID(a.ID), Name: a.Name, Number: a.Number, Languages: a.Languages,
	}, time.Now())
	if err != nil {
		http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
		return
	}
	p.handler.Serve(w, r, profile)
}
