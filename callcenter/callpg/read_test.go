package callpg

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
	"hotline12345/routing"
)

// all pages of a query, as the calls' ids.
func all(t *testing.T, s *Store, q RecordQuery) string {
	t.Helper()
	ids := ""
	for {
		page := must[RecordPage](t)(s.Records(t.Context(), q))
		for _, r := range page.Items {
			ids += string(r.Call)
		}
		if page.Next == "" {
			return ids
		}
		if q.After = page.Next; len(ids) > 100 {
			t.Fatal("pages without end")
		}
	}
}

func TestRecordsByPagesAndFilters(t *testing.T) {
	s, _ := newStore(t)
	yes := true
	for call, change := range map[callcenter.CallID]func(*callcenter.CallRecord){
		"a": func(r *callcenter.CallRecord) {},
		"b": func(r *callcenter.CallRecord) { r.Kind, r.From, r.To = callcenter.KindOutbound, "", phone },
		"c": func(r *callcenter.CallRecord) { r.From = "" },
		"d": func(r *callcenter.CallRecord) { r.Agents = []callcenter.AgentID{"agent2", "agent3"} },
		"e": func(r *callcenter.CallRecord) {
			r.Kind, r.From, r.To, r.Ticket, r.Agents = callcenter.KindResult, "", "09912345678", "20260302-000001", []callcenter.AgentID{}
			r.QueuedAt, r.OfferedAt, r.Queue = nil, nil, ""
			r.Outcome = &callcenter.Outcome{Told: true, Solved: &yes, Rating: 1, Reachable: true}
		},
	} {
		begun := int(call[0]-'a') / 2 * 100 // a and b, c and d begin together
		r := record(call, begun)
		change(&r)
		ok(t, s.WriteRecord(t.Context(), r))
		if got := must[callcenter.CallRecord](t)(s.Record(t.Context(), call)); !reflect.DeepEqual(got, r) {
			t.Errorf("record\n%+v\nwant\n%+v", got, r)
		}
	}
	for want, q := range map[string]RecordQuery{
		"edcba": {Limit: 2},
		"dba":   {Number: "+86 138 0000 1000", Limit: 1},
		"d":     {Agent: "agent3"},
		"cba":   {Agent: "agent1", Limit: 1},
		"dc":    {From: at(100), To: at(200)},
		"":      {Number: "anonymous", From: at(1000)},
	} {
		if got := all(t, s, q); got != want {
			t.Errorf("%+v: %q, want %q", q, got, want)
		}
	}
	earlier := must[[]callcenter.CallRecord](t)(s.Earlier(t.Context(), phone, "b", 5))
	if len(earlier) != 2 || earlier[0].Call != "d" || earlier[1].Call != "a" {
		t.Errorf("earlier calls: %v", earlier)
	}
	if got := must[[]callcenter.CallRecord](t)(s.Earlier(t.Context(), "", "b", 5)); len(got) != 0 {
		t.Errorf("earlier calls of nobody: %v", got)
	}
	if _, err := s.Records(t.Context(), RecordQuery{After: "nonsense"}); !errors.Is(err, ErrCursor) {
		t.Errorf("a bad cursor: %v", err)
	}
	if _, err := s.Record(t.Context(), "z"); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown call: %v", err)
	}
}

