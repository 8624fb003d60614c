package feedback

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"hotline12345/ticket"
)

const (
	keyID  = "k1"
	secret = "a secret"
)

// sent is one request that a test gateway got.
type sent struct{ ID, To, Text string }

// testGateway answers with the statuses in turn, the last one from then on.
func testGateway(t *testing.T, o GatewayOptions, statuses ...int) (*Gateway, chan sent) {
	t.Helper()
	messages := make(chan sent, 100)
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if want := sign(secret, "POST", "/v1/send", r.Header.Get(headerTimestamp), body); r.Header.Get(headerSignature) != want || r.Header.Get(headerKey) != keyID {
			t.Errorf("signature %q, want %q", r.Header.Get(headerSignature), want)
		}
		var m sent
		if err := json.Unmarshal(body, &m); err != nil {
			t.Error(err)
		}
		if m.ID != r.Header.Get("Idempotency-Key") {
			t.Errorf("id %q, key %q", m.ID, r.Header.Get("Idempotency-Key"))
		}
		status := statuses[min(n, len(statuses)-1)]
		n++
		messages <- m
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"id":"g-%s"}`, m.ID)
	}))
	t.Cleanup(server.Close)
	o.URL, o.KeyID, o.Secret = server.URL+"/v1/send", keyID, secret
	gateway, err := NewGateway(o, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return gateway, messages
}

func nextMessage(t *testing.T, messages chan sent) sent {
	t.Helper()
	select {
	case m := <-messages:
		return m
	case <-time.After(hang):
		t.Fatal("no message was sent")
		return sent{}
	}
}

// texting brings a telling to its message: the number cannot be dialled.
func (w *world) texting(t *testing.T) tellArgs {
	t.Helper()
	w.phone.err = fmt.Errorf("no trunk: %w", ErrCannotDial)
	telling := w.take(t, w.store.lodged(t, number, answer))
	w.step(t, telling)
	return telling
}

// TestAMessageIsRepeatedAndItsReceiptTells: the gateway is down at first; the caller
// counts as told when the receipt says delivered, not before.
func TestAMessageIsRepeatedAndItsReceiptTells(t *testing.T) {
	gateway, messages := testGateway(t, GatewayOptions{}, http.StatusServiceUnavailable, http.StatusOK)
	w := newWorld(t, gateway)
	telling := w.texting(t)
	w.start(t)
	first, second := nextMessage(t, messages), nextMessage(t, messages)
	if first != second {
		t.Errorf("the repeated message differs: %+v, %+v", first, second)
	}
	if want := "【12345热线】您反映的路灯不亮(20261125-000001):路灯今天已经修好。"; second.Text != want || second.To != "13800001000" {
		t.Errorf("sent %+v, want %s", second, want)
	}
	sent := w.store.await(t, number, "sent", func(t ticket.Ticket) bool { return len(t.Attempts) == 2 })
	if sent.Told != nil || sent.Attempts[1].Way != ticket.WaySMS || sent.Attempts[1].Result != "sent" {
		t.Errorf("after acceptance: %+v", sent)
	}
	if status := postReceipts(t, w, fmt.Sprintf(`{"receipts":[{"id":%q,"status":"delivered"},{"id":%q,"status":"failed"}]}`, second.ID, uuid.NewString()), nil); status != http.StatusNoContent {
		t.Fatalf("the receipt got %d", status)
	}
	closed := w.store.await(t, number, "closed", func(t ticket.Ticket) bool { return t.State == ticket.StateClosed })
	if closed.CloseReason != closeNotReached || closed.Told.Way != ticket.WaySMS || !closed.Flags.NotReached {
		t.Errorf("closed as %+v", closed)
	}
	w.awaitState(t, telling, "told")
}

// TestMessagesThatDoNotArriveAskAPerson: each way a message can fail.
func TestMessagesThatDoNotArriveAskAPerson(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		tries  int
		then   string // what is heard of an accepted message
	}{
		{"refused", http.StatusBadRequest, 0, ""},
		{"redirected", http.StatusFound, 0, ""},
		{"down to the last try", http.StatusInternalServerError, 1, ""},
		{"not delivered", http.StatusOK, 0, statusFailed},
		{"nothing heard", http.StatusOK, 0, statusSilent},
	} {
		t.Run(c.name, func(t *testing.T) {
			gateway, messages := testGateway(t, GatewayOptions{Tries: c.tries}, c.status)
			w := newWorld(t, gateway)
			telling := w.texting(t)
			w.start(t)
			message := nextMessage(t, messages)
			if c.then != "" {
				w.store.await(t, number, "sent", func(t ticket.Ticket) bool { return len(t.Attempts) == 2 })
				if err := w.settle(t.Context(), receiptArgs{ID: message.ID, Status: c.then}); err != nil {
					t.Fatal(err)
				}
			}
			got := w.store.await(t, number, "unreachable", func(t ticket.Ticket) bool { return t.Flags.Unreachable })
			if got.State != ticket.StateFollowUp || got.Told != nil {
				t.Errorf("the ticket is %+v", got)
			}
			if last := got.Attempts[len(got.Attempts)-1]; last.Way != ticket.WaySMS || last.Result != "failed" {
				t.Errorf("last attempt %+v", last)
			}
			if err := w.settle(t.Context(), receiptArgs{ID: message.ID, Status: statusFailed}); err != nil {
				t.Errorf("a second receipt: %v", err)
			}
			w.awaitState(t, telling, "unreachable")
		})
	}
}

func TestAGatewayWithoutReceipts(t *testing.T) {
	gateway, _ := testGateway(t, GatewayOptions{NoReceipts: true}, http.StatusAccepted)
	w := newWorld(t, gateway)
	w.texting(t)
	w.start(t)
	w.store.await(t, number, "closed", func(t ticket.Ticket) bool { return t.State == ticket.StateClosed })
}

// postReceipts signs a body as the gateway would; spoil may change the request after.
func postReceipts(t *testing.T, w *world, body string, spoil func(*http.Request)) int {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/sms/receipts", strings.NewReader(body))
	timestamp := strconv.FormatInt(w.clock.Now().Unix(), 10)
	r.Header.Set(headerKey, keyID)
	r.Header.Set(headerTimestamp, timestamp)
	r.Header.Set(headerSignature, sign(secret, r.Method, r.URL.Path, timestamp, []byte(body)))
	if spoil != nil {
		spoil(r)
	}
	answer := httptest.NewRecorder()
	w.Receipts().ServeHTTP(answer, r)
	return answer.Code
}

func TestReceiptsLetOnlyTheGatewayIn(t *testing.T) {
	gateway, _ := testGateway(t, GatewayOptions{}, http.StatusOK)
	w := newWorld(t, gateway)
	one := fmt.Sprintf(`{"receipts":[{"id":%q,"status":"delivered"}]}`, uuid.NewString())
	for _, c := range []struct {
		name  string
		body  string
		spoil func(*http.Request)
		want  int
	}{
		{"good", one, nil, http.StatusNoContent},
		{"another key", one, func(r *http.Request) { r.Header.Set(headerKey, "k2") }, http.StatusUnauthorized},
		{"no signature", one, func(r *http.Request) { r.Header.Del(headerSignature) }, http.StatusUnauthorized},
		{"another path", one, func(r *http.Request) { r.URL.Path = "/elsewhere" }, http.StatusUnauthorized},
		{"a changed body", one, func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(one + " ")) }, http.StatusUnauthorized},
		{"too large", strings.Repeat("x", maxReceiptBytes+1), nil, http.StatusRequestEntityTooLarge},
		{"not JSON", `{"receipts":`, nil, http.StatusBadRequest},
		{"an unknown status", strings.Replace(one, "delivered", statusSilent, 1), nil, http.StatusBadRequest},
		{"too many", `{"receipts":[` + strings.Repeat(`{},`, maxReceipts) + `{}]}`, nil, http.StatusBadRequest},
		{"control characters", strings.Replace(one, `"delivered"`, `"failed","detail":"a\u0000b"`, 1), nil, http.StatusNoContent},
	} {
		if got := postReceipts(t, w, c.body, c.spoil); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	old := w.clock.Now()
	w.clock.add(clockSkew + time.Second)
	replayed := func(r *http.Request) {
		timestamp := strconv.FormatInt(old.Unix(), 10)
		r.Header.Set(headerTimestamp, timestamp)
		r.Header.Set(headerSignature, sign(secret, r.Method, r.URL.Path, timestamp, []byte(one)))
	}
	if got := postReceipts(t, w, one, replayed); got != http.StatusUnauthorized {
		t.Errorf("an old request: %d", got)
	}
}

// TestNoMessageAtNight: the evening's last call rang in vain; the message waits for the
// morning, without using up a try.
func TestNoMessageAtNight(t *testing.T) {
	gateway, messages := testGateway(t, GatewayOptions{Tries: 1}, http.StatusOK)
	w := newWorld(t, gateway)
	w.texting(t)
	var id string
	if err := w.pool.QueryRow(t.Context(), `SELECT id FROM sms_messages`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	job := &river.Job[smsArgs]{JobRow: &rivertype.JobRow{Attempt: 1, MaxAttempts: 1}, Args: smsArgs{ID: id}}
	w.clock.add(13 * time.Hour) // 23:00
	snoozed, ok := errors.AsType[*river.JobSnoozeError](w.work(t, job))
	if !ok || snoozed.Duration != 9*time.Hour || len(messages) != 0 {
		t.Fatalf("at 23:00: %+v, %d messages", snoozed, len(messages))
	}
	w.clock.add(9 * time.Hour)
	if err := w.work(t, job); err != nil || len(messages) != 1 {
		t.Errorf("at 08:00: %v, %d messages", err, len(messages))
	}
}

func (w *world) work(t *testing.T, job *river.Job[smsArgs]) error {
	t.Helper()
	return (&smsWorker{service: w.Service}).Work(t.Context(), job)
}

func TestReceiptsKeepNoNumbers(t *testing.T) {
	receipts, err := decodeReceipts([]byte(`{"receipts":[{"id":"01936f4e-0000-7000-8000-000000000000","status":"failed","detail":"to 13800001000 (+86 138-0000-1000): 4003 absent"}]}`))
	if err != nil || receipts[0].Detail != "to *** (+***): 4003 absent" {
		t.Errorf("%+v, %v", receipts, err)
	}
}

func FuzzReceipts(f *testing.F) {
	f.Add(`{"receipts":[{"id":"01936f4e-0000-7000-8000-000000000000","status":"delivered","detail":"x"}]}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, body string) {
		receipts, err := decodeReceipts([]byte(body))
		if err != nil {
			return
		}
		for _, r := range receipts {
			if _, err := uuid.Parse(r.ID); err != nil || len([]rune(r.Detail)) > maxDetail || strings.ContainsRune(r.Detail, 0) {
				t.Errorf("%+v was let through", r)
			}
		}
	})
}
