package acd

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"hotline12345/deploy/pgtest"
	"hotline12345/routing"
)

// make bench-routing: BenchmarkRoutingOffer and BenchmarkRoutingWinners.

func zFar(node string) redis.Z {
	return redis.Z{Member: node, Score: float64(time.Now().Add(24 * time.Hour).UnixMilli())}
}

// stopwatch measures from an agent's becoming free to the call's node being told to
// send him its offer.
type stopwatch struct {
	mu   sync.Mutex
	free map[string]time.Time
	told chan told
	took []time.Duration
}

func (w *stopwatch) Position(string, routing.Place) {}

func (w *stopwatch) Overflow(string, string, int) {}

func (w *stopwatch) Reserved(call, agent, _ string) {
	w.mu.Lock()
	w.took = append(w.took, time.Since(w.free[agent]))
	w.mu.Unlock()
	w.told <- told{call: call, agent: agent}
}

// BenchmarkRoutingOffer: 10,000 agents and 1,000 waiting, all in Redis and on two
// nodes' mirrors; 200 times a second an agent becomes free and a call comes. Beside it
// stands what one PING takes at the same moments: below that no queue in Redis can be.
func BenchmarkRoutingOffer(b *testing.B) {
	const (
		agents, waiting = 10_000, 1000
		pace            = time.Second / 200
		bar             = 10 * time.Millisecond
	)
	client := pgtest.Redis(b)
	w := &stopwatch{free: map[string]time.Time{}, told: make(chan told, agents)}
	var nodes []*ACD
	for _, name := range []string{"n1", "n2"} {
		a, err := New(Options{Redis: client, Node: name, Queues: queues, PostLease: time.Hour})
		if err != nil {
			b.Fatal(err)
		}
		nodes = append(nodes, a)
		a.Start(w)
		b.Cleanup(a.halt)
	}
	busy := func(i int) routing.Agent {
		return routing.Agent{
			ID: fmt.Sprint("a", i), Queues: []string{"main"}, Skills: []routing.Skill{{Name: "general", Level: 1 + i%5}},
			Languages: []string{"zh", "ug"}, IdleSince: time.Now().UTC(),
		}
	}
	for i := range agents {
		nodes[0].SetAgent(busy(i))
	}
	calls := 0
	come := func() { nodes[0].Enqueue(call(fmt.Sprint("c", calls), calls)); calls++ }
	for range waiting {
		come()
	}
	await(b, func() bool {
		return client.HLen(b.Context(), agentsKey("n1")).Val() == agents && client.HLen(b.Context(), callsKey("n1")).Val() == waiting
	})
	var pings []time.Duration
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for i := 0; b.Loop(); i++ {
		<-tick.C
		free := busy(i % agents)
		free.Ready = true
		w.mu.Lock()
		w.free[free.ID] = time.Now()
		w.mu.Unlock()
		nodes[0].SetAgent(free)
		come()
		if i%10 == 0 {
			from := time.Now()
			if err := client.Ping(b.Context()).Err(); err != nil {
				b.Fatal(err)
			}
			pings = append(pings, time.Since(from))
		}
		for range len(w.told) { // who was told talks, and will end some time
			of := <-w.told
			n, _ := strconv.Atoi(of.agent[1:])
			nodes[0].SetAgent(busy(n))
			nodes[0].Release(of.agent, of.call)
		}
	}
	await(b, func() bool { w.mu.Lock(); defer w.mu.Unlock(); return len(w.took) == b.N })
	p50, p99, ping := percentile(w.took, 0.5), percentile(w.took, 0.99), percentile(pings, 0.99)
	b.ReportMetric(p50.Seconds()*1e3, "p50-ms")
	b.ReportMetric(p99.Seconds()*1e3, "p99-ms")
	b.ReportMetric(ping.Seconds()*1e3, "ping-p99-ms")
	if b.N >= 200 && p99 > bar {
		b.Errorf("agent free to offer: p50 %s, p99 %s, at most %s; a PING p99 %s", p50, p99, bar, ping)
	}
}

func percentile(took []time.Duration, p float64) time.Duration {
	slices.Sort(took)
	return took[int(p*float64(len(took)-1))]
}

// contendersEnv makes a test binary a contender: the address of Redis and a node's name.
const contendersEnv = "ACD_CONTENDER"