func TestRecordingsOfACall(t *testing.T) {
	s, _ := newStore(t)
	want := []engine.RecordingRow{
		{Node: "n", Call: "a", Segment: 1, Kind: callcenter.SegmentTalk, Path: "a/1", StartedAt: at(0), Millis: 1000, Bytes: 16000, SHA256: "x", Complete: true, Gaps: []engine.Gap{}},
		{Call: "a", Segment: 2, Kind: callcenter.SegmentConsult, Path: "a/2", StartedAt: at(5), Millis: 500, Bytes: 8000, SHA256: "y", Gaps: []engine.Gap{{From: 100, To: 250}, {From: 300, To: 500}}},
	}
	for _, r := range want {
		ok(t, s.WriteRecording(t.Context(), r))
	}
	if got := must[[]Recording](t)(s.Recordings(t.Context(), "a")); !reflect.DeepEqual(got, []Recording{{RecordingRow: want[0]}, {RecordingRow: want[1]}}) {
		t.Errorf("%+v", got)
	}
	if got := must[Recording](t)(s.Recording(t.Context(), "a", 2)); !reflect.DeepEqual(got.RecordingRow, want[1]) {
		t.Errorf("%+v", got)
	}
	if got := must[map[callcenter.CallID]int64](t)(s.RecordedMS(t.Context(), "a", "none")); len(got) != 1 || got["a"] != 1000 {
		t.Errorf("with the caller: %v ms", got)
	}
	paths := must[map[string]bool](t)(s.RecordingPaths(t.Context(), want[1].StartedAt))
	if len(paths) == 0 || !paths[want[1].Path] || paths[want[0].Path] != !want[0].StartedAt.Before(want[1].StartedAt) {
		t.Errorf("paths %v", paths)
	}
	if _, err := s.Recording(t.Context(), "a", 3); !errors.Is(err, ErrNotFound) {
		t.Errorf("a segment that is not there: %v", err)
	}
}

func TestFiguresOfADay(t *testing.T) {
	s, _ := newStore(t)
	if f := must[Figures](t)(s.Figures(t.Context(), at(0), at(1000), nil)); f != (Figures{}) {
		t.Errorf("of nothing: %+v", f)
	}
	waits := []struct {
		ms       int64
		answered bool
	}{{4000, true}, {15_000, true}, {35_000, true}, {4999, false}, {0, false}, {5000, false}}
	for i, w := range waits {
		r := record(callcenter.CallID('a'+rune(i)), i)
		r.WaitMS = w.ms
		if !w.answered {
			r.AnsweredAt, r.Reason = nil, callcenter.EndAbandoned
		}
		ok(t, s.WriteRecord(t.Context(), r))
	}
	other := record("out", 3)
	other.Kind = callcenter.KindOutbound
	other.Quality = []callcenter.LegQuality{{Leg: "l", Role: callcenter.RoleCaller, Codec: "PCMA", In: callcenter.Flow{Packets: 100, Lost: 2, JitterMS: 1.5, MOS: 4.2}, RoundTripMS: 12.5}}
	audio := other.TalkMS - callcenter.UnrecordedToleranceMS - 1
	other.AudioMS = &audio
	ok(t, s.WriteRecord(t.Context(), other))
	if got := must[callcenter.CallRecord](t)(s.Record(t.Context(), "out")); got.UnrecordedMS() != callcenter.UnrecordedToleranceMS+1 {
		t.Errorf("%d ms are on no recording", got.UnrecordedMS())
	} else if !reflect.DeepEqual(got.Quality, other.Quality) {
		t.Errorf("quality %+v", got.Quality)
	}
	ok(t, s.WriteRecord(t.Context(), record("later", 1000)))
	want := Figures{Offered: 6, Answered: 3, Abandoned: 3, ShortAbandoned: 2, ServiceLevel: 0.5, ASAMillis: 18_000, Unrecorded: 1}
	if f := must[Figures](t)(s.Figures(t.Context(), at(0), at(1000), nil)); f != want {
		t.Errorf("%+v, want %+v", f, want)
	}
	talks, waiting, before, out := record("t", 5), record("w", 6), record("b", -1), record("o", 7)
	talks.WaitMS, waiting.AnsweredAt, out.Kind = 2000, nil, callcenter.KindOutbound
	want = Figures{Offered: 7, Answered: 4, Abandoned: 3, ShortAbandoned: 2, ServiceLevel: 0.6, ASAMillis: 14_000, Unrecorded: 1}
	if f := must[Figures](t)(s.Figures(t.Context(), at(0), at(1000), []callcenter.CallRecord{talks, waiting, before, out})); f != want {
		t.Errorf("with calls that run: %+v, want %+v", f, want)
	}
	from, to := Today(time.Date(2026, 3, 1, 16, 0, 0, 0, time.UTC))
	if from.Format(time.RFC3339) != "2026-03-01T16:00:00Z" || to.Format(time.RFC3339) != "2026-03-02T16:00:00Z" {
		t.Errorf("today is %s to %s", from, to)
	}
}

