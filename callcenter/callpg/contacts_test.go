package callpg

import (
	"errors"
	"reflect"
	"testing"

	"hotline12345/callcenter"
	"hotline12345/privacy"
)

// chain of a call that was answered and handed to an outside number.
func chain() []callcenter.Contact {
	return []callcenter.Contact{
		{N: 1, Kind: callcenter.ContactWait, Queue: "main", From: at(5), To: at(9), Began: callcenter.CauseArrived, Ended: callcenter.CauseAnswered},
		{
			N: 2, Kind: callcenter.ContactTalk, Queue: "main", Agent: "agent1", From: at(9), To: at(49), Began: callcenter.CauseAnswered,
			Ended: callcenter.CauseTransfer, TalkMS: 30_000, HoldMS: 10_000, Segments: []int{1, 2},
		},
		{
			N: 4, Kind: callcenter.ContactTalk, Queue: "main", Number: phone, From: at(49), To: at(69), Began: callcenter.CauseTransfer,
			Ended: callcenter.CauseLeft, TalkMS: 20_000, Segments: []int{3},
		},
	}
}

// part of an agent in a call.
func part(n int, kind callcenter.ContactKind, agent callcenter.AgentID, seconds int) callcenter.Contact {
	return callcenter.Contact{
		N: n, Kind: kind, Queue: "main", Agent: agent, From: at(9 * n), To: at(9 * (n + 1)), Began: callcenter.CauseAnswered, Ended: callcenter.CauseLeft,
		TalkMS: int64(seconds) * 1000,
	}
}

func TestChainOfACall(t *testing.T) {
	s, pool := newStore(t)
	r := record("a", 0)
	r.Contacts = chain()
	ok(t, s.WriteRecord(t.Context(), r))
	again := r
	again.Contacts = []callcenter.Contact{r.Contacts[2]}
	ok(t, s.WriteRecord(t.Context(), again))
	if got := must[[]callcenter.Contact](t)(s.Contacts(t.Context(), "a")); !reflect.DeepEqual(got, r.Contacts) {
		t.Errorf("chain\n%+v\nwant\n%+v", got, r.Contacts)
	}
	if got := must[[]callcenter.Contact](t)(s.Contacts(t.Context(), "none")); len(got) != 0 {
		t.Errorf("of no call: %+v", got)
	}
	_, err := pool.Exec(t.Context(), `UPDATE call_contacts SET n = 3 WHERE n = 4`)
	ok(t, err)
	if _, err := s.Contacts(t.Context(), "a"); !errors.Is(err, privacy.ErrSealed) {
		t.Errorf("a number that was moved: %v", err)
	}
}
