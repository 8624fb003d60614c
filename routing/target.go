package routing

import (
	"fmt"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"
)

// ExitKind is where a call leaves a queue for, when nobody there takes it.
type ExitKind string

const (
	ExitQueue    ExitKind = "queue"    // another queue
	ExitOutside  ExitKind = "outside"  // a number: another place's 12345
	ExitCallback ExitKind = "callback" // he is called back
)

// Exit of a queue.
type Exit struct {
	Kind    ExitKind `json:"kind"`
	ID      string   `json:"id"`      // the queue, or the number; "" for a callback
	Timeout Seconds  `json:"timeout"` // a number rings so long at most; 0: as long as any
}

// Target is an exit with its conditions; all that are given must hold.
type Target struct {
	Exit
	// After is how long the call has waited in this queue.
	After Seconds `json:"after"`
	// Ratio: more than so many wait for each agent who takes calls of the queue. Those
	// at the end of the line leave, so that the line settles at the ratio; 0: none.
	Ratio float64 `json:"ratio"`
}

// Closed is what becomes of who calls while a queue is closed.
type Closed struct {
	Say  string `json:"say"` // announcement; "": the catalogue's
	Exit Exit   `json:"exit"`
}

// Bounds of what an administrator may write of exits.
const (
	maxTargets = 8
	maxSay     = 300 // characters of an announcement
	maxRatio   = 100
	maxTimeout = 120 // seconds

	// maxLinks is how many queues a call is sent through at most when it comes in; there
	// are no loops, so data that were checked never reach it.
	maxLinks = 16
)

var number = regexp.MustCompile(`^\+?[0-9]{2,20}$`)

func (f *faults) exit(field string, e Exit) {
	switch e.Kind {
	case ExitQueue:
		f.add(e.ID == "", field+".id", WhyEmpty) // that it is there: CheckLinks
	case ExitOutside:
		f.add(!number.MatchString(e.ID), field+".id", WhyRange)
	case ExitCallback:
		f.add(e.ID != "", field+".id", WhyUnknown)
	default:
		f.add(true, field+".kind", WhyUnknown)
	}
	f.number(field+".timeout", int(e.Timeout), 0, maxTimeout)
}

func (f *faults) exits(q Queue) {
	f.hours("hours", q.Hours)
	f.add(utf8.RuneCountInString(q.Closed.Say) > maxSay, "closed.say", WhyLong)
	f.exit("closed.exit", q.Closed.Exit)
	f.add(len(q.Targets) > maxTargets, "targets", WhyLong)
	for i, t := range q.Targets {
		at := fmt.Sprintf("targets.%d", i)
		f.exit(at, t.Exit)
		f.number(at+".after", int(t.After), 0, int(q.MaxWait)-1)
		f.add(t.Ratio < 0 || t.Ratio > maxRatio, at+".ratio", WhyRange)
		f.add(t.After == 0 && t.Ratio == 0, at+".after", WhyEmpty) // nobody would ever wait here
	}
}

// CheckLinks holds the queue's exits against the others: they lead to queues that are
// there, and nowhere in a circle. The error is a *Fault.
func CheckLinks(q Queue, all map[string]Queue) error {
	var f faults
	check := func(field string, e Exit) {
		if e.Kind != ExitQueue {
			return
		}
		_, known := all[e.ID]
		f.add(!known && e.ID != q.ID, field, WhyUnknown)
		f.add(leads(e.ID, q.ID, all, map[string]bool{}), field, WhyLoop)
	}
	check("closed.exit.id", q.Closed.Exit)
	for i, t := range q.Targets {
		check(fmt.Sprintf("targets.%d.id", i), t.Exit)
	}
	return f.first
}

// leads says whether exits lead from one queue to another.
func leads(from, to string, all map[string]Queue, seen map[string]bool) bool {
	if from == to {
		return true
	}
	seen[from] = true
	return slices.ContainsFunc(all[from].links(), func(next string) bool { return !seen[next] && leads(next, to, all, seen) })
}

// links are the queues that the exits name.
func (q Queue) links() (ids []string) {
	if q.Closed.Exit.Kind == ExitQueue {
		ids = append(ids, q.Closed.Exit.ID)
	}
	for _, t := range q.Targets {
		if t.Kind == ExitQueue {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// LinkedTo says whether an exit names the queue.
func (q Queue) LinkedTo(id string) bool { return slices.Contains(q.links(), id) }

// Way is where a call goes that is sent into a queue, by its hours and exits.
type Way struct {
	Exit
	Closed bool     // a queue on the way was
	Say    []string // announcements of closed queues, in order; "" is the catalogue's
}

// Enter follows the exits of closed queues from where the call is sent. A queue that is
// not there (any more) is entered: callers there wait until their limit.
func Enter(queues map[string]Queue, id string, at time.Time, calendar Calendar) Way {
	w := Way{Exit: Exit{Kind: ExitQueue, ID: id}}
	for range maxLinks {
		q, known := queues[w.ID]
		if w.Kind != ExitQueue || !known || q.Open(at, calendar) {
			return w
		}
		w.Closed, w.Say = true, append(w.Say, q.Closed.Say)
		w.Exit = q.Closed.Exit
		if w.Kind == "" {
			w.Kind = ExitCallback
		}
	}
	w.Exit = Exit{Kind: ExitCallback}
	return w
}

// target is the first one below those taken whose conditions hold; position is the
// call's in its line, staffed how many agents take calls of the queue.
func (q Queue) target(w Waiting, position, staffed int, now time.Time) (step int, ok bool) {
	waited := now.Sub(w.entered())
	for i := max(w.Step, 0); i < len(q.Targets); i++ {
		t := q.Targets[i]
		if waited >= t.After.duration() && (t.Ratio == 0 || float64(position) > t.Ratio*float64(staffed)) {
			return i, true
		}
	}
	return 0, false
}

// entered is when the call came into this queue.
func (w Waiting) entered() time.Time {
	if w.Entered.IsZero() {
		return w.Since
	}
	return w.Entered
}

// Overflows tells the calls that leave their queue now, with the target's place in
// Queue.Targets. It tells them again until they are moved or removed.
func (f *Floor) Overflows(now time.Time, tell func(w Waiting, step int)) {
	for id, l := range f.queued {
		q := f.queues[id]
		if len(q.Targets) == 0 {
			continue
		}
		staffed := f.staffed(id)
		for i, c := range l {
			if c.Stays {
				continue
			}
			if step, ok := q.target(c.Waiting, i+1, staffed, now); ok {
				tell(c.Waiting, step)
			}
		}
	}
}
