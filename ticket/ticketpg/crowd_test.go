package ticketpg

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"hotline12345/ticket"
)

// TestCrowd lets many actors throw commands at few tickets at once: whatever order the
// locks give, the chains hold, the rows are what the events make, and every failure
// is a coded refusal.
func TestCrowd(t *testing.T) {
	s, pool, clock := newStore(t)
	var numbers []string
	for range 3 {
		numbers = append(numbers, lodged(t, s, ticket.Submit{}).Number)
	}
	actors := []ticket.Actor{agent, dispatcher, agency, agency2, followUp, supervisor, System}
	var group sync.WaitGroup
	for seed := range uint64(6) {
		group.Go(func() {
			random := rand.New(rand.NewPCG(seed, 7))
			for range 120 {
				number := numbers[random.IntN(len(numbers))]
				by := actors[random.IntN(len(actors))]
				_, err := s.Handle(t.Context(), by, number, 0, crowdCommand(random, number))
				var refused *ticket.Error
				if err != nil && !errors.As(err, &refused) {
					t.Errorf("%s: %v", by.Role, err)
				}
				clock.move(time.Duration(random.IntN(60)) * time.Minute)
			}
		})
	}
	group.Wait()
	if r := verified(t, s); r.Tickets != 3 || r.Events < 15 || len(r.Faults) != 0 {
		t.Errorf("verified %+v", r)
	}
	var torn int
	err := pool.QueryRow(t.Context(), `SELECT count(*) FROM tickets t WHERE
		jsonb_array_length(t.doc->'assignments') <> (SELECT count(*) FROM assignments a WHERE a.ticket = t.number)
		OR t.state <> t.doc->>'state' OR t.version <> (SELECT count(*) FROM ticket_outbox o WHERE o.ticket = t.number)`).Scan(&torn)
	if err != nil || torn != 0 {
		t.Errorf("%d tickets whose tables disagree, %v", torn, err)
	}
}

func crowdCommand(random *rand.Rand, number string) ticket.Command {
	id := number + []string{"-01", "-02", "-03"}[random.IntN(3)]
	solved := random.IntN(2) == 0
	commands := []ticket.Command{
		toAgency,
		ticket.Dispatch{Assignments: []ticket.DispatchTo{{Agency: "CSGL", Lead: true}, {Agency: "SHUIWU"}}},
		ticket.Sign{Assignment: id},
		ticket.Sign{Assignment: id},
		ticket.ReplyWith{Assignment: id, Reply: goodReply},
		ticket.ReplyWith{Assignment: id, Reply: goodReply},
		ticket.RecordTold{Way: ticket.WayAgent},
		ticket.FollowUp{Solved: &solved, Rating: 1 + random.IntN(5), Way: ticket.WayAgent},
		ticket.MarkOverdue{Assignment: id},
		ticket.RecordAttempt{Attempt: ticket.Attempt{Way: ticket.WayCall, Result: "noAnswer"}},
	}
	return commands[random.IntN(len(commands))]
}
