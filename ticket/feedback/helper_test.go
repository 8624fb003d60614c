package feedback

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"hotline12345/deploy/pgtest"
	"hotline12345/ticket"
)

const hang = 10 * time.Minute // ends a hang, no more

var (
	system     = ticket.Actor{ID: "system", Role: ticket.RoleSystem}
	agent      = ticket.Actor{ID: "a1", Role: ticket.RoleAgent}
	dispatcher = ticket.Actor{ID: "d1", Role: ticket.RoleDispatcher}
	rules      = ticket.Rules{Categories: map[string][]string{"0101": {"城乡建设", "路灯"}}, MaxRedo: 2, MaxText: 5000}
)

// memory is a ticket store with the real rules.
type memory struct {
	clock   func() time.Time
	mu      sync.Mutex
	tickets map[string]ticket.Ticket
	changed chan struct{} // closed and renewed at every change
}

func newMemory(clock func() time.Time) *memory {
	return &memory{clock: clock, tickets: map[string]ticket.Ticket{}, changed: make(chan struct{})}
}

func (m *memory) Ticket(_ context.Context, number string) (ticket.Ticket, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.tickets[number]
	if !ok {
		return ticket.Ticket{}, fmt.Errorf("no ticket %s", number)
	}
	return t, nil
}

func (m *memory) Handle(_ context.Context, number string, cmds ...ticket.Command) error {
	_, err := m.run(number, system, cmds...)
	return err
}

// run gives the notice of the last event.
func (m *memory) run(number string, by ticket.Actor, cmds ...ticket.Command) (Notice, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tickets[number]
	var notice Notice
	for _, cmd := range cmds {
		events, err := ticket.Decide(t, cmd, by, rules, m.clock())
		if err != nil {
			return Notice{}, err
		}
		for _, ev := range events {
			t = ticket.Evolve(t, ev)
			notice = Notice{Ticket: number, Seq: t.Version, Type: ticket.FactType(ev.Fact), State: t.State}
		}
	}
	m.tickets[number] = t
	close(m.changed)
	m.changed = make(chan struct{})
	return notice, nil
}

// lodged makes a ticket that waits for its caller.
func (m *memory) lodged(t *testing.T, number string, then ticket.Command) Notice {
	t.Helper()
	notice, err := m.run(number, agent, ticket.Lodge{
		Number: number, Kind: ticket.Inquiry, Urgency: ticket.Ordinary, Channel: "phone", Category: "0101", Region: "650100",
		Address: "人民路1号", Title: "路灯不亮", Content: "人民路路灯三天不亮", FollowUpWanted: true,
		Requester: ticket.Requester{Name: "王小明", Phone: "13800001000"}, Call: "c1",
	}, then)
	if err != nil {
		t.Fatal(err)
	}
	return notice
}

func (m *memory) await(t *testing.T, number, what string, ok func(ticket.Ticket) bool) ticket.Ticket {
	t.Helper()
	limit := time.After(hang)
	for {
		m.mu.Lock()
		now, changed := m.tickets[number], m.changed
		m.mu.Unlock()
		if ok(now) {
			return now
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("waited for: %s; the ticket is %+v", what, now)
		}
	}
}

// phone is a Caller that notes what it is asked.
type phone struct {
	calls chan placed
	err   error
}

type placed struct {
	To string
	Script
}

func (p *phone) Place(_ context.Context, to string, s Script) (string, error) {
	if p.err != nil {
		return "", p.err
	}
	p.calls <- placed{to, s}
	return fmt.Sprintf("call-%s-%d", s.Ticket, s.Attempt), nil
}

func (p *phone) next(t *testing.T) placed {
	t.Helper()
	select {
	case c := <-p.calls:
		return c
	case <-time.After(hang):
		t.Fatal("no call was placed")
		return placed{}
	}
}

func (p *phone) none(t *testing.T) {
	t.Helper()
	select {
	case c := <-p.calls:
		t.Fatalf("a call was placed: %+v", c)
	default:
	}
}

type voice struct{}

func (voice) Speak(_ context.Context, text string) (string, error) { return "said:" + text, nil }

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var texts = Texts{
	Intro: "您反映的%s有结果", End: "完毕", Solved: "解决了吗", Satisfied: "满意吗", Invalid: "没有听清",
	Thanks: "感谢评价", Bye: "再见", SMS: "您反映的%s(%s):%s", Sign: "12345热线",
}

// world is a service on its own database, at ten in the morning of a working day.
type world struct {
	*Service
	pool  *pgxpool.Pool
	store *memory
	phone *phone
	clock *clock
}

func newWorld(t *testing.T, gateway *Gateway) *world {
	t.Helper()
	w := &world{pool: pgtest.New(t), phone: &phone{calls: make(chan placed, 100)}, clock: &clock{now: at(t, "2026-11-25 10:00").UTC()}}
	if gateway != nil {
		gateway.now = w.clock.Now
	}
	w.store = newMemory(w.clock.Now)
	service, err := New(w.pool, w.store, w.phone, voice{}, Options{
		Hours: Hours{From: 8 * time.Hour, To: 20 * time.Hour}, Pause: 2 * time.Hour,
		Texts: texts, Gateway: gateway, Now: w.clock.Now, Log: slog.New(slog.DiscardHandler),
		KnowJobs: func(workers *river.Workers) { river.AddWorker(workers, &otherWorker{}) },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Service = service
	return w
}

// start runs the jobs too.
func (w *world) start(t *testing.T) {
	t.Helper()
	if err := w.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

func (w *world) take(t *testing.T, n Notice) tellArgs {
	t.Helper()
	if err := pgx.BeginFunc(t.Context(), w.pool, func(tx pgx.Tx) error { return w.Take(t.Context(), tx, n) }); err != nil {
		t.Fatal(err)
	}
	return tellArgs{Ticket: n.Ticket, Seq: n.Seq}
}

// step runs one telling as its job would and returns how long it would sleep.
func (w *world) step(t *testing.T, a tellArgs) time.Duration {
	t.Helper()
	sleep, err := w.tell(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return sleep
}

func (w *world) state(t *testing.T, a tellArgs) string {
	t.Helper()
	var state string
	if err := w.pool.QueryRow(t.Context(), `SELECT state FROM tellings WHERE ticket = $1 AND seq = $2`, a.Ticket, a.Seq).Scan(&state); err != nil {
		t.Fatal(err)
	}
	return state
}

// awaitState waits for a telling's row, which follows its ticket by a moment.
func (w *world) awaitState(t *testing.T, a tellArgs, want string) {
	t.Helper()
	for limit := time.Now().Add(hang); w.state(t, a) != want; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("the telling is %s, want %s", w.state(t, a), want)
		}
	}
}

func (w *world) get(t *testing.T, number string) ticket.Ticket {
	t.Helper()
	found, err := w.store.Ticket(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

const number = "20261125-000001"

var answer = ticket.AnswerDirectly{Text: "路灯今天已经修好。"}
