package hooks

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"hotline12345/callcenter/reach"
	"hotline12345/deploy/pgtest"
	"hotline12345/privacy"
)

const hang = time.Minute

// receiver is another system; answer says what it answers to the n-th request.
type receiver struct {
	*httptest.Server
	got    chan request
	asked  atomic.Int64
	answer func(n int64) int
}

type request struct {
	header http.Header
	body   []byte
}

func newReceiver(t *testing.T, answer func(n int64) int) *receiver {
	t.Helper()
	r := &receiver{got: make(chan request, 100), answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.got <- request{req.Header, body}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(r.answer(r.asked.Add(1)))
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) next(t *testing.T) request {
	t.Helper()
	select {
	case got := <-r.got:
		return got
	case <-time.After(hang):
		t.Fatal("nothing was sent")
		return request{}
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newService(t *testing.T, change func(*Options)) (*Service, *pgxpool.Pool) {
	t.Helper()
	keys, err := privacy.New(bytes.Repeat([]byte{7}, privacy.MasterSize))
	ok(t, err)
	pool := pgtest.New(t)
	o := Options{
		Types: []string{"call.started", "call.ended"}, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&o)
	}
	s, err := New(pool, keys, o)
	ok(t, err)
	s.pause = func(int) time.Duration { return time.Millisecond }
	ok(t, s.Start(t.Context()))
	t.Cleanup(func() { _ = s.Stop(t.Context()) })
	return s, pool
}

func event(id, kind string) Event {
	return Event{ID: id, Type: kind, At: time.Unix(1795600000, 0).UTC(), Call: "c", Seq: 1, Data: json.RawMessage(`{"queue":"main"}`)}
}

func always(status int) func(int64) int { return func(int64) int { return status } }

func TestEventsAreSentAndSigned(t *testing.T) {
	s, pool := newService(t, nil)
	r := newReceiver(t, func(n int64) int {
		if n == 1 {
			return http.StatusBadGateway
		}
		return http.StatusNoContent
	})
	hook, secret, err := s.Add(t.Context(), r.URL+"/hook", []string{"call.ended"}, "admin")
	ok(t, err)
	s.Tell(event("1", "call.started")) // not asked for
	s.Tell(event("2", "call.ended"))
	first, again := r.next(t), r.next(t)
	for _, got := range []request{first, again} {
		seconds, err := strconv.ParseInt(got.header.Get("X-Hotline-Timestamp"), 10, 64)
		ok(t, err)
		if got.header.Get("X-Hotline-Signature") != Sign(secret, time.Unix(seconds, 0), got.body) || got.header.Get("X-Hotline-Id") != "2" {
			t.Errorf("%v %s", got.header, got.body)
		}
		var e Event
		if err := json.Unmarshal(got.body, &e); err != nil || e.Type != "call.ended" || string(e.Data) != `{"queue":"main"}` {
			t.Errorf("%s %v", got.body, err)
		}
	}
	newer, err := s.Renew(t.Context(), hook.ID)
	ok(t, err)
	ok(t, s.Ping(t.Context(), hook.ID))
	ping := r.next(t)
	seconds, err := strconv.ParseInt(ping.header.Get("X-Hotline-Timestamp"), 10, 64)
	ok(t, err)
	if newer == secret || ping.header.Get("X-Hotline-Signature") != Sign(newer, time.Unix(seconds, 0), ping.body) || ping.header.Get("X-Hotline-Event") != TypePing {
		t.Errorf("after a new secret: %v", ping.header)
	}
	var readable int
	ok(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM webhooks WHERE position($1::bytea IN secret) > 0`, []byte(newer)).Scan(&readable))
	if readable != 0 {
		t.Error("the secret lies open")
	}
}

// until polls for what a worker does.
func (s *Service) until(t *testing.T, what string, holds func(Webhook) bool) Webhook {
	t.Helper()
	for deadline := time.Now().Add(hang); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		list, err := s.List(t.Context())
		ok(t, err)
		if len(list) == 1 && holds(list[0]) {
			return list[0]
		}
	}
	t.Fatalf("never: %s", what)
	return Webhook{}
}

// TestLongFailureDisables: what takes nothing for a day is told nothing more, and says why.
func TestLongFailureDisables(t *testing.T) {
	var hours atomic.Int64
	s, _ := newService(t, func(o *Options) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(hours.Load()) * time.Hour) }
	})
	r := newReceiver(t, always(http.StatusFound)) // a redirect is not followed
	hook, _, err := s.Add(t.Context(), r.URL, []string{"call.ended"}, "admin")
	ok(t, err)
	s.Tell(event("1", "call.ended"))
	failing := s.until(t, "failing", func(h Webhook) bool { return h.FailingSince != nil })
	if !failing.Enabled || !strings.Contains(failing.LastError, "302") {
		t.Errorf("%+v", failing)
	}
	hours.Store(25)
	s.Tell(event("2", "call.ended"))
	off := s.until(t, "disabled", func(h Webhook) bool { return !h.Enabled })
	if off.DisabledAt == nil {
		t.Errorf("%+v", off)
	}
	on, err := s.Save(t.Context(), hook.ID, r.URL, []string{"call.started"}, true)
	if err != nil || on.DisabledAt != nil || on.FailingSince != nil || on.LastError != "" {
		t.Errorf("enabled again: %+v %v", on, err)
	}
}

// TestPrivateAddressesAreRefused at the last moment too: whatever a name leads to.
func TestPrivateAddressesAreRefused(t *testing.T) {
	s, pool := newService(t, func(o *Options) { o.Allow = nil })
	r := newReceiver(t, always(http.StatusOK))
	if _, _, err := s.Add(t.Context(), "https://127.0.0.1/", []string{"call.ended"}, "admin"); !errors.As(err, new(*Fault)) {
		t.Errorf("an address: %v", err)
	}
	hook, _, err := s.Add(t.Context(), "https://localhost/", []string{"call.ended"}, "admin")
	ok(t, err)
	_, err = pool.Exec(t.Context(), `UPDATE webhooks SET url = $1`, strings.Replace(r.URL, "127.0.0.1", "localhost", 1))
	ok(t, err)
	ok(t, s.Ping(t.Context(), hook.ID))
	failing := s.until(t, "refused", func(h Webhook) bool { return h.FailingSince != nil })
	if !strings.Contains(failing.LastError, "private") || r.asked.Load() != 0 {
		t.Errorf("%+v, asked %d times", failing, r.asked.Load())
	}
}

func jobs(t *testing.T, pool *pgxpool.Pool) (n int) {
	t.Helper()
	ok(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM river_job`).Scan(&n))
	return n
}

// TestStopKeepsTheWholeFeed: what was told becomes jobs, more than one batch too.
func TestStopKeepsTheWholeFeed(t *testing.T) {
	s, pool := newService(t, nil)
	_, _, err := s.Add(t.Context(), "http://127.0.0.1:9", []string{"call.ended"}, "admin")
	ok(t, err)
	ok(t, s.Stop(t.Context())) // so that nobody but the next Stop reads the feed
	for n := range 2*batchSize + 300 {
		s.Tell(event(strconv.Itoa(n), "call.ended"))
	}
	ok(t, s.Stop(t.Context()))
	if n := jobs(t, pool); n != 2*batchSize+300 {
		t.Errorf("%d jobs", n)
	}
}

// TestStopLetsAnInsertEnd that has begun.
func TestStopLetsAnInsertEnd(t *testing.T) {
	s, pool := newService(t, nil)
	_, _, err := s.Add(t.Context(), "http://127.0.0.1:9", []string{"call.ended"}, "admin")
	ok(t, err)
	ok(t, s.river.Stop(t.Context())) // its queues would wait for the lock, with all connections of the pool
	tx, err := pool.Begin(t.Context())
	ok(t, err)
	defer tx.Rollback(t.Context())
	_, err = tx.Exec(t.Context(), `LOCK TABLE river_job IN EXCLUSIVE MODE`)
	ok(t, err)
	s.Tell(event("1", "call.ended"))
	waits := 0
	for deadline := time.Now().Add(hang); waits == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no insert waits")
		}
		ok(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ILIKE 'copy%river_job%'`).Scan(&waits))
	}
	s.cancel() // what Stop does first
	ok(t, tx.Rollback(t.Context()))
	ok(t, s.Stop(t.Context()))
	if n := jobs(t, pool); n != 1 {
		t.Errorf("%d jobs", n)
	}
}

// TestHTTPStaysInside: a name may lead out of the allowed networks later.
func TestHTTPStaysInside(t *testing.T) {
	s, pool := newService(t, nil)
	hook, _, err := s.Add(t.Context(), "http://localhost/", []string{"call.ended"}, "admin")
	ok(t, err)
	_, err = pool.Exec(t.Context(), `UPDATE webhooks SET url = 'http://8.8.8.8/'`) // no packet goes there
	ok(t, err)
	ok(t, s.Ping(t.Context(), hook.ID))
	failing := s.until(t, "refused", func(h Webhook) bool { return h.FailingSince != nil })
	if !strings.Contains(failing.LastError, reach.ErrPlain.Error()) {
		t.Errorf("%+v", failing)
	}
}

// TestAddressesAreNotToldInFaults: the query of one may be a secret.
func TestAddressesAreNotToldInFaults(t *testing.T) {
	var log bytes.Buffer
	s, pool := newService(t, func(o *Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
		o.DisableAfter = time.Nanosecond // logged with the second fault
	})
	r := newReceiver(t, always(http.StatusOK))
	hook, _, err := s.Add(t.Context(), r.URL+"/hook?token=s3cret", []string{"call.ended"}, "admin")
	ok(t, err)
	r.Close() // nobody answers there any more
	ok(t, s.Ping(t.Context(), hook.ID))
	off := s.until(t, "disabled", func(h Webhook) bool { return !h.Enabled })
	ok(t, s.Stop(t.Context()))
	var kept string
	ok(t, pool.QueryRow(t.Context(), `SELECT string_agg(errors::text, '') FROM river_job`).Scan(&kept))
	for where, text := range map[string]string{"the row": off.LastError, "the jobs": kept, "the log": log.String()} {
		if strings.Contains(text, "token") || strings.Contains(text, "/hook") || !strings.Contains(text, "refused") {
			t.Errorf("%s: %s", where, text)
		}
	}
}

// TestLongFaultsAreKept, cut between characters.
func TestLongFaultsAreKept(t *testing.T) {
	s, _ := newService(t, nil)
	hook, _, err := s.Add(t.Context(), "http://127.0.0.1:9", []string{"call.ended"}, "admin")
	ok(t, err)
	for _, lead := range []string{"", "x", "xx"} {
		ok(t, s.note(t.Context(), hook.ID, errors.New(lead+strings.Repeat("错", 200))))
		list, err := s.List(t.Context())
		ok(t, err)
		if kept := list[0].LastError; len(kept) < maxFault-3 || !strings.HasPrefix(kept, lead+"错") || !strings.HasSuffix(kept, "错") {
			t.Errorf("kept %q", kept)
		}
	}
}

func TestWebhooksAreBounded(t *testing.T) {
	s, _ := newService(t, func(o *Options) { o.MaxWaiting = 3 })
	r := newReceiver(t, always(http.StatusOK))
	for range maxWebhooks {
		_, _, err := s.Add(t.Context(), r.URL, []string{"call.ended"}, "admin")
		ok(t, err)
	}
	if _, _, err := s.Add(t.Context(), r.URL, []string{"call.ended"}, "admin"); !errors.Is(err, ErrTooMany) {
		t.Errorf("one more: %v", err)
	}
	s.enqueue(t.Context(), []Event{event("1", "call.ended")}) // 20 jobs, room for 3
	if n := r.asked.Load(); n != 0 {
		t.Errorf("%d were sent beyond the limit", n)
	}
	for _, events := range [][]string{{}, {"call.started", "nothing"}} {
		if _, _, err := s.Add(t.Context(), r.URL, events, "admin"); !errors.As(err, new(*Fault)) {
			t.Errorf("%v: %v", events, err)
		}
	}
	list, err := s.List(t.Context())
	ok(t, err)
	ok(t, s.Remove(t.Context(), list[0].ID))
	if err := s.Ping(t.Context(), list[0].ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("one that is gone: %v", err)
	}
}

// TestADeadWebhookLeavesRoom: what waits for it takes nothing from the others.
func TestADeadWebhookLeavesRoom(t *testing.T) {
	s, pool := newService(t, func(o *Options) { o.MaxWaiting = 4 })
	r := newReceiver(t, always(http.StatusOK))
	dead, _, err := s.Add(t.Context(), r.URL, []string{"call.ended"}, "admin")
	ok(t, err)
	_, _, err = s.Add(t.Context(), r.URL, []string{"call.ended"}, "admin")
	ok(t, err)
	_, err = pool.Exec(t.Context(), `INSERT INTO river_job (kind, args, queue, state, max_attempts, scheduled_at)
		SELECT 'webhook', jsonb_build_object('hook', $1::text), $2, 'retryable', 20, now() + interval '1 hour' FROM generate_series(1, 4)`, dead.ID, queueName)
	ok(t, err)
	s.enqueue(t.Context(), []Event{event("1", "call.ended")})
	if got := r.next(t); got.header.Get("X-Hotline-Id") != "1" {
		t.Errorf("%v", got.header)
	}
	var waiting int
	ok(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM river_job WHERE args ->> 'hook' = $1`, dead.ID).Scan(&waiting))
	if waiting != 4 {
		t.Errorf("%d wait for the dead one", waiting)
	}
}

// TestItLeadsNoJobs of the database: its River client knows nothing of others' jobs, and
// would keep those who do from what is periodic.
func TestItLeadsNoJobs(t *testing.T) {
	s, pool := newService(t, nil)
	r := newReceiver(t, always(http.StatusOK))
	_, _, err := s.Add(t.Context(), r.URL, []string{"call.ended"}, "admin")
	ok(t, err)
	s.Tell(event("1", "call.ended"))
	r.next(t) // it runs
	var leaders int
	ok(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM river_leader`).Scan(&leaders))
	if leaders != 0 {
		t.Error("it leads")
	}
}
