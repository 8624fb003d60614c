package routing

import "time"

// Queue is data: who may serve it and how its calls rank.
type Queue struct {
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	Skills   []Skill `json:"skills"`   // needed to serve it
	Priority int     `json:"priority"` // points added to every call's score
	MaxWait  Seconds `json:"maxWait"`  // finite, 1..3600
}

// Seconds is a duration in whole seconds, so that JSON and SQL stay readable.
type Seconds int

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
	Languages []string  `json:"languages"` // empty: any
	Priority  int       `json:"priority"`
	Since     time.Time `json:"since"`
	Front     bool      `json:"front"`
	Only      string    `json:"only,omitempty"`  // this agent alone
	Avoid     string    `json:"avoid,omitempty"` // rather not this agent, see MayServe
	// AvoidSince is when Avoid let the call go; for as long as he has not become
	// idle anew since, he is not asked at all.
	AvoidSince time.Time `json:"avoidSince,omitzero"`
}

// Agent is one signed-in agent as the matcher sees it.
type Agent struct {
	ID        string    `json:"id"`
	Node      string    `json:"node"`
	Queues    []string  `json:"queues"`
	Skills    []Skill   `json:"skills"`
	Languages []string  `json:"languages"`
	Ready     bool      `json:"ready"` // Available and Idle and page online
	IdleSince time.Time `json:"idleSince"`
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
