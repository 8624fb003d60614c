package hooks

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
)

// TestAHangingWebhookHoldsNoOther: it has two requests at once, and the others their own.
func TestAHangingWebhookHoldsNoOther(t *testing.T) {
	s, pool := newService(t, func(o *Options) { o.Timeout = time.Hour })
	const told = 40
	entered, release := make(chan struct{}, told), make(chan struct{})
	var now, most atomic.Int64
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		n := now.Add(1)
		for before := most.Load(); n > before && !most.CompareAndSwap(before, n); before = most.Load() {
		}
		entered <- struct{}{}
		<-release
		now.Add(-1)
	}))
	t.Cleanup(hanging.Close)
	letGo := sync.OnceFunc(func() { close(release) })
	t.Cleanup(letGo) // before Close, which waits
	good := newReceiver(t, always(http.StatusOK))
	_, _, err := s.Add(t.Context(), hanging.URL, []string{"call.ended"}, "admin")
	ok(t, err)
	_, _, err = s.Add(t.Context(), good.URL, []string{"call.started"}, "admin")
	ok(t, err)
	for n := range told {
		s.Tell(event(strconv.Itoa(n), "call.ended"))
	}
	<-entered
	<-entered
	for n := range 5 {
		s.Tell(event("good"+strconv.Itoa(n), "call.started"))
		good.next(t)
	}
	var tried int
	ok(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM river_job WHERE attempt > 0 AND state <> 'completed' AND args -> 'event' ->> 'type' = 'call.ended'`).Scan(&tried))
	if len(entered) != 0 || tried != perHook {
		t.Errorf("%d more requests hang; %d jobs were fetched", len(entered), tried)
	}
	letGo()
	for range told - 2 {
		select {
		case <-entered:
		case <-time.After(hang):
			t.Fatal("what waited is not sent")
		}
	}
	if most.Load() != perHook {
		t.Errorf("%d at once", most.Load())
	}
}

// TestWhatWaitsForNobodyIsDropped: a webhook is removed while another node, which does not
// know yet, makes jobs for it; and jobs of the time before each webhook had a queue.
func TestWhatWaitsForNobodyIsDropped(t *testing.T) {
	s, pool := newService(t, nil)
	gone := uuid.NewString()
	for _, queue := range []string{queueName, queueOf(gone)} {
		_, err := pool.Exec(t.Context(), `INSERT INTO river_job (kind, args, queue, state, max_attempts, scheduled_at)
			VALUES ('webhook', jsonb_build_object('hook', $1::text), $2, 'available', 20, now())`, gone, queue)
		ok(t, err)
	}
	s.forget() // a look at once
	left := -1
	for deadline := time.Now().Add(hang); left != 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d still wait", left)
		}
		ok(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM river_job WHERE state <> 'cancelled'`).Scan(&left))
	}
}

// TestQueuesFollowTheWebhooks, those of other nodes too.
func TestQueuesFollowTheWebhooks(t *testing.T) {
	s, _ := newService(t, nil)
	s.cancel()
	s.loop.Wait() // the test tends
	hook, _, err := s.Add(t.Context(), "http://127.0.0.1:9", []string{"call.ended"}, "admin")
	ok(t, err)
	for range 2 {
		s.tend(t.Context())
		if len(s.open) != 1 || !s.open[queueOf(hook.ID)] {
			t.Fatalf("added: %v", s.open)
		}
	}
	ok(t, s.Remove(t.Context(), hook.ID))
	s.tend(t.Context())
	if len(s.open) != 0 {
		t.Errorf("removed: %v", s.open)
	}
}
