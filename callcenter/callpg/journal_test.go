package callpg

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
	"hotline12345/deploy/pgtest"
	"hotline12345/privacy"
)

const phone = "13800001000"

// at is a moment of a day in Beijing, 2026-03-02 09:00 and some seconds.
func at(seconds int) time.Time {
	return time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC).Add(time.Duration(seconds) * time.Second)
}

func newStore(t testing.TB) (*Store, *pgxpool.Pool) {
	t.Helper()
	keys, err := privacy.New(bytes.Repeat([]byte{7}, privacy.MasterSize))
	if err != nil {
		t.Fatal(err)
	}
	pool := pgtest.New(t)
	return New(pool, keys), pool
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// rows of a call that came and was hung up in the queue.
func rows(node string, call callcenter.CallID) []engine.JournalRow {
	return []engine.JournalRow{
		{Node: node, Call: call, Seq: 1, At: at(0), Event: callcenter.CallArrived{
			Call: call, Leg: "person", From: phone, To: "12345", Trunk: "t", Queue: "main",
			Dialog: callcenter.Dialog{RemoteTag: "r", RouteSet: []string{"<sip:p>"}, LocalSDP: "v=0\r\n"},
		}},
		{Node: node, Call: call, Seq: 2, At: at(1), Event: callcenter.PlayDone{Leg: "person", ID: "1"}},
		{Node: node, Call: call, Seq: 3, At: at(9), Event: callcenter.LegEnded{Leg: "person", Reason: callcenter.EndCallerHangUp}},
	}
}

func TestJournalComesBackAsItWas(t *testing.T) {
	s, pool := newStore(t)
	want := append(rows("n1", "a"), rows("n1", "b")...)
	ok(t, s.Append(t.Context(), want))
	ok(t, s.Append(t.Context(), rows("n2", "c")))
	if got := must[[]engine.JournalRow](t)(s.Open(t.Context(), "n1")); !reflect.DeepEqual(got, want) {
		t.Errorf("open calls\n%v\nwant\n%v", got, want)
	}
	if got := must[[]engine.JournalRow](t)(s.Journal(t.Context(), "c")); !reflect.DeepEqual(got, rows("n2", "c")) {
		t.Errorf("journal of c: %v", got)
	}
	ok(t, s.WriteRecord(t.Context(), record("a", 0)))
	if got := must[[]engine.JournalRow](t)(s.Open(t.Context(), "n1")); !reflect.DeepEqual(got, rows("n1", "b")) {
		t.Errorf("after the record of a: %v", got)
	}
	// A repeat of the first rows does not open the call again.
	ok(t, s.Append(t.Context(), rows("n1", "a")))
	if got := must[[]engine.JournalRow](t)(s.Open(t.Context(), "n1")); len(got) != 3 {
		t.Errorf("a repeat opened a call: %v", got)
	}
	var readable int
	ok(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM call_journal WHERE position($1::bytea IN event) > 0`, []byte(phone)).Scan(&readable))
	if readable != 0 {
		t.Errorf("%d events show the number", readable)
	}
	// An event that is moved to another place does not open there.
	_, err := pool.Exec(t.Context(), `INSERT INTO call_journal SELECT 'forged', seq, at, node, kind, event FROM call_journal WHERE call_id = 'a'`)
	ok(t, err)
	if _, err := s.Journal(t.Context(), "forged"); !errors.Is(err, privacy.ErrSealed) {
		t.Errorf("moved events: %v", err)
	}
}

func TestSecondOwnerIsFenced(t *testing.T) {
	s, pool := newStore(t)
	ok(t, s.Append(t.Context(), rows("n1", "a")))
	mixed := append(rows("n2", "a")[2:], rows("n2", "b")...)
	var fenced *FencedError
	if err := s.Append(t.Context(), mixed); !errors.As(err, &fenced) || *fenced != (FencedError{"a", 3, "n1"}) || !fenced.Permanent() {
		t.Fatalf("a second owner: %v", err)
	}
	if got := must[[]engine.JournalRow](t)(s.Open(t.Context(), "n2")); len(got) != 3 {
		t.Errorf("the other call was not written: %v", got)
	}
	same := rows("n1", "a")[2:]
	same[0].At = at(10) // the same node, another event
	if err := s.Append(t.Context(), same); !errors.As(err, &fenced) {
		t.Errorf("another event of the same node: %v", err)
	}
	for _, sql := range []string{`UPDATE call_journal SET node = 'x'`, `DELETE FROM call_journal`, `TRUNCATE call_journal`} {
		if _, err := pool.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s was allowed", sql)
		}
	}
}
