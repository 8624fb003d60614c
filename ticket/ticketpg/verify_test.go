package ticketpg

import (
	"strings"
	"testing"

	"hotline12345/ticket"
)

// TestTamperingIsFound does to the tables, as their owner could, what must not go unseen.
func TestTamperingIsFound(t *testing.T) {
	const victim, other = "20260302-000001", "20260302-000002"
	cut := `DELETE FROM ticket_events WHERE ticket = '` + victim + `' AND seq = 8; `
	back := `UPDATE tickets SET version = 7, head = (SELECT hash FROM ticket_events WHERE ticket = number AND seq = 7)`
	for name, c := range map[string]struct{ sql, found string }{
		"an opinion rewritten":  {`UPDATE ticket_events SET data = replace(data::text, '请办理', '不必办')::json WHERE seq = 3`, "altered"},
		"another actor":         {`UPDATE ticket_events SET actor = replace(actor::text, 'u4', 'u9')::json WHERE seq = 4`, "altered"},
		"another time":          {`UPDATE ticket_events SET at = at - interval '1 day' WHERE seq = 5`, "altered"},
		"a requester exchanged": {`UPDATE ticket_events SET sealed = (SELECT sealed FROM ticket_events WHERE ticket = '` + other + `' AND seq = 1) WHERE ticket = '` + victim + `' AND seq = 1`, "altered"},
		"an event taken out":    {`DELETE FROM ticket_events WHERE ticket = '` + victim + `' AND seq = 4`, "missing"},
		"taken out, renumbered": {`DELETE FROM ticket_events WHERE ticket = '` + victim + `' AND seq = 4; UPDATE ticket_events SET seq = seq - 1 WHERE ticket = '` + victim + `' AND seq > 4`, "does not follow"},
		"the end cut off":       {cut, "cut off"},
		"cut off, row set back": {cut + back + ` WHERE number = '` + victim + `'`, "row was altered"},
		"an event added":        {`INSERT INTO ticket_events SELECT ticket, 9, at, actor, type, data, sealed, hash, hash FROM ticket_events WHERE ticket = '` + victim + `' AND seq = 8`, "altered"},
		"a rating improved":     {`UPDATE tickets SET doc = jsonb_set(doc, '{finalRating}', '2') WHERE number = '` + victim + `'`, "row differs"},
		"a state changed":       {`UPDATE tickets SET state = 'assigned' WHERE number = '` + victim + `'`, "row differs"},
		"a row's requester":     {`UPDATE tickets SET requester = (SELECT requester FROM tickets WHERE number = '` + other + `') WHERE number = '` + victim + `'`, "cannot be read"},
		"a deadline put off":    {`UPDATE assignments SET due = due + interval '90 days' WHERE ticket = '` + victim + `'`, "assignments differ"},
		"an agency exchanged":   {`UPDATE assignments SET agency = 'SHUIWU' WHERE ticket = '` + victim + `'`, "assignments differ"},
		"an assignment away":    {`DELETE FROM assignments WHERE ticket = '` + victim + `'`, "assignments differ"},
		"a number hidden":       {`UPDATE tickets SET phone_hash = NULL WHERE number = '` + victim + `'`, "columns differ"},
		"a rating in figures":   {`UPDATE tickets SET final_rating = 5 WHERE number = '` + victim + `'`, "columns differ"},
		"a ticket taken away":   {`DELETE FROM ticket_events WHERE ticket = '` + victim + `'; DELETE FROM assignments WHERE ticket = '` + victim + `'; DELETE FROM tickets WHERE number = '` + victim + `'`, "ticket is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			s, pool, _ := newStore(t)
			for range 2 {
				tk := lodged(t, s, ticket.Submit{})
				signed(t, s, tk.Number)
				replied(t, s, tk.Number)
				closed(t, s, tk.Number)
			}
			if r := verified(t, s); len(r.Faults) != 0 {
				t.Fatalf("before: %+v", r.Faults)
			}
			if strings.HasPrefix(c.sql, "UPDATE ticket_events") || strings.HasPrefix(c.sql, "DELETE FROM ticket_events") {
				if _, err := pool.Exec(t.Context(), c.sql); err == nil || !strings.Contains(err.Error(), "append-only") {
					t.Errorf("the table let it happen: %v", err)
				}
			}
			if _, err := pool.Exec(t.Context(), `ALTER TABLE ticket_events DISABLE TRIGGER USER; `+c.sql); err != nil {
				t.Fatal(err)
			}
			r := verified(t, s)
			if len(r.Faults) == 0 || !strings.Contains(r.Faults[0].What, c.found) || r.Faults[0].Ticket != victim {
				t.Errorf("found %+v, want %q", r.Faults, c.found)
			}
		})
	}
}
