package engine

import "sync"

// mailboxSize bounds the events that wait for one call. A call that cannot keep
// up with that many is broken and is ended.
const mailboxSize = 512

// mailbox is the queue of one call's events. It grows with what waits: mostly nothing, so
// that a call that talks holds no room for 512 events.
type mailbox struct {
	some chan struct{} // has a token while something may wait

	mu      sync.Mutex
	waiting []message
	full    bool // something did not fit, ever
}

func newMailbox() *mailbox { return &mailbox{some: make(chan struct{}, 1)} }

// put never blocks. What does not fit is lost, and full.
func (b *mailbox) put(m message) {
	b.mu.Lock()
	if len(b.waiting) < mailboxSize {
		b.waiting = append(b.waiting, m)
	} else {
		b.full = true
	}
	b.mu.Unlock()
	select {
	case b.some <- struct{}{}:
	default: // whoever takes is told already
	}
}

// take waits for the oldest message; ok is false when something was lost.
func (b *mailbox) take() (m message, ok bool) {
	for {
		m, there, full := b.next()
		if there || full {
			return m, !full
		}
		<-b.some
	}
}

// next does not wait. A box that was full gives nothing out: what was lost may have been
// the most important.
func (b *mailbox) next() (m message, there, full bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.full || len(b.waiting) == 0 {
		return message{}, false, b.full
	}
	m = b.waiting[0]
	b.waiting[0] = message{}
	if b.waiting = b.waiting[1:]; len(b.waiting) == 0 {
		b.waiting = nil
	}
	return m, true, false
}

// rest is what was never taken.
func (b *mailbox) rest() []message {
	b.mu.Lock()
	defer b.mu.Unlock()
	rest := b.waiting
	b.waiting = nil
	return rest
}
