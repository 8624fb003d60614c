package routing

import "fmt"

// CallbackMode is how who leaves a callback in a queue is called back.
type CallbackMode string

const (
	CallbackList        CallbackMode = "list"         // by an agent who takes the task from the list
	CallbackAgentFirst  CallbackMode = "agent-first"  // he keeps his place; dialled once an agent has accepted
	CallbackCallerFirst CallbackMode = "caller-first" // he keeps his place; dialled when he is next, then he is the next
)

// Callback of a queue.
type Callback struct {
	Mode CallbackMode `json:"mode"`
	// Again are the pauses before he is tried anew whom a call did not reach; then the
	// task is on the list.
	Again []Seconds `json:"again"`
}

const (
	maxAgain      = 5
	shortestAgain = 60
	longestAgain  = 24 * 60 * 60
)

func (f *faults) callback(c Callback) {
	f.add(c.Mode != CallbackList && c.Mode != CallbackAgentFirst && c.Mode != CallbackCallerFirst, "callback.mode", WhyUnknown)
	f.add(len(c.Again) > maxAgain, "callback.again", WhyLong)
	for i, pause := range c.Again {
		f.number(fmt.Sprintf("callback.again.%d", i), int(pause), shortestAgain, longestAgain)
	}
}
