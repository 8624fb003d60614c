package ticketpg

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"hotline12345/configs/seeds"
	"hotline12345/deploy/pgtest"
	"hotline12345/privacy"
	"hotline12345/ticket"
)

var (
	agent      = ticket.Actor{ID: "u1", Name: "话务一", Role: ticket.RoleAgent}
	agent2     = ticket.Actor{ID: "u2", Name: "话务二", Role: ticket.RoleAgent}
	dispatcher = ticket.Actor{ID: "u3", Name: "派单", Role: ticket.RoleDispatcher}
	agency     = ticket.Actor{ID: "u4", Name: "城管", Role: ticket.RoleAgency, Agency: "CSGL"}
	agency2    = ticket.Actor{ID: "u5", Name: "水务", Role: ticket.RoleAgency, Agency: "SHUIWU"}
	followUp   = ticket.Actor{ID: "u6", Name: "回访", Role: ticket.RoleFollowUp}
	supervisor = ticket.Actor{ID: "u7", Name: "班长", Role: ticket.RoleSupervisor}
	reviewer   = ticket.Actor{ID: "u8", Name: "质检", Role: ticket.RoleReviewer}
)

const (
	phone = "13800001000"
	name  = "某诉求人"
)

// clock is set by the test; it stands still otherwise.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// newStore is a seeded store on a fresh database, on an ordinary Monday morning.
func newStore(t *testing.T) (*Store, *pgxpool.Pool, *clock) {
	t.Helper()
	pool := pgtest.New(t)
	keys, err := privacy.New(make([]byte, privacy.MasterSize))
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{at: time.Date(2026, 3, 2, 10, 0, 0, 0, ticket.Beijing)}
	store, err := New(pool, keys, c.now)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Seed(t.Context(), seeds.FS); err != nil {
		t.Fatal(err)
	}
	return store, pool, c
}

func lodgeOf(title, content string) ticket.Lodge {
	return ticket.Lodge{
		Kind: ticket.Complaint, Urgency: ticket.Ordinary, Channel: "phone", Category: "010301", Region: "650102",
		Address: "幸福路 12 号", Title: title, Content: content, FollowUpWanted: true, Call: "call-1",
		Requester: ticket.Requester{Name: name, Gender: "female", Phone: phone, Language: "zh"},
	}
}

// must unwraps what has to succeed.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func lodged(t *testing.T, s *Store, then ticket.Command) ticket.Ticket {
	t.Helper()
	return must[ticket.Ticket](t)(s.Lodge(t.Context(), agent, "", lodgeOf("路灯不亮", "三盏路灯已经一周不亮。"), then))
}

var (
	toAgency  = ticket.Dispatch{Assignments: []ticket.DispatchTo{{Agency: "CSGL", Lead: true, Opinion: "请办理"}}}
	goodReply = ticket.Reply{True: true, Solved: true, Contacted: true, Done: "更换灯泡", PublicText: "路灯已修好。"}
)

// moved runs commands, each by its actor.
func moved(t *testing.T, s *Store, number string, steps ...any) ticket.Ticket {
	t.Helper()
	var tk ticket.Ticket
	for i := 0; i < len(steps); i += 2 {
		tk = must[ticket.Ticket](t)(s.Handle(t.Context(), steps[i].(ticket.Actor), number, 0, steps[i+1].(ticket.Command)))
	}
	return tk
}

// signed, replied and told are the ticket's path to the end.
func signed(t *testing.T, s *Store, number string) ticket.Ticket {
	t.Helper()
	return moved(t, s, number, dispatcher, toAgency, agency, ticket.Sign{Assignment: number + "-01"})
}

func replied(t *testing.T, s *Store, number string) ticket.Ticket {
	t.Helper()
	return moved(t, s, number, agency, ticket.ReplyWith{Assignment: number + "-01", Reply: goodReply})
}

func closed(t *testing.T, s *Store, number string) ticket.Ticket {
	t.Helper()
	solved := true
	return must[ticket.Ticket](t)(s.Handle(t.Context(), System, number, 0, ticket.RecordTold{Way: ticket.WayCall},
		ticket.FollowUp{Solved: &solved, Rating: 1, Way: ticket.WayCall}))
}

func codeOf(err error) ticket.Code {
	if coded, ok := errors.AsType[*ticket.Error](err); ok {
		return coded.Code
	}
	if err != nil {
		return ticket.Code(fmt.Sprintf("uncoded: %v", err))
	}
	return ""
}

func verified(t *testing.T, s *Store) Report {
	t.Helper()
	return must[Report](t)(s.Verify(t.Context()))
}

// limit ends a hang, nothing else.
func limit(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
