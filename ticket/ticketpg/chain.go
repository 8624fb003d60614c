package ticketpg

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"hotline12345/ticket"
)

// storedEvent is a row of ticket_events.
type storedEvent struct {
	ticket string
	seq    int
	at     time.Time
	actor  []byte // JSON
	kind   string
	data   []byte // JSON, without the requester
	sealed []byte // the requester of a Lodged
	prev   []byte
	hash   []byte
}

// chain makes the row of an event that w.ticket has just evolved by.
func (w *writer) chain(ev ticket.Event) (storedEvent, error) {
	number := w.ticket.Number
	row := storedEvent{ticket: number, seq: w.ticket.Version, at: ev.At, kind: ticket.FactType(ev.Fact), prev: w.head}
	if row.prev == nil {
		row.prev = []byte{}
	}
	fact, err := ev.Fact, error(nil)
	if lodged, ok := fact.(ticket.Lodged); ok {
		if row.sealed, err = w.store.sealRequester(number, lodged.Requester); err != nil {
			return storedEvent{}, err
		}
		lodged.Requester = ticket.Requester{}
		fact = lodged
	}
	if row.data, err = json.Marshal(fact); err != nil {
		return storedEvent{}, fmt.Errorf("ticketpg: event %s of %s: %w", row.kind, number, err)
	}
	if row.actor, err = json.Marshal(ev.By); err != nil {
		return storedEvent{}, fmt.Errorf("ticketpg: actor of %s: %w", number, err)
	}
	row.hash = w.store.hash(row)
	w.head = row.hash
	return row, nil
}

// hash is the keyed hash of an event and of its predecessor's hash. Every part goes in
// with its length, so that no two rows have one encoding.
func (s *Store) hash(ev storedEvent) []byte {
	return s.mac(ev.prev, []byte(ev.ticket), encodeInt(ev.seq), encodeInt(int(ev.at.UnixMicro())), ev.actor, []byte(ev.kind), ev.data, ev.sealed)
}

// sealHead binds the row to the last event, so that cutting the end off shows.
func (s *Store) sealHead(t ticket.Ticket, head []byte) []byte {
	return s.mac([]byte("head"), []byte(t.Number), encodeInt(t.Version), head)
}

func (s *Store) mac(parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, s.chainKey)
	for _, part := range parts {
		mac.Write(encodeInt(len(part)))
		mac.Write(part)
	}
	return mac.Sum(nil)
}

func encodeInt(n int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) } //nolint:gosec // a length or a count

// restoreEvent is the event of its row.
func (s *Store) restoreEvent(row storedEvent) (ticket.Event, error) {
	fact, err := ticket.DecodeFact(row.kind, row.data)
	if err != nil {
		return ticket.Event{}, err
	}
	if lodged, ok := fact.(ticket.Lodged); ok {
		if lodged.Requester, err = s.openRequester(row.ticket, row.sealed); err != nil {
			return ticket.Event{}, err
		}
		fact = lodged
	}
	ev := ticket.Event{At: row.at.UTC(), Fact: fact}
	if err := json.Unmarshal(row.actor, &ev.By); err != nil {
		return ticket.Event{}, fmt.Errorf("ticketpg: actor of event %d of %s: %w", row.seq, row.ticket, err)
	}
	return ev, nil
}
