package engine

import (
	"strconv"
	"testing"

	"hotline12345/callcenter"
)

func TestMailboxKeepsTheOrderOfSeveralPosters(t *testing.T) {
	const posters, each = 8, 50
	box := newMailbox()
	for p := range posters {
		go func() {
			for n := range each {
				box.put(message{event: callcenter.KeyPressed{Leg: callcenter.LegID(strconv.Itoa(p)), Key: strconv.Itoa(n)}})
			}
		}()
	}
	seen := map[callcenter.LegID]int{}
	for range posters * each {
		m, ok := box.take()
		if !ok {
			t.Fatal("the box says that something was lost")
		}
		got := m.event.(callcenter.KeyPressed)
		if got.Key != strconv.Itoa(seen[got.Leg]) {
			t.Fatalf("poster %s: %s came, %d was next", got.Leg, got.Key, seen[got.Leg])
		}
		seen[got.Leg]++
	}
	if len(box.rest()) != 0 {
		t.Error("something is left over")
	}
}

func TestMailboxThatWasFullIsKnownAsSuch(t *testing.T) {
	box := newMailbox()
	for range mailboxSize {
		box.put(message{event: callcenter.PlayDone{}})
	}
	if _, ok := box.take(); !ok {
		t.Fatal("a box that is just full has lost something")
	}
	box.put(message{event: callcenter.PlayDone{}})
	box.put(message{event: callcenter.AgentReserved{}}) // one too many
	if _, ok := box.take(); ok {
		t.Error("the loss is not told")
	}
	if got := len(box.rest()); got != mailboxSize {
		t.Errorf("%d are left to give back, want %d", got, mailboxSize)
	}
}
