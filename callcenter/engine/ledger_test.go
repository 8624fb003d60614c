package engine

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"hotline12345/callcenter"
)

// orderJournal remembers what was written together, in which order.
type orderJournal struct {
	*fakeJournal
	did    []string
	broken callcenter.CallID // its record is refused
}

func (j *orderJournal) Append(ctx context.Context, rows []JournalRow) error {
	j.did = append(j.did, fmt.Sprint(len(rows), " rows"))
	return j.fakeJournal.Append(ctx, rows)
}

func (j *orderJournal) WriteRecording(ctx context.Context, rows ...RecordingRow) error {
	j.did = append(j.did, fmt.Sprint(len(rows), " recordings"))
	return j.fakeJournal.WriteRecording(ctx, rows...)
}

func (j *orderJournal) WriteRecord(ctx context.Context, records ...callcenter.CallRecord) error {
	j.did = append(j.did, fmt.Sprint(len(records), " records"))
	if slices.ContainsFunc(records, func(r callcenter.CallRecord) bool { return r.Call == j.broken }) {
		return refusal{}
	}
	return j.fakeJournal.WriteRecord(ctx, records...)
}

// endOf is what the ends of two calls leave to be written; the first had a segment of 3 s.
func endOf(l *ledger, j *orderJournal) {
	at := time.Now()
	l.event(JournalRow{Call: "a", Seq: 1, At: at})
	l.add(entry{segment: &RecordingRow{Call: "a", Segment: 1, Millis: 3000}, what: "recording"})
	l.add(entry{record: &callcenter.CallRecord{Call: "a", TalkMS: 2900}, what: "record"})
	l.event(JournalRow{Call: "b", Seq: 1, At: at})
	l.add(entry{what: "callback", write: func(context.Context) error { j.did = append(j.did, "callback"); return nil }})
	l.add(entry{record: &callcenter.CallRecord{Call: "b"}, what: "record"})
}

func drained(t *testing.T, l *ledger) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	go l.run(ctx)
	if err := l.drain(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestWrittenTogether: of several calls at once, each thing before what follows from it,
// and what is owed to a person before the record that says that nothing is.
func TestWrittenTogether(t *testing.T) {
	j := &orderJournal{fakeJournal: newJournal()}
	l := newLedger(j, 100, 0, slog.New(slog.DiscardHandler))
	var told []string
	l.recorded = func(r RecordingRow) { told = append(told, fmt.Sprint("segment ", r.Call)) }
	l.kept = func(r callcenter.CallRecord) { told = append(told, fmt.Sprint("record ", r.Call)) }
	endOf(l, j)
	drained(t, l)
	if want := []string{"2 rows", "1 recordings", "callback", "2 records"}; !slices.Equal(j.did, want) {
		t.Errorf("written %q, want %q", j.did, want)
	}
	if want := []string{"segment a", "record a", "record b"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	if audio := j.records["a"].AudioMS; audio == nil || *audio != 3000 || j.records["b"].AudioMS != nil {
		t.Errorf("audio of a %v, of b %v", audio, j.records["b"].AudioMS)
	}
}

// TestARefusedRecordIsAlone: the others of its batch are written nevertheless.
func TestARefusedRecordIsAlone(t *testing.T) {
	j := &orderJournal{fakeJournal: newJournal(), broken: "a"}
	l := newLedger(j, 100, 0, slog.New(slog.DiscardHandler))
	endOf(l, j)
	drained(t, l)
	if _, ok := j.records["b"]; !ok || len(j.records) != 1 {
		t.Errorf("records %v", j.records)
	}
}