func TestMain(m *testing.M) {
	if who := os.Getenv(contendersEnv); who != "" {
		if err := contend(who, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// contenders is how many processes fight for each agent.
const contenders = 4

func prize(i int) (id, value string) {
	a := routing.Agent{ID: fmt.Sprint("a", i), Node: "prizes", Queues: []string{"main"}, Ready: true}
	data, _ := json.Marshal(a) // plain fields always have a JSON form
	return a.ID, string(data)
}

// contend obeys its parent's lines: "post N" puts N calls into the queue, "race" books
// agent i for call i and answers how many were won, "free" ends what was won.
func contend(who string, orders io.Reader, answers io.Writer) error {
	url, node, _ := strings.Cut(who, " ")
	options, err := redis.ParseURL(url)
	if err != nil {
		return err
	}
	client := redis.NewClient(options)
	defer client.Close()
	a, err := New(Options{Redis: client, Node: node, Queues: queues})
	if err != nil {
		return err
	}
	won := &winner{}
	a.sink = won
	lines := bufio.NewScanner(orders)
	var claims []claim
	for lines.Scan() {
		switch order, n, _ := strings.Cut(lines.Text(), " "); order {
		case "post":
			lap, err := strconv.Atoi(n)
			if err != nil {
				return err
			}
			if claims, err = a.enter(lap); err != nil {
				return err
			}
		case "race":
			for part := range slices.Chunk(claims, maxClaims) {
				if _, err := a.reserve(context.Background(), part); err != nil {
					return err
				}
			}
		case "free":
			for _, c := range claims {
				a.memory.release(c.agent, c.Call)
				a.Dequeue(c.Call)
			}
			won.n = 0
		}
		if _, err := fmt.Fprintln(answers, won.n); err != nil {
			return err
		}
	}
	return lines.Err()
}

type winner struct{ n int }

func (w *winner) Position(string, routing.Place) {}

func (w *winner) Overflow(string, string, int) {}
func (w *winner) Reserved(_, _, _ string)      { w.n++ }

// enter puts calls into memory and Redis, and claims agent i for call i.
func (a *ACD) enter(lap int) ([]claim, error) {
	claims := make([]claim, lap)
	values := make([]any, 0, 2*lap)
	for i := range claims {
		c := &claims[i]
		id, agent := fmt.Sprint("c", i), ""
		a.Enqueue(call(id, i))
		agent, c.agentValue = prize(i)
		c.agent, c.agentNode, c.callValue = agent, "prizes", a.memory.calls[id].value
		c.reservation = reservation{Node: a.o.Node, Call: id, Offer: a.o.Node + id}
		data, err := json.Marshal(c.reservation)
		if err != nil {
			return nil, err
		}
		c.value = string(data)
		values = append(values, id, c.callValue)
	}
	return claims, a.o.Redis.HSet(context.Background(), callsKey(a.o.Node), values...).Err()
}

// contest runs the processes and fights laps × lap times, each agent wanted by all.
func contest(tb testing.TB, laps, lap int) {
	tb.Helper()
	client := pgtest.Redis(tb)
	ctx := tb.Context()
	agents := make([]any, 0, 2*lap)
	for i := range lap {
		id, value := prize(i)
		agents = append(agents, id, value)
	}
	check := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	check(client.HSet(ctx, agentsKey("prizes"), agents...).Err())
	check(client.ZAdd(ctx, nodesKey, zFar("prizes")).Err())
	check(client.Set(ctx, epochKey, 1, 0).Err())
	o := client.Options()
	url := fmt.Sprintf("%s://%s", o.Network, o.Addr)
	if o.Network == "tcp" {
		url = fmt.Sprintf("redis://%s/%d", o.Addr, o.DB)
	} else {
		url += fmt.Sprintf("?db=%d", o.DB)
	}
	var all []*contender
	for n := range contenders {
		all = append(all, newContender(tb, url, fmt.Sprint("n", n)))
	}
	for range laps {
		tell(tb, all, fmt.Sprint("post ", lap))
		won := tell(tb, all, "race")
		holders, err := client.HVals(ctx, reservationsKey).Result()
		check(err)
		held := make([]int, contenders)
		for _, value := range holders {
			r := reservation{}
			check(json.Unmarshal([]byte(value), &r))
			n, err := strconv.Atoi(r.Node[1:])
			check(err)
			held[n]++
		}
		sum := 0
		for _, n := range won {
			sum += n
		}
		if sum != lap || !slices.Equal(held, won) {
			tb.Fatalf("%d agents: won %v, held in Redis %v", lap, won, held)
		}
		tell(tb, all, "free")
		check(client.Del(ctx, reservationsKey, callsKey("n0"), callsKey("n1"), callsKey("n2"), callsKey("n3")).Err())
	}
}

// contender is a child process.
type contender struct {
	orders  io.Writer
	answers *bufio.Scanner
}

func newContender(tb testing.TB, url, node string) *contender {
	tb.Helper()
	child := exec.CommandContext(tb.Context(), os.Args[0])
	child.Env = append(os.Environ(), contendersEnv+"="+url+" "+node)
	child.Stderr = os.Stderr
	orders, err := child.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	answers, err := child.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := child.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = orders.Close() // it ends with its orders
		if err := child.Wait(); err != nil && tb.Context().Err() == nil {
			tb.Error(err)
		}
	})
	return &contender{orders, bufio.NewScanner(answers)}
}

// tell orders all at once and waits for everybody's answer.
func tell(tb testing.TB, all []*contender, order string) (answers []int) {
	tb.Helper()
	for _, c := range all {
		if _, err := fmt.Fprintln(c.orders, order); err != nil {
			tb.Fatal(err)
		}
	}
	for _, c := range all {
		if !c.answers.Scan() {
			tb.Fatal("a contender is gone")
		}
		n, err := strconv.Atoi(c.answers.Text())
		if err != nil {
			tb.Fatal(err)
		}
		answers = append(answers, n)
	}
	return answers
}

func TestOneWinnerOverProcesses(t *testing.T) {
	t.Parallel()
	contest(t, 2, 2000)
}

// BenchmarkRoutingWinners: 1,000,000 agents, each wanted by four processes at once.
func BenchmarkRoutingWinners(b *testing.B) {
	const laps, lap = 100, 10_000
	for b.Loop() {
		contest(b, laps, lap)
	}
	b.ReportMetric(laps*lap, "reservations")
	b.ReportMetric(laps*lap*contenders, "claims")
}
