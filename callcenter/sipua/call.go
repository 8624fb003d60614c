package sipua

import (
	"sync"
	"time"
)

// maxMailbox bounds the messages that wait for one call; what comes beyond is dropped,
// as a network does, and repeated by its sender.
const maxMailbox = 256

// call is everything under one Call-ID: transactions and the leg or legs. It is an
// actor: functions posted to it run one after the other, in the order they were
// posted, on a goroutine that exists only while there is something to do. All fields
// but those of the mailbox belong to that goroutine.
type call struct {
	ua *UA
	id string // Call-ID

	mu      sync.Mutex
	mailbox []func()
	running bool

	servers map[string]*serverTx
	clients map[string]*clientTx
	legs    []*leg // one; more only after forked answers
	pending int    // look-ups and the like that will post
	counted bool   // in UA.busy; under UA.mu
}

// post queues f. Limited posts are dropped when the mailbox is full; ours are not, and
// there are only as many as timers, engine commands and answers can cause.
func (c *call) post(f func()) { c.enqueue(f, false) }

func (c *call) enqueue(f func(), limited bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if limited && len(c.mailbox) >= maxMailbox {
		return
	}
	c.mailbox = append(c.mailbox, f)
	if !c.running {
		c.running = true
		go c.run()
	}
}

func (c *call) run() {
	for {
		c.mu.Lock()
		work := c.mailbox
		c.mailbox = nil
		c.mu.Unlock()
		for _, f := range work {
			f()
		}
		if len(work) == 0 && c.ua.park(c) {
			return
		}
	}
}

// empty: nothing refers to this Call-ID any more.
func (c *call) empty() bool {
	return len(c.servers) == 0 && len(c.clients) == 0 && len(c.legs) == 0 && c.pending == 0
}

// busy: a leg lives, or a request of ours waits for its answer. What is left else only
// answers repetitions.
func (c *call) busy() bool {
	if len(c.legs) > 0 || c.pending > 0 {
		return true
	}
	for _, t := range c.clients {
		if t.state == txProceeding && !t.quiet {
			return true
		}
	}
	return false
}

// after posts f in d; stop the timer with Stop, and expect that f may already wait in
// the mailbox.
func (c *call) after(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(d, func() { c.post(f) })
}

func stopTimer(t *time.Timer) {
	if t != nil {
		t.Stop()
	}
}

// legByTags finds the dialog of an in-dialog message: our tag, and the other's.
func (c *call) legByTags(local, remote string) *leg {
	for _, l := range c.legs {
		if l.localTag == local && (l.remoteTag == remote || l.remoteTag == "") {
			return l
		}
	}
	return nil
}

func (c *call) dropLeg(l *leg) {
	for i, other := range c.legs {
		if other == l {
			c.legs = append(c.legs[:i], c.legs[i+1:]...)
			return
		}
	}
}
