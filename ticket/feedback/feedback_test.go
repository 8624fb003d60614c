package feedback

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"hotline12345/ticket"
)

// TestACallerIsToldAtOnceAndCloses runs everything with jobs: notice, call, outcome.
func TestACallerIsToldAtOnceAndCloses(t *testing.T) {
	w := newWorld(t, nil)
	w.start(t)
	notice := w.store.lodged(t, number, answer)
	telling := w.take(t, notice)
	w.take(t, notice) // the outbox may repeat itself

	call := w.phone.next(t)
	want := placed{To: "13800001000", Script: Script{
		Ticket: number, Attempt: 1,
		Tell:   []string{"said:您反映的路灯不亮有结果", "said:路灯今天已经修好。", "said:完毕"},
		Solved: []string{"said:解决了吗"}, Satisfied: []string{"said:满意吗"}, Invalid: []string{"said:没有听清"}, Thanks: []string{"said:感谢评价"},
	}}
	if !reflect.DeepEqual(call, want) {
		t.Errorf("called with\n%+v\nwant\n%+v", call, want)
	}
	outcome := Outcome{Ticket: number, Attempt: 1, Call: "c9", Told: true, Solved: new(true), Rating: 1}
	for range 2 { // reported twice
		if err := w.Report(t.Context(), outcome); err != nil {
			t.Fatal(err)
		}
	}
	closed := w.store.await(t, number, "closed", func(t ticket.Ticket) bool { return t.State == ticket.StateClosed })
	if closed.CloseReason != ticket.CloseSatisfied || closed.Told.Way != ticket.WayCall || closed.FinalRating != 1 || len(closed.Attempts) != 1 ||
		closed.Attempts[0].Result != "told" || closed.Attempts[0].Call != "c9" {
		t.Errorf("closed as %+v", closed)
	}
	w.awaitState(t, telling, "told")
	if err := w.called(t.Context(), endArgs{Ticket: number, Attempt: 1, Told: true, Result: "told"}); err != nil {
		t.Errorf("a late outcome: %v", err)
	}
	w.phone.none(t)
}

// TestARedoneTicketIsToldAgain: the second telling does not wait for the first one's
// sleeping job.
func TestARedoneTicketIsToldAgain(t *testing.T) {
	w := newWorld(t, nil)
	w.start(t)
	w.take(t, w.store.lodged(t, number, answer))
	w.phone.next(t)
	if err := w.Report(t.Context(), Outcome{Ticket: number, Attempt: 1, Told: true, Solved: new(false)}); err != nil {
		t.Fatal(err)
	}
	w.store.await(t, number, "back to dispatch", func(t ticket.Ticket) bool { return t.State == ticket.StateToDispatch && t.Redone == 1 })
	second, err := w.store.run(number, dispatcher, ticket.AnswerDirectly{Text: "换了灯泡。"})
	if err != nil {
		t.Fatal(err)
	}
	w.take(t, second)
	if call := w.phone.next(t); call.Tell[1] != "said:换了灯泡。" {
		t.Errorf("the second call tells %v", call.Tell)
	}
}

// mute speaks nothing.
type mute struct{}

func (mute) Speak(context.Context, string) (string, error) { return "", errors.New("no voice") }

// TestWhatCannotBeSpokenGoesAnotherWay: a result that no call can read out does not wait
// for ever; without a gateway a person must act.
func TestWhatCannotBeSpokenGoesAnotherWay(t *testing.T) {
	w := newWorld(t, nil)
	w.speaker = mute{}
	telling := w.take(t, w.store.lodged(t, number, answer))
	work := func(attempt int) error {
		job := &river.Job[tellArgs]{JobRow: &rivertype.JobRow{Attempt: attempt, MaxAttempts: 25}, Args: telling}
		return (&tellWorker{service: w.Service}).Work(t.Context(), job)
	}
	if err := work(maxTellFaults - 1); err == nil || w.get(t, number).Flags.Unreachable {
		t.Errorf("given up too early: %v", err)
	}
	if err := work(maxTellFaults); err != nil || !w.get(t, number).Flags.Unreachable || w.state(t, telling) != "unreachable" {
		t.Errorf("after ten failures: %v, %+v", err, w.get(t, number).Flags)
	}
	w.phone.none(t)
}

