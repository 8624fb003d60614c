package sim

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"hotline12345/callcenter"
	"hotline12345/routing"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// limits are short, so that worlds reach them.
var limits = callcenter.Limits{
	OfferSeconds: 10, MaxWaitSeconds: 90, AgentLostSeconds: 15, DialSeconds: 20,
	KeySeconds: 5, MaxKeyTries: 3, MaxCallSeconds: 900,
}

// world is one call centre.
type world struct {
	seed         uint64
	r            *rand.Rand
	now, closes  time.Time // nobody calls after closes
	agenda       agenda
	appointments int
	ids, events  int
	queue        *sharedQueue
	calls        map[callcenter.CallID]*call
	order        []*call // as they came
	desks        map[callcenter.AgentID]*desk
	staff        []*desk
	joined       map[callcenter.AgentID]callcenter.CallID // who is in which conversation
	tracing      bool
	trace        []traced
}

// traced is a line of what happened, of one call or of everybody.
type traced struct {
	call callcenter.CallID
	line string
}

// violation is what must never be.
type violation struct {
	call callcenter.CallID
	what string
}

func (w *world) violated(c *call, format string, args ...any) {
	v := violation{what: fmt.Sprintf(format, args...)}
	if c != nil {
		v.call = c.id
		v.what = fmt.Sprintf("call %s (%s): %s", c.id, c.c.State, v.what)
	}
	panic(v)
}

func newWorld(seed uint64, tracing bool) *world {
	w := &world{
		seed: seed, r: rand.New(rand.NewPCG(seed, 12345)), now: start, closes: start.Add(3 * time.Minute), tracing: tracing,
		calls: map[callcenter.CallID]*call{}, desks: map[callcenter.AgentID]*desk{}, joined: map[callcenter.AgentID]callcenter.CallID{},
	}
	w.queue = newSharedQueue(w)
	for range 3 + w.r.IntN(3) {
		w.hire(false)
	}
	w.hire(true)
	w.in(w.about(2*time.Second), w.arrive)
	w.in(4*time.Second, w.reconcile)
	return w
}

// hire lets an agent begin a shift.
func (w *world) hire(supervisor bool) {
	d := &desk{w: w, agent: callcenter.AgentID(w.id("a")), supervisor: supervisor, state: "idle", since: w.now}
	if !supervisor {
		d.can = routing.Agent{
			Queues: []string{"main"}, Languages: []string{"zh"},
			Skills: []routing.Skill{{Name: "business", Level: w.r.IntN(4)}},
		}
		if w.chance(70) {
			d.can.Queues = append(d.can.Queues, "business")
		}
		if w.chance(60) {
			d.can.Queues, d.can.Languages = append(d.can.Queues, "ug"), append(d.can.Languages, "ug")
		}
	}
	w.desks[d.agent] = d
	w.staff = append(w.staff, d)
	d.openPage()
	w.think(d)
}

// arrive is the next call, and the one after it.
func (w *world) arrive() {
	if !w.now.Before(w.closes) {
		return
	}
	w.in(w.about(9*time.Second), w.arrive)
	id := callcenter.CallID(w.id("call"))
	if w.chance(15) {
		c := w.newCall(id, callcenter.ResultRequested{To: "13", Limits: limits, Script: w.script()})
		w.fate(c)
		return
	}
	queue := []callcenter.QueueID{"main", "main", "main", "business", "ug"}[w.r.IntN(5)]
	arrived := callcenter.CallArrived{From: w.id("13"), To: "12345", Queue: queue, Limits: limits}
	if w.chance(10) {
		arrived.From = ""
	}
	if queue == "ug" && w.chance(50) {
		arrived.Language = "ug"
	}
	arrived.Limits.NoNotice, arrived.Limits.EarlyNotice, arrived.Limits.Survey = w.chance(30), w.chance(30), w.chance(50)
	arrived.Dialog.RemoteSDP = "v=0"
	c := w.newCall(id, arrived)
	w.in(w.about(200*time.Millisecond), func() {
		if !c.ended && w.chance(60) {
			last := w.staff[w.r.IntN(len(w.staff))].agent
			w.post(c, callcenter.CallerKnown{Priority: 30 * (w.r.IntN(3) - 1), Last: last})
		}
	})
	w.fate(c)
}

// fate ends some calls by what is no part of them.
func (w *world) fate(c *call) {
	if w.chance(2) {
		reasons := []callcenter.EndReason{callcenter.EndNodeLost, callcenter.EndOverload, callcenter.EndShutdown}
		w.in(w.about(30*time.Second), func() {
			if !c.ended {
				w.post(c, callcenter.EndRequested{Reason: reasons[w.r.IntN(len(reasons))]})
			}
		})
	}
}

func (w *world) script() callcenter.Script {
	s := callcenter.Script{
		Ticket: "t", Tell: []string{"result"}, Solved: []string{"solved"}, Satisfied: []string{"satisfied"},
		Invalid: []string{"invalid"}, Thanks: []string{"thanks"},
	}
	if w.chance(25) {
		s.Solved = nil
	}
	return s
}

// reconcile is engine's: it posts again what this node has.
func (w *world) reconcile() {
	for _, c := range w.order {
		if c.ended {
			continue
		}
		for _, at := range []*routing.Waiting{c.waiting, c.seeking} {
			if at != nil {
				w.queue.enqueue(*at)
			}
		}
	}
	for _, d := range w.staff {
		if d.unreachable && d.state == "idle" {
			w.queue.removeAgent(string(d.agent))
			continue
		}
		d.post()
	}
	w.checkDesks()
	if w.alive() {
		w.in(4*time.Second, w.reconcile)
	}
}

// run lets the world happen to its end, and says what went wrong.
func (w *world) run() (bad *violation) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case violation:
			bad = &v
		default:
			panic(fmt.Sprintf("seed %d: %v", w.seed, v))
		}
	}()
	longest := w.closes.Add(3 * time.Duration(limits.MaxCallSeconds) * time.Second)
	for w.agenda.Len() > 0 {
		next := heap.Pop(&w.agenda).(*appointment)
		if next.cancelled {
			continue
		}
		w.now = next.at
		if w.now.After(longest) {
			w.violated(nil, "somebody is still there long after every limit")
		}
		next.do()
	}
	w.checkQuiet()
	return nil
}

// story is what happened to a call, and the last of everything.
func (w *world) story(id callcenter.CallID) string {
	const most, last = 400, 25
	var lines []string
	for i, t := range w.trace {
		if t.call == id || i >= len(w.trace)-last {
			lines = append(lines, t.line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}

func keyOf(id callcenter.CallID, seek callcenter.LegID) string {
	if seek == "" {
		return string(id)
	}
	return string(id) + "/" + string(seek)
}

func parseKey(key string) (callcenter.CallID, callcenter.LegID) {
	id, seek, _ := strings.Cut(key, "/")
	return callcenter.CallID(id), callcenter.LegID(seek)
}

// living are the legs of a role that have not ended.
func living(c callcenter.Call, role callcenter.LegRole) (legs []callcenter.LegID) {
	for _, l := range c.Legs {
		if l.Role == role && l.EndedAt == nil && !slices.Contains(legs, l.ID) {
			legs = append(legs, l.ID)
		}
	}
	return legs
}
