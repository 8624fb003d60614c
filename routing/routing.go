package routing

import "time"

// MaxPriority bounds the points of a queue and those of a call, up and down.
const MaxPriority = 3600

// Queue is data: who may serve it and how its calls rank.
type Queue struct {
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	Skills   []Skill `json:"skills"`   // needed to serve it
	Priority int     `json:"priority"` // points added to every call's score, ±MaxPriority
	MaxWait  Seconds `json:"maxWait"`  // finite, 1..3600

	Languages []string `json:"languages"` // one of them for who chose none; empty: any agent
	Topics    []string `json:"topics"`    // what it is about, to be found by
	Strategy  Strategy `json:"strategy"`  // "" is StrategyLongestIdle
	LastAgent Seconds  `json:"lastAgent"` // a caller's last agent is waited for so long; 0: not
	Rings     []Ring   `json:"rings"`     // After ascends

	Hours   *Hours   `json:"hours"`   // nil: 7×24
	Closed  Closed   `json:"closed"`  // for who calls outside the hours
	Targets []Target `json:"targets"` // for who waits, top-down
	// LanguageWait is how long a language that the caller chose is insisted on; then any
	// of the queue's will do. 0: always.
	LanguageWait Seconds  `json:"languageWait"`
	Callback     Callback `json:"callback"`
}

// Strategy orders the agents who may serve a queue's call.
type Strategy string

const (
	StrategyLongestIdle Strategy = "longest-idle" // who has been idle longest
	StrategyLeastTalk   Strategy = "least-talk"   // who has talked least today, then who took fewest calls
	StrategyRoundRobin  Strategy = "round-robin"  // whose turn was longest ago, taken or not
	StrategyTopDown     Strategy = "top-down"     // who has the highest levels in the queue's skills
)

// Ring lowers what a queue asks for: once a call has waited After, Skills are needed
// instead of those before.
type Ring struct {
	After  Seconds `json:"after"`
	Skills []Skill `json:"skills"`
}

// Seconds is a duration in whole seconds, so that JSON and SQL stay readable.
type Seconds int

func (s Seconds) duration() time.Duration { return time.Duration(s) * time.Second }

// Skill is a name with a level: needed at least (queue), had (agent). 1..10.
type Skill struct {
	Name  string `json:"name"`
	Level int    `json:"level"`
}

// Waiting is one call that waits.
type Waiting struct {
	Call      string    `json:"call"`
	Node      string    `json:"node"` // who owns the call
	Queue     string    `json:"queue"`
	Languages []string  `json:"languages"` // empty: the queue's
	Priority  int       `json:"priority"`  // points, ±MaxPriority
	Since     time.Time `json:"since"`
	Front     bool      `json:"front"`
	Only      string    `json:"only,omitempty"`  // this agent alone
	Last      string    `json:"last,omitempty"`  // who talked with the caller last
	Avoid     string    `json:"avoid,omitempty"` // rather not this agent, see MayServe
	// AvoidSince is when Avoid let the call go; for as long as he has not become
	// idle anew since, he is not asked at all.
	AvoidSince time.Time `json:"avoidSince,omitzero"`

	Entered time.Time `json:"entered,omitzero"` // this queue; zero: at Since
	Step    int       `json:"step,omitempty"`   // targets of the queue that were taken
	Stays   bool      `json:"stays,omitempty"`  // has no targets: a consultation, a callback
	Held    bool      `json:"held,omitempty"`   // keeps a place, and is offered to nobody
}

// Agent is one signed-in agent as the matcher sees it.
type Agent struct {
	ID        string    `json:"id"`
	Node      string    `json:"node"`
	Queues    []string  `json:"queues"`
	Skills    []Skill   `json:"skills"`
	Languages []string  `json:"languages"`
	Ready     bool      `json:"ready"`          // Available and Idle and page online
	Away      bool      `json:"away,omitempty"` // by his own choice: nobody waits for him as his last agent
	IdleSince time.Time `json:"idleSince"`
	TalkToday Seconds   `json:"talkToday,omitempty"`
	Calls     int       `json:"calls,omitempty"`    // taken today
	Asked     time.Time `json:"asked,omitzero"`     // when he was offered a call last
	Handling  Seconds   `json:"handling,omitempty"` // a call of his takes, by his last ones; 0: not measured
}

// Snapshot is what Match decides on.
type Snapshot struct {
	Queues  map[string]Queue
	Waiting []Waiting
	Agents  []Agent
}

// Offer puts a call to an agent.
type Offer struct {
	Call  string `json:"call"`
	Agent string `json:"agent"`
}
