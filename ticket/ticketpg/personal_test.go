package ticketpg

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline12345/ticket"
)

// accesses lists the log's rows as "actor action subject".
func accesses(t *testing.T, pool *pgxpool.Pool) []string {
	t.Helper()
	rows, err := pool.Query(t.Context(), `SELECT actor || ' ' || action || ' ' || subject FROM access_log ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	return must[[]string](t)(pgx.CollectRows(rows, pgx.RowTo[string]))
}

func TestRevealIsLoggedOrDoesNotHappen(t *testing.T) {
	s, pool, _ := newStore(t)
	tk := lodged(t, s, ticket.Submit{})
	signed(t, s, tk.Number)
	for _, by := range []ticket.Actor{agent, agency, supervisor} {
		if q := must[ticket.Requester](t)(s.Reveal(t.Context(), by, tk.Number, "联系诉求人")); q.Phone != phone || q.Name != name {
			t.Errorf("%s got %+v", by.Role, q)
		}
	}
	for by, want := range map[ticket.Actor]ticket.Code{agent2: ticket.CodeNotYours, agency2: CodeNotFound, reviewer: ticket.CodeForbidden} {
		if q, err := s.Reveal(t.Context(), by, tk.Number, ""); codeOf(err) != want || q != (ticket.Requester{}) {
			t.Errorf("%s got %+v, %v", by.Role, q, err)
		}
	}
	want := []string{"u1 ticket.requester " + tk.Number, "u4 ticket.requester " + tk.Number, "u7 ticket.requester " + tk.Number}
	if got := accesses(t, pool); !slices.Equal(got, want) {
		t.Errorf("logged %v", got)
	}
	// The log is away: nothing is shown.
	if _, err := pool.Exec(t.Context(), `ALTER TABLE access_log RENAME TO elsewhere`); err != nil {
		t.Fatal(err)
	}
	if q, err := s.Reveal(t.Context(), agent, tk.Number, ""); err == nil || q != (ticket.Requester{}) {
		t.Errorf("shown without a log: %+v, %v", q, err)
	}
	if pop, err := s.Pop(t.Context(), agent, "call-2", phone); err == nil || pop.Requester != nil {
		t.Errorf("popped without a log: %+v, %v", pop, err)
	}
}

func TestSearchByNumberIsLogged(t *testing.T) {
	s, pool, _ := newStore(t)
	tk := lodged(t, s, ticket.Submit{})
	for _, q := range []string{phone, " +86 138-0000-1000 ", "路灯", tk.Number} {
		if got := numbersOf(t, s, supervisor, Query{Box: BoxAll, Q: q}); len(got) != 1 {
			t.Errorf("%q finds %v", q, got)
		}
	}
	if got := numbersOf(t, s, dispatcher, Query{Box: BoxAll, Q: phone}); len(got) != 0 {
		t.Errorf("a dispatcher finds %v", got)
	}
	if got := accesses(t, pool); !slices.Equal(got, []string{"u7 ticket.search 138****1000", "u7 ticket.search 138****1000"}) {
		t.Errorf("logged %v", got)
	}
}

func TestScreenPop(t *testing.T) {
	s, pool, _ := newStore(t)
	if pop := must[Pop](t)(s.Pop(t.Context(), agent, "call-2", phone)); len(pop.OpenTickets) != 0 || pop.Requester != nil {
		t.Errorf("a caller nobody knows: %+v", pop)
	}
	if pop := must[Pop](t)(s.Pop(t.Context(), agent, "call-2", "")); len(pop.OpenTickets) != 0 || pop.Requester != nil {
		t.Errorf("a number withheld: %+v", pop)
	}
	if got := accesses(t, pool); len(got) != 0 {
		t.Errorf("nothing was shown, logged %v", got)
	}
	open := lodged(t, s, ticket.Submit{})
	signed(t, s, open.Number)
	lodged(t, s, ticket.AnswerDirectly{Text: "答复", Told: true})
	secret := lodgeOf("举报", "违规行为")
	secret.Kind, secret.Requester.Name = ticket.TipOff, "不应出现"
	must[ticket.Ticket](t)(s.Lodge(t.Context(), agent, "", secret, ticket.Submit{}))
	pop := must[Pop](t)(s.Pop(t.Context(), agent2, "call-2", "+86 138-0000-1000"))
	if len(pop.OpenTickets) != 2 || pop.OpenTickets[1].Number != open.Number || pop.OpenTickets[1].Due == nil || pop.OpenTickets[0].Due != nil {
		t.Errorf("open tickets %+v", pop.OpenTickets)
	}
	if pop.Requester == nil || *pop.Requester != (Known{Name: name, Gender: "female", Language: "zh", Address: "幸福路 12 号"}) {
		t.Errorf("prefilled with %+v", pop.Requester)
	}
	if got := accesses(t, pool); !slices.Equal(got, []string{"u2 ticket.pop call-2", "u2 ticket.prefill call-2"}) {
		t.Errorf("logged %v", got)
	}
}

// TestNothingPersonalIsReadable dumps every table.
func TestNothingPersonalIsReadable(t *testing.T) {
	s, pool, _ := newStore(t)
	tk := lodged(t, s, ticket.Submit{})
	signed(t, s, tk.Number)
	must[ticket.Requester](t)(s.Reveal(t.Context(), agency, tk.Number, "联系诉求人"))
	must[Pop](t)(s.Pop(t.Context(), agent, "call-2", phone))
	for _, table := range []string{"tickets", "ticket_events", "assignments", "ticket_outbox", "ticket_lodgings", "access_log"} {
		rows, err := pool.Query(t.Context(), `SELECT x::text FROM `+table+` x`)
		if err != nil {
			t.Fatal(err)
		}
		lines := must[[]string](t)(pgx.CollectRows(rows, pgx.RowTo[string]))
		for _, line := range lines {
			for _, secret := range []string{phone, name, hex.EncodeToString([]byte(phone)), hex.EncodeToString([]byte(name))} {
				if strings.Contains(line, secret) {
					t.Errorf("%s shows %s: %s", table, secret, line)
				}
			}
		}
		if len(lines) == 0 && table != "ticket_lodgings" {
			t.Errorf("%s is empty: nothing was looked at", table)
		}
	}
}
