package main

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/callpg"
	"hotline12345/callcenter/softphone"
	"hotline12345/deploy/pgtest"
	"hotline12345/privacy"
	"hotline12345/routing"
)

// dialled notes what reaches the engine.
type dialled struct {
	softphone.Desk
	number, task string
	times        int
	target       callcenter.Target
}

func (d *dialled) Transfer(_ callcenter.AgentID, target callcenter.Target) error {
	d.target = target
	return nil
}

func (d *dialled) Consult(_ callcenter.AgentID, target callcenter.Target) error {
	d.target = target
	return nil
}

func (d *dialled) DialOut(_ callcenter.AgentID, number, task string) (callcenter.CallID, error) {
	d.number, d.task = number, task
	d.times++
	return "call", nil
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
	engine := &dialled{}
	desk := deskWithTasks{Desk: engine, tasks: store}

	if _, err := desk.DialOut("agent1", "13900002000", task); err != nil || engine.number != "13800001000" || engine.task != task {
		t.Errorf("dialled %+v, %v", engine, err)
	}
	if cb, err := store.Callback(t.Context(), task); err != nil || cb.ClaimedBy != "agent1" {
		t.Errorf("the task is %+v, %v", cb, err)
	}
	for agent, c := range map[callcenter.AgentID]struct{ task, code string }{"agent2": {task, "taken"}, "agent1": {"unknown", "not-found"}} {
		_, err := desk.DialOut(agent, "", c.task)
		code, ok := errors.AsType[interface {
			error
			ErrorCode() string
		}](err)
		if !ok || code.ErrorCode() != c.code {
			t.Errorf("%s gets %v, want %s", agent, err, c.code)
		}
	}
	if engine.times != 1 {
		t.Errorf("dialled %d times", engine.times)
	}
	if _, err := desk.DialOut("agent1", "12320", ""); err != nil || engine.number != "12320" || engine.task != "" {
		t.Errorf("without a task: %+v, %v", engine, err)
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
