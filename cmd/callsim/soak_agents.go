package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// shift is one agent of the soak: his page, and what he does with his calls by chance.
type shift struct {
	s     *server
	n     int
	rand  *rand.Rand
	floor *floor
	page  *agent
	sound *peer
	desk  desk
	dealt string       // what has been dealt with: an offer, or a part in a call
	calm  atomic.Bool  // takes every call, and does nothing else
	calls atomic.Int64 // taken since then
}

// floor is what the agents know of each other, and what was refused to them.
type floor struct {
	mu       sync.Mutex
	accounts []string
	refused  map[string]int // by command and code
	lost     []error        // pages that the server cut off
}

func (f *floor) joins(account string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(f.accounts, account) {
		f.accounts = append(f.accounts, account)
	}
}

func (f *floor) anybody(r *rand.Rand) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.accounts[r.IntN(len(f.accounts))]
}

// open comes to the desk, or comes back: page, sound, ready.
func (w *shift) open(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	var err error
	if w.page, err = w.s.page(ctx, w.n); err != nil {
		return err
	}
	if w.sound, err = negotiate(ctx, w.page); err != nil {
		w.page.lose()
		return err
	}
	go w.sound.speak(w.page.done)
	first, err := w.page.until(ctx, "sound", func(d desk) bool { return d.MediaUp })
	if err != nil {
		w.leave()
		return err
	}
	w.desk = first.desk
	w.floor.joins(first.Agent)
	return nil
}

// leave drops page and sound.
func (w *shift) leave() {
	w.page.lose()
	w.sound.close()
	<-w.page.done
}

// work is the whole shift; it ends with ctx.
func (w *shift) work(ctx context.Context) {
	for ctx.Err() == nil {
		err := w.look(ctx, 100*time.Millisecond)
		if err == nil {
			err = w.act(ctx)
		}
		var refused *refusal
		switch {
		case err == nil, ctx.Err() != nil:
		case errors.As(err, &refused): // the call has moved on
			w.floor.mu.Lock()
			w.floor.refused[refused.kind+" "+refused.code]++
			w.floor.mu.Unlock()
		default:
			w.floor.mu.Lock()
			w.floor.lost = append(w.floor.lost, err)
			w.floor.mu.Unlock()
			if err := w.reload(ctx, 0); err != nil {
				return // it is told as one who is stuck
			}
		}
	}
}

// look keeps the newest desk for a time.
func (w *shift) look(ctx context.Context, d time.Duration) error {
	over := time.NewTimer(d)
	defer over.Stop()
	for {
		select {
		case stamped := <-w.page.desks:
			w.desk = stamped.desk
		case <-over.C:
			return nil
		case <-w.page.done:
			return fmt.Errorf("%s: the page was cut off: %w", w.page.login, w.page.faultOf())
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (w *shift) ask(ctx context.Context, kind string, fields map[string]any) error {
	_, err := w.page.ask(ctx, kind, fields)
	return err
}

// first says whether this is to be dealt with now; once.
func (w *shift) first(what string) bool {
	if w.dealt == what {
		return false
	}
	w.dealt = what
	return true
}

// act does what the desk asks for.
func (w *shift) act(ctx context.Context) error {
	d := w.desk
	switch {
	case d.State == "ringing" && d.Offer != nil:
		if w.first(d.Offer.ID) {
			return w.offered(ctx, d.Offer.ID)
		}
	case d.State == "talking" && d.Call != nil:
		if w.first(d.Call.Call + d.Call.Role) {
			w.calls.Add(1)
			return w.talk(ctx, d.Call.Role)
		}
		if !w.calm.Load() && w.rand.IntN(100) == 0 { // after a reload, or when whom he asked has left
			return w.ask(ctx, "hangUp", nil)
		}
	case d.State == "held" && d.Call != nil && d.Call.Role == "agent" && d.Call.Consult == nil:
		return w.ask(ctx, "resume", nil)
	case d.State == "wrapUp":
		if w.calm.Load() || w.rand.IntN(20) == 0 {
			return w.ask(ctx, "endWrapUp", nil)
		}
	case d.State == "idle" && d.Status == "break":
		if !w.calm.Load() && w.rand.IntN(20) > 0 {
			return nil
		}
		if !d.MediaUp {
			return w.reload(ctx, 0)
		}
		return w.ask(ctx, "status", map[string]any{"status": "available"})
	case d.State == "idle" && !w.calm.Load():
		return w.idle(ctx)
	}
	return nil
}

// idle: now and then somebody goes on a break, loads his page anew, or ends his shift.
func (w *shift) idle(ctx context.Context) error {
	switch w.rand.IntN(1000) {
	case 0, 1, 2, 3:
		return w.ask(ctx, "status", map[string]any{"status": "break", "reason": "meal"})
	case 4:
		return w.reload(ctx, 0)
	case 5:
		if err := w.ask(ctx, "endShift", nil); err != nil {
			return err
		}
		return w.reload(ctx, span(w.rand, 0, 5))
	}
	return nil
}

// reload loses the page, and comes back after a while.
func (w *shift) reload(ctx context.Context, away time.Duration) error {
	w.leave()
	select {
	case <-time.After(away):
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := w.open(ctx); err != nil {
		return fmt.Errorf("agent%d comes back: %w", w.n, err)
	}
	return nil
}

// offered accepts, in most cases.
func (w *shift) offered(ctx context.Context, offer string) error {
	if w.calm.Load() {
		return w.ask(ctx, "accept", map[string]any{"offer": offer})
	}
	if err := w.look(ctx, span(w.rand, 0.1, 1.2)); err != nil {
		return err
	}
	switch w.rand.IntN(100) {
	case 0, 1, 2:
		return w.ask(ctx, "decline", map[string]any{"offer": offer})
	case 3, 4, 5:
		return nil // is not at his desk
	case 6:
		return w.reload(ctx, 0)
	}
	return w.ask(ctx, "accept", map[string]any{"offer": offer})
}

// speak is what the microphone hears until the page is gone.
func (p *peer) speak(gone <-chan struct{}) {
	every := time.NewTicker(20 * time.Millisecond)
	defer every.Stop()
	out := &sender{ssrc: 2}
	payload := make([]byte, payloadSize)
	for i := range payload {
		payload[i] = 0xd5
	}
	for {
		select {
		case <-gone:
			return
		case <-every.C:
			if p.track.WriteRTP(out.next(payload)) != nil {
				return
			}
		}
	}
}
