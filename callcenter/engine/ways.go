package engine

import (
	"cmp"
	"time"

	"hotline12345/callcenter"
	"hotline12345/routing"
)

// Ways says where the routing data send calls at this moment. It is asked while a call
// arrives, so it answers from memory.
type Ways interface {
	// Enter is the way of a call that is sent into a queue.
	Enter(queue string) routing.Way
	// Target is the way of a queue's target; ok is false when there is none (any more).
	Target(queue string, step int) (w routing.Way, ok bool)
	// Emergency that is or was; the zero one never is.
	Emergency() routing.Emergency
	// LanguageKeys choose a language during the opening notice.
	LanguageKeys() []routing.LanguageKey
}

// everOpen are queues without hours and exits.
type everOpen struct{}

func (everOpen) Enter(queue string) routing.Way {
	return routing.Way{Exit: routing.Exit{Kind: routing.ExitQueue, ID: queue}}
}
func (everOpen) Target(string, int) (routing.Way, bool) { return routing.Way{}, false }
func (everOpen) Emergency() routing.Emergency           { return routing.Emergency{} }
func (everOpen) LanguageKeys() []routing.LanguageKey    { return nil }

// Prompts of an announcement: a text that is spoken, or the catalogue's.
const (
	sayPrefix    = "say:"
	closedPrompt = "closed"
)

// wayOf is the way as an event has it.
func wayOf(w routing.Way) callcenter.Way {
	way := callcenter.Way{Closed: w.Closed, Seconds: int(w.Timeout)}
	switch w.Kind {
	case routing.ExitQueue:
		way.Target = callcenter.Target{Kind: callcenter.TransferQueue, ID: w.ID}
	case routing.ExitOutside:
		way.Target, way.Leg = callcenter.Target{Kind: callcenter.TransferOutside, ID: w.ID}, newLeg()
	case routing.ExitCallback:
		way.Callback = true
	}
	for _, text := range w.Say {
		prompt := closedPrompt
		if text != "" {
			prompt = sayPrefix + text
		}
		way.Say = append(way.Say, prompt)
	}
	return way
}

// arriving is what the data say of a call that comes into the hotline.
func (e *Engine) arriving(now time.Time) callcenter.CallArrived {
	w := e.o.Ways.Enter(string(e.o.Queue))
	queue := e.o.Queue
	if w.Kind == routing.ExitQueue {
		queue = callcenter.QueueID(w.ID)
	}
	emergency, urgent := e.emergency(now)
	return callcenter.CallArrived{
		Queue: e.o.Queue, Way: wayOf(w), Limits: e.limits(cmp.Or(urgent, queue)), Emergency: emergency, Choices: e.choices(),
	}
}

// emergency as an arriving call has it, and the queue whose limits count when every call
// is about it.
func (e *Engine) emergency(now time.Time) (em callcenter.Emergency, queue callcenter.QueueID) {
	of := e.o.Ways.Emergency()
	if !of.Active(now) {
		return em, ""
	}
	em = callcenter.Emergency{Key: of.Key, Priority: of.Priority}
	if of.Say != "" {
		em.Say = sayPrefix + of.Say
	}
	if of.Queue == "" {
		return em, ""
	}
	w := e.o.Ways.Enter(of.Queue)
	em.Way = wayOf(w)
	if of.Key == "" && w.Kind == routing.ExitQueue {
		queue = callcenter.QueueID(w.ID)
	}
	return em, queue
}

func (e *Engine) choices() (choices []callcenter.Choice) {
	for _, k := range e.o.Ways.LanguageKeys() {
		choices = append(choices, callcenter.Choice{Key: k.Key, Language: k.Language})
	}
	return choices
}

// Overflow implements ACDSink.
func (e *Engine) Overflow(key, queue string, step int) {
	call, seek := parseKey(key)
	a := e.call(call)
	if a == nil || seek != "" {
		return
	}
	if w, ok := e.o.Ways.Target(queue, step); ok {
		a.post(callcenter.Overflowed{Queue: callcenter.QueueID(queue), Step: step, Way: wayOf(w)})
	}
}