// TestThreeDaysPartsThenAPerson walks through three calls that nobody answers, without
// a gateway for messages.
func TestThreeDaysPartsThenAPerson(t *testing.T) {
	w := newWorld(t, nil)
	telling := w.take(t, w.store.lodged(t, number, answer))
	var times []string
	for n, failure := range []string{"noAnswer", "busy", "unreachable"} {
		for sleep := w.step(t, telling); ; sleep = w.step(t, telling) {
			var running bool
			if err := w.pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM tell_attempts WHERE n = $1)`, n+1).Scan(&running); err != nil {
				t.Fatal(err)
			}
			if running {
				break
			}
			w.phone.none(t)
			w.clock.add(sleep)
		}
		w.phone.next(t)
		times = append(times, w.clock.Now().In(beijing).Format("02 15:04"))
		w.step(t, telling) // its call runs: nothing to do
		w.phone.none(t)
		w.clock.add(time.Minute)
		if err := w.called(t.Context(), endArgs{Ticket: number, Attempt: n + 1, Call: "c", Result: failure}); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"25 10:00", "25 12:00", "25 16:00"}; !reflect.DeepEqual(times, want) {
		t.Errorf("called at %v, want %v", times, want)
	}
	if sleep := w.step(t, telling); sleep != 0 {
		t.Errorf("it sleeps %v after the last attempt", sleep)
	}
	got := w.get(t, number)
	if !got.Flags.Unreachable || got.State != ticket.StateFollowUp || got.Told != nil || len(got.Attempts) != 3 {
		t.Errorf("the ticket is %+v", got)
	}
	if state := w.state(t, telling); state != "unreachable" {
		t.Errorf("the telling is %s", state)
	}
}

func TestOutcomes(t *testing.T) {
	refusal := ticket.Refuse{Reason: "不属于受理范围", RightDoor: "人民法院"}
	for _, c := range []struct {
		name    string
		ticket  ticket.Command
		outcome endArgs
		state   ticket.State
		reason  string
	}{
		{"heard and not answered", answer, endArgs{Told: true, Result: "told"}, ticket.StateClosed, closeUnrated},
		{"solved and satisfied", answer, endArgs{Told: true, Solved: new(true), Rating: 2, Result: "told"}, ticket.StateClosed, ticket.CloseSatisfied},
		{"solved, but dissatisfied", answer, endArgs{Told: true, Solved: new(true), Rating: 5, Result: "told"}, ticket.StateToDispatch, ""},
		{"unsolved", answer, endArgs{Told: true, Solved: new(false), Rating: 3, Result: "told"}, ticket.StateToDispatch, ""},
		{"rated well, solved unknown: a person asks", answer, endArgs{Told: true, Rating: 1, Result: "told"}, ticket.StateFollowUp, ""},
		{"hung up before the end", answer, endArgs{Result: "failed"}, ticket.StateFollowUp, ""},
		{"a refusal is told, not rated", refusal, endArgs{Told: true, Solved: new(true), Rating: 1, Result: "told"}, ticket.StateClosed, ticket.CloseRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			telling := w.take(t, w.store.lodged(t, number, c.ticket))
			w.step(t, telling)
			script := w.phone.next(t)
			if asks := len(script.Solved) > 0; asks == (c.ticket == ticket.Command(refusal)) {
				t.Errorf("asks: %v", asks)
			}
			c.outcome.Ticket, c.outcome.Attempt = number, 1
			if err := w.called(t.Context(), c.outcome); err != nil {
				t.Fatal(err)
			}
			if got := w.get(t, number); got.State != c.state || got.CloseReason != c.reason {
				t.Errorf("state %s, reason %q; want %s, %q", got.State, got.CloseReason, c.state, c.reason)
			}
		})
	}
}

func TestManyNodesPlaceOneCall(t *testing.T) {
	w := newWorld(t, nil)
	telling := w.take(t, w.store.lodged(t, number, answer))
	var nodes sync.WaitGroup
	for range 8 {
		nodes.Go(func() {
			if _, err := w.tell(t.Context(), telling); err != nil {
				t.Error(err)
			}
		})
	}
	nodes.Wait()
	w.phone.next(t)
	w.phone.none(t)
}

func TestAPersonWasFaster(t *testing.T) {
	w := newWorld(t, nil)
	telling := w.take(t, w.store.lodged(t, number, answer))
	if _, err := w.store.run(number, ticket.Actor{ID: "f1", Role: ticket.RoleFollowUp}, ticket.RecordTold{Way: ticket.WayAgent}); err != nil {
		t.Fatal(err)
	}
	if sleep := w.step(t, telling); sleep != 0 || w.state(t, telling) != "told" {
		t.Errorf("sleep %v, state %s", sleep, w.state(t, telling))
	}
	w.phone.none(t)
}

func TestALineThatFailsIsNoAttempt(t *testing.T) {
	w := newWorld(t, nil)
	telling := w.take(t, w.store.lodged(t, number, answer))
	w.phone.err = errors.New("all lines are busy")
	if _, err := w.tell(t.Context(), telling); err == nil {
		t.Fatal("the job would not be repeated")
	}
	w.phone.err = nil
	w.step(t, telling)
	if call := w.phone.next(t); call.Attempt != 1 {
		t.Errorf("the next call is attempt %d", call.Attempt)
	}
}

// TestALostCallIsAFailedAttempt: the node died, nobody reported an outcome.
func TestALostCallIsAFailedAttempt(t *testing.T) {
	w := newWorld(t, nil)
	telling := w.take(t, w.store.lodged(t, number, answer))
	w.step(t, telling)
	w.phone.next(t)
	w.clock.add(callLimit)
	w.step(t, telling)
	if got := w.get(t, number); len(got.Attempts) != 1 || got.Attempts[0].Result != "failed" {
		t.Errorf("attempts %+v", got.Attempts)
	}
	w.phone.none(t)
}

func TestNoticesThatBeginNothing(t *testing.T) {
	for _, n := range []Notice{
		{Type: "lodged", State: ticket.StateDraft},
		{Type: "attempted", State: ticket.StateFollowUp},
		{Type: "answered", State: ticket.StateClosed},
		{Type: "replied", State: ticket.StateAssigned},
		{Type: "told", State: ticket.StateFollowUp},
	} {
		if beginsTelling(n) {
			t.Errorf("%+v begins a telling", n)
		}
	}
}

// TestTheSweepRevivesATelling whose job is gone.
func TestTheSweepRevivesATelling(t *testing.T) {
	w := newWorld(t, nil)
	w.take(t, w.store.lodged(t, number, answer))
	if _, err := w.pool.Exec(t.Context(), `DELETE FROM river_job`); err != nil {
		t.Fatal(err)
	}
	w.start(t) // the sweep runs at the start
	w.phone.next(t)
}

// otherArgs are a job of another client of the database.
type otherArgs struct{}

func (otherArgs) Kind() string { return "of-others" }

type otherWorker struct {
	river.WorkerDefaults[otherArgs]
}

func (*otherWorker) Work(context.Context, *river.Job[otherArgs]) error { return nil }

// TestJobsOfOthersAreKept: one whose process died is tried again, not discarded.
func TestJobsOfOthersAreKept(t *testing.T) {
	w := newWorld(t, nil)
	var id int64
	err := w.pool.QueryRow(t.Context(), `INSERT INTO river_job (kind, args, queue, state, attempt, attempted_at, attempted_by, max_attempts)
		VALUES ('of-others', '{}', 'elsewhere', 'running', 1, now() - interval '2 hours', '{gone}', 20) RETURNING id`).Scan(&id)
	if err != nil {
		t.Fatal(err)
	}
	w.start(t)
	state := "running"
	for deadline := time.Now().Add(time.Minute); state == "running" && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if err := w.pool.QueryRow(t.Context(), `SELECT state FROM river_job WHERE id = $1`, id).Scan(&state); err != nil {
			t.Fatal(err)
		}
	}
	if state != "retryable" && state != "available" {
		t.Errorf("the job is %s", state)
	}
}

// TestLinesThatOthersNeed: it is asked again soon, and that was no attempt.
func TestLinesThatOthersNeed(t *testing.T) {
	w := newWorld(t, nil)
	telling := w.take(t, w.store.lodged(t, number, answer))
	w.phone.err = fmt.Errorf("paced: %w", ErrLater)
	if sleep, err := w.tell(t.Context(), telling); err != nil || sleep != laterPause {
		t.Fatalf("sleeps %s, %v", sleep, err)
	}
	w.phone.err = nil
	w.step(t, telling)
	if call := w.phone.next(t); call.Attempt != 1 {
		t.Errorf("the next call is attempt %d", call.Attempt)
	}
}
