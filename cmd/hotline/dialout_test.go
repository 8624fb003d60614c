package main

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/callpg"
	"hotline12345/callcenter/engine"
	"hotline12345/callcenter/softphone"
	"hotline12345/deploy/pgtest"
	"hotline12345/identity"
	"hotline12345/privacy"
	"hotline12345/routing"
	"hotline12345/ticket"
)

// dialled notes what reaches the engine.
type dialled struct {
	softphone.Desk
	dial   engine.Dial
	times  int
	target callcenter.Target
	fault  error
}

func (d *dialled) Transfer(_ callcenter.AgentID, target callcenter.Target) error {
	d.target = target
	return nil
}

func (d *dialled) Consult(_ callcenter.AgentID, target callcenter.Target) error {
	d.target = target
	return nil
}

func (d *dialled) DialOut(_ callcenter.AgentID, dial engine.Dial) (callcenter.CallID, error) {
	d.dial = dial
	d.times++
	return dial.Call, d.fault
}

// phonebook is who an agent is, and the tickets and calls whose people he may call.
type phonebook struct{ logged []string }

func (p *phonebook) Find(_ context.Context, ids []string) (map[string]identity.Account, error) {
	roles := map[string]identity.Role{"agent1": identity.RoleAgent, "agent2": identity.RoleAgent, "boss": identity.RoleSupervisor, "clerk": identity.RoleAgency}
	return map[string]identity.Account{ids[0]: {ID: ids[0], Role: roles[ids[0]]}}, nil
}

func (p *phonebook) LogAccess(_ context.Context, actor, action, subject, detail string) error {
	p.logged = append(p.logged, actor+" "+action+" "+subject+" "+detail)
	return nil
}

func (p *phonebook) Get(_ context.Context, _ ticket.Actor, number string) (ticket.Ticket, error) {
	if number != "t" {
		return ticket.Ticket{}, &ticket.Error{Code: "not-found"}
	}
	return ticket.Ticket{}, nil
}

func (p *phonebook) Reveal(_ context.Context, by ticket.Actor, number, _ string) (ticket.Requester, error) {
	if by.ID == "agent2" {
		return ticket.Requester{}, &ticket.Error{Code: ticket.CodeNotYours}
	}
	return ticket.Requester{Phone: "13700001000"}, nil
}

func (p *phonebook) Record(_ context.Context, id callcenter.CallID) (callcenter.CallRecord, error) {
	if id != "c" {
		return callcenter.CallRecord{}, callpg.ErrNotFound
	}
	return callcenter.CallRecord{Kind: callcenter.KindInbound, From: "13600001000", Agents: []callcenter.AgentID{"agent1"}}, nil
}

func (p *phonebook) people() people { return people{accounts: p, tickets: p, calls: p} }

// codeIs says whether an error has a code.
func codeIs(err error, want string) bool {
	code, ok := errors.AsType[interface {
		error
		ErrorCode() string
	}](err)
	return ok && code.ErrorCode() == want
}

// TestWhomAnAgentCalls by a number, a ticket, or an earlier call.
func TestWhomAnAgentCalls(t *testing.T) {
	const number, of, about = "12320", "t", callcenter.CallID("c")
	for name, c := range map[string]struct {
		agent callcenter.AgentID
		dial  engine.Dial
		want  string // the number, or the refusal
	}{
		"a number":                     {"agent1", engine.Dial{To: number}, number},
		"his ticket's":                 {"agent1", engine.Dial{Ticket: of}, "13700001000"},
		"another's ticket's":           {"agent2", engine.Dial{Ticket: of}, "not-yours"},
		"a number, for a ticket":       {"agent2", engine.Dial{To: number, Ticket: of}, number},
		"for a ticket that is not":     {"agent2", engine.Dial{To: number, Ticket: "none"}, "not-found"},
		"his call's":                   {"agent1", engine.Dial{About: about}, "13600001000"},
		"another's call's":             {"agent2", engine.Dial{About: about}, "not-found"},
		"any call's":                   {"boss", engine.Dial{About: about}, "13600001000"},
		"a call's that is not":         {"boss", engine.Dial{About: "none"}, "not-found"},
		"who may not call":             {"clerk", engine.Dial{To: number}, "forbidden"},
		"nobody":                       {"agent1", engine.Dial{}, "bad-number"},
		"another number for that call": {"agent1", engine.Dial{To: number, About: about}, number},
	} {
		t.Run(name, func(t *testing.T) {
			book, out := &phonebook{}, &dialled{}
			_, err := deskWithTasks{Desk: out, people: book.people()}.DialOut(c.agent, c.dial)
			if err != nil {
				if !codeIs(err, c.want) || out.times != 0 || len(book.logged) != 0 {
					t.Errorf("%v, dialled %+v, logged %q", err, out.dial, book.logged)
				}
				return
			}
			if out.dial.To != c.want || len(book.logged) != 1 || strings.Contains(book.logged[0], c.want[3:]) && len(c.want) > 7 {
				t.Errorf("dialled %+v, logged %q", out.dial, book.logged)
			}
		})
	}
}