func TestQueuesAndProfiles(t *testing.T) {
	s, pool := newStore(t)
	ok(t, s.Seed(t.Context()))
	ok(t, s.Seed(t.Context()))
	if got := must[[]routing.Queue](t)(s.Queues(t.Context())); !reflect.DeepEqual(got, []routing.Queue{mainQueue}) {
		t.Errorf("seeded %+v", got)
	}
	_, err := pool.Exec(t.Context(), `INSERT INTO agents (account, queues, skills) VALUES ('agent2', '{enterprise}', '[]')`)
	ok(t, err)
	ok(t, s.SeedAgents(t.Context(), "agent1", "agent2"))
	account := engine.AgentProfile{ID: "agent1", Name: "n", Number: "1001", Languages: []string{"zh"}}
	want := account
	want.Queues, want.Skills = []string{"main"}, mainQueue.Skills
	if got := must[engine.AgentProfile](t)(s.Profile(t.Context(), account, at(0))); !reflect.DeepEqual(got, want) {
		t.Errorf("profile %+v", got)
	}
	if got := must[engine.AgentProfile](t)(s.Profile(t.Context(), engine.AgentProfile{ID: "agent2"}, at(0))); len(got.Queues) != 1 || got.Queues[0] != "enterprise" {
		t.Errorf("seeding changed a profile: %+v", got)
	}
	if got := must[engine.AgentProfile](t)(s.Profile(t.Context(), engine.AgentProfile{ID: "new"}, at(0))); got.Queues != nil || got.Skills != nil {
		t.Errorf("an account without a row: %+v", got)
	}
	shared := record("a", 0) // agent1 has it twice, and asks agent2, who talks with nobody else
	shared.Agents = []callcenter.AgentID{"agent1", "agent2"}
	shared.Contacts = []callcenter.Contact{
		part(1, callcenter.ContactTalk, "agent1", 20), part(2, callcenter.ContactConsult, "agent2", 7), part(3, callcenter.ContactTalk, "agent1", 10),
	}
	ok(t, s.WriteRecord(t.Context(), shared))
	for agent, want := range map[callcenter.AgentID]engine.AgentProfile{"agent1": {Calls: 1, Talked: 30 * time.Second}, "agent2": {}} {
		if got := must[engine.AgentProfile](t)(s.Profile(t.Context(), engine.AgentProfile{ID: agent}, at(100))); got.Calls != want.Calls || got.Talked != want.Talked {
			t.Errorf("today's work of %s: %d calls, %s", agent, got.Calls, got.Talked)
		}
	}
}

func TestListenersHearOfChanges(t *testing.T) {
	s, _ := newStore(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	topics := make(chan Topic, 16)
	done := make(chan error, 1)
	var fault atomic.Pointer[error] // once
	go func() {
		done <- s.Listen(ctx, slog.New(slog.DiscardHandler), func(topic Topic) error {
			topics <- topic
			if err := fault.Swap(nil); err != nil {
				return *err
			}
			return nil
		})
	}()
	expect := func(want Topic) {
		t.Helper()
		select {
		case got := <-topics:
			if got != want {
				t.Errorf("heard %s, want %s", got, want)
			}
		case err := <-done:
			t.Fatalf("stopped listening: %v", err)
		}
	}
	expect(TopicMissed)
	ok(t, s.WriteRecord(t.Context(), record("a", 0)))
	expect(TopicRecords)
	ok(t, s.WriteCallback(t.Context(), "a", phone, callcenter.EndAbandoned, "main", at(0)))
	expect(TopicCallbacks)
	ok(t, s.Seed(t.Context()))
	expect(TopicQueues)
	failed := errors.New("not read")
	fault.Store(&failed)
	ok(t, s.WriteRecord(t.Context(), record("b", 0)))
	expect(TopicRecords)
	expect(TopicMissed) // what was not taken is told again
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}
