package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	calmLimit = 4 * time.Minute // for the last calls and callbacks to end
	showFew   = 10              // of what is wrong
	// Two who talk seldom hang up at the same moment: more of it were ends by the wrong name.
	maxCrossed = 2 // % of the calls
)

// everybody lets the floor come to rest, and then each agent gets a call: who gets none
// is stuck.
func (w *world) everybody(ctx context.Context) error {
	for _, a := range w.agents {
		a.calm.Store(true)
	}
	limit, cancel := context.WithTimeout(ctx, calmLimit)
	defer cancel()
	if err := w.until(limit, "an empty floor", w.empty); err != nil {
		return fmt.Errorf("%w: %s", err, w.why)
	}
	for _, a := range w.agents {
		a.calls.Store(0)
	}
	var callers []*caller
	defer func() {
		for _, c := range callers {
			hangUpSoon(c)
		}
	}()
	for range w.agents {
		c, err := newCaller(fmt.Sprintf("137%08d", w.dialled), w.s.sip)
		if err != nil {
			return err
		}
		w.dialled++
		callers = append(callers, c)
		if err := c.dial(); err != nil {
			return err
		}
		if err := c.waitAnswer(limit); err != nil {
			return err
		}
	}
	err := w.until(limit, "a call for everybody", func(context.Context) (bool, error) { return len(w.without()) == 0, nil })
	if err != nil {
		return fmt.Errorf("%d agents are stuck: %v: %w", len(w.without()), w.without(), err)
	}
	for _, c := range callers {
		if err := c.hangUp(limit); err != nil {
			return err
		}
	}
	return w.until(limit, "an empty floor", w.empty)
}

// without are the agents who have had no call since the floor came to rest.
func (w *world) without() (logins []string) {
	for _, a := range w.agents {
		if a.calls.Load() == 0 {
			logins = append(logins, a.page.login)
		}
	}
	return logins
}

// empty: nobody waits, nobody talks, everybody is ready, and everything is written.
func (w *world) empty(ctx context.Context) (bool, error) {
	var live struct {
		Waiting, Talking []json.RawMessage
		Agents           []struct{ Name, Status, State string }
	}
	if err := w.boss.do(ctx, http.MethodGet, "/live", nil, &live); err != nil {
		return false, err
	}
	var busy []string
	for _, a := range live.Agents {
		if a.Status != "available" || a.State != "idle" {
			busy = append(busy, a.Name+" "+a.Status+" "+a.State)
		}
	}
	backlog, err := w.s.metrics(ctx, "hotline_ledger_backlog")
	if err != nil {
		return false, err
	}
	w.why = fmt.Sprintf("%d wait, %d talk, %d of %d agents are there, not ready: %v, %g not written",
		len(live.Waiting), len(live.Talking), len(live.Agents), len(w.agents), busy, backlog[0])
	return len(live.Waiting)+len(live.Talking)+len(busy) == 0 && len(live.Agents) == len(w.agents) && backlog[0] == 0, nil
}

func (w *world) until(ctx context.Context, what string, holds func(context.Context) (bool, error)) error {
	for {
		if ok, err := holds(ctx); ok || err != nil {
			return err
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		}
	}
}

// soakRecord is a call record, the part that is looked at here.
type soakRecord struct {
	Kind       string     `json:"kind"`
	Reason     string     `json:"reason"`
	AnsweredAt *time.Time `json:"answeredAt"`
}

// judge compares what the generator did with what the hotline says of it.
func (w *world) judge(ctx context.Context, r *report, calls []soakCall) error {
	var lost []error
	reasons, crossed := map[string]int{}, 0
	for _, sc := range calls {
		var page struct{ Items []soakRecord }
		if err := w.boss.do(ctx, http.MethodGet, "/calls?number="+url.QueryEscape(sc.number), nil, &page); err != nil {
			return err
		}
		for _, record := range page.Items {
			reasons[record.Kind+" "+record.Reason]++
		}
		if err := sc.judge(page.Items); err != nil {
			lost = append(lost, err)
		}
		if sc.crossed(page.Items) {
			crossed++
		}
	}
	w.floor.mu.Lock()
	defer w.floor.mu.Unlock()
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		r.plain("ended "+reason, float64(reasons[reason]), "")
	}
	internal := 0
	for _, refused := range slices.Sorted(maps.Keys(w.floor.refused)) {
		r.plain("refused "+refused, float64(w.floor.refused[refused]), "")
		if strings.HasSuffix(refused, " internal") {
			internal += w.floor.refused[refused]
		}
	}
	faults, err := w.faults()
	if err != nil {
		return err
	}
	unrecorded, err := w.s.metrics(ctx, "hotline_calls_unrecorded_total")
	if err != nil {
		return err
	}
	show(lost)
	show(w.floor.lost)
	show(faults)
	r.atMost("calls_lost", float64(len(lost)), 0, "")
	r.atMost("hang_ups_crossed", 100*float64(crossed)/float64(len(calls)), maxCrossed, "%")
	r.atMost("agents_stuck", float64(len(w.without())), 0, "")
	r.atMost("pages_cut_off", float64(len(w.floor.lost)), 0, "")
	r.atMost("commands_failed", float64(internal), 0, "")
	r.atMost("calls_unrecorded", unrecorded[0], 0, "")
	r.atMost("errors_logged", float64(len(faults)), 0, "")
	return nil
}

func show[T any](list []T) {
	for _, what := range list[:min(len(list), showFew)] {
		fmt.Println(what)
	}
}

// faults are the errors in the server's log.
func (w *world) faults() (lines []string, err error) {
	text, err := os.ReadFile(filepath.Join(w.s.dir, "hotline.log"))
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(text) {
		if bytes.Contains(line, []byte(`"level":"ERROR"`)) {
			lines = append(lines, strings.TrimSpace(string(line)))
		}
	}
	return lines, nil
}