// TestACallOfAList is noted before it is placed, and not at all when it cannot be.
func TestACallOfAList(t *testing.T) {
	keys, err := privacy.New(bytes.Repeat([]byte{1}, privacy.MasterSize))
	if err != nil {
		t.Fatal(err)
	}
	store := callpg.New(pgtest.New(t), keys)
	now := time.Now().UTC()
	list, err := store.AddList(t.Context(), callpg.CallList{
		Name: "回访", Kind: routing.CallFollowUp, Plan: routing.CallPlan{Hours: routing.Span{From: "00:00", To: "24:00"}},
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	list.State = callpg.ListOpen
	if _, err := store.SaveList(t.Context(), list, now); err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.AddEntries(t.Context(), list.ID, []routing.CallEntry{{Number: "13800001000", Ticket: "t"}}, []int{1}, now); err != nil {
		t.Fatal(err)
	}
	entry, err := store.Next(t.Context(), "agent1", "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	out := &dialled{fault: &callcenter.Error{Code: engine.CodePaced}}
	desk := deskWithTasks{Desk: out, lists: store}
	if _, err := desk.DialOut("agent2", engine.Dial{Entry: entry.ID}); !codeIs(err, "entry-gone") || out.times != 0 {
		t.Errorf("another agent dials: %v", err)
	}
	if _, err := desk.DialOut("agent1", engine.Dial{Entry: entry.ID}); !codeIs(err, "paced") {
		t.Errorf("somebody waits: %v", err)
	}
	out.fault = nil
	call, err := desk.DialOut("agent1", engine.Dial{Entry: entry.ID, To: "13900002000"})
	if err != nil || call == "" || out.dial.To != "13800001000" || out.dial.Ticket != "t" || out.dial.Entry != entry.ID {
		t.Errorf("dialled %+v, %v", out.dial, err)
	}
	if got, err := store.Entry(t.Context(), entry.ID); err != nil || got.Dialled != call || len(got.Tries) != 0 {
		t.Errorf("noted %+v, %v", got, err)
	}
}

func TestAnAgentCallsBackWhomNobodyAnswered(t *testing.T) {
	keys, err := privacy.New(bytes.Repeat([]byte{1}, privacy.MasterSize))
	if err != nil {
		t.Fatal(err)
	}
	store := callpg.New(pgtest.New(t), keys)
	if err := store.WriteCallback(t.Context(), "missed", "13800001000", callcenter.EndAbandoned, "main", time.Now()); err != nil {
		t.Fatal(err)
	}
	page, err := store.Callbacks(t.Context(), callpg.CallbackOpen, "", 1)
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%v, %v", page, err)
	}
	task := page.Items[0].ID
	out := &dialled{}
	desk := deskWithTasks{Desk: out, tasks: store}

	if _, err := desk.DialOut("agent1", engine.Dial{To: "13900002000", Callback: task}); err != nil || out.dial.To != "13800001000" || out.dial.Callback != task {
		t.Errorf("dialled %+v, %v", out, err)
	}
	if cb, err := store.Callback(t.Context(), task); err != nil || cb.ClaimedBy != "agent1" {
		t.Errorf("the task is %+v, %v", cb, err)
	}
	for agent, c := range map[callcenter.AgentID]struct{ task, code string }{"agent2": {task, "taken"}, "agent1": {"unknown", "not-found"}} {
		_, err := desk.DialOut(agent, engine.Dial{Callback: c.task})
		if !codeIs(err, c.code) {
			t.Errorf("%s gets %v, want %s", agent, err, c.code)
		}
	}
	if out.times != 1 {
		t.Errorf("dialled %d times", out.times)
	}
}

type queues []string

func (q queues) HasQueue(id string) bool { return slices.Contains(q, id) }

// Enter: "night" is closed; its exit is the main queue.
func (q queues) Enter(id string) routing.Way {
	if id == "night" {
		return routing.Way{Exit: routing.Exit{Kind: routing.ExitQueue, ID: "main"}, Closed: true}
	}
	return routing.Way{Exit: routing.Exit{Kind: routing.ExitQueue, ID: id}}
}

type entries map[string]callpg.DirectoryEntry

func (e entries) DirectoryEntry(_ context.Context, id string) (callpg.DirectoryEntry, error) {
	if entry, ok := e[id]; ok {
		return entry, nil
	}
	return callpg.DirectoryEntry{}, callpg.ErrNotFound
}

func TestADirectoryEntryIsDialledByItsName(t *testing.T) {
	engine := &dialled{}
	desk := deskWithTasks{Desk: engine, directory: entries{"food": {ID: "food", Name: "专家", Number: "02887654321"}}}
	want := callcenter.Target{Kind: callcenter.TransferOutside, ID: "02887654321", Name: "专家"}
	if err := desk.Consult("agent1", callcenter.Target{Kind: softphone.TargetDirectory, ID: "food"}); err != nil || engine.target != want {
		t.Errorf("asked %+v, %v", engine.target, err)
	}
	var refused *callcenter.Error
	if err := desk.Transfer("agent1", callcenter.Target{Kind: softphone.TargetDirectory, ID: "gone"}); !errors.As(err, &refused) || refused.Code != callcenter.CodeBadTarget {
		t.Errorf("an entry that is gone: %v", err)
	}
}

func TestACallIsNotHandedToAQueueThatTakesNone(t *testing.T) {
	engine := &dialled{}
	desk := deskWithTasks{Desk: engine, queues: queues{"main", "night"}}
	for name, ask := range map[string]func(callcenter.AgentID, callcenter.Target) error{"transfer": desk.Transfer, "consult": desk.Consult} {
		engine.target = callcenter.Target{}
		for id, code := range map[string]callcenter.Code{"gone": callcenter.CodeBadTarget, "night": callcenter.CodeClosed} {
			var refused *callcenter.Error
			err := ask("agent1", callcenter.Target{Kind: callcenter.TransferQueue, ID: id})
			if !errors.As(err, &refused) || refused.Code != code || engine.target.ID != "" {
				t.Errorf("%s: queue %s: %v, %+v", name, id, err, engine.target)
			}
		}
		for _, kind := range []callcenter.TransferKind{callcenter.TransferQueue, callcenter.TransferAgent} {
			to := callcenter.Target{Kind: kind, ID: "main"}
			if err := ask("agent1", to); err != nil || engine.target != to {
				t.Errorf("%s: %v: %v, %+v", name, to, err, engine.target)
			}
		}
	}
}
