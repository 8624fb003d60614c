package acd

import (
	"context"
	_ "embed" // the scripts
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"hotline12345/routing"
)

//go:embed sync.lua
var syncSource string

//go:embed reserve.lua
var reserveSource string

//go:embed leave.lua
var leaveSource string

var (
	syncScript    = redis.NewScript(syncSource)
	reserveScript = redis.NewScript(reserveSource)
	leaveScript   = redis.NewScript(leaveSource)
)

// prefix of all keys; the hash tag keeps them in one slot of a cluster.
const (
	prefix          = "{hotline-acd}:"
	nodesKey        = prefix + "nodes"        // sorted set: node, lease's end in ms
	reservationsKey = prefix + "reservations" // hash: agent, reservation
	epochKey        = prefix + "epoch"        // when booking may begin, in ms; gone after a flush
	headKey         = prefix + "head"         // number of the newest change
	logKey          = prefix + "log"          // stream: the newest changes
	channel         = prefix + "changed"
)

func callsKey(node string) string  { return prefix + string(kindCall) + ":" + node }
func agentsKey(node string) string { return prefix + string(kindAgent) + ":" + node }

// Sink is told what the queue decides for the calls of this node. Its methods
// must return at once; they may call the ACD.
type Sink interface {
	// Reserved: agent is booked for call, and for nobody else, until Release.
	Reserved(call, agent, offer string)
	// Position in the queue; only the first and better ones are told.
	Position(call string, at routing.Place)
	// Overflow: the condition of a target of the call's queue holds, with its place in
	// Queue.Targets. Each is told once while the call stands in the queue.
	Overflow(call, queue string, step int)
}

// Options of an ACD. Zero values mean the default in brackets.
type Options struct {
	Redis     redis.UniversalClient
	Node      string // unique among the nodes that share the Redis
	Queues    map[string]routing.Queue
	Logger    *slog.Logger
	Lease     time.Duration // of a node, and of a reservation without a call [10 s]
	PostLease time.Duration // of a call or agent that is not posted again [1 min]
}

// ACD is one node's part of the shared queue. Its methods never wait for Redis.
type ACD struct {
	o        Options
	log      *slog.Logger
	instance string // of this process: its own messages wake nobody here
	memory   *memory
	queues   atomic.Pointer[map[string]routing.Queue]
	sink     Sink
	fresh    atomic.Bool // the queues were replaced since the last round
	cancel   context.CancelFunc
	loops    sync.WaitGroup

	// Owned by the loop.
	mirror  *mirror
	alarm   *time.Timer
	tidied  time.Time
	visited bool // this process has posted to Redis before
	lost    bool // Redis does not answer
}

// New makes an ACD; Start runs it. Methods may be called before.
func New(o Options) (*ACD, error) {
	if o.Redis == nil || o.Node == "" {
		return nil, errors.New("acd: a Redis client and the node's name are needed")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Lease == 0 {
		o.Lease = 10 * time.Second
	}
	if o.PostLease == 0 {
		o.PostLease = time.Minute
	}
	if o.Lease < 3*beat {
		return nil, fmt.Errorf("acd: a lease of %s lapses between two renewals: at least %s", o.Lease, 3*beat)
	}
	a := &ACD{o: o, log: o.Logger.With("node", o.Node), instance: uuid.NewString()}
	a.memory = newMemory(a.log)
	a.SetQueues(o.Queues)
	a.mirror = newMirror(o.Queues, a.log)
	return a, nil
}

// Start begins to post, match and tell sink. Redis need not be there yet.
func (a *ACD) Start(sink Sink) {
	ctx, cancel := context.WithCancel(context.Background())
	a.sink, a.cancel = sink, cancel
	a.loops.Go(func() { a.listen(ctx) })
	a.loops.Go(func() { a.run(ctx) })
}

// Stop ends the loops and takes this node's entries out of Redis, so that the
// other nodes need not wait for its lease.
func (a *ACD) Stop(ctx context.Context) error {
	a.halt()
	keys := []string{nodesKey, reservationsKey, headKey, logKey, callsKey(a.o.Node), agentsKey(a.o.Node)}
	if err := leaveScript.Run(ctx, a.o.Redis, keys, a.o.Node, channel, a.instance).Err(); err != nil {
		return fmt.Errorf("acd: leave the shared queue: %w", err)
	}
	return nil
}

func (a *ACD) halt() {
	if a.cancel != nil {
		a.cancel()
	}
	a.loops.Wait()
	if a.alarm != nil {
		a.alarm.Stop()
	}
}

// SetQueues replaces the queues' data.
func (a *ACD) SetQueues(queues map[string]routing.Queue) {
	a.queues.Store(&queues)
	a.fresh.Store(true)
	a.memory.rouse()
}

// Queue as it is now; the zero Queue when there is none.
func (a *ACD) Queue(id string) routing.Queue { return (*a.queues.Load())[id] }

// Queues as they are now. The map is not changed.
func (a *ACD) Queues() map[string]routing.Queue { return *a.queues.Load() }

// HasQueue says whether calls that wait in that queue are ever offered to anybody.
func (a *ACD) HasQueue(id string) bool {
	_, known := (*a.queues.Load())[id]
	return known
}

// Enqueue lets a call of this node wait, or changes how it waits. A call that is
// booked stays so.
func (a *ACD) Enqueue(w routing.Waiting) {
	w.Node = a.o.Node
	a.memory.enqueue(w)
}

// Dequeue: the call waits no more. Its agent, if one is booked, stays booked.
func (a *ACD) Dequeue(call string) { a.memory.remove(a.memory.calls, kindCall, call) }

// SetAgent posts the presence of an agent of this node.
func (a *ACD) SetAgent(agent routing.Agent) {
	agent.Node = a.o.Node
	a.memory.setAgent(agent)
}

// RemoveAgent: the agent has signed off.
func (a *ACD) RemoveAgent(agent string) { a.memory.remove(a.memory.agents, kindAgent, agent) }

// Release ends the reservation of agent for call, if it is that one.
func (a *ACD) Release(agent, call string) { a.memory.release(agent, call) }
