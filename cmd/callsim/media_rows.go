package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// mediaRow is one kind of call under measurement. A hotline records every conversation, so
// that there is no call without.
type mediaRow struct {
	name    string
	calls   int
	seconds int
	open    func(ctx context.Context, s *server, far *answerer, calls int) ([]line, error)
	cpu     float64 // CPU-s per call-minute at most
	memory  float64 // kB per call at most; 0: not looked at
	relay   bool    // the plain relay carries the same
	agents  int
}

func mediaRows() []mediaRow {
	return []mediaRow{
		{name: "sip-sip", calls: 100, seconds: 15, open: openTrunkLines, cpu: 0.10, memory: 150, relay: true, agents: 100 / callsPerAgent},
		{name: "sip-browser", calls: 100, seconds: 15, open: openLines, cpu: 0.10, memory: 400, agents: 100},
		{name: "waiting", calls: 200, seconds: 15, open: openWaiting, cpu: 0.04, agents: 1},
		{name: "sip-browser-500", calls: 500, seconds: 10, open: openLines, cpu: 0.075, memory: 400, relay: true, agents: 500},
	}
}

// rowsNamed are those of a list; "all" is all of them.
func rowsNamed(list string) ([]mediaRow, error) {
	all := mediaRows()
	if list == "all" {
		return all, nil
	}
	var rows []mediaRow
	for name := range strings.SplitSeq(list, ",") {
		found := false
		for _, r := range all {
			if r.name == name {
				rows, found = append(rows, r), true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no row %q: sip-sip, sip-browser, waiting, sip-browser-500", name)
		}
	}
	return rows, nil
}

// measureRow runs a server of its own for a row: memory is that of a fresh process.
func measureRow(ctx context.Context, binary, profiles string, row mediaRow) (got mediaFigures, err error) {
	far, err := newAnswerer()
	if err != nil {
		return mediaFigures{}, err
	}
	defer far.close()
	s, err := newServer(binary, "HOTLINE_CALLS_NOTICE=false", "HOTLINE_CALLS_MAX_WAIT=1h", fmt.Sprintf("HOTLINE_DEMO_AGENTS=%d", row.agents))
	if err != nil {
		return mediaFigures{}, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if profiles == "" {
		// What held asks for is a profile of the heap, whose making takes megabytes.
		s.env = append(s.env, "GODEBUG=memprofilerate=0")
	}
	if err := s.trunkTo(far.address()); err != nil {
		return mediaFigures{}, err
	}
	if err := s.start(ctx); err != nil {
		return mediaFigures{}, err
	}
	// A sign-in takes 19 MB for a moment (argon2): it belongs to the shift, not to the call.
	if err := s.signIn(ctx, row.agents); err != nil {
		return mediaFigures{}, err
	}
	if err := s.settle(ctx); err != nil {
		return mediaFigures{}, err
	}
	before, err := s.held(ctx)
	if err != nil {
		return mediaFigures{}, err
	}
	lines, err := row.open(ctx, s, far, row.calls)
	defer func() {
		for _, l := range lines {
			l.close()
		}
	}()
	if err != nil {
		return mediaFigures{}, err
	}
	profiled := s.profile(ctx, profiles, row.name, row.seconds)
	got, err = measure(ctx, lines, row.seconds, s.cpu)
	if err = errors.Join(err, <-profiled); err != nil {
		return mediaFigures{}, err
	}
	after, err := s.held(ctx)
	got.memoryPerCall = (after - before) / float64(row.calls)
	return got, err
}

// profile writes where the server's CPU time goes while a row is measured into
// folder/ROW.cpu, and its heap into folder/ROW.heap, for go tool pprof; "": nothing.
func (s *server) profile(ctx context.Context, folder, row string, seconds int) <-chan error {
	done := make(chan error, 1)
	if folder == "" {
		done <- nil
		return done
	}
	go func() {
		cpu := s.save(ctx, fmt.Sprintf("profile?seconds=%d", seconds), filepath.Join(folder, row+".cpu"))
		done <- errors.Join(cpu, s.save(ctx, "heap", filepath.Join(folder, row+".heap")))
	}()
	return done
}

// save writes one of the server's profiles into a file.
func (s *server) save(ctx context.Context, profile, path string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.ops+"/debug/pprof/"+profile, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	file, err := os.Create(path) //nolint:gosec // the user's folder
	if err != nil {
		return err
	}
	_, err = io.Copy(file, resp.Body)
	return errors.Join(err, file.Close())
}

// held is the server's memory without its garbage.
func (s *server) held(ctx context.Context) (float64, error) {
	if err := s.save(ctx, "heap?gc=1", os.DevNull); err != nil {
		return 0, err
	}
	return s.memory(ctx)
}

// signIn signs agents in whose pages are opened later.
func (s *server) signIn(ctx context.Context, agents int) error {
	s.clients = map[string]*client{}
	for n := range agents {
		login := fmt.Sprintf("agent%d", n+1)
		c, err := signIn(ctx, s.http, login)
		if err != nil {
			return err
		}
		s.clients[login] = c
	}
	return nil
}

// page opens the page of an agent, who is signed in by then if he was not yet.
func (s *server) page(ctx context.Context, n int) (*agent, error) {
	login := fmt.Sprintf("agent%d", n)
	if c := s.clients[login]; c != nil {
		return openPage(ctx, s.http, login, c)
	}
	return openAgent(ctx, s.http, login)
}

// trunkTo lets the server call out by way of an address, and anybody on this machine in.
func (s *server) trunkTo(address string) error {
	file := filepath.Join(s.dir, "hotline.yaml")
	text := fmt.Sprintf("sip:\n  trunks:\n    - name: far\n      peers: [127.0.0.0/8]\n      outbound: %s\n", address)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	s.env = append(s.env, "HOTLINE_CONFIG="+file)
	return nil
}

// openTrunkLines sets up calls from phone to phone: an agent takes each call and hands it
// on to a number outside.
func openTrunkLines(ctx context.Context, s *server, far *answerer, calls int) ([]line, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	var lines []line
	for n := 0; n < calls; n += callsPerAgent {
		some, err := handOnSome(ctx, s, far, n, min(callsPerAgent, calls-n))
		lines = append(lines, some...)
		if err != nil {
			return lines, err
		}
	}
	return lines, nil
}

// callsPerAgent: a page that commands more in so short a time is cut off.
const callsPerAgent = 20

// handOnSome is the shift of one agent.
func handOnSome(ctx context.Context, s *server, far *answerer, first, calls int) (lines []line, err error) {
	a, err := s.page(ctx, first/callsPerAgent+1)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	p, err := negotiate(ctx, a)
	if err != nil {
		return nil, err
	}
	defer p.close()
	for n := first; n < first+calls; n++ {
		l, err := handOn(ctx, s, a, far, n)
		if err != nil {
			return lines, fmt.Errorf("call %d: %w", n+1, err)
		}
		lines = append(lines, l)
	}
	_, err = a.ask(ctx, "endShift", nil)
	return lines, err
}

func handOn(ctx context.Context, s *server, a *agent, far *answerer, n int) (line, error) {
	c, err := newCaller(fmt.Sprintf("139%08d", n), s.sip)
	if err != nil {
		return line{}, err
	}
	err = talk(ctx, a, c)
	if err == nil {
		_, err = a.ask(ctx, "transfer", map[string]any{"target": map[string]string{"kind": "outside", "id": fmt.Sprintf("138%08d", n)}})
	}
	if err != nil {
		c.close()
		return line{}, err
	}
	select {
	case other := <-far.fresh:
		if _, err := a.until(ctx, "the wrap-up", func(d desk) bool { return d.State == "wrapUp" }); err != nil {
			return line{}, err
		}
		if _, err := a.ask(ctx, "endWrapUp", nil); err != nil {
			return line{}, err
		}
		return phoneLine(c, other), nil
	case <-ctx.Done():
		return line{}, fmt.Errorf("the hotline does not call on: %w", ctx.Err())
	}
}

// phoneLine is a call with a phone at either end.
func phoneLine(c *caller, other *answered) line {
	atPhone, atOther := make(chan rtpStamp, 4096), make(chan rtpStamp, 4096)
	go readRTP(c.rtp, atPhone)
	go readRTP(other.rtp, atOther)
	one, two := &sender{ssrc: 1}, &sender{ssrc: 2}
	return line{
		sendA: func(payload []byte) error { return sendTo(c.rtp, c.rtpRemote(), one, payload) },
		sendB: func(payload []byte) error { return sendTo(other.rtp, other.remote, two, payload) },
		gotA:  atPhone, gotB: atOther,
		close: func() { hangUpSoon(c) },
	}
}

// openWaiting sets up callers who wait, hear music, and are heard by nobody.
func openWaiting(ctx context.Context, s *server, _ *answerer, calls int) ([]line, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	var lines []line
	for n := range calls {
		c, err := newCaller(fmt.Sprintf("139%08d", n), s.sip)
		if err != nil {
			return lines, err
		}
		if err := c.dial(); err != nil {
			return lines, err
		}
		if err := c.waitAnswer(ctx); err != nil {
			return lines, fmt.Errorf("call %d: %w", n+1, err)
		}
		heard := make(chan rtpStamp, 4096)
		go countRTP(c.rtp, heard)
		out := &sender{ssrc: 1}
		lines = append(lines, line{
			sendA: func(payload []byte) error { return sendTo(c.rtp, c.rtpRemote(), out, payload) },
			gotA:  heard, music: true,
			close: func() { hangUpSoon(c) },
		})
	}
	return lines, nil
}

// hangUpSoon does not wait for the answer: the server ends next anyway.
func hangUpSoon(c *caller) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.hangUp(ctx)
	c.close()
}
