package callpg

import (
	"errors"
	"slices"
	"testing"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

func segment(node string, call callcenter.CallID, n, begun int) engine.RecordingRow {
	return engine.RecordingRow{
		Node: node, Call: call, Segment: n, Path: string(call), StartedAt: at(begun), Millis: 1000, Bytes: 16, SHA256: "x", Complete: true,
	}
}

// names are CALL and segment number of each.
func names(rows []Recording) (list []string) {
	for _, r := range rows {
		list = append(list, string(r.Call)+string(rune('0'+r.Segment)))
	}
	return list
}

// TestSpooled: a node sees what lies on its own disk, page by page, until it is stored; a
// segment that is written again, longer, is to be stored again.
func TestSpooled(t *testing.T) {
	s, _ := newStore(t)
	ctx := t.Context()
	for _, r := range []engine.RecordingRow{segment("n1", "a", 2, 0), segment("n1", "a", 1, 0), segment("", "b", 1, 0), segment("n2", "c", 1, 0)} {
		ok(t, s.WriteRecording(ctx, r))
	}
	cut := segment("n1", "d", 1, 0)
	cut.Complete = false
	ok(t, s.WriteRecording(ctx, cut))
	page := must[[]Recording](t)(s.Spooled(ctx, "n1", "", 0, 2))
	if got := names(page); !slices.Equal(got, []string{"a1", "a2"}) {
		t.Errorf("first page %v", got)
	}
	if got := names(must[[]Recording](t)(s.Spooled(ctx, "n1", "a", 2, 10))); !slices.Equal(got, []string{"b1", "d1"}) {
		t.Errorf("second page %v", got)
	}
	ok(t, s.MarkStored(ctx, "a", 1, at(9)))
	ok(t, s.MarkStored(ctx, "d", 1, at(9)))
	if err := s.MarkStored(ctx, "a", 1, at(10)); !errors.Is(err, ErrNotFound) {
		t.Errorf("stored twice: %v", err)
	}
	if r := must[Recording](t)(s.Recording(ctx, "a", 1)); r.StoredAt == nil || !r.StoredAt.Equal(at(9)) {
		t.Errorf("stored at %v", r.StoredAt)
	}
	cut.Complete, cut.Millis = true, 5000
	ok(t, s.WriteRecording(ctx, cut))
	if got := names(must[[]Recording](t)(s.Spooled(ctx, "n1", "", 0, 10))); !slices.Equal(got, []string{"a2", "b1", "d1"}) {
		t.Errorf("then %v", got)
	}
}

// TestPurgeAndHold: what is old goes once, held calls stay, and a hold on what is gone is
// refused.
func TestPurgeAndHold(t *testing.T) {
	s, _ := newStore(t)
	ctx := t.Context()
	for i, call := range []callcenter.CallID{"a", "held", "young", "theirs"} {
		node := "n1"
		if call == "theirs" {
			node = "n2"
		}
		begun := i
		if call == "young" {
			begun = 1000
		}
		ok(t, s.WriteRecording(ctx, segment(node, call, 1, begun)))
	}
	hold := Hold{Reason: "投诉核查", By: "supervisor", At: at(50)}
	ok(t, s.PlaceHold(ctx, "held", hold))
	if got := must[*Hold](t)(s.HoldOf(ctx, "held")); got == nil || *got != hold {
		t.Errorf("hold %+v", got)
	}
	expired := func() []string { return names(must[[]Recording](t)(s.Expired(ctx, "n1", at(100), "", 0, 10))) }
	if got := expired(); !slices.Equal(got, []string{"a1"}) {
		t.Fatalf("expired %v", got)
	}
	ok(t, s.MarkStored(ctx, "theirs", 1, at(60)))
	if got := expired(); !slices.Equal(got, []string{"a1", "theirs1"}) {
		t.Errorf("expired, with one of the store: %v", got)
	}
	if got := names(must[[]Recording](t)(s.Expired(ctx, "n1", at(100), "a", 1, 10))); !slices.Equal(got, []string{"theirs1"}) {
		t.Errorf("expired, from after the first on: %v", got)
	}
	erased := 0
	erase := func() error { erased++; return nil }
	broken := errors.New("the disk is broken")
	if _, err := s.Purge(ctx, "a", 1, at(101), func() error { return broken }); !errors.Is(err, broken) {
		t.Errorf("a fault of the disk: %v", err)
	}
	for i, call := range []callcenter.CallID{"a", "a", "held"} {
		if done, err := s.Purge(ctx, call, 1, at(102), erase); err != nil || done != (i == 0) {
			t.Errorf("purge %d of %s: %v, %v", i, call, done, err)
		}
	}
	if erased != 1 {
		t.Errorf("erased %d times", erased)
	}
	if _, err := s.Recording(ctx, "a", 1); !errors.Is(err, ErrPurged) {
		t.Errorf("a purged one: %v", err)
	}
	if rows := must[[]Recording](t)(s.Recordings(ctx, "a")); len(rows) != 1 || rows[0].PurgedAt == nil {
		t.Errorf("its row: %+v", rows)
	}
	for call, want := range map[callcenter.CallID]error{"a": ErrPurged, "none": ErrNotFound} {
		if err := s.PlaceHold(ctx, call, hold); !errors.Is(err, want) {
			t.Errorf("hold %s: %v", call, err)
		}
	}
	ok(t, s.LiftHold(ctx, "held"))
	if err := s.LiftHold(ctx, "held"); !errors.Is(err, ErrNotFound) {
		t.Errorf("lifted twice: %v", err)
	}
	if got := expired(); !slices.Equal(got, []string{"held1", "theirs1"}) {
		t.Errorf("expired in the end: %v", got)
	}
}
