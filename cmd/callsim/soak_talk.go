package main

import (
	"context"
	"time"
)

// talk is an agent's part in a call, by chance. It may be over at any moment: then the
// next command is refused.
func (w *shift) talk(ctx context.Context, role string) error {
	if w.calm.Load() {
		return nil // until the caller hangs up
	}
	if role != "agent" {
		if err := w.look(ctx, span(w.rand, 1, 5)); err != nil || w.rand.IntN(2) == 0 {
			return err
		}
		return w.inCall(ctx, "hangUp", nil)
	}
	if err := w.look(ctx, span(w.rand, 0.5, 4)); err != nil {
		return err
	}
	switch n := w.rand.IntN(100); {
	case n < 45:
		return w.hangUpSoon(ctx)
	case n < 60: // the caller hangs up first
		if err := w.look(ctx, 30*time.Second); err != nil {
			return err
		}
		return w.inCall(ctx, "hangUp", nil)
	case n < 70:
		return w.hold(ctx)
	case n < 80:
		return w.inCall(ctx, "transfer", map[string]any{"target": w.target()})
	case n < 92:
		return w.consult(ctx)
	case n < 95:
		return w.pause(ctx)
	case n < 98:
		return w.reload(ctx, 0)
	default:
		return w.reload(ctx, span(w.rand, soakAgentLost.Seconds(), 2*soakAgentLost.Seconds()))
	}
}

// inCall asks only while there is a call to ask for.
func (w *shift) inCall(ctx context.Context, kind string, fields map[string]any) error {
	if w.desk.Call == nil || w.desk.State == "wrapUp" {
		return nil
	}
	return w.ask(ctx, kind, fields)
}

func (w *shift) hangUpSoon(ctx context.Context) error {
	if err := w.look(ctx, span(w.rand, 1, 6)); err != nil {
		return err
	}
	return w.inCall(ctx, "hangUp", nil)
}

func (w *shift) hold(ctx context.Context) error {
	if err := w.inCall(ctx, "hold", nil); err != nil {
		return err
	}
	if err := w.look(ctx, span(w.rand, 0.5, 3)); err != nil {
		return err
	}
	if err := w.inCall(ctx, "resume", nil); err != nil {
		return err
	}
	return w.hangUpSoon(ctx)
}

func (w *shift) pause(ctx context.Context) error {
	if err := w.inCall(ctx, "pauseRecording", nil); err != nil {
		return err
	}
	if err := w.look(ctx, span(w.rand, 0.5, 2)); err != nil {
		return err
	}
	if err := w.inCall(ctx, "resumeRecording", nil); err != nil {
		return err
	}
	return w.hangUpSoon(ctx)
}

// target is somebody else: a colleague, the queue, a number outside.
func (w *shift) target() map[string]string {
	switch w.rand.IntN(3) {
	case 0:
		return map[string]string{"kind": "agent", "id": w.floor.anybody(w.rand)}
	case 1:
		return map[string]string{"kind": "queue", "id": "main"}
	default:
		return map[string]string{"kind": "outside", "id": "13800000000"}
	}
}

// consult asks somebody, talks with both in turn or all at once, and hands over, stays
// or goes.
func (w *shift) consult(ctx context.Context) error {
	if err := w.inCall(ctx, "consult", map[string]any{"target": w.target()}); err != nil {
		return err
	}
	joined := func() bool {
		return w.desk.Call != nil && w.desk.Call.Consult != nil && w.desk.Call.Consult.Phase == "joined"
	}
	for range 60 {
		if err := w.look(ctx, 100*time.Millisecond); err != nil {
			return err
		}
		if joined() || w.desk.Call == nil || w.desk.Call.Consult == nil {
			break
		}
	}
	if !joined() {
		if w.desk.Call != nil && w.desk.Call.Consult != nil {
			if err := w.inCall(ctx, "cancel", nil); err != nil {
				return err
			}
		}
		return w.hangUpSoon(ctx)
	}
	ways := [][]string{
		{"complete"},
		{"cancel"},
		{"swap", "swap", "complete"},
		{"swap", "cancel"},
		{"conference", "hangUp"},
		{"conference", "complete"},
		{"conference", "cancel"},
	}
	for _, kind := range ways[w.rand.IntN(len(ways))] {
		if err := w.look(ctx, span(w.rand, 0.3, 3)); err != nil {
			return err
		}
		if err := w.inCall(ctx, kind, nil); err != nil {
			return err
		}
	}
	return w.hangUpSoon(ctx)
}
